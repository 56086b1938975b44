package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/report"
)

// The hooks of minor, as settings name them: hooks.minor-success and so on.
const (
	hookMinorSuccess   = "minor-success"   // a release was merged
	hookMinorFailure   = "minor-failure"   // it could not be
	hookMinorAvailable = "minor-available" // --check found one
)

func newMinorCommand(c *call) *cobra.Command {
	var request job.MinorRequest
	cmd := &cobra.Command{
		Use:     "minor [TAG]",
		Short:   "Merge Moodle's newest patch release into test or deployment",
		GroupID: groupTargets,
		Args:    words("[TAG]"),
		Long: `Merges into the first target of the series (test) the newest patch release that the settings allow:
one that is not a beta and minor.min_age_days old, or one that minor.security names. TAG takes another
one. --into names other targets; they get a release that the first one has. Branches are not touched,
and nothing is pushed.

It knows the tags that were fetched, and fetches none. --check only looks, and exits with 100 when
there is a release to take. A command of yours that runs afterwards stands in git config:
mgit.hooks.minor-success, minor-failure and, after --check, minor-available.`,
		Example: `  mgit minor --check
  mgit minor
  mgit minor v4.5.8 --into deployment`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Tag, request.Series, request.Allow = strings.Join(args, ""), c.flags.series, c.flags.allow
			request.Now = time.Now()
			request.UpdateWorktrees = request.UpdateWorktrees || slices.Contains(c.flags.allow, "checked-out")
			return c.minor(cmd.Context(), request)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&request.Into, "into", nil, "merge into this `target`; may be repeated (default: the first one of the series)")
	f.BoolVar(&request.Check, "check", false, "only look; exit code 100 when there is a release to take")
	f.BoolVar(&request.NoResolutions, "no-resolutions", false, "leave conflicts alone that recorded resolutions would settle")
	f.BoolVar(&request.UpdateWorktrees, "update-worktrees", false, "move targets together with clean worktrees that have them checked out")
	return cmd
}

func (c *call) minor(ctx context.Context, request job.MinorRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.Minor(ctx, site, request, c.flags.dryRun)
	if err != nil {
		c.afterMinor(ctx, site, hookMinorFailure, report, explain(err).exit)
		c.warnOfMoved(report)
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	a := answer{result: report, run: lastRun(report), text: func(w io.Writer, p palette) error {
		c.writeMinor(w, p, report, request.Check)
		return nil
	}}
	hook := ""
	if hook, a.exit = minorHook(report); request.Check && report.Wanted() {
		a.exit, hook = exitWork, hookMinorAvailable
	}
	c.afterMinor(ctx, site, hook, report, a.exit)
	return c.answer(ctx, a)
}

// minorHook is the hook that follows on a merge, "" for none, and the exit code that it is told.
func minorHook(report *job.MinorReport) (hook string, exit int) {
	switch {
	case report.NeedsPerson():
		return hookMinorFailure, exitParked
	case lastRun(report) != 0:
		return hookMinorSuccess, exitDone
	}
	return "", exitDone
}

// warnOfMoved says which targets had the release before something went wrong.
func (c *call) warnOfMoved(report *job.MinorReport) {
	if report == nil {
		return
	}
	for _, t := range report.Targets {
		if t.Run != 0 {
			c.warn("moved", fmt.Sprintf("%s has %s already; this was run %d", printable(t.Target), report.Tag, t.Run))
		}
	}
}

func lastRun(report *job.MinorReport) int {
	run := 0
	for _, t := range report.Targets {
		run = max(run, t.Run)
	}
	return run
}

// writeMinor says what became of the release in each target.
func (c *call) writeMinor(w io.Writer, p palette, r *job.MinorReport, isCheck bool) {
	if r.Tag == "" {
		fmt.Fprintln(w, p.strong(fmt.Sprintf("There is no patch release of %s to take.", r.Series)))
	}
	for _, t := range r.Targets {
		fmt.Fprintln(w, p.strong(wrapWords(c.minorLine(r, t, isCheck), c.width(c.stdoutTTY), 0, 0)))
		for _, conflict := range t.Conflicts {
			fmt.Fprintf(w, "  %s in %s\n", report.ConflictKind(conflict.Kind), job.ShowPath(string(conflict.Path)))
		}
		if len(t.Against) > 0 {
			fmt.Fprintln(w, wrapWords("  that is changed by "+printable(strings.Join(t.Against, ", ")), c.width(c.stdoutTTY), 0, 6))
		}
		for _, use := range t.Resolutions {
			fmt.Fprintf(w, "  %s\n", printable(report.UsedLine(use)))
		}
		if len(t.Rebuild) > 0 {
			fmt.Fprintf(w, "  rebuild needed: %s\n", strings.Join(quoteAll(t.Rebuild), ", "))
		}
		switch {
		case t.Outcome == "conflict" && !c.flags.dryRun:
			fmt.Fprintf(w, "  mgit resolve %s --merge %s\n      opens the conflict in a worktree of its own\n", printable(t.Target), r.Tag)
		case t.Run != 0:
			fmt.Fprintf(w, "  mgit undo %d\n      takes this back\n", t.Run)
		}
	}
	for _, waits := range r.Waiting {
		fmt.Fprintf(w, "  %s is of %s and will be taken from %s on\n", waits.Tag, waits.Released.Format(time.DateOnly), waits.From.Format(time.DateOnly))
	}
}

// minorLine is how it went with one target.
func (c *call) minorLine(r *job.MinorReport, t job.MinorTarget, isCheck bool) string {
	line, isMoved := report.MinorLine(r, t, isCheck)
	if isMoved {
		line += report.RunSentence(t.Run, c.flags.dryRun)
	}
	return printable(line)
}

// afterMinor runs the user's command for a hook, when there is one. It gets what
// happened in its environment. What it prints is talk, so it goes to standard error;
// that it fails is said and changes nothing else.
func (c *call) afterMinor(ctx context.Context, site *job.Site, hook string, report *job.MinorReport, exit int) {
	command := site.Config.Hooks[hook]
	if command == "" || c.flags.dryRun {
		return
	}
	if report == nil {
		report = &job.MinorReport{Series: c.flags.series} // it did not come that far
	}
	var targets []string
	for _, t := range report.Targets {
		targets = append(targets, t.Target)
	}
	facts := []string{
		"MGIT_HOOK=" + hook, "MGIT_EXIT=" + strconv.Itoa(exit), "MGIT_REPOSITORY=" + site.Repo.CommonDir(), "MGIT_SERIES=" + report.Series,
		"MGIT_TAG=" + report.Tag, "MGIT_RUN=" + strconv.Itoa(lastRun(report)), "MGIT_TARGETS=" + strings.Join(targets, " "),
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir, cmd.Env = site.Repo.Dir(), append(c.childVars(), facts...)
	cmd.Stdout, cmd.Stderr = c.stderr, c.stderr
	if c.gitApart {
		keepApart(cmd)
	}
	if err := cmd.Run(); err != nil {
		c.warn("hook-failed", fmt.Sprintf("the command of hooks.%s: %v", hook, err))
	}
}

// keepApart keeps a command of the user's away from the terminal that the screen is drawn on, as git is: a session
// of its own has none, not even by the name /dev/tty. Ctrl+C does not reach it there, so the whole session is ended
// with it.
func keepApart(cmd *exec.Cmd) {
	const patience = 5 * time.Second // with what it has started and left behind
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Env = append(cmd.Env, "GPG_TTY=")
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = patience
}
