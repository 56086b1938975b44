package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"testing"

	"mgit/internal/check"
	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

// junitDocuments are what JUnit's format makes of all samples.
func junitDocuments(t *testing.T) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	for name, r := range samples() {
		all["corehack "+name] = render(t, report.JUnit, r, report.Options{Diff: true})
	}
	for name, r := range checkSamples() {
		all["check "+name] = renderCheck(t, report.JUnit, r, report.Options{})
	}
	many := reporttest.NoChecks()
	for range 3 {
		for _, text := range []string{"conflict marker", "conflict marker (2)"} {
			many.Checks[0].Findings = append(many.Checks[0].Findings, job.CheckFinding{Rule: "conflict-marker", Severity: check.Error, Path: "a.php", Text: text})
		}
	}
	all["check the same"] = renderCheck(t, report.JUnit, many, report.Options{})
	return all
}

// Of tests with the same names GitLab shows one, and of one that fails or was skipped what stands in the element.
func TestJUnitForGitLab(t *testing.T) {
	t.Parallel()
	for name, data := range junitDocuments(t) {
		var suites junitSuites
		if err := xml.Unmarshal(data, &suites); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		seen := make(map[[3]string]bool)
		for _, s := range suites.Suites {
			for _, c := range s.Cases {
				if id := [3]string{s.Name, c.Class, c.Name}; seen[id] {
					t.Errorf("%s: twice %q", name, id)
				} else {
					seen[id] = true
				}
				for _, text := range []*string{c.Failure, c.Error, c.Skipped} {
					if text != nil && *text == "" {
						t.Errorf("%s: %s says nothing", name, c.Name)
					}
				}
			}
		}
	}
}

// What is written fits the schema of Jenkins' xUnit plugin, junit-10.xsd, but for the file and the line of a test.
func TestJUnitForXUnit(t *testing.T) {
	t.Parallel()
	outcome := []string{"message", "type"}
	attributes := map[string][]string{
		"testsuites": {"name", "tests", "failures", "errors"},
		"testsuite":  {"name", "tests", "failures", "errors", "skipped", "timestamp"},
		"properties": {}, "property": {"name", "value"},
		"testcase": {"name", "time", "classname", "file", "line"}, "failure": outcome, "error": outcome, "skipped": outcome,
	}
	parents := map[string]string{
		"testsuites": "", "testsuite": "testsuites", "properties": "testsuite", "property": "properties", "testcase": "testsuite",
		"failure": "testcase", "error": "testcase", "skipped": "testcase",
	}
	for name, data := range junitDocuments(t) {
		dec := xml.NewDecoder(bytes.NewReader(data))
		open := []string{""}
		for {
			token, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch e := token.(type) {
			case xml.StartElement:
				allowed, known := attributes[e.Name.Local]
				if !known || parents[e.Name.Local] != open[len(open)-1] {
					t.Fatalf("%s: %s in %q", name, e.Name.Local, open[len(open)-1])
				}
				for _, a := range e.Attr {
					if !slices.Contains(allowed, a.Name.Local) {
						t.Errorf("%s: attribute %s of %s", name, a.Name.Local, e.Name.Local)
					}
				}
				open = append(open, e.Name.Local)
			case xml.EndElement:
				open = open[:len(open)-1]
			}
		}
	}
}
