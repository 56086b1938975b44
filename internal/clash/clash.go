// Package clash finds out which branches get in each other's way: all pairs that
// change the same file, the same lines, or conflict when they are merged.
//
// Of n branches there are n(n-1)/2 pairs, and hardly any two of them meet. A pair
// is looked at only where both sides, seen from their common ancestor, change the
// same path, or where one puts a file at a path that the other needs as a folder.
// No other pair can conflict: package merge's rule decides each of those merges
// without Git, and Git agrees with it (renamed directories are off, as everywhere
// in mgit; with them a file that one side adds could meet a folder that the other
// moved). A rename is no exception: Git looks for one only where a path that is
// gone on one side was changed on the other, and that path both have touched. A
// property test holds all pairs of random branches against git, the pairs that were
// not looked at above all.
//
// What the pairs that remain become is decided as in every merge of mgit: by
// identity where that suffices (package mgit/internal/merge), else by Git. A
// pair's answer is that of `git merge-tree --write-tree A B`, with the attributes
// of A, as if A were checked out.
//
// Which branches there are, and what people make of the answer, is left to others.
package clash

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/history"
)

// Branch is one of the branches to compare.
type Branch struct {
	Name string
	Tip  git.ID
}

// Request says what to compare.
type Request struct {
	Branches []Branch
	// History holds the own commits of every tip; see [history.Read].
	History *history.Own
	Options
}

// Options of a Request; the zero value is the default of each.
type Options struct {
	// Of are indexes of branches: only pairs that one of them is part of are
	// looked at. Nil is all pairs.
	Of []int
	// Jobs is the number of git processes at a time; 0 is one a processor.
	Jobs int
	// Progress is told how many of the merges that Git was asked for are done.
	Progress func(done, all int)
}

// Objects is the object store of a comparison. Its methods are safe for concurrent
// use. [git.Scratch] is one.
type Objects interface {
	Commit(ctx context.Context, id git.ID) (*git.Commit, error)
	Commits(ctx context.Context, ids []git.ID) ([]*git.Commit, error)
	Tree(ctx context.Context, id git.ID) (git.Tree, error)
	ReadTrees(ctx context.Context, ids []git.ID) error
	PutTree(t git.Tree) (git.ID, error)
	Blobs(ctx context.Context, ids []git.ID, each func(i int, data []byte, found bool) error) error
	MergeTrees(ctx context.Context, attributes git.ID, merges []git.Merge) ([]git.Merged, error)
}

// Bases answers about upstream's history; [git.Repo] does.
type Bases interface {
	MergeBases(ctx context.Context, a, b git.ID) ([]git.ID, error)
	Independent(ctx context.Context, ids []git.ID) ([]git.ID, error)
}

// Level is how badly two branches get in each other's way.
type Level int

// The levels, each worse than the one before.
const (
	Apart    Level = iota // they have nothing to do with each other
	File                  // they change the same file, in different places
	SameLine              // they change the same lines, or lines without one between them
	Conflict              // Git cannot merge them alone
)

// String is the level's name in JSON.
func (l Level) String() string {
	return []string{"none", "file", "lines", "conflict"}[l]
}

// Map is what there is to say about some branches.
type Map struct {
	Changes []Changes // one a branch
	// Pairs are those that get in each other's way, in the order of A, then of B.
	Pairs []Pair
	// Compared is how many pairs were compared; those where one branch stands on
	// the other are not among them. Tried is how many of them met, and Asked how many
	// of these identity did not decide.
	Compared, Tried, Asked int
}

// Changes is what one branch changes.
type Changes struct {
	Base  git.ID   // the upstream commit that it stands on; zero: none
	Paths []string // that differ between Base and its tip, sorted
	// On are indexes of the branches that it stands on: it has all of their commits.
	On []int
}

// Pair are two branches that get in each other's way.
type Pair struct {
	A, B  int // indexes of branches, A the smaller
	Level Level
	// Files are the paths that both change, seen from what each stands on; sorted.
	Files []string
	// Lines are those of Files in which both change the same lines.
	Lines []Lines
	// Conflicts are the paths that Git cannot merge.
	Conflicts []git.Conflict
	// ByBase tells that they conflict although they change no path together: one
	// of them stands on a later upstream commit, which changed what the other did.
	ByBase bool
	// Unread are those of Files whose lines could not be compared, because an
	// object is missing.
	Unread []string
	// Err is set where Git could not tell, see [git.Merged]. It counts as a
	// conflict.
	Err error
}

// Lines are places in a file that two branches change.
type Lines struct {
	Path string
	// Whole tells that the file has no lines to compare: a branch adds or removes
	// it, or it is binary, a link or a submodule.
	Whole bool
	// Ranges are places in the file of the common ancestor, in order.
	Ranges []Range
}

// Range is a run of lines, counted from 1. With no lines it is the place before
// line Start.
type Range struct{ Start, Lines int }

// Find compares all pairs of the branches. It writes nothing but what objects
// keeps for itself. The error is for objects that are missing and for git that
// cannot run; a merge that only Git could not do is the pair's.
func Find(ctx context.Context, objects Objects, bases Bases, request Request) (*Map, error) {
	f := &finder{objects: objects, request: request}
	return f.find(ctx, bases)
}

// finder is one run of Find.
type finder struct {
	objects Objects
	request Request
	// blind are the ways of meeting that the finder does not see. A test of the
	// property test takes one out at a time.
	blind meeting

	anchors *anchors
	views   map[view][]change
	changes []Changes
	own     []map[string]bool // paths by branch, from Changes
	spans   map[[2]git.ID]spans
}

func (f *finder) find(ctx context.Context, bases Bases) (*Map, error) {
	f.views, f.spans = make(map[view][]change), make(map[[2]git.ID]spans)
	var err error
	if f.anchors, err = findAnchors(ctx, bases, f.request); err != nil {
		return nil, err
	}
	if err := f.readChanges(ctx, bases); err != nil {
		return nil, err
	}
	m := &Map{Changes: f.changes, Compared: len(f.anchors.of)}
	encounters, err := f.encounters(ctx)
	if err != nil {
		return nil, err
	}
	m.Tried = len(encounters)
	asks, err := f.undecided(ctx, encounters)
	if err != nil {
		return nil, err
	}
	m.Asked = len(asks)
	var gitErr error
	var asking crew.Group
	asking.Go(func() { gitErr = f.askGit(ctx, asks) })
	err = f.compareLines(ctx, encounters)
	asking.Wait()
	if err := cmp.Or(err, gitErr); err != nil {
		return nil, err
	}
	for _, e := range encounters {
		if e.settle(); e.Level > Apart {
			m.Pairs = append(m.Pairs, e.Pair)
		}
	}
	slices.SortFunc(m.Pairs, comparePairs)
	return m, nil
}

// readChanges compares every branch with what it stands on.
func (f *finder) readChanges(ctx context.Context, bases Bases) error {
	var standing []view
	for i, b := range f.request.Branches {
		base, err := history.Base(ctx, bases, f.request.History, b.Tip)
		if err != nil {
			return err
		}
		standing = append(standing, view{base, i})
	}
	if err := f.readAhead(ctx, standing); err != nil {
		return err
	}
	for i, b := range f.request.Branches {
		c := Changes{Base: standing[i].from, On: f.anchors.on[i]}
		changed, err := f.view(ctx, c.Base, i)
		if err != nil {
			return fmt.Errorf("read what %s changes: %w", b.Name, err)
		}
		own := make(map[string]bool, len(changed))
		for _, ch := range changed {
			c.Paths = append(c.Paths, ch.Path)
			own[ch.Path] = true
		}
		slices.Sort(c.Paths)
		f.changes, f.own = append(f.changes, c), append(f.own, own)
	}
	return nil
}

// treeOf is the tree of a commit; zero that of no commit.
func (f *finder) treeOf(ctx context.Context, commit git.ID) (git.ID, error) {
	if commit == git.ZeroID {
		return git.ZeroID, nil
	}
	c, err := f.objects.Commit(ctx, commit)
	if err != nil {
		return git.ZeroID, err
	}
	return c.Tree, nil
}
