package hunk

import (
	"bytes"
	"strings"
)

// table numbers the texts of lines, their ends left out, so that lines of
// several files are compared as numbers.
type table struct {
	ids     map[string]int32
	letters []int // by number: letters and digits in the text, at most strong
}

func newTable() *table { return &table{ids: make(map[string]int32)} }

// text is a file as lines.
type text struct {
	lines []string
	ids   []int32 // of the texts
	exact []int32 // of the texts with their ends
	style lineEnd // that of most lines
}

// lineEnd is how a line ends; the zero value is the end of the file.
type lineEnd int32

const (
	noEnd lineEnd = iota
	lf
	crlf
)

// endBits is how many bits the end takes where it is a part of a line's number.
const endBits = 2

func (in *table) split(data []byte) *text {
	all := string(data)
	n := strings.Count(all, "\n") + 1
	t := &text{lines: make([]string, 0, n), ids: make([]int32, 0, n), exact: make([]int32, 0, n)}
	var count [3]int
	for line := range strings.Lines(all) {
		content, end := cutEnd(line)
		id := in.id(content)
		t.lines = append(t.lines, line)
		t.ids = append(t.ids, id)
		t.exact = append(t.exact, id<<endBits|int32(end))
		count[end]++
	}
	switch {
	case count[crlf] > count[lf]:
		t.style = crlf
	case count[lf] > 0:
		t.style = lf
	}
	return t
}

func cutEnd(line string) (content string, end lineEnd) {
	content, ended := strings.CutSuffix(line, "\n")
	if !ended {
		return content, noEnd
	}
	if content, ended := strings.CutSuffix(content, "\r"); ended {
		return content, crlf
	}
	return content, lf
}

func (in *table) id(content string) int32 {
	if id, ok := in.ids[content]; ok {
		return id
	}
	id := int32(len(in.letters))
	in.ids[content] = id
	in.letters = append(in.letters, letters(content))
	return id
}

// set marks the texts that a file has, of those that have a number by now.
func (in *table) set(t *text) []bool {
	has := make([]bool, len(in.letters))
	for _, id := range t.ids {
		has[id] = true
	}
	return has
}

// Letters and digits that make a line worth something: one that has fewer than
// faint can stand anywhere ("}", "*/", "?>", a blank one); one that has at
// least strong, and is nowhere else, is not written twice by chance.
const (
	faint  = 3
	strong = 6
)

// letters counts letters and digits, and all that is not ASCII, up to strong.
func letters(s string) int {
	n := 0
	for i := 0; i < len(s) && n < strong; i++ {
		c := s[i]
		if c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' {
			n++
		}
	}
	return n
}

// compare returns the spans in which two files differ. Where the one ends its
// lines with CR LF and the other with LF, ends are not compared at all: a file
// that an editor or a checkout converted would be different in every line.
func compare(a, b *text) []span { return spansOf(keys(a, b)) }

func keys(a, b *text) ([]int32, []int32) {
	if isExact(a, b) {
		return a.exact, b.exact
	}
	return a.ids, b.ids
}

func isExact(a, b *text) bool {
	return a.style == b.style || a.style == noEnd || b.style == noEnd
}

// IsBinary tells as Git does, by a zero byte near the beginning (buffer_is_binary
// in its xdiff-interface.c).
func IsBinary(data []byte) bool {
	return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0
}
