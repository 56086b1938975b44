package envfile

import (
	"bytes"
	"regexp"
	"sync"
)

// scanner reads a file line by line.
type scanner struct {
	data []byte
	file *File

	at   int // where the current line begins
	line int // its number

	// branch is the nearest comment above that names a branch of Moodle's. It speaks of
	// the next pin of Moodle, wherever that stands.
	branch *Claim
	// release is a comment that names a release alone. It speaks of the pin in the line
	// below the comments it stands in.
	release *Claim
}

// head is the beginning of an assignment, up to "=" or the end of the name.
var head = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(=?)`)
})

func (s *scanner) run() {
	if bytes.HasPrefix(s.data, utf8Mark()) {
		s.at = len(utf8Mark())
	}
	for s.line = 1; s.at < len(s.data); s.line++ {
		s.readLine()
	}
}

// lineEnd returns where the text of the line that holds an offset ends, and where the next
// line begins.
func (s *scanner) lineEnd(from int) (end, next int) {
	end, next = len(s.data), len(s.data)
	if i := bytes.IndexByte(s.data[from:], '\n'); i >= 0 {
		end, next = from+i, from+i+1
	}
	for end > from && s.data[end-1] == '\r' {
		end--
	}
	return end, next
}

func (s *scanner) readLine() {
	begin := s.at
	end, next := s.lineEnd(begin)
	s.at = next
	text := s.data[begin:end]
	trimmed := bytes.TrimLeft(text, " \t")
	switch {
	case len(trimmed) > 0 && trimmed[0] == '#':
		s.readComment(span{end - len(trimmed), end})
		return
	case len(trimmed) > 0:
		if m := head().FindSubmatchIndex(text); m != nil {
			s.readAssignment(begin, end, m)
		}
	}
	s.release = nil
}

func (s *scanner) readComment(at span) {
	c, ok := claimIn(s.data, at, s.line)
	switch {
	case ok && c.Branch != "":
		s.branch, s.release = &c, nil
	case ok:
		s.release = &c
	}
}

// readAssignment reads the line whose head was found at m.
func (s *scanner) readAssignment(begin, end int, m []int) {
	p := Pin{Variable: string(s.data[begin+m[2] : begin+m[3]]), Line: s.line}
	isPin := false
	if name := pinName().FindStringSubmatch(p.Variable); name != nil {
		isPin, p.Plugin = true, name[1]
	}
	after := begin + m[1]
	var comment span
	if m[5] > m[4] {
		comment = s.readValue(&p, after, end)
	} else {
		comment = commentAt(s.data, after, end)
		p.State = Unset
		if comment == (span{}) && len(bytes.TrimSpace(s.data[after:end])) > 0 {
			p.State = Unreadable
		}
	}
	if isPin {
		s.claim(&p, comment)
		s.file.pins = append(s.file.pins, p)
	}
}

// claim gives the pin what the comments above and beside it say.
func (s *scanner) claim(p *Pin, beside span) {
	if s.branch != nil && p.IsCore() {
		p.Claims = append(p.Claims, *s.branch)
		s.branch = nil
	}
	if s.release != nil {
		p.Claims = append(p.Claims, *s.release)
	}
	if c, ok := claimIn(s.data, beside, s.line); ok {
		p.Claims = append(p.Claims, c)
	}
}

// readValue reads what stands behind "=" and returns the comment behind that. A value in
// quotes takes the scanner to the line that it ends in.
func (s *scanner) readValue(p *Pin, from, end int) (comment span) {
	start := from
	for start < end && isBlank(s.data[start]) {
		start++
	}
	switch {
	case start == end:
		p.State, p.value = Empty, span{from, from}
		return span{}
	case s.data[start] == '\'' || s.data[start] == '"':
		return s.readQuoted(p, start, end)
	case s.data[start] == '#' && start > from:
		p.State, p.value = Empty, span{from, from}
		return span{start, end}
	}
	stop := end
	for i := start + 1; i < end; i++ {
		if s.data[i] == '#' && isBlank(s.data[i-1]) {
			comment, stop = span{i, end}, i
			break
		}
	}
	for stop > start && isBlank(s.data[stop-1]) {
		stop--
	}
	s.setValue(p, span{start, stop}, true)
	return comment
}

// readQuoted reads a value that begins with a quotation mark, up to the one that closes it.
// Where none does, the line is one that cannot be read.
func (s *scanner) readQuoted(p *Pin, start, end int) (comment span) {
	quote := s.data[start]
	stop := closing(s.data, start+1, quote)
	if stop < 0 {
		p.State = Unreadable
		s.file.unclosed = true
		return span{}
	}
	if stop > end {
		s.hide(start, stop)
		p.State = Unreadable
		return span{}
	}
	s.setValue(p, span{start + 1, stop}, quote == '"')
	rest := bytes.Trim(s.data[stop+1:end], " \t")
	if len(rest) == 0 {
		return span{}
	}
	if rest[0] != '#' {
		p.State, p.Value = Unreadable, "" // 'a'b is ab to a shell, and an error to Compose
		return span{}
	}
	return commentAt(s.data, stop+1, end)
}

// hide passes over the lines of a value in quotes, and notes those that look like pins.
func (s *scanner) hide(start, stop int) {
	for {
		end, next := s.lineEnd(start)
		if end >= stop || next > stop {
			break
		}
		s.line++
		start = next
		lineEnd, _ := s.lineEnd(start)
		if m := head().FindSubmatch(s.data[start:lineEnd]); m != nil && IsPin(string(m[1])) {
			s.file.hidden = append(s.file.hidden, s.line)
		}
	}
	_, s.at = s.lineEnd(stop)
}

func (s *scanner) setValue(p *Pin, at span, isExpanded bool) {
	value := s.data[at.from:at.to]
	p.value = at
	switch {
	case len(value) == 0:
		p.State = Empty
	case isExpanded && bytes.ContainsAny(value, "$`"):
		p.State = Expanded
	case CheckValue(string(value)) != nil:
		p.State = Unreadable
	default:
		p.State, p.Value = Literal, string(value)
	}
}

// closing returns where the quotation mark stands that closes a value, -1 when there is none.
// In double quotes a backslash takes the next character's meaning away.
func closing(data []byte, from int, quote byte) int {
	if quote == '\'' {
		if i := bytes.IndexByte(data[from:], quote); i >= 0 {
			return from + i
		}
		return -1
	}
	for i := from; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return -1
}

// commentAt returns the comment between two offsets, where nothing but blanks stands
// before it.
func commentAt(data []byte, from, to int) span {
	for from < to && isBlank(data[from]) {
		from++
	}
	if from < to && data[from] == '#' {
		return span{from, to}
	}
	return span{}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
