package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/report"
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
func (c *call) writeAssembly(w io.Writer, p palette, r *job.AssembleReport, run int) error {
	t := table{columns: []column{{title: "outcome"}, {title: "branch", elastic: true}, {title: "tip"}}}
	for _, m := range r.Merged {
		if m.Outcome != "unchanged" || c.flags.verbose {
			t.add(p.outcome(m.Outcome), printable(m.Branch), m.Tip.Short())
		}
	}
	if err := t.writeTo(w, p, c.width(c.stdoutTTY)); err != nil {
		return err
	}
	var lines []string
	for _, m := range r.Merged {
		lines = append(lines, indented(report.MergeLines(m))...)
	}
	for _, s := range r.Strangers {
		lines = append(lines, "  "+printable(report.StrangerLine(s)))
	}
	for _, l := range r.LeftOut {
		lines = append(lines, fmt.Sprintf("  not in: %s: %s", printable(l.Branch), printable(l.Reason)))
	}
	for _, line := range lines {
		fmt.Fprintln(w, wrapWords(line, c.width(c.stdoutTTY), 0, 6))
	}
	if len(t.rows)+len(lines) > 0 {
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, p.strong(wrapWords(printable(report.AssemblySummary(r))+c.runSentence(run), c.width(c.stdoutTTY), 0, 0)))
	for _, line := range c.afterAssembly(r, run) {
		fmt.Fprintln(w, "  "+line)
	}
	return nil
}

// indented makes lines of others' words safe to show, below a table.
func indented(lines []string) []string {
	safe := make([]string, len(lines))
	for i, line := range lines {
		safe[i] = "  " + printable(line)
	}
	return safe
}

// runSentence ends a summary.
func (c *call) runSentence(run int) string { return report.RunSentence(run, c.flags.dryRun) }

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
