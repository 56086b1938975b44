package conflictview

import (
	"context"
	"errors"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/journal"
	"mgit/internal/report"
	"mgit/internal/upgrade"
	"mgit/tui/screen"
)

// preview says which references a dry run would have moved, with the values that they have now, and what else it
// would come to.
func preview(ctx context.Context, site *job.Site, r *job.ResolveReport, leaves bool) (screen.Preview, error) {
	var p screen.Preview
	for _, b := range r.Branches {
		p.Lines = append(p.Lines, report.ResolvedHeadline(b))
		if b.Reason != "" {
			p.Lines = append(p.Lines, b.Reason)
		}
		for _, c := range b.Conflicts {
			p.Lines = append(p.Lines, report.ConflictWords(c))
		}
		p.Moves = append(p.Moves, branchMoves(b, leaves)...)
	}
	for _, t := range r.Targets {
		p.Lines = append(p.Lines, report.TargetHeadline(t))
		if t.Reason != "" {
			p.Lines = append(p.Lines, t.Reason)
		}
		if t.Outcome == upgrade.OutcomeResolved {
			p.Moves = append(p.Moves,
				screen.Move{Ref: "refs/heads/" + t.Target, New: screen.MadeByRun},
				screen.Move{Ref: journal.SharedRef, New: screen.MadeByRun})
			p.Lines = append(p.Lines, "What was resolved is recorded on the mgit branch, and the ledger gets the branch's new state.")
		}
	}
	return withValues(ctx, site, p)
}

// branchMoves are the references of a branch that would move, without the values that they have now. leaves says
// that the worktree is given up.
func branchMoves(b job.ResolvedBranch, leaves bool) []screen.Move {
	hold := screen.Move{Ref: "refs/mgit/resolving/" + b.NewName}
	parked := screen.Move{Ref: "refs/mgit/parked/" + b.NewName}
	shared := screen.Move{Ref: journal.SharedRef, New: screen.MadeByRun}
	switch {
	case leaves:
		return []screen.Move{hold}
	case b.Outcome == upgrade.OutcomeConflict && b.Worktree == "":
		hold.New = screen.MadeByRun
		return []screen.Move{hold}
	case b.Outcome == upgrade.OutcomeResolved || b.Outcome == upgrade.OutcomeClean || b.Outcome == upgrade.OutcomeUpdated || b.Outcome == upgrade.OutcomeReplaced:
		return []screen.Move{{Ref: "refs/heads/" + b.NewName, New: screen.MadeByRun}, parked, hold, shared}
	case b.Outcome == upgrade.OutcomeLanded || b.Outcome == upgrade.OutcomeDropped:
		return []screen.Move{parked, hold, shared}
	}
	return nil
}

// withValues fills in what the references are now. One that goes and is not there does not move.
func withValues(ctx context.Context, site *job.Site, p screen.Preview) (screen.Preview, error) {
	var moves []screen.Move
	for _, m := range p.Moves {
		id, err := site.Repo.Resolve(ctx, m.Ref)
		switch {
		case errors.Is(err, git.ErrNotFound) && m.New == "":
			continue
		case err != nil && !errors.Is(err, git.ErrNotFound):
			return p, err
		case err == nil:
			m.Old = id.String()
		}
		moves = append(moves, m)
	}
	p.Moves = moves
	return p, nil
}
