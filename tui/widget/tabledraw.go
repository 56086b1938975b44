package widget

import (
	"strconv"
	"strings"

	"mgit/tui/cells"
	"mgit/tui/theme"
)

// gutter is the place left of the first column, for the sign of the selected row and that of a mark.
const gutter = 3

// gap is the room between two columns.
const gap = 2

// Render draws the table: the titles, and the rows around the selected one.
func (t *Table[T]) Render(look theme.Theme, width, height int, focused bool) string {
	if height <= 0 || width <= 0 {
		return Box(nil, width, height)
	}
	t.scroll.resize(len(t.items), height-1)
	widths := t.widths(width - gutter)
	t.drawn = widths
	lines := make([]string, 0, height)
	lines = append(lines, t.titles(look, width, widths))
	if len(t.items) == 0 {
		lines = append(lines, t.nothing(look, width, height-1)...)
	}
	first, last := t.scroll.visible()
	for i := first; i < last; i++ {
		lines = append(lines, t.draw(look, width, widths, i, focused))
	}
	return fill(lines, width, height)
}

// nothing says why there are no rows.
func (t *Table[T]) nothing(look theme.Theme, width, height int) []string {
	text := t.Empty
	if len(t.rows) > 0 {
		text = "Nothing fits the filter " + t.filter.text + "."
	}
	return paragraph(look, theme.Faint, text, width, height)
}

// titles draws the titles of the columns, with an arrow at the one that the rows are sorted by.
func (t *Table[T]) titles(look theme.Theme, width int, widths []int) string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", gutter))
	for i, c := range t.Columns {
		if widths[i] < 0 {
			continue
		}
		title := c.Title
		if t.sorted.column == i+1 {
			title = cells.Cut(title, max(1, widths[i]-1)) + arrow(t.sorted.reverse)
		}
		b.WriteString(fitted(title, widths[i], c.Right, false))
		b.WriteString(strings.Repeat(" ", gap))
	}
	return look.Render(theme.Title, cells.Window(b.String(), 0, width))
}

func arrow(down bool) string {
	if down {
		return "▼"
	}
	return "▲"
}

// draw draws an item.
func (t *Table[T]) draw(look theme.Theme, width int, widths []int, i int, focused bool) string {
	it := t.items[i]
	if it.row < 0 {
		return t.heading(look, width, it, i == t.scroll.at, focused)
	}
	row := t.rows[it.row]
	marked := len(t.marked) > 0 && t.marked[t.id(row)]
	selected := i == t.scroll.at
	if width < gutter {
		return cells.Window(signs(selected, marked), 0, width)
	}
	var b strings.Builder
	b.WriteString(signs(selected, marked))
	n := gutter
	for i, c := range t.Columns {
		if widths[i] < 0 || n >= width {
			continue
		}
		s := c.Cell(row)
		text := fitted(cells.Clean(s.Text), min(widths[i], width-n), c.Right, c.Middle)
		if !selected || !focused {
			text = look.Render(s.Role, text)
		}
		n += min(widths[i], width-n)
		room := min(gap, width-n)
		b.WriteString(text)
		b.WriteString(strings.Repeat(" ", room))
		n += room
	}
	b.WriteString(strings.Repeat(" ", max(0, width-n)))
	return wear(look, b.String(), selected && focused, selected || marked)
}

// signs are what stands left of a row: which one is selected and which are marked, without any colour.
func signs(selected, marked bool) string {
	switch {
	case selected && marked:
		return ">* "
	case selected:
		return ">  "
	case marked:
		return " * "
	}
	return "   "
}

// wear gives a line the look of the selected row, or of one that stands out.
func wear(look theme.Theme, line string, selected, strong bool) string {
	switch {
	case selected:
		return look.Render(theme.Selected, line)
	case strong:
		return look.Render(theme.Marked, line)
	}
	return line
}

// heading draws the heading of a group: whether it is folded, its text, and how many rows it has.
func (t *Table[T]) heading(look theme.Theme, width int, it item, selected, focused bool) string {
	g := t.groups[it.group]
	title := g.title
	if title == "" {
		title = "(none)"
	}
	count := " " + number(g.rows)
	if marks := t.marksOf(g); marks > 0 {
		count += ", " + number(marks) + " marked"
	}
	text := signs(selected, false)[:2] + foldSign(t.folded[g.title]) + " " +
		cells.Cut(cells.Clean(title), max(1, width-4-len(count)-1)) + " " + count
	text = cells.Fit(text, width)
	if selected && focused {
		return look.Render(theme.Selected, text)
	}
	return look.Render(theme.Strong, text)
}

// marksOf counts the marks of a group, where there are any at all.
func (t *Table[T]) marksOf(g group) int {
	n := 0
	if t.marks == 0 || !t.folded[g.title] {
		return n
	}
	for _, row := range t.fitting[g.first : g.first+g.rows] {
		if t.marked[t.id(t.rows[row])] {
			n++
		}
	}
	return n
}

func foldSign(folded bool) string {
	if folded {
		return "▸"
	}
	return "▾"
}

// fitted brings a text to a width.
func fitted(text string, width int, right, middle bool) string {
	if middle && cells.Width(text) > width {
		text = cells.CutMiddle(text, width)
	}
	if right {
		return cells.FitRight(text, width)
	}
	return cells.Fit(text, width)
}

func number(n int) string { return strconv.Itoa(n) }

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(n) + " " + what + "s"
}
