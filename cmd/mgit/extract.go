package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mgit/internal/job"
)

// extractFlags are the flags of corehack-report --extract.
type extractFlags struct {
	on      bool
	request job.ExtractRequest
}

func addExtractFlags(cmd *cobra.Command, f *extractFlags) {
	cmd.Flags().BoolVar(&f.on, "extract", false, "make hack branches of what no branch explains, one for each component")
	cmd.Flags().StringVar(&f.request.Onto, "onto", "", "with --extract: where they stand, on the series' `base` or on the pin (default base)")
	cmd.Flags().StringVar(&f.request.Author, "author", "", "with --extract: the `author` of the commits, \"Name <mail>\" (default: you)")
	cmd.Flags().StringVarP(&f.request.Message, "message", "m", "", "with --extract: the subject of the commits")
	cmd.Flags().StringVar(&f.request.Reason, "reason", "", "with --extract: why they are there, for the branches' records")
	cmd.Flags().StringVar(&f.request.Ticket, "ticket", "", "with --extract: where they are discussed")
	cmd.Flags().StringVar(&f.request.Short, "short", "", "with --extract: the short `name` of the branches")
}

// check refuses the flags of an extract without the extract.
func (f *extractFlags) check() error {
	r := f.request
	for _, given := range []struct{ name, value string }{
		{"--onto", r.Onto}, {"--author", r.Author}, {"--message", r.Message}, {"--reason", r.Reason}, {"--ticket", r.Ticket}, {"--short", r.Short},
	} {
		if !f.on && given.value != "" {
			return &usageError{text: given.name + " is for --extract", hint: "add --extract, or leave it away"}
		}
	}
	return nil
}

// refuse looks for flags of the report beside --extract, which prints none.
func (f *extractFlags) refuse(report corehackFlags) error {
	for _, given := range []struct {
		name string
		on   bool
	}{
		{"--format " + report.format, report.format != "" && report.format != formatText && report.format != formatJSON},
		{"--diff", report.diff},
		{"--all", report.all},
		{"--strict", report.strict},
		{"--baseline", report.baseline != ""},
	} {
		if f.on && given.on {
			return &usageError{text: given.name + " is for the report", hint: "leave it away, or leave --extract away"}
		}
	}
	return nil
}

func (c *call) extract(ctx context.Context, site *job.Site, f corehackFlags, bar *fileProgress) error {
	f.extract.request.DryRun = c.flags.dryRun
	report, run, err := job.ExtractOrphans(ctx, site, f.request, f.extract.request)
	bar.finish()
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	return c.answer(ctx, answer{result: report, run: run, text: func(w io.Writer, p palette) error {
		c.writeExtracted(w, p, report, run)
		return nil
	}})
}

func (c *call) writeExtracted(w io.Writer, p palette, report *job.ExtractReport, run int) {
	for _, b := range report.Branches {
		fmt.Fprintf(w, "%s %s  %s of %s, on %s\n", p.good("+"), p.strong(printable(b.Name)), plural(b.Hunks, "hunk"), plural(len(b.Files), "file"), shownCommit(b.Base))
		if b.Reason != "" {
			fmt.Fprintf(w, "    %s\n", wrapWords(printable(b.Reason), c.width(c.stdoutTTY), 4, 6))
		}
		for _, f := range b.Files {
			fmt.Fprintf(w, "    %s\n", job.ShowPath(f.Raw))
		}
	}
	for _, l := range report.Left {
		fmt.Fprintf(w, "%s %s  not taken along: %s\n", p.attention("!"), p.strong(job.ShowPath(l.Raw)), printable(l.Reason))
	}
	switch {
	case len(report.Branches) == 0 && len(report.Left) > 0:
		fmt.Fprintln(w, "Nothing was taken along.")
	case len(report.Branches) == 0:
		fmt.Fprintln(w, "There is nothing that no branch explains.")
	case c.flags.dryRun:
		fmt.Fprintf(w, "\n%s would be made. Nothing was written.\n", plural(len(report.Branches), "branch"))
	default:
		fmt.Fprintf(w, "\nThis was run %d. `mgit corehack-report` finds these changes explained now.\n", run)
	}
}
