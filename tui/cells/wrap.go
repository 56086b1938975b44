package cells

import "strings"

// Wrap breaks text into lines of at most width columns, between words where it can and inside a word that
// is longer than a line. Line feeds in it end lines, and what stands before the first word of a line indents
// those that it is broken into. The lines are clean and there is at least one.
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
	words := strings.Fields(line)
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	if len(indent) > width/2 {
		indent = ""
	}
	var lines []string
	now, n := indent, len(indent)
	end := func() {
		lines = append(lines, now)
		now, n = indent, len(indent)
	}
	for _, word := range words {
		wide := Width(word)
		if n > len(indent) && n+1+wide > width {
			end()
		}
		if n > len(indent) {
			now, n = now+" ", n+1
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
