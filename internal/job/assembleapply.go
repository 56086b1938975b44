package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/upgrade"
)

// Apply moves the target, and enters into the ledger how far its branches have
// come. The number is 0 when there was nothing to do.
func (r *AssembleReport) Apply(ctx context.Context, lock *journal.Lock) (run int, err error) {
	p := r.plan
	edit, err := p.recipe.enterStates(r)
	if err != nil {
		return 0, err
	}
	draft := journal.Draft{Command: p.command()}
	t := p.recipe.target
	move := journal.Move{Group: t.Raw, Ref: t.localRef(), New: git.ID(r.NewTip), Worktree: p.site.checkedOut(t.localRef())}
	if t.local {
		move.Old = t.tip()
	}
	if move.Old != move.New {
		draft.Moves = append(draft.Moves, move)
	}
	if len(draft.Moves) == 0 && edit.isEmpty() {
		return 0, nil
	}
	if draft.Payload, err = edit.encode(); err != nil {
		return 0, err
	}
	done, err := journal.Apply(ctx, p.site.Repo, lock, r.scratch, draft, shareIfMoved(p.site.Repo))
	if err != nil {
		return 0, err
	}
	return done.Number, stayed(done)
}

// shareIfMoved enters nothing of a target that did not move after all.
func shareIfMoved(repo *git.Repo) journal.Shared {
	share := applyShared(repo)
	return func(ctx context.Context, run *journal.Run, tip git.ID) (git.ID, error) {
		if len(run.TakenOut) > 0 {
			return tip, nil
		}
		return share(ctx, run, tip)
	}
}

// stayed is why a run did not move its target: somebody else moved it while mgit
// merged, or the files of its worktree are in the way.
func stayed(run *journal.Run) error {
	if len(run.TakenOut) == 0 {
		return nil
	}
	out := run.TakenOut[0]
	if out.Cause == journal.CauseCheckedOut {
		return &Refusal{ID: refuseCheckedOut, Text: out.Reason, Final: true}
	}
	return fmt.Errorf("%s stays as it is: %s", out.Group, out.Reason)
}

func (p *AssemblePlan) command() string {
	if p.request.command != "" {
		return p.request.command
	}
	c := "assemble " + p.recipe.target.Raw
	if p.request.Fresh {
		c += " --fresh"
	}
	if p.request.From != "" {
		c += " --from " + p.fromTarget.Raw
	}
	return c
}

// enterStates is the edit of the ledger that says which branches are in test or in
// deployment now.
func (r *recipe) enterStates(report *AssembleReport) (sharedEdit, error) {
	arrived := r.arrivals(report)
	if len(arrived) == 0 {
		return sharedEdit{}, nil
	}
	before, after := ledgerOf(r.view.ledger), ledgerOf(r.view.ledger)
	for name, state := range arrived {
		e := r.view.ledger.Entries[name]
		next := e.Clone()
		next.State = state
		before.Entries[name], after.Entries[name] = e, next
	}
	edit, err := editLedger(r.target.Version, before, after)
	if err != nil {
		return edit, fmt.Errorf("enter the states of the branches: %w", err)
	}
	edit.Ledgers[0].Group = r.target.Raw
	return edit, nil
}

// arrivals are the new states of branches that the target has, by the old names. A branch
// in production does not go back because test has it too.
func (r *recipe) arrivals(report *AssembleReport) map[string]string {
	state := map[string]string{"test": upgrade.StateInTest, deploymentTarget: upgrade.StateInDeployment}[r.target.Short]
	if r.view.ledger == nil || state == "" {
		return nil
	}
	in := make(map[string]bool)
	for _, m := range report.Merged {
		in[m.Branch] = m.isIn()
	}
	arrived := make(map[string]string)
	for name, e := range r.view.ledger.Entries {
		if in[e.NewName] && advances(e.State, state) {
			arrived[name] = state
		}
	}
	return arrived
}

// Arrival is a branch that gets a new state in the ledger, because a target has it.
type Arrival struct{ Branch, From, To string }

// Arrivals lists of which branches the ledger will say that they have come further, by name. With
// none, and a tip that stays, there is nothing to apply.
func (r *AssembleReport) Arrivals() []Arrival {
	var all []Arrival
	for name, state := range r.plan.recipe.arrivals(r) {
		e := r.plan.recipe.view.ledger.Entries[name]
		all = append(all, Arrival{e.NewName, e.State, state})
	}
	slices.SortFunc(all, func(a, b Arrival) int { return strings.Compare(a.Branch, b.Branch) })
	return all
}

// advances reports whether the work on a branch gets further from one state to
// another.
func advances(from, to string) bool {
	order := []string{upgrade.StateMoved, upgrade.StateTested, upgrade.StateInTest, upgrade.StateInDeployment}
	at := position(order, from)
	return at < position(order, to) && at < len(order)
}
