package journal

import (
	"context"
	"fmt"
	"os"

	"mgit/internal/git"
)

// worktrees are the directories that have a branch checked out, by the branch's
// full name.
type worktrees map[string]string

func checkedOut(ctx context.Context, repo *git.Repo) (worktrees, error) {
	all, err := repo.Worktrees(ctx)
	if err != nil {
		return nil, err
	}
	trees := make(worktrees)
	for _, w := range all {
		if w.Bare {
			continue
		}
		if w.Branch != "" {
			trees[w.Branch] = w.Path
		}
		for _, branch := range w.Unfinished {
			trees[branch] = w.Path // never clean, so it never follows
		}
	}
	return trees, nil
}

// FastForward moves the branch ref from old to next, which is ahead of it, outside
// of any run; the caller holds the lock. A worktree that has the branch checked
// out goes along; where something is changed in it the error says so, and
// nothing has moved.
func FastForward(ctx context.Context, repo *git.Repo, ref string, old, next git.ID, message string) error {
	trees, err := checkedOut(ctx, repo)
	if err != nil {
		return err
	}
	if _, ok := trees[ref]; ok {
		return trees.follow(ctx, repo, ref, next, message)
	}
	return repo.UpdateRefs(ctx, []git.RefUpdate{{Name: ref, Old: old, New: next}}, message)
}

// mayFollow returns nil when ref is not checked out, or only where nothing is
// changed, so that the worktree could be fast-forwarded.
func (t worktrees) mayFollow(ctx context.Context, repo *git.Repo, ref string) error {
	path, ok := t[ref]
	if !ok {
		return nil
	}
	clean, err := repo.WorktreeClean(ctx, path)
	if err != nil {
		return fmt.Errorf("%s is checked out in %s: %w", ref, path, err)
	}
	if !clean {
		return fmt.Errorf("%s is checked out in %s, and there are changes", ref, path)
	}
	return nil
}

// follow fast-forwards ref to the commit id together with its worktree. Ignored files
// that are in the way stay, too: somebody may need them and nobody else has them. Hooks do
// not run, and nothing is stashed aside.
func (t worktrees) follow(ctx context.Context, repo *git.Repo, ref string, id git.ID, reason string) error {
	if err := t.mayFollow(ctx, repo, ref); err != nil {
		return err
	}
	err := repo.Cmd("-c", "core.hooksPath="+os.DevNull, "-c", "submodule.recurse=false",
		"merge", "--ff-only", "--no-overwrite-ignore", "--no-autostash", "--no-verify-signatures", "--no-stat", "--quiet", id.String()).
		Dir(t[ref]).Env("GIT_REFLOG_ACTION=" + reason).Run(ctx)
	if err != nil {
		return fmt.Errorf("fast-forward %s in %s: %w", ref, t[ref], err)
	}
	return nil
}
