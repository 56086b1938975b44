package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

func parseHTML(t *testing.T, data []byte) *html.Node {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// elements yields all elements with one of the names, or all elements.
func elements(doc *html.Node, names ...string) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for n := range doc.Descendants() {
			if n.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, n.Data)) && !yield(n) {
				return
			}
		}
	}
}

func attribute(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func findings(doc *html.Node) []*html.Node {
	var all []*html.Node
	for n := range elements(doc, "li") {
		if class, _ := attribute(n, "class"); class == "finding" {
			all = append(all, n)
		}
	}
	return all
}

// TestHTMLIsOneSafeFile: for a browser the page has exactly the elements and
// attributes of the template, whatever the names in the report are.
func TestHTMLIsOneSafeFile(t *testing.T) {
	t.Parallel()
	known := strings.Fields(`a b body button code dd details div dl dt fieldset footer form h1 h2 h3 h4 head header html input kbd label legend
		li main meta nav ol option p pre q script section select span strong style summary table tbody td th thead title tr ul`)
	attributes := strings.Fields(`aria-hidden aria-label aria-labelledby aria-live autocapitalize autocomplete charset class content data-class
		data-component data-go-class data-go-component data-label data-n data-orphan data-severity data-undecided hidden href http-equiv id lang
		name open placeholder role scope spellcheck tabindex title type value`)
	for name, r := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := parseHTML(t, render(t, report.HTML, r, report.Options{Diff: true, Title: "</title><script>alert(9)</script>"}))
			scripts := 0
			ids := map[string]bool{}
			for n := range elements(doc) {
				if !slices.Contains(known, n.Data) {
					t.Errorf("element %s", n.Data)
				}
				if n.Data == "script" {
					scripts++
				}
				for _, a := range n.Attr {
					if !slices.Contains(attributes, a.Key) {
						t.Errorf("attribute %s=%q of %s", a.Key, a.Val, n.Data)
					}
					if a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
						t.Errorf("a link to %q", a.Val)
					}
				}
				if id, ok := attribute(n, "id"); ok {
					if ids[id] {
						t.Errorf("id %q twice", id)
					}
					ids[id] = true
				}
			}
			if scripts != 1 {
				t.Errorf("%d scripts", scripts)
			}
			if got := len(findings(doc)); got != len(r.Findings) {
				t.Errorf("%d findings, want %d", got, len(r.Findings))
			}
		})
	}
}

// TestHTMLPolicy: the page allows its own style and script by their hashes, as the
// browser will compute them, and nothing else.
func TestHTMLPolicy(t *testing.T) {
	t.Parallel()
	doc := parseHTML(t, render(t, report.HTML, reporttest.Sample(), report.Options{}))
	hash := func(element string) string {
		for n := range elements(doc, element) {
			sum := sha256.Sum256([]byte(n.FirstChild.Data))
			return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		}
		return "none"
	}
	want := "default-src 'none'; style-src " + hash("style") + "; script-src " + hash("script") + "; base-uri 'none'; form-action 'none'"
	for n := range elements(doc, "meta") {
		if v, _ := attribute(n, "http-equiv"); v == "Content-Security-Policy" {
			if got, _ := attribute(n, "content"); got != want {
				t.Errorf("policy\n%s, want\n%s", got, want)
			}
			return
		}
	}
	t.Error("there is no policy")
}

// TestHTMLOutline: one h1, and no heading skips a level.
func TestHTMLOutline(t *testing.T) {
	t.Parallel()
	for name, r := range samples() {
		doc := parseHTML(t, render(t, report.HTML, r, report.Options{Diff: true}))
		last, first := 0, 0
		for n := range elements(doc, "h1", "h2", "h3", "h4") {
			level, err := strconv.Atoi(n.Data[1:])
			if err != nil || level > last+1 {
				t.Errorf("%s: %s %q after h%d", name, n.Data, textOf(n), last)
			}
			if last = level; level == 1 {
				first++
			}
		}
		if first != 1 {
			t.Errorf("%s: %d h1", name, first)
		}
	}
}

// TestHTMLTables: every row has as many cells as the head, each with its label for
// narrow screens.
func TestHTMLTables(t *testing.T) {
	t.Parallel()
	doc := parseHTML(t, render(t, report.HTML, reporttest.Sample(), report.Options{}))
	tables := 0
	for table := range elements(doc, "table") {
		tables++
		columns := 0
		for range elements(table, "th") {
			columns++
		}
		rows := 0
		for row := range elements(table, "tr") {
			cells := 0
			for range elements(row, "td") {
				cells++
			}
			if rows++; rows > 1 && cells+1 != columns-(countRows(table)-1) {
				t.Errorf("row %d has %d cells of %d", rows, cells+1, columns-(countRows(table)-1))
			}
		}
	}
	if tables != 2 {
		t.Errorf("%d tables", tables)
	}
}

func countRows(table *html.Node) int {
	n := 0
	for range elements(table, "tr") {
		n++
	}
	return n
}

// TestHTMLLines: what a hunk changes is in the page as it was, signs included.
func TestHTMLLines(t *testing.T) {
	t.Parallel()
	doc := parseHTML(t, render(t, report.HTML, reporttest.Sample(), report.Options{Diff: true}))
	var all strings.Builder
	for n := range elements(doc, "pre") {
		all.WriteString(textOf(n))
	}
	for _, f := range reporttest.Sample().Findings {
		for _, h := range f.Hunks {
			want := ""
			for _, l := range h.Removed {
				want += "-" + l
			}
			for _, l := range h.Added {
				want += "+" + l
			}
			if !strings.Contains(all.String(), want) {
				t.Errorf("%s lacks\n%s", f.Path, want)
			}
		}
	}
}

// TestHTMLCuts: a page has at most 5,000 findings and 60,000 lines, and says what more
// there is.
func TestHTMLCuts(t *testing.T) {
	t.Parallel()
	r := reporttest.Large(5_203)
	for range 300 {
		r.Findings[0].Hunks[0].Added = append(r.Findings[0].Hunks[0].Added, "one more\n")
	}
	doc := parseHTML(t, render(t, report.HTML, r, report.Options{Diff: true}))
	if got := len(findings(doc)); got != 5_000 {
		t.Errorf("%d findings", got)
	}
	text := textOf(doc)
	for _, want := range []string{"203 more findings not on this page", "103 more lines"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}
