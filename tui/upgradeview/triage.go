package upgradeview

import (
	"cmp"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/widget"
)

// triageRow is a branch and what would become of it. While the triage runs only the outcome is known.
type triageRow struct {
	name    string
	outcome string
	report  *job.BranchReport
}

func (r triageRow) account() job.Account {
	if r.report == nil {
		return job.Account{}
	}
	return r.report.Commits
}

func triageTable() widget.Table[triageRow] {
	count := func(title string, rank int, get func(job.Account) int) widget.Column[triageRow] {
		return widget.Column[triageRow]{
			Title: title, Right: true, Rank: rank,
			Cell:    func(r triageRow) widget.Span { return widget.Span{Text: number(get(r.account()))} },
			Compare: func(a, b triageRow) int { return cmp.Compare(get(b.account()), get(a.account())) },
		}
	}
	return widget.Table[triageRow]{
		Columns: []widget.Column[triageRow]{
			{
				Title: "outcome", Cell: func(r triageRow) widget.Span { return outcome(r.outcome) },
				Compare: func(a, b triageRow) int { return cmp.Compare(job.Rank(b.outcome), job.Rank(a.outcome)) },
			},
			{Title: "branch", Elastic: true, Least: 36, Middle: true, Cell: func(r triageRow) widget.Span { return widget.Span{Text: r.name} }},
			count("in", 1, func(a job.Account) int { return a.In }),
			count("kept", 2, func(a job.Account) int { return a.Kept }),
			count("landed", 3, landed),
			count("left", 4, left),
		},
		ID: func(r triageRow) string { return r.name },
		Fields: map[string]func(triageRow) []string{
			"outcome": func(r triageRow) []string { return []string{r.outcome} },
			"check": func(r triageRow) []string {
				if r.report == nil {
					return nil
				}
				return report.CheckWeights(r.report.Findings)
			},
			"suggest": func(r triageRow) []string {
				if r.report == nil || r.report.Suggestion == nil {
					return nil
				}
				return []string{r.report.Suggestion.Disposition}
			},
		},
	}
}

// fillTriage lists the branches: as they come while the triage runs, the latest first, and afterwards what
// wants a person first.
func (v *View) fillTriage() {
	rows := v.triageRows()
	v.outcomes = make(map[string]int)
	for _, r := range rows {
		v.outcomes[r.outcome]++
	}
	v.triageTable.SetRows(only(rows, v.only[pageTriage], func(r triageRow) string { return r.outcome }))
	switch {
	case v.triage.IsOpen():
		v.triageTable.Empty = ""
	case v.only[pageTriage] != "":
		v.triageTable.Empty = "No branch has this outcome. esc shows all."
	default:
		v.triageTable.Empty = "`mgit triage " + v.tag() + "` shows what would become of every branch: press t."
	}
}

func (v *View) triageRows() []triageRow {
	if !v.isTriaged() {
		return nil
	}
	var rows []triageRow
	if v.triage.IsOpen() {
		events := v.triage.Progress().Events()
		v.events = len(events)
		for _, e := range slices.Backward(events) {
			rows = append(rows, triageRow{name: e.Branch, outcome: e.Outcome})
		}
		return rows
	}
	made, known := v.triage.Value()
	if !known || made.Onto.Tag != v.triaged {
		return nil
	}
	for i := range made.Branches {
		b := &made.Branches[i]
		rows = append(rows, triageRow{b.Name, b.Outcome, b})
	}
	slices.SortStableFunc(rows, func(a, b triageRow) int {
		return cmp.Or(cmp.Compare(job.Rank(b.outcome), job.Rank(a.outcome)), strings.Compare(a.name, b.name))
	})
	return rows
}

// isTriaged reports whether the triage is of the chosen release, or of the one that its series' upgrade goes
// onto.
func (v *View) isTriaged() bool {
	r, _ := v.release()
	u, found := v.begun()
	return v.triaged != "" && (v.triaged == r.Tag || found && v.triaged == u.Onto)
}

// refresh shows the events that came since the table was filled.
func (v *View) refresh() {
	if v.triage.IsOpen() && len(v.triage.Progress().Events()) != v.events {
		v.fillTriage()
	}
}

// only keeps the rows with the word; "" keeps all.
func only[T any](rows []T, word string, of func(T) string) []T {
	if word == "" {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r T) bool { return of(r) != word })
}

// triageOf is what the last triage of the chosen release said of a branch; nil where it said nothing.
func (v *View) triageOf(name string) *job.BranchReport {
	made, known := v.triage.Value()
	if !known || v.triage.IsOpen() || !v.isTriaged() || made.Onto.Tag != v.triaged {
		return nil
	}
	for i := range made.Branches {
		if made.Branches[i].Name == name {
			return &made.Branches[i]
		}
	}
	return nil
}
