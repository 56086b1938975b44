package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
)

// cached hashes the tree at root with the cache in file, and saves that. The clock of the cache is ahead
// by so much, so that a test need not wait until its files have come of age.
func cached(t *testing.T, root, file string, ahead time.Duration, want func(File) bool) *Tree {
	t.Helper()
	tree := mustScan(t, root, false)
	tree.hashed = time.Now().Add(ahead)
	cache, err := OpenCache(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Hash(t.Context(), want, HashOptions{Cache: cache}); err != nil {
		t.Fatal(err)
	}
	if err := cache.Save(); err != nil {
		t.Fatal(err)
	}
	return tree
}

const aged = time.Hour

// fake is an id that no content has.
var fake = git.ID{1, 2, 3}

// falsify gives every file in the cache the id fake, so that a hit shows.
func falsify(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, entries, _, ok := cutHeader(string(data[:len(data)-4]))
	if !ok {
		t.Fatal("the cache is none")
	}
	for at := len(data) - 4 - len(entries); at < len(data)-4; {
		at += entryFixed + int(binary.LittleEndian.Uint32(data[at:]))
		copy(data[at-len(fake):], fake[:])
	}
	seal(data)
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func seal(data []byte) {
	binary.LittleEndian.PutUint32(data[len(data)-4:], checksum(data[:len(data)-4]))
}

func wantIDs(t *testing.T, tree *Tree, want ...git.ID) {
	t.Helper()
	var got []git.ID
	for _, f := range tree.Files {
		got = append(got, f.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("ids %v, want %v", got, want)
	}
}

func TestCacheHit(t *testing.T) {
	t.Parallel()
	root, file := t.TempDir(), t.TempDir()+"/new/cache"
	a, b := BlobID([]byte("a")), BlobID([]byte("b"))
	put(t, root, "a", "a")
	put(t, root, "b", "b")
	wantIDs(t, cached(t, root, file, aged, nil), a, b)
	falsify(t, file)
	wantIDs(t, cached(t, root, file, aged, nil), fake, fake)

	// Whatever shows that a file was touched makes it be read.
	old := time.Now().Add(-100 * time.Hour)
	for _, c := range []struct {
		name   string
		change func() error
		want   git.ID
	}{
		{"another content, time set back", func() error {
			info, err := os.Stat(root + "/a")
			return errors.Join(err, os.WriteFile(root+"/a", []byte("x"), 0o666), os.Chtimes(root+"/a", time.Time{}, info.ModTime()))
		}, BlobID([]byte("x"))},
		{"another file in its place, time set back", func() error {
			info, err := os.Stat(root + "/a")
			return errors.Join(err, os.WriteFile(root+"/n", []byte("y"), 0o666), os.Chtimes(root+"/n", time.Time{}, info.ModTime()), os.Rename(root+"/n", root+"/a"))
		}, BlobID([]byte("y"))},
		{"an older time", func() error { return os.Chtimes(root+"/a", old, old) }, BlobID([]byte("y"))},
		{"another mode", func() error { return os.Chmod(root+"/a", 0o700) }, BlobID([]byte("y"))},
		{"another size", func() error { return os.WriteFile(root+"/a", []byte("a"), 0o666) }, a},
	} {
		time.Sleep(20 * time.Millisecond) // more than a tick of the file system's clock
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		tree := cached(t, root, file, aged, nil)
		if tree.Files[0].ID != c.want || tree.Files[1].ID != fake {
			t.Errorf("%s: ids %s and %s, want %s and %s", c.name, tree.Files[0].ID, tree.Files[1].ID, c.want, fake)
		}
		falsify(t, file)
		if tree := cached(t, root, file, aged, nil); tree.Files[0].ID != fake {
			t.Errorf("%s: it was not remembered", c.name)
		}
	}
}

// TestCacheRacy writes a file again, to the same length, at once after it was
// hashed, and sets its time back.
func TestCacheRacy(t *testing.T) {
	t.Parallel()
	root, file := t.TempDir(), t.TempDir()+"/cache"
	for i := range 100 {
		text := fmt.Sprintf("%04d", i)
		if err := os.WriteFile(root+"/a", []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			info, err := os.Stat(root + "/a")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(root+"/a", time.Time{}, info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}
		wantIDs(t, cached(t, root, file, 0, nil), BlobID([]byte(text)))
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("\x01\x00\x00\x00a")) {
		t.Error("a file that was written a moment ago is remembered")
	}
	put(t, root, "future", "x")
	future := time.Now().Add(10 * time.Hour)
	if err := os.Chtimes(root+"/future", future, future); err != nil {
		t.Fatal(err)
	}
	cached(t, root, file, aged, nil)
	falsify(t, file)
	wantIDs(t, cached(t, root, file, aged, nil), fake, BlobID([]byte("x")))
}

func TestCacheOfAnother(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := dir + "/cache"
	put(t, dir, "one/a", "a")
	put(t, dir, "two/a", "a")
	if err := os.Remove(dir + "/two/a"); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(dir+"/one/a", dir+"/two/a"); err != nil { // stat(2) says the same of both
		t.Fatal(err)
	}
	cached(t, dir+"/one", file, aged, nil)
	falsify(t, file)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wantIDs(t, cached(t, dir+"/two", file, aged, nil), BlobID([]byte("a")))
	if err := os.WriteFile(file, before, 0o666); err != nil {
		t.Fatal(err)
	}
	// Another folder under the same name, and the same folder under another.
	rename(t, dir+"/one", dir+"/three")
	rename(t, dir+"/two", dir+"/one")
	wantIDs(t, cached(t, dir+"/one", dir+"/copy", aged, nil), BlobID([]byte("a")))
	if err := os.WriteFile(file, before, 0o666); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, cached(t, dir+"/one", file, aged, nil), BlobID([]byte("a")))
	if err := os.WriteFile(file, before, 0o666); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, cached(t, dir+"/three", file, aged, nil), BlobID([]byte("a")))
}

// TestCacheKeeps shows what stays in the cache and what goes.
func TestCacheKeeps(t *testing.T) {
	t.Parallel()
	root, file := t.TempDir(), t.TempDir()+"/cache"
	for _, name := range []string{"a", "b", "c"} {
		put(t, root, name, name)
	}
	cached(t, root, file, aged, nil)
	falsify(t, file)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	only := func(name string) func(File) bool { return func(f File) bool { return f.Path == name } }
	wantIDs(t, cached(t, root, file, aged, only("b")), git.ZeroID, fake, git.ZeroID)
	if again, err := os.Stat(file); err != nil || !os.SameFile(info, again) {
		t.Errorf("it was written although nothing is new (%v)", err)
	}
	wantIDs(t, cached(t, root, file, aged, nil), fake, fake, fake) // nobody wanted them, and they stayed
	if err := os.Remove(root + "/b"); err != nil {
		t.Fatal(err)
	}
	cached(t, root, file, aged, only("c"))
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, n, _ := cutHeader(string(data[:len(data)-4])); n != 2 {
		t.Errorf("%d entries, want those of a and c", n)
	}
	left, err := filepath.Glob(filepath.Dir(file) + "/*")
	if err != nil || len(left) != 1 {
		t.Errorf("files %q are left (%v)", left, err)
	}
}

func TestCacheDamaged(t *testing.T) {
	t.Parallel()
	root, file := t.TempDir(), t.TempDir()+"/cache"
	put(t, root, "a", "a")
	put(t, root, "b", "b")
	cached(t, root, file, aged, nil)
	falsify(t, file)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(file, data, 0o666); err != nil {
			t.Fatal(err)
		}
		tree := cached(t, root, file, aged, nil)
		if tree.Files[0].ID == fake {
			t.Errorf("%s: it was believed", name)
		}
	}
	for i := 0; i < len(good); i += 7 {
		check(fmt.Sprintf("cut after %d bytes", i), good[:i])
		damaged := bytes.Clone(good)
		damaged[i] ^= 0x10
		check(fmt.Sprintf("damaged at %d", i), damaged)
		if damaged[i] ^= 0x10; isCache(string(good[:i])) || !isCache(string(damaged)) {
			t.Errorf("what is whole and what is not is told wrong at %d", i)
		}
	}
	newer := bytes.Replace(bytes.Clone(good), []byte("cache 1"), []byte("cache 2"), 1)
	seal(newer)
	check("a newer one", newer)
	check("another file", []byte(strings.Repeat("<?php\n", 100)))
	if err := os.WriteFile(file, good, 0o666); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, cached(t, root, file, aged, nil), fake, fake)
	if _, err := OpenCache(root); err == nil {
		t.Error("a folder was opened as a cache")
	}
}

// FuzzCache opens any bytes as a cache and asks it for files.
func FuzzCache(f *testing.F) {
	tree := &Tree{Root: "/srv/moodle", Files: []File{{Path: "a", ID: fake}, {Path: "b/c", ID: fake}, {Path: "d", ID: fake}}}
	tree.hashed = time.Now()
	var c Cache
	(&c).keep(tree)
	f.Add(c.next)
	f.Add([]byte(cacheMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4 {
			data = bytes.Clone(data)
			seal(data) // else nothing would get past the checksum
		}
		if !isCache(string(data)) {
			return
		}
		c := Cache{data: string(data)}
		k := c.of(tree)
		for i := range tree.Files {
			if id, ok := k.find(&tree.Files[i]); ok && !bytes.Contains(data, id[:]) {
				t.Errorf("the id %s from nowhere", id)
			}
		}
	})
}
