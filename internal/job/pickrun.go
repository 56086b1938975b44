package job

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
)

// run picks the commits one after the other, in memory, as git cherry-pick would.
// It stops at the first conflict: what comes after it may build on it.
func (r *PickReport) run(ctx context.Context) error {
	request, err := r.engine(ctx)
	if err != nil {
		return err
	}
	for _, s := range r.sources {
		p := PickedCommit{
			Source: ID(s.commit.ID), MDL: s.mdl, Subject: s.subject, From: s.from, Outcome: PickWaiting,
			Conflicts: []ConflictAt{}, Relocated: []Relocation{},
		}
		if r.Outcome != upgrade.OutcomeConflict {
			if err := r.pickOne(ctx, request, s, &p); err != nil {
				return err
			}
		}
		r.Picked = append(r.Picked, p)
	}
	r.Resolutions, r.Rebuild = distinct(r.Resolutions), distinct(r.Rebuild)
	r.settle(request.Onto)
	return nil
}

// settle enters what became of the branch.
func (r *PickReport) settle(tip git.ID) {
	switch {
	case r.Outcome == upgrade.OutcomeConflict:
		r.Reason = "nothing was moved: the fixes go onto the branch together or not at all"
		for i := range r.Picked {
			r.Picked[i].Commit = ID{}
		}
	case tip == r.branch.Tip:
		r.Outcome, r.NewTip = upgrade.OutcomeUnchanged, r.OldTip
	default:
		r.Outcome, r.NewTip = upgrade.OutcomeClean, ID(tip)
		if len(r.Resolutions) > 0 {
			r.Outcome = upgrade.OutcomeResolved
		}
	}
}

// engine prepares what all picks share. Onto is where the next one goes.
func (r *PickReport) engine(ctx context.Context) (*rebase.Request, error) {
	request := &rebase.Request{Onto: r.branch.Tip}
	request.Anew, request.Places = true, r.site.settledPlaces()
	var err error
	if request.Committer, err = r.site.Repo.Ident(ctx); err != nil {
		return nil, err
	}
	settle, err := r.site.settler(ctx, r.scratch, r.request.NoResolutions)
	if err != nil {
		return nil, err
	}
	if settle != nil {
		request.Resolve = func(ctx context.Context, c rebase.Unresolved) (rebase.Resolved, bool, error) {
			tree, used, err := settle(ctx, c.Merged)
			return rebase.Resolved{Tree: tree, Used: used}, len(used) > 0, err
		}
	}
	request.Commit = r.site.signer(r.scratch)
	return request, nil
}

// pickOne replays one commit onto the end of what was picked so far. To the engine
// it is a branch of one commit.
func (r *PickReport) pickOne(ctx context.Context, shared *rebase.Request, s pickSource, p *PickedCommit) error {
	request := *shared
	id := s.commit.ID
	own, err := history.Read(ctx, ownCommits{id}, r.scratch, []git.ID{id}, nil)
	if err != nil {
		return err
	}
	request.History = own
	request.Branches = []rebase.Branch{{Name: id.String(), Tip: id, Base: append(s.commit.Parents, git.ZeroID)[0]}}
	write := shared.Commit
	request.Commit = func(ctx context.Context, c *git.Commit) (git.ID, error) {
		c.Message = rebase.Picked{From: id, MDL: s.mdl, Source: s.from}.AddTo(c.Message)
		if write != nil {
			return write(ctx, c)
		}
		return r.scratch.PutCommit(c), nil
	}
	results, err := rebase.Run(ctx, r.scratch, request)
	if err != nil {
		return err
	}
	result := results[0]
	if result.Err != nil {
		return fmt.Errorf("pick %s: %w", id, result.Err)
	}
	r.Resolutions = append(r.Resolutions, result.Resolutions...)
	r.Rebuild = append(r.Rebuild, result.Rebuild...)
	for _, m := range result.Relocated() {
		p.Relocated = append(p.Relocated, Relocation{From: Path(m.From), To: Path(m.To)})
	}
	switch {
	case result.Parked():
		r.Outcome, p.Outcome = upgrade.OutcomeConflict, PickConflict
		for _, c := range result.Conflicts {
			p.Conflicts = append(p.Conflicts, ConflictAt{Commit: ID(c.Commit), Path: Path(c.Path), Kind: c.Kind, Proposals: c.Proposals})
		}
	case result.Count(rebase.Emptied) > 0:
		p.Outcome, p.Reason = PickEmptied, "nothing of it is left: the branch does that already"
	default:
		p.Outcome, p.Commit = PickClean, ID(result.Tip)
		if len(result.Resolutions) > 0 {
			p.Outcome = PickResolved
		}
		shared.Onto = result.Tip
	}
	return nil
}

// Left lists the commits that a person would have to pick by hand: all that would
// change the branch.
func (r *PickReport) Left() []ID {
	var all []ID
	for _, p := range r.Picked {
		if p.Outcome != PickEmptied {
			all = append(all, p.Source)
		}
	}
	return slices.Clip(all)
}
