package widget

import "mgit/tui/keymap"

// sideways is how many columns a key scrolls to the left or right.
const sideways = 8

// pager is how far a text is scrolled that has no selected row.
type pager struct {
	top, skip, count, height int
}

// resize fits the position to what there is now.
func (p *pager) resize(count, height int) {
	p.count, p.height = count, max(0, height)
	p.to(p.top)
}

// to scrolls so that the row is the first one, as far as there are rows.
func (p *pager) to(row int) { p.top = max(0, min(row, p.count-p.height)) }

// show scrolls only if the row is out of sight, and then so that there is something around it.
func (p *pager) show(row int) {
	if row < p.top || row >= p.top+p.height {
		p.to(row - p.height/3)
	}
}

// act scrolls; false: the action is none of scrolling.
func (p *pager) act(a keymap.Action) bool {
	page := max(1, p.height)
	switch a {
	case keymap.Down:
		p.to(p.top + 1)
	case keymap.Up:
		p.to(p.top - 1)
	case keymap.PageDown:
		p.to(p.top + page)
	case keymap.PageUp:
		p.to(p.top - page)
	case keymap.HalfDown:
		p.to(p.top + max(1, page/2))
	case keymap.HalfUp:
		p.to(p.top - max(1, page/2))
	case keymap.First:
		p.to(0)
		p.skip = 0
	case keymap.Last:
		p.to(p.count)
	case keymap.Left:
		p.skip = max(0, p.skip-sideways)
	case keymap.Right:
		p.skip += sideways
	default:
		return false
	}
	return true
}

// visible are the rows from first to before last.
func (p *pager) visible() (first, last int) { return p.top, min(p.count, p.top+p.height) }

// place says which rows are seen: "lines 21–40 of 120".
func (p *pager) place() string {
	if p.count == 0 {
		return ""
	}
	first, last := p.visible()
	return "lines " + number(first+1) + "–" + number(max(first+1, last)) + " of " + number(p.count)
}

// nextMatch returns the next of n rows that fits, from a row on but without it, around the end, or the one
// before it; -1: none fits. The row itself is the last to be looked at.
func nextMatch(n, from int, back bool, fits func(int) bool) int {
	step := 1
	if back {
		step = n - 1
	}
	for range n {
		from = (from + step) % n
		if fits(from) {
			return from
		}
	}
	return -1
}
