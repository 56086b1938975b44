package hunk

import "math"

// changed marks the lines of a and b that are not in a longest common
// subsequence of both.
func changed(a, b []int32) (gone, come []bool) {
	gone, come = make([]bool, len(a)), make([]bool, len(b))
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	// A line that only one side has is in no common subsequence. Without those,
	// two wholly different files cost nothing.
	var s search
	s.a, s.atA = common(a, b, start, endA, start, endB, gone)
	s.b, s.atB = common(b, a, start, endB, start, endA, come)
	if len(s.a) > 0 && len(s.b) > 0 {
		s.gone, s.come = gone, come
		s.prepare()
		s.run(0, len(s.a), 0, len(s.b))
	}
	return gone, come
}

// common returns the lines a[from:to] that are also in b[fromB:toB], and where
// they are; the others are marked as changed.
func common(a, b []int32, from, to, fromB, toB int, mark []bool) (lines []int32, at []int) {
	if from == to {
		return nil, nil
	}
	other := make(map[int32]bool, toB-fromB)
	for _, line := range b[fromB:toB] {
		other[line] = true
	}
	for i := from; i < to; i++ {
		if other[a[i]] {
			lines, at = append(lines, a[i]), append(at, i)
		} else {
			mark[i] = true
		}
	}
	return lines, at
}

// search is the linear-space algorithm of Eugene W. Myers, "An O(ND) Difference
// Algorithm and Its Variations" (1986): two searches, from both ends, meet on a
// shortest path, which divides the task in two.
//
// A diagonal is x - y; forward and backward have for each one how far along a
// the searches have come on it.
type search struct {
	a, b              []int32
	atA, atB          []int // where the lines stand in the files
	gone, come        []bool
	forward, backward []int
	zero              int // the index of diagonal 0
	limit             int
}

// costLimit bounds the steps of one search. Behind it the half that has come
// furthest is taken for the way, whether it is the shortest or not: the result is
// right and may be longer than need be. The time is then linear in the
// lines times the limit.
const costLimit = 768

func (s *search) prepare() {
	n := len(s.a) + len(s.b) + 3
	s.forward, s.backward = make([]int, n), make([]int, n)
	s.zero = len(s.b) + 1
	s.limit = max(costLimit, int(math.Sqrt(float64(n))))
}

// run compares a[x:xEnd] with b[y:yEnd].
func (s *search) run(x, xEnd, y, yEnd int) {
	for {
		for x < xEnd && y < yEnd && s.a[x] == s.b[y] {
			x, y = x+1, y+1
		}
		for x < xEnd && y < yEnd && s.a[xEnd-1] == s.b[yEnd-1] {
			xEnd, yEnd = xEnd-1, yEnd-1
		}
		if x == xEnd || y == yEnd {
			break
		}
		midX, midY := s.middle(x, xEnd, y, yEnd)
		s.run(x, midX, y, midY)
		x, y = midX, midY
	}
	for ; x < xEnd; x++ {
		s.gone[s.atA[x]] = true
	}
	for ; y < yEnd; y++ {
		s.come[s.atB[y]] = true
	}
}

// middle finds a point on a shortest path, not one of both ends.
func (s *search) middle(x, xEnd, y, yEnd int) (midX, midY int) {
	f, b, zero := s.forward, s.backward, s.zero
	low, high := x-yEnd, xEnd-y // the diagonals there are
	fMin, fMax := x-y, x-y
	bMin, bMax := xEnd-yEnd, xEnd-yEnd
	odd := (fMin-bMin)&1 != 0
	f[zero+fMin], b[zero+bMin] = x, xEnd
	for cost := 1; ; cost++ {
		fMin, fMax = widen(f, zero, fMin, fMax, low, high, -1)
		for d := fMax; d >= fMin; d -= 2 {
			i := max(f[zero+d-1]+1, f[zero+d+1])
			for i < xEnd && i-d < yEnd && s.a[i] == s.b[i-d] {
				i++
			}
			f[zero+d] = i
			if odd && bMin <= d && d <= bMax && b[zero+d] <= i {
				return i, i - d
			}
		}
		bMin, bMax = widen(b, zero, bMin, bMax, low, high, math.MaxInt)
		for d := bMax; d >= bMin; d -= 2 {
			i := min(b[zero+d-1], b[zero+d+1]-1)
			for i > x && i-d > y && s.a[i-1] == s.b[i-d-1] {
				i--
			}
			b[zero+d] = i
			if !odd && fMin <= d && d <= fMax && i <= f[zero+d] {
				return i, i - d
			}
		}
		if cost >= s.limit {
			return s.furthest(x, xEnd, y, yEnd, fMin, fMax, bMin, bMax)
		}
	}
}

// widen adds a diagonal at either side, and takes one away where there is none
// left: they are visited in twos. The neighbour of a new one is out of reach.
func widen(reach []int, zero, from, to, low, high, never int) (int, int) {
	if from > low {
		from--
		reach[zero+from-1] = never
	} else {
		from++
	}
	if to < high {
		to++
		reach[zero+to+1] = never
	} else {
		to--
	}
	return from, to
}

// furthest is the point that either search has come furthest to.
func (s *search) furthest(x, xEnd, y, yEnd, fMin, fMax, bMin, bMax int) (int, int) {
	fromX, fromY := x, y
	for d := fMax; d >= fMin; d -= 2 {
		i := min(s.forward[s.zero+d], xEnd, yEnd+d)
		if i+i-d > fromX+fromY {
			fromX, fromY = i, i-d
		}
	}
	toX, toY := xEnd, yEnd
	for d := bMax; d >= bMin; d -= 2 {
		i := max(s.backward[s.zero+d], x, y+d)
		if i+i-d < toX+toY {
			toX, toY = i, i-d
		}
	}
	if fromX+fromY-x-y > xEnd+yEnd-toX-toY {
		return fromX, fromY
	}
	return toX, toY
}

// settle slides every group of changed lines as far down as it goes, and back
// up to where the other file has changed lines too, so that a replaced line is one
// hunk and not two. Groups that meet become one. It is what Git does before
// its indent heuristic (xdl_change_compact in xdiff/xdiffi.c).
func settle(lines []int32, mark, other []bool) {
	g, o := firstGroup(mark), firstGroup(other)
	for {
		if g.start < g.end {
			g, o = slide(lines, mark, other, g, o)
		}
		if g.end == len(mark) {
			return
		}
		g, o = g.next(mark), o.next(other)
	}
}

func slide(lines []int32, mark, other []bool, g, o group) (group, group) {
	for {
		size := g.end - g.start
		for g.start > 0 && lines[g.start-1] == lines[g.end-1] {
			g, o = g.up(mark), o.previous(other)
		}
		together := -1 // where it ends when it stands beside changed lines
		if o.start < o.end {
			together = g.end
		}
		for g.end < len(lines) && lines[g.start] == lines[g.end] {
			g, o = g.down(mark), o.next(other)
			if o.start < o.end {
				together = g.end
			}
		}
		if g.end-g.start != size {
			continue // it has met another one
		}
		for together >= 0 && g.end > together {
			g, o = g.up(mark), o.previous(other)
		}
		return g, o
	}
}

// group is a run of changed lines, which may be empty, between two lines that
// are the same. The groups of two files correspond one to one.
type group struct{ start, end int }

func firstGroup(mark []bool) group { return group{}.grow(mark) }

func (g group) grow(mark []bool) group {
	for g.end < len(mark) && mark[g.end] {
		g.end++
	}
	for g.start > 0 && mark[g.start-1] {
		g.start--
	}
	return g
}

func (g group) next(mark []bool) group {
	return group{g.end + 1, g.end + 1}.forward(mark)
}

func (g group) forward(mark []bool) group {
	for g.end < len(mark) && mark[g.end] {
		g.end++
	}
	return g
}

func (g group) previous(mark []bool) group {
	return group{g.start - 1, g.start - 1}.grow(mark[:g.start-1])
}

func (g group) up(mark []bool) group {
	mark[g.start-1], mark[g.end-1] = true, false
	return group{g.start - 1, g.end - 1}.grow(mark[:g.end-1])
}

func (g group) down(mark []bool) group {
	mark[g.start], mark[g.end] = false, true
	return group{g.start + 1, g.end + 1}.forward(mark)
}
