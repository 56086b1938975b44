package live

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// How files and folders are opened. A pipe without a writer and a terminal that
// took a file's place since it was listed neither block nor become ours.
const (
	asFolder = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	asFile   = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
)

// pathMax is the longest path that one system call takes, with its final zero.
const pathMax = 4096

// folder is an open folder. What is opened through it is in it or below it: no
// component of a path is followed when it is a link, whatever happens to the
// tree in the meantime.
type folder struct {
	fd int
	// steps tells that the system cannot promise this for a whole path, so that
	// one component is opened after the other.
	steps bool
}

// openFolder opens the folder that is to be the root of all further opening.
func openFolder(name string, steps bool) (folder, error) {
	fd, err := again(func() (int, error) { return unix.Open(name, asFolder, 0) })
	if err != nil {
		return folder{}, err
	}
	f := folder{fd: fd, steps: steps}
	if !steps {
		f.steps = !opensBeneath(fd)
	}
	return f, nil
}

func (f folder) close() { _ = unix.Close(f.fd) }

// open opens the slash-separated path below f, f itself once more for "". The
// path has no "." and no "..". It may be longer than a system call would take.
func (f folder) open(path string, flags int) (int, error) {
	at := f.fd
	for {
		head, rest := f.cut(path)
		how := flags
		if rest != "" {
			how = asStep
		}
		next, err := f.one(at, head, how)
		if at != f.fd {
			_ = unix.Close(at)
		}
		if err != nil || rest == "" {
			return next, err
		}
		at, path = next, rest
	}
}

// cut takes from path what is opened at once.
func (f folder) cut(path string) (head, rest string) {
	end := -1
	if f.steps {
		end = strings.IndexByte(path, '/')
	} else if len(path) >= pathMax {
		end = strings.LastIndexByte(path[:pathMax], '/')
	}
	if end < 0 {
		return path, ""
	}
	return path[:end], path[end+1:]
}

// one opens what one system call reaches, without leaving a trace in access
// times where that is allowed: to the owner of a file and to root.
func (f folder) one(at int, path string, flags int) (int, error) {
	if path == "" {
		path = "."
	}
	open := func(flags int) (int, error) {
		return again(func() (int, error) {
			if f.steps {
				return unix.Openat(at, path, flags, 0)
			}
			return openBeneath(at, path, flags)
		})
	}
	if noTrace == 0 || flags == asStep {
		return open(flags)
	}
	fd, err := open(flags | noTrace)
	if errors.Is(err, unix.EPERM) {
		return open(flags)
	}
	return fd, err
}

// again repeats a system call that a signal interrupted. EAGAIN is what
// openat2(2) says when a rename came in between; only so often.
func again[V any](call func() (V, error)) (V, error) {
	for left := 100; ; left-- {
		v, err := call()
		if left > 0 && (err == unix.EINTR || err == unix.EAGAIN) {
			continue
		}
		return v, err
	}
}

// open opens the root of the tree, which must still be the folder that was listed.
func (t *Tree) open() (folder, error) {
	f, err := openFolder(t.Root, t.steps)
	if err != nil {
		return folder{}, fmt.Errorf("open %s: %w", t.Root, err)
	}
	st, _, err := fstat(f.fd)
	if err == nil && (st.dev != t.self.dev || st.ino != t.self.ino) {
		err = errors.New("it is no longer the folder that was listed")
	}
	if err != nil {
		f.close()
		return folder{}, fmt.Errorf("open %s: %w", t.Root, err)
	}
	return f, nil
}

// readFile returns the content of a regular file below f. The error wraps
// ErrTooBig when it is larger than limit.
func (f folder) readFile(path string, limit int64) ([]byte, error) {
	fd, err := f.open(path, asFile)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	st, size, err := fstat(fd)
	switch {
	case err != nil:
		return nil, err
	case !st.isRegular():
		return nil, kindError(st.kind())
	case size > limit:
		return nil, fmt.Errorf("%s, %w", sizeText(size), ErrTooBig)
	}
	data := make([]byte, size)
	n, err := readFull(fd, data, 0)
	return data[:n], err
}

// readFull reads from the offset until data is full or the file ends.
func readFull(fd int, data []byte, offset int64) (int, error) {
	done := 0
	for done < len(data) {
		n, err := again(func() (int, error) { return unix.Pread(fd, data[done:], offset+int64(done)) })
		if err != nil {
			return done, err
		}
		if n <= 0 {
			break
		}
		done += n
	}
	return done, nil
}

// readLink returns the target of the link name in the open folder.
func readLink(fd int, name string, buf []byte) (string, error) {
	n, err := again(func() (int, error) { return unix.Readlinkat(fd, name, buf) })
	if err != nil {
		return "", err
	}
	if n == len(buf) {
		return "", unix.ENAMETOOLONG
	}
	return string(buf[:n]), nil
}
