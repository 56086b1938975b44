package widget

import (
	"strings"

	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
)

// Node is a row of a tree. Its children are shown when it is unfolded.
type Node struct {
	ID       string
	Line     Line
	Children []Node
}

// Tree is rows that fold.
type Tree struct {
	// Empty is what stands there when there is nothing.
	Empty string

	roots  []Node
	open   map[string]bool
	scroll scroll
}

type treeRow struct {
	node  Node
	depth int
}

// SetRoots shows other rows; what is unfolded and selected stays so by id.
func (t *Tree) SetRoots(roots []Node) {
	t.roots = roots
	if t.open == nil {
		t.open = map[string]bool{}
	}
}

func (t *Tree) rows() []treeRow {
	var rows []treeRow
	var walk func(nodes []Node, depth int)
	walk = func(nodes []Node, depth int) {
		for _, n := range nodes {
			rows = append(rows, treeRow{n, depth})
			if t.open[n.ID] {
				walk(n.Children, depth+1)
			}
		}
	}
	walk(t.roots, 0)
	return rows
}

// Selected returns the selected node; false when there is none.
func (t *Tree) Selected() (Node, bool) {
	rows := t.rows()
	if t.scroll.at < len(rows) {
		return rows[t.scroll.at].node, true
	}
	return Node{}, false
}

// Act does what an action means to a tree; false: nothing.
func (t *Tree) Act(a keymap.Action) bool {
	n, found := t.Selected()
	switch {
	case a == keymap.Right && found:
		t.open[n.ID] = true
		return true
	case a == keymap.Left && found:
		t.open[n.ID] = false
		return true
	}
	return t.scroll.act(a)
}

// Render draws the tree.
func (t *Tree) Render(look theme.Theme, width, height int, focused bool) string {
	rows := t.rows()
	t.scroll.resize(len(rows), height)
	var out []string
	if len(rows) == 0 {
		out = append(out, look.Render(theme.Faint, cells.Cut(t.Empty, width)))
	}
	for i := t.scroll.top; i < min(len(rows), t.scroll.top+height); i++ {
		sign := "  "
		if len(rows[i].node.Children) > 0 {
			sign = "▸ "
			if t.open[rows[i].node.ID] {
				sign = "▾ "
			}
		}
		line := append(Line{{strings.Repeat("  ", rows[i].depth) + sign, theme.Text}}, rows[i].node.Line...)
		if i == t.scroll.at && focused {
			line = Plain(theme.Selected, line.String())
		}
		out = append(out, line.render(look, 0, width))
	}
	return Box(out, width, height)
}
