package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/screen"
	"mgit/tui/theme"
)

func TestPrompt(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	var live []string
	entered := ""
	p := screen.Prompt{
		Label: "Reason", Initial: "old",
		Check: func(text string) string {
			if text == "" {
				return "a reason is needed"
			}
			return ""
		},
		Live: func(text string) { live = append(live, text) },
		Done: func(text string) tea.Cmd {
			entered = text
			return screen.Says(theme.Good, "kept")
		},
	}
	d.do(screen.Asks(p))
	d.shows("Reason: old")
	d.press("ctrl+u", "enter")
	d.shows("x a reason is needed")
	d.typed("Überq")
	d.hides("a reason is needed")
	d.press("left", "backspace", "end")
	d.send(tea.PasteMsg{Content: " two\nlines\n"})
	if d.f.View().Cursor == nil || d.f.View().Cursor.Y != 22 {
		t.Errorf("the cursor is at %+v", d.f.View().Cursor)
	}
	d.press("q", "enter") // q is a letter here
	if entered != "Übeq two linesq" || d.f.prompt != nil {
		t.Errorf("entered %q", entered)
	}
	d.shows("kept")
	if len(live) == 0 || live[len(live)-1] != entered {
		t.Errorf("live: %q", live)
	}

	d.do(screen.Asks(p))
	d.typed("xyz")
	d.press("esc")
	if last := live[len(live)-1]; last != "old" || d.f.prompt != nil {
		t.Errorf("giving up left %q", last)
	}
}

// tab writes what all candidates have in common, then one after the other.
func TestPromptCompletes(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	words := []string{"rebase-all", "rebase-one", "status"}
	d.do(screen.Asks(screen.Prompt{Label: ":", Complete: func(text string) []string {
		var found []string
		for _, w := range words {
			if strings.HasPrefix(w, text[strings.LastIndexByte(text, ' ')+1:]) {
				found = append(found, w)
			}
		}
		return found
	}}))
	d.typed("x re")
	d.press("tab")
	d.shows(":x rebase-\n")
	d.press("tab")
	d.shows(":x rebase-all\n")
	d.press("tab")
	d.shows(":x rebase-one\n")
	d.press("shift+tab")
	d.shows(":x rebase-all\n")
	d.press("ctrl+u")
	d.typed("s")
	d.press("tab")
	d.shows(":status\n")
	d.press("ctrl+u")
	d.typed("nothing")
	d.press("tab")
	d.shows(":nothing\n")
}

func TestField(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, keys, want string }{
		{"", "a b c", "abc|"},
		{"one two", "ctrl+w", "one |"},
		{"one two", "alt+b ctrl+k", "one |"},
		{"one two", "ctrl+a delete", "|ne two"},
		{"one two", "home alt+f x", "onex| two"},
		{"e\u0301x", "left backspace", "|x"}, // an accent goes with its letter
		{"e\u0301x", "home right", "e\u0301|x"},
		{"日本", "left backspace", "|本"},
		{"", "backspace delete ctrl+w ctrl+u ctrl+k left right", "|"},
	}
	for _, test := range tests {
		f := newField(test.text)
		for key := range strings.FieldsSeq(test.keys) {
			f.press(keyPress(key))
		}
		if got := f.before() + "|" + string(f.text[f.at:]); got != test.want {
			t.Errorf("%q after %s: %q, want %q", test.text, test.keys, got, test.want)
		}
	}
	f := newField(strings.Repeat("日本語", 20))
	if text, at := f.draw(21); at >= 21 || !strings.Contains(text, "語") {
		t.Errorf("the cursor is at %d of %q", at, text)
	}
}
