package job_test

import (
	"strings"
	"testing"

	"mgit/internal/job"
)

// Undoing an older decision leaves a newer one on the same thing whole.
func TestUndoLeavesANewerDecision(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a := job.DecideOn{Fingerprint: printA, Path: "lib.php", Class: "modified"}
	_, first := f.decide("port", "needed", a, job.DecideOn{Fingerprint: printB})
	f.Tick()
	f.decide("drop", "not any more", a)
	entry := f.decisions()[strings.Index(f.decisions(), "["+"decision."+printA):]
	entry, _, _ = strings.Cut(entry, "\n\n")
	f.undo(first)
	if text := f.decisions(); strings.Contains(text, printB) || !strings.Contains(text, entry) || !strings.Contains(entry, "who = ") {
		t.Errorf("after undo:\n%s\nwant the entry\n%s", text, entry)
	}
}

// What somebody spoilt in the file of decisions is found by config check, unknown
// keys included, and stops nothing else.
func TestConfigCheckOfDecisions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.shared("decisions.toml", "format = 1\nmore = 1\n[decision.00000000000000aa]\ndecision = \"burn\"\nreason = \"r\"\nticket = 1\n")
	check := func() string {
		report, err := job.CheckConfig(t.Context(), f.open(""))
		if err != nil {
			t.Fatal(err)
		}
		return asJSON(t, report)
	}
	got := check()
	for _, want := range []string{`"line": 4`, "decision.00000000000000aa.decision", `"key": "more"`, "decision.00000000000000aa.ticket"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %s in\n%s", want, got)
		}
	}
	f.shared("decisions.toml", "format = 2\n")
	if got := check(); !strings.Contains(got, "newer version") || !strings.Contains(got, "decisions.toml") {
		t.Errorf("a newer format:\n%s", got)
	}
	f.shared("decisions.toml", "<<<<<<< HEAD\n")
	if got := check(); !strings.Contains(got, `"line": 1`) {
		t.Errorf("no TOML:\n%s", got)
	}
}

// An extracted branch on which somebody went on stays when its run is undone, and so
// does its record; the others go with theirs.
func TestUndoKeepsTheRecordOfABranchThatStays(t *testing.T) {
	t.Parallel()
	p := newPatched(t)
	_, run := p.extract(p.request(), p.patchAll())
	p.on("LUVLE-4.1-hack-core_course", "course/more.php", "more\n")
	p.undo(run)
	if got := p.Git("for-each-ref", "--format=%(refname:short)", "refs/heads/LUVLE-4.1-hack-*"); got != "LUVLE-4.1-hack-core_course" {
		t.Errorf("undo left %s", got)
	}
	settings := p.Git("show", "mgit:mgit.toml")
	if !strings.Contains(settings, "[branch.core_course]") || strings.Count(settings, "[branch.") != 1 {
		t.Errorf("records:\n%s", settings)
	}
}
