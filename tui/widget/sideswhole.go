package widget

import (
	"slices"

	"mgit/tui/cells"
	"mgit/tui/theme"
)

// isCut reports whether a line has no room in a column with its sign.
func (s *Sides) isCut(width int) bool {
	for _, v := range s.sides {
		if v.widest > width-1 {
			return true
		}
	}
	return false
}

// whole draws the sides one above the other, with lines broken where they are too long, so that nothing is cut
// and nothing has to be scrolled; nil: there is not so much room.
func (s *Sides) whole(look theme.Theme, width, height int) []string {
	lines, tops := s.close(look, width, height)
	if lines != nil && len(lines)+len(tops) <= height {
		for _, top := range slices.Backward(tops) {
			lines = slices.Insert(lines, top, cells.Fit("", width))
		}
	}
	return lines
}

// close is whole without a line between the sides. tops are the lines of all titles but the first.
func (s *Sides) close(look theme.Theme, width, height int) (lines []string, tops []int) {
	total := len(s.sides)
	for _, v := range s.sides {
		total += max(1, len(v.Lines))
	}
	if total > height || width < 2*tabStop {
		return nil, nil
	}
	for i, v := range s.sides {
		if i > 0 {
			tops = append(tops, len(lines))
		}
		lines = append(lines, look.Render(theme.Title, cells.Fit(cells.Clean(v.title()), width)))
		switch {
		case v.Lines == nil:
			lines = append(lines, look.Render(theme.Faint, cells.Fit("  (not there)", width)))
		case len(v.Lines) == 0:
			lines = append(lines, look.Render(theme.Faint, cells.Fit("  (no lines)", width)))
		}
		for n := range v.Lines {
			lines = append(lines, s.broken(look, i, n, width)...)
		}
		if len(lines) > height {
			return nil, nil
		}
	}
	return lines, tops
}

// broken draws a line of a side on as many lines as it needs.
func (s *Sides) broken(look theme.Theme, i, n, width int) []string {
	sign, line := s.code(i, n)
	all := codeWidth(line.text)
	var lines []string
	for skip := 0; ; {
		p := newPainter(look, skip, width-1)
		line.draw(p)
		drawn := p.drawn
		lines = append(lines, look.Render(line.base, sign)+p.line())
		skip += drawn
		if skip >= all || drawn == 0 {
			return lines
		}
		sign = "↳"
	}
}

// codeWidth is how many columns a line of code takes.
func codeWidth(text string) int {
	p := newPainter(theme.Theme{}, 0, 1<<30)
	p.put(theme.Text, theme.Text, text)
	return p.at
}
