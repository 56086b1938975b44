package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"mgit/internal/check"
	"mgit/internal/job"
	"mgit/internal/report"
)

// writeCheck prints what was found, a line each, and under the first group of findings that are cured alike what to
// do. What was waived, and what only informs, is not printed: nobody asked. On a terminal what to do is broken between
// words; a finding stays a line, which editors and grep find the place in.
func (c *call) writeCheck(w io.Writer, p palette, r *job.CheckReport) error {
	said := make(map[string]bool)
	for _, done := range r.Checks {
		var open []job.CheckFinding
		for _, f := range done.Findings {
			if f.Waived == nil {
				open = append(open, f)
			}
		}
		if len(open) > 0 && len(r.Checks) > 1 {
			fmt.Fprintln(w, p.strong(done.Branch))
		}
		for i, f := range open {
			fmt.Fprintf(w, "%s%s%s  %s\n", report.CheckPlace(f), weight(f), f.Text, p.severity(f.Severity, "["+f.Rule+"]"))
			isLast := i+1 == len(open) || open[i+1].Rule != f.Rule || open[i+1].Hint != f.Hint
			if !isLast || said[f.Hint] {
				continue
			}
			said[f.Hint] = true
			for line := range strings.Lines(f.Hint) {
				line = strings.TrimRight(line, "\n")
				if c.stdoutTTY {
					line = wrapWords(line, c.width(true), 2, 2)
				}
				fmt.Fprintf(w, "  %s\n", p.faint(line))
			}
		}
	}
	return nil
}

// weight tells what keeps no commit from being made.
func weight(f job.CheckFinding) string {
	if f.Severity == check.Warning {
		return "warning: "
	}
	return ""
}

// severity colours a rule's name by what it weighs.
func (p palette) severity(s check.Severity, text string) string {
	if s == check.Error {
		return p.bad(text)
	}
	return p.attention(text)
}

// sayRefused says after the findings how many of them refuse, and what can be done about a rule: in a hook nobody
// sees which command speaks. Before a commit its message is not known yet, and no line in it helps.
func (c *call) sayRefused(r *job.CheckReport, request job.CheckRequest) {
	count := make(map[check.Severity]int)
	rules := make(map[string]bool)
	for _, done := range r.Checks {
		for _, f := range done.Findings {
			if f.Waived == nil {
				count[f.Severity]++
				rules[f.Rule] = true
			}
		}
	}
	var parts []string
	for _, s := range []check.Severity{check.Error, check.Warning} {
		if n := count[s]; n > 0 {
			parts = append(parts, plural(n, string(s)))
		}
	}
	id, explains := "ID", "a rule by the name in brackets"
	if len(rules) == 1 && !rules[check.RuleFailed] { // which the rule that broke waives, by its name
		id, explains = slices.Sorted(maps.Keys(rules))[0], "the rule"
	}
	past := "MGIT_ALLOW=%[1]s, or a line `Mgit-Allow: %[1]s REASON` in the message, lets it pass"
	switch {
	case request.Received != nil: // the variable does not come to the server
		past = "a line `Mgit-Allow: %[1]s REASON` in the commit's message lets it pass"
	case request.Message == nil && len(r.Checks) == 1 && r.Checks[0].What == job.CheckedStaged:
		past = "MGIT_ALLOW=%[1]s lets it pass here, a line `Mgit-Allow: %[1]s REASON` in the message at the push and in CI"
	}
	line := fmt.Sprintf("mgit check: %s. `mgit help %s` explains %s; %s", strings.Join(parts, ", "), id, explains, fmt.Sprintf(past, id))
	if c.stderrTTY {
		line = wrapWords(line, c.width(true), 0, 2)
	}
	c.note("%s", line)
}
