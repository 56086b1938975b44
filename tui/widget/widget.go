// Package widget holds the parts that the views are made of: tables, trees, texts, differences, panes.
//
// A widget keeps where somebody stands in it (the selected row, how far it is scrolled) and draws itself
// into the width and height it is given, exactly that large. It knows nothing of mgit: what it shows is
// handed to it as rows and lines. It asks nothing and starts nothing; what a key means to it comes as an
// action of the key table. Text is cleaned by the widget, so rows may hold what a repository holds.
package widget

import (
	"strings"

	"mgit/tui/cells"
	"mgit/tui/theme"
)

// Span is a piece of a line with its look.
type Span struct {
	Text string
	Role theme.Role
}

// Line is a line of a text, made of spans.
type Line []Span

// Plain makes a line of one look.
func Plain(role theme.Role, text string) Line { return Line{{text, role}} }

// String returns the line's text without its look.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// render draws the line exactly width columns wide, from column skip on.
func (l Line) render(t theme.Theme, skip, width int) string {
	var b strings.Builder
	left := max(0, width)
	for _, s := range l {
		text := cells.Clean(seen(s.Text, skip, width))
		n := cells.Width(text)
		if skip >= n {
			skip -= n
			continue
		}
		if skip > 0 {
			text = cells.CutLeft(text, n-skip)
			skip, n = 0, cells.Width(text)
		}
		if n > left {
			text = cells.Cut(text, left)
			n = cells.Width(text)
		}
		left -= n
		b.WriteString(t.Render(s.Role, text))
		if left <= 0 {
			break
		}
	}
	b.WriteString(strings.Repeat(" ", max(0, left)))
	return b.String()
}

// Box fits lines into exactly width columns and height rows.
func Box(lines []string, width, height int) string {
	fitted := make([]string, 0, max(0, height))
	for _, line := range lines[:min(len(lines), max(0, height))] {
		fitted = append(fitted, cells.Fit(line, width))
	}
	return fill(fitted, width, height)
}

// fill is Box for lines that are exactly as wide already and not too many.
func fill(lines []string, width, height int) string {
	blank := strings.Repeat(" ", max(0, width))
	for len(lines) < height {
		lines = append(lines, blank)
	}
	return strings.Join(lines, "\n")
}

// paragraph breaks a text of our own into lines of one look, exactly that wide and at most height of them.
func paragraph(look theme.Theme, role theme.Role, text string, width, height int) []string {
	var lines []string
	for _, line := range cells.Wrap(text, width) {
		if len(lines) < height {
			lines = append(lines, look.Render(role, cells.Fit(line, width)))
		}
	}
	return lines
}
