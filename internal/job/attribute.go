package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/moodle"
	"mgit/internal/rebase"
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
	deployTo string // the target's name, "" without one
	deployed git.ID // its tree
	merged   map[string]bool
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
}

// attribution reads what the branches of a series change. Only trees are read.
// Commits of upstream that a branch has merged are no changes of it: it is
// compared with the newest upstream commit that it stands on. In a clone that is
// not set up there are no branches.
func (s *Site) attribution(ctx context.Context, series moodle.Series) (*attribution, error) {
	a := &attribution{
		store: s.Repo.Store(), repo: s.Repo, byPath: make(map[string][]claim), branches: make(map[string]claimant), merged: make(map[string]bool),
	}
	if s.Scheme == nil || series.IsZero() {
		return a, nil
	}
	v, err := readView(ctx, s, s.refs.listing(s.Scheme, s.internal), []moodle.Series{series})
	if err != nil {
		return nil, fmt.Errorf("read the branches of %s: %w", series, err)
	}
	for _, b := range v.lowerFirst() {
		base, err := rebase.Base(ctx, v.bases, v.history, b.Tip)
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
	return tree.Diff(ctx, a.store, from, to, func(d tree.Change) error {
		a.byPath[d.Path] = append(a.byPath[d.Path], claim{branch: c.name, from: d.From, to: d.To})
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

// deploymentTarget is the short name of the target that runs in production.
const deploymentTarget = "deployment"

// readTarget finds the deployment target among those of the series, the last one
// where none is called so, and which branches are merged into it.
func (a *attribution) readTarget(ctx context.Context, v *view, names []string) error {
	short := deploymentTarget
	if !slices.Contains(names, short) && len(names) > 0 {
		short = names[len(names)-1]
	}
	i := slices.IndexFunc(v.targets, func(t *targetView) bool { return t.Short == short })
	if i < 0 {
		return nil
	}
	t := v.targets[i]
	a.deployTo = t.Raw
	for _, b := range v.branches {
		if in, _ := t.has(v, b); in != notIn {
			a.merged[b.Raw] = true
		}
	}
	var err error
	if a.deployed, err = a.treeOf(ctx, t.Tip); err != nil {
		return fmt.Errorf("read %s: %w", t.Raw, err)
	}
	return nil
}

// target is the name of the deployment target, "" when there is none.
func (a *attribution) target() string { return a.deployTo }

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

// paths lists what branches change that are merged into the deployment target.
func (a *attribution) paths() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(a.byPath)), func(path string) bool {
		return !slices.ContainsFunc(a.byPath[path], func(c claim) bool { return a.merged[c.branch] })
	})
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
// branch before those of others that are stacked on it.
func (a *attribution) changes(ctx context.Context, path string) ([]hunk.Change, error) {
	return a.changesOf(ctx, path, func(string) bool { return true })
}

// deployedChanges are those of the branches that are merged into the deployment
// target.
func (a *attribution) deployedChanges(ctx context.Context, path string) ([]hunk.Change, error) {
	return a.changesOf(ctx, path, func(branch string) bool { return a.merged[branch] })
}

func (a *attribution) changesOf(ctx context.Context, path string, wanted func(branch string) bool) ([]hunk.Change, error) {
	var all []hunk.Change
	for _, c := range a.byPath[path] {
		if !wanted(c.branch) || !hasLines(c.from.Mode) || !hasLines(c.to.Mode) || c.from.ID == c.to.ID {
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

// targetBlob is the blob at a path of the deployment target, zero where it has
// none.
func (a *attribution) targetBlob(ctx context.Context, path string) (git.ID, error) {
	e, err := a.targetEntry(ctx, path)
	return e.ID, err
}

// targetFile is the file at a path of the deployment target, nil where it has none.
func (a *attribution) targetFile(ctx context.Context, path string) ([]byte, error) {
	e, err := a.targetEntry(ctx, path)
	if err != nil || !hasLines(e.Mode) {
		return nil, err
	}
	return a.content(ctx, e)
}

func (a *attribution) targetEntry(ctx context.Context, path string) (git.TreeEntry, error) {
	if a.deployed == git.ZeroID {
		return git.TreeEntry{}, nil
	}
	e, err := a.store.Path(ctx, a.deployed, path)
	if errors.Is(err, git.ErrNotFound) {
		return git.TreeEntry{}, nil
	}
	return e, err
}
