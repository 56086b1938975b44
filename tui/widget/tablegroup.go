package widget

import (
	"slices"

	"mgit/tui/keymap"
)

// group is the heading of rows of a table.
type group struct {
	title string
	rows  int // that fit the filter
	first int // among the fitting rows
}

// gather orders the fitting rows by their groups and puts a heading before each.
func (t *Table[T]) gather() {
	members := map[string][]int{}
	var titles []string
	for _, row := range t.fitting {
		title := t.Group(t.rows[row])
		if members[title] == nil {
			titles = append(titles, title)
		}
		members[title] = append(members[title], row)
	}
	compare := t.GroupOrder
	if compare == nil {
		compare = compareText
	}
	slices.SortStableFunc(titles, compare)
	t.fitting = t.fitting[:0]
	for g, title := range titles {
		first := len(t.fitting)
		t.groups = append(t.groups, group{title, len(members[title]), first})
		t.items = append(t.items, item{row: -1, group: g, ordinal: first})
		t.fitting = append(t.fitting, members[title]...)
		if t.folded[title] {
			continue
		}
		for n, row := range members[title] {
			t.items = append(t.items, item{row: row, group: g, ordinal: first + n})
		}
	}
}

// SelectedGroup returns the text of the group that the selection is in or on; false: there are no groups.
func (t *Table[T]) SelectedGroup() (title string, found bool) {
	if len(t.groups) == 0 || t.scroll.at >= len(t.items) {
		return "", false
	}
	return t.groups[t.items[t.scroll.at].group].title, true
}

// fold does what the actions for folds mean; false: nothing here.
func (t *Table[T]) fold(a keymap.Action) bool {
	if len(t.groups) == 0 || t.scroll.at >= len(t.items) {
		return false
	}
	at := t.items[t.scroll.at]
	folded := t.folded[t.groups[at.group].title]
	switch a {
	case keymap.Open:
		if at.row >= 0 {
			return false
		}
		t.toggle(at.group)
	case keymap.Left:
		if !folded {
			t.toggle(at.group)
		}
	case keymap.Right:
		if folded {
			t.toggle(at.group)
		}
	default:
		t.foldAll(a == keymap.FoldAll)
	}
	return true
}

// toggle folds or unfolds a group and moves to its heading.
func (t *Table[T]) toggle(g int) {
	title := t.groups[g].title
	if t.folded == nil {
		t.folded = map[string]bool{}
	}
	t.folded[title] = !t.folded[title]
	t.wanted = t.name(item{row: -1, group: g})
	t.lay()
	t.find()
}

func (t *Table[T]) foldAll(folded bool) {
	wanted := t.wanted
	if folded {
		wanted = t.name(item{row: -1, group: t.items[t.scroll.at].group})
	}
	t.folded = map[string]bool{}
	for _, g := range t.groups {
		t.folded[g.title] = folded
	}
	t.wanted = wanted
	t.lay()
	t.find()
}
