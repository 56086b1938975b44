package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Document is a TOML file that remembers its text, so that it can say on which line a key stands and be edited
// without losing comments and order.
type Document struct {
	Name  string // for messages
	text  string
	tree  map[string]any
	stmts []statement
	lines map[string]int // where each key and table begins, by its joined path
}

// statement is one header or one key with its value in the text.
type statement struct {
	path       []string // in full
	isHeader   bool     // [table] or [[table]]
	isArray    bool     // [[table]]
	begin, end int      // the statement without its indentation and without what follows on its line
	value      int      // where the value begins
	line       int      // from 1
}

// SyntaxError says where a file is no TOML.
type SyntaxError struct {
	File   string
	Line   int
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason) }

// ParseDocument reads a TOML file. The error is a *SyntaxError.
func ParseDocument(name string, data []byte) (*Document, error) {
	d := &Document{Name: name, text: string(data)}
	if _, err := toml.Decode(d.text, &d.tree); err != nil {
		if bad := (toml.ParseError{}); errors.As(err, &bad) {
			return nil, &SyntaxError{name, bad.Position.Line, bad.Message}
		}
		return nil, &SyntaxError{name, 1, strings.TrimPrefix(err.Error(), "toml: ")}
	}
	if d.tree == nil {
		d.tree = map[string]any{}
	}
	d.stmts = scan(d.text)
	d.lines = map[string]int{}
	for _, s := range d.stmts {
		for n := range s.path {
			if key := joined(s.path[:n+1]); d.lines[key] == 0 {
				d.lines[key] = s.line
			}
		}
	}
	return d, nil
}

func joined(path []string) string { return strings.Join(path, "\x00") }

// Bytes returns the text of the file.
func (d *Document) Bytes() []byte { return []byte(d.text) }

// Get returns the value at path as a TOML decoder gives it. The caller must not change it.
func (d *Document) Get(path ...string) (any, bool) { return lookUp(d.tree, path) }

func lookUp(tree map[string]any, path []string) (any, bool) {
	var at any = tree
	for _, part := range path {
		table, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if at, ok = table[part]; !ok {
			return nil, false
		}
	}
	return at, true
}

// Line returns the line, from 1, on which the key at path stands or begins, or the table or value that holds
// it; 1 when there is none of them.
func (d *Document) Line(path ...string) int {
	for n := len(path); n > 0; n-- {
		if line := d.lines[joined(path[:n])]; line > 0 {
			return line
		}
	}
	return 1
}

// LineIn returns the line of a key in the n-th table, from 0, of an array of tables; the line on which that table
// begins where it has no such key, and that of the array where it is written in another way.
func (d *Document) LineIn(array []string, n int, key string) int {
	line, at := 0, -1
	for _, s := range d.stmts {
		switch {
		case s.isArray && slices.Equal(s.path, array):
			if at++; at == n {
				line = s.line
			}
		case at == n && !s.isHeader && slices.Equal(s.path, append(slices.Clone(array), key)):
			return s.line
		}
	}
	return cmp.Or(line, d.Line(array...))
}

// scan finds the statements of a text that is known to be TOML. Should it misread one, nothing worse comes of it
// than a wrong line number or a refused edit: edits are verified by decoding what they made.
func scan(text string) []statement {
	s := &scanner{text: text, line: 1}
	var stmts []statement
	var table []string
	for {
		s.skipBlank()
		if s.at >= len(s.text) {
			return stmts
		}
		begin, line := s.at, s.line
		if s.text[s.at] == '[' {
			st := statement{isHeader: true, begin: begin, line: line, isArray: strings.HasPrefix(s.text[s.at:], "[[")}
			s.at += 1
			if st.isArray {
				s.at++
			}
			table = s.path()
			st.path = table
			for s.at < len(s.text) && s.text[s.at] == ']' {
				s.at++
			}
			st.end = s.at
			stmts = append(stmts, st)
			s.skipLine()
			continue
		}
		path := s.path()
		if s.at >= len(s.text) || s.text[s.at] != '=' {
			s.skipLine()
			continue
		}
		s.at++
		s.skipSpace()
		value := s.at
		s.skipValue()
		stmts = append(stmts, statement{
			path: slices.Concat(table, path), begin: begin, value: value, end: s.at, line: line,
		})
		s.skipLine()
	}
}

// scanner walks over TOML text.
type scanner struct {
	text string
	at   int
	line int
}

func (s *scanner) skipSpace() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
}

// skipBlank skips white space, line ends, comments and a byte order mark.
func (s *scanner) skipBlank() {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '#':
			s.skipLine()
		case c == '\n':
			s.line++
			s.at++
		case c == ' ' || c == '\t' || c == '\r' || s.at == 0 && c == 0xef:
			if c == 0xef {
				s.at += 2
			}
			s.at++
		default:
			return
		}
	}
}

// skipLine goes to the end of the line and leaves the line end.
func (s *scanner) skipLine() {
	if n := strings.IndexByte(s.text[min(s.at, len(s.text)):], '\n'); n >= 0 {
		s.at += n
		return
	}
	s.at = len(s.text)
}

// path reads a dotted key.
func (s *scanner) path() []string {
	var path []string
	for {
		s.skipSpace()
		begin := s.at
		if s.at < len(s.text) && (s.text[s.at] == '"' || s.text[s.at] == '\'') {
			s.skipString()
		} else {
			for s.at < len(s.text) && !strings.ContainsRune(" \t.=]\r\n", rune(s.text[s.at])) {
				s.at++
			}
		}
		path = append(path, unquoteKey(s.text[begin:s.at]))
		s.skipSpace()
		if s.at >= len(s.text) || s.text[s.at] != '.' {
			return path
		}
		s.at++
	}
}

// unquoteKey leaves the reading of a quoted key to the decoder.
func unquoteKey(text string) string {
	if !strings.HasPrefix(text, `"`) && !strings.HasPrefix(text, `'`) {
		return text
	}
	var key struct{ K string }
	if _, err := toml.Decode("k = "+text, &key); err != nil {
		return text
	}
	return key.K
}

// skipValue skips a value, which may span lines.
func (s *scanner) skipValue() {
	depth := 0
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"' || c == '\'':
			s.skipString()
			continue
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == '#':
			if depth == 0 {
				s.trimBack()
				return
			}
			s.skipLine()
			continue
		case c == '\n':
			if depth <= 0 {
				s.trimBack()
				return
			}
			s.line++
		}
		s.at++
	}
	s.trimBack()
}

// trimBack takes back the white space behind a value.
func (s *scanner) trimBack() {
	for s.at > 0 && (s.text[s.at-1] == ' ' || s.text[s.at-1] == '\t' || s.text[s.at-1] == '\r') {
		s.at--
	}
}

// skipString skips a string of any of the four kinds.
func (s *scanner) skipString() {
	quote := s.text[s.at : s.at+1]
	long := strings.HasPrefix(s.text[s.at:], strings.Repeat(quote, 3))
	if long {
		quote = strings.Repeat(quote, 3)
	}
	s.at += len(quote)
	for s.at < len(s.text) {
		switch {
		case s.text[s.at] == '\\' && quote[0] == '"':
			s.at++
			if s.at < len(s.text) && s.text[s.at] == '\n' {
				s.line++
			}
		case strings.HasPrefix(s.text[s.at:], quote):
			s.at += len(quote)
			for n := 0; long && n < 2 && s.at < len(s.text) && s.text[s.at] == quote[0]; n++ {
				s.at++ // up to two quotes of its own at the end of a long string
			}
			return
		case s.text[s.at] == '\n':
			if !long {
				return
			}
			s.line++
		}
		s.at++
	}
	s.at = min(s.at, len(s.text))
}
