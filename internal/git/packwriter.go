package git

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/zlib"
	"crypto/sha1" // Git's checksum of packs and their indexes
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"slices"
)

// packWriter writes a pack without deltas and its index, version 2 of both; see
// gitformat-pack(5).
type packWriter struct {
	out      *bufio.Writer
	sum      hash.Hash
	offset   int64
	entries  []packEntry
	want     int
	one      bytes.Buffer
	deflate  *zlib.Writer
	checksum []byte
}

type packEntry struct {
	id     ID
	offset int64
	crc    uint32
}

// compression is zlib's quickest level that compresses at all. A pack is
// written while a person waits; `git gc` makes it small later.
//
// Only blobs are worth it. Trees, which are most of a pack, consist of hashes:
// they shrink by a quarter and would take most of the time.
const compression = zlib.BestSpeed

func newPackWriter(w io.Writer, objects int) *packWriter {
	p := &packWriter{sum: sha1.New(), want: objects, entries: make([]packEntry, 0, objects)}
	p.out = bufio.NewWriterSize(io.MultiWriter(w, p.sum), 64<<10)
	p.deflate, _ = zlib.NewWriterLevel(&p.one, compression) // the level is valid
	header := binary.BigEndian.AppendUint32([]byte("PACK"), 2)
	p.write(binary.BigEndian.AppendUint32(header, uint32(objects)))
	return p
}

// write counts what goes out; its error comes back from finish.
func (p *packWriter) write(b []byte) {
	n, _ := p.out.Write(b)
	p.offset += int64(n)
}

// packType is the number of an object's type in a pack.
func packType(name string) (byte, error) {
	switch name {
	case "commit":
		return 1, nil
	case "tree":
		return 2, nil
	case "blob":
		return 3, nil
	case "tag":
		return 4, nil
	}
	return 0, fmt.Errorf("%q is not the type of an object", name)
}

func (p *packWriter) add(o Object) error {
	kind, err := packType(o.Type)
	if err != nil {
		return err
	}
	p.one.Reset()
	size := len(o.Data)
	first := kind<<4 | byte(size&0x0f)
	for size >>= 4; size > 0; size >>= 7 {
		p.one.WriteByte(first | 0x80)
		first = byte(size & 0x7f)
	}
	p.one.WriteByte(first)
	if err := p.compress(o); err != nil {
		return err
	}
	p.entries = append(p.entries, packEntry{o.ID, p.offset, crc32.ChecksumIEEE(p.one.Bytes())})
	p.write(p.one.Bytes())
	return nil
}

func (p *packWriter) compress(o Object) error {
	if o.Type != "blob" {
		p.one.Write(appendStored(p.one.AvailableBuffer(), o.Data))
		return nil
	}
	p.deflate.Reset(&p.one)
	if _, err := p.deflate.Write(o.Data); err != nil {
		return err
	}
	return p.deflate.Close()
}

func (p *packWriter) finish() error {
	if len(p.entries) != p.want {
		return fmt.Errorf("%d objects announced, %d written", p.want, len(p.entries))
	}
	if err := p.out.Flush(); err != nil { // the checksum is of what was flushed
		return err
	}
	p.checksum = p.sum.Sum(nil)
	p.write(p.checksum)
	return p.out.Flush()
}

// index returns the bytes of the pack's .idx file.
func (p *packWriter) index() ([]byte, error) {
	if p.offset > math.MaxInt32 {
		return nil, errors.New("a pack of more than 2 GiB")
	}
	slices.SortFunc(p.entries, func(a, b packEntry) int { return bytes.Compare(a.id[:], b.id[:]) })
	b := binary.BigEndian.AppendUint32([]byte("\xfftOc"), 2)
	for first := range 256 {
		upTo, _ := slices.BinarySearchFunc(p.entries, first+1, func(e packEntry, n int) int { return cmp.Compare(int(e.id[0]), n) })
		b = binary.BigEndian.AppendUint32(b, uint32(upTo))
	}
	for _, e := range p.entries {
		b = append(b, e.id[:]...)
	}
	for _, e := range p.entries {
		b = binary.BigEndian.AppendUint32(b, e.crc)
	}
	for _, e := range p.entries {
		b = binary.BigEndian.AppendUint32(b, uint32(e.offset))
	}
	b = append(b, p.checksum...)
	sum := sha1.Sum(b)
	return append(b, sum[:]...), nil
}
