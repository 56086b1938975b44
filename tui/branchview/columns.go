package branchview

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// fill brings the answer into the table.
func (v *View) fill() {
	a, _ := v.status.Value()
	v.table.Empty = v.nothing(a.report)
	v.columns(a.report)
	_, found := v.table.Selected()
	v.table.SetRows(rowsOf(a.report))
	if rows := v.table.Shown(); !found && len(rows) > 0 {
		v.table.Select(rows[0].id())
	}
}

// nothing says why there is no branch, and what to do.
func (v *View) nothing(report *job.StatusReport) string {
	if len(report.Series) != 1 {
		return "There are no branches yet. " + v.host.Keys.Key(keymap.BranchesNew) + " begins one, as `mgit new TYPE COMPONENT` does."
	}
	return fmt.Sprintf("There is no branch of %s. %s begins one, %s shows those of all series.",
		report.Series[0], v.host.Keys.Key(keymap.BranchesNew), v.host.Keys.Key(keymap.BranchesAll))
}

// columns makes the columns for a report: one for each target that its series have, one for the series where
// there are several.
func (v *View) columns(report *job.StatusReport) {
	v.targets = nil
	var series []string
	if report != nil {
		for _, t := range report.Targets {
			if !slices.Contains(v.targets, t.Short) {
				v.targets = append(v.targets, t.Short)
			}
		}
		for _, s := range report.Series {
			series = append(series, s.String())
		}
	}
	columns := []widget.Column[row]{
		{Title: "State", Sparse: true, Cell: stateCell, Compare: func(a, b row) int { return cmp.Compare(stateOrder(a), stateOrder(b)) }},
		{Title: "Component", Elastic: true, Least: 20, Middle: true, Cell: componentCell},
		{Title: "Type", Rank: 5, Most: 12, Cell: func(r row) widget.Span { return widget.Span{Text: r.Type} }},
		{Title: "Base", Rank: 3, Most: 14, Cell: baseCell},
		{Title: "Own", Right: true, Rank: 4, Cell: commitsCell, Compare: func(a, b row) int { return cmp.Compare(a.Commits, b.Commits) }},
	}
	for _, short := range v.targets {
		columns = append(columns, widget.Column[row]{Title: short, Rank: 2, Most: 7, Cell: func(r row) widget.Span { return presenceCell(r.presence(report, short)) }})
	}
	if isJudged(report) {
		columns = append(columns, widget.Column[row]{Title: "Checks", Rank: 1, Cell: checksCell, Compare: compareChecks})
	}
	columns = append(columns,
		widget.Column[row]{Title: "Ticket", Sparse: true, Rank: 7, Most: 14, Cell: func(r row) widget.Span { return widget.Span{Text: r.Ticket} }},
		widget.Column[row]{Title: "Age", Right: true, Rank: 8, Cell: v.ageCell, Compare: compareAges},
		widget.Column[row]{Title: "Owner", Sparse: true, Rank: 10, Most: 14, Cell: func(r row) widget.Span { return widget.Span{Text: r.Owner} }},
	)
	if len(series) > 1 {
		columns = slices.Insert(columns, 1, widget.Column[row]{
			Title: "Series", Rank: 9, Cell: func(r row) widget.Span { return widget.Span{Text: seriesOf(r)} },
			Compare: func(a, b row) int { return a.Version.Compare(b.Version) },
		})
	}
	// The whole name repeats what the other columns say; it is there to be searched, and where there is room.
	columns = append(columns, widget.Column[row]{Title: "Branch", Rank: 11, Middle: true, Cell: func(r row) widget.Span { return widget.Span{Text: r.Name, Role: theme.Faint} }})
	if !slices.EqualFunc(v.table.Columns, columns, func(a, b widget.Column[row]) bool { return a.Title == b.Title }) {
		v.table.SortBy(-1)
	}
	v.table.Columns = columns
	v.table.Group = v.group.of(len(series), report)
}

// stateCell is the state with its sign.
func stateCell(r row) widget.Span {
	switch state := r.state(); state {
	case "":
		return widget.Span{}
	case "behind", "misnamed":
		return widget.Span{Text: "! " + state, Role: theme.Attention}
	default:
		sign, role := theme.Sign(state)
		return widget.Span{Text: sign + " " + state, Role: role}
	}
}

// stateOrder puts first what waits for a person.
func stateOrder(r row) int {
	order := append([]string{"behind", "misnamed"}, job.States()...)
	if i := slices.Index(order, r.state()); i >= 0 {
		return i
	}
	return len(order)
}

// componentCell is the component with the short name, as records are called. What has no place among the
// others has its whole name.
func componentCell(r row) widget.Span {
	switch {
	case r.kind == misnamed:
		return widget.Span{Text: r.Name}
	case r.kind == coming:
		return widget.Span{Text: r.Name, Role: theme.Faint}
	case r.Short != "":
		return widget.Span{Text: r.Component + "-" + r.Short}
	}
	return widget.Span{Text: r.Component}
}

// baseCell is the base; "!" marks one that is not the first release of the series.
func baseCell(r row) widget.Span {
	switch {
	case r.kind != present:
		return widget.Span{}
	case r.Exception != "":
		return widget.Span{Text: "! " + r.BaseText(), Role: theme.Attention}
	}
	return widget.Span{Text: r.BaseText(), Role: theme.Faint}
}

func commitsCell(r row) widget.Span {
	if r.kind != present {
		return widget.Span{}
	}
	return widget.Span{Text: strconv.Itoa(r.Commits)}
}

func presenceCell(word string) widget.Span {
	switch word {
	case "in":
		return widget.Span{Text: "+ in", Role: theme.Good}
	case "older":
		return widget.Span{Text: "! older", Role: theme.Attention}
	}
	return widget.Span{Text: word, Role: theme.Faint}
}

func seriesOf(r row) string {
	if r.Version.IsZero() {
		return ""
	}
	return r.Version.String()
}

func (v *View) ageCell(r row) widget.Span {
	if r.Date == nil {
		return widget.Span{}
	}
	return widget.Span{Text: age(v.host.Now().Sub(*r.Date)), Role: theme.Faint}
}

// age is a time in one number: "4 h", "12 d", "5 mo", "3 y". A date in the future is as old as now.
func age(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Hour:
		return strconv.Itoa(max(0, int(d/time.Minute))) + " min"
	case d < day:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	case d < 60*day:
		return strconv.Itoa(int(d/day)) + " d"
	case d < 730*day:
		return strconv.Itoa(int(d/(30*day))) + " mo"
	}
	return strconv.Itoa(int(d/(365*day))) + " y"
}

// compareAges puts the youngest first, and what has no date last.
func compareAges(a, b row) int {
	switch {
	case a.Date == nil || b.Date == nil:
		return cmp.Compare(asNumber(a.Date == nil), asNumber(b.Date == nil))
	}
	return b.Date.Compare(*a.Date)
}

func asNumber(is bool) int {
	if is {
		return 1
	}
	return 0
}

// fields are what a filter can name.
func fields() map[string]func(row) []string {
	one := func(of func(row) string) func(row) []string {
		return func(r row) []string { return []string{of(r)} }
	}
	return map[string]func(row) []string{
		"name":      one(func(r row) string { return r.Name }),
		"component": one(func(r row) string { return cmp.Or(r.Component, r.Name) }),
		"short":     one(func(r row) string { return r.Short }),
		"type":      one(func(r row) string { return r.Type }),
		"series":    one(seriesOf),
		"ticket":    one(func(r row) string { return r.Ticket }),
		"owner":     one(func(r row) string { return r.Owner }),
		"remote":    one(func(r row) string { return r.Remote }),
		"worktree":  one(row.worktree),
		"outcome":   one(func(r row) string { return ofEntry(r, func(u *job.BranchUpgrade) string { return u.Outcome }) }),
		"decided":   one(func(r row) string { return ofEntry(r, func(u *job.BranchUpgrade) string { return u.Disposition }) }),
		"state":     statesOf,
		"base":      basesOf,
		"check":     checksOf,
		"target":    targetsOf,
	}
}

// ofEntry is what the newest upgrade says of the branch; "" where none knows it.
func ofEntry(r row, word func(*job.BranchUpgrade) string) string {
	if e := r.entry(); e != nil {
		return word(e)
	}
	return ""
}

// statesOf are the state, what it is shown as, and for a parked branch "conflict", as its outcome was.
func statesOf(r row) []string {
	states := []string{r.State, r.state()}
	if r.conflict() != nil {
		states = append(states, "conflict")
	}
	return states
}

// basesOf are the base, and "exception" with its kind where it is one.
func basesOf(r row) []string {
	if r.kind != present {
		return nil
	}
	bases := []string{r.BaseText()}
	if r.Exception != "" {
		bases = append(bases, "exception", string(r.Exception))
	}
	return bases
}

// targetsOf are the targets that have the branch; "older" or "older NAME" where one has an older state, "none"
// where no target has anything of it.
func targetsOf(r row) []string {
	targets := slices.Clone(r.Targets)
	for _, s := range r.Stale {
		targets = append(targets, "older "+s.Target)
	}
	if len(targets) == 0 && r.kind == present {
		targets = append(targets, "none")
	}
	return targets
}
