package job

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/hunk"
	"mgit/internal/tree"
)

// deployment is the target that runs in production, and what is in it.
type deployment struct {
	deployTo string // the target's name, "" without one
	tip      git.ID
	deployed git.ID             // its tree
	merged   map[string]bool    // branches that are in it, at least in an older state
	older    map[string][]claim // by path: what branches did that are in it in an older state
	changed  map[string]claim   // by path: how it differs from the upstream commit that it stands on
	reached  map[git.ID]bool    // its own commits, without those of branches
}

// deploymentTarget is the short name of the target that runs in production.
const deploymentTarget = "deployment"

// readTarget finds the deployment target among those of the series, the last one
// where none is called so, and what is in it.
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
	a.deployTo, a.tip, a.reached = t.Raw, t.Tip, maps.Clone(t.reached)
	for _, b := range v.branches {
		for _, c := range v.own[b.Tip] {
			delete(a.reached, c.ID)
		}
		if err := a.readMerged(ctx, v, t, b); err != nil {
			return fmt.Errorf("read what %s has of %s: %w", t.Raw, b.Raw, err)
		}
	}
	base, err := history.Base(ctx, v.bases, v.history, t.Tip)
	if err != nil {
		return err
	}
	from, err := a.treeOf(ctx, base)
	if err != nil {
		return fmt.Errorf("read what %s stands on: %w", t.Raw, err)
	}
	if a.deployed, err = a.treeOf(ctx, t.Tip); err != nil {
		return fmt.Errorf("read %s: %w", t.Raw, err)
	}
	as, err := a.move(ctx, from, a.deployed)
	if err != nil {
		return fmt.Errorf("read %s: %w", t.Raw, err)
	}
	a.deployed = as.to
	a.changed = make(map[string]claim)
	return tree.Diff(ctx, a.reader(), as.from, a.deployed, func(d tree.Change) error {
		a.changed[d.Path] = claim{branch: t.Raw, from: d.From, to: d.To}
		return nil
	})
}

// readMerged notes in which state a branch is in the target: at its tip, or at the
// last of its commits that the target has.
func (a *attribution) readMerged(ctx context.Context, v *view, t *targetView, b branches.Branch) error {
	in, _ := t.has(v, b)
	a.merged[b.Raw] = in != notIn
	if in != inPart {
		return nil
	}
	own := v.own[b.Tip]
	last := len(own) - 1
	for last >= 0 && !t.reached[own[last].ID] {
		last--
	}
	if last < 0 {
		return nil // it was merged in a state that is no commit of it any more
	}
	base, err := history.Base(ctx, v.bases, v.history, own[last].ID)
	if err != nil {
		return err
	}
	from, err := a.treeOf(ctx, base)
	if err != nil {
		return err
	}
	to, err := a.treeOf(ctx, own[last].ID)
	if err != nil {
		return err
	}
	return a.diff(ctx, b.Raw, from, to, a.older)
}

// target is the name of the deployment target, "" when there is none.
func (a *attribution) target() string { return a.deployTo }

// isDeployed reports whether a commit is the target's: its tip, or what was its tip
// once.
func (a *attribution) isDeployed(commit git.ID) bool {
	return commit != git.ZeroID && (commit == a.tip || a.reached[commit])
}

// isMerged reports whether a branch is in the deployment target.
func (a *attribution) isMerged(branch string) bool { return a.merged[branch] }

// paths lists what the deployment target changes.
func (a *attribution) paths() []string { return slices.Sorted(maps.Keys(a.changed)) }

// deployedChanges are what the target has at a path: of each branch that is in it
// the state that was merged, and last what no branch brings.
func (a *attribution) deployedChanges(ctx context.Context, path string) ([]hunk.Change, error) {
	claims := slices.Clone(a.older[path])
	for _, c := range a.byPath[path] {
		isOlder := func(o claim) bool { return o.branch == c.branch }
		if a.merged[c.branch] && !slices.ContainsFunc(a.older[path], isOlder) {
			claims = append(claims, c)
		}
	}
	changes, err := a.contents(ctx, claims)
	if err != nil {
		return nil, err
	}
	own, _, err := a.ownChange(ctx, path)
	if own != nil {
		changes = append(changes, *own)
	}
	return changes, err
}

// ownChange is what was committed or resolved on the target itself and is no
// branch's: the change from the target's base with all that branches bring to the
// target's file, nil when that is nothing; and its pieces.
func (a *attribution) ownChange(ctx context.Context, path string) (*hunk.Change, []hunk.Piece, error) {
	c, ok := a.changed[path]
	if !ok || !hasLines(c.from.Mode) || !hasLines(c.to.Mode) {
		return nil, nil, nil
	}
	whole, err := a.contents(ctx, []claim{c})
	if err != nil || len(whole) == 0 {
		return nil, nil, err
	}
	base, file := whole[0].Base, whole[0].Tip
	changes, err := a.changes(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	pieces := hunk.Attribute(base, file, changes)
	var own, branches []hunk.Piece
	for _, p := range pieces {
		if p.By == "" {
			own = append(own, p)
			continue
		}
		p.By = ""
		branches = append(branches, p)
	}
	switch {
	case len(own) == 0:
		return nil, nil, nil
	case base == nil || file == nil || hunk.IsBinary(base) || hunk.IsBinary(file):
		return &whole[0], own, nil
	}
	without, err := withOrphans(base, file, branches)
	if err != nil { // rather too much than nothing: all that the target changes
		return &whole[0], own, nil //nolint:nilerr // said above
	}
	return &hunk.Change{Name: a.deployTo, Base: without, Tip: file}, own, nil
}

// attribute splits the differences between the pristine file and that of the tree
// by who made them: a branch, the deployment target where it has the very same
// and no branch brings it, or nobody.
func (a *attribution) attribute(ctx context.Context, path string, pristine, file []byte) ([]hunk.Piece, error) {
	changes, err := a.changes(ctx, path)
	if err != nil {
		return nil, err
	}
	pieces := hunk.Attribute(pristine, file, changes)
	change, own, err := a.ownChange(ctx, path)
	if err != nil {
		return nil, err
	}
	for i, p := range pieces {
		switch {
		case p.By != "":
			continue
		case len(p.Old)+len(p.New) == 0: // binary
			if change != nil && bytes.Equal(change.Tip, file) {
				pieces[i].By = a.deployTo
			}
			continue
		}
		at := slices.IndexFunc(own, func(o hunk.Piece) bool {
			return slices.EqualFunc(o.Old, p.Old, isSameLine) && slices.EqualFunc(o.New, p.New, isSameLine)
		})
		if at >= 0 {
			pieces[i].By = a.deployTo
			own = slices.Delete(own, at, at+1) // each is there once
		}
	}
	return pieces, nil
}

// targetBlob is the blob at a path of the deployment target, zero where it has
// none.
func (a *attribution) targetBlob(ctx context.Context, path string) (git.ID, error) {
	if a.deployed == git.ZeroID {
		return git.ZeroID, nil
	}
	at, err := tree.At(ctx, a.reader(), a.deployed, path)
	return at.File.ID, err
}

// targetFile is the file at a path of the deployment target, nil where it has none.
func (a *attribution) targetFile(ctx context.Context, path string) ([]byte, error) {
	if a.deployed == git.ZeroID {
		return nil, nil
	}
	at, err := tree.At(ctx, a.reader(), a.deployed, path)
	if err != nil || at.File == (tree.File{}) || !hasLines(at.File.Mode) {
		return nil, err
	}
	return a.content(ctx, git.TreeEntry{Mode: at.File.Mode, ID: at.File.ID})
}
