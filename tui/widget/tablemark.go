package widget

import "strings"

// Marked returns the marked rows that fit the filter, in the order shown, or the selected one where none is.
// A row that is filtered away keeps its mark and is not returned: nothing happens to what nobody sees.
func (t *Table[T]) Marked() []T {
	var rows []T
	for _, row := range t.fitting {
		if t.marked[t.id(t.rows[row])] {
			rows = append(rows, t.rows[row])
		}
	}
	if row, found := t.Selected(); found && len(rows) == 0 {
		rows = append(rows, row)
	}
	return rows
}

// Marks returns how many rows are marked of those that fit the filter.
func (t *Table[T]) Marks() int { return t.marks }

// Unmark takes all marks away, also those of rows that are filtered away.
func (t *Table[T]) Unmark() {
	t.marked = nil
	t.count()
}

// mark marks the selected row, or all of the selected heading, or takes the marks away.
func (t *Table[T]) mark() {
	if t.scroll.at >= len(t.items) {
		return
	}
	at := t.items[t.scroll.at]
	if at.row >= 0 {
		id := t.id(t.rows[at.row])
		t.set(!t.marked[id], at.row)
	} else {
		g := t.groups[at.group]
		t.toggleMarks(t.fitting[g.first : g.first+g.rows])
	}
	t.last = t.scroll.at
	t.count()
	t.scroll.at++
	t.scroll.resize(len(t.items), t.scroll.height)
	t.want()
}

// markAll marks all rows that fit the filter, or none where all are.
func (t *Table[T]) markAll() {
	t.toggleMarks(t.fitting)
	t.count()
}

// markRange marks from the row that was marked last to the selected one.
func (t *Table[T]) markRange() {
	first, last := min(t.last, t.scroll.at), max(t.last, t.scroll.at)
	for i := max(0, first); i <= last && i < len(t.items); i++ {
		if row := t.items[i].row; row >= 0 {
			t.set(true, row)
		}
	}
	t.last = t.scroll.at
	t.count()
}

func (t *Table[T]) toggleMarks(rows []int) {
	all := true
	for _, row := range rows {
		all = all && t.marked[t.id(t.rows[row])]
	}
	t.set(!all, rows...)
}

func (t *Table[T]) set(marked bool, rows ...int) {
	if t.marked == nil {
		t.marked = map[string]bool{}
	}
	for _, row := range rows {
		id := t.id(t.rows[row])
		if marked {
			t.marked[id] = true
		} else {
			delete(t.marked, id)
		}
	}
}

// count counts the marks, so that drawing need not.
func (t *Table[T]) count() {
	t.marks, t.hidden = 0, 0
	if len(t.marked) == 0 {
		return
	}
	for _, row := range t.rows {
		if t.marked[t.id(row)] {
			t.hidden++
		}
	}
	for _, row := range t.fitting {
		if t.marked[t.id(t.rows[row])] {
			t.marks++
		}
	}
	t.hidden -= t.marks
}

// Footer says where the selection is, and what is marked and filtered away: "5 of 20 · 3 marked · filter
// type:hack".
func (t *Table[T]) Footer() string {
	parts := []string{t.place()}
	if len(t.fitting) < len(t.rows) {
		parts = append(parts, number(len(t.rows))+" in all")
	}
	switch {
	case t.hidden > 0:
		parts = append(parts, number(t.marks+t.hidden)+" marked, "+number(t.hidden)+" of them not shown")
	case t.marks > 0:
		parts = append(parts, number(t.marks)+" marked")
	}
	if t.filter.text != "" {
		parts = append(parts, "filter "+t.filter.text)
	}
	return strings.Join(parts, " · ")
}

func (t *Table[T]) place() string {
	all := number(len(t.fitting))
	if t.scroll.at >= len(t.items) {
		return "0 of " + all
	}
	at := t.items[t.scroll.at]
	if at.row < 0 {
		return all + " in " + counted(len(t.groups), "group")
	}
	return number(at.ordinal+1) + " of " + all
}
