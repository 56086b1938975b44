package widget_test

import (
	"slices"
	"strings"
	"testing"

	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/tuitest"
	"mgit/tui/widget"
)

func conflictSides() *widget.Sides {
	text := func(s string) []string { return strings.Split(s, "\n") }
	s := &widget.Sides{}
	s.Set("mod/forum/lib.php",
		widget.Side{Title: "base v4.1.0", First: 120, Lines: text("function forum_print($id) {\n    $posts = forum_get_posts($id);\n    echo 'x';\n    return true;\n}")},
		widget.Side{Title: "ours LUVLE-4.1-hack-mod_forum", First: 120, Lines: text("function forum_print($id) {\n    // שלום: only the newest.\n    $posts = forum_get_posts($id, 10);\n    return true;\n}")},
		widget.Side{Title: "theirs v4.5.0", First: 131, Lines: text("public function forum_print(int $id) {\n    $posts = forum_get_all_posts($id);\n    echo 'x';\n    return true;\n}\n// 日本語")})
	return s
}

func TestSidesGoldens(t *testing.T) {
	t.Parallel()
	s := conflictSides()
	goldens(t, "sides", s.Render)
	s.SetResult(widget.Side{Title: "result", Lines: []string{"function forum_print(int $id) {", "    return true;", "}"}})
	goldens(t, "sides-result", s.Render)
	s = conflictSides()
	setAround(s)
	goldens(t, "sides-around", s.Render)
	s.Set("a.txt", widget.Side{Title: "base"}, widget.Side{Title: "ours", Lines: []string{"added"}}, widget.Side{Title: "theirs", Lines: []string{"added too"}})
	goldens(t, "sides-added", s.Render)
}

func setAround(s *widget.Sides) {
	s.SetAround("class renderer extends base {", []string{"", "    // 日本語: \x1b[31mthe posts.", "\t/** Prints. */"}, []string{"", "function after() {", "}"})
}

// What stands around the sides is shown where the sides need no room for it, nearest first; none of the sides is
// scrolled or cut for it.
func TestAroundTheSidesComesLast(t *testing.T) {
	t.Parallel()
	for _, width := range []int{60, 80, 130, 200} {
		before := 0
		for height := 1; height < 45; height++ {
			alone, s := conflictSides(), conflictSides()
			setAround(s)
			bare, drawn := plain(alone.Render(theme.Theme{}, width, height)), s.Render(theme.Theme{}, width, height)
			tuitest.Measure(t, drawn, width, height)
			text := plain(drawn)
			alone.Act(keymap.Last)
			isWhole := bare == plain(alone.Render(theme.Theme{}, width, height)) && strings.Count(bare, "return true") == 3
			if isWhole && (strings.Count(text, "return true") != 3 || !strings.Contains(text, "// 日本語")) {
				t.Errorf("%dx%d: a side lost lines:\n%s", width, height, text)
			}
			around := strings.Count(text, "\n·") + strings.Count(text, "@@ class renderer")
			if isWhole && around < before {
				t.Errorf("%dx%d: %d lines around the sides, and %d with less room:\n%s", width, height, around, before, text)
			}
			if isWhole {
				before = around
			}
			if around > 0 && !strings.Contains(text, "@@ class renderer") {
				t.Errorf("%dx%d: the function is not named:\n%s", width, height, text)
			}
		}
		if before != 7 {
			t.Errorf("%d columns: %d of 7 lines in the end", width, before)
		}
	}
	s := conflictSides()
	s.SetAround("function seen() {", []string{"function seen() {"}, nil)
	if text := plain(s.Render(theme.Theme{}, 80, 40)); strings.Count(text, "function seen") != 1 {
		t.Errorf("it is named although it is seen:\n%s", text)
	}
}

// What became of a line stands beside it, however many lines were put in above.
func TestSidesStandInStep(t *testing.T) {
	t.Parallel()
	s := conflictSides()
	for line := range strings.Lines(plain(s.Render(theme.Theme{}, 150, 10))) {
		if strings.Contains(line, "-    $posts") && strings.Count(line, "$posts") != 3 {
			t.Errorf("the sides do not stand beside each other: %q", line)
		}
		if n := strings.Count(line, "return true"); n != 0 && n != 3 {
			t.Errorf("the sides do not stand beside each other: %q", line)
		}
	}
	empty := &widget.Sides{}
	empty.SetResult(widget.Side{Title: "result", Lines: []string{"x"}})
	empty.Act(keymap.Last)
	tuitest.Measure(t, empty.Render(theme.Theme{}, 130, 3), 130, 3)
}

// Where a line would be cut, and all sides have room one above the other, nothing is cut.
func TestSidesAreNotCutWhereThereIsRoom(t *testing.T) {
	t.Parallel()
	const long = "    $types = array_map(fn($type) => core_text::strtolower(trim($type, ' .')), $types); // 日本語日本語 the end"
	s := &widget.Sides{}
	s.Set("mod/assign/lib.php",
		widget.Side{Title: "base", Lines: []string{"\t$types = [];"}},
		widget.Side{Title: "ours", Lines: []string{}},
		widget.Side{Title: "theirs", Lines: []string{long, "return;"}})
	for _, width := range []int{60, 79, 80, 81, 120, 200} {
		s.Act(keymap.Right)
		text := s.Render(theme.Theme{}, width, 20)
		tuitest.Measure(t, text, width, 20)
		var joined strings.Builder
		for line := range strings.Lines(plain(text)) {
			line = strings.TrimRight(strings.TrimSuffix(line, "\n"), " ")
			joined.WriteString(strings.TrimLeft(line, "+-↳"))
		}
		got := strings.ReplaceAll(joined.String(), " ", "")
		if !strings.Contains(got, strings.ReplaceAll(long, " ", "")) || !strings.Contains(got, "return;") {
			t.Errorf("%d columns: the line is cut:\n%s", width, plain(text))
		}
	}
	tuitest.Measure(t, s.Render(theme.Theme{}, 60, 5), 60, 5) // no room: as before
}

// What is searched for is found on every side, from what is seen on and around the end, and marked where it stands.
func TestSidesAreSearched(t *testing.T) {
	t.Parallel()
	base := strings.Split(strings.Repeat("line\n", 60), "\n")
	ours, theirs := slices.Clone(base), slices.Clone(base)
	ours[20], theirs[50] = "the Needle", "another needle, and a needle"
	s := &widget.Sides{}
	s.Set("a.txt", widget.Side{Title: "base", Lines: base}, widget.Side{Title: "ours", Lines: ours}, widget.Side{Title: "theirs", Lines: theirs})
	shown := func() string { return plain(s.Render(theme.Theme{}, 150, 10)) }
	shown()
	if n := s.Search("needle"); n != 2 || !strings.Contains(shown(), "the Needle") {
		t.Errorf("%d rows:\n%s", n, shown())
	}
	for _, c := range []struct {
		action keymap.Action
		want   string
	}{{keymap.NextMatch, "another needle"}, {keymap.NextMatch, "the Needle"}, {keymap.PrevMatch, "another needle"}} {
		if !s.Act(c.action) || !strings.Contains(shown(), c.want) {
			t.Errorf("%s does not come to %q:\n%s", c.action, c.want, shown())
		}
	}
	look, err := theme.New("dark")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(s.Render(look, 150, 10), look.Render(theme.Match, "needle")); n != 2 {
		t.Errorf("%d of 2 matches are marked:\n%q", n, s.Render(look, 150, 10))
	}
	if !strings.Contains(s.Footer(), "search needle") {
		t.Errorf("footer %q", s.Footer())
	}
	if s.Search("nowhere") != 0 || s.Act(keymap.NextMatch) || s.Search("") != 0 || strings.Contains(s.Footer(), "search") {
		t.Error("what does not stand there is found")
	}
	if (&widget.Sides{}).Search("x") != 0 {
		t.Error("found where there is nothing")
	}
}
