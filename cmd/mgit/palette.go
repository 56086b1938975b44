package main

import (
	"github.com/charmbracelet/x/ansi"

	"mgit/tui/theme"
)

// palette colours words with the terminal's own sixteen colours, or leaves them alone. A colour
// never says anything that the word or sign beside it does not say too.
type palette struct {
	colored bool
}

func newPalette(colored bool) palette { return palette{colored: colored} }

func (p palette) good(text string) string {
	return p.paint(text, ansi.NewStyle().ForegroundColor(ansi.Green))
}

// attention is magenta: of the colours between good and bad it is the one that can be read on a light
// background and on a dark one; yellow cannot.
func (p palette) attention(text string) string {
	return p.paint(text, ansi.NewStyle().ForegroundColor(ansi.Magenta))
}

func (p palette) bad(text string) string {
	return p.paint(text, ansi.NewStyle().ForegroundColor(ansi.Red))
}
func (p palette) strong(text string) string { return p.paint(text, ansi.NewStyle().Bold()) }
func (p palette) faint(text string) string  { return p.paint(text, ansi.NewStyle().Faint()) }

func (p palette) paint(text string, style ansi.Style) string {
	if !p.colored || text == "" {
		return text
	}
	return style.Styled(text)
}

// outcome words the outcome of a branch with its sign, as the screen does.
func (p palette) outcome(word string) string { return p.signed(word, theme.Outcome) }

// state words the state of the work on a branch, with the same signs. "moved" is good here: as a
// state it means that the branch stands on the new release.
func (p palette) state(word string) string { return p.signed(word, theme.Sign) }

func (p palette) signed(word string, sign func(word string) (string, theme.Role)) string {
	mark, role := sign(word)
	text := mark + " " + word
	switch role {
	case theme.Good:
		return p.good(text)
	case theme.Bad:
		return p.bad(text)
	case theme.Faint:
		return p.faint(text)
	}
	return p.attention(text)
}
