package live

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, steps bool) {
		root := t.TempDir()
		long := strings.Repeat("0123456789", bufferSize/5)
		put(t, root, "a/b/file", long)
		put(t, root, "empty", "")
		mustLink(t, root, "link", "empty")
		tree := mustScan(t, root, steps)
		got, err := tree.Read("a/b/file", 0)
		if err != nil || string(got) != long {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if got, err := tree.Read("empty", 0); err != nil || len(got) != 0 {
			t.Errorf("%q, %v", got, err)
		}
		mustHash(t, tree, HashOptions{})
		put(t, root, "a/b/file", long[:len(long)-1]+"x")
		for _, c := range []struct {
			path  string
			limit int64
			want  error
		}{
			{"a/b/file", 0, ErrChanged},
			{"a/b/file", 100, ErrTooBig},
			{"link", 0, ErrNotRegular},
			{"a/b", 0, fs.ErrNotExist},
			{"a/../empty", 0, fs.ErrNotExist},
			{"", 0, fs.ErrNotExist},
		} {
			if _, err := tree.Read(c.path, c.limit); !errors.Is(err, c.want) {
				t.Errorf("Read(%q, %d): %v, want %v", c.path, c.limit, err, c.want)
			}
		}
		rename(t, root, root+".old")
		put(t, root, "empty", "")
		if _, err := tree.Read("empty", 0); err == nil {
			t.Error("another folder in the root's place was read")
		}
		if err := tree.Hash(t.Context(), nil, HashOptions{}); err == nil {
			t.Error("another folder in the root's place was hashed")
		}
	})
}

// poke is a context that does something whenever it is asked.
type poke struct {
	context.Context
	do func()
}

func (p poke) Err() error {
	p.do()
	return nil
}

// TestChanging changes a file between two reads of it.
func TestChanging(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, c := range []struct {
		name   string
		times  int // changes
		change func(file string, n int) error
		err    error
	}{
		{"grows once", 1, func(file string, _ int) error { return appendTo(file, "x") }, nil},
		{"grows always", 100, func(file string, _ int) error { return appendTo(file, "x") }, ErrChanged},
		{"shrinks always", 100, func(file string, n int) error { return os.Truncate(file, int64(3*bufferSize-n)) }, ErrChanged},
		{"is written in place", 100, func(file string, n int) error { return writeAt(file, byte(n)) }, ErrChanged},
		{"is replaced once", 1, func(file string, _ int) error {
			if err := os.WriteFile(file+".new", []byte("new"), 0o666); err != nil {
				return err
			}
			return os.Rename(file+".new", file)
		}, nil},
		{"is removed", 1, func(file string, _ int) error { return os.Remove(file) }, fs.ErrNotExist},
	} {
		put(t, root, "file", strings.Repeat("0", 3*bufferSize))
		tree := mustScan(t, root, false)
		at, err := tree.open()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		r := newReader(poke{t.Context(), func() {
			if n++; n <= c.times {
				if err := c.change(root+"/file", n); err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
			}
		}}, at, DefaultLimit)
		f := tree.Files[0]
		if err := r.hash(&f); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		if c.err == nil {
			data, err := os.ReadFile(root + "/file")
			if err != nil {
				t.Fatal(err)
			}
			if f.ID != BlobID(data) || f.Size != int64(len(data)) {
				t.Errorf("%s: %s of %d bytes, want %s", c.name, f.ID, f.Size, BlobID(data))
			}
		}
		r.close()
		at.close()
	}
}

func appendTo(file, text string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return cmp.Or(err, f.Close())
}

func writeAt(file string, b byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{b}, 10), 5)
	return cmp.Or(err, f.Close())
}
