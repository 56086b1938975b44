package live

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"math"
	"strconv"

	"golang.org/x/sys/unix"

	"mgit/internal/git"
)

// Read returns the content of the regular file at path, never through a link.
// The error wraps ErrTooBig when the file is larger than limit (0: DefaultLimit),
// ErrNotRegular for a link, fs.ErrNotExist when the tree has no such file, and
// ErrChanged when its bytes are no longer those of its ID, or do not hold still.
func (t *Tree) Read(path string, limit int64) ([]byte, error) {
	f, ok := t.File(path)
	switch {
	case !ok:
		return nil, fmt.Errorf("read %q: %w", path, fs.ErrNotExist)
	case f.Mode == git.ModeLink:
		return nil, fmt.Errorf("read %q: %w", path, ErrNotRegular)
	case limit == 0:
		limit = DefaultLimit
	}
	at, err := t.open()
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	defer at.close()
	r := newReader(context.Background(), at, limit)
	defer r.close()
	id := f.ID
	var content bytes.Buffer
	r.copy = &content
	if err := r.hash(&f); err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	if id != git.ZeroID && f.ID != id {
		return nil, fmt.Errorf("read %q: %w", path, ErrChanged)
	}
	return content.Bytes(), nil
}

// bufferSize is the buffer of a reader. It holds nearly every file whole.
const bufferSize = 128 << 10

// reader reads files one after the other, best in the order of their paths: the
// folder of the last one stays open.
type reader struct {
	ctx   context.Context
	at    folder
	limit int64
	copy  *bytes.Buffer // gets what is read, nil: nobody wants it

	dir    string
	fd     int // of dir, -1: none is open
	dirErr error
	sum    hash.Hash
	buf    []byte
	head   []byte
}

func newReader(ctx context.Context, at folder, limit int64) *reader {
	return &reader{ctx: ctx, at: at, limit: limit, fd: -1, sum: sha1.New(), buf: make([]byte, bufferSize)}
}

func (r *reader) close() {
	if r.fd >= 0 {
		_ = unix.Close(r.fd)
		r.fd = -1
	}
}

// hash reads the file and sets its id and what stat(2) says of it. One that
// changes in the meantime is read once more. f is unchanged after an error.
func (r *reader) hash(f *File) error {
	dir, name := split(f.Path)
	if r.fd < 0 && r.dirErr == nil || dir != r.dir {
		r.close()
		r.dir = dir
		r.fd, r.dirErr = r.at.open(dir, asStep)
	}
	if r.dirErr != nil {
		return r.dirErr
	}
	try := r.file
	if f.Mode == git.ModeLink {
		try = r.link
	}
	err := try(name, f)
	if errors.Is(err, ErrChanged) {
		err = try(name, f)
	}
	return err
}

// file reads a regular file. SHA-1 is computed without a search for crafted
// collisions: two of those would have to be in upstream's history to deceive.
func (r *reader) file(name string, f *File) error {
	folder := r.at
	folder.fd = r.fd
	fd, err := folder.open(name, asFile)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	st, size, err := fstat(fd)
	switch {
	case err != nil:
		return err
	case !st.isRegular():
		return kindError(st.kind())
	case size > r.limit:
		return fmt.Errorf("%s, %w", sizeText(size), ErrTooBig)
	}
	if err := r.content(fd, size); err != nil {
		return err
	}
	after, sizeAfter, err := fstat(fd)
	if err != nil {
		return err
	}
	if after != st || sizeAfter != size {
		return ErrChanged
	}
	f.Mode, f.Size, f.stat = st.gitMode(), size, st
	r.sum.Sum(f.ID[:0])
	return nil
}

// content hashes a file of that size, and copies it.
func (r *reader) content(fd int, size int64) error {
	r.begin(size)
	if r.copy != nil {
		r.copy.Reset()
		r.copy.Grow(int(min(size, math.MaxInt32)))
	}
	for total := int64(0); ; {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		n, err := again(func() (int, error) { return unix.Read(fd, r.buf) })
		if err != nil {
			return err
		}
		total += int64(max(n, 0))
		if total > size || n <= 0 && total < size {
			return ErrChanged
		}
		_, _ = r.sum.Write(r.buf[:max(n, 0)])
		if r.copy != nil {
			_, _ = r.copy.Write(r.buf[:max(n, 0)])
		}
		// A regular file gives less than was asked for only at its end.
		if n <= 0 || total == size && n < len(r.buf) {
			return nil
		}
	}
}

// begin starts the id of a blob.
func (r *reader) begin(size int64) {
	r.sum.Reset()
	r.head = strconv.AppendInt(append(r.head[:0], "blob "...), size, 10)
	_, _ = r.sum.Write(append(r.head, 0))
}

// link reads the target of a symbolic link.
func (r *reader) link(name string, f *File) error {
	st, _, err := lstat(r.fd, name)
	if err != nil {
		return err
	}
	if !st.isLink() {
		return ErrChanged
	}
	target, err := readLink(r.fd, name, r.buf)
	if err != nil {
		return err
	}
	after, _, err := lstat(r.fd, name)
	if err != nil {
		return err
	}
	if after != st {
		return ErrChanged
	}
	f.Size, f.stat = int64(len(target)), st
	r.begin(f.Size)
	_, _ = r.sum.Write([]byte(target))
	r.sum.Sum(f.ID[:0])
	return nil
}

// BlobID is the id of a blob with these bytes.
func BlobID(data []byte) git.ID {
	sum := sha1.New()
	_, _ = fmt.Fprintf(sum, "blob %d\x00", len(data))
	_, _ = sum.Write(data)
	return git.ID(sum.Sum(nil))
}
