package tui

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/cells"
)

// field is a line of text that somebody types, with the keys that shells have.
type field struct {
	text []rune
	at   int // the cursor stands before this one
}

func newField(text string) field {
	runes := []rune(text)
	return field{runes, len(runes)}
}

func (f *field) String() string { return string(f.text) }

// before is the text before the cursor.
func (f *field) before() string { return string(f.text[:f.at]) }

// insert types text. What would break the line becomes a space.
func (f *field) insert(text string) {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text))
	f.text = slices.Insert(f.text, f.at, runes...)
	f.at += len(runes)
}

// press takes a key; false: the key means nothing to a line of text.
func (f *field) press(msg tea.KeyPressMsg) bool {
	switch msg.String() {
	case "left", "ctrl+b":
		f.at = f.back()
	case "right", "ctrl+f":
		f.at = f.ahead()
	case "home", "ctrl+a":
		f.at = 0
	case "end", "ctrl+e":
		f.at = len(f.text)
	case "ctrl+left", "alt+left", "alt+b":
		f.at = f.wordBack()
	case "ctrl+right", "alt+right", "alt+f":
		f.at = f.wordAhead()
	case "backspace", "ctrl+h":
		f.remove(f.back(), f.at)
	case "delete", "ctrl+d":
		f.remove(f.at, f.ahead())
	case "ctrl+w", "alt+backspace":
		f.remove(f.wordBack(), f.at)
	case "ctrl+u":
		f.remove(0, f.at)
	case "ctrl+k":
		f.remove(f.at, len(f.text))
	default:
		if msg.Text == "" {
			return false
		}
		f.insert(msg.Text)
	}
	return true
}

func (f *field) remove(from, to int) {
	f.text = slices.Delete(f.text, from, to)
	f.at = from
}

// back is the place before the character at the left, with all that combines with it.
func (f *field) back() int {
	i := max(0, f.at-1)
	for i > 0 && isCombining(f.text[i]) {
		i--
	}
	return i
}

func (f *field) ahead() int {
	i := min(len(f.text), f.at+1)
	for i < len(f.text) && isCombining(f.text[i]) {
		i++
	}
	return i
}

func isCombining(r rune) bool { return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) }

func (f *field) wordBack() int {
	i := f.at
	for i > 0 && f.text[i-1] == ' ' {
		i--
	}
	for i > 0 && f.text[i-1] != ' ' {
		i--
	}
	return i
}

func (f *field) wordAhead() int {
	i := f.at
	for i < len(f.text) && f.text[i] == ' ' {
		i++
	}
	for i < len(f.text) && f.text[i] != ' ' {
		i++
	}
	return i
}

// draw returns the text in exactly width columns with the cursor in sight, and the cursor's column.
func (f *field) draw(width int) (text string, cursor int) {
	if width <= 0 {
		return "", 0
	}
	before, after := cells.Clean(f.before()), cells.Clean(string(f.text[f.at:]))
	if cells.Width(before) >= width {
		before = cells.CutLeft(before, width-2) // a wide character that is cut in half may stay
	}
	cursor = cells.Width(before)
	return cells.Fit(before+after, width), cursor
}
