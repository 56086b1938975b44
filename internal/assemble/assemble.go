// Package assemble builds a target: one branch that is made by merging many.
//
// It is a loop of `git merge` without a checkout. A recipe is a list of steps,
// each the tip of a branch or a tag of upstream; [Run] merges them one after the
// other onto a commit, in memory. What object identity decides is merged here
// (package mgit/internal/merge), everything else by Git; tests compare the
// result with a loop of `git merge` on the same input. A step that conflicts is
// left out and the next ones go on without it. A branch that stands on a release of
// Moodle's other layout is moved to that of the target first (package
// mgit/internal/layout).
//
// The other way round, [ReadLine] reads from the history of a target how it was
// made, and [Line.Prove] makes every merge in it again: what is in the target
// and comes from no branch, and what of a branch is not in it although it was
// merged, is found by content and not by names.
//
// # The line of a target
//
// A target's line is the chain of its first parents. Servers that follow a
// target must be able to fast-forward, so a target that is made afresh is
// committed on top of its old tip. Such a join has the tree of the fresh line
// and names it in a trailer; its first parent counts for nothing in what the
// target is made of:
//
//	BASE ── M1 ── M2 ── M3 ───── J ── M4      the target
//	  \                         /
//	   F1 ── F2 ── F3 ─────────┘              made afresh; tree(J) = tree(F3)
//
// The line of M4 is BASE F1 F2 F3 J M4. Merges on top of J are made as Git would
// make them on F3: what the old line had merged is not in the target any more
// only because its commits are reachable.
//
// Which branches belong to a target, and in what order, is left to others, and
// so is every ref that moves.
package assemble

import (
	"context"
	"strings"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/layout"
)

// Objects is the object store the engine works in. Its methods are safe for
// concurrent use. [git.Scratch] is one.
type Objects interface {
	Commit(ctx context.Context, id git.ID) (*git.Commit, error)
	Commits(ctx context.Context, ids []git.ID) ([]*git.Commit, error)
	Tree(ctx context.Context, id git.ID) (git.Tree, error)
	Blob(ctx context.Context, id git.ID) ([]byte, error)
	PutTree(t git.Tree) (git.ID, error)
	PutCommit(c *git.Commit) git.ID
	MergeTrees(ctx context.Context, attributes git.ID, merges []git.Merge) ([]git.Merged, error)
	// Spill writes an object in memory, and those below it, where git sees them.
	Spill(ctx context.Context, id git.ID) error
}

// Commits reads a commit; [git.Store] does.
type Commits interface {
	Commit(ctx context.Context, id git.ID) (*git.Commit, error)
}

// Bases answers about upstream's history; [git.Repo] does.
type Bases interface {
	MergeBases(ctx context.Context, a, b git.ID) ([]git.ID, error)
	Independent(ctx context.Context, ids []git.ID) ([]git.ID, error)
}

// Step is one merge of a recipe.
type Step struct {
	Name     string // the full name of a branch, or a tag of upstream
	Upstream bool   // Name is a tag of upstream
	Tip      git.ID // the commit that is merged
	// Requires names steps without which this one makes no sense: where one of
	// them is parked, this one waits.
	Requires []string
}

// Request is one assembly.
type Request struct {
	// Onto is the commit that the line goes on from: the base of a fresh line, or
	// the tip of the target.
	Onto git.ID
	// History holds the own commits of Onto and of every step's tip; see
	// [history.Read].
	History *history.Own
	Steps   []Step
	// Committer and author of every merge commit.
	Committer git.Signature
	// Message is the message of the commit that a step made.
	Message func(Merge) string
	Options
}

// Options of a Request; the zero value is the default of each.
type Options struct {
	// Jobs is the number of git processes at a time; 0 is one a processor.
	Jobs int
	// Places settles where paths belong that have no certain place in the layout of
	// the target, for branches that stand on the other one of Moodle's two layouts.
	Places layout.Places
	// Resolve is asked for every conflict before it is left for a person.
	Resolve func(ctx context.Context, c Unresolved) (r Resolved, ok bool, err error)
	// Commit makes the commit object; nil keeps it in memory unsigned.
	Commit func(ctx context.Context, c *git.Commit) (git.ID, error)
	// Progress is told of every step that is done, in order.
	Progress func(Merge)
}

// Unresolved is a conflict that a recorded resolution may settle.
type Unresolved struct {
	Step   Step
	Ours   git.ID // the tree merged into
	Merged git.Merged
}

// Resolved is a conflict that was settled.
type Resolved struct {
	Tree git.ID
	Used []string // names of recorded resolutions, as reports show them
}

// Outcome is what became of a step.
type Outcome string

// The outcomes.
const (
	Clean     Outcome = "clean"     // merged
	Settled   Outcome = "resolved"  // merged; recorded resolutions settled a conflict
	Unchanged Outcome = "unchanged" // the line has it already
	Conflict  Outcome = "conflict"  // left out, for a person
	Held      Outcome = "held"      // left out, since it requires one that was left out
	Failed    Outcome = "failed"    // an object is missing
)

// Merge is one step and what became of it.
type Merge struct {
	Step
	Outcome Outcome
	Commit  git.ID // the merge commit; zero where nothing was merged
	Tree    git.ID // the tree after the step; that before it where nothing was merged
	// Conflicts are the paths that Git could not merge, of a step that was left
	// out and of one that was settled.
	Conflicts   []git.Conflict
	Resolutions []string // recorded resolutions that were used
	// Files are the settled files of the tree: how each path that was in conflict
	// looks after the merge.
	Files []File
	// Rebuild lists generated files where the target's side was taken.
	Rebuild []string
	// Unplaced are those of the Conflicts that have no certain place in the layout of
	// the target, with the places they may have.
	Unplaced []layout.Unplaced
	// After is the parked step because of which this one is held.
	After string
	Err   error // of a step that failed
	By    Decider
}

// File is a path and what stands there; the zero Mode means nothing.
type File struct {
	Path string
	Mode git.Mode
	ID   git.ID
}

// Result is what [Run] made.
type Result struct {
	Merges []Merge // one a step, in order
	Tip    git.ID  // the last merge commit, or Onto
	Tree   git.ID  // its tree
}

// freshTrailer begins the line of a join's message that names the fresh line.
const freshTrailer = "Mgit-Fresh: "

// Fresh returns the fresh line that the commit joins, and whether it is a join:
// a commit of two parents with the tree of the second, which a trailer of its
// message names.
func Fresh(ctx context.Context, objects Commits, c *git.Commit) (git.ID, bool, error) {
	if len(c.Parents) != 2 || !strings.Contains(c.Message, "\n"+freshTrailer+c.Parents[1].String()+"\n") {
		return git.ZeroID, false, nil
	}
	fresh, err := objects.Commit(ctx, c.Parents[1])
	if err != nil {
		return git.ZeroID, false, err
	}
	return fresh.ID, fresh.Tree == c.Tree, nil
}

// JoinMessage is the message of the commit that joins a fresh line to the target:
// a first line by which it can be told from a distance, the text, and the trailer
// that names the fresh line.
func JoinMessage(target, text string, fresh git.ID) string {
	if text = strings.TrimSpace(text); text != "" {
		text += "\n\n"
	}
	return joinBegins + target + joinEnds + "\n\n" + text + freshTrailer + fresh.String() + "\n"
}

// The first line of a join's message.
const joinBegins, joinEnds = "Make ", " afresh"

// MayBeJoin reports whether a commit with this first line of its message can be a
// join; whether it is, [Fresh] says.
func MayBeJoin(subject string) bool {
	return strings.HasPrefix(subject, joinBegins) && strings.HasSuffix(subject, joinEnds)
}
