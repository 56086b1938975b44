package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/report"
)

// planFlags are the flags of plan.
type planFlags struct {
	format string
	from   string
	live   string
	on     string
	noLive bool
}

// planFormats are those of --format.
func planFormats() []string {
	return append([]string{formatText, formatJSON}, report.DocumentFormats()...)
}

func newPlanCommand(c *call) *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:     "plan TAG",
		Short:   "Show a whole upgrade on one page",
		GroupID: groupUpgrade,
		Args:    words("TAG"),
		Long: `Looks at the upgrade to TAG from all sides: the releases on the way, what the servers must have, what
becomes of every branch and what that leaves for people, which components enter and leave Moodle, which
plugins have no fitting release, what the database will do, and what stands in the live tree. Nothing is
moved or written.

The live tree is that of production in sites.toml, where it is on this machine, or --live.`,
		Example: `  mgit plan v4.5.0
  mgit plan v5.1.0 --format markdown > plan.md`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.plan(cmd.Context(), args[0], f) },
	}
	cmd.Flags().StringVar(&f.format, "format", formatText, "`format` of the answer: "+strings.Join(planFormats(), ", "))
	cmd.Flags().StringVar(&f.from, "from", "", "the `series` to move from (default: the newest older one that has branches)")
	cmd.Flags().StringVar(&f.live, "live", "", "look into the live tree in this `folder`")
	cmd.Flags().StringVar(&f.on, "on", "", "the `day` on which to see it, like 2026-04-20: for support dates (default: today)")
	cmd.Flags().BoolVar(&f.noLive, "no-live", false, "look into no live tree")
	return cmd
}

func (c *call) plan(ctx context.Context, tag string, f planFlags) error {
	if err := c.checkFormat(f.format, planFormats()); err != nil {
		return err
	}
	if f.noLive && f.live != "" {
		return &usageError{text: "--live and --no-live are two wishes at once", hint: "leave one of them away"}
	}
	request := job.PlanRequest{Tag: tag, Now: time.Now(), Live: f.live, SkipLive: f.noLive}
	if f.on != "" {
		day, err := time.Parse(time.DateOnly, f.on)
		if err != nil {
			return &usageError{text: fmt.Sprintf("--on %q is not a day like 2026-04-20", f.on)}
		}
		request.Now = day
	}
	if from := cmp.Or(f.from, c.flags.series); from != "" {
		series, err := moodle.ParseSeries(from)
		if err != nil {
			return &usageError{text: fmt.Sprintf("--from %q: %v", from, err)}
		}
		request.From = series
	}
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	progress := c.newProgress("plan " + tag)
	request.Progress = progress.report
	plan, err := job.Plan(ctx, site, request)
	progress.finish()
	if err != nil {
		return err
	}
	for _, w := range plan.Warnings {
		c.warn(w.ID, w.Text)
	}
	d := report.PlanDocument(plan)
	if f.format == formatText || f.format == formatJSON {
		return c.answer(ctx, answer{result: plan, text: func(w io.Writer, p palette) error {
			return writeDocument(w, p, c.width(c.stdoutTTY), d)
		}})
	}
	return c.writeDocumentAs(f.format, d)
}

// writeDocumentAs prints a document in one of the formats of package report.
func (c *call) writeDocumentAs(format string, d report.Document) error {
	var out bytes.Buffer
	if err := report.WriteDocument(&out, format, d, report.Options{Version: buildVersion()}); err != nil {
		return err
	}
	_, err := c.stdout.Write(out.Bytes())
	return err
}

// checkFormat looks at --format, and lets json be another word for --json.
func (c *call) checkFormat(format string, all []string) error {
	if !slices.Contains(all, format) {
		return &usageError{
			text: fmt.Sprintf("--format %q is not known", format),
			hint: joinHints(didYouMean(closest(format, all)), "it takes "+strings.Join(all, ", ")),
		}
	}
	if c.flags.json && format != formatText && format != formatJSON {
		return &usageError{text: "--json and --format " + format + " are two answers at once", hint: "leave one of them away"}
	}
	if format == formatJSON {
		c.flags.json = true
	}
	return nil
}
