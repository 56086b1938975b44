package report_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

type sarifLog struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules         []struct{ ID string }
				Notifications []struct{ ID string }
			}
		}
		Invocations []struct {
			Notifications []struct {
				Descriptor struct {
					ID    string
					Index int
				}
				Message   struct{ Text string }
				Locations []sarifPlace
			} `json:"toolExecutionNotifications"`
		}
		Results []sarifResult
	}
}

type sarifResult struct {
	RuleID       string
	RuleIndex    int
	Level        string
	Message      struct{ Text string }
	Locations    []sarifPlace
	Related      []sarifPlace `json:"relatedLocations"`
	Fingerprints struct {
		Line string `json:"primaryLocationLineHash"`
	} `json:"partialFingerprints"`
}

type sarifPlace struct {
	Physical struct {
		Artifact struct{ URI string } `json:"artifactLocation"`
		Region   struct{ StartLine int }
	} `json:"physicalLocation"`
}

func readSARIF(t *testing.T, data []byte) sarifLog {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatalf("%v in %.300s", err, data)
	}
	return log
}

func validate(t *testing.T, schema *jsonschema.Schema, data []byte) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%v", err)
	}
}

func compile(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestSARIFSchema holds the output to our own description of what we use; with
// MGIT_SARIF_SCHEMA=FILE also to the official schema, which is too big to keep.
func TestSARIFSchema(t *testing.T) {
	t.Parallel()
	files := []string{filepath.Join("testdata", "sarif.json")}
	if official := os.Getenv("MGIT_SARIF_SCHEMA"); official != "" {
		files = append(files, official)
	}
	big := reporttest.Large(400)
	for range 150 {
		f := &big.Findings[0]
		f.Hunks = append(f.Hunks, f.Hunks[0])
		f.Hunks[len(f.Hunks)-1].Start = len(f.Hunks)
	}
	all := samples()
	all["many hunks"] = big
	for _, file := range files {
		schema := compile(t, file)
		for name, r := range all {
			t.Run(filepath.Base(file)+"/"+name, func(t *testing.T) {
				validate(t, schema, render(t, report.SARIF, r, report.Options{Version: "0.3.0", Diff: true}))
			})
		}
	}
}

func TestSARIFResults(t *testing.T) {
	t.Parallel()
	for name, r := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := readSARIF(t, render(t, report.SARIF, r, report.Options{})).Runs[0]
			if got, want := len(run.Results), len(r.Findings)+len(r.MissingFromLive); got != want {
				t.Errorf("%d results, want %d", got, want)
			}
			places := map[string]int{}
			for _, f := range r.Findings {
				places[f.Raw]++
			}
			for _, m := range r.MissingFromLive {
				places[m.Raw]++
			}
			levels := []string{"error", "warning", "note"}
			worst := 0
			seen := map[string]bool{}
			for _, result := range run.Results {
				if rule := run.Tool.Driver.Rules[result.RuleIndex]; rule.ID != result.RuleID {
					t.Errorf("rule %d is %s, the result says %s", result.RuleIndex, rule.ID, result.RuleID)
				}
				if level := slices.Index(levels, result.Level); level < worst {
					t.Errorf("%s after %s", result.Level, levels[worst])
				} else {
					worst = level
				}
				if seen[result.Fingerprints.Line] {
					t.Errorf("fingerprint %s twice", result.Fingerprints.Line)
				}
				seen[result.Fingerprints.Line] = true
				path, err := url.PathUnescape(result.Locations[0].Physical.Artifact.URI)
				if places[path]--; err != nil || places[path] < 0 {
					t.Errorf("%q is no path of a finding (%v)", path, err)
				}
				if u, err := url.Parse(result.Locations[0].Physical.Artifact.URI); err != nil || u.IsAbs() || u.RawQuery+u.Fragment != "" {
					t.Errorf("%s is no relative reference", result.Locations[0].Physical.Artifact.URI)
				}
			}
			unread := 0
			for _, n := range run.Invocations[0].Notifications {
				if run.Tool.Driver.Notifications[n.Descriptor.Index].ID != n.Descriptor.ID {
					t.Errorf("notification %d is not %s", n.Descriptor.Index, n.Descriptor.ID)
				}
				if n.Descriptor.ID == "corehack/unread" {
					unread++
				}
			}
			if unread != len(r.Unread) {
				t.Errorf("%d notifications about what was not read, want %d", unread, len(r.Unread))
			}
		})
	}
}

// TestSARIFPlaces: the place of a result is its first hunk that no branch explains,
// and the others follow as related ones, at most a hundred together.
func TestSARIFPlaces(t *testing.T) {
	t.Parallel()
	branch := "LUVLE-2.5-hack-core"
	f := job.Finding{Place: job.At("lib/a.php"), Class: "modified", Severity: "major", Orphan: true}
	for i := range 250 {
		h := job.FindingHunk{Start: i + 1, Lines: 1}
		if i < 200 {
			h.Branch = &branch
		}
		f.Hunks = append(f.Hunks, h)
	}
	r := reporttest.Empty()
	r.Findings = []job.Finding{f}
	result := readSARIF(t, render(t, report.SARIF, reporttest.Finish(r), report.Options{})).Runs[0].Results[0]
	if len(result.Locations) != 1 || result.Locations[0].Physical.Region.StartLine != 201 {
		t.Errorf("places %+v, want line 201", result.Locations)
	}
	if len(result.Related) != 99 || result.Related[48].Physical.Region.StartLine != 250 || result.Related[49].Physical.Region.StartLine != 1 {
		t.Errorf("%d related places", len(result.Related))
	}
	if !strings.HasSuffix(result.Message.Text, "150 more hunks are not listed.") {
		t.Errorf("message %q", result.Message.Text)
	}
}

// TestSARIFLimits: GitHub refuses more than 25,000 results and shows 5,000; what it
// will not show is said in a result that it does show, and in a notification.
func TestSARIFLimits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reports of 25,000 findings are left to the long run")
	}
	for _, c := range []struct {
		findings, results, note int
		texts                   []string
	}{
		{5_000, 5_000, -1, nil},
		{5_001, 5_002, 4_999, []string{"2 more results are in this file than GitHub shows."}},
		{25_002, 25_000, 4_999, []string{"3 more results are left out", "20,000 more results are in this file than GitHub shows."}},
	} {
		run := readSARIF(t, render(t, report.SARIF, reporttest.Large(c.findings), report.Options{})).Runs[0]
		note := slices.IndexFunc(run.Results, func(r sarifResult) bool { return r.RuleID == "corehack/more" })
		if len(run.Results) != c.results || note != c.note {
			t.Errorf("%d findings: %d results with the note at %d, want %d and %d", c.findings, len(run.Results), note, c.results, c.note)
			continue
		}
		for i, text := range c.texts {
			if !strings.Contains(run.Results[note].Message.Text, text) || !strings.Contains(run.Invocations[0].Notifications[i].Message.Text, text) {
				t.Errorf("%d findings: no %q in %q", c.findings, text, run.Results[note].Message.Text)
			}
		}
	}
}
