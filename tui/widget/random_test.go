package widget_test

import (
	"math/rand/v2"
	"testing"

	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/tuitest"
	"mgit/tui/widget"
)

// scene is all widgets with something in them.
type scene struct {
	table  *widget.Table[branch]
	groups *widget.Table[branch]
	tree   *widget.Tree
	text   *widget.Text
	diff   *widget.Diff
	sides  *widget.Sides
}

func newScene() *scene {
	s := &scene{table: filled(), groups: branchTable(), tree: grown(), text: &widget.Text{}, diff: &widget.Diff{}, sides: conflictSides()}
	s.groups.Group = func(b branch) string { return b.state }
	s.groups.SetRows(branches())
	s.text.SetLines(textLines(70))
	s.diff.SetUnified("", unified)
	return s
}

// act does something at random to every widget.
func (s *scene) act(r *rand.Rand, a keymap.Action) {
	for _, w := range []interface{ Act(keymap.Action) bool }{s.table, s.groups, s.tree, s.text, s.diff, s.sides} {
		w.Act(a)
	}
	words := []string{"", "hack", "type:feature", "-forum", "nothing at all", "日本", "po", `"`}
	word := words[r.IntN(len(words))]
	switch r.IntN(24) {
	case 0:
		_ = s.table.SetFilter(word)
		_ = s.groups.SetFilter(word)
		s.tree.SetFilter(word)
		s.text.Search(word, r.IntN(2) == 0)
		s.diff.Search(word)
	case 1:
		rows := branches()[r.IntN(8)%8:]
		s.table.SetRows(rows)
		s.groups.SetRows(rows)
		s.tree.SetRoots(forest()[r.IntN(4)%4:])
		s.text.SetLines(textLines(r.IntN(100)))
	case 2:
		n := r.IntN(200)
		s.diff.SetTexts("a.php", lines(n, 3, 50, n/2), lines(r.IntN(200), n/3, 7))
	case 3:
		s.diff.SetUnified("x", unified[r.IntN(len(unified)):])
	case 4:
		s.sides.SetResult(widget.Side{Title: "result", Lines: []string{"a", "}"}[:r.IntN(3)]})
	case 5:
		x, y := r.IntN(200), r.IntN(60)
		s.table.ClickAt(x, y)
		s.groups.ClickAt(x, y)
		s.tree.Click(y)
	case 6:
		n := r.IntN(20) - 10
		s.table.Wheel(n)
		s.groups.Wheel(n)
		s.tree.Wheel(n)
		s.text.Wheel(n)
		s.diff.Wheel(n)
		s.sides.Wheel(n)
	}
}

// draw draws every widget and measures it.
func (s *scene) draw(t *testing.T, look theme.Theme, width, height int) {
	for _, text := range []string{
		s.table.Render(look, width, height, true), s.groups.Render(look, width, height, false), s.tree.Render(look, width, height, true),
		s.text.Render(look, width, height), s.diff.Render(look, width, height), s.sides.Render(look, width, height),
	} {
		tuitest.Measure(t, text, width, height)
	}
	_ = s.table.Footer() + s.groups.Footer() + s.tree.Footer() + s.text.Footer() + s.diff.Footer() + s.sides.Footer()
	s.groups.SelectedGroup()
	s.table.Marked()
	s.diff.Here()
}

// Whatever is done in whatever size, nothing panics and everything is drawn exactly as large as asked.
func FuzzWidgets(f *testing.F) {
	var actions []keymap.Action
	keys, err := keymap.New(nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range keys.Bindings(keymap.All) {
		actions = append(actions, b.Action)
	}
	for seed := range uint64(6) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 7))
		s := newScene()
		dark := look(t, "dark")
		for step := range 60 {
			s.act(r, actions[r.IntN(len(actions))])
			s.draw(t, dark, 1+r.IntN(210), 1+r.IntN(40))
			if t.Failed() {
				t.Fatalf("at step %d", step)
			}
		}
	})
}
