package live

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// asStep opens a folder only to go through it, which needs no right to list it.
const asStep = unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// noTrace asks that reading leaves access times alone.
const noTrace = unix.O_NOATIME

// openBeneath is openat(2) that follows no link in any component of path.
func openBeneath(fd int, path string, flags int) (int, error) {
	return unix.Openat2(fd, path, &unix.OpenHow{
		Flags:   uint64(flags),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	})
}

// opensBeneath reports whether the kernel has openat2(2), new in 5.6, and lets
// us use it: some sandboxes do not.
func opensBeneath(fd int) bool {
	got, err := again(func() (int, error) { return openBeneath(fd, ".", asStep) })
	if err != nil {
		return false
	}
	_ = unix.Close(got)
	return true
}

// direntAt takes the first entry from what getdents64(2) returned, see there
// for its form. length 0 means that there is none.
func direntAt(data []byte) (ino uint64, kind byte, name []byte, length int) {
	const head = 19
	if len(data) < head {
		return 0, 0, nil, 0
	}
	length = int(binary.NativeEndian.Uint16(data[16:]))
	if length < head || length > len(data) {
		return 0, 0, nil, 0
	}
	return binary.NativeEndian.Uint64(data), data[18], data[head:length], length
}
