package job

import (
	"context"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/layout"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// A branch may stand on the other one of Moodle's two layouts than the tree that it is
// to explain: a tree of 5.1 is held against the branches of 4.5, or a branch for 5.1
// was begun on 5.0. What such a branch changes is moved to the layout of the tree, so
// that it is found at the paths that the tree has.

// releaseLike is the root tree of the first release of a series, which shows where that
// has its files; zero where the clone has not got it.
func (s *Site) releaseLike(ctx context.Context, series moodle.Series) git.ID {
	if series.IsZero() {
		return git.ZeroID
	}
	id := s.refs.commit("refs/tags/" + series.FirstTag().String())
	if id == git.ZeroID {
		return git.ZeroID
	}
	c, err := s.Repo.Store().Commit(ctx, id)
	if err != nil {
		return git.ZeroID
	}
	return c.Tree
}

// isLike reports whether two root trees have the same layout, or nobody knows of one.
func (s *Site) isLike(ctx context.Context, a, b git.ID) (bool, error) {
	if a == git.ZeroID || b == git.ZeroID {
		return true, nil
	}
	isPublic, err := layout.IsPublic(ctx, s.Repo.Store(), a)
	if err != nil {
		return false, err
	}
	other, err := layout.IsPublic(ctx, s.Repo.Store(), b)
	return isPublic == other, err
}

// moved are two trees of a branch in the layout of the tree that it is to explain.
type moved struct {
	from, to git.ID
	back     *layout.Move // nil: they are as they were recorded
}

// move moves the trees between which a branch changes something. A branch that has
// changed its layout itself is compared as it stands.
func (a *attribution) move(ctx context.Context, from, to git.ID) (moved, error) {
	as := moved{from: from, to: to}
	if a.like == git.ZeroID || from == git.ZeroID || to == git.ZeroID {
		return as, nil
	}
	var is [3]bool
	for i, root := range []git.ID{a.like, from, to} {
		var err error
		if is[i], err = layout.IsPublic(ctx, a.store, root); err != nil {
			return as, err
		}
	}
	if is[0] == is[1] || is[1] != is[2] {
		return as, nil
	}
	if a.scratch == nil {
		var err error
		if a.scratch, err = a.repo.NewScratch(ctx); err != nil {
			return as, err
		}
	}
	there, err := layout.Between(ctx, a.scratch, from, a.like, a.places)
	if err != nil {
		return as, fmt.Errorf("move it to the layout of the tree: %w", err)
	}
	c, err := there.Change(ctx, from, to)
	if err != nil {
		return as, fmt.Errorf("move it to the layout of the tree: %w", err)
	}
	as.from, as.to = c.Base, c.Theirs
	as.back, err = layout.Between(ctx, a.scratch, a.like, from, a.places)
	return as, err
}

// reader reads trees, those that were moved included.
func (a *attribution) reader() tree.Reader {
	if a.scratch != nil {
		return a.scratch
	}
	return a.store
}

// recorded is where a branch itself has what is at the path of the tree.
func (a *attribution) recorded(branch, path string) string {
	for _, c := range a.byPath[path] {
		if c.branch == branch && c.was != "" {
			return c.was
		}
	}
	return path
}

// close gives back what moved trees are kept in.
func (a *attribution) close() {
	if a != nil && a.scratch != nil {
		_ = a.scratch.Close() // nothing of it was to stay
		a.scratch = nil
	}
}
