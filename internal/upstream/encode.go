package upstream

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"mgit/internal/moodle"
)

// gone is the final number of what is not in the image.
const gone = ^uint32(0)

// encoder is a builder making its image. The numbers it keeps lead from
// provisional to final ones.
type encoder struct {
	*builder
	x *image

	order    []int32 // provisional numbers of the commits that are kept
	commitNo []uint32
	paths    []uint32 // provisional numbers, in final order
	pathNo   []uint32
	blobs    []uint32
	blobNo   []uint32 // 0 stays 0
	builds   []moodle.Version

	root, public uint32          // provisional numbers of the places of version.php
	read         map[uint32]bool // provisional numbers of the blobs that stand there
}

// image makes the image of the commits that are kept, all when keep is nil. With
// a commit all its parents must be kept. The builder is of no use afterwards.
func (b *builder) image(keep []bool) (*image, error) {
	e := &encoder{builder: b, order: b.order(keep)}
	e.root, e.public = b.pathNo([]byte(rootVersion)), b.pathNo([]byte(publicVersion))
	b.numbers, b.pathNos, b.blobNos = nil, nil, nil // large, and not needed any more
	n := e.survey()
	var err error
	if e.x, err = newImage(n); err != nil {
		return nil, err
	}
	e.x.shallow = b.shallow
	e.putCommits()
	e.putPaths()
	e.putDeltas()
	e.putBlobs()
	e.putBuilds()
	e.putSays()
	e.x.seal()
	return e.x, nil
}

// survey finds out what the kept commits need, and how much that is.
func (e *encoder) survey() counts {
	n := counts{commits: len(e.order)}
	e.pathNo = filled(e.base.counts.paths + len(e.pathEnds))
	e.blobNo = filled(e.base.counts.blobs + len(e.builder.blobs) + 1)
	e.blobNo[0] = 0
	e.commitNo = filled(e.size())
	e.read = make(map[uint32]bool)
	var parents []int32
	var deltas []delta
	for i, c := range e.order {
		e.commitNo[c] = uint32(i)
		parents = e.parentsOf(c, parents[:0])
		n.parents += len(parents)
		deltas = e.deltasOf(c, deltas[:0])
		n.deltas += len(deltas)
		for _, d := range deltas {
			e.pathNo[d.path], e.blobNo[d.old], e.blobNo[d.new] = 0, 0, 0
			if d.new != 0 && (d.path == e.root || d.path == e.public) {
				e.read[d.new] = true
			}
		}
	}
	e.paths = sortNumbers(e.pathNo, 0, e.base.counts.paths, e.path)
	e.blobs = sortNumbers(e.blobNo, 1, e.base.counts.blobs+1, e.blobID)
	for i, p := range e.paths {
		e.pathNo[p] = uint32(i)
		n.pathText += len(e.path(p))
	}
	for i, b := range e.blobs {
		e.blobNo[b] = uint32(i + 1)
	}
	n.paths, n.blobs = len(e.paths), len(e.blobs)
	e.surveyVersions(&n)
	return n
}

// surveyVersions finds out what the blobs of version.php say.
func (e *encoder) surveyVersions(n *counts) {
	builds := make(map[moodle.Version]bool)
	for blob := range e.read {
		if r := e.versions[blob]; r.state == firstRead {
			builds[r.Version] = true
		}
	}
	n.versions = len(e.read)
	e.builds = slices.SortedFunc(maps.Keys(builds), compareVersions)
	n.builds = len(e.builds)
	for _, v := range e.builds {
		n.buildText += len(v.Version) + len(v.Release) + len(v.Branch) + len(v.Maturity)
	}
}

func filled(n int) []uint32 {
	list := make([]uint32, n)
	for i := range list {
		list[i] = gone
	}
	return list
}

// sortNumbers lists the numbers from first on that are not gone, by their text.
// Those below fresh are in order already.
func sortNumbers(numbers []uint32, first, fresh int, text func(uint32) []byte) []uint32 {
	var known, added []uint32
	for i := first; i < len(numbers); i++ {
		switch {
		case numbers[i] == gone:
		case i < fresh:
			known = append(known, uint32(i))
		default:
			added = append(added, uint32(i))
		}
	}
	return mergeSorted(known, added, text)
}

// mergeSorted puts added, which it sorts, into the sorted list known.
func mergeSorted(known, added []uint32, text func(uint32) []byte) []uint32 {
	slices.SortFunc(added, func(i, j uint32) int { return bytes.Compare(text(i), text(j)) })
	if len(known) == 0 {
		return added
	}
	// From the end, where the room is.
	at := len(known)
	list := append(known, added...)
	for end := len(list) - 1; len(added) > 0; end-- {
		last := added[len(added)-1]
		if at > 0 && bytes.Compare(text(list[at-1]), text(last)) > 0 {
			at--
			list[end] = list[at]
			continue
		}
		list[end], added = last, added[:len(added)-1]
	}
	return list
}

func (e *encoder) putCommits() {
	x := e.x
	var parents []int32
	written := 0
	for i, c := range e.order {
		copy(x.ids.raw(i), e.commitID(c))
		x.dates.put(i, e.date(c))
		x.parentAt.put(i, uint32(written))
		parents = e.parentsOf(c, parents[:0])
		for _, p := range parents {
			x.parents.put(written, e.commitNo[p])
			written++
		}
	}
	x.parentAt.put(len(e.order), uint32(written))
	for i, c := range e.byID() {
		x.byID.put(i, c)
	}
}

// byID lists the final numbers of the commits in the order of their ids. In the
// base they are in this order already.
func (e *encoder) byID() []uint32 {
	var known, added []uint32
	for i := range e.base.counts.commits {
		if c := e.commitNo[e.base.byID.at(i)]; c != gone {
			known = append(known, c)
		}
	}
	for _, c := range e.commitNo[e.base.counts.commits:] {
		if c != gone {
			added = append(added, c)
		}
	}
	return mergeSorted(known, added, func(c uint32) []byte { return e.x.ids.raw(int(c)) })
}

func (e *encoder) putPaths() {
	written := 0
	for i, p := range e.paths {
		e.x.pathAt.put(i, uint32(written))
		written += copy(e.x.pathText[written:], e.path(p))
	}
	e.x.pathAt.put(len(e.paths), uint32(written))
}

// putDeltas writes the deltas by commit, and their numbers by path.
func (e *encoder) putDeltas() {
	x := e.x
	touches := make([]uint32, len(e.paths)+1) // of the paths before this one
	var deltas []delta
	written := 0
	for i, c := range e.order {
		x.deltaAt.put(i, uint32(written))
		deltas = e.deltasOf(c, deltas[:0])
		for j, d := range deltas {
			deltas[j] = delta{e.pathNo[d.path], e.blobNo[d.old], e.blobNo[d.new]}
		}
		byPath := func(a, b delta) int { return cmp.Compare(a.path, b.path) }
		if !slices.IsSortedFunc(deltas, byPath) { // a tree that git would not write
			slices.SortStableFunc(deltas, byPath)
		}
		for _, d := range deltas {
			x.deltaPath.put(written, d.path)
			x.deltaOld.put(written, d.old)
			x.deltaNew.put(written, d.new)
			touches[d.path+1]++
			written++
		}
	}
	x.deltaAt.put(len(e.order), uint32(written))
	for p := range e.paths {
		touches[p+1] += touches[p]
	}
	for p, start := range touches {
		x.touchAt.put(p, start)
	}
	for d := range written {
		p := x.deltaPath.at(d)
		x.touches.put(int(touches[p]), uint32(d))
		touches[p]++
	}
}

func (e *encoder) putBlobs() {
	for i, b := range e.blobs {
		copy(e.x.blobs.raw(i), e.blobID(b))
	}
}

func (e *encoder) putBuilds() {
	x := e.x
	number := make(map[moodle.Version]uint32, len(e.builds))
	written := 0
	for i, v := range e.builds {
		number[v] = uint32(i)
		for j, text := range []string{v.Version, v.Release, v.Branch, v.Maturity} {
			x.buildAt.put(4*i+j, uint32(written))
			written += copy(x.buildText[written:], text)
		}
	}
	x.buildAt.put(4*len(e.builds), uint32(written))
	read := slices.SortedFunc(maps.Keys(e.read), func(a, b uint32) int { return cmp.Compare(e.blobNo[a], e.blobNo[b]) })
	for i, blob := range read {
		r := e.versions[blob]
		if r.state == firstRead {
			r.state += number[r.Version]
		}
		x.versions.put(2*i, e.blobNo[blob])
		x.versions.put(2*i+1, r.state)
	}
}

// putSays follows the two places of version.php along first parents: of what
// stands where, a commit says only what it changed.
func (e *encoder) putSays() {
	x := e.x
	said := make(map[uint32]uint32, x.counts.versions)
	for i := range x.counts.versions {
		if state := x.versions.at(2*i + 1); state >= firstRead && state != missing {
			said[x.versions.at(2*i)] = state
		}
	}
	root, public := e.contents(rootVersion), e.contents(publicVersion)
	for c := range x.counts.commits {
		if s, ok := said[public[c]]; ok {
			x.says.put(c, saying(s-firstRead, true))
		} else if s, ok := said[root[c]]; ok {
			x.says.put(c, saying(s-firstRead, false))
		}
	}
}

// contents is the blob at path in each commit.
func (e *encoder) contents(path string) []uint32 {
	x := e.x
	blobs := make([]uint32, x.counts.commits)
	p, ok := x.findPath(path, 0)
	if !ok {
		return blobs
	}
	next, end := x.touchAt.at(p), x.touchAt.at(p+1)
	for c := range blobs {
		if parent := x.firstParent(c); parent >= 0 {
			blobs[c] = blobs[parent]
		}
		for ; next < end && x.touches.at(int(next)) < x.deltaAt.at(c+1); next++ {
			blobs[c] = x.deltaNew.at(int(x.touches.at(int(next))))
		}
	}
	return blobs
}
