package widget_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// What At says of a place is what Render drew there.
func TestPanesAt(t *testing.T) {
	t.Parallel()
	fill := func(letter string) widget.Pane {
		return widget.Pane{Title: letter, Draw: func(width, height int) string {
			return strings.TrimSuffix(strings.Repeat(strings.Repeat(letter, width)+"\n", height), "\n")
		}}
	}
	for _, p := range []widget.Panes{{}, {Second: true}, {Upper: 5}, {Upper: 50}, {Zoomed: true}, {Zoomed: true, Second: true}, {Hidden: true}, {Stacked: true, Upper: 1}} {
		for _, size := range [][2]int{{60, 17}, {80, 9}, {120, 40}, {101, 3}} {
			width, height := size[0], size[1]
			for y, line := range strings.Split(ansi.Strip(p.Render(theme.Theme{}, fill("a"), fill("b"), width, height)), "\n") {
				for x, letter := range []byte(line) {
					second, _, inY := p.At(x, y, width, height)
					if letter == 'a' && inY >= 0 && second || letter == 'b' && inY >= 0 && !second {
						t.Fatalf("%+v, %d×%d: at %d,%d is %q", p, width, height, x, y, letter)
					}
					if isBody := strings.Count(line, "a")+strings.Count(line, "b") > width/3; isBody && letter != ' ' && inY < 0 {
						t.Fatalf("%+v, %d×%d: %d,%d is no title", p, width, height, x, y)
					}
				}
			}
		}
	}
}

func TestPanesAct(t *testing.T) {
	t.Parallel()
	p := widget.Panes{Hidden: true}
	for _, step := range []struct {
		a    keymap.Action
		want widget.Panes
	}{
		{keymap.NextPane, widget.Panes{Second: true}}, // the focus is never where nobody sees it
		{keymap.Zoom, widget.Panes{Second: true, Zoomed: true}},
		{keymap.Preview, widget.Panes{Hidden: true, Zoomed: true}},
		{keymap.Preview, widget.Panes{Zoomed: true}},
		{keymap.NextPane, widget.Panes{Second: true, Zoomed: true}},
		{keymap.Back, widget.Panes{Second: true}},
		{keymap.Back, widget.Panes{}},
	} {
		if done := step.a == keymap.Back && p.Back() || p.Act(step.a); !done || p != step.want {
			t.Errorf("%s: %t, %+v", step.a, done, p)
		}
	}
	if p.Back() || p.Act(keymap.Down) || p != (widget.Panes{}) {
		t.Errorf("%+v", p)
	}
}
