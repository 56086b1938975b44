package assemble_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"mgit/internal/assemble"
	"mgit/internal/git/gittest"
	"mgit/internal/rebase/rebasetest"
)

// TestMoodleTargetIsGits assembles sixty branches on Moodle's real history with
// mgit and with a loop of git merge in a checkout; the trees must be equal after
// every step. MGIT_MOODLE names a clone of Moodle; `make real` runs it.
func TestMoodleTargetIsGits(t *testing.T) {
	clone := os.Getenv("MGIT_MOODLE")
	if clone == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	for _, test := range []struct{ base, version, early, minor string }{
		{"v2.5.0", "2.5", "v2.5.3", "v2.5.9"},
		{"v2.3.0", "2.3", "v2.3.4", "v2.3.11"},
	} {
		t.Run(test.minor, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "site")
			if out, err := exec.Command("git", "clone", "-q", "--shared", "--no-checkout", clone, dir).CombinedOutput(); err != nil {
				t.Fatalf("clone %s: %v\n%s", clone, err, out)
			}
			s := open(t, gittest.At(t, dir))
			load := rebasetest.Load{Base: test.base, Version: test.version, Branches: 60, Commits: 260, Seed: 1}
			names := load.Make(t, s.repo)
			// One branch has a minor and another branch in it and comes last, so that
			// it meets the line in two places. One stands on another, and one brings a
			// plugin's rules for merging.
			mixed := names[10]
			s.Git("checkout", "-q", mixed)
			s.Git("merge", "-q", "--no-edit", test.early)
			s.Git("merge", "-q", "--no-edit", names[9])
			s.commit(mixed, "local/bench10/more.php", "<?php\n")
			s.Git("checkout", "-q", "-B", names[38], names[48])
			s.commit(names[38], "lib/stacked.php", "<?php\n")
			s.commit(names[3], "local/bench3/.gitattributes", "*.png binary\n")

			steps := s.steps(slices.Concat([]string{test.minor}, names[:10], names[11:], []string{mixed})...)
			request := s.request(s.id(test.base), steps...)
			objects := &counting{Objects: s.scratch}
			request.Progress = func(assemble.Merge) { objects.next() }
			result, err := assemble.Run(t.Context(), objects, s.repo, request)
			if err != nil {
				t.Fatal(err)
			}
			s.keep(result.Tip)
			sum := new(tally)
			for i, v := range s.judge(request.Onto, steps) {
				m := result.Merges[i]
				if got := (verdict{m.Outcome, m.Tree}); got != v {
					t.Errorf("%s: mgit %v, git %v (%v %v)", m.Name, got, v, m.Conflicts, m.Err)
				}
				sum.add(m, objects.heads[i])
			}
			t.Log(sum)
			if sum.identity < 30 || sum.contents < 5 || sum.heads != 1 {
				t.Error("the branches prove little")
			}
		})
	}
}
