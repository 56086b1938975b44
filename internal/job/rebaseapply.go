package job

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/upgrade"
)

// Apply moves the references and enters the run into the ledger. A branch that
// somebody moved meanwhile is taken out: its outcome becomes "moved" in the
// report. The number is 0 when there was nothing to do.
func (r *RebaseReport) Apply(ctx context.Context, lock *journal.Lock) (run int, err error) {
	draft, err := r.draft()
	if err != nil {
		return 0, err
	}
	if draft == nil {
		return 0, nil
	}
	done, err := journal.Apply(ctx, r.plan.site.Repo, lock, r.scratch, *draft, applyShared(r.plan.site.Repo))
	if err != nil {
		return 0, err
	}
	for _, out := range done.TakenOut {
		r.takeOut(out)
	}
	r.count()
	r.listMoves()
	return done.Number, r.check()
}

// IsEmpty reports whether applying it would change nothing: no reference, and no entry of
// the ledger.
func (r *RebaseReport) IsEmpty() (bool, error) {
	draft, err := r.draft()
	return draft == nil, err
}

// listMoves names the references that move. What was taken out moves none.
func (r *RebaseReport) listMoves() {
	r.Moves = []RefMove{}
	for i, b := range r.Branches {
		for _, m := range r.plan.moves(r.plan.branches[i], b) {
			r.Moves = append(r.Moves, RefMove{Ref: m.Ref, Old: ID(m.Old), New: ID(m.New)})
		}
	}
}

// draft lists the moves; nil when the run would change nothing.
func (r *RebaseReport) draft() (*journal.Draft, error) {
	p := r.plan
	d := &journal.Draft{Command: p.command()}
	before := ledgerOf(p.ledger)
	after := ledgerOf(p.ledger)
	if !p.hasMoved() {
		after.From, after.Onto, after.OntoCommit = p.From.String(), p.Onto.Tag, git.ID(p.Onto.Commit)
	}
	changed := false
	for i, b := range r.Branches {
		planned := p.branches[i]
		moves := p.moves(planned, b)
		entry := planned.enter(b)
		if old := planned.entry; old != nil {
			before.Entries[b.Name] = old
		}
		if len(moves) == 0 && planned.entry != nil && entry.Equal(planned.entry) {
			delete(before.Entries, b.Name)
			continue
		}
		changed = true
		after.Entries[b.Name] = entry
		d.Moves = append(d.Moves, journal.Move{Group: b.Name, Ref: planned.Ref, Old: planned.Tip, New: planned.Tip})
		d.Moves = append(d.Moves, moves...)
	}
	if !changed {
		return nil, nil
	}
	edit, err := editLedger(p.To, before, after)
	if err != nil {
		return nil, err
	}
	d.Payload, err = edit.encode()
	return d, err
}

// ledgerOf is a copy of a ledger without its entries.
func ledgerOf(l *upgrade.Ledger) *upgrade.Ledger {
	c := *l
	c.Entries = make(map[string]*upgrade.Entry)
	return &c
}

func (p *RebasePlan) command() string {
	if p.request.command != "" {
		return p.request.command
	}
	c := "rebase-all " + p.Onto.Tag
	if !p.request.From.IsZero() {
		c += " --from " + p.From.String()
	}
	for _, g := range p.request.Only {
		c += fmt.Sprintf(" --only %q", g)
	}
	return c
}

// moves lists what becomes of the references of one branch.
func (p *RebasePlan) moves(d plannedBranch, b BranchReport) []journal.Move {
	var moves []journal.Move
	parked := parkedRef(d.newName)
	was := p.site.refs.commit(parked)
	if d.isWaiting() {
		return nil
	}
	switch b.Outcome {
	case upgrade.OutcomeClean, upgrade.OutcomeResolved, upgrade.OutcomeUpdated, upgrade.OutcomeReplaced:
		m := journal.Move{Group: b.Name, Ref: "refs/heads/" + d.newName, New: git.ID(b.NewTip)}
		if d.isLocal {
			m.Old = d.newRef.Peeled
			m.Worktree = p.site.checkedOut(m.Ref)
		}
		if m.Old != m.New {
			moves = append(moves, m)
		}
	case upgrade.OutcomeConflict:
		if now := git.ID(b.Parked); now != was {
			moves = append(moves, journal.Move{Group: b.Name, Ref: parked, Old: was, New: now})
		}
		return moves
	case upgrade.OutcomeLanded, upgrade.OutcomeDropped, upgrade.OutcomeUnchanged:
	default:
		return nil
	}
	if was != git.ZeroID {
		moves = append(moves, journal.Move{Group: b.Name, Ref: parked, Old: was})
	}
	return moves
}

// isWaiting reports whether a person is resolving the branch: nothing of it may
// change below their feet.
func (d plannedBranch) isWaiting() bool { return d.outcome == upgrade.OutcomeConflict }

// enter is the ledger's entry of the branch after this run.
func (d plannedBranch) enter(b BranchReport) *upgrade.Entry {
	e := &upgrade.Entry{}
	if d.entry != nil {
		e = d.entry.Clone()
	}
	if d.entry == nil || e.Disposition == "" {
		e.Disposition = upgrade.DispositionRebase
		if d.replace != nil {
			e.Disposition = upgrade.DispositionReplace
		}
	}
	if d.isWaiting() {
		return e
	}
	if b.Outcome == upgrade.OutcomeUnchanged {
		// It was parked, held or dropped since, and that was taken back.
		switch e.State {
		case upgrade.StateParked, upgrade.StateHeld, upgrade.StateDropped, upgrade.StateTodo, "":
			e.State = upgrade.StateMoved
			e.Record(thisRun, b.Outcome)
		}
		return e
	}
	if d.superseded {
		e.Disposition, e.Reason = upgrade.DispositionDrop, d.reason
	}
	e.NewName = b.NewName
	e.Record(thisRun, b.Outcome)
	if b.Release != nil {
		e.Release = b.Release.Name
	}
	switch b.Outcome {
	case upgrade.OutcomeClean, upgrade.OutcomeResolved, upgrade.OutcomeUpdated, upgrade.OutcomeReplaced:
		e.OldTip, e.NewTip = d.Tip, git.ID(b.NewTip)
	case upgrade.OutcomeLanded:
		e.OldTip, e.NewTip = d.Tip, git.ZeroID
	case upgrade.OutcomeConflict:
		e.Parked = &upgrade.Parked{Commit: git.ID(b.Conflicts[0].Commit), Waiting: b.Commits.Waiting}
		for _, c := range b.Conflicts {
			e.Parked.Paths = append(e.Parked.Paths, ShowPath(string(c.Path)))
		}
		slices.Sort(e.Parked.Paths)
	}
	if d.entry != nil && e.Outcome == d.entry.Outcome {
		same := e.Clone()
		same.Run = d.entry.Run
		if same.Equal(d.entry) {
			return same
		}
	}
	return e
}

// takeOut makes the report say that a branch was not moved after all.
func (r *RebaseReport) takeOut(out journal.TakenOut) {
	for i := range r.Branches {
		b := &r.Branches[i]
		if b.Name != out.Group {
			continue
		}
		b.Outcome = upgrade.OutcomeMoved
		if out.Cause != journal.CauseMoved {
			b.Outcome = upgrade.OutcomeFailed
		}
		b.Reason = out.Reason
		b.NewTip, b.Parked = ID{}, ID{}
		b.Commits = Account{In: b.Commits.In, Waiting: b.Commits.In}
	}
}

// RebaseAll is the main job: plan, run and, unless dryRun, apply. The report is
// closed.
func RebaseAll(ctx context.Context, site *Site, request RebaseAllRequest, dryRun bool) (report *RebaseReport, run int, err error) {
	var lock *journal.Lock
	if !dryRun {
		if lock, err = site.Lock(ctx, "rebase-all "+request.Tag); err != nil {
			return nil, 0, err
		}
		defer lock.Release()
	}
	plan, err := PlanRebaseAll(ctx, site, request)
	if err != nil {
		return nil, 0, err
	}
	if report, err = plan.Run(ctx); err != nil {
		return nil, 0, err
	}
	defer report.Close()
	if !dryRun {
		run, err = report.Apply(ctx, lock)
	}
	return report, run, err
}

// sortedNames returns the keys of a set in order.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
