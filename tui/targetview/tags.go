package targetview

import (
	"fmt"
	"time"

	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// tagList is the list of the releases, and what a proof of each found.
type tagList struct {
	list     screen.Question[*job.ReleaseList]
	verified map[string]*screen.Question[*job.VerifyReport] // by tag
	table    widget.Table[job.ListedRelease]
	details  widget.Text
}

func newTagList() tagList {
	l := tagList{verified: make(map[string]*screen.Question[*job.VerifyReport])}
	l.table = widget.Table[job.ListedRelease]{
		Columns: []widget.Column[job.ListedRelease]{
			{Title: "", Width: 1, Cell: func(r job.ListedRelease) widget.Span {
				if r.Fault != "" {
					return widget.Span{Text: "!", Role: theme.Attention}
				}
				return widget.Span{Text: " "}
			}},
			{Title: "release", Elastic: true, Cell: func(r job.ListedRelease) widget.Span { return widget.Span{Text: r.Tag} }},
			{Title: "Moodle", Most: 12, Cell: func(r job.ListedRelease) widget.Span { return widget.Span{Text: r.Moodle.Tag} }},
			{Title: "of", Width: 10, Rank: 1, Cell: func(r job.ListedRelease) widget.Span { return widget.Span{Text: day(r.When)} }},
			{Title: "branches", Right: true, Rank: 2, Cell: func(r job.ListedRelease) widget.Span {
				if r.Form == "" {
					return widget.Span{}
				}
				return widget.Span{Text: fmt.Sprint(r.Branches)}
			}},
		},
		ID: func(r job.ListedRelease) string { return r.Tag },
		Fields: map[string]func(job.ListedRelease) []string{
			"target": func(r job.ListedRelease) []string { return []string{r.Target} },
			"moodle": func(r job.ListedRelease) []string { return []string{r.Moodle.Tag} },
		},
		Empty: "There is no release yet. r on a target makes one.",
	}
	return l
}

func day(when *time.Time) string {
	if when == nil {
		return ""
	}
	return when.Format(time.DateOnly)
}

// of is the question whether a release is proven.
func (l *tagList) of(tag string) *screen.Question[*job.VerifyReport] {
	if l.verified[tag] == nil {
		l.verified[tag] = &screen.Question[*job.VerifyReport]{}
	}
	return l.verified[tag]
}

func (l *tagList) copies() []screen.Copyable {
	r, found := l.table.Selected()
	if !found {
		return nil
	}
	all := []screen.Copyable{{What: "name of the release", Text: r.Tag}, {What: "its commit", Text: r.Commit.String()}}
	if r.Target != "" {
		all = append(all, screen.Copyable{What: "its target", Text: r.Target})
	}
	return append(all, screen.Copyable{What: "command that proves it", Text: "mgit release verify " + r.Tag})
}

// describe is what is known of the selected release.
func (l *tagList) describe(v *View, width int) []widget.Line {
	r, found := l.table.Selected()
	if !found {
		return nil
	}
	lines := []widget.Line{widget.Plain(theme.Strong, r.Tag)}
	fact := func(name, value string) {
		if value != "" {
			lines = append(lines, widget.Line{{Text: fmt.Sprintf("%-9s ", name), Role: theme.Faint}, {Text: value}})
		}
	}
	fact("target", r.Target)
	fact("commit", r.Commit.String())
	fact("Moodle", r.Moodle.Tag)
	if r.When != nil {
		fact("made", r.When.Format("2006-01-02 15:04")+" by "+r.Who)
	}
	if r.Form != "" {
		fact("manifest", fmt.Sprintf("the %s form, %d branches", r.Form, r.Branches))
	}
	if r.Fault != "" {
		lines = append(lines, flow(theme.Attention, "! It has no manifest that can be used: "+r.Fault, width)...)
	}
	lines = append(lines, widget.Line{})
	return append(lines, l.proof(v, r, width)...)
}

// proof is what verifying found, as mgit release verify prints it.
func (l *tagList) proof(v *View, r job.ListedRelease, width int) []widget.Line {
	q := l.of(r.Tag)
	report, known := q.Value()
	var lines []widget.Line
	switch {
	case q.IsSlow(v.host.Now()):
		lines = append(lines, widget.Plain(theme.Faint, "… it is made again from its manifest"))
	case q.Err() != nil:
		lines = append(lines, v.errorLines(q.Err())...)
	case !known && !q.IsOpen():
		return append(lines, flow(theme.Faint, "Nothing of this is proven yet: enter makes the release again from its manifest.", width)...)
	}
	if !known {
		return lines
	}
	for _, check := range report.Checks {
		sign, role := "+", theme.Good
		switch check.State {
		case "failed":
			sign, role = "x", theme.Bad
		case "skipped":
			sign, role = "-", theme.Faint
		}
		lines = append(lines, flow(role, sign+" "+check.Check+": "+check.Text, width)...)
	}
	if report.Proven {
		return append(lines, widget.Plain(theme.Good, "+ "+r.Tag+" is proven."))
	}
	return append(lines, widget.Plain(theme.Bad, "x "+r.Tag+" is not proven."))
}
