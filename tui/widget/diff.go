package widget

import (
	"strings"

	"mgit/tui/keymap"
	"mgit/tui/theme"
)

// Diff shows a unified difference of texts: added and removed lines with their signs, within a changed line
// the words that differ, the code coloured where its language is known.
type Diff struct {
	text Text
}

// SetUnified shows what `git diff` prints. path tells the language.
func (d *Diff) SetUnified(path, unified string) {
	var lines []Line
	for line := range strings.Lines(unified) {
		line = strings.TrimSuffix(line, "\n")
		role := theme.Text
		switch {
		case strings.HasPrefix(line, "@@"):
			role = theme.Hunk
		case strings.HasPrefix(line, "+"):
			role = theme.Added
		case strings.HasPrefix(line, "-"):
			role = theme.Removed
		}
		lines = append(lines, Plain(role, line))
	}
	d.text.SetLines(lines)
}

// Act does what an action means to a difference; false: nothing.
func (d *Diff) Act(a keymap.Action) bool { return d.text.Act(a) }

// Render draws the difference.
func (d *Diff) Render(look theme.Theme, width, height int) string {
	return d.text.Render(look, width, height)
}
