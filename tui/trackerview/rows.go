package trackerview

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// row is a branch of an upgrade, its issue, and what differs. The first row of an upgrade is about its own issue.
type row struct {
	job.TrackerIssue
	series        string
	isUpgrade     bool
	short         string // the branch's name without what all of them begin with
	writes        []job.TrackerWrite
	incoming      []job.TrackerIncoming
	disagreements []job.TrackerDisagreement
	ignored       []job.TrackerIgnored
}

func (r row) key() string { return r.series + " " + r.Branch }

// inList is what stands in the list: names say less, but what tells them apart can be read.
func (r row) inList() string {
	if r.isUpgrade {
		return "the upgrade"
	}
	return r.short
}

// name is what it is about, in full.
func (r row) name() string {
	if r.isUpgrade {
		return "the upgrade from " + r.Subject + " to " + r.series
	}
	return r.Branch
}

// differs reports whether there is anything to do.
func (r row) differs() bool {
	return len(r.writes)+len(r.incoming)+len(r.disagreements)+len(r.ignored) > 0
}

// rowsOf are the rows of a report.
func rowsOf(report *job.TrackerReport) []row {
	if report == nil {
		return nil
	}
	var all []row
	for _, u := range report.Upgrades {
		own := row{series: u.Series, isUpgrade: true, TrackerIssue: job.TrackerIssue{Issue: u.Issue, URL: u.URL, Subject: u.From}}
		at := map[string]int{"": len(all)}
		all = append(all, own)
		prefix := commonPrefix(u.Issues)
		for _, issue := range u.Issues {
			at[issue.Branch] = len(all)
			all = append(all, row{series: u.Series, TrackerIssue: issue, short: strings.TrimPrefix(issue.Branch, prefix)})
		}
		of := func(branch string) *row { return &all[at[branch]] } // groups in between are the upgrade's
		for _, w := range u.Writes {
			r := of(w.Branch)
			r.writes = append(r.writes, w)
		}
		for _, in := range u.Incoming {
			r := of(in.Branch)
			r.incoming = append(r.incoming, in)
		}
		for _, d := range u.Disagreements {
			r := of(d.Branch)
			r.disagreements = append(r.disagreements, d)
		}
		for _, x := range u.Ignored {
			r := of(x.Branch)
			r.ignored = append(r.ignored, x)
		}
	}
	return all
}

// commonPrefix is what the names of all branches begin with, up to and with a hyphen.
func commonPrefix(issues []job.TrackerIssue) string {
	if len(issues) < 2 {
		return ""
	}
	prefix := issues[0].Branch
	for _, issue := range issues[1:] {
		for !strings.HasPrefix(issue.Branch, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix[:strings.LastIndexByte(prefix, '-')+1]
}

// sign says what is to be done: "!" a person, "x" the tracker did not take it, "·" it waits for a sync, "+" both agree.
func (r row) sign() widget.Span {
	switch {
	case len(r.disagreements) > 0:
		return widget.Span{Text: "!", Role: theme.Attention}
	case len(r.ignored) > 0:
		return widget.Span{Text: "x", Role: theme.Bad}
	case r.differs():
		return widget.Span{Text: "·", Role: theme.Attention}
	}
	return widget.Span{Text: "+", Role: theme.Good}
}

// there is what the tracker says about a key of the branch: what somebody changed, else what both last agreed on.
func (r row) there(key, agreed string) string {
	for _, d := range r.disagreements {
		if d.Key == key {
			return d.Tracker
		}
	}
	for _, in := range r.incoming {
		if in.Key == key {
			return in.New
		}
	}
	return agreed
}

func (r row) state() widget.Span {
	if r.isUpgrade {
		return widget.Span{}
	}
	sign, role := theme.Sign(r.State)
	return widget.Span{Text: sign + " " + r.State, Role: role}
}

func (r row) stateThere() widget.Span {
	text := r.there("state", r.Status)
	if text == "" {
		return widget.Span{Text: "-", Role: theme.Faint}
	}
	role := theme.Text
	if text != r.Status {
		role = theme.Attention
	}
	return widget.Span{Text: text, Role: role}
}

// change says in a few words what a sync would do: "→" is written there, "←" comes from there, "≠" differs.
func (r row) change() widget.Span {
	var parts []string
	role := theme.Text
	keys := func(sign string, keys []string) {
		if len(keys) > 0 {
			parts = append(parts, sign+" "+strings.Join(keys, ", "))
		}
	}
	var there, here, both, not []string
	for _, d := range r.disagreements {
		both, role = append(both, d.Key), theme.Attention
	}
	for _, x := range r.ignored {
		not = append(not, x.Key)
	}
	for _, in := range r.incoming {
		here = append(here, in.Key)
	}
	for _, w := range r.writes {
		if w.New {
			there = append(there, "new issue")
			continue
		}
		there = append(there, w.Keys...)
	}
	keys("≠", both)
	keys("x", not)
	keys("←", here)
	keys("→", there)
	return widget.Span{Text: strings.Join(parts, "  "), Role: role}
}

func branchTable() widget.Table[row] {
	return widget.Table[row]{
		Columns: []widget.Column[row]{
			{Title: "", Width: 1, Cell: row.sign},
			{Title: "branch", Elastic: true, Middle: true, Cell: func(r row) widget.Span { return widget.Span{Text: r.inList()} }},
			{Title: "issue", Most: 12, Cell: func(r row) widget.Span { return widget.Span{Text: r.Issue} }},
			{Title: "state", Most: 15, Rank: 1, Cell: row.state},
			{Title: "there", Most: 14, Rank: 3, Cell: row.stateThere},
			{Title: "owner", Most: 16, Rank: 4, Cell: func(r row) widget.Span { return widget.Span{Text: r.Owner} }},
			{Title: "done", Rank: 5, Right: true, Cell: func(r row) widget.Span {
				if r.isUpgrade || r.Issue == "" {
					return widget.Span{}
				}
				return widget.Span{Text: fmt.Sprintf("%d%%", r.Done)}
			}},
			{Title: "change", Most: 26, Rank: 2, Cell: row.change},
		},
		ID: row.key,
		Fields: map[string]func(row) []string{
			"branch": func(r row) []string { return []string{r.Branch, r.NewName} },
			"state":  func(r row) []string { return []string{r.State} },
			"owner":  func(r row) []string { return []string{r.Owner} },
			"issue":  func(r row) []string { return []string{r.Issue} },
			"there":  func(r row) []string { return []string{r.stateThere().Text} },
		},
		Empty: "No upgrade is under way, so nothing is compared. `mgit upgrade begin SERIES` begins one.",
	}
}
