package rebase_test

import (
	"testing"

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
		"picked": {Commit: s.id("picked"), By: solved, Release: "v3", How: rebase.ByMDL},
		"back":   {Commit: s.id("back"), By: taken, Release: "v3", How: rebase.ByMDL, Reverted: true},
		"own":    {},
	}
	for name, w := range want {
		if got := found[s.id(name)]; got != w {
			t.Errorf("%s: %+v, want %+v", name, got, w)
		}
	}
}
