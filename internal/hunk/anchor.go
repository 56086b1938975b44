package hunk

import "sort"

// changedBetween is changed between anchors: lines that either side has once and
// that can hardly be the same by chance. Bram Cohen's patience diff does so. The
// result may be longer than the shortest, which would rather keep three blank
// lines than one that says something.
func changedBetween(a, b []int32, says func(line int32) bool) (gone, come []bool) {
	gone, come = make([]bool, len(a)), make([]bool, len(b))
	i, j := 0, 0
	part := func(endA, endB int) {
		less, more := changed(a[i:endA], b[j:endB])
		copy(gone[i:], less)
		copy(come[j:], more)
		i, j = endA, endB
	}
	for _, p := range anchors(a, b, says) {
		part(p.want, p.have)
		i, j = i+1, j+1
	}
	part(len(a), len(b))
	return gone, come
}

// anchors are the most lines in the same order that are once in a and once in b.
func anchors(a, b []int32, says func(line int32) bool) []pair {
	const often = -1
	once := func(lines []int32) map[int32]int {
		at := make(map[int32]int, len(lines))
		for i, l := range lines {
			if _, ok := at[l]; ok {
				at[l] = often
			} else {
				at[l] = i
			}
		}
		return at
	}
	inB := once(b)
	var both []pair
	for l, i := range once(a) {
		if j, ok := inB[l]; ok && i >= 0 && j >= 0 && says(l) {
			both = append(both, pair{i, j})
		}
	}
	sort.Slice(both, func(x, y int) bool { return both[x].want < both[y].want })
	return increasing(both)
}

// increasing is a longest part of pairs, which are in the order of the one side,
// that is also in the order of the other.
func increasing(pairs []pair) []pair {
	var ends []int // of the best row of each length, its last pair
	before := make([]int, len(pairs))
	for i, p := range pairs {
		n := sort.Search(len(ends), func(n int) bool { return pairs[ends[n]].have >= p.have })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	row := make([]pair, len(ends))
	if len(ends) == 0 {
		return row
	}
	for n, i := len(row)-1, ends[len(ends)-1]; n >= 0; n, i = n-1, before[i] {
		row[n] = pairs[i]
	}
	return row
}
