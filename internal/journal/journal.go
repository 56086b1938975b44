// Package journal makes a run durable: it moves the references of a run all
// the way or not at all, finishes a run that was killed, and takes one back.
//
// Git's reference transactions are not crash-atomic over many references. So
// the commit point of a run is one reference, refs/mgit/runs/N. It names a commit
// whose tree lists every move and whose parents are all tips concerned, so that
// nothing a run needs can be pruned:
//
//	refs/mgit/runs/12
//	      │
//	      ▼
//	  "mgit run 12: done"        moves, payload, command, outcome
//	      │
//	      ▼
//	  "mgit run 12: applying"    moves, payload, command
//	   │  │  │  …
//	   ▼  ▼  ▼
//	  old and new tips
//
// [Apply] writes the intent into the lock file, makes the run's objects visible,
// creates the run's reference, moves all others, lets the caller add to the
// shared branch, and marks the run done. From the moment the objects are visible
// the run will be finished, by [Mend] if it must be, which every command calls
// first. [PlanUndo] makes the draft of a run that takes another one back.
//
// Killed means killed: every process of ours gone at once, git included. The
// lock is a flock(2) that git children inherit, so it is free only when the last
// of them has ended. A machine that loses power is as safe as Git's and the file
// system's own promises.
//
// What is moved and why, the journal does not know: the payload is the caller's,
// and so is the commit on the shared branch. Windows is not supported.
package journal

import (
	"context"
	"fmt"
	"time"

	"mgit/internal/git"
)

// SharedRef is the branch that a team shares; only a [Shared] function moves it.
const SharedRef = "refs/heads/mgit"

// RunPrefix begins the names of the journal's own references.
const RunPrefix = "refs/mgit/runs/"

// Move is what a run does to one reference.
type Move struct {
	// Group is what stands or falls together: the full name of the old branch.
	// Where one move of a group cannot be made, none of them is.
	Group string
	// Ref is the full name of the reference.
	Ref string
	// Old and New are its values before and after. A zero Old means that the
	// reference must not exist, a zero New deletes it; where both are equal it is
	// only verified.
	Old, New git.ID
	// Worktree, when it is not empty, is the directory of the worktree that has
	// the reference checked out. If that is clean it is fast-forwarded together
	// with the reference, by git merge --ff-only, without hooks.
	Worktree string
}

// IsVerify reports whether the move only checks that the reference is unchanged.
func (m Move) IsVerify() bool { return m.Old == m.New }

// Draft is a run that is not applied yet.
type Draft struct {
	Command string // the command line, for people
	Moves   []Move
	Payload []byte // the caller's; given back in Run
	Undoes  int    // the number of the run that this one takes back; 0: none
}

// Run is one apply, as the journal recorded it.
type Run struct {
	Number  int
	Commit  git.ID // what refs/mgit/runs/N names
	Command string
	When    time.Time
	Who     git.Signature
	Moves   []Move
	Payload []byte
	// Done is false while the run is being applied, or was killed.
	Done bool
	// TakenOut are the moves because of which their groups were not made. It is known
	// when the run is done.
	TakenOut []TakenOut
	// SharedOld and SharedNew are the shared branch before and after this run's
	// commit; equal when the run added nothing.
	SharedOld, SharedNew git.ID
	Undoes               int
}

// Ref is the full name of the run's own reference.
func (r *Run) Ref() string { return runRef(r.Number) }

func runRef(n int) string { return fmt.Sprintf("%s%d", RunPrefix, n) }

// Cause is why a group was taken out of a run.
type Cause string

// The causes. They are stored, so their texts do not change.
const (
	CauseMoved      Cause = "moved"       // the reference is no longer where the plan saw it
	CauseCheckedOut Cause = "checked-out" // a worktree has it checked out and cannot follow
	CauseRefused    Cause = "refused"     // git said no: locked for long, or a name that cannot be
)

// TakenOut is a group that a run did not move, and the first reference because
// of which it did not.
type TakenOut struct {
	Group, Ref string
	Cause      Cause
	Reason     string // a sentence for people
}

// Shared makes the commit that carries the run on the shared branch: on top of
// tip (zero: there is no such branch yet). It leaves its objects in the memory of
// repo.Store() and returns the commit, or tip when there is nothing to add. It
// is called again when somebody else moved the branch meanwhile, and once more
// for a run that was killed after the branch had moved; it should return tip
// when tip says everything already.
type Shared func(ctx context.Context, run *Run, tip git.ID) (git.ID, error)

// DamagedError says that a stored run cannot be read.
type DamagedError struct {
	Ref     string
	Text    string
	WayBack string // what the user can do about it
}

func (e *DamagedError) Error() string { return fmt.Sprintf("%s is damaged: %s", e.Ref, e.Text) }

func damaged(ref, format string, args ...any) *DamagedError {
	return &DamagedError{
		Ref:  ref,
		Text: fmt.Sprintf(format, args...),
		WayBack: fmt.Sprintf("git update-ref -d %s takes this run out of the journal; "+
			"all branches stay where they are, and it can no longer be undone", ref),
	}
}

// UnfinishedError says that a run stands past its commit point and cannot be
// finished now. The next command will try again.
type UnfinishedError struct {
	Run int
	Err error
}

func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("run %d is not finished: %v", e.Run, e.Err)
}

func (e *UnfinishedError) Unwrap() error { return e.Err }
