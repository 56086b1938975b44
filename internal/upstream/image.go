package upstream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"sort"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// An image is an index as it stands in the file: flat tables, so that opening
// one is checking its sum. For the same commits of the same repository it has
// the same bytes, however it came about.
//
// Paths and blobs have numbers as commits have. Path i is the i-th in byte
// order; blob i is the (i-1)-th id in order, and blob 0 is no file. What version.php
// says is kept as text numbers: the i-th distinct parsed version.
type image struct {
	data    []byte
	counts  counts
	shallow [32]byte // of what the history was cut off by, see cutOff

	ids      ids  // of the commits
	byID     u32s // commits in the order of their ids
	dates    u64s // committer dates, seconds
	parentAt u32s // where the parents of a commit begin; one more for the end
	parents  u32s
	says     u32s // see saying; 0 where a commit says nothing

	deltaAt                       u32s // where the deltas of a commit begin; one more for the end
	deltaPath, deltaOld, deltaNew u32s // of each delta, by commit, then by path

	pathAt  u32s // where the text of a path begins; one more for the end
	touchAt u32s // where the touches of a path begin; one more for the end
	touches u32s // numbers of deltas, by path, then by commit

	blobs    ids
	versions u32s // pairs of blob and reading, for every blob that was a core version.php, by blob
	buildAt  u32s // where a text of a build begins, four for each; one more for the end

	buildText, pathText []byte
}

// counts are the sizes of an image's tables.
type counts struct {
	commits, parents, versions, builds, paths, blobs, deltas, buildText, pathText int
}

func (n *counts) all() []*int {
	return []*int{&n.commits, &n.parents, &n.versions, &n.builds, &n.paths, &n.blobs, &n.deltas, &n.buildText, &n.pathText}
}

// What the file begins with. The last digits are the version of the format; they
// change also when moodle.ParseVersion reads a version.php differently, because
// its answers are in the file.
const (
	magic      = "mgit upstream 01"
	sumAt      = len(magic)
	shallowAt  = sumAt + 4
	countsAt   = shallowAt + 32
	headerSize = countsAt + 4*9
)

var errImage = errors.New("not an index of this version of mgit, or damaged")

// newImage makes an image whose tables have their sizes and nothing in them.
func newImage(n counts) (*image, error) {
	x := &image{counts: n}
	size := headerSize
	for _, s := range x.tables() {
		size += s.size
	}
	if uint64(size) > math.MaxUint32 || n.commits >= math.MaxInt32 {
		return nil, fmt.Errorf("the history is too large for an index: %d commits, %d bytes", n.commits, size)
	}
	x.data = make([]byte, size)
	x.cut()
	return x, nil
}

// seal writes the header. The image must not change afterwards.
func (x *image) seal() {
	copy(x.data, magic)
	copy(x.data[shallowAt:], x.shallow[:])
	for i, n := range x.counts.all() {
		binary.LittleEndian.PutUint32(x.data[countsAt+4*i:], uint32(*n))
	}
	binary.LittleEndian.PutUint32(x.data[sumAt:], sumOf(x.data))
}

func sumOf(data []byte) uint32 {
	return crc32.Checksum(data[shallowAt:], crc32.MakeTable(crc32.Castagnoli))
}

// parseImage takes data for an image, without copying it. The error is errImage.
func parseImage(data []byte) (*image, error) {
	if len(data) < headerSize || string(data[:len(magic)]) != magic || binary.LittleEndian.Uint32(data[sumAt:]) != sumOf(data) {
		return nil, errImage
	}
	x := &image{data: data, shallow: [32]byte(data[shallowAt:])}
	for i, n := range x.counts.all() {
		*n = int(binary.LittleEndian.Uint32(data[countsAt+4*i:]))
	}
	size := headerSize
	for _, s := range x.tables() {
		size += s.size
	}
	if size != len(data) {
		return nil, errImage
	}
	x.cut()
	return x, nil
}

// table is one part of the file.
type table struct {
	at   *[]byte
	size int
}

// tables are the parts of the file in their order.
func (x *image) tables() []table {
	n := x.counts
	return []table{
		{(*[]byte)(&x.ids), 20 * n.commits},
		{(*[]byte)(&x.byID), 4 * n.commits},
		{(*[]byte)(&x.dates), 8 * n.commits},
		{(*[]byte)(&x.parentAt), 4 * (n.commits + 1)},
		{(*[]byte)(&x.parents), 4 * n.parents},
		{(*[]byte)(&x.says), 4 * n.commits},
		{(*[]byte)(&x.deltaAt), 4 * (n.commits + 1)},
		{(*[]byte)(&x.deltaPath), 4 * n.deltas},
		{(*[]byte)(&x.deltaOld), 4 * n.deltas},
		{(*[]byte)(&x.deltaNew), 4 * n.deltas},
		{(*[]byte)(&x.pathAt), 4 * (n.paths + 1)},
		{(*[]byte)(&x.touchAt), 4 * (n.paths + 1)},
		{(*[]byte)(&x.touches), 4 * n.deltas},
		{(*[]byte)(&x.blobs), 20 * n.blobs},
		{(*[]byte)(&x.versions), 8 * n.versions},
		{(*[]byte)(&x.buildAt), 4 * (4*n.builds + 1)},
		{&x.buildText, n.buildText},
		{&x.pathText, n.pathText},
	}
}

func (x *image) cut() {
	rest := x.data[headerSize:]
	for _, t := range x.tables() {
		*t.at, rest = rest[:t.size:t.size], rest[t.size:]
	}
}

// firstParent is the number of a commit's first parent, -1 of a root.
func (x *image) firstParent(c int) int {
	first, end := x.parentAt.at(c), x.parentAt.at(c+1)
	if first == end {
		return -1
	}
	return int(x.parents.at(int(first)))
}

// commit is the number of the commit id.
func (x *image) commit(id git.ID) (int, bool) {
	i, ok := sort.Find(x.counts.commits, func(i int) int {
		return bytes.Compare(id[:], x.ids.raw(int(x.byID.at(i))))
	})
	if !ok {
		return 0, false
	}
	return int(x.byID.at(i)), true
}

// path is the text of a path, which must not be changed.
func (x *image) path(i int) []byte {
	return x.pathText[x.pathAt.at(i):x.pathAt.at(i+1)]
}

// findPath is the number of a path. The search begins at the number near, which
// makes it quick for paths that are asked for in order. What is returned for a
// path that is not there is a good near for the next one.
func (x *image) findPath(path string, near int) (int, bool) {
	lo, hi := gallop(x.counts.paths, near, func(i int) bool { return string(x.path(i)) < path })
	i := lo + sort.Search(hi-lo, func(i int) bool { return string(x.path(lo+i)) >= path })
	return i, i < x.counts.paths && string(x.path(i)) == path
}

// blob is the number of the blob id, 0 where there is none. Ids are evenly
// spread, so that where one stands is known but for a little.
func (x *image) blob(id git.ID) uint32 {
	n := x.counts.blobs
	near := int(uint64(binary.BigEndian.Uint32(id[:])) * uint64(n) >> 32)
	lo, hi := gallop(n, near, func(i int) bool { return bytes.Compare(x.blobs.raw(i), id[:]) < 0 })
	i := lo + sort.Search(hi-lo, func(i int) bool { return bytes.Compare(x.blobs.raw(lo+i), id[:]) >= 0 })
	if i == n || !bytes.Equal(x.blobs.raw(i), id[:]) {
		return 0
	}
	return uint32(i + 1)
}

// blobID is the id of a blob that is not 0.
func (x *image) blobID(blob uint32) git.ID { return git.ID(x.blobs.raw(int(blob) - 1)) }

// build is the text number i.
func (x *image) build(i int) moodle.Version {
	text := func(field int) string { return string(x.buildField(i, field)) }
	return moodle.Version{Version: text(0), Release: text(1), Branch: text(2), Maturity: text(3)}
}

// buildField is one of the four strings of the text number i.
func (x *image) buildField(i, field int) []byte {
	return x.buildText[x.buildAt.at(4*i+field):x.buildAt.at(4*i+field+1)]
}

// gallop narrows the search for the first of n sorted things that is not less,
// in steps that double, going out from near. It is in lo…hi, hi included.
func gallop(n, near int, less func(i int) bool) (lo, hi int) {
	near = max(0, min(near, n))
	step := 1
	if near < n && less(near) {
		for lo, hi = near+1, near+1; hi < n && less(hi); step *= 2 {
			lo, hi = hi+1, hi+step
		}
		return min(lo, n), min(hi, n)
	}
	for lo, hi = near, near; lo > 0 && !less(lo-1); step *= 2 {
		hi, lo = lo-1, max(0, lo-step)
	}
	return lo, hi
}

// commitOf is the commit of a delta.
func (x *image) commitOf(delta uint32) int {
	return sort.Search(x.counts.commits, func(c int) bool { return x.deltaAt.at(c+1) > delta })
}

// u32s is a table of numbers, little-endian and not aligned.
type u32s []byte

func (s u32s) at(i int) uint32     { return binary.LittleEndian.Uint32(s[4*i:]) }
func (s u32s) put(i int, v uint32) { binary.LittleEndian.PutUint32(s[4*i:], v) }

// u64s is a table of large numbers.
type u64s []byte

func (s u64s) at(i int) int64     { return int64(binary.LittleEndian.Uint64(s[8*i:])) }
func (s u64s) put(i int, v int64) { binary.LittleEndian.PutUint64(s[8*i:], uint64(v)) }

// ids is a table of object ids.
type ids []byte

func (s ids) raw(i int) []byte { return s[20*i : 20*i+20] }
