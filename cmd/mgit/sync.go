package main

import (
	"context"
	"fmt"
	"io"
	"strings"

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
pushed. What two people changed differently keeps the value from here; both values are shown, and
mgit disputes lists them until somebody has chosen.`,
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
		writeDisagreements(w, p, report)
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

// writeDisagreements shows both values of what two people set differently, and says how many of
// these wait from earlier.
func writeDisagreements(w io.Writer, p palette, report *job.SyncReport) {
	for _, d := range report.Disagreements {
		at := job.Dispute{File: d.File, Entry: d.Entry, Key: d.Key}
		fmt.Fprintf(w, "%s %s\n", p.attention("! both changed"), printable(at.Where()))
		here, there := " (kept)", ""
		if d.Kept == "theirs" {
			here, there = "", " (kept)"
		}
		fmt.Fprintf(w, "    here%s: %s\n", here, disputed(d.Ours))
		by := ""
		if d.Who != "" && d.Kept == "ours" {
			by = " by " + printable(d.Who)
		}
		fmt.Fprintf(w, "    there%s%s: %s\n", there, by, disputed(d.Theirs))
	}
	if n := len(report.Disputes); n > 0 {
		fmt.Fprintf(w, "%s for somebody to choose: mgit disputes\n", waits(n, "value"))
	}
}

// disputed is a value of a dispute on one line.
func disputed(text string) string {
	if text == "" {
		return "removed"
	}
	return printable(strings.ReplaceAll(text, "\n", ", "))
}

func waits(n int, what string) string {
	if n == 1 {
		return "1 " + what + " waits"
	}
	return fmt.Sprintf("%d %ss wait", n, what)
}
