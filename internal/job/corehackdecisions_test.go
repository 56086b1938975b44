package job_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/internal/config"
	"mgit/internal/job"
)

const (
	printA = "1f2e3d4c5b6a7980"
	printB = "00000000000000bb"
)

func (f *fixture) decide(word, reason string, on ...job.DecideOn) (*job.DecideReport, int) {
	f.t.Helper()
	report, run, err := job.Decide(f.t.Context(), f.open(""), job.DecideRequest{Fingerprints: on, Decision: word, Reason: reason})
	if err != nil {
		f.t.Fatal(err)
	}
	return report, run
}

// decisions is the file on the mgit branch, "" when there is none.
func (f *fixture) decisions() string {
	f.t.Helper()
	if f.Git("ls-tree", "mgit", "decisions.toml") == "" {
		return ""
	}
	return f.Git("show", "mgit:decisions.toml")
}

// A decision is written down with who and when, changed, taken back, and undone.
func TestDecide(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a := job.DecideOn{Fingerprint: printA, Path: "mod/forum/lib.php", Class: "modified"}
	b := job.DecideOn{Fingerprint: printB, Path: "lib/\xff\".php", Class: "unknown"}
	report, run := f.decide("port", " needed\n", a, b, a)
	if run == 0 || report.Changed != 2 || len(report.Decided) != 2 || report.Decided[0].Was != nil || report.Reason != "needed" {
		t.Fatalf("run %d: %+v", run, report)
	}
	first := f.decisions()
	for _, want := range []string{
		"format = 1\n", "[decision.1f2e3d4c5b6a7980]\npath = \"mod/forum/lib.php\"\nclass = \"modified\"\ndecision = \"port\"\nreason = \"needed\"\nwho = \"Carl Committer <carl@example.org>\"\nwhen = \"2026-",
		`path = "lib/\\377\\\".php"`,
	} {
		if !strings.Contains(first, want) {
			t.Errorf("there is no %q in\n%s", want, first)
		}
	}
	f.Tick()
	if report, run := f.decide("port", "needed", a); run != 0 || report.Changed != 0 || report.Decided[0].Was == nil || f.decisions() != first {
		t.Errorf("run %d: the same again: %+v", run, report)
	}
	report, second := f.decide("drop", "in 4.5", a)
	if was := report.Decided[0].Was; second == 0 || was == nil || was.Decision != "port" {
		t.Fatalf("changed: %+v", report)
	}
	if text := f.decisions(); strings.Count(text, "[decision.") != 2 || !strings.Contains(text, "decision = \"drop\"\nreason = \"in 4.5\"") {
		t.Errorf("after a change:\n%s", text)
	}
	f.undo(second)
	if got := f.decisions(); got != first {
		t.Errorf("after undo:\n%s\nwant:\n%s", got, first)
	}
	report, third := f.decide("none", "", a)
	if text := f.decisions(); third == 0 || strings.Contains(text, printA) || !strings.Contains(text, printB) || !report.Decided[0].Changed {
		t.Errorf("taken back: %+v\n%s", report, text)
	}
	if report, run := f.decide("none", "", a); run != 0 || report.Changed != 0 {
		t.Errorf("taken back twice: run %d, %+v", run, report)
	}
	f.undo(third)
	f.undo(run)
	if text := f.decisions(); text != "" {
		t.Errorf("all is undone, and the file is\n%s", text)
	}
}

func (f *fixture) undo(run int) {
	f.t.Helper()
	if _, _, err := job.UndoRun(f.t.Context(), f.open(""), run, false); err != nil {
		f.t.Fatal(err)
	}
}

func TestDecideDryRun(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	refs, objects := f.refs(), f.Git("count-objects", "-v")
	report, run, err := job.Decide(t.Context(), f.open(""), job.DecideRequest{
		Fingerprints: []job.DecideOn{{Fingerprint: printA}}, Decision: "keep", Reason: "r", DryRun: true,
	})
	if err != nil || run != 0 || report.Changed != 1 {
		t.Errorf("run %d, %+v, %v", run, report, err)
	}
	if f.refs() != refs || f.Git("count-objects", "-v") != objects {
		t.Error("a dry run wrote something")
	}
}

func TestDecideRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	on := []job.DecideOn{{Fingerprint: printA}}
	tests := map[string]struct {
		request job.DecideRequest
		want    string
	}{
		"no reason":      {job.DecideRequest{Fingerprints: on, Decision: "drop", Reason: " "}, "--reason"},
		"no such word":   {job.DecideRequest{Fingerprints: on, Decision: "burn", Reason: "r"}, "port, drop, replace, keep"},
		"nothing":        {job.DecideRequest{Decision: "drop", Reason: "r"}, "nothing is named"},
		"no fingerprint": {job.DecideRequest{Fingerprints: []job.DecideOn{{Fingerprint: "lib.php"}}, Decision: "drop", Reason: "r"}, "no fingerprint"},
		"not UTF-8":      {job.DecideRequest{Fingerprints: on, Decision: "drop", Reason: "\xff"}, "UTF-8"},
	}
	for name, tt := range tests {
		_, run, err := job.Decide(t.Context(), f.open(""), tt.request)
		var usage *job.UsageError
		if !errors.As(err, &usage) || run != 0 || !strings.Contains(usage.Text+" "+usage.Hint, tt.want) {
			t.Errorf("%s: run %d, %v", name, run, err)
		}
	}
	f.shared("decisions.toml", "format = 2\n")
	_, _, err := job.Decide(t.Context(), f.open(""), job.DecideRequest{Fingerprints: on, Decision: "drop", Reason: "r"})
	if !errors.Is(err, config.ErrNewer) || !strings.Contains(err.Error(), "decisions.toml") {
		t.Errorf("a newer format: %v", err)
	}
	f.shared("decisions.toml", "no toml")
	if _, _, err = job.Decide(t.Context(), f.open(""), job.DecideRequest{Fingerprints: on, Decision: "drop", Reason: "r"}); err == nil || !strings.Contains(err.Error(), "decisions.toml:1") {
		t.Errorf("no TOML: %v", err)
	}
	f.Git("update-ref", "-d", "refs/heads/mgit")
	var usage *job.UsageError
	if _, _, err = job.Decide(t.Context(), f.open(""), job.DecideRequest{Fingerprints: on, Decision: "drop", Reason: "r"}); !errors.As(err, &usage) || !strings.Contains(usage.Text, "not set up") {
		t.Errorf("not set up: %v", err)
	}
}

// What somebody wrote by hand stays as it was: comments, order, unknown keys. A
// spoilt entry can be decided on anew.
func TestDecideKeepsWhatOthersWrote(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const text = "# ours\r\nformat = 1\r\nnew = true\r\n\r\n[decision.1f2e3d4c5b6a7980] # ask Ann\r\nticket = \"LU-1\"\r\ndecision = 5\r\n"
	f.shared("decisions.toml", text)
	f.decide("keep", "it is \"ours\"", job.DecideOn{Fingerprint: printA}, job.DecideOn{Fingerprint: printB})
	got := f.decisions()
	for _, want := range []string{"# ours\r\nformat = 1\r\nnew = true\r\n", "[decision.1f2e3d4c5b6a7980] # ask Ann\r\nticket = \"LU-1\"\r\ndecision = \"keep\"\r\n", `reason = "it is \"ours\""`, "[decision.00000000000000bb]"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
	before := strings.TrimSpace(got)
	_, run := f.decide("none", "", job.DecideOn{Fingerprint: printA})
	f.undo(run)
	if after := strings.TrimSpace(f.decisions()); after != before {
		t.Errorf("after undo:\n%s\nwant:\n%s", after, before)
	}
}

// Two clones decide on different things: both know all afterwards. About the same
// thing the one that syncs keeps its own, and it is said.
func TestTwoClonesDecide(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	origin.decide("port", "shared from the start", job.DecideOn{Fingerprint: "00000000000000cc"})
	here, there := origin.colleague(), origin.colleague()
	here.decide("port", "needed", job.DecideOn{Fingerprint: printA})
	there.decide("drop", "not needed", job.DecideOn{Fingerprint: printB})
	for _, c := range []*fixture{here, there, here} {
		if s := c.sync(); len(s.Disagreements) != 0 {
			t.Errorf("disagreements: %+v", s.Disagreements)
		}
	}
	for _, c := range []*fixture{here, there} {
		if text := c.decisions(); strings.Count(text, "[decision.") != 3 {
			t.Errorf("decisions:\n%s", text)
		}
	}
	here.decide("keep", "for the exams", job.DecideOn{Fingerprint: printB})
	there.decide("replace", "by a plugin", job.DecideOn{Fingerprint: printB})
	here.sync()
	s := there.sync()
	named := func(d job.Disagreement) bool {
		return d.File == "decisions.toml" && strings.HasPrefix(d.Key, "decision."+printB) && strings.Contains(d.Ours, "replace") && strings.Contains(d.Theirs, "keep")
	}
	if !slices.ContainsFunc(s.Disagreements, named) {
		t.Errorf("disagreements: %+v", s.Disagreements)
	}
	here.sync()
	for _, c := range []*fixture{here, there} {
		if text := c.decisions(); !strings.Contains(text, "by a plugin") || strings.Contains(text, "for the exams") {
			t.Errorf("decisions:\n%s", text)
		}
	}
}

// The journal says what was decided about, not the digits of a fingerprint.
func TestDecideNamesThePathInTheJournal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b := job.DecideOn{Fingerprint: printA, Path: "lib/\x1b.php"}, job.DecideOn{Fingerprint: printB, Path: "lib/\x1b.php"}
	for want, request := range map[string]job.DecideRequest{
		`decide lib/\033.php drop`:              {Fingerprints: []job.DecideOn{a, b}, Decision: "drop", Reason: "r"},
		`decide lib/\033.php:12 keep`:           {Fingerprints: []job.DecideOn{a}, Decision: "keep", Reason: "r", Line: 12},
		`decide ` + printA + ` port and 1 more`: {Fingerprints: []job.DecideOn{{Fingerprint: printA}, b}, Decision: "port", Reason: "r"},
	} {
		_, run, err := job.Decide(t.Context(), f.open(""), request)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Git("cat-file", "blob", fmt.Sprintf("refs/mgit/runs/%d:command", run)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
