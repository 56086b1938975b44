package widget

import "mgit/tui/keymap"

// scroll is a position among count rows of which some are visible.
type scroll struct {
	at, top, count, height int
}

// resize fits the position to what there is now.
func (s *scroll) resize(count, height int) {
	s.count, s.height = count, height
	s.at = min(max(s.at, 0), max(0, count-1))
	s.top = min(s.top, s.at)
	s.top = max(s.top, s.at-height+1)
	s.top = max(0, min(s.top, count-height))
}

// act moves the position; false: the action is none of moving.
func (s *scroll) act(a keymap.Action) bool {
	switch a {
	case keymap.Down:
		s.at++
	case keymap.Up:
		s.at--
	case keymap.PageDown:
		s.at += s.height
	case keymap.PageUp:
		s.at -= s.height
	case keymap.HalfDown:
		s.at += s.height / 2
	case keymap.HalfUp:
		s.at -= s.height / 2
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
