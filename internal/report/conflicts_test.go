package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

func renderConflicts(t *testing.T, format string, r *job.ConflictsReport) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := report.WriteConflicts(&out, format, r, report.Options{Version: "1.2.3"}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestConflictFormats(t *testing.T) {
	t.Parallel()
	err := report.WriteConflicts(new(bytes.Buffer), "sarif", reporttest.Conflicts(), report.Options{})
	if !errors.Is(err, report.ErrFormat) {
		t.Errorf("sarif: %v", err)
	}
}

// For a browser the page has exactly the elements and attributes of the template,
// whatever the names in the report are; it runs nothing, and every link stays on it.
func TestConflictsHTMLIsOneSafeFile(t *testing.T) {
	t.Parallel()
	known := strings.Fields("a b body code dd div dl dt footer h1 h2 h3 head header html li main meta nav ol p section span style table tbody td th thead title tr ul")
	attributes := strings.Fields("aria-label aria-labelledby charset class content data-label data-what href http-equiv id lang name role scope tabindex title")
	for name, r := range map[string]*job.ConflictsReport{
		"ordinary": reporttest.Conflicts(), "hostile": reporttest.HostileConflicts(), "many": reporttest.ManyConflicts(200), "none": reporttest.ManyConflicts(1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := parseHTML(t, renderConflicts(t, report.HTML, r))
			ids, links := map[string]bool{}, []string{}
			for n := range elements(doc) {
				if !slices.Contains(known, n.Data) {
					t.Errorf("element %s", n.Data)
				}
				for _, a := range n.Attr {
					if !slices.Contains(attributes, a.Key) {
						t.Errorf("attribute %s=%q of %s", a.Key, a.Val, n.Data)
					}
					switch a.Key {
					case "href":
						links = append(links, a.Val)
					case "id":
						if ids[a.Val] {
							t.Errorf("id %q twice", a.Val)
						}
						ids[a.Val] = true
					}
				}
			}
			for _, link := range links {
				if !strings.HasPrefix(link, "#") || !ids[link[1:]] {
					t.Errorf("the link %q leads nowhere on the page", link)
				}
			}
			if text := textOf(doc); strings.ContainsAny(text, "\x1b\u202e\u200b") {
				t.Errorf("what cannot be seen is on the page: %q", text)
			}
		})
	}
}

// The page allows its own style by its hash and nothing else.
func TestConflictsHTMLPolicy(t *testing.T) {
	t.Parallel()
	doc := parseHTML(t, renderConflicts(t, report.HTML, reporttest.Conflicts()))
	for style := range elements(doc, "style") {
		sum := sha256.Sum256([]byte(style.FirstChild.Data))
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
		for n := range elements(doc, "meta") {
			if v, _ := attribute(n, "http-equiv"); v != "Content-Security-Policy" {
				continue
			}
			if got, _ := attribute(n, "content"); got != want {
				t.Errorf("policy\n%s, want\n%s", got, want)
			}
			return
		}
	}
	t.Error("there is no policy")
}

// One h1, no level is skipped, and the map is square.
func TestConflictsHTMLShape(t *testing.T) {
	t.Parallel()
	doc := parseHTML(t, renderConflicts(t, report.HTML, reporttest.Conflicts()))
	last := 0
	for n := range elements(doc, "h1", "h2", "h3", "h4") {
		level, err := strconv.Atoi(n.Data[1:])
		if err != nil || level > last+1 {
			t.Errorf("%s %q after h%d", n.Data, textOf(n), last)
		}
		last = level
	}
	for table := range elements(doc, "table") {
		if class, _ := attribute(table, "class"); class != "map" {
			continue
		}
		var rows []int
		letters := ""
		for row := range elements(table, "tr") {
			cells := 0
			for cell := range elements(row, "td", "th") {
				cells++
				if cell.Data == "td" {
					letters += textOf(cell)
				}
			}
			rows = append(rows, cells)
		}
		// The fourth branch, which stands on one of these, and the fifth are not on it.
		if want := []int{4, 4, 4, 4}; !slices.Equal(rows, want) || letters != "ClCflf" {
			t.Errorf("cells by row %v, want %v; letters %q", rows, want, letters)
		}
	}
}

// What a reader looks for is there, with its words.
func TestConflictsSay(t *testing.T) {
	t.Parallel()
	page := textOf(parseHTML(t, renderConflicts(t, report.HTML, reporttest.Conflicts())))
	text := string(renderConflicts(t, report.Markdown, reporttest.Conflicts()))
	for _, want := range []string{"1 pair of branches conflicts", "contents, lines 3 to 4, before line 9, line 12", "the whole file", report.ConflictOrderWords} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
		if !strings.Contains(text, want) {
			t.Errorf("the markdown does not say %q", want)
		}
	}
	many := textOf(parseHTML(t, renderConflicts(t, report.HTML, reporttest.ManyConflicts(200))))
	if want := "50 more branches are not on the map"; !strings.Contains(many, want) {
		t.Errorf("the page does not say %q", want)
	}
}

// Names mean nothing in markdown, and the whole stays below its limit.
func TestConflictsMarkdown(t *testing.T) {
	t.Parallel()
	for _, r := range []*job.ConflictsReport{reporttest.Conflicts(), reporttest.HostileConflicts()} {
		for _, line := range withoutCode(t, string(renderConflicts(t, report.Markdown, r))) {
			if strings.ContainsAny(line, "<@\\\x1b") || strings.Contains(line, "](") {
				t.Errorf("outside of code: %q", line)
			}
		}
	}
	var out bytes.Buffer
	if err := report.WriteConflicts(&out, report.Markdown, reporttest.ManyConflicts(5_000), report.Options{Limit: 20_000}); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 20_000 || !strings.Contains(out.String(), "more\n") {
		t.Errorf("%d bytes", out.Len())
	}
}
