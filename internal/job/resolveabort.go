package job

import (
	"context"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// AbortRequest names the branches to give up; none is every branch that is
// being resolved in this clone and not finished.
type AbortRequest struct {
	Branches []string // old names or new ones
	Series   moodle.Series
}

// Abort gives up resolving. The worktree of a branch goes, with all that was
// done in it, and the branch is parked as before. A parked branch that nobody
// resolves here goes back to "todo": the next rebase-all moves it anew. What is
// neither is left alone, finished branches above all.
//
// The errors are a *UsageError for a name that no upgrade knows, and those of
// git and the journal.
func Abort(ctx context.Context, site *Site, request AbortRequest, dryRun bool) (*ResolveReport, error) {
	command := strings.Join(append([]string{"abort"}, request.Branches...), " ")
	lock, err := site.lockUnless(ctx, dryRun, command)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	r := &resolver{site: site, lock: lock, dryRun: dryRun, command: command}
	report := ofTarget(nil)
	benches, err := r.benches(ctx)
	if err != nil {
		return nil, err
	}
	merges, err := site.mergeBenches(ctx)
	if err != nil {
		return nil, err
	}
	var targets []string
	request.Branches = slices.DeleteFunc(slices.Clone(request.Branches), func(name string) bool {
		target, isTarget := site.targetNamed(ctx, name, request.Series)
		if isTarget {
			targets = append(targets, target)
		}
		return isTarget
	})
	// All names are understood before anything is given up.
	var chosen []chosenToAbort
	for _, name := range request.Branches {
		c, err := site.chooseToAbort(ctx, benches, name, request.Series)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, c)
	}
	if report.Targets, err = r.abortMerges(ctx, merges, targets, len(request.Branches) == 0 && len(targets) == 0); err != nil {
		return report, err
	}
	if len(request.Branches) == 0 && len(targets) == 0 {
		for _, b := range benches {
			chosen = append(chosen, chosenToAbort{bench: b, isSweeping: true})
		}
	}
	for _, c := range chosen {
		branch, err := r.abortOne(ctx, c)
		if err != nil {
			return report, err
		}
		report.Branches = append(report.Branches, *branch)
	}
	return report, nil
}

// chosenToAbort is a worktree, or a branch without one.
type chosenToAbort struct {
	bench      *bench
	branch     *parkedBranch
	isSweeping bool // nobody named it
}

func (s *Site) chooseToAbort(ctx context.Context, benches []*bench, name string, series moodle.Series) (chosenToAbort, error) {
	for _, b := range benches {
		fits := series.IsZero() || b.record.Series == series.String()
		if fits && (b.record.Branch == name || b.record.NewName == name) {
			return chosenToAbort{bench: b}, nil
		}
	}
	named, err := s.findNamed(ctx, name, series)
	if err != nil {
		return chosenToAbort{}, err
	}
	if len(named) == 1 {
		return chosenToAbort{branch: &named[0]}, nil
	}
	found, err := s.findParked(ctx, name, series)
	return chosenToAbort{branch: found}, err
}

func (r *resolver) abortOne(ctx context.Context, c chosenToAbort) (*ResolvedBranch, error) {
	switch {
	case c.bench != nil:
		return r.abortBench(ctx, c.bench, c.isSweeping)
	case isParked(*c.branch):
		return r.unpark(ctx, c.branch)
	}
	report := newResolved(c.branch)
	report.OldTip, report.NewTip = ID(c.branch.entry.OldTip), ID(c.branch.entry.NewTip)
	report.Reason = "there is nothing to give up: " + describeEntry(*c.branch)
	return report, nil
}

// abortBench removes the worktree. One in which the rebase is finished goes only
// when it was named.
func (r *resolver) abortBench(ctx context.Context, b *bench, isSweeping bool) (*ResolvedBranch, error) {
	at, err := b.look(ctx)
	if err != nil {
		return nil, err
	}
	report := b.report(at)
	if at.standing == StandingFinished && isSweeping {
		report.Reason = "it is finished; mgit continue moves it"
		return report, nil
	}
	report.Conflicts, report.Uncommitted = []ConflictAt{}, []File{}
	report.Standing, report.Reason = StandingNone, "it is parked as before"
	if r.dryRun {
		return report, nil
	}
	return report, report.leave(ctx, b)
}

// unpark sends a parked branch back to where it was before it was replayed.
func (r *resolver) unpark(ctx context.Context, found *parkedBranch) (*ResolvedBranch, error) {
	report := newResolved(found)
	report.Outcome, report.State, report.Reason = "", upgrade.StateTodo, "the next rebase-all moves it anew"
	if r.dryRun {
		return report, nil
	}
	series, err := moodle.ParseSeries(found.ledger.Series)
	if err != nil {
		return nil, err
	}
	entry := found.entry.Clone()
	entry.State, entry.Outcome, entry.Parked, entry.Run = upgrade.StateTodo, "", nil, thisRun
	before, after := ledgerOf(found.ledger), ledgerOf(found.ledger)
	before.Entries[found.name], after.Entries[found.name] = found.entry, entry
	edit, err := editLedger(series, before, after)
	if err != nil {
		return nil, err
	}
	var moves []journal.Move
	parked := parkedRef(found.entry.NewName)
	if was := r.site.refs.commit(parked); was != git.ZeroID {
		moves = append(moves, journal.Move{Group: found.name, Ref: parked, Old: was})
	}
	scratch, err := r.site.Repo.NewScratch(ctx)
	if err != nil {
		return nil, err
	}
	defer scratch.Close()
	if err := r.apply(ctx, report, edit, moves, scratch); err != nil {
		return nil, err
	}
	return report, nil
}
