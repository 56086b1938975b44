// Package rebase moves many branches onto a new base without a checkout.
//
// It is `git rebase --onto NEW BASE BRANCH` for a whole site at once: for every
// branch the commits that are its own are replayed in Git's order onto the new
// base, in memory. What object identity decides is merged here (package
// [mgit/internal/merge]), everything else by Git; a test compares both with
// `git rebase` on the same input. Where git rebase loses work, this package
// does not:
//
//   - a merge inside a branch is made again by Git and compared with the one
//     recorded; what a person changed in it is replayed like a commit;
//   - what a branch does is moved to Moodle's layout at the new base first (package
//     [mgit/internal/layout]), so that nothing lands outside of public/;
//   - a commit is left out only when replaying it leaves nothing. That its
//     patch once landed upstream is evidence, and may have been reverted.
//
// The result is a value: new commits in memory, and for every branch what
// became of each of its commits. Nothing is written and no ref is moved.
// Choosing branches, recording resolutions and moving refs is for others.
package rebase

import (
	"context"

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
}

// Request is one move of many branches.
type Request struct {
	// Onto is the commit the branches are moved to.
	Onto git.ID
	// History holds the branches' own commits; see [history.Read].
	History *history.Own
	// Branches in the order of the results.
	Branches []Branch
	// Committer of every new commit; the author stays.
	Committer git.Signature
	Options
}

// Options of a Request; the zero value is the default of each.
type Options struct {
	// Jobs is the number of merges and git processes at a time; 0 is one a
	// processor.
	Jobs int
	// Resolve is asked for every conflict before it is left for a person.
	// It returns the merged tree and the names of the resolutions used, or
	// ok false.
	Resolve func(ctx context.Context, c Unresolved) (r Resolved, ok bool, err error)
	// Known maps old commits to the new ones that an earlier run made of
	// them, so that stacked branches go on sharing commits.
	Known map[git.ID]git.ID
	// Places settles where paths belong that have no certain place in the layout of
	// the new base.
	Places layout.Places
	// Anew makes a new commit also of a step that stands already where it would
	// be replayed to. A pick wants that: the branch must not grow by a commit of
	// upstream's, which would become its base.
	Anew bool
	// Commit makes the commit object; nil keeps it in memory unsigned. It may
	// change the commit's message before.
	Commit func(ctx context.Context, c *git.Commit) (git.ID, error)
	// Progress is told of every branch that is done, from one goroutine.
	Progress func(Result)
}

// Branch is a branch to move.
type Branch struct {
	Name string
	Tip  git.ID
	// Base is the upstream commit the branch stands on, the newest where it
	// merged several; zero when it has none in common with upstream.
	Base git.ID
	// Carried is the tip an earlier run has carried: only what came after it
	// is replayed. Zero replays all.
	Carried git.ID
	// On is the commit the first pick goes onto; zero is the request's Onto.
	// With Carried it is the tip of the new branch.
	On git.ID
	// Replaced are commits that are not replayed, because what the first pick goes onto
	// has something newer in their place.
	Replaced map[git.ID]bool
	// Skip lists the branch's steps and replays none of them.
	Skip bool
}

// Fate is what became of one commit.
type Fate string

// The fates a commit can have in a rebase. Landed is set by [MarkLanded] only.
const (
	Kept    Fate = "kept"    // replayed
	Landed  Fate = "landed"  // left nothing, and upstream has a commit that did it
	Emptied Fate = "emptied" // left nothing
	Waiting Fate = "waiting" // after a conflict: for a person
	// Replaced are those of [Branch.Replaced].
	Replaced Fate = "replaced"
)

// Step is one commit of a branch, or the hand-made part of one of its merges.
type Step struct {
	Old    git.ID
	ByHand bool   // Old is a merge; its hand-made part is replayed
	Fate   Fate   //
	New    git.ID // the new commit, when kept
	// Base and Theirs are the trees whose difference is replayed.
	Base, Theirs git.ID
	// Relocation is not nil where these need not be the recorded trees, because the branch
	// was moved between Moodle's layouts.
	Relocation *Relocation

	commit *git.Commit
}

// Commit is the recorded commit of the step.
func (s Step) Commit() *git.Commit { return s.commit }

// Message is the message the replayed commit has.
func (s Step) Message() string {
	if s.ByHand {
		return ByHandMessage(s.commit)
	}
	return s.commit.Message
}

// ByHandMessage is the message of the commit that replays the hand-made part of a
// merge.
func ByHandMessage(merge *git.Commit) string {
	return "Resolution of merge " + merge.ID.String() + "\n\n" + merge.Message
}

// Conflict is a path of a step that Git could not merge, or that has no place in the
// new layout.
type Conflict struct {
	Commit git.ID
	Path   string
	Kind   string // the short type of `git merge-tree -z`, or KindUnplaced, KindMisplaced
	// Proposals are the places that a path may have which has no certain one.
	Proposals []string
}

// Merges counts the merges inside a branch. In = Clean + ByHand; those by hand
// are among the steps.
type Merges struct{ In, Clean, ByHand int }

// Result is what became of a branch. Steps are oldest first. When Conflicts is
// not empty, the step they belong to and all later ones are waiting, and Tip is
// the last commit before them.
type Result struct {
	Branch    Branch
	Tip       git.ID
	Steps     []Step
	Merges    Merges
	Conflicts []Conflict
	// Resolutions names the recorded resolutions used.
	Resolutions []string
	// Rebuild lists generated files where upstream's side was taken.
	Rebuild []string
	// Err is set when this branch could not be replayed at all: an object is
	// missing, say. The other branches are not affected.
	Err error
}

// Count returns how many steps have the fate.
func (r Result) Count(f Fate) int {
	n := 0
	for _, s := range r.Steps {
		if s.Fate == f {
			n++
		}
	}
	return n
}

// Parked reports that the branch waits for a person.
func (r Result) Parked() bool { return len(r.Conflicts) > 0 }

// Unresolved is a conflict a recorded resolution may settle.
type Unresolved struct {
	Step   Step
	Onto   git.ID // tree the step is picked onto
	Merged git.Merged
}

// Resolved is a conflict settled by recorded resolutions.
type Resolved struct {
	Tree git.ID
	Used []string // names, as the report shows them
}
