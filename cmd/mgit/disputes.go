package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newDisputesCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "disputes",
		Short:   "List what two people set differently on the mgit branch",
		GroupID: groupSetUp,
		Args:    noWord,
		Long: `When two clones of the mgit branch went apart and set the same thing differently, mgit sync keeps one
of the values and puts the other one on a list. This lists both. mgit disputes settle chooses; any
command that sets the value, like mgit dispose, chooses too. Nothing else waits for that meanwhile,
but mgit upgrade status does not end with 0 before it is done.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.disputes(cmd.Context()) },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "settle ID… kept|other",
		Short: "Choose between two values",
		Args:  words("ID", "VALUE", "[MORE…]"),
		Long: `Chooses for each dispute the value that was kept or the other one. ID is as mgit disputes prints it, or
the beginning of it. It is one run, which can be undone.`,
		Example: `  mgit disputes settle 1f2e3d4c kept
  mgit disputes settle 1f2e3d4c 5b6a7980 other --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
			last := len(args) - 1
			if args[last] != "kept" && args[last] != "other" {
				return &usageError{text: fmt.Sprintf("%q is neither kept nor other", args[last]), hint: "the last word says which value it shall be"}
			}
			return c.settle(cmd.Context(), job.SettleRequest{IDs: args[:last], Other: args[last] == "other"})
		},
	})
	return cmd
}

func (c *call) disputes(ctx context.Context) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	open, err := job.Disputes(ctx, site)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: map[string]any{"disputes": open}, text: func(w io.Writer, p palette) error {
		if len(open) == 0 {
			fmt.Fprintln(w, "Nobody disagrees.")
			return nil
		}
		writeDisputes(w, p, open)
		c.writeNext(w, "mgit disputes settle ID kept|other", "chooses")
		return nil
	}})
}

func writeDisputes(w io.Writer, p palette, open []job.Dispute) {
	for _, d := range open {
		fmt.Fprintf(w, "%s %s\n", p.attention(d.ID), printable(d.Where()))
		fmt.Fprintf(w, "    kept:  %s\n", disputed(d.Kept))
		by := ""
		if d.Who != "" {
			by = fmt.Sprintf("  (%s, %s)", printable(d.Who), d.When.Format(time.DateOnly))
		}
		fmt.Fprintf(w, "    other: %s%s\n", disputed(d.Other), by)
	}
}

func (c *call) settle(ctx context.Context, request job.SettleRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.DryRun = c.flags.dryRun
	report, run, err := job.Settle(ctx, site, request)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		for _, d := range report.Settled {
			value := d.Kept
			if report.Taken == "other" {
				value = d.Other
			}
			fmt.Fprintf(w, "%s: %s\n", p.strong(printable(d.Where())), disputed(value))
		}
		c.writeRun(w, run)
		return nil
	}})
}
