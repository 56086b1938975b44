package widget

import (
	"slices"
	"strings"

	"mgit/tui/cells"
	"mgit/tui/theme"
)

// Facts are lines about a subject, some with a name in front, for a Text. They are broken to the width in
// which they are drawn. The zero Facts has none.
type Facts struct{ lines []Line }

// factWidth is that of a fact's name.
const factWidth = 11

// Say adds a line of words.
func (f *Facts) Say(role theme.Role, text string) {
	f.lines = append(f.lines, Plain(role, text))
}

// Fail adds an error in words, and what to do about it, which may have several lines or none.
func (f *Facts) Fail(text, hint string) {
	f.Say(theme.Bad, "x "+text)
	for line := range strings.Lines(hint) {
		f.Say(theme.Faint, "  "+strings.TrimSpace(line))
	}
}

// Add adds a line with a name in front; one without a text is left away.
func (f *Facts) Add(name, text string) { f.AddAs(theme.Text, name, text) }

// AddAs is Add for a text with a look.
func (f *Facts) AddAs(role theme.Role, name, text string) {
	if text == "" {
		return
	}
	f.lines = append(f.lines, Line{{cells.Fit(cells.Clean(name), factWidth) + " ", theme.Faint}, {text, role}})
}

// Lines are the facts, broken between words: what follows a name stays beside it.
func (f *Facts) Lines(width int) []Line {
	var out []Line
	for _, line := range f.lines {
		if cells.Width(cells.Clean(line.String())) <= width || width < 2*factWidth {
			out = append(out, line)
			continue
		}
		last, before := line[len(line)-1], line[:len(line)-1]
		indent := cells.Width(before.String())
		for _, part := range cells.Wrap(last.Text, width-indent) {
			out = append(out, append(slices.Clone(before), Span{part, last.Role}))
			if indent > 0 {
				before = Line{{strings.Repeat(" ", indent), theme.Text}}
			}
		}
	}
	return out
}

// Render draws the line exactly width columns wide.
func (l Line) Render(look theme.Theme, width int) string { return l.render(look, 0, width) }
