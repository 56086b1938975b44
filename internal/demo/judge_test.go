package demo

import (
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

// The judge: what the table says a plain rebase gives is what git does, for
// every branch, generated ones included.
func TestRebaseGivesWhatTheTableSays(t *testing.T) {
	t.Parallel()
	s, err := Build(t.Context(), filepath.Join(t.TempDir(), "demo"), Params{
		Releases: 5, Branches: len(branches()) + 20, MissingParts: []Part{PartInternal, PartWorkTree, PartLive},
	})
	if err != nil {
		t.Fatal(err)
	}
	repo := gittest.At(t, s.Site)
	// Few files are checked out: the merges are the same and the test is quick.
	repo.Git("sparse-checkout", "set", "--no-cone", "/version.php")
	repo.Git("checkout", "-q", "--detach", "v4.5.0")
	kept := make(map[string]int)
	for _, b := range s.Branches {
		outcome, n := rebase(repo, b.Name)
		if outcome != b.Plain {
			t.Errorf("%s: git makes it %s, the table says %s", b.Name, outcome, b.Plain)
		}
		kept[strings.TrimPrefix(b.Name, prefix)] = n
	}
	for name, want := range map[string]int{
		"hack-core_grades-rounding":    1, // of 2: one landed
		"hack-core_user-lastaccess":    1, // reverted upstream
		"hack-core-userlabel":          2, // one of them empty
		"hack-mod_folder-limit":        2, // of upstream's commits in it none
		"feature-report_luvle":         4, // the merge itself is left out
		"feature-local_luvle":          7,
		"feature-local_luvle-calendar": 8,
	} {
		if kept[name] != want {
			t.Errorf("%s: %d commits arrive on v4.5.0, want %d", name, kept[name], want)
		}
	}
}

// The conflicts are of the kinds that the branches are there to show.
func TestKindsOfConflict(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	for name, want := range map[string]string{
		"hack-mod_forum-subject":  "CONFLICT (content): Merge conflict in mod/forum/lib.php",
		"hack-core_course-recent": "CONFLICT (modify/delete): course/recent.php",
		"hack-mod_quiz-toggle":    "CONFLICT (content): Merge conflict in mod/quiz/amd/build/attempt.min.js",
	} {
		out, err := repo.TryGit("merge-tree", "--write-tree", "v4.5.0", prefix+name)
		if err == nil || strings.Count(out, "CONFLICT") != 1 || !strings.Contains(out, want) {
			t.Errorf("%s onto v4.5.0: %v\n%s\nwant the one conflict %q", name, err, out, want)
		}
	}
}

// rebase runs git's own rebase and says how it ended and how many commits
// arrived. The base is the newest commit of upstream's branch that is in it.
func rebase(repo *gittest.Repo, name string) (outcome string, kept int) {
	base := strings.TrimSpace(repo.Git("merge-base", name, "refs/remotes/upstream/MOODLE_401_STABLE"))
	if _, err := repo.TryGit("-c", "merge.directoryRenames=false", "rebase", "-q", "--onto", "v4.5.0", base, name+"^0"); err != nil {
		repo.Git("rebase", "--abort")
		return conflict, 0
	}
	kept = len(lines(repo.Git("rev-list", "v4.5.0..HEAD")))
	if kept == 0 {
		return landed, 0
	}
	return clean, kept
}

// The merges in the targets and branches are those that git makes, but for the
// one that was resolved by hand.
func TestMergesAreGits(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	byHand := 0
	all := lines(repo.Git("log", "--merges", "--format=%T %P %s", "--branches", "--not", "--remotes=upstream"))
	if len(all) < 40 {
		t.Fatalf("only %d merges", len(all))
	}
	for _, line := range all {
		word := strings.SplitN(line, " ", 4)
		out, err := repo.TryGit("merge-tree", "--write-tree", "--no-messages", word[1], word[2])
		if err != nil {
			byHand++
			if !strings.HasSuffix(word[3], "hack-mod_assign-types") {
				t.Errorf("%s: git finds a conflict", word[3])
			}
			continue
		}
		if got := strings.TrimSpace(out); got != word[0] {
			t.Errorf("%s: the tree is %s, git makes %s:\n%s", word[3], word[0], got, repo.Git("diff-tree", "-r", "--name-status", got, word[0]))
		}
	}
	if byHand != 1 {
		t.Errorf("%d merges were resolved by hand, want 1", byHand)
	}
}

// Upstream's merges are git's, too.
func TestUpstreamMergesAreGits(t *testing.T) {
	t.Parallel()
	_, repo := theSite(t)
	all := lines(repo.Git("log", "--merges", "--format=%T %P %s", "--remotes=upstream", "-12"))
	all = append(all, lines(repo.Git("log", "--merges", "--format=%T %P %s", "v4.2.0", "-4"))...)
	for _, line := range all {
		word := strings.SplitN(line, " ", 4)
		if got := strings.TrimSpace(repo.Git("merge-tree", "--write-tree", word[1], word[2])); got != word[0] {
			t.Errorf("%s: the tree is %s, git makes %s", word[3], word[0], got)
		}
	}
}
