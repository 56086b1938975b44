package widget

import (
	"fmt"
	"strings"

	"mgit/tui/cells"
	"mgit/tui/theme"
)

// Render draws the difference.
func (d *Diff) Render(look theme.Theme, width, height int) string {
	if width <= 0 || height <= 0 {
		return Box(nil, width, height)
	}
	d.pager.resize(len(d.rows), height)
	if len(d.rows) == 0 {
		return fill(paragraph(look, theme.Faint, d.Empty, width, height), width, height)
	}
	lines := make([]string, 0, height)
	first, last := d.pager.visible()
	for i := first; i < last; i++ {
		lines = append(lines, d.draw(look, i, width))
	}
	return fill(lines, width, height)
}

// draw draws a row: its sign in the first column, whatever is scrolled away, then its text.
func (d *Diff) draw(look theme.Theme, i, width int) string {
	row := d.rows[i]
	switch row.kind {
	case fileRow:
		text := cells.CutLeft(cells.Clean(row.text), max(1, width-4))
		text = "── " + text + " "
		text = cells.Window(text+strings.Repeat("─", max(0, width-cells.Width(text))), 0, width)
		return look.Render(theme.Title, text)
	case hunkRow:
		return d.note(look, theme.Hunk, row, i, width)
	case noteRow:
		return d.note(look, theme.Faint, row, i, width)
	}
	line := codeLine{text: row.text, match: theme.Match, searched: d.searched(i)}
	sign := " "
	switch row.kind {
	case addedRow:
		sign, line.base, line.word = "+", theme.Added, theme.AddedWord
	case removedRow:
		sign, line.base, line.word = "-", theme.Removed, theme.RemovedWord
	}
	if row.kind != contextRow {
		line.differs = d.differs(i)
	}
	line.looks = d.looks(i)
	p := newPainter(look, d.pager.skip, width-1)
	line.draw(p)
	return look.Render(line.base, sign) + p.line()
}

func (d *Diff) note(look theme.Theme, role theme.Role, row diffRow, i, width int) string {
	p := newPainter(look, 0, width)
	codeLine{text: row.text, base: role, match: theme.Match, searched: d.searched(i)}.draw(p)
	return p.line()
}

func (d *Diff) searched(i int) []piece {
	if d.search.text == "" {
		return nil
	}
	return occurrences(seen(d.rows[i].text, d.pager.skip, 400), d.search.text)
}

func (d *Diff) footer() string {
	if len(d.rows) == 0 {
		return ""
	}
	var parts []string
	if n := len(d.hunks); n > 0 {
		parts = append(parts, fmt.Sprintf("difference %d of %d", d.hunk+1, n))
	}
	parts = append(parts, d.pager.place())
	if d.context > 0 {
		parts = append(parts, counted(d.context-1, "line")+" around")
	}
	if d.blanks {
		parts = append(parts, "white space passed over")
	}
	if d.search.text != "" {
		parts = append(parts, "search "+d.search.text)
	}
	return strings.Join(parts, " · ")
}
