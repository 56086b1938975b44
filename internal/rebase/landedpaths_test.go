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
