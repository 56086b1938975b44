package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/widget"
)

// The lines that the frame takes: the one at the top, the message and the hints.
const (
	headLines = 1
	footLines = 2
)

// body is the room that the view has. A terminal that is too small shows none of it, and the view need not
// know how small that is.
func (f *frame) body() (width, height int) {
	return max(f.width, leastWidth), max(f.height, leastHeight) - headLines - footLines
}

// View draws the screen.
func (f *frame) View() (v tea.View) {
	if f.fallen != nil {
		return tea.NewView("")
	}
	defer f.caught(func(err *screen.PanicError) {
		f.fall(err)
		f.stop()
		v = tea.NewView("")
	})
	text, cursor := f.draw()
	v = tea.NewView(text)
	v.AltScreen = true
	v.Cursor = cursor
	v.ReportFocus = true
	if f.hasMouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

func (f *frame) draw() (string, *tea.Cursor) {
	switch {
	case f.width <= 0 || f.height <= 0:
		return "", nil
	case f.width < leastWidth || f.height < leastHeight:
		return f.tooSmall(), nil
	}
	width, height := f.body()
	parts := []string{f.header(), f.drawBody(width, height)}
	if f.prompt == nil {
		return strings.Join(append(parts, f.message(), f.hints()), "\n"), nil
	}
	lines, at := f.prompt.draw(f.host.Theme, f.width)
	cursor := tea.NewCursor(at, headLines+height)
	return strings.Join(append(parts, lines[0], lines[1]), "\n"), cursor
}

func (f *frame) tooSmall() string {
	lines := []string{
		fmt.Sprintf("mgit needs %d × %d characters.", leastWidth, leastHeight),
		fmt.Sprintf("Here are %d × %d.", f.width, f.height),
		"Make the window larger, or press " + f.host.Keys.Key(keymap.Quit) + ".",
		"`mgit status` needs no room.",
	}
	for i, line := range lines {
		lines[i] = cells.Cut(line, f.width)
	}
	return widget.Box(lines, f.width, f.height)
}

func (f *frame) drawBody(width, height int) string {
	view := widget.Box(nil, width, height)
	if v := f.view(); v != nil {
		view = v.Render(width, height)
	}
	for _, s := range f.sheets {
		view = f.cover(view, s, width, height)
	}
	return view
}

// message is the line for what was said last.
func (f *frame) message() string {
	text := cells.Clean(f.notice.Text)
	if key := f.host.Keys.Key(keymap.Said); key != "" && cells.Width(text) > f.width {
		more := "  (" + key + " shows all)"
		room := f.width - cells.Width(more)
		text = cells.Fit(shortened(text, room), room) + more
	}
	return f.host.Theme.Render(f.notice.Role, cells.Fit(text, f.width))
}

// shortened cuts a message that is too long before its last sentence, which says what to do next or which run it
// was.
func shortened(text string, width int) string {
	i := strings.LastIndex(text, ". ")
	if cells.Width(text) <= width || i < 0 {
		return text
	}
	last := text[i+1:]
	if room := width - cells.Width(last); room >= width/3 {
		return cells.Cut(text[:i+1], room) + last
	}
	return text
}
