package hunk

import (
	"bytes"
	"iter"
	"slices"
)

// Change is what a branch does to one file.
type Change struct {
	Name string
	// Base is the file as the branch found it; nil: the branch adds it. Tip is the
	// file as the branch leaves it; nil: the branch removes it.
	Base, Tip []byte
}

// Piece is a hunk, or a part of one, that has one origin.
type Piece struct {
	Hunk
	By string // the name of a change; "": nobody's
}

// Attribute says where the differences between the pristine file and that of a
// tree come from. A nil pristine is a file that pristine has not, a nil tree a
// file that is missing. The pieces come in order, two that touch have different
// origins, and put into pristine they make the tree's file. Without changes they
// are the hunks of [Diff]; with changes the files are compared so that what a change
// adds stays together, which can take a few lines more.
//
// A change claims added lines that it adds itself and removed lines that it
// removes itself, at the place where it does so: its base may be another version of the
// file than pristine, and lines are followed from the one to the other. Each
// line of a change claims at most one line of the tree, and of two changes that
// do the same the first claims it. What pristine has already, because it landed
// upstream, claims nothing. All else is nobody's, to the single line.
//
// What a change adds is looked for in the order of the file, and what moved
// past other lines is claimed only with lines around it that moved along. Lines
// that could stand anywhere, like a closing brace, and lines that are in the file
// elsewhere do not show that a change is there: they are claimed together with lines
// of it that do, or where the whole edit is there and a neighbour is. Of lines
// that an edit replaces, the removal is claimed when some of those it puts there are
// there; else somebody else replaced them. A removal without replacement is claimed when all of it is
// gone, or nothing beside it. Where upstream itself changed lines between base and
// pristine that the edit replaces, and what the edit puts there is there, their removal
// is part of the edit.
//
// Line ends do not matter for what a change claims, and where one file has
// CR LF and the other LF, a line that differs in nothing else is the same: a
// file that was only converted has no pieces.
//
// A binary file, one with a zero byte in its first 8,000, is one piece without
// lines, claimed by a change whose Tip is the tree's file.
func Attribute(pristine, tree []byte, changes []Change) []Piece {
	switch {
	case pristine == nil && tree == nil, pristine != nil && tree != nil && bytes.Equal(pristine, tree):
		return nil
	case IsBinary(pristine) || IsBinary(tree):
		return []Piece{{Hunk: Hunk{OldStart: 1, NewStart: 1}, By: whole(tree, changes)}}
	case tree == nil || pristine == nil && whole(tree, changes) != "":
		in := newTable()
		h := hunksOf(in.split(pristine), in.split(tree), []span{{0, count(pristine), 0, count(tree)}})
		return []Piece{{Hunk: h[0], By: whole(tree, changes)}}
	}
	return newClaims(pristine, tree, changes).pieces()
}

// whole is the first change that leaves exactly this file, or none.
func whole(tree []byte, changes []Change) string {
	for _, c := range changes {
		if (c.Tip == nil) == (tree == nil) && bytes.Equal(c.Tip, tree) && !(c.Base == nil && c.Tip == nil) {
			return c.Name
		}
	}
	return ""
}

func count(data []byte) int {
	n := bytes.Count(data, []byte("\n"))
	if len(data) > 0 && data[len(data)-1] != '\n' {
		n++
	}
	return n
}

// claims finds out what belongs to whom in one file.
type claims struct {
	in             *table
	pristine, tree *text
	hunks          []span
	slack          []int // by hunk: how far it could stand further up
	ops            []*op
	names          []string

	// By line, what claims it: 1 + the number of the change. Only lines in hunks
	// are claimed.
	gone, come []int32
	removed    []bool // lines of pristine that are in a hunk
	added      []bool // lines of the tree that are

	work int // how many more comparisons of lines are worth it
}

// workLimit bounds comparisons that would take hours where tens of thousands of
// lines are the same. Behind it less is claimed.
const workLimit = 1 << 26

func newClaims(pristine, tree []byte, changes []Change) *claims {
	c := &claims{in: newTable(), work: workLimit}
	c.pristine, c.tree = c.in.split(pristine), c.in.split(tree)
	c.read(pristine, changes)
	c.hunks = c.compareTree()
	c.gone, c.removed = make([]int32, len(c.pristine.ids)), make([]bool, len(c.pristine.ids))
	c.come, c.added = make([]int32, len(c.tree.ids)), make([]bool, len(c.tree.ids))
	c.slack = make([]int, len(c.hunks))
	before := span{}
	for i, h := range c.hunks {
		c.slack[i] = slides(c.pristine.ids, c.tree.ids, h, before)
		before = h
		for p := h.oldAt; p < h.oldEnd; p++ {
			c.removed[p] = true
		}
		for t := h.newAt; t < h.newEnd; t++ {
			c.added[t] = true
		}
	}
	c.settle()
	return c
}

// read finds the places of what the changes do.
func (c *claims) read(pristine []byte, changes []Change) {
	for i, change := range changes {
		c.names = append(c.names, change.Name)
		if change.Tip == nil || IsBinary(change.Base) || IsBinary(change.Tip) {
			continue
		}
		// Where a branch adds a file that upstream has by now, it does to it what
		// makes the one of the other.
		base := c.pristine
		if change.Base != nil && !bytes.Equal(change.Base, pristine) {
			base = c.in.split(change.Base)
		}
		c.ops = append(c.ops, c.place(int32(i), base, c.in.split(change.Tip))...)
	}
}

// settle lets the strongest evidence claim first: what is there as a whole and
// could hardly be by chance, then what is there in part, each change in its turn;
// then the rest.
func (c *claims) settle() {
	for ops := range c.byChange() {
		for _, o := range ops {
			if o.strong > 0 {
				c.claimWhole(o)
			}
		}
		for _, o := range ops {
			if o.strong > 0 && !o.isWhole {
				c.claimFound(o, o.found)
				c.claimPart(o)
			}
		}
	}
	c.claimMoved()
	for _, o := range c.ops {
		c.dropStrays(o)
	}
	for _, o := range c.ops {
		if o.strong == 0 && len(o.lines) > 0 {
			c.claimWhole(o)
		}
	}
	for _, o := range c.ops {
		c.claimRemoved(o, false)
	}
	for _, o := range c.ops {
		c.claimRemoved(o, true)
	}
	for _, o := range c.ops {
		c.claimRest(o)
	}
}

// byChange yields the edits of each change.
func (c *claims) byChange() iter.Seq[[]*op] {
	return func(yield func([]*op) bool) {
		for i := 0; i < len(c.ops); {
			from := i
			for i < len(c.ops) && c.ops[i].by == c.ops[from].by {
				i++
			}
			if !yield(c.ops[from:i]) {
				return
			}
		}
	}
}

// pieces cuts the hunks where the origin changes.
func (c *claims) pieces() []Piece {
	var all []Piece
	for _, h := range c.hunks {
		for _, p := range cut(h, c.gone, c.come) {
			by := ""
			if p.by > 0 {
				by = c.names[p.by-1]
			}
			all = append(all, Piece{Hunk: p.hunk(c.pristine, c.tree), By: by})
		}
	}
	return slices.Clip(all)
}
