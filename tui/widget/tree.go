package widget

import (
	"strings"

	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
)

// Node is a row of a tree. Its children are shown when it is unfolded. Ids are different in the whole tree.
type Node struct {
	ID       string
	Line     Line
	Children []Node
}

// Tree is rows that fold.
type Tree struct {
	// Empty is what stands there when there is nothing.
	Empty string

	nodes  []treeNode     // all, parents before their children
	byID   map[string]int // their places
	open   map[string]bool
	kept   []bool // by node, whether it fits the filter or has one below that does; nil: all do
	fits   int    // nodes that fit the filter
	rows   []int  // the nodes that are shown
	wanted string
	filter string
	scroll scroll
}

// treeNode is a node and its place. Those below it follow it, up to before end.
type treeNode struct {
	Node
	parent, depth, end int
}

// SetRoots shows other rows; what is unfolded and selected stays so by id.
func (t *Tree) SetRoots(roots []Node) {
	t.nodes, t.byID = nil, map[string]int{}
	t.add(roots, -1, 0)
	t.sieve()
	t.arrange()
}

func (t *Tree) add(nodes []Node, parent, depth int) {
	for _, n := range nodes {
		at := len(t.nodes)
		t.nodes = append(t.nodes, treeNode{Node: n, parent: parent, depth: depth})
		t.byID[n.ID] = at
		t.add(n.Children, at, depth+1)
		t.nodes[at].end = len(t.nodes)
	}
}

// SetFilter shows only nodes that have all words of text in their lines, with their parents; "" shows all.
// While there is a filter, what is below those that fit is folded unless it fits too.
func (t *Tree) SetFilter(text string) {
	t.filter = strings.TrimSpace(text)
	t.sieve()
	t.arrange()
}

// Filter returns the filter in force.
func (t *Tree) Filter() string { return t.filter }

// sieve finds the nodes that fit the filter.
func (t *Tree) sieve() {
	t.kept, t.fits = nil, len(t.nodes)
	words := strings.Fields(strings.ToLower(t.filter))
	if len(words) == 0 {
		return
	}
	t.kept, t.fits = make([]bool, len(t.nodes)), 0
	for i := range t.nodes {
		text := strings.ToLower(t.nodes[i].Line.String())
		fits := true
		for _, word := range words {
			fits = fits && strings.Contains(text, word)
		}
		if !fits {
			continue
		}
		t.fits++
		for at := i; at >= 0 && !t.kept[at]; at = t.nodes[at].parent {
			t.kept[at] = true
		}
	}
}

// isOpen reports whether what is below a node is shown. A filter unfolds what leads to a match.
func (t *Tree) isOpen(i int) bool {
	if t.kept == nil {
		return t.open[t.nodes[i].ID]
	}
	for child := i + 1; child < t.nodes[i].end; child = t.nodes[child].end {
		if t.kept[child] {
			return true
		}
	}
	return false
}

// arrange works out which nodes are shown, and keeps the selected one.
func (t *Tree) arrange() {
	t.rows = t.rows[:0]
	for i := 0; i < len(t.nodes); {
		switch {
		case t.kept != nil && !t.kept[i]:
			i = t.nodes[i].end
		case t.isOpen(i):
			t.rows = append(t.rows, i)
			i++
		default:
			t.rows = append(t.rows, i)
			i = t.nodes[i].end
		}
	}
	t.find()
}

// find moves to the node that was wanted last, or the nearest of its parents that is shown.
func (t *Tree) find() {
	if i, found := t.byID[t.wanted]; found {
		at := -1
		for n, row := range t.rows {
			if row > i {
				break
			}
			if row == i || t.nodes[row].end > i {
				at = n
			}
		}
		if at >= 0 {
			t.scroll.at = at
		}
	}
	t.scroll.resize(len(t.rows), t.scroll.height)
}

func (t *Tree) want() {
	if t.scroll.at < len(t.rows) {
		t.wanted = t.nodes[t.rows[t.scroll.at]].ID
	}
}

// Selected returns the selected node; false when there is none.
func (t *Tree) Selected() (Node, bool) {
	if t.scroll.at < len(t.rows) {
		return t.nodes[t.rows[t.scroll.at]].Node, true
	}
	return Node{}, false
}

// Select moves to the node with the id and unfolds what it is in; false: there is none, or it is filtered away.
func (t *Tree) Select(id string) bool {
	i, found := t.byID[id]
	if !found || t.kept != nil && !t.kept[i] {
		return false
	}
	for at := t.nodes[i].parent; at >= 0; at = t.nodes[at].parent {
		t.set(at, true)
	}
	t.wanted = id
	t.arrange()
	return true
}

func (t *Tree) set(i int, open bool) {
	if t.open == nil {
		t.open = map[string]bool{}
	}
	if open {
		t.open[t.nodes[i].ID] = true
	} else {
		delete(t.open, t.nodes[i].ID)
	}
}

// Act does what an action means to a tree; false: nothing.
func (t *Tree) Act(a keymap.Action) bool {
	switch a {
	case keymap.Left, keymap.Right, keymap.Open:
		return t.fold(a)
	case keymap.FoldAll, keymap.UnfoldAll:
		t.foldAll(a == keymap.UnfoldAll)
		return true
	}
	if !t.scroll.act(a) {
		return false
	}
	t.want()
	return true
}

// fold folds and unfolds the selected node. To the left of what is folded lies its parent, and to the right of
// what is unfolded its first child.
func (t *Tree) fold(a keymap.Action) bool {
	if t.scroll.at >= len(t.rows) {
		return false
	}
	i := t.rows[t.scroll.at]
	n, open := t.nodes[i], t.isOpen(i)
	hasChildren := n.end > i+1
	switch {
	case a == keymap.Open && !hasChildren:
		return false
	case a == keymap.Right && open:
		t.scroll.act(keymap.Down)
		t.want()
		return true
	case a == keymap.Left && (!open || t.kept != nil):
		if n.parent >= 0 {
			t.wanted = t.nodes[n.parent].ID
			t.find()
		}
		return true
	case hasChildren && t.kept == nil:
		t.set(i, a == keymap.Right || a == keymap.Open && !open)
	}
	t.wanted = n.ID
	t.arrange()
	return true
}

func (t *Tree) foldAll(open bool) {
	t.open = map[string]bool{}
	for i, n := range t.nodes {
		if open && n.end > i+1 {
			t.open[n.ID] = true
		}
	}
	t.arrange()
}

// Click selects the row at y, counted from the first line, and folds or unfolds the one that is selected
// already; false: there is none.
func (t *Tree) Click(y int) bool {
	i := t.scroll.top + y
	if y < 0 || y >= t.scroll.height || i >= len(t.rows) {
		return false
	}
	if i == t.scroll.at {
		t.fold(keymap.Open)
		return true
	}
	t.scroll.at = i
	t.want()
	return true
}

// Wheel scrolls by so many rows, down where it is more than 0.
func (t *Tree) Wheel(rows int) {
	t.scroll.wheel(rows)
	t.want()
}

// Footer says where the selection is among the rows that are shown, and what is filtered away.
func (t *Tree) Footer() string {
	text := "0 of 0"
	if len(t.rows) > 0 {
		text = number(t.scroll.at+1) + " of " + number(len(t.rows))
	}
	if t.kept != nil {
		text += " · " + number(t.fits) + " of " + number(len(t.nodes)) + " fit · filter " + t.filter
	}
	return text
}

// Render draws the tree.
func (t *Tree) Render(look theme.Theme, width, height int, focused bool) string {
	if width <= 0 || height <= 0 {
		return Box(nil, width, height)
	}
	t.scroll.resize(len(t.rows), height)
	out := make([]string, 0, height)
	if len(t.rows) == 0 {
		text := t.Empty
		if t.kept != nil {
			text = "Nothing fits the filter " + t.filter + "."
		}
		out = append(out, paragraph(look, theme.Faint, text, width, height)...)
	}
	first, last := t.scroll.visible()
	for i := first; i < last; i++ {
		out = append(out, t.draw(look, i, width, focused))
	}
	return fill(out, width, height)
}

// draw draws a row: the sign of the selected one, how deep it lies, whether it is folded, its line.
func (t *Tree) draw(look theme.Theme, row, width int, focused bool) string {
	i := t.rows[row]
	n := t.nodes[i]
	sign := "  "
	if n.end > i+1 {
		sign = foldSign(!t.isOpen(i)) + " "
	}
	selected := row == t.scroll.at
	before := signs(selected, false)[:2] + strings.Repeat("  ", min(n.depth, width/4)) + sign
	line := append(Line{{before, theme.Text}}, n.Line...)
	if selected && focused {
		return look.Render(theme.Selected, cells.Fit(Plain(theme.Text, line.String()).render(theme.Theme{}, 0, width), width))
	}
	return wear(look, line.render(look, 0, width), false, selected)
}
