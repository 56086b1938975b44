package rebase_test

import (
	"reflect"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/rebase"
)

// history makes upstream's history: v1 with two files, v1.1 with a fix on the
// stable branch, v2 where the same fix was made again, as Moodle cherry-picks.
//
//	v1 ── "MDL-1 fix" ── v1.1          up-stable
//	  \
//	   new ── "MDL-1 fix" ── v2        up-main
func upstreamHistory(t *testing.T) *site {
	s := newSite(t)
	s.Git("checkout", "-q", "-b", "up-main")
	s.Write("lib.php", lines(30, nil))
	s.Write("view.php", lines(30, nil))
	s.Commit("MDL-0 core: begin")
	s.Git("tag", "v1")
	s.Git("checkout", "-q", "-b", "up-stable")
	s.commit("up-stable", "lib.php", lines(30, map[int]string{3: "fixed"}), "MDL-1 core: fix")
	s.Git("tag", "v1.1")
	s.commit("up-main", "new.php", lines(5, nil), "MDL-2 core: new")
	s.commit("up-main", "lib.php", lines(30, map[int]string{3: "fixed"}), "MDL-1 core: fix")
	s.Git("tag", "v2")
	return s
}

// show is the text of a file at a commit.
func (s *site) show(commit git.ID, path string) string {
	return s.Git("show", commit.String()+":"+path) + "\n"
}

func (s *site) branch(name, from string) { s.Git("checkout", "-q", "-b", name, from) }

func TestPluginAndHackMoveClean(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("plugin", "v1")
	s.commit("plugin", "mod/x/version.php", "1\n", "add x")
	s.commit("plugin", "mod/x/lib.php", "2\n", "x does more")
	s.branch("hack", "v1")
	s.commit("hack", "lib.php", lines(30, map[int]string{20: "hacked"}), "hack lib")
	results := s.mustAgree("v2", "plugin", "hack")
	for _, r := range results {
		if r.Parked() || r.Count(rebase.Kept) != len(r.Steps) {
			t.Errorf("%s: %s", r.Branch.Name, fates(r))
		}
	}
}

func TestConflictParksOnlyItsBranch(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("fine", "v1")
	s.commit("fine", "a.php", "a\n", "add a")
	s.branch("stuck", "v1")
	s.commit("stuck", "b.php", "b\n", "add b")
	s.commit("stuck", "lib.php", lines(30, map[int]string{3: "ours"}), "hack line 3")
	s.commit("stuck", "c.php", "c\n", "add c")
	results := s.mustAgree("v2", "fine", "stuck")
	if got := fates(results[1]); got != "kept waiting waiting" {
		t.Errorf("stuck: %s", got)
	}
	if c := results[1].Conflicts; len(c) != 1 || c[0].Path != "lib.php" || c[0].Kind != "CONFLICT (contents)" {
		t.Errorf("conflicts: %+v", c)
	}
}

func TestEmptiedAndEmptyCommits(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("landed", "v1")
	s.commit("landed", "lib.php", lines(30, map[int]string{3: "fixed"}), "MDL-1 core: our fix")
	s.branch("half", "v1")
	s.commit("half", "lib.php", lines(30, map[int]string{3: "fixed"}), "our fix, other words")
	s.commit("half", "own.php", "own\n", "our own")
	s.branch("empty", "v1")
	s.Git("commit", "-q", "--allow-empty", "-m", "a milestone")
	results := s.mustAgree("v2", "landed", "half", "empty")
	for i, want := range []string{"emptied", "emptied kept", "kept"} {
		if got := fates(results[i]); got != want {
			t.Errorf("%s: %s, want %s", results[i].Branch.Name, got, want)
		}
	}
}

func TestStackedBranchesShareCommits(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("lower", "v1")
	s.commit("lower", "a.php", "a\n", "add a")
	s.branch("upper", "lower")
	s.commit("upper", "b.php", "b\n", "add b")
	results := s.mustAgree("v2", "lower", "upper")
	if results[0].Tip != results[1].Steps[0].New {
		t.Errorf("lower moved to %s, its copy under upper to %s", results[0].Tip, results[1].Steps[0].New)
	}
}

// An earlier run moved the lower branch; the upper one goes on its commits.
func TestKnownCommitsAreReused(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("lower", "v1")
	s.commit("lower", "a.php", "a\n", "add a")
	s.branch("upper", "lower")
	s.commit("upper", "b.php", "b\n", "add b")
	first := s.rebase("v2", rebase.Options{}, "lower")
	old, moved := s.id("lower"), first[0].Tip
	again := s.rebase("v2", rebase.Options{Known: map[git.ID]git.ID{old: moved}}, "upper")
	if again[0].Steps[0].New != moved {
		t.Errorf("upper stands on %s, lower is %s", again[0].Steps[0].New, moved)
	}
}

// A later minor was merged without conflict: its commits are upstream's and
// stay away, and the merge itself has nothing of its own.
func TestMergedMinorIsLeftOut(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.commit("b", "own.php", "1\n", "add own")
	s.Git("merge", "-q", "--no-edit", "v1.1")
	s.commit("b", "own.php", "2\n", "change own")
	r := s.mustAgree("v2", "b")[0]
	if fates(r) != "kept kept" || r.Merges != (rebase.Merges{In: 1, Clean: 1}) {
		t.Errorf("%s, merges %+v", fates(r), r.Merges)
	}
	if r.Branch.Base != s.id("v1.1") {
		t.Errorf("base %s, want v1.1", r.Branch.Base)
	}
}

// git rebase drops what a person changed in a merge, with exit 0. The new
// branch must have it.
func TestHandMadePartOfAMergeIsKept(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.commit("b", "own.php", "1\n", "add own")
	s.Git("merge", "-q", "--no-commit", "v1.1")
	s.Write("extra.php", "made in the merge\n")
	s.Commit("merge the minor, and add extra")
	r := s.rebase("v2", rebase.Options{}, "b")[0]
	if fates(r) != "kept kept(by hand)" || r.Merges != (rebase.Merges{In: 1, ByHand: 1}) {
		t.Fatalf("%s, merges %+v", fates(r), r.Merges)
	}
	if got := s.show(r.Tip, "extra.php"); got != "made in the merge\n" {
		t.Errorf("extra.php: %q", got)
	}
	if m := s.Git("log", "-1", "--format=%s", r.Tip.String()); !strings.HasPrefix(m, "Resolution of merge ") {
		t.Errorf("message %q", m)
	}
	if j := s.judge("v2", "b"); len(j.commits) != 1 {
		t.Errorf("git rebase has learned to keep merges: %v", j)
	}
}

// The minor changed the hacked line and a person joined both in the merge.
func TestHandResolvedMinorIsParkedOrKept(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.commit("b", "lib.php", lines(30, map[int]string{3: "hacked"}), "hack line 3")
	if _, err := s.TryGit("merge", "-q", "v1.1"); err == nil {
		t.Fatal("the merge should conflict")
	}
	s.Write("lib.php", lines(30, map[int]string{3: "fixed and hacked"}))
	s.Commit("merge the minor")
	r := s.rebase("v2", rebase.Options{}, "b")[0]
	if r.Merges.ByHand != 1 {
		t.Errorf("merges %+v", r.Merges)
	}
	if r.Parked() {
		return
	}
	if got := s.show(r.Tip, "lib.php"); !strings.Contains(got, "fixed and hacked") {
		t.Errorf("neither parked nor kept: %s", fates(r))
	}
}

// Two local lines meet in a merge that adds what neither had.
func TestEvilMergeOfTwoLines(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.commit("b", "own.php", "own\n", "add own")
	s.branch("side", "v1")
	s.commit("side", "view.php", lines(30, map[int]string{5: "side"}), "hack view")
	s.Git("checkout", "-q", "b")
	s.Git("merge", "-q", "--no-ff", "--no-commit", "side")
	s.Write("view.php", lines(30, map[int]string{5: "side", 25: "evil"}))
	s.Git("add", ".")
	s.Commit("merge side")
	r := s.rebase("v2", rebase.Options{}, "b")[0]
	if fates(r) != "kept kept kept(by hand)" {
		t.Fatal(fates(r))
	}
	if got, want := s.show(r.Tip, "view.php"), lines(30, map[int]string{5: "side", 25: "evil"}); got != want {
		t.Errorf("view.php: %q", got)
	}
}

// Upstream took the commit and took it back. The patch id says "landed"; the
// branch must have the change all the same.
func TestLandedThenRevertedIsReplayed(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.commit("b", "view.php", lines(30, map[int]string{7: "ours"}), "MDL-7 core: ours")
	s.Git("checkout", "-q", "up-main")
	s.Git("cherry-pick", "b")
	landed := strings.TrimSpace(s.Head())
	s.Git("revert", "--no-edit", "HEAD")
	s.commit("up-main", "new.php", "more\n", "MDL-8 core: more")
	s.Git("tag", "v3")
	results, repo := s.rebaseBranches("v3", rebase.Options{}, s.branches("b"))
	if fates(results[0]) != "kept" {
		t.Fatal(fates(results[0]))
	}
	found, err := rebase.FindLanded(t.Context(), repo, repo.Store(), s.id("v1"), s.id("v3"), results[0].Steps)
	if err != nil {
		t.Fatal(err)
	}
	want := rebase.Evidence{
		Commit: s.id("b"), By: s.id(landed), Release: "v3", How: rebase.ByPatchID, Verdict: rebase.VerdictReverted, Likeness: 1,
		Reverted: true, Undo: s.id("v3~1"),
	}
	if got := found[s.id("b")]; !reflect.DeepEqual(got, want) {
		t.Errorf("evidence %+v, want %+v", got, want)
	}
	rebase.MarkLanded(results, found)
	if fates(results[0]) != "kept" {
		t.Error("evidence alone dropped a commit")
	}
}

func TestLandedIsNamed(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.commit("b", "lib.php", lines(30, map[int]string{3: "fixed"}), "our fix, other words")
	results, repo := s.rebaseBranches("v2", rebase.Options{}, s.branches("b"))
	found, err := rebase.FindLanded(t.Context(), repo, repo.Store(), s.id("v1"), s.id("v2"), results[0].Steps)
	if err != nil {
		t.Fatal(err)
	}
	rebase.MarkLanded(results, found)
	if got := found[s.id("b")]; got.By != s.id("v2") || got.Release != "v2" || fates(results[0]) != "landed" {
		t.Errorf("%+v, %s", got, fates(results[0]))
	}
}

// The old branch moved on after it was carried, and so did the new one.
func TestOnlyNewCommitsAreAdded(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("old", "v1")
	s.commit("old", "a.php", "a\n", "add a")
	carried := s.id("old")
	first := s.rebase("v2", rebase.Options{}, "old")[0]
	s.branch("new", first.Tip.String())
	s.commit("new", "n.php", "n\n", "on the new branch")
	s.commit("old", "b.php", "b\n", "a late fix")
	b := s.branches("old")[0]
	b.Carried, b.On = carried, s.id("new")
	r, _ := s.rebaseBranches("v2", rebase.Options{}, []rebase.Branch{b})
	if fates(r[0]) != "kept" {
		t.Fatal(fates(r[0]))
	}
	if got := s.Git("log", "--format=%s", "v2.."+r[0].Tip.String()); got != "a late fix\non the new branch\nadd a" {
		t.Errorf("new branch: %q", got)
	}
}

// Built JavaScript is never merged: upstream's stays and has to be built again.
func TestGeneratedFilesTakeUpstreamsSide(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Git("checkout", "-q", "-b", "up-main")
	s.Write("mod/quiz/amd/src/a.js", lines(20, nil))
	s.Write("mod/quiz/amd/build/a.min.js", "built from v1\n")
	s.Commit("MDL-0 begin")
	s.Git("tag", "v1")
	s.branch("hack", "v1")
	s.Write("mod/quiz/amd/src/a.js", lines(20, map[int]string{2: "hack"}))
	s.Write("mod/quiz/amd/build/a.min.js", "built with hack\n")
	s.Commit("hack quiz")
	s.Git("checkout", "-q", "up-main")
	s.Write("mod/quiz/amd/src/a.js", lines(20, map[int]string{15: "new"}))
	s.Write("mod/quiz/amd/build/a.min.js", "built from v2\n")
	s.Commit("MDL-1 quiz: new")
	s.Git("tag", "v2")
	r := s.rebase("v2", rebase.Options{}, "hack")[0]
	if r.Parked() || len(r.Rebuild) != 1 || r.Rebuild[0] != "mod/quiz/amd/build/a.min.js" {
		t.Fatalf("%s, rebuild %q", fates(r), r.Rebuild)
	}
	if got := s.show(r.Tip, "mod/quiz/amd/build/a.min.js"); got != "built from v2\n" {
		t.Errorf("built file: %q", got)
	}
	if got := s.show(r.Tip, "mod/quiz/amd/src/a.js"); got != lines(20, map[int]string{2: "hack", 15: "new"}) {
		t.Errorf("source: %q", got)
	}
}
