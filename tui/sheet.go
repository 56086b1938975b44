package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// sheet is what lies over the lower part of a view and takes the keys: a dialog, a menu, the help. It is as
// wide as the screen: what it says is not cut, and the rows above it stay readable.
type sheet interface {
	title() string
	// footer stands at the right of the title; "" for nothing.
	footer() string
	// height is how many lines below the title it would fill.
	height(width int) int
	// draw draws it, exactly that large.
	draw(width, height int) string
	// press takes a key, and what the key means everywhere, "" for nothing.
	press(msg tea.KeyPressMsg, a keymap.Action) tea.Cmd
	// keys are what works now, for the line of hints.
	keys() []hint
}

// hint is a key and a word for what it does.
type hint struct{ key, word string }

func (f *frame) open(s sheet) { f.sheets = append(f.sheets, s) }

func (f *frame) shut(s sheet) {
	f.sheets = slices.DeleteFunc(f.sheets, func(other sheet) bool { return other == s })
}

// top is the sheet that takes the keys; nil: none.
func (f *frame) top() sheet {
	if n := len(f.sheets); n > 0 {
		return f.sheets[n-1]
	}
	return nil
}

// cover lays the sheet over the view.
func (f *frame) cover(view string, s sheet, width, height int) string {
	lines := min(1+s.height(width), height)
	above := strings.Split(view, "\n")[:height-lines]
	f.sheetTop = height - lines
	end := ""
	if text := s.footer(); text != "" {
		end = " " + text + " ──"
	}
	room := width - cells.Width(end)
	head := cells.Cut("── "+cells.Clean(s.title())+" ", room)
	head += strings.Repeat("─", max(0, room-cells.Width(head))) + end
	out := append(slices.Clone(above), f.host.Theme.Render(theme.Title, cells.Fit(head, width)))
	if lines > 1 {
		out = append(out, s.draw(width, lines-1))
	}
	return strings.Join(out, "\n")
}

// reading is a sheet of lines to read; the sheets that show text are made of it.
type reading struct {
	frame *frame
	text  widget.Text
}

func (r *reading) act(a keymap.Action) bool { return r.text.Act(a) }

func (r *reading) draw(width, height int) string {
	return r.text.Render(r.frame.host.Theme, width, height)
}

// wrapped breaks text at words into lines that fit, those after the first indented.
func wrapped(role theme.Role, text string, width, indent int) []widget.Line {
	var lines []widget.Line
	for i, line := range cells.Wrap(text, max(10, width-indent)) {
		if i > 0 {
			line = strings.Repeat(" ", indent) + line
		}
		lines = append(lines, widget.Plain(role, line))
	}
	return lines
}
