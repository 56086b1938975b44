package rebase

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/layout"
	"mgit/internal/tree"
)

// The kinds of conflict that a move between Moodle's layouts can bring.
const (
	KindUnplaced  = layout.KindUnplaced
	KindMisplaced = layout.KindMisplaced
)

// Relocation is how a step came into the layout of the commit it is replayed onto.
type Relocation struct {
	// Base and Theirs are the trees as they were recorded, which are the step's own where
	// these had the layout already.
	Base, Theirs git.ID
	// Moved is what stands elsewhere now, Unplaced what has no certain place.
	Moved    []layout.Moved
	Unplaced []layout.Unplaced

	move *layout.Move
}

// Relocated lists what moved of the changes that the branch has kept or that wait, by
// the old path.
func (r Result) Relocated() []layout.Moved {
	var all []layout.Moved
	for _, s := range r.Steps {
		if s.Relocation != nil && (s.Fate == Kept || s.Fate == Waiting) {
			all = append(all, s.Relocation.Moved...)
		}
	}
	slices.SortFunc(all, func(a, b layout.Moved) int { return cmp.Compare(a.From, b.From) })
	return slices.CompactFunc(all, func(a, b layout.Moved) bool { return a.From == b.From })
}

// mover finds how the trees of a step get the layout of the commit it goes onto. Steps
// are looked at one by one: a branch may have merged a release of the other layout, or
// somebody has moved its files by hand.
type mover struct {
	objects Objects
	history interface {
		Boundary(tip git.ID) []git.ID
	}
	onto    git.ID // root tree of the new base
	settled layout.Places

	public map[git.ID]bool // by root tree
	moves  map[[2]git.ID]*layout.Move
}

func newMover(objects Objects, request Request, onto git.ID) *mover {
	return &mover{
		objects: objects, history: request.History, onto: onto, settled: request.Places,
		public: make(map[git.ID]bool), moves: make(map[[2]git.ID]*layout.Move),
	}
}

// relocate moves the trees of the branch's steps where they have another layout than
// the commit that the branch goes onto.
func (m *mover) relocate(ctx context.Context, l *line) error {
	b := l.result.Branch
	if len(l.result.Steps) == 0 || b.Skip {
		return nil
	}
	target, err := m.targetOf(ctx, l.on)
	if err != nil {
		return err
	}
	isPublic, err := m.isPublic(ctx, target)
	if err != nil {
		return err
	}
	stands := standing{mover: m, branch: b, releases: make(map[bool]git.ID)}
	var move *layout.Move
	for i := range l.result.Steps {
		step := &l.result.Steps[i]
		from, err := stands.sourceOf(ctx, step, isPublic)
		if err != nil {
			return err
		}
		if from == git.ZeroID {
			continue
		}
		if move, err = m.between(ctx, from, target); err != nil || move == nil {
			return err
		}
		if err := step.relocate(ctx, move); err != nil {
			return err
		}
	}
	l.result.hold(move)
	return nil
}

// hold has the steps that have the new layout already looked at like those that were
// moved: after a merge of the new release, as git makes it, a branch's own plugin is
// still at its old place, and so is what is added to it.
func (r *Result) hold(move *layout.Move) {
	if move == nil {
		return
	}
	for i := range r.Steps {
		if s := &r.Steps[i]; s.Relocation == nil {
			s.Relocation = &Relocation{Base: s.Base, Theirs: s.Theirs, move: move}
		}
	}
}

// targetOf is the release whose layout a branch gets: the new base, unless the branch
// goes onto a commit of the other layout, to which it was carried before.
func (m *mover) targetOf(ctx context.Context, on git.ID) (git.ID, error) {
	c, err := m.objects.Commit(ctx, on)
	if err != nil {
		return git.ZeroID, fmt.Errorf("read commit %s: %w", on, err)
	}
	want, err := m.isPublic(ctx, m.onto)
	if err != nil {
		return git.ZeroID, err
	}
	is, err := m.isPublic(ctx, c.Tree)
	if err != nil || is == want {
		return m.onto, err
	}
	release, err := m.release(ctx, m.history.Boundary(on), is)
	return cmp.Or(release, c.Tree), err
}

// standing is what a branch stands on: for each layout the release that has it.
type standing struct {
	*mover
	branch   Branch
	releases map[bool]git.ID // zero: the branch stands on none of that layout
}

// sourceOf is the release from whose layout a step has to be moved; zero when it has
// the layout wanted.
func (s *standing) sourceOf(ctx context.Context, step *Step, wanted bool) (git.ID, error) {
	for _, root := range []git.ID{step.Theirs, step.Base} {
		is, err := s.isPublic(ctx, root)
		if err != nil {
			return git.ZeroID, err
		}
		if is == wanted || root == git.EmptyTree {
			continue
		}
		release, known := s.releases[is]
		if !known {
			edge := s.history.Boundary(s.branch.Tip)
			if s.branch.Base != git.ZeroID {
				edge = append([]git.ID{s.branch.Base}, edge...)
			}
			if release, err = s.release(ctx, edge, is); err != nil {
				return git.ZeroID, err
			}
			s.releases[is] = release
		}
		return cmp.Or(release, root), nil
	}
	return git.ZeroID, nil
}

// release is the root tree of the first of the commits that has the layout, zero when
// none has it. All but the first come in no useful order; the newest of them counts.
func (m *mover) release(ctx context.Context, commits []git.ID, public bool) (git.ID, error) {
	all, err := m.objects.Commits(ctx, commits)
	if err != nil {
		return git.ZeroID, fmt.Errorf("read what a branch stands on: %w", err)
	}
	if len(all) > 1 {
		slices.SortFunc(all[1:], func(a, b *git.Commit) int {
			return cmp.Or(b.Committer.When.Compare(a.Committer.When), cmp.Compare(a.ID.String(), b.ID.String()))
		})
	}
	for _, c := range all {
		is, err := m.isPublic(ctx, c.Tree)
		if err != nil {
			return git.ZeroID, err
		}
		if is == public {
			return c.Tree, nil
		}
	}
	return git.ZeroID, nil
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

func (m *mover) between(ctx context.Context, from, to git.ID) (*layout.Move, error) {
	key := [2]git.ID{from, to}
	if move, known := m.moves[key]; known {
		return move, nil
	}
	move, err := layout.Between(ctx, m.objects, from, to, m.settled)
	if err != nil {
		return nil, err
	}
	m.moves[key] = move
	return move, nil
}

// relocate gives the step the trees that the move makes of those recorded.
func (s *Step) relocate(ctx context.Context, move *layout.Move) error {
	recorded := [2]git.ID{s.Base, s.Theirs}
	if s.Relocation != nil {
		recorded = [2]git.ID{s.Relocation.Base, s.Relocation.Theirs}
	}
	c, err := move.Change(ctx, recorded[0], recorded[1])
	if err != nil {
		return fmt.Errorf("move %s to the new layout: %w", s.Old, err)
	}
	s.Base, s.Theirs = c.Base, c.Theirs
	s.Relocation = &Relocation{Base: recorded[0], Theirs: recorded[1], Moved: c.Moved, Unplaced: c.Unplaced, move: move}
	return nil
}

// place looks whether the tree that a step is replayed onto has those of its paths that
// have no certain place, or what an earlier run made of the step, of which a stacked
// branch has a share: somebody put them there then. What is left is for a person.
func (r *run) place(ctx context.Context, s *Step, ours git.ID) error {
	trees := []git.ID{ours}
	if known, ok := r.request.Known[s.Old]; ok && len(s.unplaced()) > 0 {
		c, err := r.objects.Commit(ctx, known)
		if err != nil {
			return fmt.Errorf("read commit %s: %w", known, err)
		}
		is, err := layout.IsPublic(ctx, r.objects, c.Tree)
		if err != nil {
			return err
		}
		wanted, err := layout.IsPublic(ctx, r.objects, ours)
		if err != nil {
			return err
		}
		if is == wanted {
			trees = append(trees, c.Tree)
		}
	}
	for _, root := range trees {
		if len(s.unplaced()) == 0 {
			return nil
		}
		move := s.Relocation.move
		there, err := move.PlacedBy(ctx, root, s.Relocation.Unplaced)
		if err != nil {
			return err
		}
		if len(there.Root)+len(there.Public) == 0 {
			continue
		}
		if err := s.relocate(ctx, move.With(there)); err != nil {
			return err
		}
	}
	return nil
}

// unplaced are the conflicts of a step whose paths have no certain place.
func (s *Step) unplaced() []Conflict {
	if s.Relocation == nil {
		return nil
	}
	var all []Conflict
	for _, u := range s.Relocation.Unplaced {
		all = append(all, Conflict{Commit: s.Old, Path: u.Path, Kind: KindUnplaced, Proposals: u.Proposals})
	}
	return all
}

// misplaced holds what became of a relocated step to the new layout: every path that it
// brings must stand where Moodle looks for it.
func (s *Step) misplaced(ctx context.Context, objects Objects, ours, merged git.ID) ([]Conflict, error) {
	if s.Relocation == nil {
		return nil, nil
	}
	var all []Conflict
	err := tree.Diff(ctx, objects, ours, merged, func(c tree.Change) error {
		if c.From.Mode == 0 && s.Relocation.move.Misplaced(c.Path) {
			all = append(all, Conflict{Commit: s.Old, Path: c.Path, Kind: KindMisplaced})
		}
		return nil
	})
	return all, err
}

// Misplaced are the paths that a step which waits would bring to where Moodle does not
// look for them, by what it changes.
func (s *Step) Misplaced(ctx context.Context, objects Objects) ([]Conflict, error) {
	if s.Relocation == nil || len(s.Relocation.Unplaced) > 0 {
		return nil, nil
	}
	return s.misplaced(ctx, objects, s.Base, s.Theirs)
}
