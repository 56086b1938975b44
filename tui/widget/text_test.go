package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

func textLines(n int) []widget.Line {
	var lines []widget.Line
	for i := range n {
		lines = append(lines, widget.Line{{Text: fmt.Sprintf("line %d of the ", i+1)}, {Text: "log", Role: theme.Strong}, {Text: " 日本語 שלום and more than fits"}})
	}
	return lines
}

func TestTextGoldens(t *testing.T) {
	t.Parallel()
	text := &widget.Text{Numbers: true}
	text.SetLines(textLines(100))
	text.Render(theme.Theme{}, 60, 10)
	text.Search("THE LOG", false)
	goldens(t, "text", text.Render)
	text.Act(keymap.Right)
	goldens(t, "text-scrolled", text.Render)
}

func TestTextSearches(t *testing.T) {
	t.Parallel()
	text := &widget.Text{}
	text.SetLines(textLines(50))
	draw := func() string { return plain(text.Render(theme.Theme{}, 60, 10)) }
	draw()
	for _, want := range []string{"line 7 ", "line 17 ", "line 27 ", "line 37 ", "line 47 ", "line 7 "} {
		if !text.Search("7 of", false) || !strings.Contains(draw(), want) {
			t.Errorf("%s is not in sight:\n%s", want, draw())
		}
	}
	if !text.Act(keymap.PrevMatch) || !strings.Contains(draw(), "line 47 ") {
		t.Errorf("back around the beginning:\n%s", draw())
	}
	if text.Matches() != 5 {
		t.Errorf("%d lines match", text.Matches())
	}
	if text.Search("nowhere", false) || text.Act(keymap.NextMatch) {
		t.Error("what is nowhere is found")
	}
	text.Search("", false)
	if got := text.Footer(); strings.Contains(got, "search") {
		t.Errorf("footer %q", got)
	}
}

func TestTextFollowsTheEnd(t *testing.T) {
	t.Parallel()
	text := &widget.Text{Follow: true}
	text.SetLines(textLines(20))
	last := func() string {
		lines := strings.Split(strings.TrimSpace(plain(text.Render(theme.Theme{}, 40, 5))), "\n")
		return lines[len(lines)-1]
	}
	if got := last(); !strings.HasPrefix(got, "line 20 ") {
		t.Errorf("the last line is %q", got)
	}
	text.SetLines(textLines(30))
	if got := last(); !strings.HasPrefix(got, "line 30 ") {
		t.Errorf("after more lines the last is %q", got)
	}
	text.Act(keymap.Up)
	text.SetLines(textLines(40))
	if got := last(); !strings.HasPrefix(got, "line 29 ") {
		t.Errorf("somebody reads, and the last line is %q", got)
	}
}
