package upstream

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"mgit/internal/git"
)

// randomTree is the tree of a commit with some changes.
func (j *judge) randomTree(random *rand.Rand) map[string]git.ID {
	id := j.ids[random.IntN(len(j.ids))]
	tree := maps.Clone(j.trees[id])
	other := j.trees[j.ids[random.IntN(len(j.ids))]]
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		switch random.IntN(8) {
		case 0:
			delete(tree, path)
		case 1:
			tree[path] = git.ZeroID
		case 2:
			tree[path] = git.ID{byte(random.IntN(256)), 1}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(other)) {
		if random.IntN(3) == 0 {
			tree[path] = other[path]
		}
	}
	tree["no such path"] = git.ID{1}
	return tree
}

func (j *judge) checkCompare(t testing.TB, x *Index, tree map[string]git.ID, random *rand.Rand) {
	t.Helper()
	paths := slices.Sorted(maps.Keys(tree))
	if random.IntN(2) == 0 {
		random.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	}
	m := x.Compare(func(yield func(string, git.ID) bool) {
		for _, path := range paths {
			if !yield(path, tree[path]) {
				return
			}
		}
	})
	known := 0
	for _, path := range paths {
		if slices.ContainsFunc(j.ids, func(id git.ID) bool { return j.trees[id][path] != git.ZeroID }) {
			known++
		}
	}
	if m.Known() != known {
		t.Errorf("%d files at known paths, want %d", m.Known(), known)
	}
	for _, id := range j.ids {
		c := j.find(t, x, id)
		differing := 0
		for path, blob := range j.trees[id] {
			if tree[path] != blob {
				differing++
			}
		}
		files := len(j.trees[id])
		if m.Files(c) != files || m.Differing(c) != differing || m.Matching(c) != files-differing {
			t.Errorf("%s: %d files, %d differ, %d match, want %d and %d", id, m.Files(c), m.Differing(c), m.Matching(c), files, differing)
		}
		if got, want := m.Distance(c), differing+known-(files-differing); got != want {
			t.Errorf("%s: distance %d, want %d", id, got, want)
		}
	}
	j.checkNearest(t, x, m, random)
}

func (j *judge) checkNearest(t testing.TB, x *Index, m *Comparison, random *rand.Rand) {
	t.Helper()
	all := make([]Commit, x.Len())
	for c := range all {
		all[c] = Commit(c)
	}
	slices.SortStableFunc(all, func(a, b Commit) int { return cmp.Compare(m.Distance(a), m.Distance(b)) })
	odd := func(c Commit) bool { return c%2 == 1 }
	odds := slices.DeleteFunc(slices.Clone(all), func(c Commit) bool { return !odd(c) })
	for _, n := range []int{-1, 0, 1, 3, random.IntN(len(all) + 1), len(all), len(all) + 5} {
		if got, want := m.Nearest(n, nil), all[:max(0, min(n, len(all)))]; !slices.Equal(got, want) {
			t.Errorf("the nearest %d are %v, want %v", n, got, want)
		}
		if got, want := m.Nearest(n, odd), odds[:max(0, min(n, len(odds)))]; !slices.Equal(got, want) {
			t.Errorf("the nearest %d odd ones are %v, want %v", n, got, want)
		}
	}
	if got := m.Nearest(1, func(Commit) bool { return false }); got != nil {
		t.Errorf("the nearest of none are %v", got)
	}
}
