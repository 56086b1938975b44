package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/support"
)

func newSupportCommand(c *call) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "support",
		Short:   "Until when Moodle supports each series",
		GroupID: groupUpgrade,
		Args:    noWord,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.command = "support show"
			return c.supportShow(cmd.Context(), nil)
		},
	}
	cmd.AddCommand(newSupportShowCommand(c), newSupportRefreshCommand(c))
	return cmd
}

func newSupportShowCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use:   "show [SERIES…]",
		Short: "Until when each series gets fixes, and security fixes",
		Args:  words("[SERIES…]"),
		Long: `Lists the series with the last days of general support and of security support. The dates are data of
one day, which stands above them: those that mgit was built with, or newer ones that mgit support
refresh has brought. A series that the data does not know is unknown.`,
		Example: `  mgit support show
  mgit support show 4.1 4.5`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.supportShow(cmd.Context(), args)
		},
	}
}

func newSupportRefreshCommand(c *call) *cobra.Command {
	var request job.SupportRefreshRequest
	var date string
	cmd := &cobra.Command{
		Use:   "refresh [FILE|URL]",
		Short: "Take newer dates over, for the whole team",
		Args:  words("[FILE|URL]"),
		Long: `Reads dates of support from a file or an https address, in the form of Moodle's own file, and stores
them as support.json on the mgit branch; mgit sync brings them to the others, mgit undo takes them
back. What changes is printed; with --dry-run that is all. Without argument the file is Moodle's:
` + support.Home + `

That file does not say of which day it is. It counts as today's, unless --date says otherwise.`,
		Example: `  mgit support refresh --dry-run
  mgit support refresh versions.json --date 2026-08-07`,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.From = argument(args)
			if date != "" {
				var err error
				if request.Date, err = time.Parse(time.DateOnly, date); err != nil {
					return &usageError{text: fmt.Sprintf("--date %q is no day such as 2026-08-07", date)}
				}
			}
			return c.supportRefresh(cmd.Context(), request)
		},
	}
	cmd.Flags().StringVar(&date, "date", "", "the `day` that the file is of, like 2026-08-07 (default: today)")
	return cmd
}

func (c *call) supportShow(ctx context.Context, args []string) error {
	var series []moodle.Series
	for _, arg := range args {
		s, err := moodle.ParseSeries(arg)
		if err != nil {
			return &usageError{text: err.Error()}
		}
		series = append(series, s)
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.SupportShow(ctx, site, series, time.Now())
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, printable(w.Text))
	}
	return c.answer(ctx, answer{result: report, text: func(w io.Writer, p palette) error {
		return c.writeSupport(w, p, report)
	}})
}

func (c *call) writeSupport(w io.Writer, p palette, report *job.SupportReport) error {
	fmt.Fprintln(w, wrapWords("Dates of support as of "+dataWords(report.Data)+".", c.width(c.stdoutTTY), 0, 0))
	fmt.Fprintln(w)
	t := table{columns: []column{{title: "series"}, {title: "released"}, {title: "fixes until"}, {title: "security until"}, {title: "state", elastic: true}}}
	for _, s := range report.Series {
		name := s.Series
		if s.LTS {
			name += " LTS"
		}
		t.add(name, cmp.Or(s.Released, "unknown"), cmp.Or(s.General, "unknown"), cmp.Or(s.Security, "unknown"), supportWords(p, s))
	}
	return t.writeTo(w, p, c.tableWidth())
}

// dataWords says of which day data is, and where it is from.
func dataWords(d job.SupportData) string {
	return cmp.Or(d.Date, "an unknown day") + " (" + printable(d.Source) + ")"
}

func supportWords(p palette, s job.SupportSeries) string {
	if s.Experimental {
		return p.faint("an experiment, not for production")
	}
	switch s.State {
	case string(support.General):
		return p.good("all fixes")
	case string(support.Security):
		return p.attention("security fixes only")
	case string(support.Ended):
		return p.bad("ended")
	case string(support.Announced):
		return "not released yet"
	}
	return "unknown"
}

func (c *call) supportRefresh(ctx context.Context, request job.SupportRefreshRequest) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	request.Now, request.DryRun = time.Now(), c.flags.dryRun
	report, run, err := job.SupportRefresh(ctx, site, request)
	if err != nil {
		return err
	}
	return c.answer(ctx, answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		return c.writeSupportChanges(w, p, report, run)
	}})
}

func (c *call) writeSupportChanges(w io.Writer, p palette, report *job.SupportRefreshReport, run int) error {
	t := table{columns: []column{{title: "series"}, {title: "what"}, {title: "was"}, {title: "is"}}}
	for _, change := range report.Changes {
		t.add(change.Series, supportKeyWord(change.Key), cmp.Or(change.Old, "-"), cmp.Or(change.New, "-"))
	}
	if err := t.writeTo(w, p, c.tableWidth()); err != nil {
		return err
	}
	if len(report.Changes) == 0 {
		fmt.Fprintln(w, "No date differs.")
	} else {
		fmt.Fprintln(w)
	}
	width := c.width(c.stdoutTTY)
	fmt.Fprintln(w, wrapWords("The dates were those of "+dataWords(report.Old)+".", width, 0, 0))
	fmt.Fprintln(w, wrapWords("They are those of "+dataWords(report.New)+".", width, 0, 0))
	c.writeRun(w, run)
	return nil
}

func supportKeyWord(key string) string {
	return strings.NewReplacer("general", "fixes until", "security", "security until", "lts", "long-term", "newest", "newest release").Replace(key)
}
