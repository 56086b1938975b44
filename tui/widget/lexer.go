package widget

import (
	"strings"

	"mgit/tui/theme"
)

// stretch is a piece of a line, in bytes, with its look. What lies between stretches is plain.
type stretch struct {
	from, to int
	role     theme.Role
}

// mode is what a line begins in.
type mode byte

const (
	inCode mode = iota
	inText      // HTML between tags
	inTag
	inComment
	inString
)

// state is what the lines before have left open: the zero state is code.
type state struct {
	mode mode
	end  string // what ends the comment or string
	back mode   // what comes after it
}

// tooLong is the number of bytes of a line that are looked at. Such a line was not written by a person.
const tooLong = 8 << 10

// begin guesses what the first of the lines begins in. They may begin anywhere in a file: what closes before
// anything has opened was open before.
func (l *language) begin(lines []string) state {
	s := state{}
	if l.markup {
		s.mode = inText
	}
	comment, php := false, !l.php
	for i, line := range lines {
		line = line[:min(len(line), tooLong)]
		if l.block && !comment {
			trimmed := strings.TrimLeft(line, " \t")
			opens, closes := strings.Index(line, "/*"), strings.Index(line, "*/")
			isInside := i == 0 && (strings.HasPrefix(trimmed, "* ") || trimmed == "*")
			if isInside || closes >= 0 && (opens < 0 || closes < opens) {
				return state{mode: inComment, end: "*/"}
			}
			comment = opens >= 0
		}
		if !php {
			opens, closes := strings.Index(line, "<?"), strings.Index(line, "?>")
			if opens >= 0 && (closes < 0 || opens < closes) {
				s.mode = inText
			}
			php = opens >= 0 || closes >= 0
		}
		if comment && php {
			break
		}
	}
	return s
}

// lex returns the looks of a line's pieces, in order and apart, and what the line leaves open.
func (l *language) lex(line string, s state, out []stretch) ([]stretch, state) {
	if len(line) > tooLong {
		out, _ = l.lex(line[:tooLong], s, out)
		return out, state{mode: s.back}
	}
	for at := 0; at < len(line); {
		next := at
		switch s.mode {
		case inComment, inString:
			role := theme.Literal
			if s.mode == inComment {
				role = theme.Comment
			}
			var closed bool
			next, closed = closing(line, at, s.end, s.mode == inString)
			out = append(out, stretch{at, next, role})
			if closed {
				s = state{mode: s.back}
			}
		case inText, inTag:
			next, s, out = l.markupAt(line, at, s, out)
		default:
			next, s, out = l.codeAt(line, at, s, out)
		}
		at = next
	}
	if s.mode == inString && !strings.Contains(l.longer, s.end[:1]) && !strings.HasPrefix(s.end, "\n") && s.back == inCode {
		s = state{mode: s.back} // such strings end with the line
	}
	return out, s
}

// closing returns where a comment or string ends that goes on at a place, and whether it does in this line.
// What ends a heredoc begins with a line feed here: it stands alone at the beginning of a line.
func closing(line string, at int, end string, escapes bool) (to int, closed bool) {
	if tag, isHeredoc := strings.CutPrefix(end, "\n"); isHeredoc {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if at == 0 && strings.HasPrefix(line[indent:], tag) {
			return indent + len(tag), true
		}
		return len(line), false
	}
	for i := at; i < len(line); i++ {
		switch {
		case escapes && line[i] == '\\':
			i++
		case strings.HasPrefix(line[i:], end):
			return i + len(end), true
		}
	}
	return len(line), false
}

// codeAt takes the next piece of code.
func (l *language) codeAt(line string, at int, s state, out []stretch) (int, state, []stretch) {
	rest := line[at:]
	switch c := rest[0]; {
	case l.php && strings.HasPrefix(rest, "?>"):
		return at + 2, state{mode: inText}, append(out, stretch{at, at + 2, theme.Keyword})
	case l.block && strings.HasPrefix(rest, "/*"):
		next, closed := closing(line, at+2, "*/", false)
		if !closed {
			s = state{mode: inComment, end: "*/"}
		}
		return next, s, append(out, stretch{at, next, theme.Comment})
	case l.beginsComment(rest):
		next := len(line)
		if i := strings.Index(rest, "?>"); l.php && i >= 0 {
			next = at + i
		}
		return next, s, append(out, stretch{at, next, theme.Comment})
	case strings.IndexByte(l.quotes, c) >= 0:
		next, closed := closing(line, at+1, string(c), true)
		if !closed {
			s = state{mode: inString, end: string(c)}
		}
		return next, s, append(out, stretch{at, next, theme.Literal})
	case l.php && strings.HasPrefix(rest, "<<<"):
		tag := strings.Trim(rest[3:], " \t\r'\"")
		if tag != "" && wordLength(tag) == len(tag) {
			return len(line), state{mode: inString, end: "\n" + tag}, append(out, stretch{at, len(line), theme.Literal})
		}
	case l.dollar && c == '$' && wordLength(rest[1:]) > 0:
		next := at + 1 + wordLength(rest[1:])
		return next, s, append(out, stretch{at, next, theme.Name})
	case l.at && c == '@':
		next := at + 1 + wordLength(rest[1:])
		return next, s, append(out, stretch{at, next, theme.Keyword})
	case '0' <= c && c <= '9':
		next := at + wordLength(rest)
		return next, s, append(out, stretch{at, next, theme.Literal})
	}
	n := wordLength(rest)
	if n == 0 {
		return at + 1, s, out
	}
	if l.isKeyword(rest[:n]) && !isMember(line[:at]) {
		out = append(out, stretch{at, at + n, theme.Keyword})
	}
	return at + n, s, out
}

// isMember reports whether what follows is a name although it may read like a keyword: $list->list.
func isMember(before string) bool {
	return strings.HasSuffix(before, "->") || strings.HasSuffix(before, ".")
}

func (l *language) isKeyword(word string) bool {
	if l.fold {
		word = strings.ToLower(word)
	}
	return l.keywords[word]
}

func (l *language) beginsComment(rest string) bool {
	for _, begin := range l.line {
		// In PHP, #[ begins an attribute.
		if strings.HasPrefix(rest, begin) && !strings.HasPrefix(rest, "#[") {
			return true
		}
	}
	return false
}

// markupAt takes the next piece of HTML or XML.
func (l *language) markupAt(line string, at int, s state, out []stretch) (int, state, []stretch) {
	rest := line[at:]
	switch {
	case l.php && (strings.HasPrefix(rest, "<?php") || strings.HasPrefix(rest, "<?=")):
		n := 3
		if rest[2] == 'p' {
			n = 5
		}
		return at + n, state{}, append(out, stretch{at, at + n, theme.Keyword})
	case s.mode == inTag && (rest[0] == '"' || rest[0] == '\''):
		next, closed := closing(line, at+1, rest[:1], false)
		if !closed {
			s = state{mode: inString, end: rest[:1], back: inTag}
		}
		return next, s, append(out, stretch{at, next, theme.Literal})
	case s.mode == inTag && rest[0] == '>':
		return at + 1, state{mode: inText}, out
	case s.mode == inTag:
		return at + 1, s, out
	case strings.HasPrefix(rest, "<!--"):
		next, closed := closing(line, at+4, "-->", false)
		if !closed {
			s = state{mode: inComment, end: "-->", back: inText}
		}
		return next, s, append(out, stretch{at, next, theme.Comment})
	case rest[0] == '<':
		name := strings.TrimLeft(rest[1:], "/?!")
		n := len(rest) - len(name) + wordLength(name)
		return at + n, state{mode: inTag}, append(out, stretch{at, at + n, theme.Keyword})
	}
	if i := strings.IndexByte(rest[1:], '<'); i >= 0 {
		return at + 1 + i, s, out
	}
	return len(line), s, out
}

// wordLength returns how many bytes of a word text begins with. Bytes beyond ASCII count as letters.
func wordLength(text string) int {
	n := 0
	for n < len(text) && isWordByte(text[n]) {
		n++
	}
	return n
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
