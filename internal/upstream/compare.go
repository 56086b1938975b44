package upstream

import (
	"iter"
	"runtime"

	"mgit/internal/crew"
	"mgit/internal/git"
)

// Comparison is a tree against every commit of an [Index]. It never changes, is
// safe for concurrent use, and stays valid when the index is closed.
type Comparison struct {
	known   int     // files of the tree at paths that upstream knows
	nowhere int     // those of them with content that no commit has
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
	live := x.blobsOf(files)
	for _, blob := range live {
		switch blob {
		case notGiven:
			continue
		case elsewhere:
			m.nowhere++
		}
		m.known++
	}
	// What each commit adds to its first parent, and then the sums: parents come first.
	shareOut(x.Len(), func(from, to int) {
		for c := from; c < to; c++ {
			m.files[c], m.matches[c] = x.adds(c, live)
		}
	})
	for c := range x.Len() {
		if parent := x.firstParent(c); parent >= 0 {
			m.files[c] += m.files[parent]
			m.matches[c] += m.matches[parent]
		}
	}
	return m
}

// adds is how many files, and how many that are as in the tree, a commit has more
// than its first parent.
func (x *Index) adds(c int, live []uint32) (files, matches int32) {
	for d, end := int(x.deltaAt.at(c)), int(x.deltaAt.at(c+1)); d < end; d++ {
		here, before, after := live[x.deltaPath.at(d)], x.deltaOld.at(d), x.deltaNew.at(d)
		files += one(after != 0) - one(before != 0)
		matches += one(after == here) - one(before == here)
	}
	return files, matches
}

// shareOut cuts the numbers up to n into as many parts as there are processors, and
// does them at the same time.
func shareOut(n int, do func(from, to int)) {
	parts := runtime.GOMAXPROCS(0)
	var all crew.Group
	for i := range parts {
		all.Go(func() { do(n*i/parts, n*(i+1)/parts) })
	}
	all.Wait()
}

// blobsOf is what each path of the index holds in the tree: the number of a blob,
// or one of the two that are none. Finding the blobs is most of the work of a
// comparison and waits for memory, so it is shared out.
func (x *Index) blobsOf(files iter.Seq2[string, git.ID]) []uint32 {
	type given struct {
		path uint32
		id   git.ID
	}
	live := filled(x.counts.paths)
	var all []given
	near := 0
	for path, id := range files {
		p, ok := x.findPath(path, near)
		near = p
		switch {
		case !ok:
		case live[p] == notGiven:
			live[p] = uint32(len(all)) // for now, where it is given
			all = append(all, given{uint32(p), id})
		default:
			all[live[p]].id = id
		}
	}
	shareOut(len(all), func(from, to int) {
		for _, g := range all[from:to] {
			live[g.path] = elsewhere
			if blob := x.blob(g.id); blob != 0 {
				live[g.path] = blob
			}
		}
	})
	return live
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

// Nowhere is how many of the Known files have content that no commit has at any
// path.
func (m *Comparison) Nowhere() int { return m.nowhere }

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
