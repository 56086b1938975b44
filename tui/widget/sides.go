package widget

import (
	"mgit/tui/cells"
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
// beside each other where it is wide and one above the other where it is narrow. Where lines would be cut and all
// sides have room one above the other with these lines broken, they are shown so. A line that only a side has
// begins with "+", one of the beginning that a side no longer has with "-", and where one became the other the
// words that differ are marked.
type Sides struct {
	language *language
	sides    []sideView
	rows     [][]int // by side, the line in each row; -1 for none
	around   around
	pager    pager
	search   search
}

// sideView is a side and what is worked out about its lines.
type sideView struct {
	Side
	widest  int       // the columns of its longest line
	differs []bool    // whether a line is not on the other side
	words   [][]piece // the parts of it that differ
	states  []state   // what a line begins in
}

// wide is the width from which on the sides stand beside each other.
const wide = 120

// Set shows other sides, from their first line. path tells the language. A side whose Lines are nil is not
// there at all: the file was removed, or both added it.
func (s *Sides) Set(path string, base, ours, theirs Side) {
	*s = Sides{language: languageOf(path)}
	for _, side := range []Side{base, ours, theirs} {
		s.sides = append(s.sides, s.view(side))
	}
	s.arrange()
}

// SetResult shows beside them what would be written; without lines it is no longer shown.
func (s *Sides) SetResult(result Side) {
	s.sides = s.sides[:min(3, len(s.sides))]
	if len(s.sides) == 3 && result.Lines != nil {
		s.sides = append(s.sides, s.view(result))
	}
	s.arrange()
}

func (s *Sides) view(side Side) sideView {
	v := sideView{Side: side, differs: make([]bool, len(side.Lines)), words: make([][]piece, len(side.Lines))}
	for _, line := range side.Lines {
		v.widest = max(v.widest, codeWidth(line))
	}
	if s.language == nil {
		return v
	}
	now := s.language.begin(side.Lines)
	var scratch []stretch
	for _, line := range side.Lines {
		v.states = append(v.states, now)
		scratch, now = s.language.lex(line, now, scratch[:0])
	}
	return v
}

// Act does what an action means to the sides; false: nothing.
func (s *Sides) Act(a keymap.Action) bool {
	switch a {
	case keymap.NextMatch:
		return s.next(false)
	case keymap.PrevMatch:
		return s.next(true)
	}
	return s.pager.act(a)
}

// Wheel scrolls by so many rows, down where it is more than 0.
func (s *Sides) Wheel(rows int) { s.pager.to(s.pager.top + rows) }

// Footer says which lines are seen, and what is searched for; "" where there are none.
func (s *Sides) Footer() string {
	place := s.pager.place()
	if s.search.text == "" || place == "" {
		return place
	}
	return place + " · search " + s.search.text
}

// Render draws the sides.
func (s *Sides) Render(look theme.Theme, width, height int) string {
	if len(s.sides) == 0 || width <= 0 || height <= 0 {
		return Box(nil, width, height)
	}
	column := width
	if width >= wide {
		column = (width - (len(s.sides) - 1)) / len(s.sides)
	}
	left, most := s.room(look, column, width, height)
	shown := s.around.fitted(left)
	top, bottom := shown.top(look, s.pager.skip, width), shown.bottom(look, s.pager.skip, width)
	rest := height - len(top) - len(bottom)
	if len(bottom) > 0 {
		rest = min(rest, most) // they stand below the sides, not at the foot of the screen
	}
	lines := append(top, s.draw(look, column, width, rest))
	return fill(append(lines, bottom...), width, height-rest+1)
}

// draw draws the sides alone.
func (s *Sides) draw(look theme.Theme, column, width, height int) string {
	if s.isCut(column) {
		if lines := s.whole(look, width, height); lines != nil {
			s.pager.resize(s.height(), s.height())
			return fill(lines, width, height)
		}
	}
	if width >= wide {
		return s.beside(look, width, height)
	}
	return s.above(look, width, height)
}

// beside draws the sides next to each other.
func (s *Sides) beside(look theme.Theme, width, height int) string {
	s.pager.resize(s.height(), height-1)
	lines := make([]string, height)
	left := width
	for i := range s.sides {
		share := (left - (len(s.sides) - 1 - i)) / (len(s.sides) - i)
		column := s.column(look, i, share, height)
		for y := range lines {
			if i > 0 {
				lines[y] += look.Render(theme.Border, "│")
			}
			lines[y] += column[y]
		}
		left -= share + 1
	}
	return fill(lines, width, height)
}

// above draws the sides one above the other, as high as each other.
func (s *Sides) above(look theme.Theme, width, height int) string {
	least := max(1, height/len(s.sides))
	s.pager.resize(s.height(), least-1)
	var lines []string
	left := height
	for i := range s.sides {
		share := left / (len(s.sides) - i)
		lines = append(lines, s.column(look, i, width, share)...)
		left -= share
	}
	return fill(lines, width, height)
}

func (s *Sides) height() int {
	if len(s.rows) == 0 {
		return 0
	}
	return len(s.rows[0])
}

// column draws a side with its title.
func (s *Sides) column(look theme.Theme, i, width, height int) []string {
	v := s.sides[i]
	lines := make([]string, 0, height)
	if height > 0 {
		lines = append(lines, look.Render(theme.Title, cells.Fit(cells.Clean(v.title()), width)))
	}
	for row := s.pager.top; len(lines) < height && row < s.height(); row++ {
		lines = append(lines, s.line(look, i, s.rows[i][row], width))
	}
	blank := cells.Fit("", width)
	for len(lines) < height {
		lines = append(lines, blank)
	}
	if v.Lines == nil && height > 1 {
		lines[1] = look.Render(theme.Faint, cells.Fit("  (not there)", width))
	}
	return lines
}

func (v sideView) title() string {
	if v.First > 0 && len(v.Lines) > 0 {
		return v.Title + " · from line " + number(v.First)
	}
	return v.Title
}

// line draws a line of a side, or the gap where only another side has one.
func (s *Sides) line(look theme.Theme, i, n, width int) string {
	if n < 0 || width < 2 {
		return cells.Fit("", width)
	}
	sign, line := s.code(i, n)
	p := newPainter(look, s.pager.skip, width-1)
	line.draw(p)
	return look.Render(line.base, sign) + p.line()
}

// code is a line of a side with its looks, and the sign before it.
func (s *Sides) code(i, n int) (sign string, line codeLine) {
	v := s.sides[i]
	line = codeLine{text: v.Lines[n], differs: v.words[n], match: theme.Match, searched: s.searched(v.Lines[n])}
	sign = " "
	if v.differs[n] {
		sign, line.base, line.word = "+", theme.Added, theme.AddedWord
		if i == 0 {
			sign, line.base, line.word = "-", theme.Removed, theme.RemovedWord
		}
	}
	if s.language != nil {
		line.looks, _ = s.language.lex(line.text, v.states[n], nil)
	}
	return sign, line
}
