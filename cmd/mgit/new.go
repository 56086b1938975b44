package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/config"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

func newNewCommand(c *call) *cobra.Command {
	var request job.NewRequest
	var isExternal, noTracker bool
	cmd := &cobra.Command{
		Use:     "new TYPE COMPONENT",
		Short:   "Begin a branch on its series' base, with its record",
		GroupID: groupSetUp,
		Args:    words("TYPE", "COMPONENT"),
		Long: `Makes a branch on the first release of the series and enters its record into mgit.toml on the mgit
branch. COMPONENT is a frankenstyle name, or set_{name} for changes that live and die together. The
name is put together by the naming scheme. What is checked out stays so, unless --switch is given.

An upgrade that moves the series gets the branch into its ledger, and a tracker that is set up gets an
issue for it at once. Where the tracker cannot be reached that waits, and mgit ends with 9.`,
		Example: `  mgit new hack mod_forum --short subject --reason "longer subjects" --ticket LU-12
  mgit new feature block_news --series 4.5 --switch`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Type, request.Component = args[0], args[1]
			if isExternal {
				request.Record.Origin = config.OriginExternal
			}
			return c.newBranch(cmd.Context(), request, noTracker)
		},
	}
	f := cmd.Flags()
	f.StringVar(&request.Short, "short", "", "a short `name` that tells several branches of a component apart")
	f.StringVar(&request.Record.Reason, "reason", "", "why the site needs it")
	f.StringVar(&request.Record.Ticket, "ticket", "", "where it is discussed")
	f.StringVar(&request.Record.Owner, "owner", "", "who knows it")
	f.StringArrayVar(&request.Record.Members, "member", nil, "a `component` that a set may touch; may be repeated")
	f.StringArrayVar(&request.Record.Requires, "requires", nil, "the record `key` of a branch without which this one makes no sense; may be repeated")
	f.BoolVar(&isExternal, "external", false, "somebody else's plugin: an upgrade begins anew from its newest release")
	f.BoolVar(&request.Switch, "switch", false, "check the branch out")
	f.BoolVar(&noTracker, "no-tracker", false, "leave the tracker to mgit tracker sync")
	return cmd
}

func (c *call) newBranch(ctx context.Context, request job.NewRequest, noTracker bool) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	if request.Series, err = site.Series(ctx, c.flags.series); err != nil {
		return err
	}
	request.DryRun = c.flags.dryRun
	report, run, err := job.NewBranch(ctx, site, request)
	if err != nil {
		return err
	}
	var tracker told
	if run != 0 && report.InUpgrade() && !noTracker {
		if tracker, err = c.tellTracker(ctx, moodle.Series{}, []string{report.Branch}); err != nil {
			return err
		}
	}
	result := struct {
		*job.NewReport
		Tracker *job.TrackerReport `json:"tracker"`
	}{report, tracker.report}
	return c.answer(ctx, answer{result: result, run: run, exit: tracker.exit, text: func(w io.Writer, p palette) error {
		c.writeNew(w, p, report, run)
		tracker.write(w)
		return nil
	}})
}

func (c *call) writeNew(w io.Writer, p palette, report *job.NewReport, run int) {
	verb := "stands on"
	if c.flags.dryRun {
		verb = "would stand on"
	}
	fmt.Fprintf(w, "%s %s %s.\n", p.strong(printable(report.Branch)), verb, report.Base.Tag)
	switch {
	case report.Path != "" && report.Exists:
		fmt.Fprintf(w, "  %s lives in %s\n", printable(report.Component), printable(report.Path))
	case report.Path != "":
		fmt.Fprintf(w, "  %s is not part of %s; it will live in %s\n", printable(report.Component), report.Base.Tag, printable(report.Path))
	}
	if report.RecordKept {
		fmt.Fprintf(w, "  its record %s was there already and stays as it is\n", printable(report.Record))
	} else {
		fmt.Fprintf(w, "  record: [branch.%s] in mgit.toml on the mgit branch\n", printable(config.FormatKey(report.Record)))
	}
	switch {
	case c.flags.dryRun:
		fmt.Fprintln(w, "Nothing was written.")
	case report.Switched:
		fmt.Fprintf(w, "It is checked out. This was run %d.\n", run)
	default:
		fmt.Fprintf(w, "This was run %d. Next: git switch %s\n", run, printable(report.Branch))
	}
}
