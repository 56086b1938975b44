package clash

import (
	"slices"
	"testing"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	pair := func(a, b int, l Level) Pair { return Pair{A: a, B: b, Level: l} }
	for _, c := range []struct {
		name     string
		n        int
		pairs    []Pair
		requires [][]int
		want     []int
	}{
		{"nothing", 0, nil, nil, nil},
		{"as they come", 3, nil, make([][]int, 3), []int{0, 1, 2}},
		{"same lines are no conflict", 3, []Pair{pair(0, 1, SameLine), pair(0, 2, File)}, make([][]int, 3), []int{0, 1, 2}},
		{"clean ones first", 4, []Pair{pair(0, 2, Conflict)}, make([][]int, 4), []int{1, 3, 0, 2}},
		{
			"fewest conflicts first, group by group", 6,
			[]Pair{pair(0, 3, Conflict), pair(1, 2, Conflict), pair(1, 4, Conflict), pair(1, 5, Conflict)},
			make([][]int, 6),
			[]int{0, 3, 2, 4, 5, 1},
		},
		{"required first", 4, []Pair{pair(0, 2, Conflict)}, [][]int{nil, {0}, nil, nil}, []int{3, 0, 1, 2}},
		{"a chain", 3, nil, [][]int{{1}, {2}, nil}, []int{2, 1, 0}},
		{"a circle", 3, nil, [][]int{{1}, {0}, nil}, []int{2, 0, 1}},
		{"itself", 2, nil, [][]int{{0}, nil}, []int{0, 1}},
	} {
		if got := Order(c.n, c.pairs, c.requires); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	got := Groups(7, []Pair{{A: 4, B: 5}, {A: 1, B: 6}, {A: 2, B: 4}})
	want := [][]int{{1, 6}, {2, 4, 5}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestOverlaps(t *testing.T) {
	t.Parallel()
	r := func(pairs ...int) (all []Range) {
		for p := range slices.Chunk(pairs, 2) {
			all = append(all, Range{p[0], p[1]})
		}
		return all
	}
	for _, c := range []struct {
		name              string
		left, right, want []Range
	}{
		{"apart", r(1, 2), r(4, 1), nil},
		{"side by side", r(1, 2), r(3, 1), r(1, 3)},
		{"the same", r(5, 2), r(5, 2), r(5, 2)},
		{"put in at the same place", r(5, 0), r(5, 0), r(5, 0)},
		{"put in behind a change", r(4, 1), r(5, 0), r(4, 1)},
		{"put in before a change", r(5, 0), r(5, 3), r(5, 3)},
		{"put in a line away", r(5, 0), r(6, 1), nil},
		{"one over several", r(2, 20), r(3, 1, 8, 1, 30, 1), r(2, 20)},
		{"several places", r(1, 1, 10, 2, 20, 1), r(2, 1, 11, 4, 40, 1), r(1, 2, 10, 5)},
	} {
		if got := overlaps(c.left, c.right); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := overlaps(c.right, c.left); !slices.Equal(got, c.want) {
			t.Errorf("%s, swapped: %v, want %v", c.name, got, c.want)
		}
	}
}
