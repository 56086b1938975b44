package hunk

import (
	"bytes"
	"slices"
	"strings"
)

// Lack is an edit of a change that a tree lacks.
type Lack struct {
	By string
	// Start is the number of the first of Lines in the branch's file, counted from
	// 1; without Lines that of the line before which others were removed.
	Start   int
	Lines   []string // that the tree lacks, as the branch's file has them
	Removes int      // lines that the edit removes and the tree still has
	Partly  bool     // the tree has other lines of the edit
}

// Lacking says which edits of the changes the file of a tree lacks although that
// of target has them, by change and in their order. A nil tree or target is a
// missing file.
//
// What target has not is not asked for: somebody resolved it away when the branch was
// merged. What the tree has is not lacking, wherever it stands and whoever
// brought it. Of two changes that make the same edit the first is named. A
// binary file is lacking as a whole, without lines, where target has the branch's
// and the tree another one.
func Lacking(tree, target []byte, changes []Change) []Lack {
	if (tree == nil) == (target == nil) && bytes.Equal(tree, target) {
		return nil
	}
	var all []Lack
	said := told{lines: make(map[int]bool), removals: make(map[string]string)}
	for _, change := range changes {
		switch {
		case change.Base == nil && change.Tip == nil:
		case change.Tip == nil || target == nil:
			if change.Tip == nil && target == nil {
				all = append(all, Lack{By: change.Name, Start: 1, Removes: countKept(change.Base, tree)})
			}
		case slices.ContainsFunc([][]byte{tree, target, change.Base, change.Tip}, IsBinary):
			if bytes.Equal(change.Tip, target) {
				all = append(all, Lack{By: change.Name, Start: 1})
			}
		case tree == nil && change.Base == nil && len(change.Tip) == 0:
			all = append(all, Lack{By: change.Name, Start: 1})
		default:
			all = append(all, lacking(tree, target, change, said)...)
		}
	}
	return all
}

func countKept(base, tree []byte) int {
	in := newTable()
	m := movesOf(in.split(base), in.split(tree))
	n := 0
	for _, to := range m.to {
		if to >= 0 {
			n++
		}
	}
	return n
}

func lacking(tree, target []byte, change Change, said told) []Lack {
	base := change.Base
	if base == nil {
		base = []byte{}
	}
	there, here := newClaims(base, target, []Change{change}), newClaims(base, tree, []Change{change})
	var all []Lack
	for i, o := range there.ops {
		atTarget, ok := there.presence(o)
		if !ok {
			continue
		}
		at, _ := here.presence(here.ops[i])
		l := Lack{By: change.Name, Start: o.newAt + 1}
		for j := range o.lines {
			switch {
			case at[j] >= 0:
				l.Partly = true
			case atTarget[j] >= 0 && !said.lines[atTarget[j]]:
				said.lines[atTarget[j]] = true
				if len(l.Lines) == 0 {
					l.Start = o.newAt + j + 1
				}
				l.Lines = append(l.Lines, o.tip.lines[o.newAt+j])
			}
		}
		l.Removes = there.removes(o, here)
		if len(o.lines) == 0 {
			l.Partly = l.Removes < o.oldEnd-o.oldAt
			if l.Removes == 0 || said.removal(change.Name, there.pristine.lines[o.oldAt:o.oldEnd]) {
				continue
			}
		}
		if len(l.Lines) > 0 || l.Removes > 0 && (len(o.lines) == 0 || l.Partly) {
			all = append(all, l)
		}
	}
	return all
}

// told is what changes before have already been named for.
type told struct {
	lines    map[int]bool      // of target
	removals map[string]string // by the lines, the change
}

func (t told) removal(name string, lines []string) bool {
	key := strings.Join(lines, "")
	if by, ok := t.removals[key]; ok && by != name {
		return true
	}
	t.removals[key] = name
	return false
}

// removes counts the lines that an edit removes and that are gone in one file
// and not in the other. Where all that says something is gone, braces are.
func (c *claims) removes(o *op, other *claims) int {
	n, solid := 0, 0
	for b := o.oldAt; b < o.oldEnd; b++ {
		if !c.removed[b] || other.removed[b] {
			continue
		}
		n++
		if c.in.letters[c.pristine.ids[b]] >= faint {
			solid++
		}
	}
	if solid == 0 && slices.ContainsFunc(c.pristine.ids[o.oldAt:o.oldEnd], func(id int32) bool { return c.in.letters[id] >= faint }) {
		return 0
	}
	return n
}

// presence is where the file has the lines of an edit, -1 where it has not, and
// whether the edit is there at all.
func (c *claims) presence(o *op) (at []int, ok bool) {
	at = make([]int, len(o.lines))
	for i, l := range o.lines {
		at[i] = l.at
		ok = ok || l.at >= 0
	}
	if len(o.lines) == 0 {
		return at, slices.ContainsFunc(c.removed[o.oldAt:o.oldEnd], func(is bool) bool { return is }) && c.isAllRemoved(o)
	}
	if t := c.anywhere(o); !ok && t >= 0 {
		for i := range at {
			at[i] = t + i
		}
		return at, true
	}
	// A line beside one that is there may be taken for what was there before.
	is := func(i, t int) bool {
		return at[i] < 0 && t >= 0 && t < len(c.tree.ids) && c.tree.ids[t] == o.lines[i].id
	}
	for i := 1; i < len(at); i++ {
		if at[i-1] >= 0 && is(i, at[i-1]+1) {
			at[i] = at[i-1] + 1
		}
	}
	for i := len(at) - 2; i >= 0; i-- {
		if at[i+1] >= 0 && is(i, at[i+1]-1) {
			at[i] = at[i+1] - 1
		}
	}
	return at, ok
}

// anywhere finds an edit that stands as a whole in any place of the file, if
// something in it is worth to be looked for.
func (c *claims) anywhere(o *op) int {
	first := slices.IndexFunc(o.lines, func(l opLine) bool { return l.strong })
	if first < 0 {
		return -1
	}
	for t := range c.tree.ids {
		from := t - first
		if c.tree.ids[t] != o.lines[first].id || from < 0 || from+len(o.lines) > len(c.tree.ids) {
			continue
		}
		if slices.EqualFunc(o.lines, c.tree.ids[from:from+len(o.lines)], func(l opLine, id int32) bool { return l.id == id }) {
			return from
		}
	}
	return -1
}
