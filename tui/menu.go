package tui

import (
	tea "charm.land/bubbletea/v2"

	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// menu offers choices.
type menu struct {
	frame   *frame
	heading string
	choices []screen.Choice
	at      int
	from    int // the first that is shown
}

func (f *frame) offer(title string, choices []screen.Choice) {
	f.open(&menu{frame: f, heading: title, choices: choices})
}

func (m *menu) title() string  { return m.heading }
func (m *menu) footer() string { return "" }
func (m *menu) keys() []hint   { return []hint{{"enter", "take"}, {"esc", "leave"}} }

func (m *menu) height(int) int { return max(1, len(m.choices)) }

func (m *menu) press(msg tea.KeyPressMsg, a keymap.Action) tea.Cmd {
	for i, c := range m.choices {
		if c.Key != "" && c.Key == msg.String() {
			m.at = i
			return m.take()
		}
	}
	last := len(m.choices) - 1
	switch a {
	case keymap.Open:
		return m.take()
	case keymap.Back, keymap.Quit:
		m.frame.shut(m)
	case keymap.Down:
		m.at = min(m.at+1, max(0, last))
	case keymap.Up:
		m.at = max(m.at-1, 0)
	case keymap.First, keymap.PageUp:
		m.at = 0
	case keymap.Last, keymap.PageDown:
		m.at = max(0, last)
	}
	return nil
}

func (m *menu) take() tea.Cmd {
	if m.at >= len(m.choices) {
		m.frame.shut(m)
		return nil
	}
	c := m.choices[m.at]
	if c.Disabled != "" {
		m.frame.say(theme.Attention, c.Text+": "+c.Disabled)
		return nil
	}
	m.frame.shut(m)
	if c.Take == nil {
		return nil
	}
	return c.Take()
}

// click takes the choice on a line of the menu.
func (m *menu) click(y int) tea.Cmd {
	if i := m.from + y; y >= 0 && i < len(m.choices) {
		m.at = i
		return m.take()
	}
	return nil
}

func (m *menu) draw(width, height int) string {
	look := m.frame.host.Theme
	keys, texts := 0, 0
	for _, c := range m.choices {
		keys = max(keys, cells.Width(c.Key))
		texts = max(texts, cells.Width(cells.Clean(c.Text)))
	}
	texts = min(texts, width-keys-3)
	m.from = max(0, min(m.from, m.at), m.at-height+1)
	var lines []string
	for i, c := range m.choices[min(m.from, len(m.choices)):] {
		help := c.Help
		if c.Disabled != "" {
			help = c.Disabled
		}
		sign := " "
		if m.from+i == m.at {
			sign = "▸"
		}
		line := sign + cells.Fit(c.Key, keys) + "  " + cells.Fit(cells.Clean(c.Text), texts)
		if help != "" {
			line += "  " + cells.Clean(help)
		}
		line = cells.Fit(line, width)
		switch {
		case m.from+i == m.at:
			line = look.Render(theme.Selected, line)
		case c.Disabled != "":
			line = look.Render(theme.Faint, line)
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		lines = append(lines, look.Render(theme.Faint, "There is nothing to choose."))
	}
	return widget.Box(lines, width, height)
}
