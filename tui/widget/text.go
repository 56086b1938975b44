package widget

import (
	"strings"

	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
)

// Text is lines to read and scroll, such as details, a log or a help.
type Text struct {
	// Numbers shows the number of each line in front of it.
	Numbers bool
	// Follow stays at the end while lines are added, as long as the end is seen. It is for logs.
	Follow bool

	lines  []Line
	search search
	pager  pager
	drawn  bool
}

// SetLines shows other lines. Where somebody stands stays, as far as there are lines.
func (t *Text) SetLines(lines []Line) {
	atEnd := !t.drawn || t.pager.top+t.pager.height >= t.pager.count
	if t.lines = lines; t.search.found >= len(lines) || t.search.found >= 0 && !t.matches(t.search.found) {
		t.search.found = -1
	}
	t.pager.resize(len(lines), t.pager.height)
	if t.Follow && atEnd {
		t.pager.to(len(lines))
	}
}

// Lines returns the lines.
func (t *Text) Lines() []Line { return t.lines }

// Act does what an action means to a text; false: nothing.
func (t *Text) Act(a keymap.Action) bool {
	switch a {
	case keymap.NextMatch:
		return t.next(false)
	case keymap.PrevMatch:
		return t.next(true)
	}
	return t.pager.act(a)
}

// Wheel scrolls by so many lines, down where it is more than 0.
func (t *Text) Wheel(rows int) { t.pager.to(t.pager.top + rows) }

// Search moves to the next line from here that has the text, whatever its capital letters, back for the one
// before, around the end to the beginning; false: there is none. Where it stands is marked until something else
// is searched for; "" ends that.
func (t *Text) Search(text string, back bool) bool {
	text = strings.ToLower(text)
	if text == "" {
		t.search = search{found: -1}
		return false
	}
	if text != t.search.text {
		t.search = search{text: text, found: -1}
	}
	return t.next(back)
}

// Matches returns how many lines have what is searched for.
func (t *Text) Matches() int {
	n := 0
	for i := range t.lines {
		if t.matches(i) {
			n++
		}
	}
	return n
}

func (t *Text) matches(i int) bool {
	return t.search.text != "" && strings.Contains(strings.ToLower(t.lines[i].String()), t.search.text)
}

func (t *Text) next(back bool) bool {
	if len(t.lines) == 0 || t.search.text == "" {
		return false
	}
	from := t.search.found
	if from < 0 || from >= len(t.lines) { // the line at the top is the first to be looked at
		from = t.pager.top - 1
		if back {
			from = t.pager.top + 1
		}
		from = (from + len(t.lines)) % len(t.lines)
	}
	i := nextMatch(len(t.lines), from, back, t.matches)
	if i < 0 {
		return false
	}
	t.search.found = i
	t.pager.show(i)
	return true
}

// Footer says which lines are seen, and what is searched for; "" where there are no lines.
func (t *Text) Footer() string {
	if t.search.text == "" || len(t.lines) == 0 {
		return t.pager.place()
	}
	return t.pager.place() + " · search " + t.search.text
}

// Render draws the text.
func (t *Text) Render(look theme.Theme, width, height int) string {
	if width <= 0 || height <= 0 {
		return Box(nil, width, height)
	}
	atEnd := !t.drawn || t.pager.top+t.pager.height >= t.pager.count
	t.drawn = true
	t.pager.resize(len(t.lines), height)
	if t.Follow && atEnd {
		t.pager.to(len(t.lines))
	}
	first, last := t.pager.visible()
	out := make([]string, 0, height)
	for i := first; i < last; i++ {
		out = append(out, t.line(look, i, width))
	}
	return fill(out, width, height)
}

func (t *Text) line(look theme.Theme, i, width int) string {
	before := ""
	if digits := len(number(len(t.lines))); t.Numbers && digits+2 < width {
		before = look.Render(theme.Faint, cells.FitRight(number(i+1), digits)) + "  "
		width -= digits + 2
	}
	line := t.lines[i]
	if t.search.text == "" {
		return before + line.render(look, t.pager.skip, width)
	}
	return before + line.highlight(look, t.search.text, t.pager.skip, width)
}

// highlight is render with what was searched for marked, also where it goes over several spans.
func (l Line) highlight(look theme.Theme, text string, skip, width int) string {
	found := occurrences(l.String(), text)
	p := newPainter(look, skip, width)
	at := 0
	for _, s := range l {
		var inside []piece
		for _, f := range found {
			if f.to > at && f.from < at+len(s.Text) {
				inside = append(inside, piece{max(0, f.from-at), min(len(s.Text), f.to-at)})
			}
		}
		codeLine{text: s.Text, base: s.Role, match: theme.Match, searched: inside}.draw(p)
		at += len(s.Text)
	}
	return p.line()
}
