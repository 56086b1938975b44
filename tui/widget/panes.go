package widget

import (
	"strings"

	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
)

// Pane is one half of a divided view.
type Pane struct {
	Title  string
	Footer string
	Draw   func(width, height int) string
}

// Panes divides a view into a list and what belongs to the selected row: beside each other where it is wide,
// one above the other where it is narrow.
type Panes struct {
	Second bool // the second pane has the focus
	Zoomed bool // only the pane with the focus is shown
	Hidden bool // the second pane is not shown
	// Upper is how many rows the first pane wants at most where it stands above the second, its title among
	// them; 0 is half of them.
	Upper int
	// Stacked puts the first above the second also where it is wide: for what needs the whole width.
	Stacked bool
}

// narrow is the width below which the panes stand one above the other.
const narrow = 100

// WheelLines is how many lines a step of the wheel scrolls.
const WheelLines = 3

// Act does what an action means to the panes: the other pane, which is shown where it was hidden; one pane
// alone or both; the second pane hidden or shown. It returns false for any other action.
func (p *Panes) Act(a keymap.Action) bool {
	switch a {
	case keymap.NextPane:
		p.Second, p.Hidden = !p.Second, false
	case keymap.Zoom:
		p.Zoomed = !p.Zoomed
	case keymap.Preview:
		p.Hidden = !p.Hidden
		p.Second = p.Second && !p.Hidden
	default:
		return false
	}
	return true
}

// Back takes one step back: both panes are shown again, else the first has the focus again. It returns false
// where both are so.
func (p *Panes) Back() bool {
	switch {
	case p.Zoomed:
		p.Zoomed = false
	case p.Second:
		p.Second = false
	default:
		return false
	}
	return true
}

// upper is how many of the rows the first pane has where it stands above the second.
func (p Panes) upper(height int) int {
	half := height / 2
	if p.Upper > 0 {
		return max(min(half, p.Upper), min(2, height))
	}
	return half
}

// At says in which pane a place of a view of that size lies, and where below the pane's title; y is -1 on it.
func (p Panes) At(x, y, width, height int) (second bool, inX, inY int) {
	switch upper := p.upper(height); {
	case p.Zoomed && p.Second:
		return true, x, y - 1
	case p.Zoomed || p.Hidden:
		return false, x, y - 1
	case p.Stacked || width < narrow:
		if y >= upper {
			return true, x, y - upper - 1
		}
		return false, x, y - 1
	}
	if left := width / 2; x >= left {
		return true, x - left, y - 1
	}
	return false, x, y - 1
}

// Render draws the two panes.
func (p Panes) Render(look theme.Theme, first, second Pane, width, height int) string {
	switch {
	case p.Zoomed && p.Second:
		return pane(look, second, true, width, height)
	case p.Zoomed || p.Hidden:
		return pane(look, first, true, width, height)
	case p.Stacked || width < narrow:
		upper := p.upper(height)
		return pane(look, first, !p.Second, width, upper) + "\n" + pane(look, second, p.Second, width, height-upper)
	}
	left := width / 2
	a := strings.Split(pane(look, first, !p.Second, left-1, height), "\n")
	b := strings.Split(pane(look, second, p.Second, width-left, height), "\n")
	for i := range a {
		a[i] += " " + b[i]
	}
	return strings.Join(a, "\n")
}

// pane draws a title line and what is below it.
func pane(look theme.Theme, p Pane, focused bool, width, height int) string {
	role := theme.Border
	if focused {
		role = theme.Title
	}
	title := "── " + p.Title + " "
	end := ""
	if p.Footer != "" {
		end = " " + p.Footer + " ──"
	}
	room := width - cells.Width(end)
	title = cells.Cut(title, room)
	line := title + strings.Repeat("─", max(0, room-cells.Width(title))) + end
	if height <= 1 {
		return look.Render(role, cells.Fit(line, width))
	}
	return look.Render(role, cells.Fit(line, width)) + "\n" + p.Draw(width, height-1)
}
