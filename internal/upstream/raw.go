package upstream

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"mgit/internal/git"
)

// rawDelta is a file that a commit added, changed or removed. An id is zero
// where there is no regular file and no link.
type rawDelta struct {
	path     []byte
	old, new git.ID
}

// rawReader reads what `git diff-tree --stdin --raw -z` says, see "RAW OUTPUT
// FORMAT" in git-diff-tree(1).
type rawReader struct {
	in     *bufio.Reader
	field  []byte // the next one
	err    error  // why there is none
	deltas []rawDelta
	text   []byte // of the paths
}

func newRawReader(out io.Reader) *rawReader {
	r := &rawReader{in: bufio.NewReaderSize(out, 64<<10)}
	r.next()
	return r
}

// next reads a field up to its NUL. It is valid until the next one is read.
func (r *rawReader) next() {
	field, err := r.in.ReadSlice(0)
	if errors.Is(err, bufio.ErrBufferFull) {
		var rest []byte
		field = bytes.Clone(field)
		rest, err = r.in.ReadBytes(0)
		field = append(field, rest...)
	}
	switch {
	case err == nil:
		r.field, r.err = field[:len(field)-1], nil
	case len(field) > 0 && errors.Is(err, io.EOF):
		r.field, r.err = nil, io.ErrUnexpectedEOF
	default:
		r.field, r.err = nil, err
	}
}

// commit reads what is said of the commit id, which must be the next one, into
// r.deltas. They are valid until the next call.
func (r *rawReader) commit(id git.ID) error {
	if r.err != nil {
		return fmt.Errorf("git diff-tree says nothing of commit %s: %w", id, unexpected(r.err))
	}
	if string(r.field) != id.String() {
		return fmt.Errorf("git diff-tree says %q where commit %s is next", r.field, id)
	}
	r.deltas, r.text = r.deltas[:0], r.text[:0]
	for r.next(); r.err == nil && len(r.field) > 0 && r.field[0] == ':'; r.next() {
		if err := r.delta(); err != nil {
			return fmt.Errorf("commit %s: %w", id, err)
		}
	}
	if r.err != nil && !errors.Is(r.err, io.EOF) {
		return fmt.Errorf("git diff-tree broke off within commit %s: %w", id, r.err)
	}
	return nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// end makes sure that nothing is left.
func (r *rawReader) end() error {
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return fmt.Errorf("git diff-tree says %q, which nobody asked for", r.field)
}

// delta reads ":OLDMODE NEWMODE OLDID NEWID STATUS" and the path after it. A
// change of mode alone is left out.
func (r *rawReader) delta() error {
	const length = len(":100644 100644 ") + 2*41 + len("M")
	f := r.field
	if len(f) != length || f[7] != ' ' || f[14] != ' ' || f[55] != ' ' || f[96] != ' ' {
		return fmt.Errorf("git diff-tree says %q", f)
	}
	before, err := side(f[1:7], f[15:55])
	if err != nil {
		return err
	}
	after, err := side(f[8:14], f[56:96])
	if err != nil {
		return err
	}
	if r.next(); r.err != nil || len(r.field) == 0 {
		return errors.New("git diff-tree gave a change without a path")
	}
	if before == after {
		return nil
	}
	start := len(r.text)
	r.text = append(r.text, r.field...)
	r.deltas = append(r.deltas, rawDelta{r.text[start:len(r.text):len(r.text)], before, after})
	return nil
}

// side is the file on one side of a change, zero where there is none or where a
// submodule stands.
func side(mode, id []byte) (git.ID, error) {
	var blob git.ID
	if _, err := hex.Decode(blob[:], id); err != nil {
		return blob, fmt.Errorf("git diff-tree says %q for an id", id)
	}
	switch kind := string(mode[:3]); {
	case kind == "100" || kind == "120":
		return blob, nil
	case kind == "160" || string(mode) == "000000":
		return git.ZeroID, nil
	}
	return blob, fmt.Errorf("git diff-tree says %q for a mode", mode)
}
