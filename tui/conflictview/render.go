package conflictview

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// Render draws the list, and what is known of its selection.
func (v *View) Render(width, height int) string {
	v.width, v.height = width, height
	v.panes.Upper, v.panes.Stacked = 0, v.inside // three sides need the whole width
	if v.inside {
		v.panes.Upper = max(4, min(height/3, 2+len(v.places.Rows())))
	}
	return v.panes.Render(v.host.Theme, v.listPane(), v.detailPane(), width, height)
}

func (v *View) listPane() widget.Pane {
	if v.inside {
		it, _ := v.items.Selected()
		return widget.Pane{Title: cells.Clean(it.name()), Footer: v.places.Footer(), Draw: func(width, height int) string {
			return v.places.Render(v.host.Theme, width, height, !v.panes.Second)
		}}
	}
	footer := v.items.Footer()
	switch now := v.host.Now(); {
	case v.waiting.IsSlow(now):
		footer = "reading … · " + footer
	case v.targets.IsSlow(now):
		footer = "putting targets together … · " + footer
	}
	return widget.Pane{Title: "What waits for a person", Footer: footer, Draw: v.drawItems}
}

func (v *View) drawItems(width, height int) string {
	var lines []string
	for _, err := range []error{v.waiting.Err(), v.targets.Err()} {
		if err != nil {
			lines = v.failure(err, width)
			break
		}
	}
	if _, known := v.waiting.Value(); !known && len(lines) > 0 {
		return widget.Box(lines, width, height)
	}
	lines = lines[:min(len(lines), max(0, height-3))]
	if len(lines) == 0 {
		return v.items.Render(v.host.Theme, width, height, !v.panes.Second)
	}
	return widget.Box(lines, width, len(lines)) + "\n" + v.items.Render(v.host.Theme, width, height-len(lines), !v.panes.Second)
}

// failure is an error in the words that the command line has for it.
func (v *View) failure(err error, width int) []string {
	text, hint := v.host.Explain(err)
	lines := v.styled(theme.Bad, "x "+text, width)
	if hint != "" {
		lines = append(lines, v.styled(theme.Text, "  "+hint, width)...)
	}
	return lines
}

func (v *View) styled(role theme.Role, text string, width int) []string {
	var lines []string
	for _, line := range cells.Wrap(cells.Clean(text), width) {
		lines = append(lines, v.host.Theme.Render(role, cells.Fit(line, width)))
	}
	return lines
}

func (v *View) detailPane() widget.Pane {
	footer := ""
	if v.detail.IsSlow(v.host.Now()) {
		footer = "reading …"
	}
	p, found := v.places.Selected()
	d := v.known()
	if !v.inside || !found || d == nil {
		return widget.Pane{Title: "Conflict", Footer: footer, Draw: v.drawConflict}
	}
	title := job.ShowPath(p.file.Raw)
	if p.hunk != nil {
		title += fmt.Sprintf(" · hunk %d of %d", p.hunk.Number, len(p.file.Hunks))
	}
	return widget.Pane{Title: title, Footer: footer, Draw: func(width, height int) string { return v.drawPlace(d, p, width, height) }}
}

// drawConflict says what is known of the selected item as a whole.
func (v *View) drawConflict(width, height int) string {
	var lines []widget.Line
	if err := v.detail.Err(); err != nil {
		var facts widget.Facts
		facts.Fail(v.host.Explain(err))
		lines = facts.Lines(width)
	}
	switch d := v.known(); {
	case d != nil:
		lines = append(lines, v.conflictLines(d, width)...)
	case v.detail.IsOpen():
		lines = append(lines, widget.Plain(theme.Faint, "Reading the conflict …"))
	}
	v.text.SetLines(lines)
	return v.text.Render(v.host.Theme, width, height)
}

func (v *View) conflictLines(d *job.ConflictDetail, width int) []widget.Line {
	var facts widget.Facts
	facts.Say(theme.Strong, report.ConflictHeadline(d))
	facts.Say(theme.Attention, v.standingLine(d))
	for _, f := range report.ConflictFacts(d) {
		facts.Add(f.Name, f.Text)
	}
	if it, found := v.items.Selected(); found && it.target != nil && d.Name != it.target.Branch {
		facts.Say(theme.Faint, fmt.Sprintf("%s comes before %s and is resolved first.", d.Name, it.target.Branch))
	}
	for i := range d.Files {
		facts.Say(theme.Text, "")
		f := &d.Files[i]
		facts.Say(theme.Strong, report.ConflictFileLine(d, f))
		for _, line := range report.ConflictFileLines(f) {
			facts.Say(theme.Text, "  "+line)
		}
		for _, u := range f.Upstream {
			if len(f.Hunks) > 0 {
				facts.Add("  "+d.Ours.Word, report.CommitWords(&u))
			}
		}
	}
	return facts.Lines(width)
}

// standingLine says how far the work is, and the key that goes on.
func (v *View) standingLine(d *job.ConflictDetail) string {
	key := v.host.Keys.Key
	switch {
	case d.Worktree == "" && d.Outcome == "conflict":
		return fmt.Sprintf("! Nobody has begun to resolve it here: %s opens it in a worktree of its own.", key(keymap.ConflictResolve))
	case d.Worktree == "":
		return ""
	case d.Standing == job.StandingFinished:
		return fmt.Sprintf("+ It is resolved, and not yet moved: %s moves it.", key(keymap.ConflictContinue))
	case d.Standing == job.StandingAstray:
		return fmt.Sprintf("! Its worktree is in other use: %s opens a shell there, %s gives it up.", key(keymap.ConflictShell), key(keymap.ConflictAbort))
	case !isOpen(d):
		return fmt.Sprintf("+ Nothing is in conflict any more: %s goes on.", key(keymap.ConflictContinue))
	}
	return "! It is being resolved in the worktree."
}

// drawPlace draws a hunk or a file: who changed it in a few lines, and below them the sides.
func (v *View) drawPlace(d *job.ConflictDetail, p place, width, height int) string {
	head := v.headOf(d, p, width, max(1, height/3))
	v.set(d, p)
	var below string
	rest := height - len(head)
	switch {
	case rest <= 0:
		return widget.Box(head, width, height)
	case p.hunk != nil:
		below = v.three.Render(v.host.Theme, width, rest)
	case p.file.Diff != "":
		below = v.diff.Render(v.host.Theme, width, rest)
	default:
		below = v.text.Render(v.host.Theme, width, rest)
	}
	return widget.Box(head, width, len(head)) + "\n" + below
}

// headOf says what became of a place, which commit of ours it is about, and who changed it upstream, on so many
// lines at most. Where there is room, a text that is too wide goes on below.
func (v *View) headOf(d *job.ConflictDetail, p place, width, most int) []string {
	var heads []head
	say := func(name string, role theme.Role, text string) {
		h := head{name: name, role: role}
		if role == theme.Text {
			h.indent = 10
		}
		h.lines = cells.Wrap(cells.Clean(text), max(1, width-h.indent))
		heads = append(heads, h)
	}
	switch {
	case d.Worktree != "" && p.hunk != nil && p.hunk.State != "open":
		say("", theme.Good, "+ "+strings.TrimPrefix(report.HunkState(d, *p.hunk), ": "))
	case d.Worktree == "":
		say("", theme.Attention, v.standingLine(d))
	}
	for i, u := range p.upstream() {
		if i == 3 {
			say("", theme.Text, fmt.Sprintf("and %d more", len(p.upstream())-i))
			break
		}
		say(d.Ours.Word, theme.Text, report.CommitWords(&u))
	}
	if len(p.upstream()) == 0 && v.detail.IsOpen() {
		say(d.Ours.Word, theme.Text, "reading who changed it …")
	}
	if d.Commit != nil {
		say(d.Theirs.Word, theme.Text, report.CommitWords(d.Commit))
	}
	if d.Record != nil && d.Record.Reason != "" {
		say("reason", theme.Text, d.Record.Reason)
	}
	return v.fitted(heads, width, most)
}

// head is something that is said above the sides.
type head struct {
	name   string
	role   theme.Role
	indent int // columns for the name
	lines  []string
}

// fitted gives every head its first line, and from the first one on as many more as there is room for.
func (v *View) fitted(heads []head, width, most int) []string {
	heads = heads[:min(len(heads), most)]
	left := most - len(heads)
	var all []string
	for _, h := range heads {
		n := 1 + max(0, min(left, len(h.lines)-1))
		left -= n - 1
		for i := range n {
			text := strings.Join(h.lines[i:min(i+1, len(h.lines))], "")
			if i == n-1 {
				text = strings.Join(h.lines[min(i, len(h.lines)):], " ") // what has no room is cut
			}
			name := v.host.Theme.Render(theme.Faint, cells.Fit(h.name, h.indent))
			all, h.name = append(all, name+v.host.Theme.Render(h.role, cells.Fit(text, max(0, width-h.indent)))), ""
		}
	}
	return all
}

// set hands a place to the widget that shows it, once.
func (v *View) set(d *job.ConflictDetail, p place) {
	key := d.Subject() + "\x00" + p.id() + "\x00" + d.Worktree
	if v.drawn == key {
		return
	}
	v.drawn = key
	switch {
	case p.hunk != nil:
		v.three = widget.Sides{}
		v.three.Set(p.file.Raw, side(baseTitle(d), p.hunk.Base, p.file.Base != nil),
			side(d.Ours.Word+"  "+d.Ours.Name, p.hunk.Ours, true), side(d.Theirs.Word+"  "+d.Theirs.Name, p.hunk.Theirs, true))
		v.three.SetAround(p.hunk.Within, withoutEnds(p.hunk.Before), withoutEnds(p.hunk.After))
	case p.file.Diff != "":
		v.diff = widget.Diff{}
		v.diff.SetUnified(p.file.Raw, p.file.Diff)
	}
	var facts widget.Facts
	facts.Say(theme.Strong, report.ConflictFileLine(d, p.file))
	for _, line := range report.ConflictFileLines(p.file) {
		facts.Say(theme.Text, line)
	}
	if len(p.file.Hunks) > 0 {
		facts.Say(theme.Faint, "Its hunks stand below it in the list.")
	}
	v.text = widget.Text{}
	v.text.SetLines(facts.Lines(max(20, v.width)))
}

// baseTitle says what the base is. That of a merge that was made by hand is what Git had left for it, with the
// markers of the conflict that was resolved then.
func baseTitle(d *job.ConflictDetail) string {
	if d.Stop != nil && d.Stop.ByHand {
		return "base  the merge as git had left it, before it was made by hand"
	}
	return "base"
}

func side(title string, lines job.SideLines, isThere bool) widget.Side {
	s := widget.Side{Title: title, First: lines.Start}
	if !isThere {
		return s
	}
	s.Lines = withoutEnds(lines.Lines)
	return s
}

// withoutEnds is never nil.
func withoutEnds(lines []string) []string {
	all := []string{}
	for _, line := range lines {
		all = append(all, strings.TrimRight(line, "\r\n"))
	}
	return all
}

// isSecond reports whether an event happened in the second pane.
func (v *View) isSecond(m tea.Mouse) bool {
	second, _, _ := v.panes.At(m.X, m.Y, v.width, v.height)
	return second
}

func (v *View) click(m tea.Mouse) tea.Cmd {
	if v.panes.Second = v.isSecond(m); v.panes.Second || m.Button != tea.MouseLeft {
		return nil
	}
	if v.inside {
		v.places.ClickAt(m.X, m.Y-1)
		return nil
	}
	v.items.ClickAt(m.X, m.Y-1)
	return v.look()
}

func (v *View) wheel(m tea.Mouse) tea.Cmd {
	step := widget.WheelLines
	if m.Button == tea.MouseWheelUp {
		step = -step
	}
	switch {
	case v.isSecond(m) && v.inside:
		v.three.Wheel(step)
	case v.isSecond(m):
		v.wheelDetail(step)
	case v.inside:
		v.places.Wheel(step)
	default:
		v.items.Wheel(step)
		return v.look()
	}
	return nil
}

// wheelDetail scrolls what is shown of the selection.
func (v *View) wheelDetail(lines int) {
	switch p, found := v.places.Selected(); {
	case v.inside && found && p.hunk != nil:
		v.three.Wheel(lines)
	case v.inside && found && p.file.Diff != "":
		v.diff.Wheel(lines)
	default:
		v.text.Wheel(lines)
	}
}
