package gittest

import "golang.org/x/sys/unix"

// plenty is the room that the tests of all packages never need at once.
const plenty = 4 << 30

// memoryFolder is a folder whose files are in memory; "" when there is none, or
// little room in it, as in many containers.
func memoryFolder() string {
	const folder = "/dev/shm"
	var at unix.Statfs_t
	if err := unix.Statfs(folder, &at); err != nil || at.Type != unix.TMPFS_MAGIC || unix.Access(folder, unix.W_OK) != nil {
		return ""
	}
	if uint64(at.Bsize)*at.Bavail < plenty {
		return ""
	}
	return folder
}
