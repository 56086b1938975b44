package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/screen"
)

func TestMenu(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	taken := ""
	take := func(what string) func() tea.Cmd {
		return func() tea.Cmd {
			taken = what
			return nil
		}
	}
	offer := func() {
		d.do(screen.Offers("What becomes of LUVLE-4.1-hack-mod_forum", []screen.Choice{
			{Key: "r", Text: "rebase", Help: "carry it to the new version", Take: take("rebase")},
			{Key: "d", Text: "drop", Help: "with a reason", Take: take("drop")},
			{Key: "x", Text: "replace", Disabled: "it is local", Take: take("replace")},
			{Text: "hold", Take: take("hold")},
		}...))
	}
	offer()
	d.goldens("menu")
	d.press("d")
	if taken != "drop" || d.f.top() != nil {
		t.Errorf("d takes %q", taken)
	}
	offer()
	d.press("down", "j", "j", "j", "enter")
	if taken != "hold" {
		t.Errorf("the last is %q", taken)
	}
	offer()
	d.press("x")
	d.shows("replace: it is local")
	d.press("G", "k", "enter")
	if taken != "hold" || d.f.top() == nil {
		t.Errorf("a choice that is not there took %q", taken)
	}
	d.press("esc")
	if d.f.top() != nil || d.left {
		t.Error("esc does not leave the menu")
	}
	d.do(screen.Offers("Nothing"))
	d.shows("There is nothing to choose.")
	d.press("down", "enter")
}
