// Package hunk compares files line by line and says which branch brought which
// lines. It works on bytes in memory; where they come from is left to others.
//
// [Diff] compares two files. [Attribute] explains how the file of a tree differs
// from the pristine one by what branches do to that file, and [Lacking] finds
// what the file of a tree lacks of them.
//
// A line ends after its line feed, the last one also at the end of the file; it
// keeps its end, and lines are raw bytes in no certain encoding.
package hunk

// Hunk is a place where two files differ: the lines Old of the one stand where
// the other has the lines New.
type Hunk struct {
	// OldStart is the number of the first line of Old, counted from 1. Where Old
	// is empty it is the line before which New was put in, one more than the file
	// has lines when that is its end.
	OldStart int
	Old      []string
	NewStart int // the same in the other file
	New      []string
}

// Diff returns the places where two files differ, in order and apart by at least
// one line that is the same. Put into old they make new, to the byte; a last
// line with and without its line feed are two lines.
//
// The fewest possible lines are in hunks, unless the files have thousands of
// lines in common and those in another order: then the search ends early. What can
// stand in several places, like one more blank line among others, stands in the
// last of them, as in git diff without its indent heuristic, so that the same
// edit of two similar files gives the same lines.
func Diff(old, new []byte) []Hunk {
	in := newTable()
	a, b := in.split(old), in.split(new)
	return hunksOf(a, b, spansOf(a.exact, b.exact))
}

func hunksOf(a, b *text, spans []span) []Hunk {
	var hunks []Hunk
	for _, s := range spans {
		hunks = append(hunks, s.hunk(a, b))
	}
	return hunks
}

// span is a hunk as line numbers from 0: old[oldAt:oldEnd] became
// new[newAt:newEnd].
type span struct{ oldAt, oldEnd, newAt, newEnd int }

func (s span) hunk(old, new *text) Hunk {
	return Hunk{
		OldStart: s.oldAt + 1, Old: old.lines[s.oldAt:s.oldEnd:s.oldEnd],
		NewStart: s.newAt + 1, New: new.lines[s.newAt:s.newEnd:s.newEnd],
	}
}

// spansOf compares two files of which each line is a number.
func spansOf(a, b []int32) []span {
	gone, come := changed(a, b)
	settle(a, gone, come)
	settle(b, come, gone)
	return spans(gone, come)
}

// spans are the runs of lines that are marked on either side.
func spans(gone, come []bool) []span {
	var all []span
	for i, j := 0, 0; i < len(gone) || j < len(come); i, j = i+1, j+1 {
		s := span{oldAt: i, newAt: j}
		for i < len(gone) && gone[i] {
			i++
		}
		for j < len(come) && come[j] {
			j++
		}
		if s.oldEnd, s.newEnd = i, j; s.oldAt < i || s.newAt < j {
			all = append(all, s)
		}
	}
	return all
}
