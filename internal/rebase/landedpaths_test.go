package rebase_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/rebase"
)

// What names upstream's counterpart must not stop the run: neither a path that
// does not fit on a line, nor the user's way of looking at logs.
func TestLandedIsNamedWhateverThePathsAndSettings(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("b", "v1")
	s.Write("odd\n\nname.php", "odd\n")
	s.Write("-option.php", "odd\n")
	s.Write(":(exclude)lib.php", "odd\n")
	s.Write("odd\n", "odd\n")
	s.Write("lib.php", lines(30, map[int]string{3: "fixed"}))
	s.Commit("MDL-1 core: our fix and odd names")
	s.Git("config", "log.showSignature", "true")
	s.Git("config", "log.follow", "true")
	s.Git("config", "diff.noprefix", "true")
	s.Git("config", "diff.external", "false")
	s.branch("fix", "v1")
	s.commit("fix", "lib.php", lines(30, map[int]string{3: "fixed"}), "our fix, other words")
	results, repo := s.rebaseBranches("v2", rebase.Options{}, s.branches("b", "fix"))
	steps := append(results[0].Steps, results[1].Steps...)
	found, err := rebase.FindLanded(t.Context(), repo, repo.Store(), s.id("v1"), s.id("v2"), steps)
	if err != nil {
		t.Fatal(err)
	}
	if got := found[s.id("fix")]; got.By != s.id("v2") || got.How != rebase.ByPatchID {
		t.Errorf("fix: %+v", got)
	}
	if got := found[s.id("b")]; got.By != s.id("v2") || got.How != rebase.ByMDL {
		t.Errorf("b: %+v", got)
	}
	only, err := rebase.FindLanded(t.Context(), repo, repo.Store(), s.id("v1"), s.id("v2"), results[0].Steps[:0])
	if err != nil || len(only) != 0 {
		t.Errorf("no commits: %v, %v", only, err)
	}
}

// Upstream often solves an issue in another file on another line. A commit that was
// picked for its number is found by that; one that only has it in its subject is not,
// and what took a fix back is not the fix.
func TestLandedByTheNumberOfAPickWhateverThePath(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.Git("checkout", "-q", "up-main")
	s.commit("up-main", "other.php", lines(5, nil), "MDL-7 core: solved in another file")
	solved := s.id("up-main")
	s.commit("up-main", "view.php", lines(30, map[int]string{5: "x"}), "MDL-70 core: another issue, MDL-7 led to it")
	s.commit("up-main", "last.php", lines(5, nil), "MDL-8 core: also solved")
	taken := s.id("up-main")
	s.commit("up-main", "last.php", lines(4, nil), "Revert \"MDL-8 core: also solved\"\n\nThis reverts commit "+taken.String()+".")
	s.Git("tag", "v3")
	s.branch("picked", "v1")
	s.commit("picked", "new.php", lines(3, nil), "MDL-7 core: solved here\n\nMgit-Picked-From: "+s.id("v1.1").String()+"\nMgit-Mdl: MDL-7")
	s.branch("back", "v1")
	s.commit("back", "more.php", lines(3, nil), "core: in our words\n\nMgit-Mdl: MDL-8")
	s.branch("own", "v1")
	s.commit("own", "own.php", lines(3, nil), "MDL-7 core: not picked")
	results, repo := s.rebaseBranches("v3", rebase.Options{}, s.branches("picked", "back", "own"))
	var steps []rebase.Step
	for _, r := range results {
		steps = append(steps, r.Steps...)
	}
	found, err := rebase.FindLanded(t.Context(), repo, repo.Store(), s.id("v1"), s.id("v3"), steps)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]rebase.Evidence{
		"picked": {Commit: s.id("picked"), By: solved, Release: "v3", How: rebase.ByMDL, Verdict: rebase.VerdictDifferent},
		"back":   {Commit: s.id("back"), By: taken, Release: "v3", How: rebase.ByMDL, Verdict: rebase.VerdictReverted, Reverted: true, Undo: s.id("v3")},
		"own":    {},
	}
	for name, w := range want {
		if got := found[s.id(name)]; !reflect.DeepEqual(got, w) {
			t.Errorf("%s: %+v, want %+v", name, got, w)
		}
	}
}

// A clone may lack what is too large or damaged. What cannot be read is nobody's
// counterpart; the others are found all the same.
func TestLandedWithoutSomeObjects(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.Git("checkout", "-q", "up-main")
	s.commit("up-main", "lib.php", lines(31, map[int]string{3: "fixed"}), "MDL-5 core: cannot be read")
	lost := strings.TrimSpace(s.Git("rev-parse", "HEAD:lib.php"))
	s.commit("up-main", "view.php", lines(30, map[int]string{7: "a line of view"}), "MDL-6 core: can")
	s.Git("tag", "v3")
	s.branch("a", "v1")
	s.commit("a", "lib.php", lines(30, map[int]string{3: "fixed"}), "our words")
	s.branch("b", "v1")
	s.commit("b", "view.php", lines(30, map[int]string{7: "a line of view"}), "our words")
	if err := os.Remove(filepath.Join(s.Path, ".git", "objects", lost[:2], lost[2:])); err != nil {
		t.Fatal(err)
	}
	repo := s.open()
	commits, err := repo.Store().Commits(t.Context(), []git.ID{s.id("a"), s.id("b")})
	if err != nil {
		t.Fatal(err)
	}
	found, err := rebase.FindLanded(t.Context(), repo, repo.Store(), s.id("v1"), s.id("v3"), s.steps(repo, commits))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]git.ID{"a": s.id("v2"), "b": s.id("v3")} {
		if got := found[s.id(name)].By; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// Patches that git-patch-id finds equal are equal here, and others are not.
func TestPatchesAreGits(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	for i, text := range []string{
		lines(30, map[int]string{3: "fixed"}),
		lines(30, map[int]string{3: "  fixed"}),
		lines(30, map[int]string{3: "fixed", 4: "more"}),
		lines(30, map[int]string{2: "other", 3: "fixed"}),
		"first\n" + lines(30, map[int]string{12: "fixed"}),
		strings.TrimSuffix(lines(30, map[int]string{3: "fixed"}), "\n"),
	} {
		for j, from := range []string{"v1", "v1.1"} {
			s.branch(fmt.Sprintf("p%d-%d", i, j), from)
			s.Write("lib.php", text)
			s.Write("odd \"name\"\t.php", "new\n")
			s.Commit("a patch")
		}
	}
	repo := s.open()
	var ids []git.ID
	for i := range 6 {
		ids = append(ids, s.id(fmt.Sprintf("p%d-0", i)), s.id(fmt.Sprintf("p%d-1", i)))
	}
	gits, err := rebase.PatchIDs(t.Context(), repo, ids)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := rebase.Patches(t.Context(), repo, ids)
	if err != nil {
		t.Fatal(err)
	}
	equal, others := 0, 0
	for i, a := range ids {
		for _, b := range ids[:i] {
			if (gits[a] == gits[b]) != (ours[a] == ours[b]) {
				t.Errorf("%s and %s: git says %v, we say %v", a, b, gits[a] == gits[b], ours[a] == ours[b])
			}
			if gits[a] == gits[b] {
				equal++
			} else {
				others++
			}
		}
	}
	if equal == 0 || others == 0 {
		t.Errorf("%d equal pairs, %d others: nothing is shown", equal, others)
	}
}

// A user may have Git write the blank lines around a change without the space that stands
// for them.
func TestPatchesWithBlankLines(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.Git("config", "diff.suppressBlankEmpty", "true")
	blank := lines(9, map[int]string{1: "", 3: "", 5: ""})
	var ids []git.ID
	for i, last := range []string{"one", "one", "other"} {
		name := fmt.Sprintf("p%d", i)
		s.branch(name, "v1")
		s.commit(name, "blank.php", blank, "the base")
		s.commit(name, "blank.php", lines(9, map[int]string{1: "", 3: "", 4: last, 5: ""}), "a change")
		ids = append(ids, s.id(name))
	}
	all, err := rebase.Patches(t.Context(), s.open(), ids)
	if err != nil {
		t.Fatal(err)
	}
	if all[ids[0]] != all[ids[1]] || all[ids[0]] == all[ids[2]] {
		t.Errorf("%v", all)
	}
}
