// Package theme says how things look on the screen: what each kind of text is coloured like, and the sign
// that stands beside it, so that no colour says anything alone.
//
// The colours are the terminal's own sixteen unless somebody sets others, so that the terminal's own theme
// decides what they look like.
package theme

import (
	"fmt"
	"slices"

	"charm.land/lipgloss/v2"
)

// Role is a kind of text.
type Role int

// The kinds of text.
const (
	Text Role = iota
	Faint
	Strong
	Title
	Good      // done, arrived
	Attention // wants a person
	Bad       // went wrong
	Selected  // the row or button that a key works on
	Marked    // rows that were marked
	Border
	Key // a key in a hint
	Added
	Removed
	AddedWord   // the part of an added line that differs
	RemovedWord // likewise
	Hunk        // the line that begins a hunk
	Keyword     // of PHP, as the ones below
	Name
	Literal
	Comment
	roles // how many there are
)

// Names are the themes that there are.
func Names() []string { return []string{"auto", "light", "dark", "plain"} }

// Theme gives every role its look. The zero Theme is plain.
type Theme struct {
	styles [roles]lipgloss.Style
	color  bool
}

// New returns the theme with this name, one of Names. "auto" suits any background; "plain" has no colours,
// only bold, faint and reverse.
func New(name string) (Theme, error) {
	if !slices.Contains(Names(), name) {
		return Theme{}, fmt.Errorf("theme %q is not known", name)
	}
	t := Theme{color: name != "plain"}
	plain := lipgloss.NewStyle()
	for i := range t.styles {
		t.styles[i] = plain
	}
	t.styles[Faint] = plain.Faint(true)
	t.styles[Strong] = plain.Bold(true)
	t.styles[Title] = plain.Bold(true)
	t.styles[Selected] = plain.Reverse(true)
	t.styles[Marked] = plain.Bold(true)
	t.styles[Border] = plain.Faint(true)
	t.styles[Key] = plain.Bold(true)
	t.styles[Hunk] = plain.Faint(true)
	t.styles[AddedWord] = plain.Bold(true)
	t.styles[RemovedWord] = plain.Bold(true)
	if t.color {
		t.styles[Good] = plain.Foreground(lipgloss.Green)
		t.styles[Attention] = plain.Foreground(lipgloss.Magenta)
		t.styles[Bad] = plain.Foreground(lipgloss.Red)
		t.styles[Added] = plain.Foreground(lipgloss.Green)
		t.styles[Removed] = plain.Foreground(lipgloss.Red)
		t.styles[AddedWord] = plain.Foreground(lipgloss.Green).Reverse(true)
		t.styles[RemovedWord] = plain.Foreground(lipgloss.Red).Reverse(true)
		t.styles[Hunk] = plain.Foreground(lipgloss.Cyan)
		t.styles[Keyword] = plain.Foreground(lipgloss.Blue)
		t.styles[Literal] = plain.Foreground(lipgloss.Magenta)
		t.styles[Comment] = plain.Faint(true)
	}
	return t, nil
}

// Render gives text the look of the role.
func (t Theme) Render(r Role, text string) string {
	if text == "" || r == Text {
		return text
	}
	return t.styles[r].Render(text)
}

// Sign returns the sign and the role of an outcome, a state or a class, as the commands print them: "+"
// arrived, "=" nothing to do, "!" wants a person, "x" went wrong, "-" left out on purpose, "·" waits, "?" a
// word it does not know.
func Sign(word string) (sign string, role Role) {
	switch word {
	case "clean", "resolved", "updated", "tested", "in-test", "in-deployment":
		return "+", Good
	case "landed", "unchanged", "replaced", "emptied":
		return "=", Good
	case "conflict", "diverged", "parked":
		return "!", Attention
	case "failed":
		return "x", Bad
	case "dropped", "held", "skipped":
		return "-", Faint
	case "waiting", "todo":
		return "·", Attention
	}
	return "?", Attention
}
