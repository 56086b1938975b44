package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// saidRows is how many of the lines that were said are kept.
const saidRows = 100

// keepSaid keeps what was said, for somebody who wants to read it again, or in full.
func (f *frame) keepSaid(m screen.NoticeMsg) {
	if m.Text == "" {
		return
	}
	if len(f.said) == saidRows {
		f.said = append(f.said[:0], f.said[1:]...)
	}
	f.said = append(f.said, m)
}

// lookForWarnings says a warning of the site once, where the line at the bottom is free. All of them are
// counted at the top.
func (f *frame) lookForWarnings() {
	if f.notice.Text != "" {
		return
	}
	for _, w := range f.host.Sites.Warnings() {
		if f.warned[w.Text] {
			continue
		}
		if f.warned == nil {
			f.warned = make(map[string]bool)
		}
		f.warned[w.Text] = true
		f.notice = screen.NoticeMsg{Role: theme.Attention, Text: "warning: " + w.Text}
		return
	}
}

// saidSheet shows what the commands would warn of, and what was said at the bottom.
type saidSheet struct {
	reading
	drawn int // the width that the text is broken for
}

func (f *frame) showSaid() tea.Cmd {
	f.open(&saidSheet{reading: reading{frame: f}})
	return nil
}

func (s *saidSheet) title() string { return "Warnings, and what was said before" }

func (s *saidSheet) footer() string {
	if n := len(s.frame.host.Sites.Warnings()); n > 0 {
		return plural(n, "warning")
	}
	return ""
}

func (s *saidSheet) keys() []hint {
	keys := s.frame.host.Keys
	return []hint{{keys.Key(keymap.Down), "more"}, {"esc", "back"}}
}

func (s *saidSheet) height(width int) int {
	s.lay(width)
	return len(s.text.Lines())
}

func (s *saidSheet) draw(width, height int) string {
	s.lay(width)
	return s.reading.draw(width, height)
}

func (s *saidSheet) press(_ tea.KeyPressMsg, a keymap.Action) tea.Cmd {
	if a == keymap.Back || a == keymap.Quit || a == keymap.Said {
		s.frame.shut(s)
		return nil
	}
	s.act(a)
	return nil
}

// lay breaks the text for a width: the warnings first, then what was said, the newest first.
func (s *saidSheet) lay(width int) {
	if s.drawn == width {
		return
	}
	s.drawn = width
	var lines []widget.Line
	for _, w := range s.frame.host.Sites.Warnings() {
		lines = append(lines, wrapped(theme.Attention, fmt.Sprintf("! %s: %s", w.ID, w.Text), width, 2)...)
	}
	if len(lines) > 0 && len(s.frame.said) > 0 {
		lines = append(lines, widget.Line{})
	}
	for i := len(s.frame.said) - 1; i >= 0; i-- {
		m := s.frame.said[i]
		lines = append(lines, wrapped(m.Role, m.Text, width, 2)...)
	}
	if len(lines) == 0 {
		lines = append(lines, widget.Plain(theme.Faint, "There is no warning, and nothing was said yet."))
	}
	s.text.SetLines(lines)
}
