package assemble

import (
	"context"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/layout"
	"mgit/internal/tree"
)

// mover puts what a branch does where the line has its files, when the branch and what
// it stands on have the other one of Moodle's two layouts. Git would merge such a
// branch without a conflict and leave its new plugins outside of public/.
//
// A branch that has merged a release of the line's layout itself, or that moved its
// files by hand, is left to Git: what it brings is in that layout already.
type mover struct {
	objects layout.Objects
	places  layout.Places
	public  map[git.ID]bool // by root tree
}

func newMover(objects layout.Objects, places layout.Places) *mover {
	return &mover{objects: objects, places: places, public: make(map[git.ID]bool)}
}

// sides are the trees that are merged into the line's.
type sides struct {
	base, theirs git.ID
	unplaced     []layout.Unplaced
	move         *layout.Move // nil: they are as they were recorded
}

// sides returns base and theirs in the layout of ours. Where a path has no certain
// place the tree at tells, ours or the recorded merge, if it has the path.
func (m *mover) sides(ctx context.Context, ours, base, theirs, at git.ID) (sides, error) {
	s := sides{base: base, theirs: theirs}
	var is [3]bool
	for i, root := range []git.ID{ours, base, theirs} {
		var err error
		if is[i], err = m.isPublic(ctx, root); err != nil {
			return s, err
		}
	}
	if is[0] == is[1] || is[1] != is[2] || ours == git.EmptyTree || base == git.EmptyTree {
		return s, nil
	}
	move, err := layout.Between(ctx, m.objects, base, ours, m.places)
	if err != nil || move == nil {
		return s, err
	}
	c, err := move.Change(ctx, base, theirs)
	if err != nil {
		return s, fmt.Errorf("move it to the layout of the target: %w", err)
	}
	if len(c.Unplaced) > 0 {
		there, err := move.PlacedBy(ctx, at, c.Unplaced)
		if err != nil {
			return s, err
		}
		move = move.With(there)
		if c, err = move.Change(ctx, base, theirs); err != nil {
			return s, fmt.Errorf("move it to the layout of the target: %w", err)
		}
	}
	return sides{base: c.Base, theirs: c.Theirs, unplaced: c.Unplaced, move: move}, nil
}

func (m *mover) isPublic(ctx context.Context, root git.ID) (bool, error) {
	if is, known := m.public[root]; known {
		return is, nil
	}
	is, err := layout.IsPublic(ctx, m.objects, root)
	if err != nil {
		return false, fmt.Errorf("read the layout of tree %s: %w", root, err)
	}
	m.public[root] = is
	return is, nil
}

// sidesOf are the trees of a step, as they are merged.
func (r *run) sidesOf(ctx context.Context, base git.ID, s Step) (sides, error) {
	commits, err := r.objects.Commits(ctx, []git.ID{base, s.Tip})
	if err != nil {
		return sides{}, err
	}
	if s.Upstream {
		return sides{base: commits[0].Tree, theirs: commits[1].Tree}, nil
	}
	return r.mover.sides(ctx, r.onto.tree, commits[0].Tree, commits[1].Tree, r.onto.tree)
}

// question is what Git is asked about a step.
func (r *run) question(base git.ID, s Step, in sides) git.Merge {
	if in.move == nil {
		return git.Merge{Parent: base, Commit: s.Tip, Ours: r.onto.tree}
	}
	return git.Merge{Base: in.base, Ours: r.onto.tree, Theirs: in.theirs}
}

// unplace leaves a step to a person whose paths have no certain place on the line.
func (m *Merge) unplace(all []layout.Unplaced) {
	m.Outcome, m.Unplaced = Conflict, all
	for _, u := range all {
		m.Conflicts = append(m.Conflicts, git.Conflict{Path: u.Path, Kind: layout.KindUnplaced})
	}
}

// checkPlaces holds what a moved step brings to the layout of the line.
func (r *run) checkPlaces(ctx context.Context, m *Merge, in sides) error {
	if in.move == nil || m.Outcome != Clean && m.Outcome != Settled {
		return nil
	}
	var wrong []git.Conflict
	err := tree.Diff(ctx, r.objects, r.onto.tree, m.Tree, func(c tree.Change) error {
		if c.From.Mode == 0 && in.move.Misplaced(c.Path) {
			wrong = append(wrong, git.Conflict{Path: c.Path, Kind: layout.KindMisplaced})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("check where %s puts things: %w", m.Name, err)
	}
	if len(wrong) > 0 {
		m.Outcome, m.Tree, m.Conflicts = Conflict, r.onto.tree, wrong
		m.Resolutions, m.Files, m.Rebuild = nil, nil, nil
	}
	return nil
}
