//go:build !linux

package live

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// asStep opens a folder only to go through it, which needs no right to list it.
const asStep = unix.O_SEARCH | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// noTrace would ask that reading leaves access times alone.
const noTrace = 0

// openBeneath is never called, because opensBeneath says no.
func openBeneath(int, string, int) (int, error) { return -1, unix.ENOSYS }

func opensBeneath(int) bool { return false }

// direntAt takes the first entry from what getdirentries(2) returned, see
// dirent(5) for its form. length 0 means that there is none.
func direntAt(data []byte) (ino uint64, kind byte, name []byte, length int) {
	const head = 21
	if len(data) < head {
		return 0, 0, nil, 0
	}
	length = int(binary.NativeEndian.Uint16(data[16:]))
	if length < head || length > len(data) {
		return 0, 0, nil, 0
	}
	return binary.NativeEndian.Uint64(data), data[20], data[head:length], length
}
