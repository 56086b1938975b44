package assemble_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/rebase/rebasetest"
)

// TestMoodleTarget has git merge sixty branches and a patch release into a target of
// real Moodle, and proves it before and after it is tampered with. MGIT_MOODLE
// names a clone of Moodle.
func TestMoodleTarget(t *testing.T) {
	clone := os.Getenv("MGIT_MOODLE")
	if clone == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	dir := filepath.Join(t.TempDir(), "site")
	if out, err := exec.Command("git", "clone", "-q", "--shared", "--no-checkout", clone, dir).CombinedOutput(); err != nil {
		t.Fatalf("clone %s: %v\n%s", clone, err, out)
	}
	s := &lineSite{Repo: gittest.At(t, dir), t: t}
	repo, err := git.Open(t.Context(), s.Path, git.Options{Env: s.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	load := rebasetest.Load{Base: "v2.5.0", Version: "2.5", Branches: 60, Commits: 260, Seed: 1}
	wanted := load.Make(t, repo)
	s.Git("checkout", "-q", "-b", "test", "v2.5.0")
	for _, b := range slices.Insert(slices.Clone(wanted), 30, "v2.5.3") {
		if _, err := s.TryGit("merge", "-q", "--no-ff", "--no-edit", b); err != nil {
			s.Git("checkout", "-q", "--theirs", ".")
			s.Commit("Merge '" + b + "' into test")
		}
		s.Tick()
	}
	whole := s.Head()
	hack, feature := wanted[8], wanted[0]
	for _, test := range []struct {
		name string
		make func()
		ok   func(*assemble.Proof) bool
	}{
		{"untouched", func() {}, (*assemble.Proof).OK},
		{"a hack reverted", func() {
			s.revert("-m", "1", s.Git("log", "-1", "--format=%H", "--grep", hack+"'", "--fixed-strings"))
		}, func(p *assemble.Proof) bool {
			return len(p.Strangers) == 1 && len(p.Dropped) > 0 && !slices.ContainsFunc(p.Dropped, func(d assemble.Dropped) bool { return d.Branch != hack || !d.All })
		}},
		{"a file of a feature removed", func() {
			s.Remove("local/bench0/db/access.php")
			s.Commit("tidy")
		}, func(p *assemble.Proof) bool {
			return len(p.Strangers) == 1 && len(p.Dropped) == 1 && p.Dropped[0].Branch == feature && p.Dropped[0].Gone && !p.Dropped[0].All
		}},
		{"the release reverted", func() {
			s.revert("-m", "1", s.Git("log", "-1", "--format=%H", "--grep", "v2.5.3'", "--fixed-strings"))
		}, func(p *assemble.Proof) bool {
			return len(p.Strangers) == 1 && len(p.Dropped) > 100 && !slices.ContainsFunc(p.Dropped, func(d assemble.Dropped) bool { return !d.Upstream })
		}},
	} {
		s.Git("reset", "-q", "--hard", whole)
		test.make()
		request, repo, scratch := s.request()
		steps := s.steps(append(slices.Clone(wanted), "v2.5.3")...)
		start := time.Now()
		line, err := assemble.ReadLine(t.Context(), scratch, repo, request)
		if err != nil {
			t.Fatal(err)
		}
		read := time.Since(start)
		start = time.Now()
		var merges []git.Merge
		for _, k := range line.Links {
			if p := k.Commit.Parents; len(p) == 2 {
				merges = append(merges, git.Merge{Heads: [2]git.ID{p[0], p[1]}})
			}
		}
		if _, err := scratch.MergeTrees(t.Context(), line.Links[0].Commit.Tree, merges); err != nil {
			t.Fatal(err)
		}
		alone := time.Since(start)
		start = time.Now()
		proof, err := line.Prove(t.Context(), scratch, repo, steps)
		if err != nil {
			t.Fatal(err)
		}
		proved := time.Since(start)
		t.Logf("%s: %d links read in %v (git merge-tree alone: %v), proved in %v: %d missing, %d strangers, %d dropped, %d decided, %d unread",
			test.name, len(line.Links), read.Round(time.Millisecond), alone.Round(time.Millisecond), proved.Round(time.Millisecond),
			len(proof.Missing), len(proof.Strangers), len(proof.Dropped), len(proof.Decided), len(proof.Unread))
		if !test.ok(proof) {
			t.Errorf("%s: %+v", test.name, s.describe(proof)[:min(20, len(s.describe(proof)))])
		}
		if got := line.Upstream().Name; got != "v2.5.3" {
			t.Errorf("upstream is %q", got)
		}
		if got := len(line.Steps()); got != 61 {
			t.Errorf("%d steps, want 61", got)
		}
	}
}
