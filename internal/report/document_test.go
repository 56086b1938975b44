package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mgit/internal/report"
)

// hostile means something in Markdown, in HTML and to a terminal.
const hostile = "<script>alert(1)</script> | @all [x](http://e.org) `a` \x1b[31m\u202e"

func hostileDocument() report.Document {
	return report.Document{
		Title: "Plan", Verdict: "3 branches wait", Subject: "Of " + hostile + ".",
		Sections: []report.Section{
			{ID: "nothing", Title: "Nothing to say"},
			{ID: "empty", Title: "Empty", Blocks: []report.Block{{Title: "No rows", Columns: []report.Column{{Title: "a"}}, Note: "a note"}}},
			{ID: "some", Title: "Some", Lead: []string{"A sentence."}, Blocks: []report.Block{
				{
					Title: "Rows", Columns: []report.Column{{Title: "branch", Name: true}, {Title: "n", Right: true}, {Title: "why"}},
					Rows: [][]string{{hostile, "12", hostile}, {"second", "", "a|b"}},
					Note: "Small print.",
				},
				{Title: "Commands", Items: []string{"mgit resolve " + hostile}, Mono: true},
			}},
		},
	}
}

func written(t *testing.T, format string, d report.Document) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.WriteDocument(&out, format, d, report.Options{Version: "1.2"}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A row stays a row whatever is in its cells: as many bars as the head has, and
// nothing that markup could be made of outside of code.
func TestDocumentMarkdownKeepsItsTables(t *testing.T) {
	t.Parallel()
	text := written(t, report.Markdown, hostileDocument())
	spans := regexp.MustCompile("`+[^`]*`+|\\\\\\|")
	rows := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		rows++
		if bars := strings.Count(spans.ReplaceAllString(strings.ReplaceAll(line, `\|`, ""), ""), "|"); bars != 4 {
			t.Errorf("%d bars in %q", bars, line)
		}
	}
	if rows != 3 {
		t.Errorf("%d rows:\n%s", rows, text)
	}
	for _, bad := range []string{"\x1b", "\u202e", "Nothing to say", "No rows", "a note", "## Empty"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in it", bad)
		}
	}
	if outside := regexp.MustCompile("`+[^`]*`+").ReplaceAllString(text, ""); strings.Contains(outside, "<script") || strings.Contains(outside, "@all") || strings.Contains(outside, "](") {
		t.Errorf("markup outside of code:\n%s", outside)
	}
	for _, want := range []string{"# Plan", "**3 branches wait.**", "## Some", "A sentence.", "### Rows", "| branch | n | why |", "|---|--:|---|", "Small print.", "### Commands"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
}

func TestDocumentHTMLIsInert(t *testing.T) {
	t.Parallel()
	text := written(t, report.HTML, hostileDocument())
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	ids := map[string]bool{}
	var links []string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "href":
				links = append(links, a.Val)
			case strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s has %s", n.Data, a.Key)
			}
		}
	}
	if count["script"] != 0 || count["table"] != 1 || count["section"] != 1 || count["tr"] != 3 || count["h3"] != 2 {
		t.Errorf("elements: %v", count)
	}
	for _, to := range links {
		if id, ok := strings.CutPrefix(to, "#"); !ok || !ids[id] {
			t.Errorf("a link to %q", to)
		}
	}
	if strings.ContainsAny(text, "\x1b\u202e") {
		t.Error("what cannot be seen is in it")
	}
}

// What is left out of a long document is counted.
func TestDocumentSaysWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	block := report.Block{Columns: []report.Column{{Title: "n"}, {Title: "m"}}}
	list := report.Block{Mono: true}
	for i := range 6000 {
		block.Rows = append(block.Rows, []string{fmt.Sprint("row", i), "x"})
		list.Items = append(list.Items, fmt.Sprint("item", i))
	}
	d := report.Document{Title: "Long", Verdict: "Long", Sections: []report.Section{
		{ID: "a", Title: "A", Blocks: []report.Block{block, list}},
	}}
	text := written(t, report.Markdown, d)
	if !strings.Contains(text, "| … 5,500 more rows ||") || strings.Contains(text, "row500 ") || !strings.Contains(text, "row499 ") {
		t.Error("markdown: not 500 rows and the rest counted")
	}
	page := written(t, report.HTML, d)
	if strings.Count(page, "1,000 more") != 2 || !strings.Contains(page, "row4999<") || strings.Contains(page, "row5000<") {
		t.Error("HTML: not 5,000 rows and the rest counted")
	}
}

func TestDocumentFormat(t *testing.T) {
	t.Parallel()
	if err := report.WriteDocument(&bytes.Buffer{}, "pdf", report.Document{}, report.Options{}); !errors.Is(err, report.ErrFormat) {
		t.Errorf("err = %v", err)
	}
}
