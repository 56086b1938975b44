package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/report"
)

func newUpgradeHistoryCommand(c *call) *cobra.Command {
	var branch string
	cmd := &cobra.Command{
		Use:   "history [SERIES]",
		Short: "Tell how the ledger came to say what it says",
		Args:  words("[SERIES]"),
		Long: `Tells every change of what is to become of a branch and how far it is, the newest first: when, by whom,
by which command, and what the ledger says since. It is read from the mgit branch, so that what
colleagues decided is there as soon as it was synced, and what was undone stays told.

SERIES is what the upgrade goes to (default: the only unfinished one, else the newest).`,
		Example: `  mgit upgrade history
  mgit upgrade history 4.5 --branch LUVLE-4.1-hack-mod_forum-subject`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.upgradeHistory(cmd.Context(), argument(args), branch)
		},
	}
	cmd.Flags().StringVar(&branch, "branch", "", "only what concerns the `branch`, by its old name")
	return cmd
}

func (c *call) upgradeHistory(ctx context.Context, name, branch string) error {
	series, err := seriesFlag("SERIES", name)
	if err != nil {
		return err
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	h, err := job.ReadUpgradeHistory(ctx, site, series)
	if err != nil {
		return err
	}
	if branch != "" {
		h.Steps = slices.DeleteFunc(h.Steps, func(s job.LedgerStep) bool { return s.Branch != branch })
		if len(h.Steps) == 0 {
			return &usageError{text: fmt.Sprintf("the ledger of the upgrade to %s never had %q", h.Series, branch), hint: "mgit upgrade status lists the branches"}
		}
	}
	for _, id := range h.Unread {
		c.warn("ledger-unread", "the ledger of commit "+id.Short()+" of the mgit branch cannot be read")
	}
	return c.answer(ctx, answer{result: h, text: func(w io.Writer, p palette) error {
		for _, s := range h.Steps {
			fmt.Fprintf(w, "%s  %s: %s\n", s.When.Format(time.DateOnly), p.strong(printable(s.Branch)), printable(report.LedgerStepWords(s)))
			c.writeItem(w, "by "+printable(s.Who)+", "+printable(s.Command))
		}
		return nil
	}})
}
