package job_test

import (
	"strings"
	"testing"

	"mgit/internal/job"
)

// left finds what the report says about a reference that stays.
func left(report *job.UndoReport, ref string) string {
	for _, l := range report.Left {
		if l.Ref == ref {
			return l.Reason
		}
	}
	return ""
}

// A branch that is being resolved is not pulled from below a person's feet.
func TestUndoLeavesABranchThatIsBeingResolved(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	_, run := f.rebaseAll()
	b, w := f.resolve(stuck)
	report, _, err := job.UndoRun(t.Context(), f.open(""), run, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := left(report, "refs/mgit/parked/"+newStuck); got != "being resolved in "+b.Worktree {
		t.Errorf("left: %+v", report.Left)
	}
	if len(report.Moves) != 2 {
		t.Errorf("moves: %+v", report.Moves)
	}
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	if b := f.proceed(); b.Outcome != "resolved" || b.Run == 0 {
		t.Errorf("continue after it: %+v", b)
	}
}

// What a later run made of a branch stays, and the report says so, also where
// every reference of the older run is back already.
func TestUndoOfAnOlderRunNamesWhatStays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	_, run := f.rebaseAll()
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	b := f.proceed()
	entry := strings.TrimSpace(entryOf(f.ledgerText(), stuck))

	report, _, err := job.UndoRun(t.Context(), f.open(""), run, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := left(report, "refs/heads/"+newStuck); !strings.Contains(got, "has moved it since") {
		t.Errorf("left: %+v", report.Left)
	}
	if got := f.Git("rev-parse", newStuck); got != b.NewTip.String() {
		t.Errorf("%s is %s", newStuck, got)
	}
	if got := strings.TrimSpace(entryOf(f.ledgerText(), stuck)); got != entry {
		t.Errorf("its entry was\n%s\nand is\n%s", entry, got)
	}
	if _, err := f.TryGit("rev-parse", "--verify", "--quiet", "LUVLE-4.5-feature-mod_ouwiki"); err == nil {
		t.Error("what stands as the run left it was not taken back")
	}
}
