package live

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"

	"mgit/internal/git"
)

// stat is what stat(2) says of a file, as far as a change of the file shows in
// it; times are nanoseconds since 1970. Together with the size it decides whether
// a file is still what it was: a modification time can be set back by anybody,
// but that moves the time of the inode's change, which nobody can set.
type stat struct {
	dev, ino     uint64
	mtime, ctime int64
	mode         uint32
}

func statOf(s *unix.Stat_t) (stat, int64) {
	return stat{
		dev:   uint64(s.Dev),
		ino:   s.Ino,
		mtime: s.Mtim.Nano(),
		ctime: s.Ctim.Nano(),
		mode:  uint32(s.Mode),
	}, s.Size
}

func fstat(fd int) (stat, int64, error) {
	var s unix.Stat_t
	if _, err := again(func() (int, error) { return 0, unix.Fstat(fd, &s) }); err != nil {
		return stat{}, 0, err
	}
	st, size := statOf(&s)
	return st, size, nil
}

// lstat looks at a name in the open folder.
func lstat(fd int, name string) (stat, int64, error) {
	var s unix.Stat_t
	_, err := again(func() (int, error) { return 0, unix.Fstatat(fd, name, &s, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return stat{}, 0, err
	}
	st, size := statOf(&s)
	return st, size, nil
}

func (s stat) kind() uint32    { return s.mode & unix.S_IFMT }
func (s stat) isRegular() bool { return s.kind() == unix.S_IFREG }
func (s stat) isLink() bool    { return s.kind() == unix.S_IFLNK }
func (s stat) isFolder() bool  { return s.kind() == unix.S_IFDIR }

// gitMode is the mode that Git gives to a regular file or a link.
func (s stat) gitMode() git.Mode {
	switch {
	case s.isLink():
		return git.ModeLink
	case s.mode&0o111 != 0:
		return git.ModeExec
	default:
		return git.ModeFile
	}
}

// kindError is the kind of a thing that is not read, as in st_mode.
type kindError uint32

func (k kindError) Error() string {
	switch uint32(k) {
	case unix.S_IFIFO:
		return "a named pipe"
	case unix.S_IFSOCK:
		return "a socket"
	case unix.S_IFBLK, unix.S_IFCHR:
		return "a device"
	case unix.S_IFDIR:
		return "a folder"
	case unix.S_IFLNK:
		return "a link"
	case unix.S_IFREG:
		return "a file"
	default:
		return fmt.Sprintf("neither a file nor a folder (%#o)", uint32(k))
	}
}

func (k kindError) Is(target error) bool { return target == ErrNotRegular }

// reason says for people why something was not read.
func reason(err error) string {
	var errno unix.Errno
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, fs.ErrNotExist):
		return "gone when it was to be read"
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ESTALE):
		return ErrChanged.Error() // it was a folder or a file when it was listed
	case errors.As(err, &errno):
		return errno.Error()
	default:
		return err.Error()
	}
}

// sizeText is a size for people: "4.0 GiB".
func sizeText(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d bytes", n)
	}
	size, unit := float64(n)/1024, 0
	for size >= 1023.95 && unit < len(units)-1 {
		size /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", size, units[unit])
}
