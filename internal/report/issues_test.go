package report_test

import (
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

type ccIssue struct {
	Description string
	CheckName   string `json:"check_name"`
	Fingerprint string
	Severity    string
	Categories  []string
	Location    struct {
		Path  string
		Lines struct{ Begin int }
	}
}

func readCodeClimate(t *testing.T, r *job.CorehackReport) []ccIssue {
	t.Helper()
	var issues []ccIssue
	if err := json.Unmarshal(render(t, report.CodeClimate, r, report.Options{}), &issues); err != nil {
		t.Fatal(err)
	}
	return issues
}

func TestCodeClimate(t *testing.T) {
	t.Parallel()
	categories := []string{"Bug Risk", "Clarity", "Compatibility", "Complexity", "Duplication", "Performance", "Security", "Style"}
	for name, r := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issues := readCodeClimate(t, r)
			if got, want := len(issues), len(r.Findings)+len(r.MissingFromLive)+len(r.Unread); got != want {
				t.Errorf("%d issues, want %d", got, want)
			}
			seen := map[string]bool{}
			for _, i := range issues {
				if i.Description == "" || i.Fingerprint == "" || i.Location.Lines.Begin < 1 || len(i.Categories) == 0 {
					t.Errorf("incomplete: %+v", i)
				}
				if seen[i.Fingerprint] {
					t.Errorf("fingerprint %s twice", i.Fingerprint)
				}
				seen[i.Fingerprint] = true
				if !slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, i.Severity) || !slices.Contains(categories, i.Categories[0]) {
					t.Errorf("severity %q, categories %q", i.Severity, i.Categories)
				}
				if strings.HasPrefix(i.Location.Path, "./") || strings.HasPrefix(i.Location.Path, "/") || !strings.HasPrefix(i.CheckName, "corehack/") {
					t.Errorf("path %q of %q", i.Location.Path, i.CheckName)
				}
			}
		})
	}
}

// TestFingerprintsAreUnique: readers throw an issue away that has the fingerprint of
// another.
func TestFingerprintsAreUnique(t *testing.T) {
	t.Parallel()
	r := reporttest.Sample()
	for range 2 {
		r.Findings = append(r.Findings, r.Findings...)
		r.MissingFromLive = append(r.MissingFromLive, r.MissingFromLive...)
		r.Unread = append(r.Unread, r.Unread...)
	}
	r.Findings[3].Fingerprint = ""
	seen := map[string]bool{}
	for _, i := range readCodeClimate(t, r) {
		seen[i.Fingerprint] = true
	}
	if want := len(r.Findings) + len(r.MissingFromLive) + len(r.Unread); len(seen) != want {
		t.Errorf("Code Quality has %d fingerprints, want %d", len(seen), want)
	}
	clear(seen)
	for _, result := range readSARIF(t, render(t, report.SARIF, r, report.Options{})).Runs[0].Results {
		seen[result.Fingerprints.Line] = true
	}
	if want := len(r.Findings) + len(r.MissingFromLive); len(seen) != want {
		t.Errorf("SARIF has %d fingerprints, want %d", len(seen), want)
	}
}

// TestFingerprintsHaveNoLines: when a file gets longer above a finding, it stays the
// same issue for GitLab and GitHub.
func TestFingerprintsHaveNoLines(t *testing.T) {
	t.Parallel()
	before, after := reporttest.Sample(), reporttest.Sample()
	for i := range after.Findings {
		for j := range after.Findings[i].Hunks {
			after.Findings[i].Hunks[j].Start += 40
		}
	}
	for i := range after.MissingFromLive {
		after.MissingFromLive[i].Start += 40
	}
	old, moved := readCodeClimate(t, before), readCodeClimate(t, after)
	for i := range old {
		if old[i].Fingerprint != moved[i].Fingerprint {
			t.Errorf("%s in %s has another fingerprint", old[i].CheckName, old[i].Location.Path)
		}
	}
}

type junitSuites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Suites   []struct {
		Name    string `xml:"name,attr"`
		Tests   int    `xml:"tests,attr"`
		Skipped int    `xml:"skipped,attr"`
		Cases   []struct {
			Class   string  `xml:"classname,attr"`
			Name    string  `xml:"name,attr"`
			Failure *string `xml:"failure"`
			Error   *string `xml:"error"`
			Skipped *string `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func (s junitSuites) skipped() (n int) {
	for _, suite := range s.Suites {
		n += suite.Skipped
	}
	return n
}

func readJUnit(t *testing.T, r *job.CorehackReport, opt report.Options) junitSuites {
	t.Helper()
	var suites junitSuites
	if err := xml.Unmarshal(render(t, report.JUnit, r, opt), &suites); err != nil {
		t.Fatal(err)
	}
	return suites
}

func TestJUnit(t *testing.T) {
	t.Parallel()
	for name, r := range samples() {
		for _, strict := range []bool{false, true} {
			suites := readJUnit(t, r, report.Options{Diff: true, Strict: strict})
			harmless := r.Counts.Foreign + r.Counts.Whitespace + r.Counts.Mode
			if strict {
				harmless = 0
			}
			failures := len(r.Findings) + len(r.MissingFromLive) - harmless
			passing := 0
			if len(r.Findings) == 0 {
				passing = 1
			}
			if suites.Failures != failures || suites.skipped() != harmless || suites.Errors != len(r.Unread) {
				t.Errorf("%s, strict %v: %d failures, %d skipped, %d errors; want %d, %d, %d",
					name, strict, suites.Failures, suites.skipped(), suites.Errors, failures, harmless, len(r.Unread))
			}
			if suites.Tests != failures+harmless+len(r.Unread)+passing {
				t.Errorf("%s: %d tests", name, suites.Tests)
			}
			failed, tests := 0, 0
			for _, s := range suites.Suites {
				if s.Tests != len(s.Cases) {
					t.Errorf("%s: suite %s says %d tests and has %d", name, s.Name, s.Tests, len(s.Cases))
				}
				for _, c := range s.Cases {
					tests++
					if c.Failure != nil {
						failed++
					}
				}
			}
			if failed != failures || tests != suites.Tests {
				t.Errorf("%s: %d of %d tests failed, want %d of %d", name, failed, tests, failures, suites.Tests)
			}
		}
	}
}

// TestJUnitWithoutFindings: one test passes, and claims no more than was read.
func TestJUnitWithoutFindings(t *testing.T) {
	t.Parallel()
	r := reporttest.Empty()
	if got := readJUnit(t, r, report.Options{}).Suites[0].Cases[0].Name; got != "no core hacks" {
		t.Errorf("the test is named %q", got)
	}
	for want, change := range map[string]func(*job.CorehackReport){
		"nothing was found in core, but 1 file or folder was not read": func(r *job.CorehackReport) {
			r.Unread = []job.UnreadFile{{Place: job.At("local/private"), Reason: "permission denied", Dir: true}}
		},
		"nothing new since the baseline":                                                  func(r *job.CorehackReport) { r.Known = 2 },
		"nothing was found in core, but 2 findings are excluded":                          func(r *job.CorehackReport) { r.Excluded = 2 },
		"no core hacks, but changes missing from the tree were not looked for":            func(r *job.CorehackReport) { r.Target = "" },
		"nothing was found in core, but 1 change of a branch is missing from live":        func(r *job.CorehackReport) { r.MissingFromLive = make([]job.MissingChange, 1) },
		"no core hacks, but the pin is a guess, so what is compared with it may be wrong": func(r *job.CorehackReport) { r.Pin.Confidence = job.PinGuess },
	} {
		r := reporttest.Empty()
		change(r)
		suites := readJUnit(t, reporttest.Finish(r), report.Options{})
		if got := suites.Suites[0].Cases[0].Name; got != want || suites.Errors != len(r.Unread) {
			t.Errorf("the test is named %q, with %d errors; want %q", got, suites.Errors, want)
		}
	}
}
