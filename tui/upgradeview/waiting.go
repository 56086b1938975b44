package upgradeview

import (
	"cmp"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/upgrade"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// waitingRow is something that waits for a person.
type waitingRow struct {
	kind   string // "parked", "failed", "not accounted for", …
	branch string // the old name; "" where it is about none
	text   string
	owner  string
	opens  string // the parked branch that enter opens
	then   string // the command that goes on from here
}

func (r waitingRow) sign() widget.Span { return kindSign(r.kind) }

// kindSign is a kind of what waits with its sign.
func kindSign(kind string) widget.Span {
	switch kind {
	case kindNext:
		return widget.Span{Text: "+ " + kind, Role: theme.Good}
	case upgrade.OutcomeFailed, kindForgotten:
		return widget.Span{Text: "x " + kind, Role: theme.Bad}
	case upgrade.StateTodo:
		return state(kind)
	}
	return widget.Span{Text: "! " + kind, Role: theme.Attention}
}

// The kinds of what waits that are neither an outcome nor a state.
const (
	kindForgotten   = "unaccounted"
	kindUnjustified = "unjustified"
	kindExpired     = "expired"
	kindDisputed    = "disputed"
	kindNext        = "next"
)

// kinds are all of them in the order of the list.
func kinds() []string {
	return []string{
		upgrade.OutcomeFailed, upgrade.StateParked, upgrade.OutcomeDiverged, upgrade.OutcomeMoved,
		kindDisputed, kindForgotten, upgrade.StateTodo, kindUnjustified, kindExpired, kindNext,
	}
}

func waitingTable() widget.Table[waitingRow] {
	return widget.Table[waitingRow]{
		Columns: []widget.Column[waitingRow]{
			{Title: "waits", Cell: waitingRow.sign, Compare: func(a, b waitingRow) int {
				return cmp.Compare(slices.Index(kinds(), a.kind), slices.Index(kinds(), b.kind))
			}},
			{Title: "branch", Elastic: true, Least: 36, Middle: true, Cell: func(r waitingRow) widget.Span {
				return widget.Span{Text: cmp.Or(r.branch, r.text)}
			}},
			{Title: "owner", Sparse: true, Rank: 1, Most: 12, Cell: func(r waitingRow) widget.Span { return widget.Span{Text: r.owner} }},
		},
		ID: func(r waitingRow) string { return r.kind + " " + r.branch + " " + r.text },
		Fields: map[string]func(waitingRow) []string{
			"waits": func(r waitingRow) []string { return []string{r.kind} },
			"owner": func(r waitingRow) []string { return []string{r.owner} },
		},
	}
}

// fillWaiting lists what is left for people, and what comes when nothing is.
func (v *View) fillWaiting() {
	a := v.shown()
	v.waiting.Empty, v.waitingKinds = v.nothingBegun(), make(map[string]int)
	if a == nil {
		v.waiting.SetRows(nil)
		return
	}
	var rows []waitingRow
	for _, u := range a.Branches {
		rows = append(rows, waitingOf(a, u, v.reportOf(a.Onto.Tag, u))...)
	}
	for _, f := range a.Forgotten {
		if !slices.ContainsFunc(rows, func(r waitingRow) bool {
			return r.branch == f.Branch && r.kind != upgrade.StateTodo && r.kind != upgrade.StateParked
		}) {
			rows = append(rows, waitingRow{kind: kindForgotten, branch: f.Branch, text: f.Text, then: settle(a, f)})
		}
	}
	for _, d := range a.Disputes {
		rows = append(rows, waitingRow{
			kind: kindDisputed, branch: d.Entry, text: "two people set " + d.Key + " differently",
			then: "mgit disputes settle " + d.ID + " kept|other",
		})
	}
	rows = append(rows, nextRows(a)...)
	slices.SortStableFunc(rows, func(x, y waitingRow) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds(), x.kind), slices.Index(kinds(), y.kind)), strings.Compare(x.branch, y.branch))
	})
	for _, r := range rows {
		v.waitingKinds[r.kind]++
	}
	if v.only[pageWaiting] != "" {
		v.waiting.Empty = "Nothing of this kind waits. esc shows all."
	}
	v.waiting.SetRows(only(rows, v.only[pageWaiting], func(r waitingRow) string { return r.kind }))
}

// waitingOf is what waits about one branch.
func waitingOf(a *job.UpgradeAccount, u job.UpgradeBranch, report *job.BranchReport) []waitingRow {
	var rows []waitingRow
	add := func(kind, text, then string) *waitingRow {
		rows = append(rows, waitingRow{kind: kind, branch: u.OldName, text: text, owner: u.Owner, then: then})
		return &rows[len(rows)-1]
	}
	isOpen := u.Disposition != upgrade.DispositionDrop && u.Disposition != upgrade.DispositionHold
	switch {
	case u.Parked != nil:
		add(upgrade.StateParked, u.Parked.Text(), "mgit resolve "+u.NewName).opens = u.NewName
	case u.Outcome == upgrade.OutcomeFailed, u.Outcome == upgrade.OutcomeDiverged, u.Outcome == upgrade.OutcomeMoved:
		text := u.Reason
		if report != nil {
			text = cmp.Or(report.Reason, text)
		}
		add(u.Outcome, cmp.Or(text, "the last run could not move it"), "mgit rebase-all "+a.Onto.Tag)
	case u.State == upgrade.StateTodo && u.Known && isOpen && u.Disposition != "":
		add(upgrade.StateTodo, "to "+u.Disposition, "mgit rebase-all "+a.Onto.Tag)
	case u.State == upgrade.StateTodo && u.Known && !isOpen:
		add(upgrade.StateTodo, "to "+u.Disposition+": the next run acts on it", "mgit rebase-all "+a.Onto.Tag)
	}
	if len(u.Unjustified) > 0 {
		add(kindUnjustified, strings.Join(u.Unjustified, "; "), "mgit dispose "+u.OldName+" --justification upstreamable|temporary|local")
	}
	if u.Expired {
		add(kindExpired, "to be looked at before "+u.Justification.ReviewBy.String(), "mgit dispose "+u.OldName+" --review-by SERIES")
	}
	return rows
}

// settle is the command that puts a fault right, as far as one does.
func settle(a *job.UpgradeAccount, f job.Forgotten) string {
	switch f.Fault {
	case job.FaultNoEntry:
		return "mgit upgrade begin " + a.Series
	case job.FaultUndecided, job.FaultNoReason:
		return "mgit dispose " + f.Branch + " rebase|replace|drop|hold --reason TEXT"
	case job.FaultBehind, job.FaultNewGone:
		return "mgit rebase-all " + a.Onto.Tag
	case job.FaultMisnamed:
		return "git branch -m " + f.Branch + " NAME"
	case job.FaultOldGone:
		return "mgit dispose " + f.Branch + " drop --reason TEXT"
	}
	return "mgit show " + f.Branch
}

// nextRows are what comes next: the test branch, as soon as something has arrived, and the series in use when
// all is done.
func nextRows(a *job.UpgradeAccount) []waitingRow {
	arrived := a.States[upgrade.StateMoved] + a.States[upgrade.StateTested] + a.States[upgrade.StateInTest] + a.States[upgrade.StateInDeployment]
	var rows []waitingRow
	if arrived > 0 {
		rows = append(rows, waitingRow{
			kind: kindNext, text: "assemble the test branch: " + number(arrived) + " arrived",
			then: "mgit assemble test --series " + a.Series,
		})
	}
	if a.Finished {
		rows = append(rows, waitingRow{
			kind: kindNext, text: "make " + a.Series + " the series in use, once it is in production",
			then: "mgit config edit series " + a.Series,
		})
	}
	return rows
}
