package upgradeview

import (
	"cmp"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/upgrade"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// boardRow is a branch of the old series in the upgrade.
type boardRow struct {
	job.UpgradeBranch
	// faults are why it is not accounted for.
	faults []job.Forgotten
	// report is what the last run of this screen made of it, or would make of it; nil where
	// nothing is known.
	report *job.BranchReport
}

func (r boardRow) account() job.Account {
	if r.report == nil {
		return job.Account{}
	}
	return r.report.Commits
}

// word is the state, or that it landed.
func (r boardRow) word() string { return report.UpgradeState(r.UpgradeBranch) }

// need orders rows by how much they want a person, the most first.
func (r boardRow) need() int {
	switch {
	case r.Outcome == upgrade.OutcomeFailed:
		return 0
	case len(r.faults) > 0:
		return 1
	case r.State == upgrade.StateParked:
		return 2
	case r.Outcome == upgrade.OutcomeDiverged, r.Outcome == upgrade.OutcomeMoved:
		return 3
	case r.State == upgrade.StateTodo, r.State == "":
		return 4
	case r.State == upgrade.StateHeld:
		return 5
	case r.State == upgrade.StateDropped:
		return 7
	}
	return 6
}

func boardTable() widget.Table[boardRow] {
	text := func(title string, rank, most int, get func(boardRow) string) widget.Column[boardRow] {
		return widget.Column[boardRow]{Title: title, Rank: rank, Most: most, Cell: func(r boardRow) widget.Span { return widget.Span{Text: get(r)} }}
	}
	count := func(title string, rank int, get func(job.Account) int) widget.Column[boardRow] {
		return widget.Column[boardRow]{
			Title: title, Right: true, Rank: rank,
			Cell:    func(r boardRow) widget.Span { return widget.Span{Text: number(get(r.account()))} },
			Compare: func(a, b boardRow) int { return cmp.Compare(get(b.account()), get(a.account())) },
		}
	}
	return widget.Table[boardRow]{
		Columns: []widget.Column[boardRow]{
			{Title: "state", Cell: stateCell, Compare: func(a, b boardRow) int { return cmp.Compare(a.need(), b.need()) }},
			{Title: "branch", Elastic: true, Least: 36, Middle: true, Cell: func(r boardRow) widget.Span { return widget.Span{Text: r.OldName} }},
			text("to become", 2, 0, func(r boardRow) string { return cmp.Or(r.Disposition, "not decided") }),
			{Title: "outcome", Rank: 3, Cell: func(r boardRow) widget.Span { return outcome(r.Outcome) }},
			text("owner", 4, 12, func(r boardRow) string { return r.Owner }),
			text("ticket", 5, 12, func(r boardRow) string { return r.Ticket }),
			count("in", 6, func(a job.Account) int { return a.In }),
			count("kept", 7, func(a job.Account) int { return a.Kept }),
			count("landed", 8, landed),
			count("left", 9, left),
			text("reason", 10, 30, func(r boardRow) string { return r.Reason }),
		},
		ID: func(r boardRow) string { return r.OldName },
		Fields: map[string]func(boardRow) []string{
			"state":   func(r boardRow) []string { return []string{r.word()} },
			"outcome": func(r boardRow) []string { return []string{r.Outcome} },
			"become":  func(r boardRow) []string { return []string{r.Disposition} },
			"owner":   func(r boardRow) []string { return []string{r.Owner} },
			"ticket":  func(r boardRow) []string { return []string{r.Ticket} },
			"type":    func(r boardRow) []string { return []string{r.Type} },
		},
	}
}

// stateCell is the state with its sign; one that is not accounted for says so in front of all.
func stateCell(r boardRow) widget.Span {
	s := state(r.word())
	if len(r.faults) > 0 {
		return widget.Span{Text: "? " + strings.TrimLeft(s.Text, "+=!x-·? "), Role: theme.Bad}
	}
	return s
}

// fillBoard lists the branches of the upgrade, those first that want a person.
func (v *View) fillBoard() {
	v.board.SetRows(only(v.boardRows(), v.only[pageBoard], boardRow.word))
	v.board.Empty = v.nothingBegun()
	if v.only[pageBoard] != "" {
		v.board.Empty = "No branch is in this state. esc shows all."
	}
}

func (v *View) boardRows() []boardRow {
	a := v.shown()
	if a == nil {
		return nil
	}
	faults := make(map[string][]job.Forgotten)
	for _, f := range a.Forgotten {
		faults[f.Branch] = append(faults[f.Branch], f)
	}
	rows := make([]boardRow, 0, len(a.Branches))
	for _, u := range a.Branches {
		rows = append(rows, boardRow{UpgradeBranch: u, faults: faults[u.OldName], report: v.reportOf(a.Onto.Tag, u)})
	}
	slices.SortStableFunc(rows, func(x, y boardRow) int {
		return cmp.Or(cmp.Compare(x.need(), y.need()), strings.Compare(x.OldName, y.OldName))
	})
	return rows
}

// reportOf is the account of a branch's commits: of the run that made its outcome, if that was on this
// screen, else of the triage while the branch is still to be moved.
func (v *View) reportOf(tag string, u job.UpgradeBranch) *job.BranchReport {
	if b, found := v.ran[tag][u.OldName]; found && b.Outcome == u.Outcome {
		return &b
	}
	if u.State == upgrade.StateTodo || u.State == upgrade.StateParked {
		return v.triageOf(u.OldName)
	}
	return nil
}

// keep remembers what a run made of the branches. One that it left unchanged keeps what an earlier run said.
func (v *View) keep(r *job.RebaseReport) {
	known := v.ran[r.Onto.Tag]
	if known == nil {
		known = make(map[string]job.BranchReport)
		v.ran[r.Onto.Tag] = known
	}
	for _, b := range r.Branches {
		if _, found := known[b.Name]; found && b.Outcome == upgrade.OutcomeUnchanged {
			continue
		}
		known[b.Name] = b
	}
}

// nothingBegun says what to do where there is no ledger to show.
func (v *View) nothingBegun() string {
	r, found := v.release()
	if !found {
		return "No release is chosen: u lists them."
	}
	if _, begun := v.begun(); begun {
		return "" // it is being read
	}
	return "No upgrade to " + r.Series + " was begun. `mgit upgrade begin " + beginWord(r) + "` enters every branch: press B."
}
