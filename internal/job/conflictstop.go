package job

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/upgrade"
)

// conflictStop is the merge at which a branch or a target is stopped.
type conflictStop struct {
	scratch *git.Scratch // nil: nothing is in the way
	merge   git.Merge
	ours    git.ID // tree, for its attributes
	merged  git.Merged
	// The commits of our side's own lie between these: those of upstream, or of the target.
	from, to git.ID
	path     string                // of the worktree; "" when there is none
	isDone   bool                  // the commit was made there: nothing is in conflict any more
	unmerged map[string]ConflictAt // by path, in the worktree
	placing  []ConflictAt          // paths without a certain place
	noUse    bool                  // recorded resolutions are not used there
	closes   []func() error
}

func (s *conflictStop) close() {
	for _, close := range s.closes {
		_ = close() // a scratch that could not be removed goes with the next one
	}
}

// readStop finds where a branch or target is stopped. The stop's scratch must be closed.
func (s *Site) readStop(ctx context.Context, request ConflictRequest) (*ConflictDetail, *conflictStop, error) {
	stop := &conflictStop{}
	var detail *ConflictDetail
	var err error
	if target, ok := s.targetNamed(ctx, request.Branch, request.Series); ok {
		detail, err = s.stopOfTarget(ctx, target, request, stop)
	} else {
		detail, err = s.stopOfBranch(ctx, request, stop)
	}
	if err != nil {
		stop.close()
		return nil, nil, err
	}
	return detail, stop, nil
}

// stopOfBranch reads the worktree of a parked branch, or replays it.
func (s *Site) stopOfBranch(ctx context.Context, request ConflictRequest, stop *conflictStop) (*ConflictDetail, error) {
	found, err := s.findParked(ctx, request.Branch, request.Series)
	if err != nil {
		return nil, err
	}
	d := newDetail()
	d.Name, d.NewName, d.Series = found.name, found.entry.NewName, found.ledger.Series
	d.Onto = Commit{Tag: found.ledger.Onto, Commit: ID(found.ledger.OntoCommit)}
	d.Ours, d.Theirs = ConflictSide{SideUpstream, nameOf(d.Onto)}, ConflictSide{SideBranch, d.Name}
	if n, err := s.Scheme.Parse(found.name); err == nil {
		d.Record = s.record(n.Key())
	}
	r := &resolver{site: s, dryRun: true, command: "conflict " + request.Branch}
	b, err := r.benchOf(ctx, d.NewName)
	if err != nil {
		return nil, err
	}
	if b != nil {
		at, err := b.look(ctx)
		if err != nil {
			return nil, err
		}
		if at.standing != StandingGivenUp && at.standing != StandingDeleted {
			return d, s.stopInWorktree(ctx, d, b, at, stop)
		}
		d.Standing = at.standing
	}
	return d, s.stopInMemory(ctx, d, r, found, request, stop)
}

// stopInWorktree describes the pick at which a rebase waits.
func (s *Site) stopInWorktree(ctx context.Context, d *ConflictDetail, b *bench, at *benchState, stop *conflictStop) error {
	report := b.report(at)
	if err := b.addStop(ctx, report, at); err != nil {
		return err
	}
	d.Standing, d.Reason, d.Worktree, d.Stop = at.standing, at.reason, b.path, report.Stop
	step, _, ok := b.record.step(at.stopped)
	if at.standing != StandingStopped || !ok {
		return nil
	}
	pick, err := stop.open(ctx, s, git.ID(step.Pick))
	if err != nil {
		return err
	}
	base, err := baseOf(ctx, stop.scratch, pick)
	if err != nil {
		return err
	}
	head, err := stop.scratch.Commit(ctx, at.head)
	if err != nil {
		return err
	}
	stop.ours, stop.to, stop.path = head.Tree, git.ID(b.record.OntoCommit), b.path
	stop.isDone, stop.placing, stop.noUse = !at.pending, step.unplaced(), b.record.NoResolutions
	stop.merge = git.Merge{Base: base, Ours: head.Tree, Theirs: pick.Tree}
	if stop.isDone && len(head.Parents) > 0 {
		before, err := stop.scratch.Commit(ctx, head.Parents[0])
		if err != nil {
			return err
		}
		stop.ours, stop.merge.Ours = before.Tree, before.Tree
	}
	stop.note(at.conflicts)
	if stop.from, err = s.commitNamed(ctx, b.record.Base); err != nil {
		return err
	}
	return d.describe(ctx, s, git.ID(step.Commit))
}

func (stop *conflictStop) note(conflicts []ConflictAt) {
	stop.unmerged = make(map[string]ConflictAt)
	for _, c := range conflicts {
		stop.unmerged[string(c.Path)] = c
	}
}

// open makes the scratch and reads a commit in it.
func (stop *conflictStop) open(ctx context.Context, s *Site, id git.ID) (*git.Commit, error) {
	scratch, err := s.Repo.NewScratch(ctx)
	if err != nil {
		return nil, err
	}
	stop.scratch, stop.closes = scratch, append(stop.closes, scratch.Close)
	return scratch.Commit(ctx, id)
}

// commitNamed finds a commit by its tag or id.
func (s *Site) commitNamed(ctx context.Context, name string) (git.ID, error) {
	if id := s.refs.commit("refs/tags/" + name); id != git.ZeroID {
		return id, nil
	}
	id, err := git.ParseID(name)
	if err != nil {
		return git.ZeroID, fmt.Errorf("find the base %q: %w", name, err)
	}
	return id, nil
}

// describe fills in the commit of theirs. That of a branch is in no release, which would have to be looked for.
func (d *ConflictDetail) describe(ctx context.Context, s *Site, id git.ID) error {
	describe := s.describeOwn
	if d.Theirs.Word == SideUpstream {
		describe = s.describeCommits
	}
	all, err := describe(ctx, []git.ID{id})
	if err == nil {
		d.Commit = &all[0]
	}
	return err
}

// stopInMemory replays a parked branch up to its conflict.
func (s *Site) stopInMemory(ctx context.Context, d *ConflictDetail, r *resolver, found *parkedBranch, request ConflictRequest, stop *conflictStop) error {
	plan, err := r.plan(ctx, found, request.Jobs)
	if err != nil {
		return err
	}
	run, err := plan.Run(ctx)
	if err != nil {
		return err
	}
	stop.closes = append(stop.closes, run.Close)
	report := replayed(found, run, 0)
	d.Outcome, d.Reason = report.Outcome, report.Reason
	if report.Outcome != upgrade.OutcomeConflict {
		return nil
	}
	result := run.results[0]
	waiting := result.Steps[len(result.Steps)-report.Commits.Waiting:]
	first := waiting[0]
	tip, err := run.scratch.Commit(ctx, result.Tip)
	if err != nil {
		return err
	}
	d.Stop = &Stop{Commit: ID(first.Old), Subject: subject(first.Commit()), ByHand: first.ByHand, Number: 1, Of: len(waiting)}
	stop.scratch, stop.ours = run.scratch, tip.Tree
	stop.from, stop.to = result.Branch.Base, git.ID(d.Onto.Commit)
	stop.merge = git.Merge{Base: first.Base, Ours: tip.Tree, Theirs: first.Theirs}
	for _, c := range report.Conflicts {
		if !strings.HasPrefix(c.Kind, "CONFLICT") {
			stop.placing = append(stop.placing, c)
		}
	}
	return d.describe(ctx, s, first.Old)
}

// stopOfTarget reads the worktree in which a merge into a target is resolved, or puts the target together.
func (s *Site) stopOfTarget(ctx context.Context, target string, request ConflictRequest, stop *conflictStop) (*ConflictDetail, error) {
	d := newDetail()
	d.Target, d.Ours = target, ConflictSide{SideTarget, target}
	benches, err := s.mergeBenches(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range benches {
		if b.record.Target != target {
			continue
		}
		at, err := b.look(ctx)
		if err != nil {
			return nil, err
		}
		d.Standing = at.standing
		if at.standing != StandingGivenUp && at.standing != StandingDeleted {
			return d, s.mergeInWorktree(ctx, d, b, at, stop)
		}
	}
	return d, s.mergeInMemory(ctx, d, request, stop)
}

func (s *Site) mergeInWorktree(ctx context.Context, d *ConflictDetail, b *mergeBench, at *benchState, stop *conflictStop) error {
	d.Reason, d.Worktree = at.reason, b.path
	d.merging(s, b.record.Name, b.record.Upstream)
	if at.standing != StandingStopped {
		return nil
	}
	if _, err := stop.open(ctx, s, git.ID(b.record.Start)); err != nil {
		return err
	}
	stop.path, stop.noUse = b.path, b.record.NoResolutions
	stop.note(at.conflicts)
	return s.mergeOf(ctx, d, git.ID(b.record.Start), git.ID(b.record.Tip), stop)
}

// merging names what is merged into a target.
func (d *ConflictDetail) merging(s *Site, name string, isUpstream bool) {
	d.Name, d.Theirs = name, ConflictSide{SideBranch, name}
	if isUpstream {
		d.Theirs.Word = SideUpstream
		return
	}
	if n, err := s.Scheme.Parse(name); err == nil {
		d.Record = s.record(n.Key())
	}
}

func (s *Site) mergeInMemory(ctx context.Context, d *ConflictDetail, request ConflictRequest, stop *conflictStop) error {
	asked := AssembleRequest{Target: d.Target, Jobs: request.Jobs, Allow: request.Allow, looks: true, command: "conflict " + d.Target}
	if !request.Series.IsZero() {
		asked.Series = request.Series.String()
	}
	plan, err := PlanAssemble(ctx, s, asked)
	if err != nil {
		return err
	}
	stop.closes = append(stop.closes, plan.Close)
	assembly, err := plan.Run(ctx)
	if err != nil {
		return err
	}
	for _, m := range assembly.Merged {
		if m.Outcome != string(assemble.Conflict) {
			continue
		}
		d.merging(s, m.Branch, m.Upstream)
		stop.scratch = assembly.scratch
		for _, c := range m.Conflicts {
			if !strings.HasPrefix(c.Kind, "CONFLICT") {
				stop.placing = append(stop.placing, ConflictAt{Path: c.Path, Kind: c.Kind, Proposals: c.Proposals})
			}
		}
		return s.mergeOf(ctx, d, git.ID(assembly.NewTip), git.ID(m.Tip), stop)
	}
	d.Outcome, d.Reason = string(assemble.Clean), "there is no conflict in it"
	return nil
}

// mergeOf is the merge of a commit into a target as it is.
func (s *Site) mergeOf(ctx context.Context, d *ConflictDetail, start, tip git.ID, stop *conflictStop) error {
	for _, id := range []git.ID{start, tip} {
		if err := stop.scratch.Spill(ctx, id); err != nil {
			return err
		}
	}
	c, err := stop.scratch.Commit(ctx, start)
	if err != nil {
		return err
	}
	stop.ours, stop.merge, stop.to = c.Tree, git.Merge{Heads: [2]git.ID{start, tip}}, start
	out, err := s.Repo.Cmd("merge-base", start.String(), tip.String()).Env(stop.scratch.Env()...).Output(ctx)
	var exit *git.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.Code != 1) {
		return err
	}
	if err == nil {
		if stop.from, err = git.ParseID(strings.TrimSpace(string(out))); err != nil {
			return err
		}
	}
	return d.describe(ctx, s, tip)
}
