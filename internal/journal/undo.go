package journal

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
)

// Undo is what taking a run back would do.
type Undo struct {
	Run int
	// Moves take the references back that are still where the run moved them.
	Moves []Move
	// Left are the references that have moved since: they stay where they are.
	Left []LeftRef
	// Refused are the references that a worktree has checked out.
	Refused []LeftRef
}

// LeftRef is a reference that an undo does not move.
type LeftRef struct {
	Group, Ref string
	Now        git.ID // zero: it does not exist
	Worktree   string // where it is checked out
}

// Draft makes the undo a run of its own, so that it can be undone in turn.
// payload is the caller's, as in every draft.
func (u Undo) Draft(command string, payload []byte) Draft {
	return Draft{Command: command, Moves: u.Moves, Payload: payload, Undoes: u.Run}
}

// PlanUndo returns how to take the run back. References that are back already
// are passed over; a run that was taken back has no moves. The run must be done.
func PlanUndo(ctx context.Context, repo *git.Repo, run *Run) (Undo, error) {
	undo := Undo{Run: run.Number}
	if !run.Done {
		return undo, fmt.Errorf("undo run %d: it is not finished", run.Number)
	}
	now, err := readValues(ctx, repo)
	if err != nil {
		return undo, fmt.Errorf("undo run %d: %w", run.Number, err)
	}
	trees, err := checkedOut(ctx, repo)
	if err != nil {
		return undo, fmt.Errorf("undo run %d: %w", run.Number, err)
	}
	out := make(map[string]bool)
	for _, t := range run.TakenOut {
		out[t.Group] = true
	}
	for _, m := range run.Moves {
		at := now[m.Ref]
		left := LeftRef{Group: m.Group, Ref: m.Ref, Now: at, Worktree: trees[m.Ref]}
		switch {
		case m.IsVerify() || at == m.Old:
		case at != m.New && out[m.Group]:
			// The run never moved it.
		case at != m.New:
			undo.Left = append(undo.Left, left)
		case left.Worktree != "":
			undo.Refused = append(undo.Refused, left)
		default:
			if err := exists(ctx, repo, m.Old); err != nil {
				return undo, fmt.Errorf("undo run %d: %s: %w", run.Number, m.Ref, err)
			}
			undo.Moves = append(undo.Moves, Move{Group: m.Group, Ref: m.Ref, Old: m.New, New: m.Old})
		}
	}
	return undo, nil
}

// exists makes sure that a reference can be moved to id. Commits are kept by the
// run; a deleted tag's own object may have been pruned.
func exists(ctx context.Context, repo *git.Repo, id git.ID) error {
	if id == git.ZeroID {
		return nil
	}
	_, err := repo.Store().Object(ctx, id)
	if errors.Is(err, git.ErrNotFound) {
		return fmt.Errorf("its old value was pruned: %w", err)
	}
	return err
}
