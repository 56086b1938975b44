package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"mgit/tui/keymap"
	"mgit/tui/widget"
)

// The keys that the benchmarks press in turn, each followed by drawing.
func scrolling() []keymap.Action {
	return []keymap.Action{
		keymap.Down, keymap.Down, keymap.PageDown, keymap.Up, keymap.HalfDown, keymap.Down, keymap.PageDown, keymap.PageUp,
		keymap.Last, keymap.Up, keymap.First, keymap.HalfDown,
	}
}

func manyRows(n int) *widget.Table[branch] {
	states := []string{"moved", "parked", "tested", "held"}
	rows := make([]branch, n)
	for i := range rows {
		rows[i] = branch{
			name: fmt.Sprintf("LUVLE-4.5-hack-mod_forum%d-日本", i), kind: "hack", component: fmt.Sprint("mod_forum", i), state: states[i%4], commits: i,
		}
	}
	table := branchTable()
	table.SetRows(rows)
	table.Act(keymap.Mark)
	return table
}

// manyLines is a difference of so many lines of PHP, with a changed line every five.
func manyLines(n int) string {
	var b strings.Builder
	for i := 0; i < n; i += 100 {
		fmt.Fprintf(&b, "@@ -%d,80 +%d,80 @@\n", i*80/100+1, i*80/100+1)
		for j := range 20 {
			fmt.Fprintf(&b, "     * @param int $id%d the id of a forum\n", j)
			fmt.Fprintf(&b, "-    $posts = forum_get_posts($course->id, '日本', %d); // Only the newest.\n", j)
			fmt.Fprintf(&b, "+    $posts = forum_get_all_posts($course->id, \"日本\", %d + 1); // All of them.\n", j)
			b.WriteString("     if ($posts && !empty($CFG->forum_trackreadposts)) {\n     }\n")
		}
	}
	return b.String()
}

func BenchmarkTable5000(b *testing.B) {
	table, look, keys := manyRows(5000), look(b, "dark"), scrolling()
	table.Render(look, 200, 60, true)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		table.Act(keys[i%len(keys)])
		table.Render(look, 200, 60, true)
	}
}

// BenchmarkTable5000Read is what new rows cost, with a filter that is typed on.
func BenchmarkTable5000Read(b *testing.B) {
	table, look := manyRows(5000), look(b, "dark")
	rows := table.Rows()
	for b.Loop() {
		table.SetRows(rows)
		if err := table.SetFilter("type:hack forum4"); err != nil {
			b.Fatal(err)
		}
		table.Render(look, 200, 60, true)
	}
}

func BenchmarkDiff20000(b *testing.B) {
	d, look, keys := &widget.Diff{}, look(b, "dark"), scrolling()
	d.SetUnified("lib.php", manyLines(20000))
	d.Render(look, 200, 60)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Act(keys[i%len(keys)])
		d.Render(look, 200, 60)
	}
}

// BenchmarkDiff20000Read is the first sight of a difference, and its end.
func BenchmarkDiff20000Read(b *testing.B) {
	text, look := manyLines(20000), look(b, "dark")
	b.ReportAllocs()
	for b.Loop() {
		d := &widget.Diff{}
		d.SetUnified("lib.php", text)
		d.Render(look, 200, 60)
		d.Act(keymap.Last)
		d.Render(look, 200, 60)
	}
}

func BenchmarkText20000(b *testing.B) {
	text, look, keys := &widget.Text{}, look(b, "dark"), scrolling()
	text.SetLines(textLines(20000))
	text.Render(look, 200, 60)
	for i := 0; b.Loop(); i++ {
		text.Act(keys[i%len(keys)])
		text.Render(look, 200, 60)
	}
}

// What a key costs does not grow with the rows: a frame of the tall screen needs as many allocations in a
// table of 5,000 rows as in one of 100, and so few that 16 ms are far away. Allocations are counted and not time,
// since the machine may be busy. Not parallel: they are counted for the whole program.
func TestAKeyCostsWhatIsSeen(t *testing.T) {
	dark := look(t, "dark")
	table := func(n int) float64 {
		table, keys, i := manyRows(n), scrolling(), 0
		table.Render(dark, 200, 60, true)
		return testing.AllocsPerRun(24, func() {
			table.Act(keys[i%len(keys)])
			table.Render(dark, 200, 60, true)
			i++
		})
	}
	diff := func(n int) float64 {
		d, i := &widget.Diff{}, 0
		d.SetUnified("lib.php", manyLines(n))
		keys := []keymap.Action{keymap.Down, keymap.PageDown, keymap.NextHunk, keymap.Up, keymap.Right, keymap.PrevHunk}
		d.Render(dark, 200, 60)
		return testing.AllocsPerRun(24, func() {
			d.Act(keys[i%len(keys)])
			d.Render(dark, 200, 60)
			i++
		})
	}
	for name, cost := range map[string]func(int) float64{"table": table, "difference": diff} {
		few, many := cost(300), cost(20000)
		t.Logf("%s: %.0f and %.0f allocations", name, few, many)
		if many > 1.5*few+200 || many > 20000 {
			t.Errorf("%s: a key needs %.0f allocations with many rows, %.0f with few", name, many, few)
		}
	}
}
