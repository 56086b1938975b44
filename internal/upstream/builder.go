package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/git"
)

// A builder makes an image out of one that exists, which may be empty, and of
// what was read since. Until the image is made, everything has a provisional
// number: those of the base first, then the new ones as they came.
type builder struct {
	base    *image
	shallow [32]byte

	commits []git.ID // new ones, parents first
	dates   []int64  // of the new ones
	numbers map[git.ID]int32
	parents [][]int32 // of the new ones
	runs    []run     // the deltas of the new ones
	deltas  []delta

	pathText []byte // the new ones, one after the other
	pathEnds []int  // where each ends
	pathNos  map[string]uint32
	blobs    []git.ID // new ones
	blobNos  map[git.ID]uint32
	versions map[uint32]reading // by blob, those of the base included
}

// delta is a change of the file at path; blob 0 is no file.
type delta struct{ path, old, new uint32 }

// run is a part of the deltas.
type run struct{ start, end int }

// errUnknownParent says that a history does not fit to what the base knows.
var errUnknownParent = errors.New("it comes before its parent")

func newBuilder(base *image) *builder {
	b := &builder{
		base:     base,
		shallow:  base.shallow,
		numbers:  make(map[git.ID]int32),
		pathNos:  make(map[string]uint32),
		blobNos:  make(map[git.ID]uint32),
		versions: make(map[uint32]reading, base.counts.versions),
	}
	for i := range base.counts.versions {
		state := base.versions.at(2*i + 1)
		r := reading{state: state}
		if state >= firstRead && state != missing {
			r = reading{Version: base.build(int(state - firstRead)), state: firstRead}
		}
		b.versions[base.versions.at(2*i)] = r
	}
	return b
}

// number is the provisional number of a commit.
func (b *builder) number(id git.ID) (int32, bool) {
	if c, ok := b.base.commit(id); ok {
		return int32(c), true
	}
	c, ok := b.numbers[id]
	return c, ok
}

// addCommit takes in a new commit, of which all parents must be known.
func (b *builder) addCommit(id git.ID, date int64, parents []git.ID) error {
	numbers := make([]int32, len(parents))
	for i, p := range parents {
		var ok bool
		if numbers[i], ok = b.number(p); !ok {
			return fmt.Errorf("commit %s: %w", id, errUnknownParent)
		}
	}
	b.numbers[id] = int32(b.base.counts.commits + len(b.commits))
	b.commits = append(b.commits, id)
	b.dates = append(b.dates, date)
	b.parents = append(b.parents, numbers)
	return nil
}

// pathNo is the provisional number of a path, given to it when it is new.
func (b *builder) pathNo(path []byte) uint32 {
	if n, ok := b.pathNos[string(path)]; ok {
		return n
	}
	text := string(path)
	n := uint32(b.base.counts.paths + len(b.pathEnds))
	if at, ok := b.base.findPath(text, 0); ok {
		n = uint32(at)
	} else {
		b.pathText = append(b.pathText, text...)
		b.pathEnds = append(b.pathEnds, len(b.pathText))
	}
	b.pathNos[text] = n
	return n
}

// blobNo is the same for a blob.
func (b *builder) blobNo(id git.ID) uint32 {
	if n := b.base.blob(id); n != 0 {
		return n
	}
	n, ok := b.blobNos[id]
	if !ok {
		b.blobs = append(b.blobs, id)
		n = uint32(b.base.counts.blobs + len(b.blobs))
		b.blobNos[id] = n
	}
	return n
}

func (b *builder) blobID(n uint32) []byte {
	if at := int(n) - b.base.counts.blobs - 1; at >= 0 {
		return b.blobs[at][:]
	}
	return b.base.blobs.raw(int(n) - 1)
}

func (b *builder) path(n uint32) []byte {
	if at := int(n) - b.base.counts.paths; at > 0 {
		return b.pathText[b.pathEnds[at-1]:b.pathEnds[at]]
	} else if at == 0 {
		return b.pathText[:b.pathEnds[0]]
	}
	return b.base.path(int(n))
}

func (b *builder) size() int { return b.base.counts.commits + len(b.commits) }

func (b *builder) commitID(c int32) []byte {
	if at := int(c) - b.base.counts.commits; at >= 0 {
		return b.commits[at][:]
	}
	return b.base.ids.raw(int(c))
}

func (b *builder) date(c int32) int64 {
	if at := int(c) - b.base.counts.commits; at >= 0 {
		return b.dates[at]
	}
	return b.base.dates.at(int(c))
}

// parentsOf appends the parents of a commit to list.
func (b *builder) parentsOf(c int32, list []int32) []int32 {
	if at := int(c) - b.base.counts.commits; at >= 0 {
		return append(list, b.parents[at]...)
	}
	for i := b.base.parentAt.at(int(c)); i < b.base.parentAt.at(int(c)+1); i++ {
		list = append(list, int32(b.base.parents.at(int(i))))
	}
	return list
}

// deltasOf appends the deltas of a commit to list, by path.
func (b *builder) deltasOf(c int32, list []delta) []delta {
	if at := int(c) - b.base.counts.commits; at >= 0 {
		return append(list, b.deltas[b.runs[at].start:b.runs[at].end]...)
	}
	x := b.base
	for i := int(x.deltaAt.at(int(c))); i < int(x.deltaAt.at(int(c)+1)); i++ {
		list = append(list, delta{x.deltaPath.at(i), x.deltaOld.at(i), x.deltaNew.at(i)})
	}
	return list
}

// order gives the commits that are kept their final order: by date and ancestry
// alone, so that it is the same for an extended index and for one that was built
// at once, and for a part of a history the same as in the whole.
//
// The date of a commit counts as at least those of its ancestors: what a clock
// that went wrong wrote does not bring a child before its parent. Commits of one
// such date are ordered by the longest way to a root.
func (b *builder) order(keep []bool) []int32 {
	type place struct {
		date  int64
		depth int32
	}
	places := make([]place, b.size())
	list := make([]int32, 0, b.size())
	var parents []int32
	for c := range int32(b.size()) {
		p := place{date: b.date(c)}
		parents = b.parentsOf(c, parents[:0])
		for _, parent := range parents {
			p.date = max(p.date, places[parent].date)
			p.depth = max(p.depth, places[parent].depth+1)
		}
		places[c] = p
		if keep == nil || keep[c] {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(i, j int32) int {
		p, q := places[i], places[j]
		switch {
		case p.date != q.date:
			if p.date < q.date {
				return -1
			}
			return 1
		case p.depth != q.depth:
			return int(p.depth) - int(q.depth)
		}
		return bytes.Compare(b.commitID(i), b.commitID(j))
	})
	return list
}
