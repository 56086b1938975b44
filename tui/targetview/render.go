package targetview

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/report"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// Render draws the view.
func (v *View) Render(width, height int) string {
	v.width, v.height = width, height
	panes := &v.panes[v.mode]
	var first, second widget.Pane
	switch v.mode {
	case conflicts:
		first, second = v.conflictPanes(width)
	case releases:
		first, second = v.releasePanes()
	default:
		first, second = v.contentPanes()
		panes.Upper = len(v.targets.Rows()) + 3 // its title, its head, and a line to breathe
	}
	return panes.Render(v.host.Theme, first, second, width, height)
}

func targetTable(v *View) widget.Table[job.TargetStatus] {
	return widget.Table[job.TargetStatus]{
		Columns: []widget.Column[job.TargetStatus]{
			{Title: "", Width: 1, Cell: v.sign},
			{Title: "target", Elastic: true, Middle: true, Cell: func(t job.TargetStatus) widget.Span { return widget.Span{Text: t.Name} }},
			{Title: "Moodle", Most: 12, Cell: func(t job.TargetStatus) widget.Span { return widget.Span{Text: t.Base.Tag} }},
			{Title: "tip", Width: 10, Rank: 2, Cell: func(t job.TargetStatus) widget.Span { return widget.Span{Text: short(t.Tip), Role: theme.Faint} }},
			{Title: "published", Most: 14, Rank: 1, Cell: published},
			{Title: "worktree", Most: 20, Rank: 3, Cell: func(t job.TargetStatus) widget.Span { return widget.Span{Text: t.Worktree, Role: theme.Faint} }},
		},
		ID: func(t job.TargetStatus) string { return t.Name },
		Fields: map[string]func(job.TargetStatus) []string{
			"moodle": func(t job.TargetStatus) []string { return []string{t.Base.Tag} },
		},
		Empty: "There is no target. `targets` in mgit.toml names them, and `mgit init` proposes test and deployment.",
	}
}

// sign says how a target stands: "+" proven, "!" something is wrong, "·" not built, blank while that is not known.
func (v *View) sign(t job.TargetStatus) widget.Span {
	if t.Tip == (job.ID{}) {
		return widget.Span{Text: "·", Role: theme.Faint}
	}
	a := v.about[t.Name]
	if a == nil {
		return widget.Span{Text: " "}
	}
	proof, known := a.proof.Value()
	switch {
	case !known:
		return widget.Span{Text: " "}
	case proof.Proven:
		return widget.Span{Text: "+", Role: theme.Good}
	}
	return widget.Span{Text: "!", Role: theme.Attention}
}

// published says on which remotes the target is, and whether as here.
func published(t job.TargetStatus) widget.Span {
	if len(t.Published) == 0 {
		return widget.Span{Text: "no", Role: theme.Faint}
	}
	var parts []string
	role := theme.Text
	for _, p := range t.Published {
		text := p.Remote
		if p.Tip != t.Tip {
			text, role = "! "+text, theme.Attention
		}
		parts = append(parts, text)
	}
	return widget.Span{Text: strings.Join(parts, ", "), Role: role}
}

// ofSeries is " of Moodle 4.1 and 4.5".
func ofSeries(all []moodle.Series) string {
	var names []string
	for _, s := range all {
		names = append(names, s.String())
	}
	if len(names) == 0 {
		return ""
	}
	return " of Moodle " + strings.Join(names, " and ")
}

func (v *View) contentPanes() (first, second widget.Pane) {
	look := v.host.Theme
	f, known := v.site.Value()
	title := "Targets"
	if known {
		title += ofSeries(f.status.Series)
	}
	first = widget.Pane{Title: title, Footer: v.targets.Footer(), Draw: func(width, height int) string {
		if lines := trouble(v, &v.site, "the targets are read"); len(lines) > 0 {
			return v.above(lines, width, height, known, func(height int) string {
				return v.targets.Render(look, width, height, !v.panes[contents].Second)
			})
		}
		return v.targets.Render(look, width, height, !v.panes[contents].Second)
	}}
	t, found := v.targets.Selected()
	second = widget.Pane{Title: "Contents", Draw: func(width, height int) string { return widget.Box(nil, width, height) }}
	if !found {
		return first, second
	}
	second.Title, second.Footer = t.Name, v.parts.Footer()
	second.Draw = func(width, height int) string { return v.drawContents(t, width, height) }
	return first, second
}

// drawContents draws what is said of the target as a whole, its parts, and the selected one in full.
func (v *View) drawContents(t job.TargetStatus, width, height int) string {
	head := v.headLines(t, width)
	var foot []string
	if p, found := v.parts.Selected(); found && v.panes[contents].Second {
		if height < 14 { // what is selected matters more
			head = head[:min(1, len(head))]
		}
		foot = append([]string{cells.CutMiddle(cells.Clean(p.name), width)}, wrapped(p.note, width, max(1, height/5))...)
	}
	body := height - len(head) - len(foot)
	if body < 2 {
		head, foot, body = nil, nil, height
	}
	out := head
	v.partsTop = len(head)
	out = append(out, strings.Split(v.parts.Render(v.host.Theme, width, body, v.panes[contents].Second), "\n")...)
	for _, line := range foot {
		out = append(out, v.host.Theme.Render(theme.Faint, cells.Fit(line, width)))
	}
	return widget.Box(out, width, height)
}

// headLines say how the target stands.
func (v *View) headLines(t job.TargetStatus, width int) []string {
	look := v.host.Theme
	a := v.of(t.Name)
	var lines []string
	add := func(role theme.Role, text string, most int) {
		for _, line := range wrapped(text, width, most) {
			lines = append(lines, look.Render(role, line))
		}
	}
	if t.Tip == (job.ID{}) {
		add(theme.Attention, "· It is not built yet. "+v.host.Keys.Key(keymap.TargetsAssemble)+" builds it of these branches.", 2)
		return lines
	}
	for _, line := range trouble(v, &a.proof, "every merge is made again") {
		add(line[0].Role, line.String(), 2)
	}
	if proof, known := a.proof.Value(); known {
		role, sign := theme.Good, "+ "
		if !proof.Proven {
			role, sign = theme.Attention, "! "
		}
		add(role, sign+report.ProofSummary(proof), 3)
		if n := v.parkedFor(t); n > 0 {
			add(theme.Attention, "! "+parkedWords(n), 2)
		}
	}
	for _, p := range t.Published {
		if p.Tip != t.Tip {
			add(theme.Attention, fmt.Sprintf("! %s has it at %s, and here it is at %s.", p.Remote, p.Tip.Short(), t.Tip.Short()), 1)
		}
	}
	if m, known := a.minor.Value(); known && len(m.Targets) > 0 && m.Wanted() {
		line, _ := report.MinorLine(m, m.Targets[0], true)
		add(theme.Strong, line, 1)
	} else if known && len(m.Waiting) > 0 {
		w := m.Waiting[0]
		add(theme.Faint, fmt.Sprintf("%s will be taken from %s on.", w.Tag, w.From.Format("2006-01-02")), 1)
	} else if a.minor.Err() != nil {
		for _, line := range v.errorLines(a.minor.Err()) {
			add(line[0].Role, line.String(), 2)
		}
	}
	return lines
}

// parkedFor is how many branches of an upgrade to the target's series are not there yet to be merged: what
// is in a target can be proven without them, and is not all that it is to have.
func (v *View) parkedFor(t job.TargetStatus) int {
	f, _ := v.site.Value()
	if f.status == nil {
		return 0
	}
	n := 0
	for _, u := range f.status.Upgrades {
		if u.Series == t.Version.String() {
			n += len(u.Parked)
		}
	}
	return n
}

func parkedWords(n int) string {
	if n == 1 {
		return "One more branch is parked in the upgrade, and cannot be in it yet."
	}
	return fmt.Sprintf("%d more branches are parked in the upgrade, and cannot be in it yet.", n)
}

func (v *View) conflictPanes(width int) (first, second widget.Pane) {
	look := v.host.Theme
	t, _ := v.targets.Selected()
	m := &v.heat
	m.isList = m.shape == asList || m.shape == byWidth && width < leastForMap
	title := "Conflicts in " + t.Name
	footer := m.summary(width < leastForMap || !v.panes[conflicts].Zoomed && width >= 100 && width < 2*leastForMap)
	if m.filter != "" {
		footer = "/" + m.filter + "  " + footer
	}
	first = widget.Pane{Title: title, Footer: footer, Draw: func(width, height int) string {
		draw := func(height int) string {
			focused := !v.panes[conflicts].Second
			switch {
			case m.isList || len(m.branches) == 0:
				return m.list.Render(look, width, height, focused)
			}
			return m.Render(look, width, height, focused)
		}
		lines := trouble(v, &v.of(t.Name).clash, "pairs are compared")
		if len(lines) > 0 || m.report == nil {
			return v.above(lines, width, height, m.report != nil, draw)
		}
		return draw(height)
	}}
	second = widget.Pane{Title: "Pair, order and sets", Draw: func(width, height int) string {
		m.details.SetLines(m.describe(width))
		return m.details.Render(look, width, height)
	}}
	return first, second
}

func (v *View) releasePanes() (first, second widget.Pane) {
	look := v.host.Theme
	l := &v.tags
	first = widget.Pane{Title: "Releases", Footer: l.table.Footer(), Draw: func(width, height int) string {
		draw := func(height int) string { return l.table.Render(look, width, height, !v.panes[releases].Second) }
		_, known := l.list.Value()
		if lines := trouble(v, &l.list, "the releases are read"); len(lines) > 0 || !known {
			return v.above(lines, width, height, known, draw)
		}
		return draw(height)
	}}
	second = widget.Pane{Title: "Release", Draw: func(width, height int) string {
		l.details.SetLines(l.describe(v, width))
		return l.details.Render(look, width, height)
	}}
	return first, second
}

// above draws lines, and what is known below them.
func (v *View) above(lines []widget.Line, width, height int, known bool, draw func(height int) string) string {
	var out []string
	for _, l := range lines {
		for _, line := range wrapped(l.String(), width, 3) {
			out = append(out, v.host.Theme.Render(l[0].Role, line))
		}
	}
	out = out[:min(len(out), height)]
	if known && height > len(out) {
		out = append(out, strings.Split(draw(height-len(out)), "\n")...)
	}
	return widget.Box(out, width, height)
}

// trouble says why a question has no answer yet, or no new one.
func trouble[T any](v *View, q *screen.Question[T], what string) []widget.Line {
	switch {
	case q.IsSlow(v.host.Now()):
		text := "… " + what
		if events := q.Progress().Events(); len(events) > 0 {
			last := events[len(events)-1]
			text += fmt.Sprintf(": %d of %d", last.Done, last.Total)
		}
		return []widget.Line{widget.Plain(theme.Faint, text)}
	case !q.IsOpen() && q.Err() != nil:
		return v.errorLines(q.Err())
	}
	return nil
}

// errorLines are an error in the words of the command line, and what to do.
func (v *View) errorLines(err error) []widget.Line {
	text, hint := v.host.Explain(err)
	lines := []widget.Line{widget.Plain(theme.Bad, "x "+text)}
	for line := range strings.Lines(hint) {
		lines = append(lines, widget.Plain(theme.Faint, "  "+strings.TrimSpace(line)))
	}
	return lines
}

// wrapped is text in lines of a width, at most so many; the last one ends with "…" where that is not all.
func wrapped(text string, width, most int) []string {
	lines := cells.Wrap(text, width)
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = strings.TrimSuffix(cells.Cut(lines[most-1], width-2), "…") + " …"
	}
	return lines
}

// flow is text in lines of a width.
func flow(role theme.Role, text string, width int) []widget.Line {
	var lines []widget.Line
	for _, line := range cells.Wrap(text, width) {
		lines = append(lines, widget.Plain(role, line))
	}
	return lines
}
