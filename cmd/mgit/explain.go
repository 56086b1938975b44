package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"mgit/internal/check"
	"mgit/internal/job"
	"mgit/internal/journal"
	"mgit/internal/tracker"
	"mgit/internal/web"
)

func sentinel(targets ...error) func(error) bool {
	return func(err error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
}

func typed[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

// isFolderGone recognises that the system cannot name the current folder.
func isFolderGone(err error) bool {
	var call *os.SyscallError
	return errors.As(err, &call) && call.Syscall == "getwd"
}

func wayBack(err error) string {
	var damaged *journal.DamagedError
	if errors.As(err, &damaged) {
		return damaged.WayBack
	}
	return ""
}

func wayToBench(err error) string {
	var busy *job.ResolvingError
	if !errors.As(err, &busy) {
		return ""
	}
	return fmt.Sprintf("cd %s\nmgit continue %s goes on, mgit abort %s gives it up", shellWord(busy.Path), busy.Branch, busy.Branch)
}

// isTrackerRefusal recognises what a tracker said and has no name.
func isTrackerRefusal(err error) bool {
	return typed[*web.StatusError](err) || typed[*tracker.RefusedError](err) || errors.Is(err, tracker.ErrNotFound)
}

// kindByID returns the row with the id.
func kindByID(id string) (kind, bool) {
	for _, k := range kinds() {
		if k.id == id {
			return k, true
		}
	}
	return kind{}, false
}

// waivable returns the ids that --allow takes.
func waivable() []string {
	var ids []string
	for _, k := range kinds() {
		if k.exit == exitRefused && !k.final {
			ids = append(ids, k.id)
		}
	}
	return ids
}

// waivableRules returns the ids of the rules of `mgit check` whose findings --allow lets pass.
func waivableRules() []string {
	var ids []string
	for _, r := range check.Rules() {
		if !r.Final {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// explainRule says what a rule of `mgit check` finds, why that is bad, what to do, and how to let it pass.
func (c *call) explainRule(ctx context.Context, rule check.Rule) error {
	result := struct {
		ID       string         `json:"id"`
		Exit     int            `json:"exit"`
		Text     string         `json:"text"`
		Waivable bool           `json:"waivable"`
		Severity check.Severity `json:"severity"`
		Hint     string         `json:"hint"`
	}{rule.ID, exitFound, fmt.Sprintf("%s: %s.", rule.Title, rule.Why), !rule.Final, rule.Severity, rule.Hint}
	return c.answer(ctx, answer{result: result, text: func(w io.Writer, p palette) error {
		width := c.width(c.stdoutTTY)
		weighs := string(rule.Severity)
		if rule.Severity == check.Off {
			weighs = "off until check.rules says otherwise"
		}
		fmt.Fprintf(w, "%s (a rule of mgit check, %s)\n\n", p.strong(rule.ID), weighs)
		fmt.Fprintln(w, wrap(fmt.Sprintf("Finds: %s. It matters because %s.", rule.Title, rule.Why), width))
		if rule.Hint != "" {
			fmt.Fprintln(w, wrap("\nWhat to do: "+rule.Hint, width))
		}
		if rule.Final {
			return nil
		}
		_, err := fmt.Fprintln(w, wrap(fmt.Sprintf("\nTo let it pass once: --allow %[1]s, MGIT_ALLOW=%[1]s where git calls the check, or a line \"Mgit-Allow: %[1]s REASON\" at the end of the commit's message. For good: check.rules.%[1]s in mgit.toml.", rule.ID), width))
		return err
	}})
}

// failure is an error as people and scripts see it.
type failure struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Hint string `json:"hint"`
	exit int
}

// explain finds the row of err and fills in its words.
func explain(err error) failure {
	var usage *usageError
	if errors.As(err, &usage) {
		id := usage.id
		if id == "" {
			id = "usage"
		}
		return failure{ID: id, Text: err.Error(), Hint: usage.hint, exit: exitUsage}
	}
	var request *job.UsageError
	if errors.As(err, &request) {
		return failure{ID: "usage", Text: err.Error(), Hint: request.Hint, exit: exitUsage}
	}
	var refusal *job.Refusal
	if errors.As(err, &refusal) {
		waiver := "--allow " + refusal.ID
		if hook, isHook := errors.AsType[*hookError](err); isHook {
			waiver = "MGIT_ALLOW=" + refusal.ID + " " + hook.command
		}
		return failure{ID: refusal.ID, Text: err.Error(), Hint: refusalHint(refusal, waiver), exit: exitRefused}
	}
	for _, k := range kinds() {
		if k.is != nil && k.is(err) {
			f := failure{ID: k.id, Text: err.Error(), Hint: k.hint, exit: k.exit}
			if k.advise != nil {
				f.Hint = k.advise(err)
			}
			return f
		}
	}
	return failure{ID: "unexpected", Text: err.Error(), exit: exitUnexpected}
}

// hookError is an error of what git called as a hook of a command: nobody gave mgit flags there.
type hookError struct {
	error
	command string
}

func (e *hookError) Unwrap() error { return e.error }

// refusalHint says what to do, and what waives the refusal where that is possible.
func refusalHint(refusal *job.Refusal, waiver string) string {
	var hints []string
	k, known := kindByID(refusal.ID)
	switch {
	case refusal.Hint != "":
		hints = append(hints, refusal.Hint)
	case known && k.hint != "":
		hints = append(hints, k.hint)
	}
	if !k.final && !refusal.Final {
		hints = append(hints, fmt.Sprintf("`%s` goes ahead all the same; `mgit help %s` says what that means", waiver, refusal.ID))
	}
	return strings.Join(hints, "\n")
}

// writeTo prints the failure for a person: what happened, then what to do, a line each. The name of
// a refusal is printed because --allow takes it.
func (f failure) writeTo(w io.Writer, p palette) {
	subject := f.Text
	if f.exit == exitRefused {
		subject = fmt.Sprintf("refused (%s): %s", f.ID, f.Text)
	}
	fmt.Fprintf(w, "%s %s\n", p.bad("mgit:"), strings.TrimRight(subject, "\n"))
	for line := range strings.Lines(f.Hint) {
		fmt.Fprintf(w, "%s %s\n", p.faint("hint:"), strings.TrimRight(line, "\n"))
	}
}
