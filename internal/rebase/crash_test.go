package rebase_test

import (
	"context"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/rebase"
)

// crashing is a store whose git crashes when it is to make a merge again.
type crashing struct{ *git.Scratch }

func (c crashing) MergeTrees(ctx context.Context, attributes git.ID, merges []git.Merge) ([]git.Merged, error) {
	all, err := c.Scratch.MergeTrees(ctx, attributes, merges)
	for i, m := range merges {
		if err == nil && m.Heads[0] != git.ZeroID {
			all[i] = git.Merged{Err: git.ErrCrash}
		}
	}
	return all, err
}

// Git crashes on a merge inside a branch. The branch moves all the same, with
// what the merge brought.
func TestCrashOnAMergeOfTheBranch(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("side", "v1")
	s.commit("side", "view.php", lines(30, map[int]string{5: "side"}), "hack view")
	s.branch("b", "v1")
	s.commit("b", "own.php", "own\n", "add own")
	s.Git("merge", "-q", "--no-ff", "--no-commit", "side")
	s.Write("evil.php", "made in the merge\n")
	s.Commit("merge side")
	ctx := t.Context()
	repo, err := git.Open(ctx, s.Path, git.Options{Env: s.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	scratch, err := repo.NewScratch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	h, err := history.Read(ctx, repo, scratch, []git.ID{s.id("b")}, []git.ID{s.id("v1.1"), s.id("v2")})
	if err != nil {
		t.Fatal(err)
	}
	results, err := rebase.Run(ctx, crashing{scratch}, rebase.Request{
		Onto: s.id("v2"), History: h, Branches: s.branches("b"), Committer: git.Signature{Name: "M", Email: "m", When: time.Unix(1, 0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := results[0]
	if r.Err != nil || fates(r) != "kept kept kept(by hand)" {
		t.Fatalf("%s, %v", fates(r), r.Err)
	}
	tip, err := scratch.Commit(ctx, r.Tip)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"own.php", "evil.php", "view.php", "new.php"} {
		if _, err := scratch.Path(ctx, tip.Tree, path); err != nil {
			t.Error(err)
		}
	}
}
