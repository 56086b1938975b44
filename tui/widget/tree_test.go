package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

func node(id, text string, children ...widget.Node) widget.Node {
	return widget.Node{ID: id, Line: widget.Line{{Text: text}, {Text: "  " + id, Role: theme.Faint}}, Children: children}
}

func forest() []widget.Node {
	return []widget.Node{
		node("mod_forum", "Forum", node("mod/forum/lib.php", "lib.php", node("h1", "hunk 1"), node("h2", "hunk 2")), node("mod/forum/view.php", "view.php")),
		node("mod_日本語", "日本語の名前 שלום", node("x", strings.Repeat("a long name ", 20))),
		node("core", "Core"),
	}
}

func grown() *widget.Tree {
	tree := &widget.Tree{Empty: "No core hacks."}
	tree.SetRoots(forest())
	tree.Render(theme.Theme{}, 60, 10, true)
	return tree
}

func at(tree *widget.Tree) string {
	n, _ := tree.Selected()
	return n.ID
}

func TestTreeGoldens(t *testing.T) {
	t.Parallel()
	tree := grown()
	tree.Act(keymap.UnfoldAll)
	tree.Act(keymap.Down)
	goldens(t, "tree", func(look theme.Theme, w, h int) string { return tree.Render(look, w, h, true) })
	tree.SetFilter("hunk 2")
	goldens(t, "tree-filtered", func(look theme.Theme, w, h int) string { return tree.Render(look, w, h, false) })
	empty := &widget.Tree{Empty: "No core hacks."}
	goldens(t, "tree-empty", func(look theme.Theme, w, h int) string { return empty.Render(look, w, h, true) })
}

func TestTreeFolds(t *testing.T) {
	t.Parallel()
	tree := grown()
	for _, step := range []struct {
		action keymap.Action
		at     string
		footer string
	}{
		{keymap.Right, "mod_forum", "1 of 5"},
		{keymap.Right, "mod/forum/lib.php", "2 of 5"},
		{keymap.Open, "mod/forum/lib.php", "2 of 7"},
		{keymap.Last, "core", "7 of 7"},
		{keymap.First, "mod_forum", "1 of 7"},
		{keymap.Down, "mod/forum/lib.php", "2 of 7"},
		{keymap.Down, "h1", "3 of 7"},
		{keymap.Left, "mod/forum/lib.php", "2 of 7"},
		{keymap.Left, "mod/forum/lib.php", "2 of 5"},
		{keymap.Left, "mod_forum", "1 of 5"},
		{keymap.UnfoldAll, "mod_forum", "1 of 8"},
		{keymap.PageDown, "core", "8 of 8"},
		{keymap.Up, "x", "7 of 8"},
		{keymap.FoldAll, "mod_日本語", "2 of 3"},
	} {
		tree.Act(step.action)
		if at(tree) != step.at || tree.Footer() != step.footer {
			t.Errorf("after %s: %s, %s; want %s, %s", step.action, at(tree), tree.Footer(), step.at, step.footer)
		}
	}
	if tree.Act(keymap.Last); tree.Act(keymap.Open) {
		t.Error("what has nothing below it can be unfolded")
	}
}

func TestTreeKeepsTheSelection(t *testing.T) {
	t.Parallel()
	tree := grown()
	if !tree.Select("h2") || at(tree) != "h2" {
		t.Fatalf("%s is selected", at(tree))
	}
	roots := forest()
	roots[0], roots[2] = roots[2], roots[0]
	tree.SetRoots(roots)
	if at(tree) != "h2" {
		t.Errorf("after new roots %s is selected", at(tree))
	}
	tree.SetFilter("VIEW")
	if got, want := tree.Footer(), "1 of 2 · 1 of 8 fit · filter VIEW"; got != want {
		t.Errorf("footer %q, want %q", got, want)
	}
	if tree.Select("h1") {
		t.Error("what is filtered away is selected")
	}
	tree.SetFilter("")
	if at(tree) != "h2" {
		t.Errorf("after the filter %s is selected", at(tree))
	}
	if !tree.Click(0) || at(tree) != "core" || tree.Click(20) {
		t.Errorf("after a click %s is selected", at(tree))
	}
	tree.Wheel(100)
	tree.SetRoots(nil)
	if _, found := tree.Selected(); found {
		t.Error("a node of nothing is selected")
	}
}

// Not parallel: allocations are counted for the whole program.
func TestTreeOf20000(t *testing.T) {
	var roots []widget.Node
	for i := range 200 {
		n := node(fmt.Sprint(i), fmt.Sprint("component ", i))
		for j := range 99 {
			n.Children = append(n.Children, node(fmt.Sprint(i, "/", j), "file"))
		}
		roots = append(roots, n)
	}
	tree := &widget.Tree{}
	tree.SetRoots(roots)
	tree.Act(keymap.UnfoldAll)
	tree.Render(theme.Theme{}, 80, 24, true)
	tree.Act(keymap.Last)
	if got := tree.Footer(); got != "20000 of 20000" {
		t.Errorf("footer %q", got)
	}
	if n := testing.AllocsPerRun(10, func() { tree.Act(keymap.Up); tree.Render(theme.Theme{}, 80, 24, true) }); n > 1000 {
		t.Errorf("a key needs %.0f allocations", n)
	}
}
