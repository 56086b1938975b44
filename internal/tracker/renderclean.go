package tracker

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// joiner has no width and keeps what stands before and after it together: a reader does
// not see it, and no markup sees through it.
const joiner = "\u2060"

// Cleaned is the text as every markup shows it: the same blocks, with their lines as they
// are to be seen. A block of which nothing is seen has no lines.
func (t Text) Cleaned() Text {
	all := make(Text, len(t))
	for i, b := range t {
		all[i] = Block{b.Kind, b.clean()}
	}
	return all
}

// clean returns the lines of a block as they are to be shown: without line ends in them,
// without characters that are not seen, none of them endless.
func (b Block) clean() []string {
	var lines []string
	for _, text := range b.Lines {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		for line := range strings.SplitSeq(text, "\n") {
			if b.Kind == Code {
				lines = append(lines, guardMarks(cut(visible(line, "    "), longestCode)))
				continue
			}
			if line = strings.Join(strings.Fields(visible(line, " ")), " "); line != "" {
				lines = append(lines, cut(line, longestLine))
			}
		}
	}
	if b.Kind == Code {
		lines = trimEmpty(lines)
	}
	if b.Kind == Heading && len(lines) > 1 {
		return []string{cut(strings.Join(lines, " "), longestLine)}
	}
	return lines
}

// guardMarks keeps a line of code from being read as one of the lines by which mgit finds
// its own part of a description. In other blocks such lines do not come out as they are.
func guardMarks(line string) string {
	text := strings.TrimLeft(line, " ")
	if !strings.HasPrefix(text, "(mgit") && !strings.HasPrefix(text, "mgit:") {
		return line
	}
	return line[:len(line)-len(text)] + joiner + text
}

func trimEmpty(lines []string) []string {
	isEmpty := func(l string) bool { return strings.TrimSpace(l) == "" }
	for len(lines) > 0 && isEmpty(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && isEmpty(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// visible writes out what a reader would not see: control characters, those that change
// the direction of the text, those without width. Bytes that are no UTF-8 become U+FFFD.
func visible(line, tab string) string {
	if !strings.ContainsFunc(line, func(r rune) bool { return r == utf8.RuneError || isHidden(r) }) {
		return line
	}
	var b strings.Builder
	for _, r := range line {
		switch {
		case r == '\t':
			b.WriteString(tab)
		case isHidden(r) && r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		case isHidden(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isHidden reports whether a character is not seen. The joiners in words of some
// languages and in composed emoji are, by what they do.
func isHidden(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	switch r {
	case 0x200c, 0x200d: // joiners within words and emoji
		return false
	case 0x2028, 0x2029, 0x115f, 0x1160, 0x3164, 0xffa0: // line ends; fillers
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Noncharacter_Code_Point)
}

func cut(line string, most int) string {
	n := utf8.RuneCountInString(line)
	if n <= most {
		return line
	}
	for i := range line {
		if most--; most < 0 {
			return line[:i] + fmt.Sprintf(" … (%d more)", n-utf8.RuneCountInString(line[:i]))
		}
	}
	return line
}
