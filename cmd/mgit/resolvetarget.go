package main

import (
	"fmt"
	"io"

	"mgit/internal/job"
	"mgit/internal/report"
)

// writeResolvedTarget says where the merge into a target stands and what to type next.
func (c *call) writeResolvedTarget(w io.Writer, p palette, t job.ResolvedTarget) {
	line := func(format string, args ...any) { fmt.Fprintf(w, "  "+format+"\n", args...) }
	fmt.Fprintln(w, p.strong(wrapWords(printable(report.TargetHeadline(t)), c.width(c.stdoutTTY), 0, 0)))
	for _, conflict := range t.Conflicts {
		line("%s in %s", report.ConflictKind(conflict.Kind), job.ShowPath(string(conflict.Path)))
	}
	for _, f := range t.Markers {
		line("conflict markers are left in %s", job.ShowPath(string(f.Path)))
	}
	for _, f := range t.Uncommitted {
		line("not added: %s", job.ShowPath(string(f.Path)))
	}
	if t.Reason != "" {
		line("%s", printable(t.Reason))
	}
	if n := len(t.Saved); n > 0 {
		line("%s recorded for other targets and colleagues", plural(n, "resolution"))
	}
	for _, next := range c.nextOfTarget(t) {
		line("%s", next)
	}
}

// nextOfTarget is what to type next.
func (c *call) nextOfTarget(t job.ResolvedTarget) []string {
	name := printable(t.Target)
	switch {
	case t.Outcome == "resolved" && c.flags.dryRun:
		return []string{"Nothing was written."}
	case t.Outcome == "resolved":
		return []string{
			fmt.Sprintf("This was run %d; mgit undo %d takes it back.", t.Run, t.Run),
			fmt.Sprintf("mgit assemble %s goes on with the branches behind it", name),
		}
	case t.Outcome != "conflict" || t.Worktree == "":
		return nil
	case len(t.Conflicts) == 0 && t.Standing != job.StandingAstray && len(t.Markers)+len(t.Uncommitted) == 0:
		return []string{"mgit continue " + name + " commits it and moves the target"}
	}
	if t.Standing == job.StandingAstray {
		return []string{
			"cd " + shellWord(t.Worktree),
			"take from there what you need",
			"mgit abort " + name + " gives it up, and mgit resolve " + name + " begins anew",
		}
	}
	return []string{
		"cd " + shellWord(t.Worktree),
		"edit the files, git add them, then: mgit continue " + name,
		"mgit abort " + name + " gives it up",
	}
}
