package upstream

import (
	"iter"

	"mgit/internal/git"
)

// Comparison is a tree against every commit of an [Index]. It never changes, is
// safe for concurrent use, and stays valid when the index is closed.
type Comparison struct {
	known   int     // files of the tree at paths that upstream knows
	files   []int32 // of each commit
	matches []int32 // files of each commit that the tree has unchanged
}

// What a path holds in the tree when it is no blob that upstream knows.
const (
	notGiven  = ^uint32(0)
	elsewhere = notGiven - 1 // content that no commit has anywhere
)

// Compare compares a whole tree with every commit at once. Of the files, each
// with the id of its blob, those at paths that upstream never had do not matter;
// a zero id is content that is in no commit. Files given in the order of their
// paths are looked up faster. Of a path given twice the last counts.
func (x *Index) Compare(files iter.Seq2[string, git.ID]) *Comparison {
	m := &Comparison{files: make([]int32, x.Len()), matches: make([]int32, x.Len())}
	live := filled(x.counts.paths)
	near := 0
	for path, id := range files {
		p, ok := x.findPath(path, near)
		near = p
		if !ok {
			continue
		}
		if live[p] == notGiven {
			m.known++
		}
		live[p] = elsewhere
		if blob := x.blob(id); blob != 0 {
			live[p] = blob
		}
	}
	// A commit is its first parent with its own deltas, and parents come first.
	d := 0
	for c := range x.Len() {
		var files, matches int32
		if parent := x.firstParent(c); parent >= 0 {
			files, matches = m.files[parent], m.matches[parent]
		}
		for end := int(x.deltaAt.at(c + 1)); d < end; d++ {
			here, before, after := live[x.deltaPath.at(d)], x.deltaOld.at(d), x.deltaNew.at(d)
			files += one(after != 0) - one(before != 0)
			matches += one(after == here) - one(before == here)
		}
		m.files[c], m.matches[c] = files, matches
	}
	return m
}

func one(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// Files is how many files c has, links among them and submodules not.
func (m *Comparison) Files(c Commit) int { return int(m.files[c]) }

// Matching is how many files of c the tree has unchanged.
func (m *Comparison) Matching(c Commit) int { return int(m.matches[c]) }

// Differing is how many files of c the tree changed or lacks.
func (m *Comparison) Differing(c Commit) int { return int(m.files[c] - m.matches[c]) }

// Known is how many files of the tree are at paths that some commit has.
func (m *Comparison) Known() int { return m.known }

// Distance counts the files of c that the tree changed or lacks, and the files
// of the tree, at paths that upstream knows, that c has otherwise or lacks. So a
// changed file counts twice. It is 0 when the tree is c, give or take files that
// upstream never had.
func (m *Comparison) Distance(c Commit) int {
	return int(m.files[c]) + m.known - 2*int(m.matches[c])
}

// Nearest are the n commits with the lowest Distance, of those that are wanted
// or of all when among is nil; of equally distant ones those with the lower
// number come first. It takes a time linear in the commits.
func (m *Comparison) Nearest(n int, among func(Commit) bool) []Commit {
	if n <= 0 {
		return nil
	}
	var wanted []Commit
	furthest := 0
	for c := range Commit(len(m.files)) {
		if among == nil || among(c) {
			wanted = append(wanted, c)
			furthest = max(furthest, m.Distance(c))
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	// Count how many there are at each distance: that is where they begin.
	starts := make([]int, furthest+2)
	for _, c := range wanted {
		starts[m.Distance(c)+1]++
	}
	for i := range furthest + 1 {
		starts[i+1] += starts[i]
	}
	nearest := make([]Commit, min(n, len(wanted)))
	for _, c := range wanted {
		d := m.Distance(c)
		if starts[d] < len(nearest) {
			nearest[starts[d]] = c
		}
		starts[d]++
	}
	return nearest
}
