// Package cells measures, cuts, wraps and cleans text for a terminal, in columns.
//
// A column is what a terminal draws one narrow character in; wide characters take two, combining ones none
// (Unicode's UAX #11 and #29, as github.com/charmbracelet/x/ansi knows them). Nothing that comes from a
// repository, a tracker or a file may reach the terminal but through [Clean]: a name may hold escape
// sequences, and bidirectional controls that make a line read as something else.
//
// Letters that are written from right to left stay in the order in which they are stored. A terminal that
// turns them round by itself would carry them over from one column of a table into the next; [KeepOrder]
// tells it not to.
package cells

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// KeepOrder asks a terminal to draw every line as it is sent, and TurnRound to turn text that is written from
// right to left round again, as it does by itself. They are the bidirectional support mode of ECMA-48 (BDSM),
// as terminals for Arabic and Hebrew have it; the others pass over them.
const (
	KeepOrder = "\x1b[8l"
	TurnRound = "\x1b[8h"
)

// more stands where something is left out.
const more = "…"

// Width returns the columns that text takes; escape sequences take none.
func Width(text string) int {
	if isPrintable(text) {
		return len(text)
	}
	return ansi.StringWidth(text)
}

// isPrintable reports whether text is of ASCII's printable characters alone, each of them a column.
func isPrintable(text string) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7e {
			return false
		}
	}
	return true
}

// Cut shortens text to at most width columns, with "…" where something is left out.
func Cut(text string, width int) string {
	switch {
	case width <= 0:
		return ""
	case len(text) <= width && isPrintable(text):
		return text
	case isPrintable(text):
		return text[:width-1] + more
	}
	return ansi.Truncate(text, width, more)
}

// CutLeft shortens text at its beginning, for paths, whose end tells them apart.
func CutLeft(text string, width int) string {
	switch {
	case width <= 0:
		return ""
	case Width(text) <= width:
		return text
	}
	return more + end(text, width-1)
}

// CutMiddle shortens text in its middle, for names that differ at the beginning or at the end, such as those
// of branches.
func CutMiddle(text string, width int) string {
	switch {
	case width <= 0:
		return ""
	case Width(text) <= width:
		return text
	}
	last := (width - 1) / 2
	return ansi.Truncate(text, width-1-last, "") + more + end(text, last)
}

// end returns the last columns of text, at most so many.
func end(text string, width int) string {
	if width <= 0 {
		return ""
	}
	n := Width(text)
	for skip := n - width; skip < n; skip++ { // a wide character across the edge goes as a whole
		if part := ansi.TruncateLeft(text, skip, ""); Width(part) <= width {
			return part
		}
	}
	return ""
}

// Fit cuts text or fills it with spaces to exactly width columns.
func Fit(text string, width int) string {
	cut, n := exactly(text, width)
	return cut + strings.Repeat(" ", width-n)
}

// FitRight is Fit with the text at the right.
func FitRight(text string, width int) string {
	cut, n := exactly(text, width)
	return strings.Repeat(" ", width-n) + cut
}

// exactly cuts text to width columns and returns how many it takes of them. Text that would swallow what
// follows it, as half an escape sequence does, is cleaned first.
func exactly(text string, width int) (cut string, n int) {
	width = max(0, width)
	cut, n = text, Width(text)
	if n > width {
		cut = Cut(text, width)
		n = Width(cut)
	}
	if n <= width && standsAlone(cut, n) {
		return cut, n
	}
	cut = Cut(Clean(text), width)
	return cut, Width(cut)
}

// standsAlone reports whether text of n columns has as many beside other text, too.
func standsAlone(text string, n int) bool {
	if isPrintable(text) {
		return true
	}
	if !utf8.ValidString(text) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(text)
	first, _ := utf8.DecodeRuneInString(text)
	if isUsual(first) && (isUsual(last) || last == '…') && strings.IndexByte(text, 0x1b) < 0 && !strings.Contains(text, "\u009b") {
		return true
	}
	return Width(text+" ") == n+1 && Width(" "+text) == n+1
}

// Window returns the columns of clean text from skip on, exactly width of them: what is seen of a line that is
// scrolled to the left. Half a wide character at an edge is a space. Nothing stands for what is left out.
func Window(text string, skip, width int) string {
	part, n := Part(text, skip, width)
	return part + strings.Repeat(" ", max(0, width-n))
}

// Part is Window without the filling: it returns at most width columns, and how many.
func Part(text string, skip, width int) (part string, n int) {
	skip, width = max(0, skip), max(0, width)
	if isPrintable(text) {
		text = text[min(skip, len(text)):]
		text = text[:min(width, len(text))]
		return text, len(text)
	}
	if skip > 0 {
		rest := ansi.TruncateLeft(text, skip, "")
		// A wide character across the edge is left out by some versions and kept by others.
		want := max(0, Width(text)-skip)
		for Width(rest) > want {
			skip++
			rest = ansi.TruncateLeft(text, skip, "")
		}
		text = strings.Repeat(" ", want-Width(rest)) + rest
	}
	text = ansi.Truncate(text, width, "")
	return text, Width(text)
}
