package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// finish moves the branch of a worktree whose rebase has come to its end, and
// removes the worktree. It does not matter who has brought the rebase there.
func (r *resolver) finish(ctx context.Context, b *bench, at *benchState, done settled) (*ResolvedBranch, error) {
	report := b.report(at)
	report.add(done)
	marked, err := b.committedMarkers(ctx, at.head)
	if err != nil {
		return nil, err
	}
	report.Markers = append(report.Markers, marked...)
	if len(at.conflicts)+len(report.Uncommitted)+len(marked) > 0 {
		return report, nil
	}
	scratch, err := b.site.Repo.NewScratch(ctx)
	if err != nil {
		return nil, err
	}
	defer scratch.Close()
	made, err := b.readMade(ctx, scratch, at.head)
	if err != nil {
		return nil, fmt.Errorf("compare %s with what was to be replayed: %w", b.path, err)
	}
	now, err := r.judge(ctx, b, report, made)
	if err != nil {
		return nil, err
	}
	if now == nil {
		return report, nil
	}
	if isParked(*now) {
		if err := r.settle(ctx, b, report, made, now, scratch); err != nil || r.dryRun || report.Failed() {
			return report, err
		}
	}
	if r.dryRun {
		return report, nil
	}
	return report, report.leave(ctx, b)
}

// judge enters the account and whether the branch may be moved; see standsInWay.
// A *Refusal says that commits are missing which nobody was asked about.
func (r *resolver) judge(ctx context.Context, b *bench, report *ResolvedBranch, m *made) (*parkedBranch, error) {
	report.account(b, m)
	if missed := b.missed(m); len(missed) > 0 && !r.allowMissing {
		return nil, &Refusal{
			ID: "missing-commits",
			Text: fmt.Sprintf("%s was finished before its rebase had come to its end: %s would replay without a conflict and %s not in %s",
				report.NewName, strings.Join(missed, ", "), isAre(len(missed)), b.path),
			Hint: fmt.Sprintf("cherry-pick what belongs to the branch there, or mgit abort %s and begin anew", report.NewName),
		}
	}
	if !report.Commits.Holds() {
		return nil, fmt.Errorf("the account of %s does not hold: %+v; nothing was moved", report.Name, report.Commits)
	}
	return b.standsInWay(ctx, report, m.tip)
}

// missed lists the commits that are not in the result although nothing was in
// their way, and that nobody left out with a reason.
func (b *bench) missed(m *made) []string {
	var missed []string
	for i, s := range m.steps {
		step := b.record.Steps[i]
		if s.made < 0 && s.missed && !s.empty && b.record.reasonFor(step.Pick) == "" {
			missed = append(missed, ID(step.Commit).Short()+" "+subject(s.pick))
		}
	}
	return missed
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// Failed reports whether the branch could not be moved.
func (b *ResolvedBranch) Failed() bool {
	return b.Outcome != upgrade.OutcomeConflict && NeedsPerson(b.Outcome)
}

// leave removes the worktree.
func (b *ResolvedBranch) leave(ctx context.Context, w *bench) error {
	if err := w.remove(ctx); err != nil {
		return err
	}
	b.Worktree, b.Removed = "", w.path
	return nil
}

// committedMarkers lists the files of the result that hold conflict markers
// which neither upstream nor the old branch has.
func (b *bench) committedMarkers(ctx context.Context, head git.ID) ([]File, error) {
	store := b.site.Repo.Store()
	commits, err := store.Commits(ctx, []git.ID{git.ID(b.record.Parked), head})
	if err != nil {
		return nil, err
	}
	sources := []git.ID{git.ID(b.record.Parked), git.ID(b.record.OldTip)}
	for _, s := range b.record.Steps {
		if s.Pick != s.Commit {
			sources = append(sources, git.ID(s.Pick))
		}
	}
	var marked []File
	err = tree.Diff(ctx, store, commits[0].Tree, commits[1].Tree, func(c tree.Change) error {
		if c.To.Mode != git.ModeFile && c.To.Mode != git.ModeExec {
			return nil
		}
		text, err := store.Blob(ctx, c.To.ID)
		if err != nil || len(countMarkers(text)) == 0 {
			return err
		}
		sides, err := b.site.sides(ctx, c.Path, sources...)
		if err == nil && addsMarkers(text, sides...) {
			marked = append(marked, File{Path(c.Path)})
		}
		return err
	})
	return marked, err
}

// account enters what became of the commits that waited.
func (b *ResolvedBranch) account(w *bench, m *made) {
	b.Commits.Waiting, b.Dropped = 0, []LeftOut{}
	for i, s := range m.steps {
		step := w.record.Steps[i]
		reason := w.record.reasonFor(step.Pick)
		switch {
		case s.made >= 0:
			b.Commits.Kept++
		case s.empty && reason == "":
			b.Commits.Emptied++
		default:
			b.Commits.Dropped++
			b.Dropped = append(b.Dropped, LeftOut{Commit: ID(step.Commit), Subject: subject(s.pick), Reason: reason})
		}
	}
	for _, c := range m.added {
		b.Added = append(b.Added, ID(c))
	}
	b.NewTip = ID(m.tip)
	switch {
	case b.Commits.Kept+len(b.Added) > 0 || w.record.NewBase != hexID{} || w.record.Release != "":
		b.Outcome = upgrade.OutcomeResolved
	case b.Commits.Dropped > 0:
		b.Outcome, b.NewTip = upgrade.OutcomeDropped, ID{}
		b.Reason = "every commit was left out"
	default:
		b.Outcome, b.NewTip = upgrade.OutcomeLanded, ID{}
	}
	b.State = upgrade.StateAfter(b.Outcome, b.State)
}

// standsInWay looks whether the branch may still be moved. It returns the
// ledger's entry; nil when the report says what is in the way. An entry that is
// no longer parked is one that a killed continue has moved to tip.
func (b *bench) standsInWay(ctx context.Context, report *ResolvedBranch, tip git.ID) (*parkedBranch, error) {
	series, err := moodle.ParseSeries(b.record.Series)
	if err != nil {
		return nil, err
	}
	ledger, err := b.site.readLedger(ctx, series)
	if err != nil {
		return nil, err
	}
	var found *parkedBranch
	if ledger != nil && ledger.Entries[b.record.Branch] != nil {
		found = &parkedBranch{b.record.Branch, ledger.Entries[b.record.Branch], ledger}
	}
	outcome, reason := b.obstacle(found, report.Outcome, tip)
	if outcome == "" {
		return found, nil
	}
	report.Outcome, report.Reason, report.NewTip, report.State = outcome, reason, ID{}, upgrade.StateParked
	if found != nil {
		report.State = found.entry.State
	}
	return nil, nil
}

// obstacle is why a branch that would have the outcome cannot be moved to tip;
// "" when it can.
func (b *bench) obstacle(found *parkedBranch, would string, tip git.ID) (outcome, reason string) {
	rec := b.record
	if found == nil {
		return upgrade.OutcomeDiverged, "the ledger of " + rec.Series + " no longer knows the branch"
	}
	if e := found.entry; !isParked(*found) {
		isSame := e.NewTip == tip || e.NewTip == git.ZeroID && e.Outcome == would
		if isSame && e.OldTip == git.ID(rec.OldTip) {
			return "", ""
		}
		return upgrade.OutcomeDiverged, "it was finished elsewhere meanwhile: " + describeEntry(*found)
	}
	if found.ledger.OntoCommit != git.ID(rec.OntoCommit) {
		return upgrade.OutcomeDiverged, fmt.Sprintf("the upgrade goes to %s now, and this was resolved for %s", found.ledger.Onto, rec.Onto)
	}
	now, isLocal, exists := b.site.refs.present(rec.NewName, b.site.internal)
	switch {
	case !exists || now.Peeled == git.ID(rec.NewBase):
		return "", ""
	case !isLocal:
		return upgrade.OutcomeDiverged, strings.TrimPrefix(now.Name, "refs/remotes/") +
			" was pushed meanwhile, and is not what was resolved here; mgit sync brings what the ledger says of it"
	case rec.NewBase == hexID{}:
		return upgrade.OutcomeDiverged, rec.NewName + " exists and was not made by mgit; nothing was moved"
	default:
		return upgrade.OutcomeMoved, rec.NewName + " has moved on since the resolving began; give up this worktree and resolve once more: " +
			"what was resolved is remembered"
	}
}

// settle moves the references and enters the outcome into the ledger.
func (r *resolver) settle(ctx context.Context, b *bench, report *ResolvedBranch, m *made, now *parkedBranch, scratch *git.Scratch) error {
	var edits []fileEdit
	if r.site.Config.Resolutions.Save {
		saved, files, err := b.newResolutions(ctx, scratch, m, r.note)
		if err != nil {
			return err
		}
		report.Saved, edits = append(report.Saved, saved...), files
	}
	if r.dryRun {
		return nil
	}
	who, err := b.site.Repo.Ident(ctx)
	if err != nil {
		return err
	}
	series, err := moodle.ParseSeries(b.record.Series)
	if err != nil {
		return err
	}
	before, after := ledgerOf(now.ledger), ledgerOf(now.ledger)
	before.Entries[now.name] = now.entry
	after.Entries[now.name] = report.enter(now.entry, who)
	edit, err := editLedger(series, before, after)
	if err != nil {
		return err
	}
	edit.Files = edits
	return r.apply(ctx, report, edit, b.moves(report, m.tip), scratch)
}

// moves lists what becomes of the references of a finished branch.
func (b *bench) moves(report *ResolvedBranch, tip git.ID) []journal.Move {
	var moves []journal.Move
	refs := b.site.refs
	if report.Outcome == upgrade.OutcomeResolved {
		m := journal.Move{Group: report.Name, Ref: "refs/heads/" + report.NewName, New: tip}
		m.Old = refs.commit(m.Ref)
		if m.Old != m.New {
			moves = append(moves, m)
		}
	}
	parked := parkedRef(report.NewName)
	if was := refs.commit(parked); was != git.ZeroID {
		moves = append(moves, journal.Move{Group: report.Name, Ref: parked, Old: was})
	}
	return moves
}

// enter is the ledger's entry of the finished branch.
func (b *ResolvedBranch) enter(was *upgrade.Entry, who git.Signature) *upgrade.Entry {
	e := was.Clone()
	e.NewName = b.NewName
	e.Record(thisRun, b.Outcome)
	e.OldTip, e.NewTip = git.ID(b.OldTip), git.ID(b.NewTip)
	var reasons []string
	for _, d := range b.Dropped {
		reason := d.Reason
		if reason == "" {
			reason = "no reason was given"
		}
		reasons = append(reasons, reason)
		e.Notes = append(e.Notes, upgrade.Note{
			When: who.When, Who: who.Name, Text: fmt.Sprintf("left out %s %q: %s", d.Commit.Short(), d.Subject, reason),
		})
	}
	if b.Outcome == upgrade.OutcomeDropped {
		// The next run would park it again otherwise.
		e.Disposition = upgrade.DispositionDrop
		e.Reason = strings.Join(slices.Compact(reasons), "; ")
	}
	return e
}

// apply makes a run of the moves and says in the report what came of it.
func (r *resolver) apply(ctx context.Context, report *ResolvedBranch, edit sharedEdit, moves []journal.Move, scratch *git.Scratch) error {
	payload, err := edit.encode()
	if err != nil {
		return err
	}
	draft := journal.Draft{Command: r.command, Moves: moves, Payload: payload}
	run, err := journal.Apply(ctx, r.site.Repo, r.lock.Lock, scratch, draft, applyShared(r.site.Repo))
	if err != nil {
		return err
	}
	report.Run = run.Number
	for _, out := range run.TakenOut {
		report.Outcome, report.Reason = upgrade.OutcomeMoved, out.Reason
		if out.Cause != journal.CauseMoved {
			report.Outcome = upgrade.OutcomeFailed
		}
		report.NewTip, report.State = ID{}, upgrade.StateParked
	}
	return nil
}

// giveUp takes leave of a worktree whose rebase was aborted, or that is gone.
// The branch is parked as before.
func (r *resolver) giveUp(ctx context.Context, b *bench, at *benchState) (*ResolvedBranch, error) {
	report := b.report(at)
	if len(report.Uncommitted) > 0 || r.dryRun {
		return report, nil
	}
	return report, report.leave(ctx, b)
}
