package cells

import "strings"

// Wrap breaks text into lines of at most width columns, at spaces where it can and inside a word that is longer
// than a line. Words with a hyphen stay whole, since they may be flags. Spaces between words that stay on one
// line are kept. Line feeds in it end lines, and what stands before the first word of a line indents those that
// it is broken into. The lines are clean and there is at least one.
func Wrap(text string, width int) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, wrapLine(Clean(strings.TrimSuffix(line, "\r")), max(1, width))...)
	}
	return lines
}

func wrapLine(line string, width int) []string {
	if Width(line) <= width {
		return []string{line}
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	rest := line[len(indent):]
	if len(indent) > width/2 {
		indent = ""
	}
	var lines []string
	now, n := indent, len(indent)
	end := func() {
		lines = append(lines, now)
		now, n = indent, len(indent)
	}
	for rest != "" {
		word, gap := nextWord(&rest)
		wide := Width(word)
		if n > len(indent) && n+gap+wide > width {
			end()
		}
		if n > len(indent) {
			now, n = now+strings.Repeat(" ", gap), n+gap
		}
		for n+wide > width {
			part, taken := Part(word, 0, width-n)
			if taken == 0 { // one wide character in a line of one column
				return append(lines, Cut(word, width))
			}
			now, n, word = now+part, n+taken, word[len(part):]
			wide = Width(word)
			end()
		}
		now, n = now+word, n+wide
	}
	if n > len(indent) || len(lines) == 0 {
		lines = append(lines, now)
	}
	return lines
}

// nextWord takes the first word of a line from it, and says how many spaces stand before it.
func nextWord(line *string) (word string, gap int) {
	from := strings.TrimLeft(*line, " ")
	gap = len(*line) - len(from)
	word, *line = from, ""
	if end := strings.IndexByte(from, ' '); end >= 0 {
		word, *line = from[:end], from[end:]
	}
	return word, gap
}
