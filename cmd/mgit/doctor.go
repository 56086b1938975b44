package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

func newDoctorCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:     "doctor",
		Short:   "Look at this clone for what makes people stumble",
		GroupID: groupSetUp,
		Args:    words(),
		Long: `Looks at what mgit needs and at what has made others stumble: who you are for git, whether the
history is complete, settings and what waits to be confirmed, roles of remotes and remotes whose names
begin with the same letter, the guard of pushes, the commit-graph, recorded resolutions. It changes
nothing, and asks no remote. Exit code 5 says that there is a problem; hints do not count.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.doctor(cmd.Context()) },
	}
}

func (c *call) doctor(ctx context.Context) error {
	site, err := c.openDespite(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.Doctor(ctx, site)
	if err != nil {
		return err
	}
	exit := exitDone
	if report.HasProblem() {
		exit = exitFound
	}
	return c.answer(ctx, answer{result: report, exit: exit, text: func(w io.Writer, p palette) error {
		for _, check := range report.Checks {
			fmt.Fprintf(w, "%s %s\n", doctorSign(p, check.State), wrapWords(printable(check.Text), c.width(c.stdoutTTY), 3, 3))
			if check.Hint != "" {
				fmt.Fprintf(w, "   %s\n", p.faint(printable(check.Hint)))
			}
		}
		return nil
	}})
}

// doctorSign begins the line of a check; it says the same without colour.
func doctorSign(p palette, state string) string {
	switch state {
	case job.DoctorProblem:
		return p.bad("✗ ")
	case job.DoctorHint:
		return p.attention("! ")
	}
	return p.good("✓ ")
}
