// Package merge merges three trees as far as object identity decides, and says
// where it does not.
//
// Git's own merge reads and compares contents, detects renames and costs
// milliseconds a merge. Nine of ten commits of a Moodle site need none of it:
// a branch that adds a plugin, or edits a file upstream left alone, changes
// paths that the other side did not touch. [Identity] finds out which case it
// is from object ids alone, reading only the directories that differ, and
// either returns exactly the tree Git would have made or asks for Git.
//
// The rule was found by experiment and is kept by one: property tests compare
// it with git on random trees. For each path think of two parts, the file
// standing there (blob, link, submodule, with mode) and the directory (its
// children). Where two of the three versions agree the third is taken, without
// looking inside. Git must be asked when
//
//  1. the file parts differ in all three versions: edited on both sides, added
//     differently, the mode changed here and the bytes there;
//  2. one side deleted the path and the other changed it: it may have been
//     renamed, and only Git knows how it looks for that;
//  3. a path of the base is gone on both sides, again perhaps a rename; also
//     inside directories that are equal on both sides but differ from the base;
//  4. the merged node would be a file and a directory at once.
//
// It knows nothing of refs, commits or the disk: it sees an object store.
package merge

import (
	"context"
	"fmt"
	"strings"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// Reason says why identity does not decide a merge. The zero Reason means that
// it does.
type Reason uint8

// The reasons, one for each exception of the package comment. A merge can have
// several at once.
const (
	BothChanged   Reason = 1 << iota // exception 1
	DeletedOnOne                     // exception 2
	DeletedOnBoth                    // exception 3
	FileAndFolder                    // exception 4
)

// Decided reports that the merge needs no one else.
func (r Reason) Decided() bool { return r == 0 }

// MayRename reports that Git will look for renames, which takes many times
// longer than merging lines: such a merge should be started first.
func (r Reason) MayRename() bool { return r&(DeletedOnOne|DeletedOnBoth) != 0 }

func (r Reason) String() string {
	if r == 0 {
		return "decided"
	}
	var words []string
	for i, w := range []string{"both changed", "deleted on one side", "deleted on both sides", "file and folder"} {
		if r&(1<<i) != 0 {
			words = append(words, w)
		}
	}
	return strings.Join(words, ", ")
}

// Identity merges ours and theirs, two trees derived from base. When the
// Reason is zero the tree returned is the one Git would have made, and its new
// trees were put into s; otherwise the tree is meaningless and Git decides.
// The zero id stands for the empty tree, as argument and as result.
//
// Git rewrites the root of a merge with canonical modes even where one side is
// taken whole; so does Identity. Below the root, a directory that only one side
// has may keep a mode that Git no longer writes (100664) where Git, looking for
// renames in it, would have written 100644. Git reads the two as one, and
// Moodle's history since 1.9 has none.
func Identity(ctx context.Context, s tree.Store, base, ours, theirs git.ID) (git.ID, Reason, error) {
	return WithContents(ctx, s, base, ours, theirs, nil)
}

// Contents is the merge of one file whose three versions differ, or ok = false
// where that is not known.
type Contents func(path string, base, ours, theirs tree.File) (merged tree.File, ok bool)

// WithContents is [Identity] with answers for exception 1, which is about single
// files: where nothing else stands in the way, Git merges a file that all three
// trees have as it would merge it alone. Contents is asked for every such
// exception, also after one that it cannot answer.
func WithContents(ctx context.Context, s tree.Store, base, ours, theirs git.ID, contents Contents) (git.ID, Reason, error) {
	m := merger{ctx: ctx, store: s, contents: contents, exceptions: BothChanged | DeletedOnOne | DeletedOnBoth | FileAndFolder}
	return m.root(base, ours, theirs)
}

// merger is one run of Identity. The exceptions in force are a field so that
// the test of the property test can take one out.
type merger struct {
	ctx        context.Context
	store      tree.Store
	contents   Contents
	exceptions Reason
	asked      Reason
}

func (m *merger) root(base, ours, theirs git.ID) (git.ID, Reason, error) {
	id, err := m.dir("", zero(base), zero(ours), zero(theirs))
	if err != nil {
		return git.ZeroID, 0, fmt.Errorf("merge trees %s and %s over %s: %w", ours, theirs, base, err)
	}
	if m.asked != 0 || id == git.ZeroID {
		return git.ZeroID, m.asked, nil
	}
	id, err = m.canonical(id)
	return id, 0, err
}

// zero maps the empty tree to the zero id, so that "absent" and "empty" are
// one thing, as they are to Git.
func zero(id git.ID) git.ID {
	if id == git.EmptyTree {
		return git.ZeroID
	}
	return id
}

func (m *merger) ask(r Reason) { m.asked |= r & m.exceptions }

func (m *merger) dir(path string, base, ours, theirs git.ID) (git.ID, error) {
	switch {
	case ours == theirs:
		return m.agreed(base, ours)
	case base == ours:
		return theirs, nil
	case base == theirs:
		return ours, nil
	}
	var sides [3]git.Tree
	for i, id := range []git.ID{base, ours, theirs} {
		t, err := tree.Read(m.ctx, m.store, id)
		if err != nil {
			return git.ZeroID, err
		}
		sides[i] = t
	}
	merged := make(git.Tree, 0, max(len(sides[1]), len(sides[2])))
	err := tree.Zip(sides[:], func(name string, at []tree.Node) error {
		n, err := m.node(join(path, name), at[0], at[1], at[2])
		if err != nil {
			return err
		}
		if n.File != (tree.File{}) {
			merged = append(merged, n.Entry(name))
		}
		if n.Dir != git.ZeroID {
			merged = append(merged, git.TreeEntry{Name: name, Mode: git.ModeTree, ID: n.Dir})
		}
		return nil
	})
	if err != nil || m.asked != 0 || len(merged) == 0 {
		return git.ZeroID, err
	}
	tree.Sort(merged)
	return m.store.PutTree(merged)
}

// join is where name stands in the folder path, "" for the root.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

func (m *merger) node(path string, base, ours, theirs tree.Node) (tree.Node, error) {
	var n tree.Node
	var err error
	n.File = m.file(path, base.File, ours.File, theirs.File)
	if n.Dir, err = m.dir(path, zero(base.Dir), zero(ours.Dir), zero(theirs.Dir)); err != nil {
		return n, err
	}
	if n.File != (tree.File{}) && n.Dir != git.ZeroID {
		m.ask(FileAndFolder)
	}
	return n, nil
}

func (m *merger) file(path string, base, ours, theirs tree.File) tree.File {
	none := tree.File{}
	switch {
	case ours == theirs:
		if ours == none && base != none {
			m.ask(DeletedOnBoth)
		}
		return ours
	case base == ours:
		return theirs
	case base == theirs:
		return ours
	case ours == none || theirs == none:
		m.ask(DeletedOnOne)
	default:
		if m.contents != nil {
			if merged, ok := m.contents(path, base, ours, theirs); ok {
				return merged
			}
		}
		m.ask(BothChanged)
	}
	return none // whatever: Git decides
}

// agreed is the directory both sides have. Where it differs from the base, a
// file of the base may be gone, on both sides: exception 3. Git descends there
// too and writes what it finds with canonical modes.
func (m *merger) agreed(base, now git.ID) (git.ID, error) {
	if base == now || now == git.ZeroID && base == git.ZeroID {
		return now, nil
	}
	before, err := tree.Read(m.ctx, m.store, base)
	if err != nil {
		return now, err
	}
	after, err := tree.Read(m.ctx, m.store, now)
	if err != nil {
		return now, err
	}
	was := make(map[string]tree.Node, len(before))
	for _, e := range before {
		was[e.Name] = tree.NodeOf(e)
	}
	next := make(git.Tree, 0, len(after))
	same := true
	for _, e := range after {
		n, old := tree.NodeOf(e), was[e.Name]
		delete(was, e.Name)
		if n.File == (tree.File{}) && old.File != (tree.File{}) {
			m.ask(DeletedOnBoth)
		}
		dir, err := m.agreed(zero(old.Dir), zero(n.Dir))
		if err != nil {
			return now, err
		}
		kept := git.TreeEntry{Name: e.Name, Mode: n.File.Mode, ID: n.File.ID}
		if e.Mode.IsTree() {
			kept = git.TreeEntry{Name: e.Name, Mode: e.Mode, ID: dir}
		}
		same = same && kept == e
		next = append(next, kept)
	}
	for _, gone := range was {
		if gone.File != (tree.File{}) {
			m.ask(DeletedOnBoth)
		}
		if _, err := m.agreed(zero(gone.Dir), git.ZeroID); err != nil {
			return now, err
		}
	}
	if same || m.asked != 0 {
		return now, nil
	}
	return m.store.PutTree(next)
}

// canonical rewrites the entries of the root with canonical modes.
func (m *merger) canonical(root git.ID) (git.ID, error) {
	t, err := tree.Read(m.ctx, m.store, root)
	if err != nil {
		return root, err
	}
	next := make(git.Tree, len(t))
	same := true
	for i, e := range t {
		next[i] = e
		next[i].Mode = tree.Canonical(e.Mode)
		same = same && next[i].Mode == e.Mode
	}
	if same {
		return root, nil
	}
	return m.store.PutTree(next)
}
