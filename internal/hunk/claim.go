package hunk

import (
	"iter"
	"slices"
	"sort"
)

// near yields the hunks that an edit may have made, in order.
func (c *claims) near(o *op) iter.Seq[span] {
	return func(yield func(span) bool) {
		i := sort.Search(len(c.hunks), func(i int) bool { return c.hunks[i].oldEnd >= o.from-slack })
		for ; i < len(c.hunks) && c.hunks[i].oldAt-maxSlide <= o.to+slack; i++ {
			if c.hunks[i].oldAt-c.slack[i] <= o.to+slack && !yield(c.hunks[i]) {
				return
			}
		}
	}
}

// free reports whether a line of the tree is added and nobody's so far.
func (c *claims) free(t int) bool { return c.added[t] && c.come[t] == 0 }

func (c *claims) claim(o *op, line, t int) {
	o.lines[line].at = t
	c.come[t] = o.by
}

// block is a place in the tree where all lines of an edit stand together.
type block struct {
	at         int
	up         int // the lines in the order that the edit has that much further up
	neighbours int // how many of the two lines around it are the edit's neighbours too
}

// claimWhole claims all lines of an edit where they stand together in one hunk,
// if possible where their neighbours are too. Where nothing in the lines themselves
// shows that they are the edit's, a neighbour must, or that all it removes is gone.
func (c *claims) claimWhole(o *op) {
	if slices.ContainsFunc(o.lines, func(l opLine) bool { return l.landed }) {
		return
	}
	best := block{neighbours: -1}
	for h := range c.near(o) {
		for b := range c.blocks(o, h.newAt, h.newEnd) {
			if b.neighbours > best.neighbours {
				best = b
			}
		}
	}
	switch {
	case best.neighbours < 0:
	case o.strong > 0, best.neighbours > 0, len(o.gone) > 0 && c.isAllRemoved(o):
		c.claimBlock(o, best)
	}
}

func (c *claims) claimBlock(o *op, b block) {
	n := len(o.lines)
	for i := range n {
		c.claim(o, (n+i-b.up)%n, b.at+i)
	}
	o.isWhole = true
}

// blocks yields the places among the lines of the tree from from to end where an
// edit stands as a whole.
func (c *claims) blocks(o *op, from, end int) iter.Seq[block] {
	n := len(o.lines)
	return func(yield func(block) bool) {
		for t := from; t+n <= end && c.work > 0; t++ {
			for up := 0; up <= o.up; up++ {
				if !c.standsAt(o, t, up) {
					continue
				}
				if !yield(block{at: t, up: up, neighbours: c.neighbours(o, t, up)}) {
					return
				}
			}
		}
	}
}

func (c *claims) standsAt(o *op, t, up int) bool {
	lines := o.tip.ids[o.newAt-up : o.newEnd-up]
	for i, id := range lines {
		if c.tree.ids[t+i] != id {
			c.work -= i + 1
			return false
		}
	}
	c.work -= len(lines)
	for i := range lines {
		if !c.free(t + i) {
			return false
		}
	}
	return true
}

// neighbours counts which of the lines above and below are the same in the tree
// as in the tip. Lines that are nobody's do not count.
func (c *claims) neighbours(o *op, t, up int) int {
	n := 0
	for _, pair := range [2][2]int{{t - 1, o.newAt - up - 1}, {t + len(o.lines), o.newEnd - up}} {
		x, y := pair[0], pair[1]
		outX, outY := x < 0 || x == len(c.tree.ids), y < 0 || y == len(o.tip.ids)
		switch {
		case outX && outY:
			n++
		case outX || outY || c.free(x):
		case c.tree.ids[x] == o.tip.ids[y]:
			n++
		}
	}
	return n
}

// around is how many neighbours must have moved along with an edit, at most: one
// of them must be more than a brace.
const around = 8

// claimMoved claims edits that stand as a whole in another place, with lines
// beside them that stood beside them in the tip.
func (c *claims) claimMoved() {
	var where map[int32][]int
	for _, o := range c.ops {
		if o.isWhole || o.strong == 0 || o.found != nil {
			continue
		}
		if where == nil {
			where = make(map[int32][]int)
			for t, id := range c.tree.ids {
				if c.free(t) {
					where[id] = append(where[id], t)
				}
			}
		}
		i := slices.IndexFunc(o.lines, func(l opLine) bool { return l.strong })
		for _, t := range where[o.lines[i].id] {
			at := t - i
			if at >= 0 && at+len(o.lines) <= len(c.tree.ids) && c.standsAt(o, at, 0) && c.movedAlong(o, at) {
				c.claimBlock(o, block{at: at})
				break
			}
		}
	}
}

func (c *claims) movedAlong(o *op, at int) bool {
	for i := 1; i <= around && at-i >= 0 && o.newAt-i >= 0 && c.tree.ids[at-i] == o.tip.ids[o.newAt-i]; i++ {
		if c.in.letters[c.tree.ids[at-i]] >= strong {
			return true
		}
	}
	at += len(o.lines)
	for i := 0; i < around && at+i < len(c.tree.ids) && o.newEnd+i < len(o.tip.ids) && c.tree.ids[at+i] == o.tip.ids[o.newEnd+i]; i++ {
		if c.in.letters[c.tree.ids[at+i]] >= strong {
			return true
		}
	}
	return false
}

// claimPart claims the lines of an edit of which some are there, in their order.
func (c *claims) claimPart(o *op) {
	var want, have []alignLine
	for i, l := range o.lines {
		if !l.landed && l.at < 0 {
			want = append(want, alignLine{id: l.id, at: i, weight: c.weight(l)})
		}
	}
	for h := range c.near(o) {
		for t := h.newAt; t < h.newEnd; t++ {
			if c.free(t) {
				have = append(have, alignLine{id: c.tree.ids[t], at: t})
			}
		}
	}
	at := make([]int, len(o.lines))
	for i := range at {
		at[i] = o.lines[i].at
	}
	for _, p := range align(want, have) {
		at[p.want] = p.have
	}
	o.credible(at)
	c.claimFound(o, at)
}

// claimFound claims lines of the tree, one for each line of an edit or -1.
func (c *claims) claimFound(o *op, at []int) {
	for i, t := range at {
		if t >= 0 && o.lines[i].at < 0 && c.free(t) {
			c.claim(o, i, t)
		}
	}
}

func (c *claims) weight(l opLine) int {
	switch {
	case l.strong:
		return 16
	case c.in.letters[l.id] >= faint:
		return 6
	}
	return 2
}
