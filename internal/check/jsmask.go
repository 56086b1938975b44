package check

import "bytes"

// maskJS returns JavaScript of which comments, strings, regular expressions and the text of templates are blanks, so
// that lines and columns stay where they were. It accepts anything: a string ends with its line, and what does not
// end otherwise ends with the file.
func maskJS(source []byte) []byte {
	return (&jsMask{src: source, out: bytes.Clone(source)}).run()
}

// withoutComments is the same for comments only.
func withoutComments(source []byte) []byte {
	return (&jsMask{src: source, out: bytes.Clone(source), commentsOnly: true}).run()
}

// jsMask is a file on its way.
type jsMask struct {
	src, out []byte
	at       int
	last     byte   // the last byte of code that is no blank
	word     []byte // the word that ended there, if one did
	braces   []int  // how many braces are open in each ${ } around

	commentsOnly bool
}

func (m *jsMask) run() []byte {
	for m.at < len(m.src) {
		m.next()
	}
	return m.out
}

func (m *jsMask) next() {
	c := m.src[m.at]
	rest := m.src[m.at:]
	switch {
	case bytes.HasPrefix(rest, []byte("//")):
		m.blank(m.find("\n", m.at, false))
	case bytes.HasPrefix(rest, []byte("/*")):
		m.blank(m.find("*/", m.at+2, true))
	case c == '\'' || c == '"':
		m.quoted(c)
	case c == '`':
		m.template(m.at + 1)
	case c == '/' && m.mayBeExpression():
		m.expression()
	case c == '}' && len(m.braces) > 0 && m.braces[len(m.braces)-1] == 0:
		m.braces = m.braces[:len(m.braces)-1]
		m.template(m.at + 1)
	default:
		m.code(c)
	}
}

// code passes over a byte of code.
func (m *jsMask) code(c byte) {
	if n := len(m.braces); n > 0 {
		switch c {
		case '{':
			m.braces[n-1]++
		case '}':
			m.braces[n-1]--
		}
	}
	end := m.at + 1
	if isWordByte(c) {
		for end < len(m.src) && isWordByte(m.src[end]) {
			end++
		}
		m.word = m.src[m.at:end]
	}
	if c > ' ' {
		m.last = c
	}
	m.at = end
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// find is the offset of the next occurrence of a text, or behind it; else the end.
func (m *jsMask) find(text string, from int, behind bool) int {
	if from >= len(m.src) {
		return len(m.src)
	}
	i := bytes.Index(m.src[from:], []byte(text))
	switch {
	case i < 0:
		return len(m.src)
	case behind:
		return from + i + len(text)
	}
	return from + i
}

// blank makes blanks of everything up to an offset but for the ends of lines.
func (m *jsMask) blank(to int) {
	for ; m.at < to; m.at++ {
		if c := m.out[m.at]; c != '\n' && c != '\r' {
			m.out[m.at] = ' '
		}
	}
}

// hide blanks what is no comment.
func (m *jsMask) hide(to int) {
	if m.commentsOnly {
		m.at = to
		return
	}
	m.blank(to)
}

func (m *jsMask) quoted(quote byte) {
	end := m.at + 1
	for end < len(m.src) && m.src[end] != quote && m.src[end] != '\n' {
		if m.src[end] == '\\' {
			end++
		}
		end++
	}
	m.hide(min(end+1, len(m.src)))
	m.last, m.word = quote, nil
}

// template blanks the text of a template from an offset to its end, or to the code in it.
func (m *jsMask) template(from int) {
	end := from
	for end < len(m.src) && m.src[end] != '`' {
		if bytes.HasPrefix(m.src[end:], []byte("${")) {
			m.hide(end + 2)
			m.braces = append(m.braces, 0)
			m.last, m.word = '{', nil
			return
		}
		if m.src[end] == '\\' {
			end++
		}
		end++
	}
	m.hide(min(end+1, len(m.src)))
	m.last, m.word = '`', nil
}

// mayBeExpression reports whether a slash begins a regular expression, by what stands before it: behind a value
// it divides.
func (m *jsMask) mayBeExpression() bool {
	if isWordByte(m.last) {
		switch string(m.word) {
		case "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "do", "else":
			return true
		}
		return false
	}
	return m.last != ')' && m.last != ']' && m.last != '}' && m.last != '\'' && m.last != '"' && m.last != '`'
}

func (m *jsMask) expression() {
	end, class := m.at+1, false
	for end < len(m.src) && m.src[end] != '\n' && (class || m.src[end] != '/') {
		switch m.src[end] {
		case '\\':
			end++
		case '[':
			class = true
		case ']':
			class = false
		}
		end++
	}
	if end >= len(m.src) || m.src[end] == '\n' {
		m.code('/') // it was a division after all
		return
	}
	m.hide(end + 1)
	m.last, m.word = ')', nil
}
