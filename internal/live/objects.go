package live

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mgit/internal/git"
)

// Bounds of what is read of a repository's objects. Git's own are far below:
// Moodle's largest tree has 30 kB, and Git makes no chain of more than 4095 deltas.
const (
	maxObject  = 32 << 20 // bytes of a commit or a tree
	maxInflate = 4 << 30  // bytes of all objects and deltas that one question may unpack
	maxChain   = 4096     // deltas of one object
	maxPacks   = 256      // packs of one repository
	maxStores  = 16       // folders of objects, alternates included
	maxHeld    = 24 << 20 // bytes of unpacked objects that are kept as bases
	maxListed  = 64 << 10 // bytes of the list of alternates
	maxFolders = 20_000   // folders of one commit
	maxEntries = 300_000  // files and folders of one commit
)

// objects reads commits and trees of one repository from its files, by the safe
// way of [folder]. Blobs are never asked for. It is for one goroutine.
type objects struct {
	ctx       context.Context
	tree      *Tree
	at        folder
	stores    []string // folders of objects
	elsewhere string   // another one, which is out of the tree
	packs     []*pack

	spent  int64 // bytes unpacked
	held   map[place]held
	size   int // of held
	input  *bufio.Reader
	zipped io.ReadCloser
}

// openObjects opens the objects of the repository at path, which must be closed.
func (t *Tree) openObjects(ctx context.Context, path string) (*objects, error) {
	git, ok := t.gits[path]
	if !ok {
		return nil, errors.New("its git folder was not read")
	}
	at, err := t.open()
	if err != nil {
		return nil, err
	}
	o := &objects{ctx: ctx, tree: t, at: at}
	if err := o.addStore(join(git.common, "objects")); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

func (o *objects) close() {
	for _, p := range o.packs {
		p.close()
	}
	o.at.close()
}

// addStore adds a folder of objects and those that it borrows from.
func (o *objects) addStore(dir string) error {
	if slices.Contains(o.stores, dir) {
		return nil
	}
	if len(o.stores) == maxStores {
		return errors.New("it borrows objects from too many places")
	}
	o.stores = append(o.stores, dir)
	if err := o.findPacks(join(dir, "pack")); err != nil {
		return err
	}
	list, err := o.at.readFile(join(dir, "info/alternates"), maxListed)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("its list of alternates was not read: %s", reason(err))
	}
	for line := range strings.Lines(string(list)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		other, ok := o.tree.inside(dir, line)
		if !ok || strings.ContainsRune(other, 0) {
			o.elsewhere = line
			continue
		}
		if err := o.addStore(other); err != nil {
			return err
		}
	}
	return nil
}

// missing is the error for an object that is not there.
func (o *objects) missing(id git.ID) error {
	if o.elsewhere != "" {
		return fmt.Errorf("its objects are elsewhere, in %s, and were not read", quoted(o.elsewhere))
	}
	return fmt.Errorf("object %s: %w", id, git.ErrNotFound)
}

// read returns the bytes of the object id, which must be of the kind. They are
// shared and must not be changed. The error wraps git.ErrNotFound when there is
// no such object, unless it may be out of the tree.
func (o *objects) read(id git.ID, kind string) ([]byte, error) {
	if err := o.ctx.Err(); err != nil {
		return nil, err
	}
	if id == git.EmptyTree && kind == "tree" {
		return nil, nil // Git knows it without storing it
	}
	got, data, err := o.find(id)
	if err != nil {
		return nil, err
	}
	if got != kind {
		return nil, fmt.Errorf("object %s is a %s and not a %s", id, got, kind)
	}
	sum := sha1.New()
	_, _ = fmt.Fprintf(sum, "%s %d\x00", kind, len(data))
	_, _ = sum.Write(data)
	if git.ID(sum.Sum(nil)) != id {
		return nil, fmt.Errorf("object %s is damaged", id)
	}
	return data, nil
}

func (o *objects) find(id git.ID) (kind string, data []byte, err error) {
	for _, p := range o.packs {
		offset, ok, err := p.find(id)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", quoted(p.name), err)
		}
		if ok {
			kind, data, err = o.unpack(p, offset)
			if err != nil {
				err = fmt.Errorf("object %s in %s: %w", id, quoted(p.name), err)
			}
			return kind, data, err
		}
	}
	name := id.String()
	for _, dir := range o.stores {
		kind, data, err := o.loose(dir + "/" + name[:2] + "/" + name[2:])
		if !errors.Is(err, fs.ErrNotExist) {
			if err != nil {
				err = fmt.Errorf("object %s: %w", id, err)
			}
			return kind, data, err
		}
	}
	return "", nil, o.missing(id)
}

// loose reads an object that is in a file of its own.
func (o *objects) loose(path string) (kind string, data []byte, err error) {
	fd, err := o.at.open(path, asFile)
	if err != nil {
		return "", nil, err
	}
	defer unix.Close(fd)
	st, size, err := fstat(fd)
	if err != nil {
		return "", nil, err
	}
	if !st.isRegular() {
		return "", nil, kindError(st.kind())
	}
	z, err := o.inflater(fd, 0, size)
	if err != nil {
		return "", nil, err
	}
	const longest = len("commit 12345678901234567890\x00")
	head := make([]byte, 0, longest)
	for one := [1]byte{}; len(head) < longest; head = append(head, one[0]) {
		if _, err := io.ReadFull(z, one[:]); err != nil {
			return "", nil, err
		}
		if one[0] == 0 {
			break
		}
	}
	kind, length, ok := strings.Cut(string(head), " ")
	n, err := strconv.ParseInt(length, 10, 64)
	if !ok || err != nil {
		return "", nil, errors.New("it is not what Git writes")
	}
	data, err = o.fill(z, n)
	return kind, data, err
}

// inflater begins to decompress what is in the file from the offset on.
func (o *objects) inflater(fd int, offset, size int64) (io.Reader, error) {
	section := io.NewSectionReader(fdReader(fd), offset, size-offset)
	if o.input == nil {
		o.input = bufio.NewReaderSize(section, 4096)
	} else {
		o.input.Reset(section)
	}
	if o.zipped == nil {
		z, err := zlib.NewReader(o.input)
		if err != nil {
			return nil, err
		}
		o.zipped = z
		return z, nil
	}
	return o.zipped, o.zipped.(zlib.Resetter).Reset(o.input, nil)
}

// fill reads exactly n bytes and the end.
func (o *objects) fill(z io.Reader, n int64) ([]byte, error) {
	if err := o.spend(n); err != nil {
		return nil, err
	}
	// The size is what a hostile file says: memory follows what is there.
	var b bytes.Buffer
	b.Grow(int(min(n, 64<<10)))
	got, err := b.ReadFrom(io.LimitReader(z, n+1))
	if err != nil {
		return nil, err
	}
	if got != n {
		return nil, errors.New("it is longer or shorter than it says")
	}
	return b.Bytes(), nil
}

// spend counts what is unpacked and says when it is too much.
func (o *objects) spend(n int64) error {
	o.spent += max(n, 0)
	if n < 0 || n > maxObject || o.spent > maxInflate {
		return fmt.Errorf("%s, %w", sizeText(n), ErrTooBig)
	}
	return o.ctx.Err()
}

// fdReader reads an open file at offsets.
type fdReader int

func (fd fdReader) ReadAt(data []byte, offset int64) (int, error) {
	n, err := readFull(int(fd), data, offset)
	if err == nil && n < len(data) {
		err = io.EOF
	}
	return n, err
}
