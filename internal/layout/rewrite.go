package layout

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// ErrOccupied says that a tree has a file where the newer layout needs its folder
// public/.
var ErrOccupied = errors.New("public is a file")

// part is a folder that is split: the trees that stand for it at the root and below
// public/.
type part struct {
	table        *folder
	root, public git.ID
}

// Tree moves a whole tree, given by its root. Sub-trees are moved as wholes; only the
// folders that the layouts split are read and made again. It asks no question: what has
// no certain place is where [Move.Path] says. The error is [ErrOccupied] or one of the
// store's.
func (m *Move) Tree(ctx context.Context, id git.ID) (git.ID, error) {
	if m == nil || id == git.ZeroID || id == git.EmptyTree {
		return id, nil
	}
	m.lock.Lock()
	moved, done := m.trees[id]
	m.lock.Unlock()
	if done {
		return moved, nil
	}
	moved, err := m.rewrite(ctx, id)
	if err != nil {
		return git.ZeroID, fmt.Errorf("move tree %s: %w", id, err)
	}
	m.lock.Lock()
	m.trees[id] = moved
	m.lock.Unlock()
	return moved, nil
}

func (m *Move) rewrite(ctx context.Context, id git.ID) (git.ID, error) {
	all, err := tree.Read(ctx, m.objects, id)
	if err != nil {
		return git.ZeroID, err
	}
	var root, public git.Tree
	for _, e := range all {
		switch {
		case e.Name != below:
			root = append(root, e)
		case !e.Mode.IsTree():
			return git.ZeroID, ErrOccupied
		default:
			if public, err = tree.Read(ctx, m.objects, e.ID); err != nil {
				return git.ZeroID, err
			}
		}
	}
	if root, public, err = m.exchange(ctx, m.top, root, public); err != nil {
		return git.ZeroID, err
	}
	if len(public) > 0 {
		folder, err := m.objects.PutTree(public)
		if err != nil {
			return git.ZeroID, err
		}
		root = append(root, git.TreeEntry{Name: below, Mode: git.ModeTree, ID: folder})
		tree.Sort(root)
	}
	if len(root) == 0 {
		return git.EmptyTree, nil
	}
	return m.objects.PutTree(root)
}

// exchange puts every name of a folder where it belongs. The trees are what stands for
// the folder at the root and below public/, before and after.
func (m *Move) exchange(ctx context.Context, f *folder, root, public git.Tree) (newRoot, newPublic git.Tree, err error) {
	type pair [2]*git.TreeEntry
	at := make(map[string]*pair, len(root)+len(public))
	var names []string
	for side, t := range []git.Tree{root, public} {
		for i := range t {
			p := at[t[i].Name]
			if p == nil {
				p = new(pair)
				at[t[i].Name] = p
				names = append(names, t[i].Name)
			}
			p[side] = &t[i]
		}
	}
	for _, name := range names {
		p := *at[name]
		place, listed := f.places[name]
		if !listed {
			place = f.other
		}
		switch {
		case place == splits && isFolder(p[0]) && isFolder(p[1]):
			if p[0], p[1], err = m.split(ctx, f.inside[name], p[0], p[1]); err != nil {
				return nil, nil, err
			}
		case place == splits, place == moves:
			p[0], p[1] = p[1], p[0]
		case place == unknown && !m.isForward() && p[0] == nil:
			p[0], p[1] = p[1], nil // the older layout has one place only
		}
		if p[0] != nil {
			newRoot = append(newRoot, *p[0])
		}
		if p[1] != nil {
			newPublic = append(newPublic, *p[1])
		}
	}
	tree.Sort(newRoot)
	tree.Sort(newPublic)
	return newRoot, newPublic, nil
}

func isFolder(e *git.TreeEntry) bool { return e == nil || e.Mode.IsTree() }

// split moves a folder that both places have. Neither entry, one or both may be nil.
func (m *Move) split(ctx context.Context, f *folder, root, public *git.TreeEntry) (newRoot, newPublic *git.TreeEntry, err error) {
	key := part{table: f}
	name := ""
	for _, e := range []*git.TreeEntry{root, public} {
		if e != nil {
			name = e.Name
		}
	}
	if root != nil {
		key.root = root.ID
	}
	if public != nil {
		key.public = public.ID
	}
	m.lock.Lock()
	ids, done := m.parts[key]
	m.lock.Unlock()
	if !done {
		if ids, err = m.splitTrees(ctx, key); err != nil {
			return nil, nil, err
		}
		m.lock.Lock()
		m.parts[key] = ids
		m.lock.Unlock()
	}
	entry := func(id git.ID) *git.TreeEntry {
		if id == git.ZeroID {
			return nil
		}
		return &git.TreeEntry{Name: name, Mode: git.ModeTree, ID: id}
	}
	return entry(ids[0]), entry(ids[1]), nil
}

func (m *Move) splitTrees(ctx context.Context, p part) (ids [2]git.ID, err error) {
	root, err := tree.Read(ctx, m.objects, p.root)
	if err != nil {
		return ids, err
	}
	public, err := tree.Read(ctx, m.objects, p.public)
	if err != nil {
		return ids, err
	}
	newRoot, newPublic, err := m.exchange(ctx, p.table, root, public)
	if err != nil {
		return ids, err
	}
	for i, t := range []git.Tree{newRoot, newPublic} {
		if len(t) == 0 {
			continue
		}
		if ids[i], err = m.objects.PutTree(t); err != nil {
			return ids, err
		}
	}
	return ids, nil
}
