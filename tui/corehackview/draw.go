package corehackview

import (
	"fmt"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// headHeight is how many lines stand above the list.
const headHeight = 2

// Render draws the view.
func (v *View) Render(width, height int) string {
	v.width, v.height = width, height
	r, known := v.report.Value()
	if !known {
		return v.renderNothing(width, height)
	}
	look := v.host.Theme
	head := v.pinLine(r, width) + "\n" + v.countsLine(r, width)
	title := "Findings"
	if f := v.list.Filter(); f != "" {
		title += " /" + cells.Clean(f)
	}
	first := widget.Pane{Title: title, Footer: v.list.Footer(), Draw: func(w, h int) string {
		return v.list.Render(look, w, h, !v.panes.Second)
	}}
	second := widget.Pane{Title: v.detailTitle(), Draw: v.renderDetail}
	if v.hasDiff {
		second.Footer = v.diff.Footer()
	}
	return head + "\n" + v.panes.Render(look, first, second, width, max(0, height-headHeight))
}

func (v *View) detailTitle() string {
	r, found := v.list.Selected()
	switch {
	case v.described == "about":
		return "About this tree"
	case !found:
		return "About the group, and this tree"
	case r.finding != nil && r.finding.Orphan:
		return "Orphan"
	}
	return "What is known"
}

// renderDetail draws what is known of the selection, and its lines below.
func (v *View) renderDetail(width, height int) string {
	if height <= 0 {
		return ""
	}
	if v.laidOut != width && v.facts != nil {
		v.text.SetLines(v.facts.Lines(width))
		v.laidOut = width
	}
	look := v.host.Theme
	if !v.hasDiff {
		return v.text.Render(look, width, height)
	}
	room := max(3, height/2, height-v.diffRows) // what the lines do not need is free
	if v.asked == v.described {
		room = max(room, height*2/3)
	}
	upper := min(len(v.text.Lines()), room, height)
	if upper == height {
		return v.text.Render(look, width, height)
	}
	return v.text.Render(look, width, upper) + "\n" + v.diff.Render(look, width, height-upper)
}

// renderNothing stands in place of a report that is not there yet, or could not be made.
func (v *View) renderNothing(width, height int) string {
	f := &widget.Facts{}
	err := v.report.Err()
	if err == nil && !v.chosen {
		err = v.known.Err()
	}
	switch {
	case err != nil:
		f.Fail(v.host.Explain(err))
		f.Say(theme.Faint, v.key(keymap.HacksTree)+" chooses another tree, "+v.key(keymap.Refresh)+" tries again")
	case v.report.IsSlow(v.host.Now()):
		f.Say(theme.Text, "Comparing "+screen.TreeName(v.tree)+" with the official code …")
		f.Say(theme.Faint, v.report.Progress().Text())
		f.Say(theme.Faint, v.key(keymap.Back)+" cancels")
	case v.known.IsSlow(v.host.Now()):
		f.Say(theme.Faint, "…")
	case v.chosen && !v.report.IsOpen():
		f.Say(theme.Faint, screen.TreeName(v.tree)+" was not read. "+v.key(keymap.Refresh)+" reads it, "+v.key(keymap.HacksTree)+" chooses another tree.")
	case !v.chosen && !v.known.IsOpen():
		f.Say(theme.Faint, "There is no tree to look into: this clone has no work tree, no target and no site on this machine.")
		f.Say(theme.Faint, v.key(keymap.HacksTree)+" names a folder; `mgit config edit site.NAME.path PATH` remembers one")
	}
	var drawn []string
	for _, line := range f.Lines(width) {
		drawn = append(drawn, line.Render(v.host.Theme, width))
	}
	return widget.Box(drawn, width, height)
}

func (v *View) key(a keymap.Action) string { return v.host.Keys.Key(a) }

// pinLine says which tree is shown, and what it was made from.
func (v *View) pinLine(r *job.CorehackReport, width int) string {
	sign, role := "=", theme.Good
	switch r.Pin.Confidence {
	case job.PinLikely:
		sign, role = "?", theme.Attention
	case job.PinGuess:
		sign, role = "!", theme.Bad
	}
	name := r.Pin.Tag
	if name == "" {
		name = r.Pin.Describe
	}
	line := widget.Line{
		{Text: screen.TreeName(v.tree), Role: theme.Strong},
		{Text: "  " + name + "  ", Role: theme.Text},
		{Text: r.Pin.Release + "  ", Role: theme.Text},
		{Text: sign + " " + r.Pin.Confidence, Role: role},
		{Text: ", by " + r.Pin.Evidence, Role: theme.Faint},
		{Text: fmt.Sprintf("; %s of %s files differ", report.Number(r.Pin.Differing), report.Number(r.Pin.Compared)), Role: theme.Faint},
	}
	// What the details say again goes first where the line is too long: the release, then the evidence.
	for _, i := range []int{2, 4} {
		if cells.Width(line.String()) > width {
			line[i].Text = ""
		}
	}
	return line.Render(v.host.Theme, width)
}

// countsLine says how many findings there are of each class, what was not read first; while the tree is read
// anew, how far that is; and why it could not be.
func (v *View) countsLine(r *job.CorehackReport, width int) string {
	var line widget.Line
	add := func(role theme.Role, text string) {
		if len(line) > 0 {
			line = append(line, widget.Span{Text: " · ", Role: theme.Faint})
		}
		line = append(line, widget.Span{Text: text, Role: role})
	}
	switch err := v.report.Err(); {
	case v.report.IsSlow(v.host.Now()):
		add(theme.Attention, "reading anew: "+v.report.Progress().Text())
	case err != nil && !v.report.IsOpen():
		text, hint := v.host.Explain(err)
		add(theme.Bad, "x as it was read before; now: "+text)
		if hint != "" {
			add(theme.Faint, hint)
		}
	}
	if n := max(r.Counts.Unread, len(r.Unread)); n > 0 {
		add(theme.Bad, "! "+report.Number(n)+" NOT READ")
	}
	if n := len(r.MissingFromLive); n > 0 {
		add(theme.Bad, "! "+report.Number(n)+" missing from live")
	}
	orphans := 0
	for i := range r.Findings {
		if r.Findings[i].Orphan {
			orphans++
		}
	}
	if orphans > 0 {
		add(theme.Bad, "! "+report.Count(orphans, "orphan", "orphans")+", "+report.Number(r.Undecided)+" undecided")
	}
	for _, class := range job.Classes() {
		if n := countOf(r, class); n > 0 {
			add(theme.Text, report.Number(n)+" "+class)
		}
	}
	if r.Known > 0 {
		add(theme.Faint, report.Number(r.Known)+" in the baseline")
	}
	if len(line) == 0 {
		add(theme.Good, "= nothing differs from the official code")
	}
	return line.Render(v.host.Theme, width)
}
