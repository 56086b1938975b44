package live

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mgit/internal/git"
)

var errPack = errors.New("it is not what Git writes")

// pack is a pack with its index, see gitformat-pack(5). Both are read at
// offsets and never mapped: a file that is cut short meanwhile must not be able
// to end the process.
type pack struct {
	name  string // its path without the suffix
	index int
	size  int64 // of the index
	fan   [256]uint32
	old   bool // the index is of version 1

	data     int // the pack, -1 before it is needed
	dataSize int64
}

// place is where an object is.
type place struct {
	pack   *pack
	offset int64
}

// findPacks opens the indexes of the packs in the folder dir, newest name last.
func (o *objects) findPacks(dir string) error {
	names, err := o.at.names(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("its packs were not listed: %s", reason(err))
	}
	slices.Sort(names)
	for _, name := range names {
		name, ok := strings.CutSuffix(name, ".idx")
		if !ok {
			continue
		}
		if len(o.packs) == maxPacks {
			return errors.New("it has too many packs")
		}
		p, err := openPack(o.at, join(dir, name))
		if err != nil {
			return fmt.Errorf("its pack %s: %w", quoted(name), err)
		}
		o.packs = append(o.packs, p)
	}
	return nil
}

// names lists a folder.
func (f folder) names(dir string) ([]string, error) {
	fd, err := f.open(dir, asFolder)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var names []string
	buf := make([]byte, 8<<10)
	for {
		n, err := again(func() (int, error) { return unix.ReadDirent(fd, buf) })
		if err != nil || n <= 0 {
			return names, err
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
		if len(names) > 1<<16 {
			return nil, ErrTooBig
		}
	}
}

func openPack(at folder, name string) (*pack, error) {
	fd, size, err := openSized(at, name+".idx")
	if err != nil {
		return nil, err
	}
	p := &pack{name: name, index: fd, size: size, data: -1}
	if err := p.readFan(); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// openSized opens a regular file.
func openSized(at folder, path string) (fd int, size int64, err error) {
	fd, err = at.open(path, asFile)
	if err != nil {
		return -1, 0, err
	}
	st, size, err := fstat(fd)
	if err == nil && !st.isRegular() {
		err = kindError(st.kind())
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, 0, err
	}
	return fd, size, nil
}

func (p *pack) close() {
	_ = unix.Close(p.index)
	if p.data >= 0 {
		_ = unix.Close(p.data)
	}
}

// The kinds of entries of a pack.
const (
	packCommit = 1
	packTree   = 2
	packBlob   = 3
	packTag    = 4
	packOffset = 6 // a delta against what is so many bytes before
	packRef    = 7 // a delta against an id
)

// entry is the head of an entry of a pack.
type entry struct {
	kind int
	size int64
	base place // of a delta
	data int64 // the offset of what is compressed
}

// unpack returns the object at the offset, with all deltas applied.
func (o *objects) unpack(p *pack, offset int64) (kind string, data []byte, err error) {
	at := place{p, offset}
	var deltas [][]byte
	var places []place
	var got held
	for total := 0; ; {
		var ok bool
		if got, ok = o.held[at]; ok {
			break
		}
		e, err := o.entry(at)
		if err != nil {
			return "", nil, err
		}
		if e.kind == packBlob || e.kind == packTag {
			return kindName(e.kind), nil, nil
		}
		z, err := o.inflater(at.pack.data, e.data, at.pack.dataSize)
		if err != nil {
			return "", nil, err
		}
		data, err := o.fill(z, e.size)
		if err != nil {
			return "", nil, err
		}
		if e.kind == packCommit || e.kind == packTree {
			got = held{kindName(e.kind), data}
			break
		}
		total += len(data)
		if len(deltas) == maxChain || total > 2*maxObject {
			return "", nil, errors.New("its deltas are too many")
		}
		deltas, places = append(deltas, data), append(places, at)
		at = e.base
	}
	if len(deltas) > 0 {
		o.hold(at, got)
	}
	for i, delta := range slices.Backward(deltas) {
		if got.data, err = o.apply(got.data, delta); err != nil {
			return "", nil, err
		}
		if got.kind == "tree" {
			o.hold(places[i], got)
		}
	}
	return got.kind, got.data, nil
}

func kindName(kind int) string {
	return [...]string{packCommit: "commit", packTree: "tree", packBlob: "blob", packTag: "tag"}[kind]
}

// held is an object that was unpacked.
type held struct {
	kind string
	data []byte
}

// hold keeps an object that may be the base of others, and begins again when that takes too much memory.
func (o *objects) hold(at place, got held) {
	if o.held == nil || o.size+len(got.data) > maxHeld {
		o.held, o.size = make(map[place]held), 0
	}
	if _, ok := o.held[at]; !ok {
		o.held[at] = got
		o.size += len(got.data)
	}
}

// entry reads the head of an entry.
func (o *objects) entry(at place) (entry, error) {
	p := at.pack
	if p.data < 0 {
		var err error
		if p.data, p.dataSize, err = openSized(o.at, p.name+".pack"); err != nil {
			p.data = -1
			return entry{}, err
		}
	}
	var buf [64]byte
	n, err := readFull(p.data, buf[:], at.offset)
	if err != nil {
		return entry{}, err
	}
	r := byteReader{data: buf[:n]}
	c := r.next()
	e := entry{kind: int(c >> 4 & 7), size: int64(c & 15)}
	for shift := 4; c&0x80 != 0; shift += 7 {
		c = r.next()
		if shift > 50 {
			return entry{}, errPack
		}
		e.size |= int64(c&0x7f) << shift
	}
	switch e.kind {
	case packCommit, packTree, packBlob, packTag:
	case packOffset:
		c = r.next()
		back := int64(c & 0x7f)
		for c&0x80 != 0 && back < 1<<50 {
			c = r.next()
			back = (back+1)<<7 | int64(c&0x7f)
		}
		if back <= 0 || back >= at.offset {
			return entry{}, errPack
		}
		e.base = place{p, at.offset - back}
	case packRef:
		var id git.ID
		for i := range id {
			id[i] = r.next()
		}
		offset, ok, err := p.find(id)
		if err != nil || !ok || offset == at.offset {
			return entry{}, orDamaged(err)
		}
		e.base = place{p, offset}
	default:
		return entry{}, errPack
	}
	if r.short {
		return entry{}, io.ErrUnexpectedEOF
	}
	e.data = at.offset + int64(r.at)
	return e, nil
}
