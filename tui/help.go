package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// help shows what the keys do: first in the view in front, then everywhere.
type help struct {
	reading
	view   keymap.Context
	filter string
	width  int // that the rows are broken for
}

func (f *frame) help() tea.Cmd {
	h := &help{reading: reading{frame: f}}
	if v := f.view(); v != nil {
		h.view = v.Name()
	}
	f.open(h)
	return nil
}

func (h *help) title() string {
	if h.filter != "" {
		return "Keys with " + h.filter
	}
	return "Keys"
}

func (h *help) footer() string { return "" }

// height is more than there is room for: the help takes it all, so that it does not jump while it is filtered.
func (h *help) height(int) int { return 1 << 16 }

func (h *help) draw(width, height int) string {
	if h.width != width {
		h.width = width
		h.lay()
	}
	return h.reading.draw(width, height)
}

func (h *help) keys() []hint {
	keys := h.frame.host.Keys
	return []hint{
		{keys.Key(keymap.Down), "more"}, {keys.Key(keymap.Filter), "filter"}, {"esc", "back"},
	}
}

func (h *help) press(_ tea.KeyPressMsg, a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Back:
		if h.filter == "" {
			h.frame.shut(h)
			return nil
		}
		h.filter = ""
		h.lay()
	case keymap.Quit, keymap.Help:
		h.frame.shut(h)
	case keymap.Filter:
		return screen.Asks(screen.Prompt{Label: "/", Initial: h.filter, Live: func(text string) {
			h.filter = text
			h.lay()
		}})
	default:
		h.act(a)
	}
	return nil
}

// lay writes the rows that the filter lets through.
func (h *help) lay() {
	var lines []widget.Line
	for _, context := range []keymap.Context{h.view, keymap.All} {
		rows := h.rows(context)
		if context == "" || len(rows) == 0 {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, widget.Line{})
		}
		lines = append(append(lines, widget.Plain(theme.Title, context.Title())), rows...)
	}
	if len(lines) == 0 {
		lines = append(lines, widget.Plain(theme.Faint, fmt.Sprintf("No key does anything with %q.", h.filter)))
	}
	h.text.SetLines(lines)
}

// keysWidth is the width of the column of keys.
const keysWidth = 16

func (h *help) rows(c keymap.Context) []widget.Line {
	var lines []widget.Line
	for _, b := range h.frame.host.Keys.Bindings(c) {
		keys := strings.Join(b.Keys, " ")
		shown := strings.ToLower(keys + " " + b.Help + " " + string(b.Action))
		if len(b.Keys) == 0 || !strings.Contains(shown, strings.ToLower(h.filter)) {
			continue
		}
		text := b.Help
		if h.frame.host.ReadOnly && b.Writes {
			text += " (not in read-only mode)"
		}
		for _, line := range cells.Wrap(text, max(20, h.width-keysWidth-4)) {
			lines = append(lines, widget.Line{{Text: "  " + cells.Fit(keys, keysWidth), Role: theme.Key}, {Text: "  " + line}})
			keys = ""
		}
	}
	return lines
}
