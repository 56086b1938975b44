// Package report writes a core hack report, and what checks found, in the formats that people and machines
// pass on: markdown for trackers and job summaries, one self-contained HTML file,
// and SARIF, Code Quality and JUnit for continuous integration.
//
// A job.CorehackReport is all that goes in: nothing is read from the tree, from the
// repository or from the network, so whatever the report leaves out (the contents of
// secret and of unknown files) no format can show. Names and contents come from a
// tree that may be an attacker's. Every format escapes them by its own rules, after
// what cannot be seen (control characters, bidirectional marks, bytes that are not
// UTF-8) has been spelled out.
//
// Every format sorts the worst first and stops before the limits of its readers. It
// says how much it left out.
//
// The formats text and json are left to the command.
package report

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"mgit/internal/job"
)

// ErrFormat says that there is no such format.
var ErrFormat = errors.New("unknown format")

// The formats.
const (
	Markdown    = "markdown"
	HTML        = "html"
	SARIF       = "sarif"
	CodeClimate = "codeclimate"
	JUnit       = "junit"
)

// Options are what a report says beyond its findings. The zero value is fine.
type Options struct {
	Version string // of mgit, "" when it is not known
	Title   string // "" is "Core hack report"
	// Diff shows the lines of hunks, where the report has them.
	Diff bool
	// Strict makes foreign, whitespace and mode findings failures of the JUnit
	// format, as they are in the exit code. Without it they are skipped tests.
	Strict bool
	// Limit is how many bytes the markdown may have; 0 is 1 MiB, which is what a job
	// summary of GitHub takes. Less than 16 KiB is taken for 16 KiB.
	Limit int
}

// Formats lists what Write knows.
func Formats() []string {
	return []string{Markdown, HTML, SARIF, CodeClimate, JUnit}
}

// Write writes r to w in one of the Formats. The error is ErrFormat where the format
// is not one of them, before anything is written; all other errors are w's.
func Write(w io.Writer, format string, r *job.CorehackReport, opt Options) error {
	return writeAs(w, format, map[string]writer[*job.CorehackReport]{
		Markdown:    writeMarkdown,
		HTML:        writeHTML,
		SARIF:       writeSARIF,
		CodeClimate: writeCodeClimate,
		JUnit:       writeJUnit,
	}, r, opt)
}

// writer writes a report R in one format.
type writer[R any] = func(io.Writer, R, Options) error

// writeAs writes a report with the writer of a format.
func writeAs[R any](w io.Writer, format string, writers map[string]writer[R], r R, opt Options) error {
	write := writers[format]
	if write == nil {
		return fmt.Errorf("%w %q", ErrFormat, format)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if err := write(out, r, opt); err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	return nil
}

func (o Options) title() string {
	if o.Title == "" {
		return "Core hack report"
	}
	return visible(o.Title)
}

// byRank returns the findings with the worst first. Of equal severity, those that
// may give passwords away come first, and those last that are nothing to warn of. The order of
// equals stays.
func byRank(r *job.CorehackReport) []*job.Finding {
	sorted := make([]*job.Finding, len(r.Findings))
	for i := range r.Findings {
		sorted[i] = &r.Findings[i]
	}
	slices.SortStableFunc(sorted, func(a, b *job.Finding) int {
		return cmp.Or(rank(a.Severity)-rank(b.Severity), placeOf(a)-placeOf(b))
	})
	return sorted
}

// placeOf orders findings of the same severity.
func placeOf(f *job.Finding) int {
	switch {
	case isSecret(f):
		return 0
	case weight(f) == f.Severity:
		return 1
	}
	return 2
}
