package job

import (
	"context"
	"errors"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// WaitingRequest asks for everything that waits for a person because Git could not merge it.
type WaitingRequest struct {
	Series moodle.Series // of the upgrade or target; zero: all
	// Targets asks also what would be left out of the targets. They are put together in memory for that;
	// without it only merges are listed that are being resolved.
	Targets bool
	Allow   []string // as in AssembleRequest
}

// WaitingReport lists what waits for a person.
type WaitingReport struct {
	Branches []WaitingBranch `json:"branches"` // parked, by upgrade and name
	Targets  []WaitingTarget `json:"targets"`
}

// WaitingBranch is a parked branch.
type WaitingBranch struct {
	Name    string `json:"name"`
	NewName string `json:"new_name"`
	Series  string `json:"series"`
	Onto    string `json:"onto"`
	Ticket  string `json:"ticket"`
	Owner   string `json:"owner"`
	Reason  string `json:"reason"` // of its record
	ParkedWork
}

// WaitingTarget is a merge that a target does without.
type WaitingTarget struct {
	Target    string       `json:"target"`
	Branch    string       `json:"branch"` // what is merged: a branch, or a release of upstream
	Upstream  bool         `json:"upstream"`
	Conflicts []ConflictIn `json:"conflicts"`
	Worktree  string       `json:"worktree"`
	Standing  Standing     `json:"standing"`
	Reason    string       `json:"reason"` // why nothing is known; "" otherwise
}

// Waiting lists the parked branches, and the merges that targets do without. It writes nothing.
func Waiting(ctx context.Context, site *Site, request WaitingRequest) (*WaitingReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	report := &WaitingReport{Branches: []WaitingBranch{}, Targets: []WaitingTarget{}}
	parked, err := site.entries(ctx, request.Series, isParked)
	if err != nil {
		return nil, err
	}
	for _, p := range parked {
		report.Branches = append(report.Branches, site.waitingBranch(p))
	}
	benches, err := site.benches(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range benches {
		for i := range report.Branches {
			if w := &report.Branches[i]; w.NewName == b.record.NewName {
				at, err := b.look(ctx)
				if err != nil {
					return nil, err
				}
				w.Worktree, w.Standing = b.path, at.standing
			}
		}
	}
	return report, site.waitingTargets(ctx, request, report)
}

func (s *Site) waitingBranch(p parkedBranch) WaitingBranch {
	w := WaitingBranch{
		Name: p.name, NewName: p.entry.NewName, Series: p.ledger.Series, Onto: p.ledger.Onto,
		Ticket: p.entry.Ticket, Owner: p.entry.Owner, ParkedWork: ParkedWork{Paths: []string{}, Standing: StandingNone},
	}
	if n, err := s.Scheme.Parse(p.name); err == nil {
		if r := s.record(n.Key()); r != nil {
			w.Reason = r.Reason
			if w.Ticket == "" {
				w.Ticket = r.Ticket
			}
			if w.Owner == "" {
				w.Owner = r.Owner
			}
		}
	}
	if at := p.entry.Parked; at != nil {
		w.Commit, w.Waiting = ID(at.Commit), at.Waiting
		for _, path := range at.Paths {
			w.Paths = append(w.Paths, ShowPath(path))
		}
	}
	return w
}

// waitingTargets adds merges that are being resolved, and those that an assembly leaves out.
func (s *Site) waitingTargets(ctx context.Context, request WaitingRequest, report *WaitingReport) error {
	benches, err := s.mergeBenches(ctx)
	if err != nil {
		return err
	}
	open := make(map[string]bool)
	for _, b := range benches {
		at, err := b.look(ctx)
		if err != nil {
			return err
		}
		t := b.report(at)
		open[t.Target] = true
		report.Targets = append(report.Targets, WaitingTarget{
			Target: t.Target, Branch: t.Branch, Upstream: t.Upstream, Conflicts: t.Conflicts, Worktree: t.Worktree, Standing: t.Standing, Reason: t.Reason,
		})
	}
	if !request.Targets {
		return nil
	}
	for _, t := range s.refs.listing(s.Scheme, s.internal).Targets {
		isBuilt := s.refs.commit("refs/heads/"+t.Raw) != git.ZeroID
		if !isBuilt || open[t.Raw] || !request.Series.IsZero() && t.Version != request.Series {
			continue
		}
		left, err := s.leftOut(ctx, t.Raw, request.Allow)
		if errors.Is(err, context.Canceled) {
			return err
		}
		if err != nil {
			left = []WaitingTarget{{Target: t.Raw, Conflicts: []ConflictIn{}, Standing: StandingNone, Reason: err.Error()}}
		}
		report.Targets = append(report.Targets, left...)
	}
	return nil
}

// leftOut is what a target would do without if it were put together now.
func (s *Site) leftOut(ctx context.Context, target string, allow []string) ([]WaitingTarget, error) {
	plan, err := PlanAssemble(ctx, s, AssembleRequest{Target: target, Allow: allow, looks: true, command: "conflict"})
	if err != nil {
		return nil, err
	}
	defer plan.Close()
	assembly, err := plan.Run(ctx)
	if err != nil {
		return nil, err
	}
	var left []WaitingTarget
	for _, m := range assembly.Merged {
		if m.Outcome == string(assemble.Conflict) {
			left = append(left, WaitingTarget{
				Target: target, Branch: m.Branch, Upstream: m.Upstream, Conflicts: m.Conflicts, Standing: StandingNone, Reason: m.Reason,
			})
		}
	}
	return left, nil
}
