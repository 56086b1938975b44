package resolution

import (
	"bytes"
	"iter"
)

// hunk is one conflict in a file: its two sides, in whatever order.
type hunk struct{ a, b []byte }

// conflicts returns the hunks of a preimage. It is not plain when a conflict
// stands within another, or ends nowhere; then the hunks mean nothing.
func conflicts(text []byte) (hunks []hunk, plain bool) {
	size := markerSize(text)
	var at byte // the marker passed last
	var h hunk
	for _, line := range lines(text) {
		switch c := markerOf(line, size); {
		case c == '<' && at == 0:
			h, at = hunk{}, '<'
		case c == '|' && at == '<':
			at = '|'
		case c == '=' && (at == '<' || at == '|'):
			at = '='
		case c == '>' && at == '=':
			hunks, at = append(hunks, h), 0
		case c == '<' && at != 0:
			return nil, false
		case at == '<':
			h.a = append(h.a, line...)
		case at == '=':
			h.b = append(h.b, line...)
		}
	}
	return hunks, at == 0
}

// mayMeet reports whether a file with these two sides can have all the hunks:
// the sides of each stand somewhere in the files merged. It reads much less than
// a merge costs, and it holds in every conflict style.
func mayMeet(hunks []hunk, ours, theirs []byte) bool {
	for _, h := range hunks {
		straight := holds(ours, h.a) && holds(theirs, h.b)
		if !straight && !(holds(ours, h.b) && holds(theirs, h.a)) {
			return false
		}
	}
	return true
}

// holds reports whether the lines of side stand in the file. Git ends the last
// line of a file where it has no end of its own.
func holds(file, side []byte) bool {
	if len(side) == 0 {
		return true
	}
	for at := 0; ; at++ {
		i := bytes.Index(file[at:], side)
		if i < 0 {
			break
		}
		if at += i; startsLine(file, at) {
			return true
		}
	}
	for _, end := range []string{"\n", "\r\n"} {
		part, ok := bytes.CutSuffix(side, []byte(end))
		if ok && bytes.HasSuffix(file, part) && startsLine(file, len(file)-len(part)) {
			return true
		}
	}
	return false
}

func startsLine(file []byte, at int) bool { return at == 0 || file[at-1] == '\n' }

// leftover returns the number of the first line of after, from 1, that is a
// conflict marker left from before, or 0. A line of seven equal signs is also
// how a heading is underlined; it counts where there are more of them than the
// text of before can account for.
func leftover(before, after []byte) int {
	size := markerSize(before)
	own := 0 // rows of equal signs that are text
	for _, line := range lines(before) {
		switch markerOf(line, size) {
		case '=':
			own++
		case '<':
			own--
		}
	}
	for n, line := range lines(after) {
		switch markerOf(line, size) {
		case '<', '|', '>':
			return n
		case '=':
			if own--; own < 0 {
				return n
			}
		}
	}
	return 0
}

// usualSize is the length of a marker unless the attribute
// conflict-marker-size says otherwise.
const usualSize = 7

// markerSize returns the length of the markers in a conflicted file: the largest
// of which it has all three. Attributes make markers longer where shorter ones
// are text.
func markerSize(text []byte) int {
	size := usualSize
	for _, line := range lines(text) {
		run := len(line) - len(bytes.TrimLeft(line, "<"))
		if run > size && markerOf(line, run) == '<' && hasConflict(text, run) {
			size = run
		}
	}
	return size
}

// hasConflict reports whether markers of the size stand in the text in order.
func hasConflict(text []byte, size int) bool {
	const order = "<=>"
	found := 0
	for _, line := range lines(text) {
		if found < len(order) && markerOf(line, size) == order[found] {
			found++
		}
	}
	return found == len(order)
}

// markerOf returns which marker the line is ('<', '|', '=', '>'), or 0. A
// marker stands alone or is followed by a blank and a label.
func markerOf(line []byte, size int) byte {
	if len(line) < size {
		return 0
	}
	switch c := line[0]; c {
	case '<', '|', '=', '>':
		rest := line[size:]
		alone := len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r' || rest[0] == '\n'
		if alone && len(bytes.TrimLeft(line[:size], string(c))) == 0 {
			return c
		}
	}
	return 0
}

// lines yields the lines of text with their numbers, from 1, and their ends.
func lines(text []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		n := 0
		for line := range bytes.Lines(text) {
			n++
			if !yield(n, line) {
				return
			}
		}
	}
}
