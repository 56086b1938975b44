package widget

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// order is what a table is sorted by.
type order struct {
	column  int // from 1; 0: as the rows came
	reverse bool
}

// SortBy sorts by a column, counted from 0, and the other way round where it is already sorted by it; -1 puts
// the rows back as they came.
func (t *Table[T]) SortBy(column int) {
	switch {
	case column < 0 || column >= len(t.Columns):
		t.sorted = order{}
	case t.sorted.column == column+1:
		t.sorted.reverse = !t.sorted.reverse
	default:
		t.sorted = order{column: column + 1}
	}
	t.arrange()
}

// Sorted returns the column that the table is sorted by, and whether the other way round; -1: as the rows came.
func (t *Table[T]) Sorted() (column int, reverse bool) {
	return t.sorted.column - 1, t.sorted.reverse
}

// sortNext goes on by one: by each column, then by it the other way round, then as the rows came.
func (t *Table[T]) sortNext(by int) {
	n := 2*len(t.Columns) + 1
	now := 0
	if t.sorted.column > 0 {
		now = 2*t.sorted.column - 1
		if t.sorted.reverse {
			now++
		}
	}
	now = (now + by + n) % n
	t.sorted = order{column: (now + 1) / 2, reverse: now > 0 && now%2 == 0}
	t.arrange()
}

// order sorts the fitting rows. Rows that are equal stay as they came.
func (t *Table[T]) order() {
	if t.sorted.column == 0 || t.sorted.column > len(t.Columns) {
		return
	}
	compare := t.comparing(t.Columns[t.sorted.column-1])
	if t.sorted.reverse {
		forward := compare
		compare = func(a, b int) int { return forward(b, a) }
	}
	slices.SortStableFunc(t.fitting, compare)
}

// comparing returns how rows are ordered by a column.
func (t *Table[T]) comparing(c Column[T]) func(a, b int) int {
	if c.Compare != nil {
		return func(a, b int) int { return c.Compare(t.rows[a], t.rows[b]) }
	}
	keys := make(map[int]string, len(t.fitting))
	for _, row := range t.fitting {
		keys[row] = strings.ToLower(c.Cell(t.rows[row]).Text)
	}
	return func(a, b int) int { return compareText(keys[a], keys[b]) }
}

// compareText orders texts as people do: runs of digits by their number, so that 9 comes before 10.
func compareText(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x > 0 && y > 0 {
			if order := compareNumbers(a[:x], b[:y]); order != 0 {
				return order
			}
			a, b = a[x:], b[y:]
			continue
		}
		r, n := utf8.DecodeRuneInString(a)
		s, m := utf8.DecodeRuneInString(b)
		if order := cmp.Or(cmp.Compare(r, s), cmp.Compare(a[:n], b[:m])); order != 0 {
			return order
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits returns how many digits text begins with.
func digits(text string) int {
	n := 0
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return n
}

func compareNumbers(a, b string) int {
	x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y), cmp.Compare(len(a), len(b)))
}
