package widget

import (
	"slices"

	"mgit/tui/keymap"
)

// Column is one column of a table.
type Column[T any] struct {
	Title string
	// Width is that of the column; 0 makes it as wide as its widest cell, at most Most if that is not 0.
	Width, Most int
	// Elastic takes what the others leave; one column should. It has at least Least columns (20 where that is
	// 0, or as many as its widest cell has) before others are left out for it.
	Elastic bool
	Least   int
	Right   bool
	// Middle cuts a text that is too long in its middle, as fits names; without it the end goes.
	Middle bool
	// Rank says which column is left out first where there is no room: the one with the highest. One with 0
	// always stays.
	Rank int
	// Sparse leaves the column out where there are rows and none has anything in it.
	Sparse bool
	Cell   func(T) Span
	// Compare orders rows by this column; nil compares the cells' texts, numbers in them as numbers.
	Compare func(a, b T) int
}

// Table is a list of rows of which one is selected and any may be marked. What its cells say is measured and
// searched once for each SetRows: a view that has other things to say calls it again.
type Table[T any] struct {
	Columns []Column[T]
	// ID names a row, so that it stays selected when the rows are read anew.
	ID func(T) string
	// Fields are what a filter like "type:hack" may name.
	Fields map[string]func(T) []string
	// Group puts rows with the same text below a heading that folds; nil: no headings. After it was changed,
	// SetRows is to be called.
	Group func(T) string
	// GroupOrder orders the headings; nil: by their texts.
	GroupOrder func(a, b string) int
	// Empty is what stands there when there are no rows.
	Empty string

	rows    []T      // all
	texts   []string // of each row, to be searched; nil: not made yet
	natural []int    // the width of the widest cell of each column; nil: not measured yet
	fitting []int    // the rows that fit the filter, in order
	items   []item   // what is shown: headings and rows
	groups  []group
	folded  map[string]bool
	marked  map[string]bool
	marks   int // marked rows that fit the filter
	hidden  int // marked rows that do not
	last    int // the item that was marked last
	wanted  string
	toEnd   bool // somebody moved to the end before there were rows
	filter  filter
	sorted  order
	drawn   []int // the widths of the columns as they were drawn last
	scroll  scroll
}

// item is a line of the table: a row, or the heading of a group.
type item struct {
	row     int // -1 for a heading
	group   int
	ordinal int // the number of the row among those that fit, from 0
}

// SetRows shows other rows; selection and marks stay where the rows are still there.
func (t *Table[T]) SetRows(rows []T) {
	t.rows, t.texts, t.natural = rows, nil, nil
	t.arrange()
}

// Rows returns all rows, whatever the filter.
func (t *Table[T]) Rows() []T { return t.rows }

// Shown returns the rows that fit the filter, in their order, those of folded groups too.
func (t *Table[T]) Shown() []T {
	shown := make([]T, len(t.fitting))
	for i, row := range t.fitting {
		shown[i] = t.rows[row]
	}
	return shown
}

// arrange works out anew what is shown, and keeps what is selected where it is still there. A row that a
// filter hid is selected again when it comes back, unless somebody moved meanwhile.
func (t *Table[T]) arrange() {
	t.fitting = t.fitting[:0]
	for i := range t.rows {
		if t.fits(i) {
			t.fitting = append(t.fitting, i)
		}
	}
	t.order()
	t.lay()
	t.count()
	t.find()
}

// lay puts headings among the rows.
func (t *Table[T]) lay() {
	t.items, t.groups = t.items[:0], t.groups[:0]
	if t.Group == nil {
		for n, row := range t.fitting {
			t.items = append(t.items, item{row: row, ordinal: n})
		}
		return
	}
	t.gather()
}

// find moves to the item that was wanted last.
func (t *Table[T]) find() {
	at := t.scroll.at
	if t.wanted != "" {
		if i := slices.IndexFunc(t.items, func(it item) bool { return t.name(it) == t.wanted }); i >= 0 {
			at = i
		}
	}
	if t.toEnd && len(t.items) > 0 {
		at = len(t.items) - 1
	}
	t.scroll.at = at
	t.scroll.resize(len(t.items), t.scroll.height)
	if t.toEnd && len(t.items) > 0 {
		t.toEnd = false
		t.want()
	}
}

// want remembers what somebody moved to.
func (t *Table[T]) want() {
	t.wanted = ""
	if t.scroll.at < len(t.items) {
		t.wanted = t.name(t.items[t.scroll.at])
	}
}

// name tells an item from all others, whatever is shown beside it.
func (t *Table[T]) name(it item) string {
	if it.row < 0 {
		return "group " + t.groups[it.group].title
	}
	return "row " + t.id(t.rows[it.row])
}

func (t *Table[T]) id(row T) string {
	if t.ID == nil {
		return ""
	}
	return t.ID(row)
}

// Selected returns the selected row; false when there is none, as on a heading.
func (t *Table[T]) Selected() (row T, found bool) {
	if t.scroll.at < len(t.items) && t.items[t.scroll.at].row >= 0 {
		return t.rows[t.items[t.scroll.at].row], true
	}
	return row, false
}

// Select moves to the row with the id and unfolds its group; false: it is not shown.
func (t *Table[T]) Select(id string) bool {
	i := slices.IndexFunc(t.fitting, func(row int) bool { return t.id(t.rows[row]) == id })
	if i < 0 {
		return false
	}
	row := t.fitting[i]
	if t.Group != nil && t.folded[t.Group(t.rows[row])] {
		delete(t.folded, t.Group(t.rows[row]))
		t.lay()
	}
	t.scroll.at = slices.IndexFunc(t.items, func(it item) bool { return it.row == row })
	t.scroll.resize(len(t.items), t.scroll.height)
	t.want()
	return true
}

// Act does what an action means to a table; false: it means nothing to it.
func (t *Table[T]) Act(a keymap.Action) bool {
	switch a {
	case keymap.Mark:
		t.mark()
		return true
	case keymap.MarkAll:
		t.markAll()
		return true
	case keymap.MarkRange:
		t.markRange()
		return true
	case keymap.Sort:
		t.sortNext(1)
		return true
	case keymap.SortBack:
		t.sortNext(-1)
		return true
	case keymap.Left, keymap.Right, keymap.Open, keymap.FoldAll, keymap.UnfoldAll:
		return t.fold(a)
	}
	if !t.scroll.act(a) {
		return false
	}
	t.toEnd = a == keymap.Last && len(t.rows) == 0
	t.want()
	return true
}

// Click does what a click at y means, counted from the table's first line: it selects the row there. On a
// heading it folds the group too; false: there is nothing.
func (t *Table[T]) Click(y int) bool { return t.ClickAt(-1, y) }

// ClickAt is Click that knows the column of the click too, from 0: on the title of a column it sorts by it.
func (t *Table[T]) ClickAt(x, y int) bool {
	if y == 0 {
		return t.clickTitle(x)
	}
	i := t.scroll.top + y - 1 // the titles are the first line
	if y < 1 || y > t.scroll.height || i >= len(t.items) {
		return false
	}
	t.scroll.at = i
	t.want()
	if t.items[i].row < 0 {
		t.toggle(t.items[i].group)
	}
	return true
}

// Wheel scrolls by so many rows, down where it is more than 0.
func (t *Table[T]) Wheel(rows int) {
	t.scroll.wheel(rows)
	t.want()
}
