package job

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/hunk"
	"mgit/internal/layout"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// attribution knows what each branch of a series changes against its own base,
// and what the deployment target of the series holds. Contents are read when
// somebody asks for a path.
type attribution struct {
	store    *git.Store
	repo     *git.Repo
	byPath   map[string][]claim // by branch, a lower one first
	branches map[string]claimant
	like     git.ID // a root tree whose layout the paths are of; zero: as they stand
	places   layout.Places
	scratch  *git.Scratch // of moved trees, nil where nothing had to be moved
	deployment
}

// claimant is a branch with the commits that its changes lie between.
type claimant struct {
	name      string
	base, tip git.ID
}

// claim is what a branch does to one path.
type claim struct {
	branch   string
	from, to git.TreeEntry
	was      string // the path that the branch itself has, where it was moved
}

// attribution reads what the branches of a series change. Only trees are read.
// Commits of upstream that a branch has merged are no changes of it: it is
// compared with the newest upstream commit that it stands on. In a clone that is
// not set up there are no branches.
//
// The paths are those of the layout of like, a root tree; zero leaves them as they
// stand. The attribution must be closed.
func (s *Site) attribution(ctx context.Context, series moodle.Series, like git.ID) (*attribution, error) {
	a := &attribution{
		like: like, places: s.settledPlaces(),
		store: s.Repo.Store(), repo: s.Repo, byPath: make(map[string][]claim), branches: make(map[string]claimant),
		deployment: deployment{merged: make(map[string]bool), older: make(map[string][]claim)},
	}
	if s.Scheme == nil || series.IsZero() {
		return a, nil
	}
	v, err := readView(ctx, s, s.refs.listing(s.Scheme, s.internal), []moodle.Series{series})
	if err != nil {
		return nil, fmt.Errorf("read the branches of %s: %w", series, err)
	}
	for _, b := range v.lowerFirst() {
		base, err := history.Base(ctx, v.bases, v.history, b.Tip)
		if err != nil {
			return nil, err
		}
		c := claimant{name: b.Raw, base: base, tip: b.Tip}
		a.branches[c.name] = c
		if err := a.read(ctx, c); err != nil {
			return nil, fmt.Errorf("read what %s changes: %w", c.name, err)
		}
	}
	return a, a.readTarget(ctx, v, s.Config.TargetsOf(series))
}

// lowerFirst lists the branches by name, but a branch that is stacked on others
// behind those: what it has from them is theirs, whatever they are called.
func (v *view) lowerFirst() []branches.Branch {
	at := make(map[git.ID][]branches.Branch)
	for _, b := range v.branches {
		at[b.Tip] = append(at[b.Tip], b)
	}
	var order []branches.Branch
	seen := make(map[git.ID]bool)
	for _, b := range v.branches {
		for _, c := range v.own[b.Tip] { // its tip is the last of them
			if !seen[c.ID] && c.ID != b.Tip {
				order = append(order, at[c.ID]...)
				seen[c.ID] = true
			}
		}
		if !seen[b.Tip] {
			order = append(order, at[b.Tip]...)
			seen[b.Tip] = true
		}
	}
	return order
}

// read compares the trees of a branch and its base.
func (a *attribution) read(ctx context.Context, c claimant) error {
	from, err := a.treeOf(ctx, c.base)
	if err != nil {
		return err
	}
	to, err := a.treeOf(ctx, c.tip)
	if err != nil {
		return err
	}
	return a.diff(ctx, c.name, from, to, a.byPath)
}

// diff notes by path what a branch does between two trees.
func (a *attribution) diff(ctx context.Context, branch string, from, to git.ID, byPath map[string][]claim) error {
	as, err := a.move(ctx, from, to)
	if err != nil {
		return err
	}
	return tree.Diff(ctx, a.reader(), as.from, as.to, func(d tree.Change) error {
		c := claim{branch: branch, from: d.From, to: d.To}
		if as.back != nil {
			c.was, _, _ = as.back.Path(d.Path)
		}
		byPath[d.Path] = append(byPath[d.Path], c)
		return nil
	})
}

func (a *attribution) treeOf(ctx context.Context, commit git.ID) (git.ID, error) {
	if commit == git.ZeroID {
		return git.ZeroID, nil
	}
	c, err := a.store.Commit(ctx, commit)
	if err != nil {
		return git.ZeroID, err
	}
	return c.Tree, nil
}

// touches reports whether a branch changes the path.
func (a *attribution) touches(path string) bool { return len(a.byPath[path]) > 0 }

// touched lists the branches that change the path, by name.
func (a *attribution) touched(path string) []string {
	var names []string
	for _, c := range a.byPath[path] {
		names = append(names, c.branch)
	}
	slices.Sort(names)
	return names
}

// bringing is the first branch that leaves the path with the content, "" when none
// does.
func (a *attribution) bringing(path string, blob git.ID) string {
	for _, c := range a.byPath[path] {
		if c.to.ID == blob && blob != git.ZeroID {
			return c.branch
		}
	}
	return ""
}

// removing is the first branch that removes the path, "" when none does.
func (a *attribution) removing(path string) string {
	for _, c := range a.byPath[path] {
		if c.to.Mode == 0 {
			return c.branch
		}
	}
	return ""
}

// changes are what the branches do to the content at a path, by name, that of a
// branch before those of others that are stacked on it. Of a branch that has moved
// on since it was merged into the deployment target, the state that was merged is a
// change of its too.
func (a *attribution) changes(ctx context.Context, path string) ([]hunk.Change, error) {
	return a.contents(ctx, slices.Concat(a.byPath[path], a.older[path]))
}

// contents reads what claims are about. Those about links and submodules, and
// those that change nothing but a mode, have no lines.
func (a *attribution) contents(ctx context.Context, claims []claim) ([]hunk.Change, error) {
	var all []hunk.Change
	for _, c := range claims {
		if !hasLines(c.from.Mode) || !hasLines(c.to.Mode) || c.from.ID == c.to.ID {
			continue
		}
		change := hunk.Change{Name: c.branch}
		var err error
		if change.Base, err = a.content(ctx, c.from); err != nil {
			return nil, err
		}
		if change.Tip, err = a.content(ctx, c.to); err != nil {
			return nil, err
		}
		all = append(all, change)
	}
	return all, nil
}

// hasLines reports whether an entry is a file, or nothing.
func hasLines(m git.Mode) bool { return m == 0 || isRegular(tree.Canonical(m)) }

// content is the content of an entry, nil when there is none.
func (a *attribution) content(ctx context.Context, e git.TreeEntry) ([]byte, error) {
	if e.Mode == 0 {
		return nil, nil
	}
	data, err := a.store.Blob(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	return append([]byte{}, data...), nil // an empty file is not no file
}
