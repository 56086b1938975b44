package job_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// What was resolved wrongly can be resolved anew: no stop is settled by what is
// recorded, and what is decided now is recorded in its place.
func TestResolveAnew(t *testing.T) {
	t.Parallel()
	f := tangled(t)
	_, w := f.resolve(stuck)
	botch := map[int]string{5: "botched", 30: "new in 4.5"}
	w.Write("lib.php", text(40, botch))
	w.Git("add", "lib.php")
	f.proceed()
	botch[30] = "botched too"
	w.Write("lib.php", text(40, botch))
	w.Git("add", "lib.php")
	run := f.proceed().Run
	if _, _, err := job.UndoRun(t.Context(), f.open(""), run, false); err != nil {
		t.Fatal(err)
	}

	// Without the flag the clone's own rerere would decide at once.
	replay := func(request job.ResolveRequest, dryRun bool) *job.ResolvedBranch {
		t.Helper()
		request.Branch = stuck
		report, err := job.Resolve(t.Context(), f.open(""), request, dryRun)
		if err != nil {
			t.Fatal(err)
		}
		return &report.Branches[0]
	}
	if b := replay(job.ResolveRequest{}, true); b.Outcome != "resolved" || len(b.Resolutions) != 2 {
		t.Fatalf("with recorded resolutions: %+v", b)
	}
	if b := replay(job.ResolveRequest{NoResolutions: true}, true); b.Outcome != "conflict" {
		t.Fatalf("without, dry: %+v", b)
	}

	b := replay(job.ResolveRequest{NoResolutions: true}, false)
	stopped := func(number int) {
		t.Helper()
		if b.Stop == nil || len(b.Conflicts) != 1 || len(b.Resolutions) != 0 {
			t.Fatalf("stop %d: %+v", number, b)
		}
		w = gittest.At(t, b.Worktree)
		got, err := os.ReadFile(filepath.Join(w.Path, "lib.php"))
		if err != nil || !strings.Contains(string(got), "<<<<<<<") {
			t.Fatalf("stop %d was settled by what is recorded: %v\n%s", number, err, got)
		}
	}
	stopped(1)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	b = f.proceed()
	stopped(2)
	w.Write("lib.php", resolvedTwice())
	w.Git("add", "lib.php")
	b = f.proceed()
	f.arrivedAs(b, job.Account{In: 5, Kept: 5})
	if len(b.Saved) != 2 {
		t.Errorf("recorded: %v", b.Saved)
	}
	if got := f.Git("show", newStuck+":lib.php") + "\n"; got != resolvedTwice() {
		t.Errorf("lib.php is\n%s", got)
	}
}
