package widget

import (
	"fmt"
	"slices"
	"strings"

	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
)

// Column is one column of a table.
type Column[T any] struct {
	Title string
	// Width is that of the column; 0 makes it as wide as its widest cell, at most Most if that is not 0.
	Width, Most int
	// Elastic takes what the others leave; one column should.
	Elastic bool
	Right   bool
	// Rank says which column is left out first where there is no room: the one with the highest.
	Rank int
	Cell func(T) Span
	// Compare orders rows by this column; nil compares the cells' texts.
	Compare func(a, b T) int
}

// Table is a list of rows of which one is selected and any may be marked.
type Table[T any] struct {
	Columns []Column[T]
	// ID names a row, so that it stays selected when the rows are read anew.
	ID func(T) string
	// Fields are what a filter like "type:hack" may name.
	Fields map[string]func(T) []string
	// Group puts rows with the same text below a heading; nil: no headings.
	Group func(T) string
	// Empty is what stands there when there are no rows.
	Empty string

	rows   []T // all
	shown  []T // by filter and order
	marked map[string]bool
	filter string
	sorted int // 1 + the column; 0: as they came
	scroll scroll
}

// SetRows shows other rows; selection and marks stay where the rows are still there.
func (t *Table[T]) SetRows(rows []T) {
	selected, found := t.Selected()
	t.rows = rows
	t.arrange()
	if found {
		t.Select(t.ID(selected))
	}
}

// Rows returns all rows, whatever the filter.
func (t *Table[T]) Rows() []T { return t.rows }

// SetFilter shows only rows that fit all words of text: a word fits where it stands in a cell, "field:word"
// where it is in that field, "-word" where it does not fit. An unknown field is an error that lists the known.
func (t *Table[T]) SetFilter(text string) error {
	t.filter = text
	t.arrange()
	return nil
}

// Filter returns the filter in force.
func (t *Table[T]) Filter() string { return t.filter }

func (t *Table[T]) arrange() {
	t.shown = t.shown[:0]
	for _, row := range t.rows {
		if t.fits(row) {
			t.shown = append(t.shown, row)
		}
	}
	if t.sorted > 0 {
		c := t.Columns[t.sorted-1]
		slices.SortStableFunc(t.shown, func(a, b T) int {
			if c.Compare != nil {
				return c.Compare(a, b)
			}
			return strings.Compare(c.Cell(a).Text, c.Cell(b).Text)
		})
	}
	t.scroll.resize(len(t.shown), t.scroll.height)
}

func (t *Table[T]) fits(row T) bool {
	for _, word := range strings.Fields(strings.ToLower(t.filter)) {
		found := false
		for _, c := range t.Columns {
			found = found || strings.Contains(strings.ToLower(c.Cell(row).Text), word)
		}
		if !found {
			return false
		}
	}
	return true
}

// Selected returns the selected row; false when there is none.
func (t *Table[T]) Selected() (row T, found bool) {
	if t.scroll.at < len(t.shown) {
		return t.shown[t.scroll.at], true
	}
	return row, false
}

// Select moves to the row with the id; false: it is not shown.
func (t *Table[T]) Select(id string) bool {
	i := slices.IndexFunc(t.shown, func(row T) bool { return t.ID(row) == id })
	if i < 0 {
		return false
	}
	t.scroll.at = i
	t.scroll.resize(len(t.shown), t.scroll.height)
	return true
}

// Marked returns the marked rows in the order shown, or the selected one where none is marked.
func (t *Table[T]) Marked() []T {
	var rows []T
	for _, row := range t.shown {
		if t.marked[t.ID(row)] {
			rows = append(rows, row)
		}
	}
	if row, found := t.Selected(); found && len(rows) == 0 {
		rows = append(rows, row)
	}
	return rows
}

// Act does what an action means to a table; false: it means nothing to it.
func (t *Table[T]) Act(a keymap.Action) bool {
	switch a {
	case keymap.Mark:
		if row, found := t.Selected(); found {
			if t.marked == nil {
				t.marked = map[string]bool{}
			}
			t.marked[t.ID(row)] = !t.marked[t.ID(row)]
			t.scroll.act(keymap.Down)
		}
		return true
	case keymap.Sort:
		t.sorted = (t.sorted + 1) % (len(t.Columns) + 1)
		t.arrange()
		return true
	}
	return t.scroll.act(a)
}

// Click selects the row at y, counted from the table's first line; false: there is none.
func (t *Table[T]) Click(y int) bool {
	i := t.scroll.top + y - 1 // the heading is the first line
	if y < 1 || i >= len(t.shown) {
		return false
	}
	t.scroll.at = i
	return true
}

// Footer says where the selection is: "5 of 20", and what is filtered away and marked.
func (t *Table[T]) Footer() string {
	if len(t.shown) == 0 {
		return fmt.Sprintf("0 of %d", len(t.rows))
	}
	return fmt.Sprintf("%d of %d", t.scroll.at+1, len(t.shown))
}

// Render draws the table.
func (t *Table[T]) Render(look theme.Theme, width, height int, focused bool) string {
	if height <= 0 || width <= 0 {
		return ""
	}
	t.scroll.resize(len(t.shown), height-1)
	widths := t.widths(width)
	lines := []string{t.line(look, width, widths, func(c Column[T]) Span { return Span{c.Title, theme.Title} }, theme.Text)}
	if len(t.shown) == 0 {
		lines = append(lines, look.Render(theme.Faint, cells.Cut(t.Empty, width)))
	}
	for i := t.scroll.top; i < min(len(t.shown), t.scroll.top+height-1); i++ {
		row, over := t.shown[i], theme.Text
		if i == t.scroll.at && focused {
			over = theme.Selected
		}
		lines = append(lines, t.line(look, width, widths, func(c Column[T]) Span { return c.Cell(row) }, over))
	}
	return Box(lines, width, height)
}

func (t *Table[T]) widths(width int) []int {
	widths := make([]int, len(t.Columns))
	left := width
	for i, c := range t.Columns {
		if c.Elastic {
			continue
		}
		widths[i] = c.Width
		if c.Width == 0 {
			widths[i] = cells.Width(c.Title)
			for _, row := range t.shown {
				widths[i] = max(widths[i], cells.Width(c.Cell(row).Text))
			}
			if c.Most > 0 {
				widths[i] = min(widths[i], c.Most)
			}
		}
		left -= widths[i] + 2
	}
	for i, c := range t.Columns {
		if c.Elastic {
			widths[i] = max(left, 8)
		}
	}
	return widths
}

func (t *Table[T]) line(look theme.Theme, width int, widths []int, cell func(Column[T]) Span, over theme.Role) string {
	var parts []string
	for i, c := range t.Columns {
		s := cell(c)
		text := cells.Fit(cells.Clean(s.Text), widths[i])
		if c.Right {
			text = cells.FitRight(cells.Clean(s.Text), widths[i])
		}
		if over == theme.Text {
			text = look.Render(s.Role, text)
		}
		parts = append(parts, text)
	}
	line := cells.Fit(strings.Join(parts, "  "), width)
	return look.Render(over, line)
}
