package rebase_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/rebase"
	"mgit/internal/rebase/rebasetest"
)

// TestMoodleIsGits moves sixty branches across two of Moodle's real upgrades
// with mgit and with git rebase. Both must make the same commits, or stop at the
// same commit with the same paths in conflict. MGIT_MOODLE names a clone of
// Moodle; `make real` runs it, in minutes, since git checks Moodle out for every
// branch.
func TestMoodleIsGits(t *testing.T) {
	clone := os.Getenv("MGIT_MOODLE")
	if clone == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	for _, test := range []struct{ base, onto, version string }{
		{"v2.3.0", "v2.5.0", "2.3"},
		{"v2.5.0", "v2.8.0", "2.5"},
	} {
		t.Run(test.base+" to "+test.onto, func(t *testing.T) {
			s := moodleSite(t, clone)
			load := rebasetest.Load{Base: test.base, Version: test.version, Branches: 60, Commits: 260, Seed: 1}
			repo, err := git.Open(t.Context(), s.Path, git.Options{Env: s.Env()})
			if err != nil {
				t.Fatal(err)
			}
			defer repo.Close()
			branches := load.Make(t, repo)
			count := countFates(s.mustAgree(test.onto, branches...))
			t.Logf("%d branches, %d commits: %d branches clean, %d in conflict with %d paths; %d commits kept, %d left nothing, %d wait",
				len(branches), load.Commits, count.clean, count.parked, count.paths, count.kept, count.emptied, count.waiting)
			if all := count.kept + count.emptied + count.waiting; all != load.Commits {
				t.Errorf("%d commits went in, %d came out", load.Commits, all)
			}
			if count.clean < len(branches)/2 || count.parked == 0 {
				t.Errorf("%d clean, %d in conflict: the branches prove little", count.clean, count.parked)
			}
		})
	}
}

// moodleSite is a repository of our own on the objects of a clone of Moodle.
func moodleSite(t *testing.T, clone string) *site {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	if out, err := exec.Command("git", "clone", "-q", "--shared", "--no-checkout", clone, dir).CombinedOutput(); err != nil {
		t.Fatalf("clone %s: %v\n%s", clone, err, out)
	}
	return &site{gittest.At(t, dir), t}
}

// fateCount sums up what became of branches and of their commits.
type fateCount struct{ clean, parked, paths, kept, emptied, waiting int }

func countFates(results []rebase.Result) fateCount {
	var c fateCount
	for _, r := range results {
		if r.Parked() {
			c.parked++
		} else {
			c.clean++
		}
		c.paths += len(r.Conflicts)
		c.kept += r.Count(rebase.Kept)
		c.emptied += r.Count(rebase.Emptied)
		c.waiting += r.Count(rebase.Waiting)
	}
	return c
}
