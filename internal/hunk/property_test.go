package hunk_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mgit/internal/hunk"
)

// String shows a tree, who wrote what of it, who is said to have, and what the
// branches do.
func (w *world) String() string {
	var s strings.Builder
	for _, p := range hunk.Attribute(data(w.pristine), data(w.tree), w.changes()) {
		fmt.Fprintf(&s, "  %q at %d, %d\n", p.By, p.OldStart, p.NewStart)
		for i := range p.Old {
			l := w.pristine[p.OldStart-1+i]
			fmt.Fprintf(&s, "    %-4s -%s\n", w.whoRemoved(l), l.text)
		}
		for i := range p.New {
			l := w.tree[p.NewStart-1+i]
			fmt.Fprintf(&s, "    %-4s +%s\n", l.by, l.text)
		}
	}
	for _, b := range w.branches {
		fmt.Fprintf(&s, "  %s merged %v\n", b.name, b.merged)
		for _, h := range b.diff() {
			fmt.Fprintf(&s, "    @@ %d %d\n      -%s      +%s", h.OldStart, h.NewStart, strings.Join(h.Old, "      -"), strings.Join(h.New, "      +"))
		}
	}
	return s.String()
}

func (b *branch) diff() []hunk.Hunk { return hunk.Diff(data(b.base), data(b.tip)) }

// whoRemoved is the branch that removed a line of pristine, "s" when none did, and
// "" when the tree has it.
func (w *world) whoRemoved(l line) string {
	if ids(w.tree)[l.id] {
		return ""
	}
	for _, b := range w.branches {
		if b.merged && b.removes(l) {
			return b.name
		}
	}
	return "s"
}

func (b *branch) removes(l line) bool { return ids(b.base)[l.id] && !ids(b.tip)[l.id] }

// adds reports whether a branch adds a line of the same text.
func (b *branch) adds(l line) bool {
	return slices.ContainsFunc(b.tip, func(x line) bool { return x.by == b.name && x.text == l.text })
}

// has reports whether the diff of a branch has such a line.
func (b *branch) has(l line, removed bool) bool {
	return slices.ContainsFunc(b.diff(), func(h hunk.Hunk) bool {
		return removed && slices.Contains(h.Old, l.text+"\n") || !removed && slices.Contains(h.New, l.text+"\n")
	})
}

// tally counts lines by who brought them and what is said.
type tally struct {
	pieces int

	// Of branches: said so; said to be of another branch that does the same;
	// nobody's; and nobody's because a stranger overwrote the branch's edit.
	right, other, missed, overwritten int
	// Of strangers: nobody's; said to be of a branch that removes or adds
	// the same line; of a branch that has such a line in its diff, elsewhere; of a
	// branch that has not.
	orphans, alikeRemoved, alikeAdded, strayed, wrong int
	// moot are lines that nobody touched, or that a branch took away and put back.
	moot int

	even  map[string][2]int // of the tree looked at, missed and alike by branch and text
	worst []string          // trees with lines that are missed or wrong
}

func (y *tally) judge(t *testing.T, w *world) {
	t.Helper()
	pieces := hunk.Attribute(data(w.pristine), data(w.tree), w.changes())
	var hunks []hunk.Hunk
	for i, p := range pieces {
		hunks = append(hunks, p.Hunk)
		if i > 0 && pieces[i-1].By == p.By && pieces[i-1].OldStart+len(pieces[i-1].Old) == p.OldStart && pieces[i-1].NewStart+len(pieces[i-1].New) == p.NewStart {
			t.Fatalf("pieces %d and %d are one\n%s", i-1, i, w)
		}
	}
	made, err := put(data(w.pristine), hunks)
	if err != nil || !bytes.Equal(made, data(w.tree)) {
		t.Fatalf("the pieces do not make the tree: %v\n%s", err, w)
	}
	y.pieces += len(pieces)
	before := y.missed + y.strayed + y.wrong
	y.even = make(map[string][2]int)
	for _, p := range pieces {
		for i := range p.Old {
			l := w.pristine[p.OldStart-1+i]
			y.line(w, l, true, w.whoRemoved(l), p.By)
		}
		for i := range p.New {
			l := w.tree[p.NewStart-1+i]
			y.line(w, l, false, l.by, p.By)
		}
	}
	// Of equal lines it does not matter which is the branch's.
	for _, n := range y.even {
		swapped := min(n[0], n[1])
		y.missed, y.alikeAdded, y.moot = y.missed-swapped, y.alikeAdded-swapped, y.moot+2*swapped
	}
	if y.missed+y.strayed+y.wrong > before {
		y.worst = append(y.worst, w.String())
	}
}

func (y *tally) line(w *world, l line, removed bool, truth, said string) {
	does, has := false, false // what is said is what the branch does; it has such a line in its diff
	for _, b := range w.branches {
		if b.name == said {
			does = removed && b.removes(l) || !removed && b.adds(l)
			has = b.has(l, removed)
		}
	}
	n := &y.wrong
	switch {
	case truth == "":
		n = &y.moot
	case said == "target" && truth == "s":
		n = &y.strayed
	case said == "target":
		n = &y.missed // nothing was made there
	case truth == "s" && said == "":
		n = &y.orphans
	case truth == "s" && does && removed:
		n = &y.alikeRemoved
	case truth == "s" && does && !strings.Contains(l.text, mark("s")):
		n = &y.alikeAdded
	case truth == said:
		n = &y.right
	case does:
		n = &y.other
	case said == "":
		n = y.explain(w, l, removed, truth)
	case has && !strings.Contains(l.text, mark("s")):
		n = &y.strayed
	}
	*n++
	if n == &y.wrong {
		y.worst = append([]string{fmt.Sprintf("%q of %q is said to be of %q, removed %v\n", l.text, truth, said, removed) + w.String()}, y.worst...)
	}
	switch key := truth + l.text; {
	case n == &y.missed && !removed:
		y.even[key] = [2]int{y.even[key][0] + 1, y.even[key][1]}
	case n == &y.alikeAdded:
		key = said + l.text
		y.even[key] = [2]int{y.even[key][0], y.even[key][1] + 1}
	}
}

// explain says why a line of a branch is nobody's.
func (y *tally) explain(w *world, l line, removed bool, truth string) *int {
	b := w.branches[slices.IndexFunc(w.branches, func(b *branch) bool { return b.name == truth })]
	n := &y.moot
	for _, h := range b.diff() {
		side := h.New
		if removed {
			side = h.Old
		}
		if !slices.Contains(side, l.text+"\n") {
			continue
		}
		left := slices.ContainsFunc(w.tree, func(x line) bool {
			return x.by == truth && strings.Contains(x.text, "mark") && slices.Contains(h.New, x.text+"\n")
		})
		if !removed || left || len(h.New) == 0 {
			return &y.missed
		}
		n = &y.overwritten
	}
	return n
}

// TestAttributeWorlds puts trees together with git and has them taken apart.
//
// A line that only a stranger writes must never be claimed, and nothing by a
// branch that does not do it. Of what branches bring, half a per cent may be missed: in files
// of a hundred lines with a dozen edits on top of each other, the shortest comparison
// sometimes takes a brace, a blank line or a comment's end for another one ("moot"), and
// lines that occur in several edits are each other's.
func TestAttributeWorlds(t *testing.T) {
	t.Parallel()
	n, seed := cases(t)
	r := rand.New(rand.NewPCG(seed, 2))
	dir := t.TempDir()
	var y tally
	for range n {
		y.judge(t, newWorld(t, r, dir))
	}
	ofBranches := y.right + y.other + y.missed
	ofStrangers := y.orphans + y.alikeAdded + y.alikeRemoved + y.strayed + y.wrong
	t.Logf("seed %d: %d trees, %d pieces", seed, n, y.pieces)
	t.Logf("%d lines of branches: %d right, %d by another branch that does the same, %d missed (%.2f %%); %d more that strangers overwrote",
		ofBranches, y.right, y.other, y.missed, share(y.missed, ofBranches), y.overwritten)
	t.Logf("%d lines of strangers: %d nobody's, %d removals that a branch does too, %d lines as in a branch's edit there (%.2f %%), %d as elsewhere in it, %d wrong; %d lines moot",
		ofStrangers, y.orphans, y.alikeRemoved, y.alikeAdded, share(y.alikeAdded, ofStrangers), y.strayed, y.wrong, y.moot)
	for _, s := range y.worst[:min(len(y.worst), 2)] {
		t.Log("for example\n" + s)
	}
	allowed := 0.5
	if n < 1000 {
		allowed = 1.5 // one long removal that is missed is a lot among few
	}
	switch {
	case y.wrong > 0:
		t.Errorf("%d lines are claimed by a branch that does not bring them", y.wrong)
	case share(y.missed, ofBranches) > allowed:
		t.Errorf("%d lines of branches are missed", y.missed)
	case share(y.alikeAdded+y.strayed, ofStrangers) > 1.5:
		t.Errorf("%d lines of strangers are claimed for others of the same text", y.alikeAdded)
	case ofBranches < 5*n || ofStrangers < 2*n:
		t.Error("the trees are too plain")
	}
}

func share(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

// TestLackingWorlds takes a branch out of a tree, lets a stranger at the rest, and
// asks what the tree lacks of all. What the branches wrote is no one else's, so
// that the truth is plain.
func TestLackingWorlds(t *testing.T) {
	t.Parallel()
	n, seed := cases(t)
	r := rand.New(rand.NewPCG(seed, 3))
	dir := t.TempDir()
	lacking, wrong, missed, removals, wrongRemovals := 0, 0, 0, 0, 0
	n = max(n/3, 1)
	for range n {
		w := newWorld(t, r, dir)
		target := w.assemble(t, dir, "")
		tree := target
		if r.IntN(4) > 0 {
			tree = w.assemble(t, dir, w.branches[r.IntN(len(w.branches))].name)
		}
		w.tree = tree
		for range r.IntN(3) {
			w.estrange()
		}
		tree = w.tree
		lacks := hunk.Lacking(data(tree), data(target), w.changes()[:len(w.branches)])
		told := make(map[string]string)
		removes := make(map[string]int)
		for _, l := range lacks {
			removes[l.By] += l.Removes
			for _, line := range l.Lines {
				told[strings.TrimSuffix(line, "\n")] = l.By
			}
		}
		there := ids(tree)
		for _, l := range target {
			if !strings.Contains(l.text, "markb") {
				continue
			}
			switch by := told[l.text]; {
			case there[l.id] && by != "":
				wrong++
			case !there[l.id] && by != l.by:
				missed++
			case !there[l.id]:
				lacking++
			}
		}
		for _, b := range w.branches {
			kept := 0
			for _, l := range b.base {
				if b.removes(l) && there[l.id] && !ids(target)[l.id] {
					kept++
				}
			}
			removals += removes[b.name]
			if kept == 0 && removes[b.name] > 0 {
				wrongRemovals++
			}
		}
	}
	t.Logf("seed %d: %d trees lack %d lines; %d more are missed, %d are there (%.2f %%); %d removals to make, %d branches wrongly told of one",
		seed, n, lacking, missed, wrong, share(wrong+missed, lacking), removals, wrongRemovals)
	if share(missed+wrong, lacking) > 0.5 || 20*wrongRemovals > n {
		t.Error("that is too many")
	}
	if lacking < n || removals < n/2 {
		t.Error("the trees lack too little")
	}
}
