package rebase_test

import (
	"strings"
	"testing"

	"mgit/internal/rebase"
)

// Git's octopus takes clean merges only, so there is nothing of its own in one.
func TestOctopusIsLeftOut(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	for _, b := range []string{"one", "two", "three"} {
		s.branch(b, "v1")
		s.commit(b, b+".php", b+"\n", "add "+b)
	}
	s.Git("checkout", "-q", "one")
	s.Git("merge", "-q", "--no-edit", "two", "three")
	r := s.mustAgree("v2", "one")[0]
	if fates(r) != "kept kept kept" || r.Merges != (rebase.Merges{In: 1, Clean: 1}) {
		t.Errorf("%s, merges %+v", fates(r), r.Merges)
	}
}

// Something was added in the octopus itself.
func TestHandMadePartOfAnOctopusIsKept(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	for _, b := range []string{"one", "two", "three"} {
		s.branch(b, "v1")
		s.commit(b, b+".php", b+"\n", "add "+b)
	}
	s.Git("checkout", "-q", "one")
	s.Git("merge", "-q", "--no-edit", "two", "three")
	s.Write("evil.php", "made in the octopus\n")
	s.Git("add", ".")
	s.Git("commit", "-q", "--amend", "--no-edit")
	r := s.rebase("v2", rebase.Options{}, "one")[0]
	if fates(r) != "kept kept kept kept(by hand)" {
		t.Fatal(fates(r))
	}
	if got := s.show(r.Tip, "evil.php"); got != "made in the octopus\n" {
		t.Errorf("evil.php: %q", got)
	}
}

// A minor merged with "-s ours" says that its fix is not wanted. The next
// release has that fix too: what the site decided must not come back unseen.
func TestMergeWithStrategyOursIsByHand(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.commit("b", "own.php", "own\n", "add own")
	s.Git("merge", "-q", "--no-edit", "-s", "ours", "v1.1")
	r := s.rebase("v2", rebase.Options{}, "b")[0]
	if r.Merges != (rebase.Merges{In: 1, ByHand: 1}) || fates(r) != "kept kept(by hand)" {
		t.Fatalf("%s, merges %+v", fates(r), r.Merges)
	}
	if got := s.show(r.Tip, "lib.php"); got != lines(30, nil) {
		t.Errorf("lib.php: %q", got)
	}
}

// A plugin's own history, with a root of its own, was merged in.
func TestMergeOfAnotherRoot(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.commit("b", "own.php", "own\n", "add own")
	s.Git("checkout", "-q", "--orphan", "plugin")
	s.Git("rm", "-rfq", ".")
	s.Write("mod/x/version.php", "1\n")
	s.Commit("begin x")
	s.commit("plugin", "mod/x/version.php", "2\n", "x 2")
	s.Git("checkout", "-q", "b")
	s.Git("merge", "-q", "--no-edit", "--allow-unrelated-histories", "plugin")
	r := s.rebase("v2", rebase.Options{}, "b")[0]
	if fates(r) != "kept kept kept" || r.Merges.Clean != 1 {
		t.Fatalf("%s, merges %+v", fates(r), r.Merges)
	}
	if got := s.show(r.Tip, "mod/x/version.php"); got != "2\n" {
		t.Errorf("version.php: %q", got)
	}
}

// `git subtree add` puts another history below a folder. Its commits do not
// replay; the branch waits and none of its commits is lost.
func TestSubtreeWaits(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.Git("checkout", "-q", "--orphan", "plugin")
	s.Git("rm", "-rfq", ".")
	s.Write("lib.php", "<?php // of the plugin\n")
	s.Commit("begin x")
	s.Git("checkout", "-q", "b")
	s.Git("merge", "-q", "--no-commit", "-s", "ours", "--allow-unrelated-histories", "plugin")
	s.Git("read-tree", "--prefix=mod/x/", "-u", "plugin")
	s.Git("commit", "-q", "-m", "add x as a subtree")
	r := s.rebase("v2", rebase.Options{}, "b")[0]
	if !r.Parked() || fates(r) != "waiting waiting(by hand)" {
		t.Errorf("%s, conflicts %v", fates(r), r.Conflicts)
	}
}

// Two lines merged each other, and then their ends.
func TestCrissCross(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("a", "v1")
	s.commit("a", "view.php", lines(30, map[int]string{2: "a"}), "a")
	s.branch("b", "v1")
	s.commit("b", "view.php", lines(30, map[int]string{20: "b"}), "b")
	a := s.Git("rev-parse", "a")
	s.Git("checkout", "-q", "a")
	s.Git("merge", "-q", "--no-edit", "b")
	s.Git("checkout", "-q", "b")
	s.Git("merge", "-q", "--no-edit", a)
	s.commit("a", "a.php", "a\n", "a more")
	s.commit("b", "b.php", "b\n", "b more")
	s.Git("checkout", "-q", "a")
	s.Git("merge", "-q", "--no-edit", "b")
	r := s.mustAgree("v2", "a")[0]
	if r.Merges != (rebase.Merges{In: 3, Clean: 3}) || r.Count(rebase.Kept) != 4 {
		t.Errorf("%s, merges %+v", fates(r), r.Merges)
	}
}

// Somebody stood on upstream and merged the branch into it.
func TestMergeWhoseFirstParentIsUpstream(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.commit("b", "own.php", "own\n", "add own")
	own := s.Git("rev-parse", "b")
	s.branch("c", "v1.1")
	s.Git("merge", "-q", "--no-ff", "--no-edit", own)
	s.commit("c", "own.php", "more\n", "own more")
	r := s.mustAgree("v2", "c")[0]
	if fates(r) != "kept kept" || r.Merges != (rebase.Merges{In: 1, Clean: 1}) {
		t.Errorf("%s, merges %+v", fates(r), r.Merges)
	}
}

// A branch deleted a file that the minor changed, and whoever merged the minor
// brought the file back. That is exactly what Git leaves in the tree of such a
// conflict, so the merge looks as if nobody had touched it.
func TestFileBroughtBackInAMergeIsNotDeleted(t *testing.T) {
	t.Parallel()
	for name, order := range map[string][2]string{"branch first": {"b", "v1.1"}, "upstream first": {"v1.1", "b"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := upstreamHistory(t)
			s.branch("up-next", "v1")
			s.commit("up-next", "new.php", "new\n", "MDL-9 core: has not got the fix of the minor")
			s.Git("tag", "v3")
			s.branch("b", "v1")
			s.Git("rm", "-q", "lib.php")
			s.Commit("lib is not wanted")
			s.branch("c", order[0])
			if _, err := s.TryGit("merge", "-q", "--no-commit", order[1]); err == nil {
				t.Fatal("the merge should conflict")
			}
			s.Git("add", "lib.php")
			s.Git("commit", "-q", "-m", "merge, lib is wanted after all")
			if !strings.Contains(s.Git("ls-tree", "--name-only", "HEAD"), "lib.php") {
				t.Fatal("the file was not brought back")
			}
			r := s.rebase("v3", rebase.Options{}, "c")[0]
			if r.Merges != (rebase.Merges{In: 1, ByHand: 1}) {
				t.Errorf("merges %+v", r.Merges)
			}
			if !r.Parked() && !strings.Contains(s.Git("ls-tree", "--name-only", r.Tip.String()), "lib.php") {
				t.Errorf("lib.php is gone: %s", fates(r))
			}
		})
	}
}

// A branch of merges alone has nothing to replay; neither has one without commits.
func TestNothingOfItsOwn(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("same", "v1")
	s.branch("merges", "up-stable")
	s.Git("merge", "-q", "--no-ff", "--no-edit", "v2~1")
	for i, want := range []rebase.Merges{{}, {In: 1, Clean: 1}} {
		r := s.rebase("v2", rebase.Options{}, "same", "merges")[i]
		if len(r.Steps) != 0 || r.Merges != want || r.Tip != s.id("v2") {
			t.Errorf("%s: %s, merges %+v, tip %s", r.Branch.Name, fates(r), r.Merges, r.Tip)
		}
	}
}

// The upper branch grew from a merge on the lower one.
func TestStackedOnAMerge(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("side", "v1")
	s.commit("side", "side.php", "side\n", "add side")
	s.branch("lower", "v1")
	s.commit("lower", "lower.php", "lower\n", "add lower")
	s.Git("merge", "-q", "--no-ff", "--no-commit", "side")
	s.Write("evil.php", "made in the merge\n")
	s.Commit("merge side")
	s.branch("upper", "lower")
	s.commit("upper", "upper.php", "upper\n", "add upper")
	r := s.rebase("v2", rebase.Options{}, "lower", "upper")
	if fates(r[0]) != "kept kept kept(by hand)" || fates(r[1]) != "kept kept kept(by hand) kept" {
		t.Fatalf("%s; %s", fates(r[0]), fates(r[1]))
	}
	if s.Git("rev-parse", r[1].Tip.String()+"^") != r[0].Tip.String() {
		t.Error("upper does not stand on lower")
	}
}

// What came after the carried tip holds merges: of a minor, and of a side line
// with a change of its own.
func TestCarriedThenMerged(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("old", "v1")
	s.commit("old", "a.php", "a\n", "add a")
	first := s.rebase("v2", rebase.Options{}, "old")[0]
	carried := s.id("old")
	s.branch("new", first.Tip.String())
	s.branch("side", "old")
	s.commit("side", "side.php", "side\n", "add side")
	s.Git("checkout", "-q", "old")
	s.Git("merge", "-q", "--no-edit", "v1.1")
	s.Git("merge", "-q", "--no-ff", "--no-commit", "side")
	s.Write("evil.php", "made in the merge\n")
	s.Commit("merge side")
	b := s.branches("old")[0]
	b.Carried, b.On = carried, s.id("new")
	rs, _ := s.rebaseBranches("v2", rebase.Options{}, []rebase.Branch{b})
	r := rs[0]
	if fates(r) != "kept kept(by hand)" || r.Merges != (rebase.Merges{In: 2, Clean: 1, ByHand: 1}) {
		t.Fatalf("%s, merges %+v", fates(r), r.Merges)
	}
	if got := s.show(r.Tip, "evil.php") + s.show(r.Tip, "side.php") + s.show(r.Tip, "a.php"); got != "made in the merge\nside\na\n" {
		t.Errorf("files: %q", got)
	}
}

// A revert of the branch's own commit, and one of upstream's.
func TestReverts(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1.1")
	s.Git("revert", "--no-edit", "HEAD")
	s.commit("b", "own.php", "own\n", "add own")
	s.Git("revert", "--no-edit", "HEAD")
	r := s.mustAgree("v2", "b")[0]
	if fates(r) != "kept kept kept" {
		t.Error(fates(r))
	}
}

// A branch joins lines of a file by an attribute of its own. Git merged so, and
// the merge has nothing made by hand.
func TestMergeUnderAttributesOfTheBranch(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.commit("b", ".gitattributes", "*.txt merge=union\n", "join texts")
	s.commit("b", "list.txt", "one\n", "begin the list")
	s.branch("side", "b")
	s.commit("side", "list.txt", "one\nside\n", "side")
	s.commit("b", "list.txt", "one\nmain\n", "main")
	s.Git("merge", "-q", "--no-edit", "side")
	r := s.mustAgree("v2", "b")[0]
	if r.Merges != (rebase.Merges{In: 1, Clean: 1}) || r.Parked() {
		t.Errorf("%s, merges %+v", fates(r), r.Merges)
	}
}
