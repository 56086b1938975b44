package widget

import (
	"mgit/tui/keymap"
	"mgit/tui/theme"
)

// Side is one of the texts that a conflict is about.
type Side struct {
	Title string
	Lines []string // without their line feeds
	First int      // the number of the first line in its file, from 1; 0: it is not said
}

// Sides shows the sides of a conflict: what both began with, and what either made of it. They scroll in step,
// beside each other where it is wide and one above the other where it is narrow.
type Sides struct {
	path  string
	sides []Side
	pager pager
}

// Set shows other sides, from their first line. path tells the language. A side whose Lines are nil is not
// there at all: the file was removed, or both added it.
func (s *Sides) Set(path string, base, ours, theirs Side) {
	*s = Sides{path: path, sides: []Side{base, ours, theirs}}
}

// SetResult shows beside them what would be written; without lines it is no longer shown.
func (s *Sides) SetResult(result Side) {
	s.sides = s.sides[:min(3, len(s.sides))]
	if len(s.sides) == 3 && result.Lines != nil {
		s.sides = append(s.sides, result)
	}
}

// Act does what an action means to the sides; false: nothing.
func (s *Sides) Act(a keymap.Action) bool { return s.pager.act(a) }

// Wheel scrolls by so many rows, down where it is more than 0.
func (s *Sides) Wheel(rows int) { s.pager.to(s.pager.top + rows) }

// Render draws the sides.
func (s *Sides) Render(look theme.Theme, width, height int) string {
	var lines []string
	for _, side := range s.sides {
		lines = append(lines, Plain(theme.Title, side.Title).render(look, 0, width))
		for _, line := range side.Lines {
			lines = append(lines, Plain(theme.Text, line).render(look, s.pager.skip, width))
		}
	}
	s.pager.resize(len(lines), height)
	first, last := s.pager.visible()
	return Box(lines[first:last], width, height)
}
