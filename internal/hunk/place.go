package hunk

import (
	"slices"
	"sort"
)

// op is one edit of a change: where its Diff has a hunk.
type op struct {
	by   int32 // 1 + the number of the change
	tip  *text
	span     // in base and tip
	up   int // how many lines further up it could stand as well

	// from and to are its place in pristine: it stands somewhere after so many
	// lines. They are the same where nothing around it changed since base.
	from, to int

	lines  []opLine
	strong int // lines that show that the edit is there

	gone  []int // the lines of pristine that it removes, in order
	stead []int // lines that upstream put in place of others that it removes

	found   []int // by line, where the weave has it in the tree, or -1; nil: nowhere
	isWhole bool  // all of its lines are claimed
}

// opLine is a line that an edit adds.
type opLine struct {
	id     int32
	says   bool // something that base does not say anywhere
	strong bool // nor pristine: where it is, the edit is
	landed bool // pristine has it at the same place
	at     int  // the line of the tree that it claims, -1: none
}

// slack is how many lines may lie between an edit and the hunk it is looked for
// in. Of several ways to compare two files that are equally short, another one may
// be taken once the neighbourhood has changed.
const slack = 3

// maxSlide bounds how far an edit is thought to be movable.
const maxSlide = 64

// slides is how many lines further up a pure insertion or removal could stand
// and make the same file, short of the one before.
func slides(old, new []int32, s, before span) int {
	lines, from, to, floor := new, s.newAt, s.newEnd, before.newEnd
	switch {
	case s.oldAt == s.oldEnd:
	case s.newAt == s.newEnd:
		lines, from, to, floor = old, s.oldAt, s.oldEnd, before.oldEnd
	default:
		return 0
	}
	n := 0
	for n < maxSlide && from-n > floor && lines[from-n-1] == lines[to-n-1] {
		n++
	}
	return n
}

// place finds the edits of a change and where they stand in pristine.
func (c *claims) place(number int32, base, tip *text) []*op {
	edits := compare(base, tip)
	since := moves{to: identity(len(base.ids)), size: len(c.pristine.ids)}
	if base != c.pristine {
		since = movesOf(base, c.pristine)
	}
	inBase, inPristine := c.in.set(base), c.in.set(c.pristine)
	var ops []*op
	before := span{}
	for _, e := range edits {
		o := &op{by: number + 1, tip: tip, span: e, up: slides(base.ids, tip.ids, e, before)}
		before = e
		o.from, o.to = since.before(e.oldAt-o.up), since.after(e.oldEnd)
		for _, id := range tip.ids[e.newAt:e.newEnd] {
			l := opLine{id: id, at: -1, says: !inBase[id] && c.in.letters[id] >= strong}
			l.strong = l.says && !inPristine[id]
			o.lines = append(o.lines, l)
		}
		for b := e.oldAt; b < e.oldEnd; b++ {
			if p := since.to[b]; p >= 0 {
				o.gone = append(o.gone, p)
			}
		}
		o.stead = since.insteadOf(e.oldAt, e.oldEnd)
		c.markLanded(o, since)
		for _, l := range o.lines {
			if l.strong && !l.landed {
				o.strong++
			}
		}
		ops = append(ops, o)
	}
	return ops
}

// markLanded finds the lines of an edit that upstream has added at its place
// since base.
func (c *claims) markLanded(o *op, since moves) {
	var theirs, at []int32
	for _, s := range since.spans {
		if s.newEnd < o.from || s.newAt > o.to {
			continue
		}
		for p := s.newAt; p < s.newEnd; p++ {
			theirs, at = append(theirs, c.pristine.ids[p]), append(at, int32(p))
		}
	}
	if len(theirs) == 0 || len(o.lines) == 0 {
		return
	}
	ours := make([]int32, len(o.lines))
	for i, l := range o.lines {
		ours[i] = l.id
	}
	missing, extra := changed(ours, theirs)
	found := make([]int, len(ours)) // the line of pristine, or -1
	j := 0
	for i := range ours {
		if found[i] = -1; missing[i] {
			continue
		}
		for extra[j] {
			j++
		}
		found[i] = int(at[j])
		j++
	}
	says := 0
	for _, l := range o.lines {
		if l.says {
			says++
		}
	}
	if says == 0 && slices.Contains(missing, true) {
		return // upstream's own braces
	}
	if says > 0 {
		credible(found, says, func(i int) bool { return o.lines[i].says }, func(int) bool { return false })
	}
	for i, p := range found {
		if p >= 0 {
			o.lines[i].landed = true
			o.stead = slices.DeleteFunc(o.stead, func(q int) bool { return q == p }) // it came in place of nothing
		}
	}
}

// moves follows lines from one file to another.
type moves struct {
	to    []int // by line of the one: the line of the other, -1 where it is gone
	size  int   // lines of the other
	spans []span
}

func identity(n int) []int {
	to := make([]int, n)
	for i := range to {
		to[i] = i
	}
	return to
}

func movesOf(a, b *text) moves {
	m := moves{to: make([]int, len(a.ids)), size: len(b.ids), spans: compare(a, b)}
	i, j := 0, 0
	for _, s := range append(m.spans[:len(m.spans):len(m.spans)], span{len(a.ids), len(a.ids), len(b.ids), len(b.ids)}) {
		for ; i < s.oldAt; i, j = i+1, j+1 {
			m.to[i] = j
		}
		for ; i < s.oldEnd; i++ {
			m.to[i] = -1
		}
		j = s.newEnd
	}
	return m
}

// before is how many lines of the other file are surely above the first n lines'
// end.
func (m moves) before(n int) int {
	for n--; n >= 0; n-- {
		if m.to[n] >= 0 {
			return m.to[n] + 1
		}
	}
	return 0
}

// after is how many lines of the other file may be above line n.
func (m moves) after(n int) int {
	for ; n < len(m.to); n++ {
		if m.to[n] >= 0 {
			return m.to[n]
		}
	}
	return m.size
}

// insteadOf lists the lines of the other file that were put in place of lines
// that are all among from to end.
func (m moves) insteadOf(from, end int) []int {
	var all []int
	i := sort.Search(len(m.spans), func(i int) bool { return m.spans[i].oldEnd > from })
	for ; i < len(m.spans) && m.spans[i].oldEnd <= end; i++ {
		s := m.spans[i]
		if s.oldAt < from || s.oldAt == s.oldEnd && s.oldEnd == end {
			continue
		}
		for p := s.newAt; p < s.newEnd; p++ {
			all = append(all, p)
		}
	}
	return all
}
