package upstream

import (
	"iter"
	"math/bits"
)

// buildKeys are the different builds there are, and for each text of a version.php
// which of them it is. Reading a release is dear, so each text is read once.
func (x *Index) buildKeys() (keys []Key, of []int) {
	number := make(map[Key]int)
	of = make([]int, x.counts.builds)
	for i := range of {
		k := KeyOf(x.build(i))
		if _, ok := number[k]; !ok {
			number[k] = len(keys)
			keys = append(keys, k)
		}
		of[i] = number[k]
	}
	return keys, of
}

// begins are the commits that say another build than all of their parents, in
// order, each with the number of what it says. The numbers of texts are as
// buildKeys gives them.
func (x *Index) begins(of []int) iter.Seq2[Commit, int] {
	return func(yield func(Commit, int) bool) {
		for c := range Commit(x.Len()) {
			text := x.textOf(c)
			if text < 0 {
				continue
			}
			n := of[text]
			same := func(p Commit) bool { t := x.textOf(p); return t >= 0 && of[t] == n }
			if !x.hasParent(c, same) && !yield(c, n) {
				return
			}
		}
	}
}

// BeginsBuild reports whether c says another build than all of its parents: whether
// it is one of those that [Index.Introduced] gives.
func (x *Index) BeginsBuild(c Commit) bool {
	text := x.textOf(c)
	if text < 0 {
		return false
	}
	// Nearly always a parent has the very same text, and nothing need be read.
	same := func(p Commit) bool {
		t := x.textOf(p)
		return t >= 0 && (t == text || KeyOf(x.build(t)) == KeyOf(x.build(text)))
	}
	return !x.hasParent(c, same)
}

// Builds are all builds there are, each with the commits that [Index.Introduced]
// gives for it, in the order of the first of them.
func (x *Index) Builds() iter.Seq2[Key, []Commit] {
	return func(yield func(Key, []Commit) bool) {
		keys, of := x.buildKeys()
		introduced := make([][]Commit, len(keys))
		var order []int
		for c, n := range x.begins(of) {
			if introduced[n] == nil {
				order = append(order, n)
			}
			introduced[n] = append(introduced[n], c)
		}
		for _, n := range order {
			if !yield(keys[n], introduced[n]) {
				return
			}
		}
	}
}

// FirstBuilds are, for each of the commits, the first commit that begins a build
// and has it in its history: in which build it was published. A commit that begins
// a build is its own; None is where nothing was published since. First is the one
// with the lowest number, on whichever branch.
func (x *Index) FirstBuilds(commits []Commit) []Commit {
	first := make([]Commit, len(commits))
	for i := range first {
		first[i] = None
	}
	if len(commits) == 0 {
		return first
	}
	_, of := x.buildKeys()
	var builds []Commit
	for c := range x.begins(of) {
		builds = append(builds, c)
	}
	// Each commit has a bit for those of 64 that are in its history.
	has := make([]uint64, x.Len())
	for at := 0; at < len(commits); at += 64 {
		end := min(at+64, len(commits))
		x.firstBuilds(commits[at:end], first[at:end], builds, has)
	}
	return first
}

// firstBuilds is FirstBuilds of at most 64 commits. Parents have lower numbers than
// their children, so that one way up over all commits is enough.
func (x *Index) firstBuilds(commits, first, builds []Commit, has []uint64) {
	clear(has)
	var open uint64 // of which commits nothing is found yet
	from := Commit(len(has))
	for i, c := range commits {
		if c != None {
			has[c] |= 1 << i
			open |= 1 << i
			from = min(from, c)
		}
	}
	for c := from; open != 0 && int(c) < len(has); c++ {
		for i := x.parentAt.at(int(c)); i < x.parentAt.at(int(c)+1); i++ {
			has[c] |= has[x.parents.at(int(i))]
		}
		for len(builds) > 0 && builds[0] < c {
			builds = builds[1:]
		}
		if len(builds) == 0 {
			return
		}
		if builds[0] != c {
			continue
		}
		for found := has[c] & open; found != 0; found &= found - 1 {
			first[bits.TrailingZeros64(found)] = c
		}
		open &^= has[c]
	}
}
