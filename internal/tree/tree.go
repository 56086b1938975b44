// Package tree compares trees and edits them, skipping what is equal.
//
// A tree of Moodle holds tens of thousands of files, a change touches a
// handful. Every function here descends only where the object ids differ, so
// its cost grows with the change and not with Moodle. File contents are never
// read. What a difference means is left to the packages above.
package tree

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mgit/internal/git"
)

// Reader reads trees. The tree it returns is shared and must not be changed;
// the zero id is the empty tree.
type Reader interface {
	Tree(ctx context.Context, id git.ID) (git.Tree, error)
}

// Store reads trees and keeps new ones.
type Store interface {
	Reader
	PutTree(t git.Tree) (git.ID, error)
}

// Change is one path that differs between two trees. An absent side has mode
// zero. Paths are slash-separated and relative to the root; they are raw
// bytes, not necessarily UTF-8.
type Change struct {
	Path     string
	From, To git.TreeEntry
}

// Diff calls visit for every file, link or submodule that differs between the
// trees a and b, in the byte order of their names within a directory. Modes are compared as Git's
// canonical ones. It stops at the first error, also at visit's.
func Diff(ctx context.Context, r Reader, a, b git.ID, visit func(Change) error) error {
	return diff(ctx, r, "", a, b, visit)
}

func diff(ctx context.Context, r Reader, dir string, a, b git.ID, visit func(Change) error) error {
	if a == b {
		return nil
	}
	left, err := Read(ctx, r, a)
	if err != nil {
		return err
	}
	right, err := Read(ctx, r, b)
	if err != nil {
		return err
	}
	return Zip([]git.Tree{left, right}, func(name string, at []Node) error {
		from, to := at[0], at[1]
		if from == to {
			return nil
		}
		path := dir + name
		if from.File != to.File {
			c := Change{Path: path, From: from.Entry(name), To: to.Entry(name)}
			if err := visit(c); err != nil {
				return err
			}
		}
		return diff(ctx, r, path+"/", from.Dir, to.Dir, visit)
	})
}

// Same reports whether two trees hold the same, which trees of different bytes
// can: importers of old history wrote modes that Git reads as others.
func Same(ctx context.Context, r Reader, a, b git.ID) (bool, error) {
	err := Diff(ctx, r, a, b, func(Change) error { return errDifferent })
	if errors.Is(err, errDifferent) {
		return false, nil
	}
	return err == nil, err
}

// errDifferent ends a comparison at the first difference.
var errDifferent = errors.New("the trees differ")

// Read reads the tree id; the zero id reads as an empty tree.
func Read(ctx context.Context, r Reader, id git.ID) (git.Tree, error) {
	if id == git.ZeroID {
		return nil, nil
	}
	return r.Tree(ctx, id)
}

// File is the file part of a node: a blob, link or submodule with Git's
// canonical mode. The zero File is "no file here".
type File struct {
	Mode git.Mode
	ID   git.ID
}

// Node is what stands at one path: a file, a directory, or neither. Merging
// can want both at once, which is why they are two fields.
type Node struct {
	File File
	Dir  git.ID
}

// NodeOf is the node of a tree entry, its mode made canonical.
func NodeOf(e git.TreeEntry) Node {
	if e.Mode.IsTree() {
		return Node{Dir: e.ID}
	}
	return Node{File: File{Mode: Canonical(e.Mode), ID: e.ID}}
}

// Entry is the file part as an entry called name; mode zero when there is none.
func (n Node) Entry(name string) git.TreeEntry {
	return git.TreeEntry{Name: name, Mode: n.File.Mode, ID: n.File.ID}
}

// Canonical is the mode Git writes for m: history holds files of mode 100664
// and 100600 that Git reads as 100644.
func Canonical(m git.Mode) git.Mode {
	const kind, regular = 0o170000, 0o100000
	if m&kind != regular {
		return m
	}
	if m&0o100 != 0 {
		return git.ModeExec
	}
	return git.ModeFile
}

// Zip calls visit once for every name that any of the trees has, in byte
// order, with the node each tree has there. The slice is reused between calls.
//
// Names are matched as they are: Git sorts a directory as "name/", so equal
// names of different kind do not stand at the same place in two trees.
func Zip(trees []git.Tree, visit func(name string, at []Node) error) error {
	rest := make([]git.Tree, len(trees))
	for i, t := range trees {
		rest[i] = byName(t)
	}
	at := make([]Node, len(trees))
	for {
		name, ok := first(rest)
		if !ok {
			return nil
		}
		for i := range rest {
			at[i] = Node{}
			for len(rest[i]) > 0 && rest[i][0].Name == name {
				at[i] = NodeOf(rest[i][0])
				rest[i] = rest[i][1:]
			}
		}
		if err := visit(name, at); err != nil {
			return err
		}
	}
}

// byName is the tree in the byte order of its names, which most trees are in
// already: only a directory with a neighbour like "name-2" or "name.php" stands
// elsewhere in Git's order.
func byName(t git.Tree) git.Tree {
	compare := func(a, b git.TreeEntry) int { return strings.Compare(a.Name, b.Name) }
	if slices.IsSortedFunc(t, compare) {
		return t
	}
	t = slices.Clone(t)
	slices.SortFunc(t, compare)
	return t
}

// first is the least name at the head of any of the trees.
func first(trees []git.Tree) (name string, ok bool) {
	for _, t := range trees {
		if len(t) > 0 && (!ok || t[0].Name < name) {
			name, ok = t[0].Name, true
		}
	}
	return name, ok
}

// At returns what stands at path in the tree root: the zero Node when nothing does.
func At(ctx context.Context, r Reader, root git.ID, path string) (Node, error) {
	at := Node{Dir: root}
	for name := range strings.SplitSeq(path, "/") {
		t, err := Read(ctx, r, at.Dir)
		if err != nil {
			return Node{}, err
		}
		at = Node{}
		if e, ok := t.Entry(name); ok {
			at = NodeOf(e)
		}
	}
	return at, nil
}

// Sort puts entries into Git's order: directories as if their name ended in "/".
func Sort(t git.Tree) {
	slices.SortFunc(t, func(a, b git.TreeEntry) int { return strings.Compare(sortKey(a), sortKey(b)) })
}

func sortKey(e git.TreeEntry) string {
	if e.Mode.IsTree() {
		return e.Name + "/"
	}
	return e.Name
}

// Set returns the tree root with the file at path replaced by f, or removed
// when f is the zero File. Directories appear and vanish as needed. A file
// that stands where path needs a directory is replaced.
func Set(ctx context.Context, s Store, root git.ID, path string, f File) (git.ID, error) {
	name, rest, below := strings.Cut(path, "/")
	old, err := Read(ctx, s, root)
	if err != nil {
		return git.ZeroID, err
	}
	next := make(git.Tree, 0, len(old)+1)
	var child git.ID
	for _, e := range old {
		if e.Name != name {
			next = append(next, e)
		} else if e.Mode.IsTree() {
			child = e.ID
		}
	}
	if !below {
		if f != (File{}) {
			next = append(next, git.TreeEntry{Name: name, Mode: f.Mode, ID: f.ID})
		}
	} else {
		if child, err = Set(ctx, s, child, rest, f); err != nil {
			return git.ZeroID, err
		}
		if child != git.ZeroID {
			next = append(next, git.TreeEntry{Name: name, Mode: git.ModeTree, ID: child})
		}
	}
	if len(next) == 0 {
		return git.ZeroID, nil
	}
	Sort(next)
	return s.PutTree(next)
}
