package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

func newDisposeCommand(c *call) *cobra.Command {
	var request job.LedgerRequest
	var series string
	cmd := &cobra.Command{
		Use:     "dispose BRANCH rebase|replace|drop|hold",
		Short:   "Decide what is to become of a branch in an upgrade",
		GroupID: groupUpgrade,
		Args:    words("BRANCH", "DISPOSITION"),
		Long: `Enters the decision into the ledger of the upgrade, where the team sees it: rebase carries the branch
over, replace starts anew from the newest release of somebody else's plugin, drop leaves it behind,
hold leaves it for now. The next run of rebase-all acts on it. drop and hold need a reason.

BRANCH is the old name or the new one. The upgrade is the only one that is unfinished, or that of --for,
which begins its ledger where there is none.`,
		Example: `  mgit dispose LUVLE-4.1-feature-block_news drop --reason "in Moodle since 4.3"
  mgit dispose LUVLE-4.1-hack-mod_quiz hold --reason "after the exams" --for 4.5`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Branch, request.Disposition = args[0], args[1]
			return c.ledger(cmd.Context(), request, series, job.Dispose)
		},
	}
	cmd.Flags().StringVar(&request.Reason, "reason", "", "why")
	addForFlag(cmd, &series)
	return cmd
}

func newNoteCommand(c *call) *cobra.Command {
	var request job.LedgerRequest
	var series string
	cmd := &cobra.Command{
		Use:     "note BRANCH TEXT",
		Short:   "Add a remark to a branch's entry in the upgrade's ledger",
		GroupID: groupUpgrade,
		Args:    words("BRANCH", "TEXT"),
		Example: `  mgit note LUVLE-4.1-hack-mod_forum-subject "ask Ann about the template"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Branch, request.Text = args[0], args[1]
			return c.ledger(cmd.Context(), request, series, job.Note)
		},
	}
	addForFlag(cmd, &series)
	return cmd
}

func addForFlag(cmd *cobra.Command, series *string) {
	cmd.Flags().StringVar(series, "for", "", "the `series` of the upgrade, like 4.5 (default: the only unfinished one)")
}

// ledger writes to the ledger of an upgrade and shows the branch's entry.
func (c *call) ledger(ctx context.Context, request job.LedgerRequest, series string,
	write func(context.Context, *job.Site, job.LedgerRequest) (*job.LedgerReport, int, error),
) error {
	if series != "" {
		var err error
		if request.For, err = moodle.ParseSeries(series); err != nil {
			return &usageError{text: fmt.Sprintf("--for %q: %v", series, err)}
		}
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.DryRun = c.flags.dryRun
	report, run, err := write(ctx, site, request)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		c.writeLedgerEntry(w, p, report, run)
		return nil
	}})
}

func (c *call) writeLedgerEntry(w io.Writer, p palette, report *job.LedgerReport, run int) {
	fmt.Fprintf(w, "%s in the upgrade to %s: %s", p.strong(printable(report.Branch)), report.Series, p.state(report.State))
	switch {
	case report.Disposition == "":
		fmt.Fprint(w, ", nothing decided")
	case report.Reason == "":
		fmt.Fprintf(w, ", %s", report.Disposition)
	default:
		fmt.Fprintf(w, ", %s (%s)", report.Disposition, printable(report.Reason))
	}
	fmt.Fprintln(w)
	for _, n := range report.Notes {
		fmt.Fprintf(w, "  %s %s: %s\n", n.When.Format("2006-01-02"), printable(n.Who), printable(n.Text))
	}
	c.writeRun(w, run)
}

// writeRun says by which run something was written, if it was.
func (c *call) writeRun(w io.Writer, run int) {
	switch {
	case c.flags.dryRun:
		fmt.Fprintln(w, "Nothing was written.")
	case run == 0:
		fmt.Fprintln(w, "Nothing changes.")
	default:
		fmt.Fprintf(w, "This was run %d.\n", run)
	}
}
