package job

import (
	"context"
	"fmt"
	"time"

	"mgit/internal/journal"
)

// RunInfo is one run of the journal.
type RunInfo struct {
	Number   int       `json:"run"`
	Command  string    `json:"command"`
	When     time.Time `json:"when"`
	Who      string    `json:"who"`
	Branches int       `json:"branches"`  // that it moved
	TakenOut int       `json:"taken_out"` // branches it could not move
	Undoes   int       `json:"undoes"`    // the run it took back; 0: none
	UndoneBy int       `json:"undone_by"` // 0: it was not taken back
}

// Runs lists the runs of this clone, newest first.
func Runs(ctx context.Context, site *Site) ([]RunInfo, error) {
	runs, err := journal.Runs(ctx, site.Repo)
	if err != nil {
		return nil, err
	}
	all := make([]RunInfo, 0, len(runs))
	undoneBy := make(map[int]int)
	for _, r := range runs {
		if r.Undoes != 0 {
			undoneBy[r.Undoes] = r.Number
		}
	}
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		all = append(all, RunInfo{
			Number: r.Number, Command: r.Command, When: r.When, Who: r.Who.Name, Undoes: r.Undoes,
			Branches: len(movedGroups(&r)), TakenOut: len(r.TakenOut), UndoneBy: undoneBy[r.Number],
		})
	}
	return all, nil
}

// movedGroups are the branches a run moved, as a set.
func movedGroups(r *journal.Run) map[string]bool {
	groups := make(map[string]bool)
	for _, m := range r.Moves {
		if !m.IsVerify() {
			groups[m.Group] = true
		}
	}
	for _, out := range r.TakenOut {
		delete(groups, out.Group)
	}
	return groups
}

// UndoReport is what taking a run back does.
type UndoReport struct {
	Undoes  int        `json:"undoes"`
	Moves   []RefMove  `json:"moves"`
	Left    []LeftHere `json:"left"`
	Refused []LeftHere `json:"refused"`
	// Shared says that entries on the mgit branch are taken back.
	Shared bool `json:"shared"`

	// Command made the run that is taken back.
	Command string `json:"-"`

	site  *Site
	edit  sharedEdit
	draft journal.Draft
}

// RefMove is a reference that moves.
type RefMove struct {
	Ref string `json:"ref"`
	Old ID     `json:"old"` // null: it is made
	New ID     `json:"new"` // null: it is deleted
}

// LeftHere is a reference that stays where it is, and why.
type LeftHere struct {
	Ref    string `json:"ref"`
	Reason string `json:"reason"`
}

// PlanUndo says what taking back the run would do; number 0 is the newest run
// that can be taken back.
func PlanUndo(ctx context.Context, site *Site, number int) (*UndoReport, error) {
	run, taken, err := chooseRun(ctx, site, number)
	if err != nil {
		return nil, err
	}
	undo, err := journal.PlanUndo(ctx, site.Repo, run)
	if err != nil {
		return nil, err
	}
	edit, err := decodeSharedEdit(run.Payload)
	if err != nil {
		return nil, err
	}
	report := &UndoReport{Undoes: run.Number, Command: run.Command, Moves: []RefMove{}, Left: []LeftHere{}, Refused: []LeftHere{}, site: site}
	stays := make(map[string]bool)
	for _, out := range run.TakenOut {
		stays[out.Group] = true
	}
	for _, l := range undo.Left {
		stays[l.Group] = true
		report.Left = append(report.Left, LeftHere{l.Ref, "it has moved since the run"})
	}
	for _, l := range undo.Refused {
		stays[l.Group] = true
		report.Refused = append(report.Refused, LeftHere{l.Ref, "it is checked out at " + l.Worktree})
	}
	if !taken {
		held, err := whatStays(ctx, site, run)
		if err != nil {
			return nil, err
		}
		for _, h := range held {
			if !stays[h.group] {
				stays[h.group] = true
				report.Left = append(report.Left, h.LeftHere)
			}
		}
	}
	// What belongs together goes back together, its ledger entry included.
	kept := undo.Moves[:0]
	for _, m := range undo.Moves {
		if stays[m.Group] {
			report.Left = append(report.Left, LeftHere{m.Ref, "it belongs to a branch that stays"})
			continue
		}
		kept = append(kept, m)
		report.Moves = append(report.Moves, RefMove{Ref: m.Ref, Old: ID(m.Old), New: ID(m.New)})
	}
	undo.Moves = kept
	if len(stays) > 0 && len(kept) == 0 {
		edit.Files = nil // the record of a branch that stays, stays
	}
	if edit, err = site.keepRecords(edit, stays); err != nil {
		return nil, err
	}
	back, err := edit.reverse().without(stays)
	if err != nil {
		return nil, err
	}
	if err := site.reopenDisputes(ctx, run, stays, &back); err != nil {
		return nil, err
	}
	if taken {
		back = sharedEdit{}
	}
	payload, err := back.encode()
	if err != nil {
		return nil, err
	}
	report.edit, report.Shared = back, !back.isEmpty()
	report.draft = undo.Draft(fmt.Sprintf("undo %d", run.Number), payload)
	return report, nil
}

// chooseRun reads run number, or the newest one that was not taken back and is
// not itself the taking back of one. It tells whether the run was taken back.
func chooseRun(ctx context.Context, site *Site, number int) (run *journal.Run, taken bool, err error) {
	runs, err := journal.Runs(ctx, site.Repo)
	if err != nil {
		return nil, false, err
	}
	undone := make(map[int]bool)
	for i := len(runs) - 1; i >= 0; i-- {
		r := &runs[i]
		if r.Undoes != 0 && !undone[r.Number] {
			undone[r.Undoes] = true
		}
		if r.Number == number || number == 0 && !undone[r.Number] && r.Undoes == 0 {
			return r, undone[r.Number], nil
		}
	}
	if number == 0 {
		return nil, false, &UsageError{Text: "there is no run to take back", Hint: "mgit runs lists all runs of this clone"}
	}
	return nil, false, &UsageError{Text: fmt.Sprintf("there is no run %d", number), Hint: "mgit runs lists all runs of this clone"}
}

// Apply takes the run back. References that somebody moves meanwhile stay. The
// number is that of the new run, 0 when nothing was left to take back.
func (r *UndoReport) Apply(ctx context.Context, lock *journal.Lock) (int, error) {
	if len(r.draft.Moves) == 0 && r.edit.isEmpty() {
		return 0, nil
	}
	scratch, err := r.site.Repo.NewScratch(ctx)
	if err != nil {
		return 0, err
	}
	defer scratch.Close()
	run, err := journal.Apply(ctx, r.site.Repo, lock, scratch, r.draft, applyShared(r.site.Repo))
	if err != nil {
		return 0, err
	}
	for _, out := range run.TakenOut {
		r.takeOut(out)
	}
	return run.Number, r.site.applyClone(ctx, r.edit)
}

func (r *UndoReport) takeOut(out journal.TakenOut) {
	group := make(map[string]bool)
	for _, m := range r.draft.Moves {
		if m.Group == out.Group {
			group[m.Ref] = true
		}
	}
	kept := r.Moves[:0]
	for _, m := range r.Moves {
		if group[m.Ref] {
			r.Left = append(r.Left, LeftHere{m.Ref, out.Reason})
		} else {
			kept = append(kept, m)
		}
	}
	r.Moves = kept
}

// UndoRun takes a run back: plan and, unless dryRun, apply.
func UndoRun(ctx context.Context, site *Site, number int, dryRun bool) (report *UndoReport, run int, err error) {
	var lock *journal.Lock
	if !dryRun {
		if lock, err = site.Lock(ctx, "undo"); err != nil {
			return nil, 0, err
		}
		defer lock.Release()
	}
	if report, err = PlanUndo(ctx, site, number); err != nil || dryRun {
		return report, 0, err
	}
	run, err = report.Apply(ctx, lock)
	return report, run, err
}
