package cells

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Clean makes text of unknown origin safe to print on one line: control characters, bidirectional controls,
// characters that cannot be seen and bytes that are not UTF-8 are written as Go writes them in a string
// (\x1b, \u202e), a tab as one space.
//
// A symbol made of several characters is reduced to its first one where terminals disagree on its width, as
// they do on a family of emoji: all columns to the right of it would be off. A combining mark at the beginning
// gets a dotted circle to stand on.
func Clean(text string) string {
	if isPrintable(text) {
		return text
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, mustGo) {
		text = escape(text)
	}
	if first, _ := utf8.DecodeRuneInString(text); unicode.IsMark(first) {
		text = "◌" + text
	}
	if strings.ContainsFunc(text, isOddlyWide) {
		text = settleWidths(text)
	}
	return text
}

func escape(text string) string {
	var b strings.Builder
	var before rune
	for i, r := range text {
		switch {
		case r == '\t':
			r = ' '
			b.WriteRune(r)
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			r = 0
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case isJoiner(r) && (unicode.IsLetter(before) || unicode.IsMark(before)):
			b.WriteRune(r)
		case r == zeroWidthJoiner && isSymbol(before):
			b.WriteRune(r) // goes with its symbol
		case !mustGo(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		before = r
	}
	return b.String()
}

const zeroWidthJoiner = '\u200d'

// isJoiner reports whether r joins letters or keeps them apart, as Persian and the scripts of India need it.
func isJoiner(r rune) bool { return r == '\u200c' || r == zeroWidthJoiner }

func isSymbol(r rune) bool {
	return unicode.IsSymbol(r) || unicode.Is(unicode.Variation_Selector, r)
}

// mustGo reports whether r must not be printed as it is. Joiners are among them; where they stand decides.
func mustGo(r rune) bool {
	if isUsual(r) {
		return false
	}
	switch r {
	case '\u2028', '\u2029': // line and paragraph separator
		return true
	case '\u115f', '\u3164', '\uffa0': // letters of Hangul that cannot be seen
		return true
	}
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// isOddlyWide reports whether r is part of symbols on whose width terminals disagree.
func isOddlyWide(r rune) bool {
	return !isUsual(r) && (r == zeroWidthJoiner || unicode.Is(unicode.Variation_Selector, r) || unicode.Is(unicode.Me, r) ||
		0x1f3fb <= r && r <= 0x1f3ff) // skin tones
}

// isUsual reports, without a look into Unicode's tables, that r is one of the characters that most text is made
// of: ASCII's printable ones, and the ideographs and syllables of East Asia.
func isUsual(r rune) bool {
	return ' ' <= r && r <= '~' || 0x3400 <= r && r <= 0xd7a3
}

// settleWidths reduces to its first character every symbol that is wider by Unicode's clusters than by adding
// up its characters, or narrower. A terminal does the one or the other.
func settleWidths(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		cluster, width := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
		if len(cluster) == 0 {
			break
		}
		first, size := utf8.DecodeRuneInString(cluster)
		if width == ansi.StringWidthWc(cluster) || unicode.IsLetter(first) || unicode.IsMark(first) {
			size = len(cluster)
		}
		b.WriteString(cluster[:size])
		text = text[len(cluster):]
	}
	return b.String()
}
