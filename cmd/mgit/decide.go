package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newDecideCommand(c *call) *cobra.Command {
	var request job.DecideFindingRequest
	cmd := &cobra.Command{
		Use:     "decide PATH[:LINE] port|drop|replace|keep|none",
		Short:   "Decide what is to become of a core hack",
		GroupID: groupLive,
		Args:    words("PATH[:LINE]", "DECISION"),
		Long: `Enters a decision about an orphan of mgit corehack-report on the mgit branch, where the team sees it:

  port     it becomes a branch
  drop     it goes with the next upgrade
  replace  something else will do the same, a plugin or a setting
  keep     it stays as it is
  none     the decision is taken back

PATH is relative to the tree that the report was about; --tree names it when it is not the work tree of
this clone. Without :LINE it is about all hunks of the file that no branch explains and nobody has decided on
yet. When a hunk changes, the report asks again.

With --baseline the finding also goes into that file, once all of it is decided on: the next report with this
baseline lists it no more. "none" takes it out again. mgit undo takes back the decision and not the file.`,
		Example: `  mgit decide lib/weblib.php drop --reason "the old player is gone" --tree /srv/moodle
  mgit decide mod/page/view.php:12 keep --reason "until LU-311 is done" --tree /srv/moodle`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Word, request.Decision = args[0], args[1]
			return c.decide(cmd.Context(), request)
		},
	}
	cmd.Flags().StringVar(&request.Reason, "reason", "", "why")
	cmd.Flags().StringVar(&request.Baseline, "baseline", "", "enter the finding into this `file`, an earlier report (--json), too")
	cmd.Flags().StringVar(&request.Tree.Tree, "tree", "", "the folder or ref that the report was about (default: the work tree of this clone)")
	return cmd
}

func (c *call) decide(ctx context.Context, request job.DecideFindingRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.DryRun = c.flags.dryRun
	if request.Tree.Series, err = c.seriesFlag(); err != nil {
		return err
	}
	bar := c.newFileProgress()
	request.Tree.Progress = bar.report
	report, run, err := job.DecideFinding(ctx, site, request)
	bar.finish()
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		c.writeDecided(w, p, report)
		if text := baselineWords(report); text != "" {
			fmt.Fprintln(w, "  "+text)
		}
		c.writeRun(w, run)
		return nil
	}})
}

// writeDecided says what is decided now, a line for each file, and what was decided
// before.
func (c *call) writeDecided(w io.Writer, p palette, report *job.DecideReport) {
	hunks := make(map[string]int)
	var paths []string
	for _, d := range report.Decided {
		if hunks[d.Raw]++; hunks[d.Raw] == 1 {
			paths = append(paths, d.Raw)
		}
	}
	for _, path := range paths {
		place := job.ShowPath(path)
		if report.Line > 0 {
			place += ":" + strconv.Itoa(report.Line)
		}
		text := report.Decision
		if report.Reason != "" {
			text += " (" + printable(report.Reason) + ")"
		}
		if hunks[path] > 1 {
			text += ", " + plural(hunks[path], "hunk")
		}
		fmt.Fprintf(w, "%s: %s\n", p.strong(place), text)
	}
	for _, d := range report.Decided {
		if d.Was != nil && d.Changed {
			fmt.Fprintf(w, "  before%s: %s\n", atLine(d), decisionText(d.Was))
		}
	}
	for _, d := range report.Kept {
		fmt.Fprintf(w, "  1 hunk was decided before%s: %s; name its line to change that\n", atLine(d), decisionText(d.Was))
	}
}

// baselineWords say what became of the baseline, "" where none was named.
func baselineWords(report *job.DecideReport) string {
	switch b := report.Baseline; {
	case b == nil:
		return ""
	case b.Listed:
		return b.Path + " has it, so that a report with this baseline lists it no more"
	case report.Decision == job.DecisionNone:
		return b.Path + " does not have it, so that a report with this baseline lists it"
	default:
		return fmt.Sprintf("not entered in %s: %s of the file not decided on yet", b.Path, plural(b.Undecided, "hunk"))
	}
}

// atLine says at which line a hunk begins, nothing of a file as a whole.
func atLine(d job.Decided) string {
	if d.Line == 0 {
		return ""
	}
	return fmt.Sprintf(", at line %d", d.Line)
}
