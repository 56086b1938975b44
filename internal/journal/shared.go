package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/git"
)

// shareTries is how often the shared branch may be moved by somebody else while
// we add to it.
const shareTries = 10

// share moves the shared branch to a commit that carries the run, on top of
// whatever it is at that moment: tip, when it was last read.
func (l *Lock) share(ctx context.Context, run *Run, shared Shared, tip git.ID) error {
	for try := 1; ; try++ {
		next, err := shared(ctx, run, tip)
		if err != nil {
			return err
		}
		run.SharedOld, run.SharedNew = tip, tip
		adds, err := l.checkShared(ctx, tip, next)
		if err != nil || !adds {
			return err
		}
		if err := l.repo.Keep(ctx, next); err != nil {
			return err
		}
		err = l.moveShared(ctx, run, tip, next)
		if err == nil {
			run.SharedNew = next
			return nil
		}
		now, readErr := l.sharedTip(ctx)
		if readErr != nil {
			return errors.Join(err, readErr)
		}
		if now == tip || try == shareTries {
			return err
		}
		tip = now
	}
}

func (l *Lock) sharedTip(ctx context.Context) (git.ID, error) {
	now, err := readValues(ctx, l.repo, SharedRef)
	return now[SharedRef], err
}

// checkShared reports whether next adds something to tip. The shared branch only
// ever moves forward, and a killed run's second attempt adds no empty commit.
func (l *Lock) checkShared(ctx context.Context, tip, next git.ID) (bool, error) {
	if next == tip {
		return false, nil
	}
	commit, err := l.repo.Store().Commit(ctx, next)
	if err != nil {
		return false, err
	}
	if tip == git.ZeroID {
		return true, nil
	}
	if !slices.Contains(commit.Parents, tip) {
		return false, fmt.Errorf("commit %s is not a child of %s", next, tip)
	}
	before, err := l.repo.Store().Commit(ctx, tip)
	if err != nil {
		return false, err
	}
	return commit.Tree != before.Tree, nil
}

// moveShared moves the shared branch from tip to next, together with a worktree
// that has it checked out.
func (l *Lock) moveShared(ctx context.Context, run *Run, tip, next git.ID) error {
	trees, err := checkedOut(ctx, l.repo)
	if err != nil {
		return err
	}
	if _, ok := trees[SharedRef]; ok {
		return trees.follow(ctx, l.repo, SharedRef, next, reflogMessage(run))
	}
	return l.updateOne(ctx, git.RefUpdate{Name: SharedRef, Old: tip, New: next}, run)
}
