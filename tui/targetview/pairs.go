package targetview

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

func pairKey(p *job.ConflictPair) string { return p.A + "\x00" + p.B }

// pairTable is the list of the pairs on a map.
func pairTable(m *heatMap) widget.Table[*job.ConflictPair] {
	name := func(first bool) func(*job.ConflictPair) widget.Span {
		return func(p *job.ConflictPair) widget.Span {
			place, _ := m.place(p.A, p.B)
			i := place[0]
			if first {
				i = place[1]
			}
			return widget.Span{Text: fmt.Sprintf("%d %s", i+1, m.names[i])}
		}
	}
	return widget.Table[*job.ConflictPair]{
		Columns: []widget.Column[*job.ConflictPair]{
			{Title: "", Width: 1, Cell: func(p *job.ConflictPair) widget.Span {
				sign, role := letter(p.Level)
				return widget.Span{Text: sign, Role: role}
			}},
			{Title: "branch", Elastic: true, Middle: true, Cell: name(true)},
			{Title: "and", Most: 26, Middle: true, Cell: name(false)},
			{Title: "files", Right: true, Rank: 2, Cell: func(p *job.ConflictPair) widget.Span { return widget.Span{Text: fmt.Sprint(len(p.Places()))} }},
		},
		ID: pairKey,
		Fields: map[string]func(*job.ConflictPair) []string{
			"level": func(p *job.ConflictPair) []string { return []string{p.Level} },
		},
		Empty: "No two of these branches get in each other's way.",
	}
}

// levelWords say what a level means.
func levelWords(p *job.ConflictPair) (text string, role theme.Role) {
	switch p.Level {
	case job.LevelConflict:
		return "C  Git cannot merge the two alone.", theme.Bad
	case job.LevelLines:
		return "l  Both change the same lines, or lines with none between them; Git can merge them.", theme.Attention
	}
	return "f  Both change the same file, in different places.", theme.Text
}

// describe is what there is to say of the selected pair, and then of all: the order in which they are best
// merged, and which could live together.
func (m *heatMap) describe(width int) []widget.Line {
	var lines []widget.Line
	add := func(role theme.Role, text string) { lines = append(lines, widget.Plain(role, text)) }
	a, b, found := m.two()
	if found {
		add(theme.Strong, fmt.Sprintf("%d  %s", m.at[a]+1, a))
		add(theme.Strong, fmt.Sprintf("%d  %s", m.at[b]+1, b))
		lines = append(lines, m.pairLines(a, b, width)...)
	}
	if m.report == nil {
		return lines
	}
	if len(m.report.Order) > 0 && m.report.Totals.Conflict > 0 {
		add(theme.Text, "")
		add(theme.Title, "Order of merging")
		lines = append(lines, flow(theme.Faint, report.ConflictOrderWords, width)...)
		from := m.firstThatMatters()
		if from == 1 {
			from = 0 // a line about one takes as much room as that one
		}
		if from > 0 {
			add(theme.Text, fmt.Sprintf("   1 to %d: those that conflict with nothing, by name", from))
		}
		for i, name := range m.report.Order[from:] {
			role := theme.Text
			if found && (name == a || name == b) {
				role = theme.Strong
			}
			add(role, fmt.Sprintf("%4d  %s", from+i+1, name))
		}
	}
	if len(m.report.Sets) > 0 {
		add(theme.Text, "")
		add(theme.Title, "These belong together and could live as one set each")
		for i, set := range m.report.Sets {
			for j, name := range set {
				head := "      "
				if j == 0 {
					head = fmt.Sprintf("%4d  ", i+1)
				}
				add(theme.Text, head+name)
			}
		}
	}
	return lines
}

// firstThatMatters is the place of the first branch in the order that conflicts with another one.
func (m *heatMap) firstThatMatters() int {
	hot := make(map[string]bool)
	for _, p := range m.report.Pairs {
		if p.Level == job.LevelConflict {
			hot[p.A], hot[p.B] = true, true
		}
	}
	return max(0, slices.IndexFunc(m.report.Order, func(name string) bool { return hot[name] }))
}

// pairLines say how two branches meet.
func (m *heatMap) pairLines(a, b string, width int) []widget.Line {
	place, _ := m.place(a, b)
	p := m.pairs[place]
	switch {
	case m.level[place] == levelStands:
		return []widget.Line{widget.Plain(theme.Faint, "s  One stands on the other: it has all of its commits.")}
	case p == nil:
		return []widget.Line{widget.Plain(theme.Faint, "·  They have nothing in common.")}
	}
	text, role := levelWords(p)
	lines := flow(role, text, width)
	for _, at := range p.Places() {
		line := widget.Line{{Text: "   " + job.ShowPath(at.Raw)}}
		if words := report.PlaceWords(p, at); words != "" {
			line = append(line, widget.Span{Text: ": " + words, Role: theme.Faint})
		}
		lines = append(lines, line)
	}
	if remark := report.PairRemark(p); remark != "" {
		lines = append(lines, flow(theme.Attention, "   "+remark, width)...)
	}
	return lines
}

// summary is the map in a few words, for the line above it, or in letters.
func (m *heatMap) summary(inShort bool) string {
	if m.report == nil {
		return ""
	}
	n := m.report.Totals
	var parts []string
	for _, part := range []struct {
		n           int
		word, short string
	}{{n.Conflict, "conflict", "C"}, {n.Lines, "same lines", "l"}, {n.File, "same file", "f"}} {
		switch {
		case part.n == 0:
		case inShort:
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.short))
		default:
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.word))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing")
	}
	return strings.Join(parts, ", ")
}

func (m *heatMap) copies() []screen.Copyable {
	a, b, found := m.two()
	if !found {
		return nil
	}
	all := []screen.Copyable{{What: "name of the first branch", Text: a}, {What: "name of the second", Text: b}}
	if p := m.selected(); p != nil {
		var places []string
		for _, at := range p.Places() {
			places = append(places, at.Raw)
		}
		all = append(all, screen.Copyable{What: "paths at which they meet", Text: strings.Join(places, "\n")})
	}
	if m.report != nil && len(m.report.Order) > 0 {
		all = append(all, screen.Copyable{What: "order of merging", Text: strings.Join(slices.Clone(m.report.Order), "\n")})
	}
	return all
}

// open asks which of the two branches is to be shown.
func (m *heatMap) open() tea.Cmd {
	a, b, found := m.two()
	if !found {
		return nil
	}
	show := func(key, name string) screen.Choice {
		return screen.Choice{Key: key, Text: name, Help: "show the branch", Take: func() tea.Cmd { return screen.Opens(keymap.Branches, name) }}
	}
	return screen.Offers("Show which branch?", show("1", a), show("2", b))
}
