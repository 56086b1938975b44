package conflict

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Side is what can be put in the place of a hunk.
type Side string

// The sides. Both is ours, then theirs.
const (
	Base   Side = "base"
	Ours   Side = "ours"
	Theirs Side = "theirs"
	Both   Side = "both"
)

// State is what became of a hunk in a file that somebody works on: Open, a [Side], or Edited.
type State string

// The states of a hunk that are no side.
const (
	Open   State = "open"   // its markers stand
	Edited State = "edited" // something else is there, or its place is not known any more
)

// Place is where a hunk stands in a file.
type Place struct {
	State State
	// Line is the number of its first line, from 1; 0 where that is not known.
	Line int

	at                 span
	base, ours, theirs span // between the markers; base only where there is one
	hasBase            bool
}

// Find says what became of every hunk in a file that was made from the text: some markers may be replaced
// by a side, and everything else may be changed as well. Labels and lengths of markers, and how lines end,
// do not matter.
func (t *Text) Find(file []byte) []Place {
	f := &finder{text: t, lines: Lines(file), failed: make(map[[2]int]bool)}
	if places, ok := f.match(0, 0); ok {
		return places
	}
	return f.markersOnly()
}

type finder struct {
	text   *Text
	lines  []string
	failed map[[2]int]bool // pieces that do not fit from a line on
	steps  int
}

// mostSteps bounds the search in files of which every line is the same.
const mostSteps = 100_000

// match fits the pieces from the n-th on to the lines from at on, to the end.
func (f *finder) match(n, at int) (places []Place, ok bool) {
	if n == len(f.text.pieces) {
		return nil, at == len(f.lines)
	}
	key := [2]int{n, at}
	if f.steps++; f.failed[key] || f.steps > mostSteps {
		return nil, false
	}
	p := f.text.pieces[n]
	if p.hunk == nil {
		if f.has(at, p.clean) {
			if places, ok = f.match(n+1, at+len(p.clean)); ok {
				return places, true
			}
		}
		f.failed[key] = true
		return nil, false
	}
	for _, place := range f.fits(p.hunk, at) {
		if rest, ok := f.match(n+1, place.at.to); ok {
			return append([]Place{place}, rest...), true
		}
	}
	f.failed[key] = true
	return nil, false
}

func (f *finder) has(at int, lines []string) bool {
	return at+len(lines) <= len(f.lines) && slices.EqualFunc(f.lines[at:at+len(lines)], lines, same)
}

// IsUntouched reports whether a file is the text with markers or a side in every hunk, and nothing else.
func (t *Text) IsUntouched(file []byte) bool {
	f := &finder{text: t, lines: Lines(file), failed: make(map[[2]int]bool)}
	_, ok := f.match(0, 0)
	return ok
}

// fits lists what a hunk may have become at a line. A side that stands there to the byte comes before one of
// which only the ends of lines differ: that may be all that the sides differ in.
func (f *finder) fits(h *Hunk, at int) []Place {
	var all, alike []Place
	if p, ok := f.marked(h, at); ok {
		all = append(all, p)
	}
	for _, side := range []Side{Ours, Theirs, Both, Base} {
		lines := h.of(side)
		if !f.has(at, lines) {
			continue
		}
		p := Place{State: State(side), Line: at + 1, at: span{at, at + len(lines)}}
		if slices.Equal(f.lines[at:at+len(lines)], lines) {
			all = append(all, p)
		} else {
			alike = append(alike, p)
		}
	}
	return append(all, alike...)
}

// marked reads a hunk with its markers at a line.
func (f *finder) marked(h *Hunk, at int) (p Place, ok bool) {
	size, is := f.marker(at, '<', 0)
	if !is || !f.has(at+1, h.Ours.Lines) {
		return p, false
	}
	p = Place{State: Open, Line: at + 1, ours: span{at + 1, at + 1 + len(h.Ours.Lines)}}
	middle := p.ours.to
	if _, p.hasBase = f.marker(middle, '|', size); p.hasBase {
		p.base.from = middle + 1
	}
	for ; middle < len(f.lines); middle++ {
		end := middle + 1 + len(h.Theirs.Lines)
		_, isMiddle := f.marker(middle, '=', size)
		if isMiddle && f.has(middle+1, h.Theirs.Lines) {
			if _, isEnd := f.marker(end, '>', size); isEnd {
				p.base.to, p.theirs, p.at = middle, span{middle + 1, end}, span{at, end + 1}
				return p, true
			}
		}
		if !p.hasBase {
			break
		}
	}
	return p, false
}

// marker reports whether a line is a marker, of the size unless that is 0.
func (f *finder) marker(at int, c byte, size int) (length int, ok bool) {
	if at >= len(f.lines) {
		return 0, false
	}
	line := strings.TrimRight(f.lines[at], "\r\n")
	length = run(line, c)
	rest := line[length:]
	return length, length > 0 && (size == 0 || length == size) && (rest == "" || rest[0] == ' ')
}

// markersOnly finds the hunks whose markers stand, in their order, and between them those that stand as a side
// has them between lines that the sides agree on; the others are edited.
func (f *finder) markersOnly() []Place {
	var places []Place
	from := 0
	for _, p := range f.text.pieces {
		if p.hunk == nil {
			continue
		}
		found := Place{State: Edited}
		for at := from; at < len(f.lines); at++ {
			if place, ok := f.marked(p.hunk, at); ok {
				found, from = place, place.at.to
				break
			}
		}
		places = append(places, found)
	}
	f.between(places)
	return places
}

// context is how many lines around a side tell that it is the one.
const context = 3

// between finds what was taken of hunks that are not marked any more.
func (f *finder) between(places []Place) {
	i, from := 0, 0
	for n, p := range f.text.pieces {
		if p.hunk == nil {
			continue
		}
		if places[i].State == Edited {
			end := len(f.lines)
			for _, later := range places[i+1:] {
				if later.State != Edited {
					end = later.at.from
					break
				}
			}
			before, after := f.text.pieces[n-1].clean, f.text.pieces[n+1].clean
			places[i] = f.taken(p.hunk, before[max(0, len(before)-context):], after[:min(len(after), context)], span{from, end})
		}
		if places[i].State != Edited {
			from = places[i].at.to
		}
		i++
	}
}

// taken finds the one place in some lines where a hunk stands as a side has it, between what is around it.
func (f *finder) taken(h *Hunk, before, after []string, in span) Place {
	found := Place{State: Edited}
	if len(before)+len(after) == 0 {
		return found
	}
	for at := max(in.from, len(before)); at <= in.to; at++ {
		if !f.has(at-len(before), before) {
			continue
		}
		for _, side := range []Side{Ours, Theirs, Both, Base} {
			lines := h.of(side)
			end := at + len(lines)
			if end > in.to || !f.has(at, lines) || !f.has(end, after) {
				continue
			}
			if found.State != Edited && found.at != (span{at, end}) {
				return Place{State: Edited} // it could be either
			}
			if found.State == Edited {
				found = Place{State: State(side), Line: at + 1, at: span{at, end}}
			}
		}
	}
	return found
}

// ErrEdited says that a hunk was changed by hand, or that its place is not known any more.
var ErrEdited = errors.New("it was changed by hand")

// Take returns the file with a side in the place of a hunk, counted from 1, or of all that are open for 0.
// A hunk of which another side was taken can be given this one. What the side has between the markers is
// taken from there, so that lines keep their ends. The error is ErrEdited for a hunk that has no place.
func (t *Text) Take(file []byte, number int, side Side) ([]byte, error) {
	places := t.Find(file)
	if number < 0 || number > len(places) {
		return nil, fmt.Errorf("there is no hunk %d; there are %d", number, len(places))
	}
	if number > 0 && places[number-1].State == Edited {
		return nil, ErrEdited
	}
	lines := Lines(file)
	var out []string
	from := 0
	hunks := t.Hunks()
	for i, p := range places {
		if number == 0 && p.State != Open || number > 0 && i != number-1 {
			continue
		}
		out = append(out, lines[from:p.at.from]...)
		out = append(out, p.take(&hunks[i], lines, side)...)
		from = p.at.to
	}
	return []byte(strings.Join(append(out, lines[from:]...), "")), nil
}

// take is the lines of a side, with the ends that they have in the file.
func (p Place) take(h *Hunk, lines []string, side Side) []string {
	if p.State != Open {
		if now := lines[p.at.from:p.at.to]; len(now) > 0 && slices.Equal(now, h.of(Side(p.State))) {
			return h.of(side) // the checkout changes no ends
		}
		return endLike(lines, h.of(side))
	}
	ours, theirs := lines[p.ours.from:p.ours.to], lines[p.theirs.from:p.theirs.to]
	switch side {
	case Ours:
		return withoutEnd(ours, h.Ours.noEnd)
	case Theirs:
		return withoutEnd(theirs, h.Theirs.noEnd)
	case Both:
		return slices.Concat(ours, withoutEnd(theirs, h.Theirs.noEnd))
	}
	if slices.Equal(ours, h.Ours.Lines) && slices.Equal(theirs, h.Theirs.Lines) {
		return h.of(Base)
	}
	return endLike(lines, h.of(Base))
}

// endLike gives lines the ends that all lines of the file have: a checkout may have changed them.
func endLike(file, lines []string) []string {
	crlf, lf := 0, 0
	for _, line := range file {
		switch {
		case strings.HasSuffix(line, "\r\n"):
			crlf++
		case strings.HasSuffix(line, "\n"):
			lf++
		}
	}
	if crlf > 0 && lf > 0 || crlf+lf == 0 {
		return lines
	}
	out := make([]string, len(lines))
	for i, line := range lines {
		text := strings.TrimRight(line, "\r\n")
		switch {
		case len(text) == len(line):
			out[i] = line
		case crlf > 0:
			out[i] = text + "\r\n"
		default:
			out[i] = text + "\n"
		}
	}
	return out
}
