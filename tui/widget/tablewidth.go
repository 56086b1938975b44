package widget

import (
	"cmp"
	"slices"

	"mgit/tui/cells"
)

// leastElastic is the width that an elastic column has before others are left out for it.
const leastElastic = 20

// widths divides the width among the columns; -1 for one that is left out.
func (t *Table[T]) widths(width int) []int {
	t.measure()
	widths := slices.Clone(t.natural)
	for i, c := range t.Columns {
		if c.Elastic {
			widths[i] = min(widths[i], cmp.Or(c.Least, leastElastic))
		}
	}
	for needed(widths) > width {
		i := t.leastWanted(widths)
		if i < 0 {
			break
		}
		widths[i] = -1
	}
	for over := needed(widths) - width; over > 0; over-- {
		i := widest(widths)
		if widths[i] <= 1 {
			break
		}
		widths[i]--
	}
	t.stretch(widths, width-needed(widths))
	return widths
}

// measure finds how wide the columns would be; -1 for one that would be empty and is not wanted then.
func (t *Table[T]) measure() {
	if t.natural != nil && len(t.natural) == len(t.Columns) {
		return
	}
	t.natural = make([]int, len(t.Columns))
	for i, c := range t.Columns {
		if c.Width > 0 {
			t.natural[i] = c.Width
			continue
		}
		widest := 0
		for _, row := range t.rows {
			widest = max(widest, cells.Width(cells.Clean(c.Cell(row).Text)))
		}
		if c.Sparse && widest == 0 && len(t.rows) > 0 {
			t.natural[i] = -1
			continue
		}
		t.natural[i] = max(widest, cells.Width(c.Title)+1) // the arrow
		if c.Most > 0 {
			t.natural[i] = min(t.natural[i], c.Most)
		}
	}
}

// needed is the room that columns take with the gaps between them.
func needed(widths []int) int {
	n := -gap
	for _, w := range widths {
		if w >= 0 {
			n += w + gap
		}
	}
	return max(0, n)
}

// leastWanted returns the column with the highest rank that is still there, the last of several; -1: all that
// are there have to stay.
func (t *Table[T]) leastWanted(widths []int) int {
	found := -1
	for i, c := range t.Columns {
		if widths[i] >= 0 && c.Rank > 0 && (found < 0 || c.Rank >= t.Columns[found].Rank) {
			found = i
		}
	}
	return found
}

func widest(widths []int) int {
	found := 0
	for i, w := range widths {
		if w > widths[found] {
			found = i
		}
	}
	return found
}

// stretch gives what is left to the elastic columns, to each as much as to the others.
func (t *Table[T]) stretch(widths []int, left int) {
	var elastic []int
	for i, c := range t.Columns {
		if c.Elastic && widths[i] >= 0 {
			elastic = append(elastic, i)
		}
	}
	for n, i := range elastic {
		share := max(0, left) / (len(elastic) - n)
		widths[i] += share
		left -= share
	}
}

// clickTitle sorts by the column whose title stands at x; false: there is none.
func (t *Table[T]) clickTitle(x int) bool {
	at := gutter
	for i, w := range t.drawn {
		if w < 0 {
			continue
		}
		if at <= x && x < at+w+gap {
			t.SortBy(i)
			return true
		}
		at += w + gap
	}
	return false
}
