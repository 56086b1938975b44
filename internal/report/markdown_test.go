package report_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

var (
	fenceLine = regexp.MustCompile("^\\s*(`{3,})")
	// ours are the few marks that the report itself writes outside of code.
	ours = regexp.MustCompile(`^(?:#{1,3} |- |  - |\| |\|[-:|]+\|$|)`)
)

// withoutCode removes fenced blocks and code spans, by the rules of CommonMark.
func withoutCode(t *testing.T, text string) []string {
	t.Helper()
	var lines []string
	fence := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		mark := fenceLine.FindStringSubmatch(line)
		switch {
		case fence == "" && mark != nil:
			fence = mark[1]
		case fence != "" && mark != nil && len(mark[1]) >= len(fence) && strings.TrimSpace(line) == mark[1]:
			fence = ""
		case fence == "":
			lines = append(lines, withoutSpans(line))
		}
	}
	if fence != "" {
		t.Errorf("a fence is open at the end")
	}
	return lines
}

func withoutSpans(line string) string {
	var b strings.Builder
	for line != "" {
		run := len(line) - len(strings.TrimLeft(line, "`"))
		if run == 0 {
			b.WriteByte(line[0])
			line = line[1:]
			continue
		}
		end := regexp.MustCompile("[^`]`{" + fmt.Sprint(run) + "}(?:[^`]|$)").FindStringIndex(line[run:])
		if end == nil {
			b.WriteString(line[:run])
			line = line[run:]
			continue
		}
		line = line[run+end[0]+1+run:]
	}
	return b.String()
}

// TestMarkdownHostile: outside of code there is nothing but words and our own marks:
// no markup, no HTML, no mention, no reference, no link.
func TestMarkdownHostile(t *testing.T) {
	t.Parallel()
	data := render(t, report.Markdown, reporttest.Hostile(), report.Options{Diff: true, Title: "@admin <b> #1", Version: "0.3 <i>"})
	for _, line := range withoutCode(t, string(data)) {
		rest := ours.ReplaceAllString(line, "")
		rest = strings.ReplaceAll(strings.ReplaceAll(rest, "**", ""), " |", "")
		if strings.ContainsAny(rest, "`<>*_[]|\\@#&~$!{}^=") || strings.Contains(rest, "evil") || strings.Contains(rest, "//") {
			t.Errorf("outside of code: %q", line)
		}
	}
}

func TestMarkdownTables(t *testing.T) {
	t.Parallel()
	data := string(render(t, report.Markdown, reporttest.Hostile(), report.Options{}))
	bar := regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\|`)
	rows, columns := 0, 0
	for line := range strings.Lines(data) {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		n := len(bar.FindAllString(line, -1))
		if columns == 0 {
			columns = n
		}
		if n != columns {
			t.Errorf("a row with %d bars in a table with %d: %s", n, columns, line)
		}
		rows++
	}
	if rows < 50 {
		t.Errorf("%d rows of tables", rows)
	}
}

// TestMarkdownLimit: the text stays below the limit, ends with the last section, and
// says how many findings it leaves out; none is lost.
func TestMarkdownLimit(t *testing.T) {
	t.Parallel()
	more := regexp.MustCompile(`… and ([0-9,]+) more findings`)
	hostile := reporttest.Hostile()
	for range 5 {
		hostile.Findings = append(hostile.Findings, hostile.Findings...)
		hostile.Plugins = append(hostile.Plugins, hostile.Plugins...)
		hostile.Unread = append(hostile.Unread, hostile.Unread...)
		hostile.MissingFromLive = append(hostile.MissingFromLive, hostile.MissingFromLive...)
	}
	for i := range hostile.Unread {
		hostile.Unread[i].Raw += strings.Repeat("/\xff", 2_000)
	}
	for _, r := range []struct {
		name   string
		report []byte
		limit  int
		all    int
	}{
		{"large", render(t, report.Markdown, reporttest.Large(30_000), report.Options{Diff: true}), 1 << 20, 30_000},
		{"large, for a note", render(t, report.Markdown, reporttest.Large(3_000), report.Options{Diff: true, Limit: 65_536}), 65_536, 3_000},
		{"hostile", render(t, report.Markdown, hostile, report.Options{Diff: true}), 1 << 20, len(hostile.Findings)},
		{"hostile, least", render(t, report.Markdown, hostile, report.Options{Diff: true, Limit: 1}), 16 << 10, len(hostile.Findings)},
	} {
		text := string(r.report)
		if len(text) > r.limit || len(text) < r.limit/3 {
			t.Errorf("%s: %d bytes, want a little less than %d", r.name, len(text), r.limit)
		}
		if !strings.Contains(text, "\n## What this report does not say\n") {
			t.Errorf("%s: the end is missing", r.name)
		}
		shown := len(regexp.MustCompile(`(?m)^- \*\*`).FindAllString(text, -1))
		left := 0
		if m := more.FindStringSubmatch(text); m != nil {
			if _, err := fmt.Sscan(strings.ReplaceAll(m[1], ",", ""), &left); err != nil {
				t.Fatal(err)
			}
		}
		if shown+left != r.all {
			t.Errorf("%s: %d findings and %d more, want %d", r.name, shown, left, r.all)
		}
	}
}
