package forecast

import (
	"bytes"
	"slices"
	"strings"
)

// kind is what a token is.
type kind uint8

const (
	word     kind = iota // a keyword or name, with its namespace
	variable             // $name
	number
	text // a string literal or heredoc, without its quotes
	sign // operators of several characters are one token where that matters
)

// token is a piece of PHP. Comments, white space and what stands outside of
// <?php … ?> are none.
type token struct {
	kind kind
	text string
	line int
}

func (t token) isSign(s string) bool { return t.kind == sign && t.text == s }

// isWord compares as PHP does, without regard to case.
func (t token) isWord(s string) bool { return t.kind == word && strings.EqualFold(t.text, s) }

// lexer cuts PHP source into tokens. It reads every byte once, accepts anything,
// and what does not end ends with the file.
type lexer struct {
	src    []byte
	at     int
	line   int
	tokens []token
}

func tokenize(source []byte) []token {
	l := &lexer{src: source, line: 1}
	l.outside()
	for l.at < len(l.src) {
		l.next()
	}
	return l.tokens
}

// outside passes over what is no PHP.
func (l *lexer) outside() {
	open := bytes.Index(l.src[l.at:], []byte("<?"))
	if open < 0 {
		l.skip(len(l.src))
		return
	}
	l.skip(l.at + open + len("<?"))
	if bytes.HasPrefix(bytes.ToLower(l.ahead(3)), []byte("php")) {
		l.skip(l.at + 3)
	}
}

func (l *lexer) ahead(n int) []byte { return l.src[l.at:min(l.at+n, len(l.src))] }

func (l *lexer) has(prefix string) bool { return bytes.HasPrefix(l.src[l.at:], []byte(prefix)) }

// skip moves on to an offset and counts the lines passed.
func (l *lexer) skip(to int) {
	to = min(to, len(l.src))
	l.line += bytes.Count(l.src[l.at:to], []byte{'\n'})
	l.at = to
}

// emit makes a token of the source up to an offset.
func (l *lexer) emit(k kind, to int) { l.emitText(k, string(l.src[l.at:to]), to) }

func (l *lexer) emitText(k kind, s string, to int) {
	l.tokens = append(l.tokens, token{k, s, l.line})
	l.skip(to)
}

func (l *lexer) next() {
	c := l.src[l.at]
	switch {
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		l.skip(l.at + 1)
	case l.has("?>"):
		l.skip(l.at + 2)
		l.outside()
	case l.has("/*"):
		l.skip(l.find("*/", l.at+2))
	case l.has("//"), c == '#' && !l.has("#["):
		l.lineComment()
	case c == '\'' || c == '"' || c == '`':
		l.quoted(c)
	case l.has("<<<") && l.heredoc():
	case c == '$' && l.at+1 < len(l.src) && isLetter(l.src[l.at+1]):
		l.emit(variable, l.run(l.at+1, isNameByte))
	case isDigit(c):
		l.number()
	case isLetter(c) || c == '\\':
		l.emit(word, l.run(l.at+1, func(c byte) bool { return isNameByte(c) || c == '\\' }))
	default:
		l.operator()
	}
}

// find returns the offset behind the next occurrence of a text, else the end.
func (l *lexer) find(text string, from int) int {
	if from >= len(l.src) {
		return len(l.src)
	}
	i := bytes.Index(l.src[from:], []byte(text))
	if i < 0 {
		return len(l.src)
	}
	return from + i + len(text)
}

// run returns the offset of the first byte that does not belong.
func (l *lexer) run(from int, belongs func(byte) bool) int {
	for from < len(l.src) && belongs(l.src[from]) {
		from++
	}
	return from
}

// lineComment ends with the line or before ?>, whichever comes first.
func (l *lexer) lineComment() {
	end := l.at
	for end < len(l.src) && l.src[end] != '\n' && !bytes.HasPrefix(l.src[end:], []byte("?>")) {
		end++
	}
	l.skip(end)
}

func (l *lexer) quoted(quote byte) {
	end := l.at + 1
	for end < len(l.src) && l.src[end] != quote {
		if l.src[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(l.src))
	l.emitText(text, string(l.src[l.at+1:end]), end+1)
}

// heredoc reads <<<LABEL, <<<"LABEL" and <<<'LABEL'. The end is a line that begins,
// after white space, with the label and goes on with something that is no name.
func (l *lexer) heredoc() bool {
	label := l.run(l.at+3, func(c byte) bool { return c == ' ' || c == '\t' || c == '"' || c == '\'' })
	end := l.run(label, isNameByte)
	if end == label || isDigit(l.src[label]) {
		return false
	}
	name := l.src[label:end]
	begin := l.find("\n", end)
	for at := begin; at < len(l.src); {
		indent := l.run(at, func(c byte) bool { return c == ' ' || c == '\t' })
		after := indent + len(name)
		if bytes.HasPrefix(l.src[indent:], name) && (after == len(l.src) || !isNameByte(l.src[after])) {
			l.emitText(text, string(l.src[begin:at]), after)
			return true
		}
		at = l.find("\n", at)
	}
	l.emitText(text, string(l.src[begin:]), len(l.src))
	return true
}

// number reads integers and decimals; PHP's underscores are left out.
func (l *lexer) number() {
	digits := func(c byte) bool { return isDigit(c) || c == '_' }
	end := l.run(l.at, digits)
	if end+1 < len(l.src) && l.src[end] == '.' && isDigit(l.src[end+1]) {
		end = l.run(end+1, digits)
	}
	l.emitText(number, strings.ReplaceAll(string(l.src[l.at:end]), "_", ""), end)
}

func (l *lexer) operator() {
	for _, op := range []string{"===", "!==", "<=>", "?->", "<=", ">=", "==", "!=", "<>", "&&", "||", "->", "::", "=>", ".="} {
		if l.has(op) {
			l.emit(sign, l.at+len(op))
			return
		}
	}
	l.emit(sign, l.at+1)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func isNameByte(c byte) bool { return isLetter(c) || isDigit(c) }

// brackets returns for each opening (, [ or { the index of the token that closes
// it, or the number of tokens when none does. A closing bracket without its
// opening one is passed over; one that skips others closes those too.
func brackets(tokens []token) []int {
	match := make([]int, len(tokens))
	var open []int
	waiting := make(map[string]int) // how many of each kind are open
	closes := map[string]string{")": "(", "]": "[", "}": "{"}
	for i, t := range tokens {
		if t.kind != sign {
			continue
		}
		switch t.text {
		case "(", "[", "{":
			open = append(open, i)
			match[i] = len(tokens)
			waiting[t.text]++
		case ")", "]", "}":
			for waiting[closes[t.text]] > 0 {
				last := open[len(open)-1]
				open = open[:len(open)-1]
				match[last] = i
				waiting[tokens[last].text]--
				if tokens[last].text == closes[t.text] {
					break
				}
			}
		}
	}
	return match
}

// source writes tokens as one line of code, cut at a sensible length.
func source(tokens []token) string {
	const most = 120
	var b strings.Builder
	for i, t := range tokens {
		s := t.text
		if t.kind == text {
			s = "'" + s + "'"
		}
		if i > 0 && spaced(tokens[i-1], t) {
			b.WriteByte(' ')
		}
		if b.Len()+len(s) > most {
			b.WriteString("…")
			break
		}
		b.WriteString(s)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// spaced reports whether a blank stands between two tokens.
func spaced(a, b token) bool {
	switch {
	case a.kind != sign && b.kind != sign:
		return true
	case b.kind == sign:
		return !slices.Contains([]string{"(", ")", "[", "]", ",", ";", "->", "::", "?->"}, b.text)
	default:
		return !slices.Contains([]string{"(", "[", "!", "->", "::", "?->", "&", "@"}, a.text)
	}
}
