package git

import (
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"os"
	"path/filepath"
)

// writeLoose writes o as a loose object, uncompressed: it lives for one merge,
// and zlib would cost more than the disk.
func writeLoose(objects string, o Object) error {
	name := o.ID.String()
	dir := filepath.Join(objects, name[:2])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	content := fmt.Appendf(nil, "%s %d\x00", o.Type, len(o.Data))
	content = append(content, o.Data...)
	return os.WriteFile(filepath.Join(dir, name[2:]), appendStored(nil, content), 0o600)
}

// maxStored is the longest stored block of deflate (RFC 1951, 3.2.4).
const maxStored = 0xffff

// appendStored appends data as a zlib stream of stored blocks (RFC 1950): what
// compress/zlib makes at level 0, without the memory a compressor wants.
func appendStored(dst, data []byte) []byte {
	dst = append(dst, 0x78, 0x01)
	sum := adler32.Checksum(data)
	for {
		n := min(len(data), maxStored)
		final := byte(0)
		if n == len(data) {
			final = 1
		}
		dst = append(dst, final)
		dst = binary.LittleEndian.AppendUint16(dst, uint16(n))
		dst = binary.LittleEndian.AppendUint16(dst, ^uint16(n))
		dst = append(dst, data[:n]...)
		data = data[n:]
		if final == 1 {
			return binary.BigEndian.AppendUint32(dst, sum)
		}
	}
}
