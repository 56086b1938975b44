package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mgit/internal/git"
)

// Cache remembers the ids of one tree's files in a file of the caller's choice,
// so that a file is read again only when stat(2) says that it is another or has
// changed: its device, inode, mode, size, and the times of its last change of
// content and of inode count. A modification time that was set back therefore
// hides nothing.
//
// Times have a granularity, and a file can change twice within one tick. Git
// calls an index entry "racily clean" when the file is not older than the index
// and compares its content. Here, a file of which a time is younger than two
// seconds before the ids were made is not remembered at all, and is read again
// the next time. Two seconds are the coarsest tick of a file system that is
// still in use (FAT), and leave room for the clock of a file server.
//
// A file that is damaged, of another version or about another tree is an empty
// cache. A nil *Cache knows nothing and keeps nothing. It is for one goroutine.
type Cache struct {
	file  string
	data  string // what the file held, "" when that is not to be used
	next  []byte // what it shall hold
	ready bool   // next was made
}

// racy is the age below which a time says nothing.
const racy = 2 * time.Second

// The format: magic, root device and inode (8 bytes each, as all numbers here
// little-endian), length of the root's path (4) and path, number of entries (4),
// entries by path, CRC-32C of all before (4). An entry is the length of the path
// (4), the path, device, inode, times of content and inode, size (8 each), mode
// (4) and id (20).
const (
	cacheMagic = "mgit live cache 1\n"
	entryFixed = 4 + 5*8 + 4 + len(git.ZeroID)
	maxCache   = 1 << 30
)

// OpenCache reads the cache that is in file, which need not exist. An error is
// returned only when the file is there and cannot be read.
func OpenCache(file string) (*Cache, error) {
	c := &Cache{file: file}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the cache: %w", err)
	}
	defer f.Close()
	var b strings.Builder
	if info, err := f.Stat(); err == nil {
		b.Grow(int(min(max(info.Size(), 0), maxCache)))
	}
	if _, err := io.Copy(&b, io.LimitReader(f, maxCache)); err != nil {
		return nil, fmt.Errorf("read the cache: %w", err)
	}
	if data := b.String(); isCache(data) {
		c.data = data
	}
	return c, nil
}

// isCache checks the whole of a file, so that reading an entry cannot fail.
func isCache(data string) bool {
	if len(data) < len(cacheMagic)+4 || !strings.HasPrefix(data, cacheMagic) {
		return false
	}
	body := data[:len(data)-4]
	if checksum(body) != le32(data[len(body):]) {
		return false
	}
	_, rest, n, ok := cutHeader(body)
	if !ok {
		return false
	}
	last := ""
	for i := range n {
		if len(rest) < entryFixed || uint64(len(rest)) < uint64(entryFixed)+uint64(le32(rest)) {
			return false
		}
		var path string
		path, rest = cutEntry(rest)
		if i > 0 && path <= last {
			return false
		}
		last = path
	}
	return rest == ""
}

// checksum is the CRC-32C of data.
func checksum[T string | []byte](data T) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	var sum uint32
	var buf [4096]byte
	for len(data) > 0 {
		n := copy(buf[:], data)
		sum = crc32.Update(sum, table, buf[:n])
		data = data[n:]
	}
	return sum
}

// cutHeader returns the header up to the number of entries, that number and the entries.
func cutHeader(body string) (header, entries string, n uint32, ok bool) {
	at := len(cacheMagic) + 16
	if len(body) < at+8 {
		return "", "", 0, false
	}
	length := int(le32(body[at:]))
	if len(body)-at-8 < length {
		return "", "", 0, false
	}
	at += 4 + length
	return body[:at], body[at+4:], le32(body[at:]), true
}

// cutEntry returns the path of the first entry and the entries after it.
func cutEntry(entries string) (path, rest string) {
	length := int(le32(entries))
	return entries[4 : 4+length], entries[entryFixed+length:]
}

func le32(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// header is what a cache of the tree begins with.
func header(t *Tree) []byte {
	b := []byte(cacheMagic)
	b = binary.LittleEndian.AppendUint64(b, t.self.dev)
	b = binary.LittleEndian.AppendUint64(b, t.self.ino)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(t.Root)))
	return append(b, t.Root...)
}

// appendEntry writes what is remembered of a file.
func appendEntry(b []byte, f *File) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.Path)))
	b = append(b, f.Path...)
	b = appendStat(b, f)
	return append(b, f.ID[:]...)
}

func appendStat(b []byte, f *File) []byte {
	for _, n := range []uint64{f.stat.dev, f.stat.ino, uint64(f.stat.mtime), uint64(f.stat.ctime), uint64(f.Size)} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return binary.LittleEndian.AppendUint32(b, f.stat.mode)
}

// known goes through the entries of a cache in step with files that are asked for by path.
type known struct {
	entries string
	stat    []byte
}

// of returns what c knows of the tree, nothing when it is about another.
func (c *Cache) of(t *Tree) *known {
	if c == nil || c.data == "" {
		return &known{}
	}
	start, entries, _, _ := cutHeader(c.data[:len(c.data)-4])
	if start != string(header(t)) {
		return &known{}
	}
	return &known{entries: entries}
}

// find returns the id of a file that is as it was when it was hashed. Files must
// be asked for in the order of their paths.
func (k *known) find(f *File) (git.ID, bool) {
	for k.entries != "" {
		path, rest := cutEntry(k.entries)
		if path > f.Path {
			break
		}
		entry := k.entries[4+len(path) : len(k.entries)-len(rest)]
		k.entries = rest
		if path < f.Path {
			continue
		}
		k.stat = appendStat(k.stat[:0], f)
		if entry[:len(k.stat)] != string(k.stat) {
			break
		}
		return git.ID([]byte(entry[len(k.stat):])), true
	}
	return git.ZeroID, false
}

// keep remembers the ids of the tree. What was known of files that nobody
// wanted this time is kept as long as it holds.
func (c *Cache) keep(t *Tree) {
	if c == nil {
		return
	}
	old := c.of(t)
	young := t.hashed.Add(-racy).UnixNano()
	size := len(c.data)
	if size == 0 {
		size = len(t.Files) * (entryFixed + 64)
	}
	b := append(make([]byte, 0, size), header(t)...)
	at, n := len(b), uint32(0)
	b = binary.LittleEndian.AppendUint32(b, 0)
	for i := range t.Files {
		f := t.Files[i]
		id, held := old.find(&f)
		switch {
		case held:
			f.ID = id
		case f.ID == git.ZeroID || f.stat.mtime >= young || f.stat.ctime >= young:
			continue
		}
		b = appendEntry(b, &f)
		n++
	}
	binary.LittleEndian.PutUint32(b[at:], n)
	c.next = binary.LittleEndian.AppendUint32(b, checksum(b))
	c.ready = true
}

// Save writes what Hash made of the cache, when that is something new. Whoever
// reads the file finds the old or the new one.
func (c *Cache) Save() error {
	if c == nil || !c.ready || string(c.next) == c.data {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.file), 0o777); err != nil {
		return fmt.Errorf("write the cache: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(c.file), filepath.Base(c.file)+".tmp*")
	if err != nil {
		return fmt.Errorf("write the cache: %w", err)
	}
	_, err = temporary.Write(c.next)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), c.file)
	}
	if err != nil {
		return fmt.Errorf("write the cache: %w", errors.Join(err, os.Remove(temporary.Name())))
	}
	c.data, c.next, c.ready = string(c.next), nil, false
	return nil
}
