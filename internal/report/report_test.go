package report_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

func TestUnknownFormat(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	err := report.Write(&b, "docx", reporttest.Empty(), report.Options{})
	if !errors.Is(err, report.ErrFormat) || b.Len() > 0 {
		t.Errorf("error %v after %d bytes, want ErrFormat after none", err, b.Len())
	}
}

// failing takes a number of bytes and then fails.
type failing int

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > int(*f) {
		n := int(*f)
		*f = 0
		return n, errFull
	}
	*f -= failing(len(p))
	return len(p), nil
}

func TestWriteErrorsAreReturned(t *testing.T) {
	t.Parallel()
	r := reporttest.Hostile()
	for _, format := range report.Formats() {
		size := len(render(t, format, r, report.Options{Diff: true}))
		for _, room := range []int{0, 1, size / 2, size - 1} {
			w := failing(room)
			if err := report.Write(&w, format, r, report.Options{Diff: true}); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d of %d bytes: error %v", format, room, size, err)
			}
		}
	}
}

// TestReportIsNotChanged: the caller writes several formats of one report.
func TestReportIsNotChanged(t *testing.T) {
	t.Parallel()
	r := reporttest.Sample()
	slices.Reverse(r.Findings) // so that sorting has something to do
	before := r.Findings[0].Path
	for _, format := range report.Formats() {
		first := render(t, format, r, report.Options{Diff: true})
		if again := render(t, format, r, report.Options{Diff: true}); !bytes.Equal(first, again) {
			t.Errorf("%s: the second time it is another text", format)
		}
	}
	if r.Findings[0].Path != before {
		t.Errorf("the findings were sorted in place")
	}
}

// TestNothingIsPrintedRaw: no format has a control character other than line ends
// and tabs, a bidirectional mark, or a byte that is not UTF-8, outside of JSON's escapes.
func TestNothingIsPrintedRaw(t *testing.T) {
	t.Parallel()
	for _, format := range report.Formats() {
		data := render(t, format, reporttest.Hostile(), report.Options{Diff: true, Version: "1\x1b[31m", Title: "title\x1b\u202e</title>"})
		for _, raw := range []string{"\x1b", "\x07", "\x00", "\x7f", "\r", "\u009b", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\ufffe", "\xff"} {
			if bytes.Contains(data, []byte(raw)) {
				t.Errorf("%s has %+q", format, raw)
			}
		}
	}
}

// TestLinesOnlyWithDiff: a report that was made with lines shows them only when asked.
func TestLinesOnlyWithDiff(t *testing.T) {
	t.Parallel()
	r := reporttest.Sample()
	const line = "noemailever"
	for _, format := range report.Formats() {
		if bytes.Contains(render(t, format, r, report.Options{}), []byte(line)) {
			t.Errorf("%s shows lines", format)
		}
	}
	for _, format := range []string{report.Markdown, report.HTML, report.JUnit} {
		if !bytes.Contains(render(t, format, r, report.Options{Diff: true}), []byte(line)) {
			t.Errorf("%s does not show lines", format)
		}
	}
}

// TestManyFindings: 10,000 findings are written in a few seconds; a minute is for a
// machine that has other things to do.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("10,000 findings are left to the long run")
	}
	r := reporttest.Large(10_000)
	for _, format := range report.Formats() {
		start := time.Now()
		if err := report.Write(io.Discard, format, r, report.Options{Diff: true}); err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		t.Logf("%s: %v", format, took)
		if took > time.Minute {
			t.Errorf("%s took %v", format, took)
		}
	}
}
