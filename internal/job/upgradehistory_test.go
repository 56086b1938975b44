package job_test

import (
	"strings"
	"testing"

	"mgit/internal/job"
)

// The ledger's history tells every change of a branch with the command that made it; what was undone stays told,
// and what cannot be read is named.
func TestUpgradeHistory(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(hack, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "hacked"}))
	ctx := t.Context()
	must := func(_ int, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, run, err := job.BeginUpgrade(ctx, f.open(""), job.BeginRequest{To: "4.5"})
	must(run, err)
	owner := "Ann"
	_, run, err = job.Dispose(ctx, f.open(""), job.LedgerRequest{Branches: []string{hack}, Disposition: "drop", Reason: "nobody uses it", Owner: &owner})
	must(run, err)
	_, run, err = job.UndoRun(ctx, f.open(""), 0, false)
	must(run, err)
	f.shared("upgrades/4.5.toml", "format = 1\nseries = ")
	if _, err := job.ReadUpgradeHistory(ctx, f.open(""), series(4, 5)); err == nil {
		t.Error("a ledger that cannot be read has a history")
	}
	f.Git("update-ref", "refs/heads/mgit", "refs/heads/mgit~1")
	f.rebaseAll()
	h, err := job.ReadUpgradeHistory(ctx, f.open(""), series(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range h.Steps {
		words := strings.Fields(strings.Join([]string{s.Command + ":", s.Disposition, s.Reason, s.State, s.Outcome, s.Owner}, " "))
		got = append(got, strings.Join(words, " "))
	}
	want := "rebase-all v4.5.0: rebase moved clean; undo 2: rebase todo; " +
		"dispose " + hack + " drop: drop nobody uses it todo Ann; upgrade begin 4.5: rebase todo"
	if strings.Join(got, "; ") != want || len(h.Unread) != 0 {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), want)
	}
}
