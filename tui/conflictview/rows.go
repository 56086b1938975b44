package conflictview

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// item is what waits: a parked branch, or a merge that a target does without.
type item struct {
	branch *job.WaitingBranch
	target *job.WaitingTarget
}

// name is the one by which commands know it.
func (it item) name() string {
	if it.branch != nil {
		return it.branch.NewName
	}
	return it.target.Target
}

// title is the name, and of a target what it does without.
func (it item) title() string {
	if it.target != nil && it.target.Branch != "" {
		return it.name() + " without " + it.target.Branch
	}
	return it.name()
}

func (it item) id() string {
	if it.branch != nil {
		return "branch " + it.branch.NewName
	}
	return "target " + it.target.Target + " " + it.target.Branch
}

func (it item) isNamed(name string) bool {
	return it.name() == name || it.branch != nil && it.branch.Name == name || it.target != nil && it.target.Branch == name
}

func (it item) standing() job.Standing {
	if it.branch != nil {
		return it.branch.Standing
	}
	return it.target.Standing
}

// what is in conflict, as far as it is written down.
func (it item) what() string {
	if it.branch != nil {
		return strings.Join(it.branch.Paths, ", ")
	}
	text := it.target.Branch
	if text == "" {
		return it.target.Reason
	}
	for i, c := range it.target.Conflicts {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		text += sep + job.ShowPath(string(c.Path))
	}
	return text
}

// standingWords say how far the work is.
func standingWords(s job.Standing) string {
	switch s {
	case job.StandingStopped:
		return "being resolved"
	case job.StandingFinished:
		return "finished, not moved"
	case job.StandingGivenUp:
		return "given up"
	case job.StandingDeleted:
		return "worktree deleted"
	case job.StandingAstray:
		return "worktree in other use"
	}
	return "not opened"
}

// place is a row of the chosen conflict: a file, or one of its hunks.
type place struct {
	file *job.ConflictFile
	hunk *job.ConflictHunk // nil: the file
}

func (p place) id() string {
	if p.hunk == nil {
		return p.file.Raw
	}
	return fmt.Sprintf("%s\x00%d", p.file.Raw, p.hunk.Number)
}

// number is that of the hunk, 0 for the file as a whole.
func (p place) number() int {
	if p.hunk == nil {
		return 0
	}
	return p.hunk.Number
}

func (p place) upstream() []job.WhyCommit {
	if p.hunk != nil {
		return p.hunk.Upstream
	}
	return p.file.Upstream
}

func (v *View) setUpTables() {
	v.items.ID = item.id
	v.items.Empty = "Reading what waits …"
	v.items.Columns = []widget.Column[item]{
		{Title: "", Width: 1, Cell: func(item) widget.Span {
			sign, role := theme.Sign("parked")
			return widget.Span{Text: sign, Role: role}
		}},
		{Title: "branch or target", Elastic: true, Cell: func(it item) widget.Span { return widget.Span{Text: it.title()} }},
		{Title: "state", Rank: 1, Cell: func(it item) widget.Span {
			role := theme.Faint
			if it.standing() != job.StandingNone {
				role = theme.Attention
			}
			return widget.Span{Text: standingWords(it.standing()), Role: role}
		}},
	}
	v.items.Fields = map[string]func(item) []string{
		"state": func(it item) []string { return []string{standingWords(it.standing())} },
		"path":  func(it item) []string { return []string{it.what()} },
		"owner": func(it item) []string {
			if it.branch == nil {
				return nil
			}
			return []string{it.branch.Owner}
		},
	}
	v.places.ID = place.id
	v.places.Empty = "Nothing is in conflict."
	v.places.Columns = []widget.Column[place]{
		{Title: "", Width: 1, Cell: v.signOf},
		{Title: "file and hunk", Elastic: true, Cell: v.nameOf},
		{Title: "state", Rank: 1, Cell: v.stateOf},
	}
}

func (v *View) signOf(p place) widget.Span {
	word := "conflict"
	if p.hunk == nil && p.file.Open() == 0 || p.hunk != nil && p.hunk.State != "open" {
		word = "resolved"
	}
	sign, role := theme.Sign(word)
	return widget.Span{Text: sign, Role: role}
}

func (v *View) nameOf(p place) widget.Span {
	if p.hunk == nil {
		return widget.Span{Text: job.ShowPath(p.file.Raw), Role: theme.Strong}
	}
	text := fmt.Sprintf("  hunk %d", p.hunk.Number)
	if p.hunk.Ours.Start > 0 {
		text += fmt.Sprintf(", line %d", p.hunk.Ours.Start)
	}
	return widget.Span{Text: text}
}

func (v *View) stateOf(p place) widget.Span {
	d := v.known()
	switch {
	case d == nil:
		return widget.Span{}
	case p.hunk != nil && p.hunk.State == "open":
		return widget.Span{Text: "open", Role: theme.Attention}
	case p.hunk != nil:
		return widget.Span{Text: strings.TrimPrefix(report.HunkState(d, *p.hunk), ": "), Role: theme.Good}
	case p.file.State == job.FileResolved && !p.file.Markers:
		return widget.Span{Text: "resolved", Role: theme.Good}
	}
	return widget.Span{Text: report.ConflictKind(p.file.Kind), Role: theme.Faint}
}

// fill shows what waits: as the answer with the targets has it where that is there and no older.
func (v *View) fill() {
	r, known := v.waiting.Value()
	if !known {
		return
	}
	all := r.Targets
	if full, known := v.targets.Value(); known && v.targets.Err() == nil {
		all = full.Targets
	}
	var items []item
	for i := range r.Branches {
		items = append(items, item{branch: &r.Branches[i]})
	}
	for i := range all {
		items = append(items, item{target: &all[i]})
	}
	v.items.Empty = "Nothing waits for a person: no branch is parked. `mgit triage TAG` shows what an upgrade would bring."
	v.items.SetRows(items)
}

// fillPlaces shows the files and hunks of the conflict that was read.
func (v *View) fillPlaces() {
	d := v.known()
	if d == nil {
		return
	}
	var places []place
	for i := range d.Files {
		f := &d.Files[i]
		places = append(places, place{file: f})
		for n := range f.Hunks {
			places = append(places, place{file: f, hunk: &f.Hunks[n]})
		}
	}
	v.places.SetRows(places)
	v.drawn = ""
}

// firstOpen selects the first hunk that is open, or the first file.
func (v *View) firstOpen() {
	for _, p := range v.places.Rows() {
		isOpen := p.hunk != nil && p.hunk.State == "open" || p.hunk == nil && len(p.file.Hunks) == 0 && p.file.Open() > 0
		if isOpen && v.places.Select(p.id()) {
			return
		}
	}
}
