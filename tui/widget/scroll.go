package widget

import "mgit/tui/keymap"

// scroll is a position among count rows of which some are visible.
type scroll struct {
	at, top, count, height int
}

// resize fits the position to what there is now.
func (s *scroll) resize(count, height int) {
	s.count, s.height = count, max(0, height)
	s.at = min(max(s.at, 0), max(0, count-1))
	s.top = min(s.top, s.at)
	s.top = max(s.top, s.at-s.height+1)
	s.top = max(0, min(s.top, count-s.height))
}

// act moves the position; false: the action is none of moving.
func (s *scroll) act(a keymap.Action) bool {
	page := max(1, s.height)
	switch a {
	case keymap.Down:
		s.at++
	case keymap.Up:
		s.at--
	case keymap.PageDown:
		s.at += page
	case keymap.PageUp:
		s.at -= page
	case keymap.HalfDown:
		s.at += max(1, page/2)
	case keymap.HalfUp:
		s.at -= max(1, page/2)
	case keymap.First:
		s.at = 0
	case keymap.Last:
		s.at = s.count - 1
	default:
		return false
	}
	s.resize(s.count, s.height)
	return true
}

// wheel scrolls by so many rows, and takes the position along where it would be out of sight.
func (s *scroll) wheel(rows int) {
	s.top = max(0, min(s.top+rows, s.count-s.height))
	s.at = min(max(s.at, s.top), s.top+max(1, s.height)-1)
	s.resize(s.count, s.height)
}

// visible are the rows from first to before last.
func (s *scroll) visible() (first, last int) { return s.top, min(s.count, s.top+s.height) }
