package widget

import (
	"github.com/sergi/go-diff/diffmatchpatch"
)

// edit is where a side differs from the base: base[from:to] became side[new:end].
type edit struct{ from, to, new, end int }

// edits compares a side with the base, line by line.
func edits(base, side []string) []edit {
	var all []edit
	i, j := 0, 0
	open := false
	for _, r := range compare(base, side, numbering(), patience) {
		if r.kind == diffmatchpatch.DiffEqual {
			i, j, open = i+r.count, j+r.count, false
			continue
		}
		if !open {
			all, open = append(all, edit{i, i, j, j}), true
		}
		e := &all[len(all)-1]
		if r.kind == diffmatchpatch.DiffDelete {
			i += r.count
		} else {
			j += r.count
		}
		e.to, e.end = i, j
	}
	return all
}

// arrange puts the lines of all sides into rows: what became of a line of the base stands beside it, and what
// a side put in before a line stands above it. Everything is compared with the base.
func (s *Sides) arrange() {
	if len(s.sides) == 0 {
		return
	}
	base := &s.sides[0]
	base.differs = make([]bool, len(base.Lines))
	base.words = make([][]piece, len(base.Lines))
	beside := make([][]int, len(s.sides)) // the line of the side beside each line of the base; -1 for none
	before := make([][][]int, len(s.sides))
	for i := 1; i < len(s.sides); i++ {
		beside[i], before[i] = s.follow(i)
	}
	s.rows = make([][]int, len(s.sides))
	for n := 0; n <= len(base.Lines); n++ {
		most := 0
		for i := 1; i < len(s.sides); i++ {
			most = max(most, len(before[i][n]))
		}
		for k := range most {
			s.rows[0] = append(s.rows[0], -1)
			for i := 1; i < len(s.sides); i++ {
				line := -1
				if k < len(before[i][n]) {
					line = before[i][n][k]
				}
				s.rows[i] = append(s.rows[i], line)
			}
		}
		if n < len(base.Lines) {
			s.rows[0] = append(s.rows[0], n)
			for i := 1; i < len(s.sides); i++ {
				s.rows[i] = append(s.rows[i], beside[i][n])
			}
		}
	}
}

// follow finds the place of each line of a side, and the words in it that differ.
func (s *Sides) follow(i int) (beside []int, before [][]int) {
	base, side := &s.sides[0], &s.sides[i]
	beside = make([]int, len(base.Lines))
	before = make([][]int, len(base.Lines)+1)
	from, new := 0, 0
	for _, e := range append(edits(base.Lines, side.Lines), edit{len(base.Lines), len(base.Lines), len(side.Lines), len(side.Lines)}) {
		for from < e.from {
			beside[from] = new
			from, new = from+1, new+1
		}
		of := pairs(base.Lines[e.from:e.to], side.Lines[e.new:e.end])
		for k, other := range of {
			n := e.from + k
			// A result is what a person makes of it: the base is not marked for it.
			base.differs[n] = base.differs[n] || i < 3
			beside[n] = -1
			if other < 0 {
				continue
			}
			line := e.new + other
			beside[n] = line
			for ; new < line; new++ {
				before[n] = append(before[n], new)
				side.differs[new] = true
			}
			side.differs[line], new = true, line+1
			gone, come := wordDifferences(base.Lines[n], side.Lines[line])
			side.words[line] = come
			if i < 3 {
				base.words[n] = united(base.words[n], gone)
			}
		}
		for ; new < e.end; new++ {
			before[e.to] = append(before[e.to], new)
			side.differs[new] = true
		}
		from = e.to
	}
	return beside, before
}

// united are the parts of a line that are in the one or the other.
func united(a, b []piece) []piece {
	var all []piece
	for len(a)+len(b) > 0 {
		next := &a
		if len(a) == 0 || len(b) > 0 && b[0].from < a[0].from {
			next = &b
		}
		p := (*next)[0]
		*next = (*next)[1:]
		if n := len(all); n > 0 && p.from <= all[n-1].to {
			all[n-1].to = max(all[n-1].to, p.to)
			continue
		}
		all = append(all, p)
	}
	return all
}
