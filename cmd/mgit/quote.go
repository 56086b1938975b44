package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable makes text from a repository safe to show: control characters and bytes that are not
// UTF-8 are written as Git writes them in quoted paths, so that a file's name cannot steer the terminal.
func printable(text string) string {
	var safe strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if isPlain(r, size) {
			safe.WriteString(text[:size])
		} else {
			for i := range size {
				safe.WriteString(quoteByte(text[i]))
			}
		}
		text = text[size:]
	}
	return safe.String()
}

// isPlain reports whether a decoded rune may go to a terminal as it is. Format characters may not:
// some of them reverse the text that follows.
func isPlain(r rune, size int) bool {
	if r == utf8.RuneError && size == 1 {
		return false
	}
	return !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r)
}

// quoteByte is quote_c_style of Git's quote.c for one byte that needs it.
func quoteByte(b byte) string {
	const special = "\a\b\t\n\v\f\r"
	if i := strings.IndexByte(special, b); i >= 0 {
		return `\` + "abtnvfr"[i:i+1]
	}
	return fmt.Sprintf(`\%03o`, b)
}
