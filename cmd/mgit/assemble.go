package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newAssembleCommand(c *call) *cobra.Command {
	var request job.AssembleRequest
	var check bool
	cmd := &cobra.Command{
		Use:     "assemble TARGET",
		Short:   "Build or update a target by merging its branches, or prove it",
		GroupID: groupTargets,
		Args:    words("TARGET"),
		Long: `Merges into the target every branch of its series that belongs to it, as far as it is not in yet: one
merge commit for each. TARGET is the full name of a target, or a short one (test, deployment) in the
series in use. Which branches belong to it, and in what order, says [target.NAME] in mgit.toml.

A branch that conflicts with the others is left out and listed, and the next ones go on without it. With
--fresh the target is made again from its base and the newest upstream tag that it has. Nothing is
pushed, and ` + "`mgit undo`" + ` takes the run back.

--check changes nothing. It makes every merge of the target again and says what is missing, what is
in it that no branch explains, and what somebody took out; exit code 5 then.`,
		Example: `  mgit assemble test
  mgit assemble deployment --from test
  mgit assemble LUVLE-4.5-deployment --check`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Target, request.Series, request.Allow = args[0], c.flags.series, c.flags.allow
			request.UpdateWorktrees = request.UpdateWorktrees || slices.Contains(c.flags.allow, "checked-out")
			if !check {
				return c.assemble(cmd.Context(), request)
			}
			if request.Fresh || request.UpdateWorktrees {
				return &usageError{text: "--check changes nothing, so it does not go together with --fresh and --update-worktrees"}
			}
			return c.checkTarget(cmd.Context(), request)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&request.Fresh, "fresh", false, "make it again from its base, on top of what is published")
	f.StringVar(&request.From, "from", "", "merge exactly what this `target` has")
	f.BoolVar(&check, "check", false, "prove the target complete and free of strangers")
	f.IntVar(&request.Jobs, "jobs", 0, "merge this `many` at a time (default: one a processor)")
	f.BoolVar(&request.NoResolutions, "no-resolutions", false, "leave conflicts alone that recorded resolutions would settle")
	f.BoolVar(&request.UpdateWorktrees, "update-worktrees", false, "move the target together with a clean worktree that has it checked out")
	return cmd
}

func (c *call) assemble(ctx context.Context, request job.AssembleRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	progress := c.newProgress(c.command + " " + request.Target)
	request.Progress = progress.report
	report, run, err := job.Assemble(ctx, site, request, c.flags.dryRun)
	progress.finish()
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	a := answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		return c.writeAssembly(w, p, report, run)
	}}
	if report.NeedsPerson() {
		a.exit = exitParked
	}
	return c.answer(ctx, a)
}

// writeAssembly prints what was merged and what was not. Branches that the target
// has already are counted only: of sixty, most are.
func (c *call) writeAssembly(w io.Writer, p palette, report *job.AssembleReport, run int) error {
	t := table{columns: []column{{title: "outcome"}, {title: "branch", elastic: true}, {title: "tip"}}}
	for _, m := range report.Merged {
		if m.Outcome != "unchanged" || c.flags.verbose {
			t.add(p.outcome(m.Outcome), printable(m.Branch), m.Tip.Short())
		}
	}
	if err := t.writeTo(w, p, c.width(c.stdoutTTY)); err != nil {
		return err
	}
	var lines []string
	for _, m := range report.Merged {
		lines = append(lines, mergeDetails(m)...)
	}
	for _, s := range report.Strangers {
		lines = append(lines, strangerLine(s))
	}
	for _, l := range report.LeftOut {
		lines = append(lines, fmt.Sprintf("  not in: %s: %s", printable(l.Branch), printable(l.Reason)))
	}
	for _, line := range lines {
		fmt.Fprintln(w, wrapWords(line, c.width(c.stdoutTTY), 0, 6))
	}
	if len(t.rows)+len(lines) > 0 {
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, p.strong(wrapWords(c.assemblySummary(report, run), c.width(c.stdoutTTY), 0, 0)))
	for _, line := range c.afterAssembly(report, run) {
		fmt.Fprintln(w, "  "+line)
	}
	return nil
}

// mergeDetails are the lines below the table for a merge that is not simply clean.
func mergeDetails(m job.MergedStep) []string {
	name := printable(m.Branch)
	var lines []string
	for _, conflict := range m.Conflicts {
		lines = append(lines, fmt.Sprintf("  %s: %s in %s", name, conflictWord(conflict.Kind), job.ShowPath(string(conflict.Path))))
	}
	if len(m.Against) > 0 {
		lines = append(lines, fmt.Sprintf("  %s: that is changed by %s", name, printable(strings.Join(m.Against, ", "))))
	}
	if m.Reason != "" && len(m.Conflicts) == 0 {
		lines = append(lines, fmt.Sprintf("  %s: %s", name, printable(m.Reason)))
	}
	for _, use := range m.Resolutions {
		lines = append(lines, fmt.Sprintf("  %s: %s", name, usedLine(use)))
	}
	if len(m.Rebuild) > 0 {
		lines = append(lines, fmt.Sprintf("  %s: rebuild needed: %s", name, strings.Join(quoteAll(m.Rebuild), ", ")))
	}
	return lines
}

func strangerLine(s job.StrangerCommit) string {
	line := fmt.Sprintf("  no branch explains %s", s.Commit.Short())
	if s.Subject != "" {
		line += fmt.Sprintf(" %q", printable(s.Subject))
	}
	return line + ": " + printable(s.Reason)
}

// assemblySummary is the one line that says how it went.
func (c *call) assemblySummary(report *job.AssembleReport, run int) string {
	var parts []string
	for _, outcome := range []string{"clean", "resolved", "unchanged", "conflict", "held", "failed"} {
		n := 0
		for _, m := range report.Merged {
			if m.Outcome == outcome && (!m.Upstream || outcome == "conflict" || outcome == "failed") {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	text := printable(report.Target)
	if report.UpstreamTag != "" {
		text += " on " + report.UpstreamTag
	} else {
		text += " on " + report.Base.Tag
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing belongs to it")
	}
	text += ": " + strings.Join(parts, ", ") + "."
	if report.Joined {
		text += " It was made afresh and stands on top of the old one, so that whoever follows it can fast-forward."
	}
	return text + c.runSentence(run)
}

// runSentence ends a summary.
func (c *call) runSentence(run int) string {
	switch {
	case c.flags.dryRun:
		return " Nothing was written."
	case run == 0:
		return " There was nothing to do."
	}
	return fmt.Sprintf(" This was run %d.", run)
}

// afterAssembly is what to type next.
func (c *call) afterAssembly(report *job.AssembleReport, run int) []string {
	var lines []string
	for _, m := range report.Merged {
		if m.Outcome == "conflict" && !c.flags.dryRun {
			lines = append(lines, "mgit resolve "+printable(report.Target), "    opens the first conflict in a worktree of its own")
			break
		}
	}
	if run != 0 {
		lines = append(lines, fmt.Sprintf("mgit undo %d", run), "    takes this run back")
	}
	return lines
}

// usedLine says how a conflict was settled: by a recorded resolution, or as another
// merge settled it.
func usedLine(use string) string {
	if strings.HasPrefix(use, "merge ") {
		return "resolved as in " + printable(use)
	}
	return "used the recorded resolution " + printable(use)
}
