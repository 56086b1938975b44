// Package cells measures, cuts and cleans text for a terminal, in columns.
//
// A column is what a terminal draws one narrow character in; wide characters take two, combining ones none
// (Unicode's UAX #11 and #29, as github.com/charmbracelet/x/ansi knows them). Nothing that comes from a
// repository, a tracker or a file may reach the terminal but through [Clean]: a name may hold escape
// sequences, and bidirectional controls that make a line read as something else.
package cells

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width returns the columns that text takes; escape sequences take none.
func Width(text string) int { return ansi.StringWidth(text) }

// Cut shortens text to at most width columns, with "…" where something is left out.
func Cut(text string, width int) string {
	if width <= 0 {
		return ""
	}
	return ansi.Truncate(text, width, "…")
}

// CutLeft shortens text at its beginning, for paths, whose end tells them apart.
func CutLeft(text string, width int) string {
	n := Width(text)
	switch {
	case width <= 0:
		return ""
	case n <= width:
		return text
	}
	return ansi.TruncateLeft(text, n-width+1, "…")
}

// Fit cuts text or fills it with spaces to exactly width columns.
func Fit(text string, width int) string {
	text = Cut(text, width)
	return text + strings.Repeat(" ", max(0, width-Width(text)))
}

// FitRight is Fit with the text at the right.
func FitRight(text string, width int) string {
	text = Cut(text, width)
	return strings.Repeat(" ", max(0, width-Width(text))) + text
}

// Clean makes text of unknown origin safe to print on one line: control characters, bidirectional controls
// and bytes that are not UTF-8 are written as Go writes them in a string (\x1b, \u202e), a tab as one space.
func Clean(text string) string {
	if !strings.ContainsFunc(text, isUnsafe) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case isUnsafe(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case isUnsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isUnsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
