package widget

import (
	"slices"
	"strings"

	"mgit/tui/cells"
	"mgit/tui/theme"
)

// around is what stands around the sides in the file.
type around struct {
	within        string // the line that begins the function
	before, after []string
}

// SetAround shows, as far as there is room, in which function the sides stand, and the lines before and after
// them, which are on all sides the same. The sides come first: what would have to be scrolled, or broken, for these
// lines is not, but for the function and where the sides have to be scrolled anyway.
func (s *Sides) SetAround(within string, before, after []string) {
	s.around = around{within, before, after}
}

// fitted is as much as there is room for in so many lines: first the function, then the lines that stand next
// to the sides. A function that is seen among the lines is not named.
func (a around) fitted(room int) around {
	isSeen := func(before []string) bool {
		return slices.ContainsFunc(before, func(line string) bool { return strings.TrimSpace(line) == a.within })
	}
	shown := around{within: a.within}
	if a.within != "" {
		room--
	}
	if room < 0 {
		return around{}
	}
	for n := 0; room > 0 && (n < len(a.before) || n < len(a.after)); n++ {
		if n < len(a.before) {
			shown.before = a.before[len(a.before)-1-n:]
			room--
		}
		if n < len(a.after) && room > 0 {
			shown.after = a.after[:n+1]
			room--
		}
	}
	if isSeen(shown.before) {
		shown.within = ""
	}
	return shown
}

// room is for how many lines around the sides there is room, and how many lines the sides are to have then.
func (s *Sides) room(look theme.Theme, column, width, height int) (left, most int) {
	n, rows := len(s.sides), s.height()
	if s.isCut(column) {
		if lines, tops := s.close(look, width, height); lines != nil {
			return height - len(lines), len(lines) + len(tops)
		}
	}
	least, most := n*(rows+1), n*(rows+2)
	if width >= wide {
		least, most = rows+1, rows+1
	}
	switch {
	case least <= height:
		return height - least, most
	case width >= wide:
		return height / 4, height
	case height >= 2*n+2:
		return 1, height
	}
	return 0, height
}

// top and bottom draw the lines around the sides.
func (a around) top(look theme.Theme, skip, width int) []string {
	var lines []string
	if a.within != "" {
		lines = append(lines, look.Render(theme.Faint, cells.Fit(cells.Clean("@@ "+a.within), width)))
	}
	return append(lines, contextLines(look, a.before, skip, width)...)
}

func (a around) bottom(look theme.Theme, skip, width int) []string {
	return contextLines(look, a.after, skip, width)
}

// contextLines begin with a sign of their own, so that they are not taken for those of a side.
func contextLines(look theme.Theme, texts []string, skip, width int) []string {
	var lines []string
	for _, text := range texts {
		p := newPainter(look, skip, max(1, width-1))
		p.put(theme.Faint, theme.Faint, text)
		lines = append(lines, cells.Fit(look.Render(theme.Faint, "·")+p.line(), width))
	}
	return lines
}
