package report

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"time"

	"mgit/internal/job"
)

// The elements of JUnit's XML that GitLab, Jenkins and others agree on. The schema of Jenkins' xUnit plugin has all of them
// but the file and the line of a test: GitLab shows the file, and offers to copy it; see
// https://docs.gitlab.com/ci/testing/unit_test_reports/#junit-xml-format-specification.
type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Time    string        `xml:"time,attr"`
	Failure *junitOutcome `xml:"failure"`
	Error   *junitOutcome `xml:"error"`
	Skipped *junitOutcome `xml:"skipped"`
}

type junitOutcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// junitLines is how many lines of a finding the text of its test has.
const junitLines = 80

// writeJUnit writes one suite for each class that has findings, the one with the worst
// finding first, one for what is missing
// from live and for what was not read. Without findings there is one test that passes.
func writeJUnit(w io.Writer, r *job.CorehackReport, opt Options) error {
	suites := junitSuites{Name: "mgit corehack-report"}
	add := func(name string, cases []junitCase) {
		if len(cases) > 0 {
			suites.add(&junitSuite{Name: "corehack." + name, Cases: cases, Properties: junitPin(r), Timestamp: junitTime(r.When)})
		}
	}
	if len(r.Findings) == 0 {
		add("core", []junitCase{{Class: "core", Name: verdictWithoutFindings(r), Time: "0"}})
	}
	byClass := map[string][]junitCase{}
	var order []string
	for _, f := range byRank(r) {
		if byClass[f.Class] == nil {
			order = append(order, f.Class)
		}
		byClass[f.Class] = append(byClass[f.Class], junitFinding(f, opt))
	}
	for _, class := range order {
		add(visible(class), byClass[class])
	}
	add(missingFromLive, junitMissing(r, opt))
	add("unread", junitUnread(r))
	return suites.write(w)
}

// write writes the suites as an XML document.
func (s *junitSuites) write(w io.Writer) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	if err := enc.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// verdictWithoutFindings is the name of the test that passes. It claims nothing about
// what was not read or not looked for.
func verdictWithoutFindings(r *job.CorehackReport) string {
	text := verdict(r)
	return strings.ToLower(text[:1]) + text[1:]
}

// add adds a suite. GitLab knows a test by the names of its suite and its class and its own, and of several with the same
// shows one, so that the second of them is numbered.
func (s *junitSuites) add(suite *junitSuite) {
	suite.Tests = len(suite.Cases)
	type identity struct{ class, name string }
	seen := make(map[identity]bool, len(suite.Cases))
	last := make(map[identity]int)
	for i := range suite.Cases {
		c := &suite.Cases[i]
		id := identity{c.Class, c.Name}
		for n := max(last[id], 1) + 1; seen[identity{c.Class, c.Name}]; n++ {
			c.Name, last[id] = id.name+" ("+strconv.Itoa(n)+")", n
		}
		seen[identity{c.Class, c.Name}] = true
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Error != nil:
			suite.Errors++
		case c.Skipped != nil:
			suite.Skipped++
		}
	}
	s.Tests += suite.Tests
	s.Failures += suite.Failures
	s.Errors += suite.Errors
	s.Suites = append(s.Suites, suite)
}

func junitPin(r *job.CorehackReport) []junitProperty {
	return []junitProperty{
		{"tree", visible(r.Tree)},
		{"series", visible(r.Series)},
		{"target", visible(r.Target)},
		{"verdict", verdict(r)},
		{"pin.release", visible(r.Pin.Release)},
		{"pin.commit", r.Pin.Commit.String()},
		{"pin.confidence", visible(r.Pin.Confidence)},
	}
}

func junitTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}

func junitFinding(f *job.Finding, opt Options) junitCase {
	first, _ := firstLine(f)
	c := junitCase{Class: visible(f.Component), Name: shown(f.Place), File: findable(f.Place), Line: first, Time: "0"}
	if c.Class == "" {
		c.Class = "core"
	}
	outcome := &junitOutcome{Message: withDecision(f), Type: visible(f.Class), Text: junitText(f, opt)}
	if ruleOf(f.Class).Fails || opt.Strict {
		c.Failure = outcome
		return c
	}
	outcome.Type = ""
	c.Skipped = outcome
	return c
}

// junitText is the finding at length: evidence, hunks, and their lines if wanted.
func junitText(f *job.Finding, opt Options) string {
	var b strings.Builder
	b.WriteString("\n" + shown(f.Place) + ": " + withDecision(f) + "\n")
	if f.Evidence != "" {
		b.WriteString("evidence: " + visible(f.Evidence) + "\n")
	}
	limit := junitLines
	for i := range f.Hunks {
		h := &f.Hunks[i]
		if limit == 0 {
			b.WriteString(count(len(f.Hunks)-i, "more hunk", "more hunks") + "\n")
			break
		}
		limit--
		b.WriteString(where(f, h) + ": " + who(h) + hunkRemarks(h) + "\n")
		if !opt.Diff {
			continue
		}
		lines, left := hunkLines(h, limit)
		for _, l := range lines {
			b.WriteString(l.Sign + l.Text() + "\n")
		}
		limit = max(0, limit-len(lines))
		if left > 0 {
			b.WriteString(count(left, "more line", "more lines") + "\n")
		}
	}
	return b.String()
}

// hunkRemarks is what a hunk says beside who explains it, each after a semicolon.
func hunkRemarks(h *job.FindingHunk) string {
	text := ""
	if h.Marker != nil {
		text += "; " + markerWords(h.Marker)
	}
	if h.Note != "" {
		text += "; " + visible(h.Note)
	}
	if h.Decision != nil {
		text += "; decided: " + decisionWords(h.Decision)
	}
	return text
}

func junitMissing(r *job.CorehackReport, opt Options) []junitCase {
	var cases []junitCase
	for i := range r.MissingFromLive {
		m := &r.MissingFromLive[i]
		first, _ := linesOf(m.Start, m.Lines)
		text := "\n" + shown(m.Place) + ": " + lacks(m) + "\n"
		if opt.Diff {
			lines, left := addedLines(m.Added, m.Start, junitLines)
			for _, l := range lines {
				text += l.Sign + l.Text() + "\n"
			}
			if left > 0 {
				text += count(left, "more line", "more lines") + "\n"
			}
		}
		cases = append(cases, junitCase{
			Class: visible(m.Branch), Name: shown(m.Place) + ":" + strconv.Itoa(first), File: findable(m.Place), Line: first, Time: "0",
			Failure: &junitOutcome{Message: lacks(m), Type: missingFromLive, Text: text},
		})
	}
	return cases
}

func junitUnread(r *job.CorehackReport) []junitCase {
	var cases []junitCase
	for i := range r.Unread {
		u := &r.Unread[i]
		cases = append(cases, junitCase{
			Class: "unread", Name: shown(u.Place), File: findable(u.Place), Time: "0",
			Error: &junitOutcome{Message: visible(u.Reason), Type: "unread", Text: "\n" + shown(u.Place) + ": not read: " + visible(u.Reason) + "\n"},
		})
	}
	return cases
}
