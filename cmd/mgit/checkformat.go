package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"mgit/internal/job"
	"mgit/internal/report"
)

// checkFormats are the formats of check: those that it writes itself, and those of package report.
func checkFormats() []string {
	return append([]string{formatText, formatJSON}, report.CheckFormats()...)
}

// checkOutput is how what was found is written: in one format to stdout, and in others to files.
type checkOutput struct {
	format string
	also   []string // "FORMAT=FILE"
	strict bool
}

// register adds the flags.
func (o *checkOutput) register(f *pflag.FlagSet) {
	f.StringVar(&o.format, "format", formatText, "`format` of the report: "+strings.Join(checkFormats(), ", "))
	f.StringArrayVar(&o.also, "report", nil, "write a report to a file as well: `format=file`, as in sarif=check.sarif; may be repeated")
	f.BoolVar(&o.strict, "strict", false, "end with 5 for warnings, too")
}

// validate looks at what the flags say, before anything is judged.
func (o *checkOutput) validate(c *call) error {
	for _, also := range o.also {
		format, file, _ := strings.Cut(also, "=")
		if !slices.Contains(report.CheckFormats(), format) || file == "" {
			return &usageError{
				text: fmt.Sprintf("--report %q names no format and file", also),
				hint: "--report FORMAT=FILE, with one of " + strings.Join(report.CheckFormats(), ", "),
			}
		}
	}
	return c.checkFormat(o.format, checkFormats())
}

// answerCheck prints what was found. Formats for other programs are written also when that is nothing.
func (c *call) answerCheck(ctx context.Context, o checkOutput, r *job.CheckReport, request job.CheckRequest) error {
	exit := exitDone
	if r.Found(o.strict) {
		exit = exitFound
	}
	opt := report.Options{Version: buildVersion(), Strict: o.strict}
	for _, also := range o.also {
		format, file, _ := strings.Cut(also, "=")
		var out bytes.Buffer
		if err := report.WriteCheck(&out, format, r, opt); err != nil {
			return err
		}
		if err := os.WriteFile(c.inDir(file), out.Bytes(), 0o666); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if o.format == formatText || o.format == formatJSON {
		err := c.answer(ctx, answer{result: r, exit: exit, text: func(w io.Writer, p palette) error { return c.writeCheck(w, p, r) }})
		if err == nil && exit == exitFound && !c.flags.json {
			c.sayRefused(r, request)
		}
		return err
	}
	c.exit = exit
	return report.WriteCheck(c.stdout, o.format, r, opt)
}
