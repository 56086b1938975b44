package targetview

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/tui/cells"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// Render draws the map, and what its letters mean.
func (m *heatMap) Render(look theme.Theme, width, height int, focused bool) string {
	if height <= 0 || width <= 0 {
		return ""
	}
	m.stay()
	digits := len(fmt.Sprint(len(m.branches)))
	label := digits + 1 + m.nameWidth(width) + 1
	cell := digits + 1
	if (len(m.branches)-1)*cell > width-label {
		cell = 1
	}
	heads := 1
	if cell == 1 {
		heads = digits
	}
	m.body, m.label, m.cell = heads, label, cell
	m.cols, m.rows = max(1, (width-label)/cell), max(1, height-heads-1)
	m.left = window(m.left, m.col, m.cols, len(m.branches)-1)
	m.top = window(m.top, m.row, m.rows, len(m.branches))
	lines := m.heads(look, label, cell, heads)
	for row := m.top; row < min(m.top+m.rows, len(m.branches)); row++ {
		lines = append(lines, m.line(look, row, digits, label, cell, focused))
	}
	for len(lines) < height-1 {
		lines = append(lines, "")
	}
	return widget.Box(append(lines, m.legend(look, width)), width, height)
}

// window is the first of count places of which size are seen, so that at is among them.
func window(first, at, size, count int) int {
	first = min(first, at)
	first = max(first, at-size+1)
	return max(0, min(first, count-size))
}

// nameWidth is the room that names have: a part of the width, and no more than they need.
func (m *heatMap) nameWidth(width int) int {
	longest := 0
	for _, name := range m.names {
		longest = max(longest, cells.Width(cells.Clean(name)))
	}
	return min(longest, max(12, width*2/5))
}

// heads are the numbers of the columns: side by side where there is room, else downwards.
func (m *heatMap) heads(look theme.Theme, label, cell, heads int) []string {
	lines := make([]string, heads)
	for i := range lines {
		var b strings.Builder
		b.WriteString(strings.Repeat(" ", label))
		for col := m.left; col < min(m.left+m.cols, len(m.branches)-1); col++ {
			text := fmt.Sprintf("%*d", cell, col+1)
			if cell == 1 {
				text = fmt.Sprintf("%*d", heads, col+1)[i : i+1]
			}
			role := theme.Faint
			if col == m.col {
				role = theme.Strong
			}
			b.WriteString(look.Render(role, text))
		}
		lines[i] = b.String()
	}
	return lines
}

func (m *heatMap) line(look theme.Theme, row, digits, label, cell int, focused bool) string {
	var b strings.Builder
	role := theme.Text
	if row == m.row || row == m.col {
		role = theme.Strong
	}
	b.WriteString(look.Render(role, fmt.Sprintf("%*d ", digits, row+1)+cells.Fit(cells.CutMiddle(cells.Clean(m.names[row]), label-digits-2), label-digits-2)+" "))
	for col := m.left; col < min(m.left+m.cols, row); col++ {
		sign, role := letter(m.level[[2]int{row, col}])
		b.WriteString(strings.Repeat(" ", cell-1))
		if row == m.row && col == m.col && focused {
			role = theme.Selected
		}
		b.WriteString(look.Render(role, sign))
	}
	return b.String()
}

// legend says what the letters mean.
func (m *heatMap) legend(look theme.Theme, width int) string {
	words := []struct{ level, text string }{
		{job.LevelConflict, "conflict"}, {job.LevelLines, "same lines"}, {job.LevelFile, "same file"}, {levelStands, "stands on it"}, {"", "nothing"},
	}
	var parts []string
	for _, w := range words {
		if w.level == levelStands && !m.has(levelStands) {
			continue
		}
		sign, role := letter(w.level)
		parts = append(parts, look.Render(role, sign)+" "+w.text)
	}
	return cells.Cut(strings.Join(parts, "  "), width)
}

func (m *heatMap) has(level string) bool {
	for _, l := range m.level {
		if l == level {
			return true
		}
	}
	return false
}
