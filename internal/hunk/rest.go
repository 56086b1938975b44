package hunk

import "slices"

// claimRest claims lines that are as good as those of an edit that is there:
// where a line occurs twice, comparing the files may have taken the edit's own
// for the one that was there before.
func (c *claims) claimRest(o *op) {
	c.claimSlid(o)
	c.claimTurned(o)
	low, high := o.reach()
	if high < 0 && !slices.ContainsFunc(o.gone, func(p int) bool { return c.gone[p] == o.by }) {
		return
	}
	c.claimRestRemoved(o)
	if high < 0 || o.isWhole {
		return
	}
	far := len(o.lines) + slack
	for i, l := range o.lines {
		if l.at >= 0 || l.landed || !l.strong {
			continue
		}
		for t := max(0, low-far); t < min(len(c.tree.ids), high+far+1) && c.work > 0; t++ {
			c.work--
			if c.tree.ids[t] == l.id && c.free(t) {
				c.claim(o, i, t)
				break
			}
		}
	}
}

// reach is the first and the last line of the tree that an edit claims; -1: none.
func (o *op) reach() (low, high int) {
	low, high = -1, -1
	for _, l := range o.lines {
		if l.at >= 0 && (low < 0 || l.at < low) {
			low = l.at
		}
		high = max(high, l.at)
	}
	return low, high
}

// claimTurned claims the first lines of an edit behind its last one and the
// other way round. They are there when the lines around it begin or end like
// the edit, and the comparison took these for those.
func (c *claims) claimTurned(o *op) {
	first, end := 0, len(o.lines)
	for first < end && o.lines[first].at < 0 {
		first++
	}
	for end > first && o.lines[end-1].at < 0 {
		end--
	}
	if first == end {
		return
	}
	c.claimTurnedAt(o, 0, first, o.lines[end-1].at+1)
	c.claimTurnedAt(o, end, len(o.lines), o.lines[first].at-(len(o.lines)-end))
}

func (c *claims) claimTurnedAt(o *op, from, end, t int) {
	if t < 0 || t+end-from > len(c.tree.ids) {
		return
	}
	for i := from; i < end; i++ {
		if o.lines[i].id != c.tree.ids[t+i-from] || !c.free(t+i-from) {
			return
		}
	}
	for i := from; i < end; i++ {
		c.claim(o, i, t+i-from)
	}
}

// dropStrays gives back lines that could be anybody's and are apart from those
// that show that the edit is there: lines of pristine are between them, more than the
// edit's own that are not claimed and which the comparison may have taken for
// these.
func (c *claims) dropStrays(o *op) {
	if o.isWhole || o.strong == 0 {
		return
	}
	near := make([]bool, len(o.lines))
	c.reachFrom(o, near, 0, len(o.lines), 1)
	c.reachFrom(o, near, len(o.lines)-1, -1, -1)
	for i := range o.lines {
		if l := &o.lines[i]; l.at >= 0 && !l.strong && !near[i] {
			c.come[l.at] = 0
			l.at = -1
		}
	}
}

// reachFrom marks the lines of an edit that are near a strong one before them, in
// the direction of step.
func (c *claims) reachFrom(o *op, near []bool, from, end, step int) {
	last, own := -1, 0 // the last line that is near, and how many missing ones follow
	for i := from; i != end; i += step {
		l := o.lines[i]
		switch {
		case l.at < 0:
			own++
		case l.strong || last >= 0 && c.unchanged(last, l.at) <= own:
			near[i] = true
			last, own = l.at, 0
		}
	}
}

// unchanged counts the lines of pristine between two lines of the tree, but not
// further than is of interest.
func (c *claims) unchanged(a, b int) int {
	n := 0
	for t := min(a, b) + 1; t < max(a, b) && n <= maxSlide; t++ {
		if !c.added[t] {
			n++
		}
	}
	return n
}
