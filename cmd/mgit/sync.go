package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newSyncCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:     "sync",
		Short:   "Share the mgit branch with the internal remotes",
		GroupID: groupSetUp,
		Args:    words(),
		Long: `Fetches the mgit branch (settings, ledgers, recorded resolutions) of the internal remotes, merges
it entry by entry with the one here, and pushes the result there. No other branch is fetched or
pushed. What two people changed differently keeps the value from here and is listed.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.sync(cmd.Context()) },
	}
}

func (c *call) sync(ctx context.Context) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.Sync(ctx, site, c.flags.dryRun)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: report, text: func(w io.Writer, p palette) error {
		for _, r := range report.Remotes {
			fmt.Fprintf(w, "%s: %s\n", printable(r.Name), syncWords(r, c.flags.dryRun))
		}
		for _, d := range report.Disagreements {
			where := d.File
			if d.Entry != "" {
				where += ", " + d.Entry
			}
			fmt.Fprintf(w, "%s %s: %s is %q here and %q there; kept as here\n", p.attention("! both changed"), printable(where), d.Key, printable(d.Ours), printable(d.Theirs))
		}
		return nil
	}})
}

func syncWords(r job.SyncedRemote, dryRun bool) string {
	switch {
	case dryRun && r.Pulled:
		return "something new was fetched and would be merged; nothing was written"
	case dryRun:
		return "nothing new was fetched; nothing was written"
	case r.Pulled && r.Pushed:
		return "merged what others did, and pushed"
	case r.Pulled:
		return "took over what others did"
	case r.Pushed:
		return "pushed"
	default:
		return "nothing to do"
	}
}
