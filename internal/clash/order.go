package clash

import (
	"cmp"
	"slices"
)

// Order proposes in what order to merge n branches: what others require first,
// then the branches without a conflict, then group by group those that conflict with each
// other, in each group the branch with the fewest conflicts first. Everything else
// stays in the order of the branches. Where branches require each other in a
// circle, the circle is broken at the first of them.
func Order(n int, pairs []Pair, requires [][]int) []int {
	conflicts := slices.DeleteFunc(slices.Clone(pairs), func(p Pair) bool { return p.Level < Conflict })
	degree := make([]int, n)
	for _, p := range conflicts {
		degree[p.A]++
		degree[p.B]++
	}
	group := make([]int, n) // 0: no conflict
	for i, members := range Groups(n, conflicts) {
		for _, b := range members {
			group[b] = i + 1
		}
	}
	rest := make([]int, n)
	for i := range rest {
		rest[i] = i
	}
	slices.SortStableFunc(rest, func(a, b int) int { return cmp.Or(group[a]-group[b], degree[a]-degree[b]) })
	var order []int
	for len(rest) > 0 {
		next := max(0, slices.IndexFunc(rest, func(b int) bool {
			return !slices.ContainsFunc(requires[b], func(r int) bool { return r != b && slices.Contains(rest, r) })
		}))
		order = append(order, rest[next])
		rest = slices.Delete(rest, next, next+1)
	}
	return order
}

// Groups are the branches that hang together by pairs, directly or through others,
// two or more in each. Branches stand in their order, groups in that of their
// first.
func Groups(n int, pairs []Pair) [][]int {
	first := make([]int, n) // of a branch's group, as far as it is known
	for i := range first {
		first[i] = i
	}
	find := func(b int) int {
		for first[b] != b {
			b = first[b]
		}
		return b
	}
	for _, p := range pairs {
		a, b := find(p.A), find(p.B)
		first[max(a, b)] = min(a, b)
	}
	members := make(map[int][]int)
	for b := range n {
		members[find(b)] = append(members[find(b)], b)
	}
	var groups [][]int
	for b := range n {
		if len(members[b]) > 1 {
			groups = append(groups, members[b])
		}
	}
	return groups
}
