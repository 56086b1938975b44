package hunk

import "slices"

// weave is pristine, and between its lines what a tree may have of the changes.
//
// A shortest comparison of pristine and tree takes the next best brace for the
// same when somebody removed a function above the one that a branch added, and the
// branch's function falls to pieces. Compared with a weave, each line of the tree
// finds the one it comes from; what it has in common with the pristine lines of
// the weave is what did not change.
//
//	pristine  a b c       weave  a b X } c       tree  a X } c
//	a branch  a b X } c                          hunks -b, +X }
type weave []wovenLine

type wovenLine struct {
	pristine int // its number there, -1: a change adds it
	edit     *op
	line     int // of the edit
}

// insert is what the weave has of an edit.
type insert struct {
	edit  *op
	lines []int // of the edit
	first int   // where the tree has one of them
}

// weave puts what the tree has of the changes between the lines of pristine. Of
// an edit that is there for the better part all lines are taken, else those that
// are; nothing of one that no line shows to be there.
func (c *claims) weave() weave {
	first := make(map[int32]int) // where the tree has a line first
	for t := len(c.tree.ids) - 1; t >= 0; t-- {
		first[c.tree.ids[t]] = t
	}
	var inserts []insert
	given := make(map[int32][]*op) // by line, the edits that the weave has it from
	for _, o := range c.ops {
		in := insert{edit: o}
		var all []int
		for i, l := range o.lines {
			if l.landed {
				continue
			}
			all = append(all, i)
			if t, ok := first[l.id]; ok && l.strong {
				if len(in.lines) == 0 {
					in.first = t
				}
				in.lines = append(in.lines, i)
			}
		}
		if 2*len(in.lines) >= o.strong {
			in.lines = all
		}
		if in.take(given) {
			inserts = append(inserts, in)
		}
	}
	if len(inserts) == 0 {
		return nil
	}
	slices.SortStableFunc(inserts, func(a, b insert) int {
		if a.edit.to != b.edit.to {
			return a.edit.to - b.edit.to
		}
		return a.first - b.first
	})
	var w weave
	for p := 0; p <= len(c.pristine.ids); p++ {
		for len(inserts) > 0 && inserts[0].edit.to == p {
			for _, i := range inserts[0].lines {
				w = append(w, wovenLine{pristine: -1, edit: inserts[0].edit, line: i})
			}
			inserts = inserts[1:]
		}
		if p < len(c.pristine.ids) {
			w = append(w, wovenLine{pristine: p})
		}
	}
	return w
}

// take keeps of an insert what no change before gives to the weave in the same place,
// and reports whether something of it shows the edit. Two branches that do the same,
// or one that has merged the other, must not be there twice: which of them a line
// of the tree belongs to would be left to the comparison.
func (in *insert) take(given map[int32][]*op) bool {
	o := in.edit
	shown := false
	in.lines = slices.DeleteFunc(in.lines, func(i int) bool {
		return slices.ContainsFunc(given[o.lines[i].id], o.isBehind)
	})
	for _, i := range in.lines {
		shown = shown || o.lines[i].strong
	}
	if !shown {
		return false
	}
	for _, i := range in.lines {
		id := o.lines[i].id
		if n := len(given[id]); n == 0 || given[id][n-1] != o {
			given[id] = append(given[id], o)
		}
	}
	return true
}

// isBehind reports whether an edit of an earlier change may stand in the same place.
func (o *op) isBehind(before *op) bool {
	return before.by < o.by && before.from <= o.to && o.from <= before.to
}

// compareTree finds the hunks between pristine and the tree's file, and where in
// the tree the lines of edits are.
func (c *claims) compareTree() []span {
	w := c.weave()
	if w == nil {
		return compare(c.pristine, c.tree)
	}
	a, b := keys(c.pristine, c.tree)
	missing, come := changedBetween(c.keysOf(w, a), b, func(line int32) bool {
		if isExact(c.pristine, c.tree) {
			line >>= endBits
		}
		return c.in.letters[line] >= strong
	})
	gone := make([]bool, len(a))
	from := make([]int, len(b)) // by line of the tree, that of the weave
	t := 0
	for i, l := range w {
		if l.pristine >= 0 {
			gone[l.pristine] = missing[i]
		}
		if missing[i] {
			continue
		}
		for come[t] {
			from[t] = -1
			t++
		}
		from[t] = i
		if l.pristine < 0 {
			come[t] = true
			l.edit.woven(l.line, t)
		}
		t++
	}
	for ; t < len(from); t++ {
		from[t] = -1
	}
	taken := make([]bool, len(b))
	for _, o := range c.ops {
		if o.found != nil {
			o.credible(o.found)
			for _, t := range o.found {
				if t >= 0 {
					taken[t] = true
				}
			}
		}
	}
	for _, s := range spans(gone, come) {
		s.shorten(a, b, gone, come, taken)
	}
	settle(a, gone, come)
	settle(b, come, gone)
	return spans(gone, come)
}

// keysOf are the lines of a weave as the numbers that pristine's lines a have.
func (c *claims) keysOf(w weave, a []int32) []int32 {
	exact := isExact(c.pristine, c.tree)
	all := make([]int32, len(w))
	for i, l := range w {
		switch {
		case l.pristine >= 0:
			all[i] = a[l.pristine]
		case exact:
			all[i] = l.edit.lines[l.line].id<<endBits | int32(max(c.tree.style, lf))
		default:
			all[i] = l.edit.lines[l.line].id
		}
	}
	return all
}

// shorten takes out what the two sides of a hunk have in common besides what is
// taken.
func (s span) shorten(a, b []int32, gone, come, taken []bool) {
	var free, at []int32
	for t := s.newAt; t < s.newEnd; t++ {
		if !taken[t] {
			free, at = append(free, b[t]), append(at, int32(t))
		}
	}
	less, more := changed(a[s.oldAt:s.oldEnd], free)
	copy(gone[s.oldAt:], less)
	for i, is := range more {
		come[at[i]] = is
	}
}

// woven notes where the tree has a line of the edit.
func (o *op) woven(line, t int) {
	if o.found == nil {
		o.found = make([]int, len(o.lines))
		for i := range o.found {
			o.found[i] = -1
		}
	}
	o.found[line] = t
}

// credible drops what was found of an edit and may be there by chance.
func (o *op) credible(found []int) {
	credible(found, o.strong, func(i int) bool { return o.lines[i].strong }, func(i int) bool { return o.lines[i].landed })
}

// credible sets to -1 what was found and may be there by chance. Where less than half
// of the many lines that show something was found, a line counts only in one row
// with such a line, not interrupted but by what may be missing.
func credible(found []int, many int, shows, mayMiss func(i int) bool) {
	n := 0
	for i, at := range found {
		if at >= 0 && shows(i) {
			n++
		}
	}
	if n > 0 && 2*n >= many {
		return
	}
	for i := 0; i < len(found); i++ {
		from, shown := i, false
		for i < len(found) && (found[i] >= 0 || mayMiss(i)) {
			shown = shown || found[i] >= 0 && shows(i)
			i++
		}
		if !shown {
			for ; from < i; from++ {
				found[from] = -1
			}
		}
	}
}
