package php

import (
	"bytes"
	"strings"
)

// Kind is what a token is.
type Kind uint8

// The kinds of token.
const (
	Word     Kind = iota // a keyword or name, with its namespace
	Variable             // $name
	Number
	String // a string literal or heredoc, without its quotes
	Sign   // operators of several characters are one token where that matters
)

// Token is a piece of PHP. Comments, white space and what stands outside of
// <?php … ?> are none.
type Token struct {
	Kind Kind
	Text string
	Line int // from 1, where it begins
}

// IsSign reports whether the token is an operator or a bracket.
func (t Token) IsSign(s string) bool { return t.Kind == Sign && t.Text == s }

// IsWord reports whether the token is a word, which PHP compares without regard to case.
func (t Token) IsWord(s string) bool { return t.Kind == Word && strings.EqualFold(t.Text, s) }

// lexer reads every byte once.
type lexer struct {
	src    []byte
	at     int
	line   int
	tokens []Token
}

// Tokenize cuts a file into tokens. It accepts anything, and what does not end ends with the file.
func Tokenize(source []byte) []Token {
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
func (l *lexer) emit(k Kind, to int) { l.emitText(k, string(l.src[l.at:to]), to) }

func (l *lexer) emitText(k Kind, s string, to int) {
	l.tokens = append(l.tokens, Token{k, s, l.line})
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
		l.emit(Variable, l.run(l.at+1, isNameByte))
	case isDigit(c):
		l.number()
	case isLetter(c) || c == '\\':
		l.emit(Word, l.run(l.at+1, func(c byte) bool { return isNameByte(c) || c == '\\' }))
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
	l.emitText(String, string(l.src[l.at+1:end]), end+1)
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
			l.emitText(String, string(l.src[begin:at]), after)
			return true
		}
		at = l.find("\n", at)
	}
	l.emitText(String, string(l.src[begin:]), len(l.src))
	return true
}

// number reads integers and decimals; PHP's underscores are left out.
func (l *lexer) number() {
	digits := func(c byte) bool { return isDigit(c) || c == '_' }
	end := l.run(l.at, digits)
	if end+1 < len(l.src) && l.src[end] == '.' && isDigit(l.src[end+1]) {
		end = l.run(end+1, digits)
	}
	l.emitText(Number, strings.ReplaceAll(string(l.src[l.at:end]), "_", ""), end)
}

func (l *lexer) operator() {
	for _, op := range []string{"===", "!==", "<=>", "?->", "<=", ">=", "==", "!=", "<>", "&&", "||", "->", "::", "=>", ".="} {
		if l.has(op) {
			l.emit(Sign, l.at+len(op))
			return
		}
	}
	l.emit(Sign, l.at+1)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func isNameByte(c byte) bool { return isLetter(c) || isDigit(c) }

// Brackets returns for each opening (, [ or { the index of the token that closes
// it, or the number of tokens when none does. A closing bracket without its
// opening one is passed over; one that skips others closes those too.
func Brackets(tokens []Token) []int {
	match := make([]int, len(tokens))
	var open []int
	waiting := make(map[string]int) // how many of each kind are open
	closes := map[string]string{")": "(", "]": "[", "}": "{"}
	for i, t := range tokens {
		if t.Kind != Sign {
			continue
		}
		switch t.Text {
		case "(", "[", "{":
			open = append(open, i)
			match[i] = len(tokens)
			waiting[t.Text]++
		case ")", "]", "}":
			for waiting[closes[t.Text]] > 0 {
				last := open[len(open)-1]
				open = open[:len(open)-1]
				match[last] = i
				waiting[tokens[last].Text]--
				if tokens[last].Text == closes[t.Text] {
					break
				}
			}
		}
	}
	return match
}
