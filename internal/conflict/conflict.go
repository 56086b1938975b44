// Package conflict reads files that Git left in conflict: it takes them apart into hunks, finds these again
// in a file that somebody has worked on meanwhile, and puts a side in their place.
//
// What is in conflict is Git's to say. A [Text] is read from what Git wrote with markers so long that no
// line of the file can be taken for one ([MarkerSize]); so documents about merging, with markers of their
// own, are no special case. The file that a person sees has markers of the usual length, labels, and perhaps
// other line ends; [Text.Find] compares it with what Git wrote and says what became of every hunk.
//
// Asking Git, and reading and writing files, is left to others.
package conflict

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Hunk is one conflict: what stood there, and what each side made of it.
type Hunk struct {
	Base, Ours, Theirs Part
}

// Part is what one side has in a hunk.
type Part struct {
	// Start is the number of the first line in the side's file, from 1. Where there are no lines it is the
	// line before which they would stand. It is 0 until [Text.Locate] has found it.
	Start int
	Lines []string // with their ends
	// noEnd says that the last of them has no end in the side's file. Git ends it, to be able to go on.
	noEnd bool
}

// Text is a file in conflict: lines on which the sides agree, and hunks.
type Text struct{ pieces []piece }

// piece is a run of lines, or a hunk.
type piece struct {
	clean []string
	hunk  *Hunk
}

// Hunks returns the hunks in the order of the file.
func (t *Text) Hunks() []Hunk {
	var all []Hunk
	for _, p := range t.pieces {
		if p.hunk != nil {
			all = append(all, *p.hunk)
		}
	}
	return all
}

// UsualSize is the length of Git's markers, unless the attribute conflict-marker-size says otherwise.
const UsualSize = 7

// MarkerSize is a length that no marker-like line of the files reaches.
func MarkerSize(files ...[]byte) int {
	size := UsualSize
	for _, file := range files {
		for line := range bytes.Lines(file) {
			if strings.IndexByte(markers, line[0]) >= 0 {
				size = max(size, run(string(line), line[0]))
			}
		}
	}
	return size + 1
}

const markers = "<|=>"

// run is how often a line repeats the byte that it begins with, if that is c.
func run(line string, c byte) int { return len(line) - len(strings.TrimLeft(line, string(c))) }

// Parse takes a text apart that Git wrote with markers of the size. The error says what does not fit.
func Parse(text []byte, size int) (*Text, error) {
	t := &Text{}
	var clean []string
	var h *Hunk
	var side *[]string
	for n, line := range numbered(text) {
		at := byte(0)
		if strings.IndexByte(markers, line[0]) >= 0 && run(line, line[0]) == size {
			at = line[0]
		}
		switch {
		case at == 0 && h == nil:
			clean = append(clean, line)
		case at == 0:
			*side = append(*side, line)
		case at == '<' && h == nil:
			t.pieces = append(t.pieces, piece{clean: clean})
			clean, h = nil, &Hunk{}
			side = &h.Ours.Lines
		case at == '|' && h != nil && side == &h.Ours.Lines:
			side = &h.Base.Lines
		case at == '=' && h != nil && side != &h.Theirs.Lines:
			side = &h.Theirs.Lines
		case at == '>' && h != nil && side == &h.Theirs.Lines:
			t.pieces = append(t.pieces, piece{hunk: h})
			h = nil
		default:
			return nil, fmt.Errorf("line %d: a conflict marker %q where none can be", n, at)
		}
	}
	if h != nil {
		return nil, fmt.Errorf("a conflict has no end")
	}
	t.pieces = append(t.pieces, piece{clean: clean})
	return t, nil
}

func numbered(text []byte) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			if !yield(n, line) {
				return
			}
		}
	}
}

// Lines splits a file as parts have it.
func Lines(file []byte) []string { return slices.Collect(strings.Lines(string(file))) }

// of returns what a hunk has on a side. Both sides are ours, then theirs.
func (h *Hunk) of(side Side) []string {
	switch side {
	case Base:
		return h.Base.ended()
	case Ours:
		return h.Ours.ended()
	case Theirs:
		return h.Theirs.ended()
	}
	return slices.Concat(h.Ours.Lines, h.Theirs.ended())
}

// ended is the lines with the end that the side's file has.
func (p Part) ended() []string { return withoutEnd(p.Lines, p.noEnd) }

func withoutEnd(lines []string, noEnd bool) []string {
	n := len(lines)
	if !noEnd || n == 0 {
		return lines
	}
	return append(slices.Clone(lines[:n-1]), strings.TrimRight(lines[n-1], "\r\n"))
}

// with is the whole file with one side in every hunk, and where in it, counted in lines from 0, each hunk
// begins and ends.
func (t *Text) with(side Side) (lines []string, at []span) {
	for _, p := range t.pieces {
		if p.hunk == nil {
			lines = append(lines, p.clean...)
			continue
		}
		from := len(lines)
		lines = append(lines, p.hunk.of(side)...)
		at = append(at, span{from, len(lines)})
	}
	return lines, at
}

// span is lines from the first one to before the end, counted from 0.
type span struct{ from, to int }

// With is the file as it is with one side in every hunk: what `git merge-file --ours`, `--theirs` or
// `--union` write.
func (t *Text) With(side Side) []byte {
	lines, _ := t.with(side)
	return []byte(strings.Join(lines, ""))
}

// Labels stand behind the markers. Base is used where the bases are shown.
type Labels struct{ Ours, Base, Theirs string }

// Marked is the file as git leaves it: markers of the size around what the sides have, with the bases between
// them where withBase says so.
func (t *Text) Marked(size int, withBase bool, labels Labels) []byte {
	var out []string
	end := "\n"
	marker := func(c, label string) {
		line := strings.Repeat(c, size)
		if label != "" {
			line += " " + label
		}
		out = append(out, line+end)
	}
	for _, p := range t.pieces {
		if p.hunk == nil {
			out = append(out, p.clean...)
			continue
		}
		if end = "\n"; p.hunk.isCRLF() {
			end = "\r\n"
		}
		marker("<", labels.Ours)
		out = append(out, p.hunk.Ours.Lines...)
		if withBase {
			marker("|", labels.Base)
			out = append(out, p.hunk.Base.Lines...)
		}
		marker("=", "")
		out = append(out, p.hunk.Theirs.Lines...)
		marker(">", labels.Theirs)
	}
	return []byte(strings.Join(out, ""))
}

// isCRLF reports whether both sides end their lines as Windows does; git's markers do so then.
func (h *Hunk) isCRLF() bool {
	crlf := func(p Part) bool { return len(p.Lines) == 0 || strings.HasSuffix(p.Lines[0], "\r\n") }
	return len(h.Ours.Lines)+len(h.Theirs.Lines) > 0 && crlf(h.Ours) && crlf(h.Theirs)
}
