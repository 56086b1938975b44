package corehack

import (
	"iter"
	"strings"
)

// comments calls yield with the text of every comment on some lines, one line at
// a time, without its signs. The lines are a piece of a file of which the language
// is not known, so that this is a good guess and no parser: a text between quotes
// is none, and a line that begins with an asterisk goes on with a comment.
func comments(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		closing := "" // of a comment that goes on
		for _, line := range lines {
			line = strings.TrimSpace(line)
			guessed := closing == "" && isContinued(line)
			if guessed {
				closing = "*/"
			}
			for line != "" {
				var text string
				if closing == "" {
					line, closing = opened(line)
					if closing == "" {
						break
					}
				}
				text, line, closing = closed(line, closing)
				if text = bare(text); text != "" && !yield(text) {
					return
				}
			}
			if guessed {
				closing = ""
			}
		}
	}
}

// isContinued reports whether a line looks like one inside a block comment whose
// beginning is not there.
func isContinued(line string) bool {
	return line == "*" || strings.HasPrefix(line, "* ") || strings.HasPrefix(line, "*\t")
}

// opened skips to the next comment of a line and returns what follows its opening
// sign and the sign that closes it, "\n" for the end of the line; "" for none.
func opened(line string) (rest, closing string) {
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		b, after := line[i], line[i+1:]
		switch {
		case quote != 0:
			if b == '\\' {
				i++
			} else if b == quote {
				quote = 0
			}
		case strings.HasPrefix(line[i:], "<!--"):
			return line[i+4:], "-->"
		case strings.HasPrefix(line[i:], "{{!"):
			return line[i+3:], "}}"
		case strings.HasPrefix(line[i:], "/*"):
			return line[i+2:], "*/"
		case strings.HasPrefix(line[i:], "//") && (i == 0 || line[i-1] != ':'):
			return line[i+2:], "\n"
		case b == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') && (after == "" || after[0] == ' ' || after[0] == '#'):
			return after, "\n"
		case (b == '\'' || b == '"' || b == '`') && strings.IndexByte(after, b) >= 0:
			quote = b // an apostrophe in a text has no second one
		}
	}
	return "", ""
}

// closed cuts a comment off the beginning of a line. The closing sign stays while
// the comment goes on.
func closed(line, closing string) (text, rest, still string) {
	if closing == "\n" {
		return line, "", ""
	}
	text, rest, found := strings.Cut(line, closing)
	if found {
		return text, rest, ""
	}
	return text, "", closing
}

// bare takes the signs off the ends of a comment: the further ones of "///" and
// "/**". A slash or a hash before a word is part of the text: "/PATCH", "#8250".
func bare(text string) string {
	text = strings.Trim(text, "*! \t-")
	for text != "" && strings.IndexByte("/#*!-", text[0]) >= 0 && (len(text) == 1 || strings.IndexByte("/# \t", text[1]) >= 0) {
		text = strings.TrimLeft(text[1:], "*! \t-")
	}
	return strings.TrimRight(text, "*-/# \t")
}
