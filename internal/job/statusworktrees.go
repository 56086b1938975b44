package job

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
)

// worktrees says what the worktrees of a clone are used for.
type worktrees struct {
	// checkouts says where references are checked out, or will be again when a
	// rebase in progress there ends.
	checkouts map[string]string
	resolving map[string]workbench // by the new name of the branch
}

// workbench is a worktree in which a branch is being resolved.
type workbench struct {
	path     string
	standing Standing
}

func (s *Site) readWorktrees(ctx context.Context) (worktrees, error) {
	found := worktrees{checkouts: make(map[string]string), resolving: make(map[string]workbench)}
	all, err := s.Repo.Worktrees(ctx)
	if err != nil {
		return found, err
	}
	for _, w := range all {
		if w.Prunable {
			continue
		}
		for _, ref := range append(slices.Clone(w.Unfinished), w.Branch) {
			if ref != "" {
				found.checkouts[ref] = w.Path
			}
		}
		record, err := readBenchRecord(w.GitDir)
		if err != nil {
			return found, err
		}
		if record == nil {
			continue
		}
		b := &bench{site: s, path: w.Path, gitDir: w.GitDir, record: record}
		standing, err := b.glance(ctx, w)
		if err != nil {
			return found, fmt.Errorf("look at %s: %w", w.Path, err)
		}
		found.resolving[record.NewName] = workbench{path: w.Path, standing: standing}
	}
	return found, nil
}

// glance tells how far the resolving is, as look does, but without a look at the
// files: while the rebase is in progress it starts no git.
func (b *bench) glance(ctx context.Context, w git.Worktree) (Standing, error) {
	if w.Branch != "" {
		return StandingAstray, nil // somebody switched it to that
	}
	at := &benchState{head: w.Head}
	if err := b.readRebase(at); err != nil || at.standing != "" {
		return at.standing, err
	}
	err := b.readEnd(ctx, at)
	return at.standing, err
}
