package widget

import (
	"mgit/tui/keymap"
	"mgit/tui/theme"
)

// Text is lines to read and scroll, such as details, a log or a help.
type Text struct {
	lines  []Line
	scroll scroll
	skip   int // columns that are scrolled away at the left
}

// SetLines shows other lines, from the first one where they are other lines than before.
func (t *Text) SetLines(lines []Line) { t.lines = lines }

// Lines returns the lines.
func (t *Text) Lines() []Line { return t.lines }

// Act does what an action means to a text; false: nothing.
func (t *Text) Act(a keymap.Action) bool {
	switch a {
	case keymap.Left:
		t.skip = max(0, t.skip-8)
		return true
	case keymap.Right:
		t.skip += 8
		return true
	}
	return t.scroll.act(a)
}

// Search moves to the next line from here that has the text, back for the one before; false: there is none.
func (t *Text) Search(text string, back bool) bool { return false }

// Render draws the text.
func (t *Text) Render(look theme.Theme, width, height int) string {
	t.scroll.resize(len(t.lines), height)
	var out []string
	for _, l := range t.lines[min(t.scroll.top, len(t.lines)):] {
		if len(out) == height {
			break
		}
		out = append(out, l.render(look, t.skip, width))
	}
	return Box(out, width, height)
}
