package hunk

import (
	"slices"
	"sort"
)

// claimRemoved claims the lines that an edit removes. Not all of them need to be
// gone when unsure, but nothing beside them.
func (c *claims) claimRemoved(o *op, unsure bool) {
	if !unsure && !c.isSureRemoval(o) || unsure && !c.isExactRemoval(o) {
		return
	}
	for _, p := range o.gone {
		c.claimLineRemoved(o, p)
	}
	if low, _ := o.reach(); low < 0 {
		return
	}
	for _, p := range o.stead {
		c.claimLineRemoved(o, p)
	}
}

func (c *claims) claimLineRemoved(o *op, p int) {
	if c.removed[p] && c.gone[p] == 0 {
		c.gone[p] = o.by
	}
}

// isSureRemoval reports whether what an edit puts in place of lines is there, or
// where it puts nothing there that counts, all that it removes is gone.
func (c *claims) isSureRemoval(o *op) bool {
	waiting := false
	for _, l := range o.lines {
		if l.at >= 0 {
			return true
		}
		waiting = waiting || !l.landed && c.in.letters[l.id] >= faint
	}
	return !waiting && c.isAllRemoved(o)
}

// isAllRemoved reports whether all that an edit removes is gone. Braces and blank
// lines do not matter beside others: those there are may be the next ones.
func (c *claims) isAllRemoved(o *op) bool {
	faintOnly := true
	for _, p := range o.gone {
		if c.in.letters[c.pristine.ids[p]] < faint {
			continue
		}
		if !c.removed[p] {
			return false
		}
		faintOnly = false
	}
	return !faintOnly || !slices.ContainsFunc(o.gone, func(p int) bool { return !c.removed[p] })
}

// isExactRemoval reports whether an edit only removes, and beside lines of it
// nothing is missing for which there is no reason.
func (c *claims) isExactRemoval(o *op) bool {
	unexplained := func(p int) bool {
		return p >= 0 && p < len(c.removed) && c.removed[p] && c.gone[p] == 0 && !o.removes(p)
	}
	return len(o.lines) == 0 && !slices.ContainsFunc(o.gone, func(p int) bool {
		return c.removed[p] && (unexplained(p-1) || unexplained(p+1))
	})
}

// removes reports whether an edit removes a line of pristine.
func (o *op) removes(p int) bool {
	_, ok := slices.BinarySearch(o.gone, p)
	return ok
}

// claimSlid claims a removal that could as well stand where the edit has it.
func (c *claims) claimSlid(o *op) {
	if len(o.lines) > 0 || len(o.gone) == 0 || len(o.gone) != o.oldEnd-o.oldAt {
		return
	}
	i := sort.Search(len(c.hunks), func(i int) bool { return c.hunks[i].oldAt >= o.gone[0] })
	if i == len(c.hunks) {
		return
	}
	h := c.hunks[i]
	if h.newAt < h.newEnd || h.oldEnd-h.oldAt != len(o.gone) || h.oldAt-c.slack[i] > o.gone[0] || o.gone[len(o.gone)-1]-o.gone[0] >= len(o.gone) {
		return
	}
	for p := h.oldAt; p < h.oldEnd; p++ {
		c.claimLineRemoved(o, p)
	}
}

func (c *claims) claimRestRemoved(o *op) {
	for _, p := range o.gone {
		if c.removed[p] {
			continue
		}
		reach := len(o.gone) + slack
		for q := max(0, p-reach); q < min(len(c.gone), p+reach+1) && c.work > 0; q++ {
			c.work--
			beside := q > 0 && c.gone[q-1] == o.by || q+1 < len(c.gone) && c.gone[q+1] == o.by
			if beside && c.removed[q] && c.gone[q] == 0 && c.pristine.ids[q] == c.pristine.ids[p] {
				c.gone[q] = o.by
				break
			}
		}
	}
}
