// Package layout moves trees and paths between Moodle's two layouts.
//
// Until 5.0 the web server's root is the top of the repository, since 5.1 it is
// public/. The change is not one prefix: admin/cli, lib/components.json, the tools'
// files and others stayed, and index.php is at both places
// (https://moodledev.io/docs/5.1/guides/restructure). Git follows it badly: a new
// plugin lands outside the web root without any conflict.
//
// So nothing is guessed and no list of paths is kept here. A [Move] is read from two
// trees of upstream's, one of either layout: a name that the newer has at exactly one
// of the two places belongs there, a folder that it has at both is looked into, and
// what is new in a folder goes where the folder went. What stands at the top and is
// neither in one of the releases nor part of a component has no certain place; the
// move says so and what the places are, and a person or a setting decides.
//
// Trees are moved as wholes by their ids, so that the cost is that of the few folders
// that are split. No file is read but those which declare components. What is made
// of moved trees (a rebase, a comparison) is left to others.
package layout

import (
	"context"

	"mgit/internal/git"
)

// Objects is the object store a move works in. [git.Scratch] and [git.Store] are.
type Objects interface {
	Tree(ctx context.Context, id git.ID) (git.Tree, error)
	Blob(ctx context.Context, id git.ID) ([]byte, error)
	PutTree(t git.Tree) (git.ID, error)
}

// Places settles where paths belong of which the releases say nothing. A path is
// written as a tree has it that keeps everything at the top, "deploy" or
// "deploy/web", and stands for all that is below it; the longest one wins.
type Places struct {
	Root   []string // stay at the top of the repository
	Public []string // are served, and so belong below public/
}

// Unplaced is a path that has no certain place in the other layout: a file, or the
// highest folder of which nothing is known.
type Unplaced struct {
	Path string
	// Proposals are the places it may have, the one at which [Move.Tree] leaves it
	// first.
	Proposals []string
}

// Moved is a change of a commit that stands elsewhere in the other layout.
type Moved struct {
	// From and To are the path before and after: of a file, or the folder of a
	// plugin that the release does not have.
	From, To string
	Link     bool // it is a submodule, which .gitmodules names by its path
}

// Change is what a commit does, in the other layout.
type Change struct {
	// Base and Theirs are the moved trees whose difference is the change.
	Base, Theirs git.ID
	Moved        []Moved
	Unplaced     []Unplaced
}
