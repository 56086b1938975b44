package job

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"mgit/internal/git"
)

// treeFS shows a tree of the repository as a file system, for package moodle,
// which reads files and knows nothing of Git. Files are read when they are
// opened. Links and submodules are listed and cannot be opened: following one
// could lead out of the tree.
type treeFS struct {
	ctx   context.Context // of the one operation this value lives for
	store *git.Store
	root  git.ID
}

var (
	_ fs.ReadFileFS = treeFS{}
	_ fs.ReadDirFS  = treeFS{}
	_ fs.StatFS     = treeFS{}
)

// Stat describes what stands at a path, links and submodules included, and reads no file.
func (t treeFS) Stat(name string) (fs.FileInfo, error) {
	e, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	return treeInfo{fs: t, entry: e}, nil
}

// ReadFile reads a file with one look-up of its path.
func (t treeFS) ReadFile(name string) ([]byte, error) {
	e, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if e.Mode != git.ModeFile && e.Mode != git.ModeExec {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	return t.store.Blob(t.ctx, e.ID)
}

// ReadDir lists a directory.
func (t treeFS) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if !e.Mode.IsTree() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	return t.list(e.ID)
}

// Open opens a file or a directory.
func (t treeFS) Open(name string) (fs.File, error) {
	e, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	info := treeInfo{fs: t, entry: e}
	switch {
	case e.Mode.IsTree():
		all, err := t.list(e.ID)
		return &treeDir{treeInfo: info, entries: all}, err
	case e.Mode == git.ModeFile || e.Mode == git.ModeExec:
		data, err := t.store.Blob(t.ctx, e.ID)
		return &treeFile{treeInfo: info, Reader: strings.NewReader(string(data))}, err
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

func (t treeFS) find(op, name string) (git.TreeEntry, error) {
	if !fs.ValidPath(name) {
		return git.TreeEntry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return git.TreeEntry{Name: ".", Mode: git.ModeTree, ID: t.root}, nil
	}
	e, err := t.store.Path(t.ctx, t.root, name)
	if errors.Is(err, git.ErrNotFound) {
		err = &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return e, err
}

// list returns the entries in the order of their names, which is not Git's.
func (t treeFS) list(id git.ID) ([]fs.DirEntry, error) {
	tree, err := t.store.Tree(t.ctx, id)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]fs.DirEntry, len(tree))
	for _, e := range tree {
		byName[e.Name] = fs.FileInfoToDirEntry(treeInfo{fs: t, entry: e})
	}
	all := make([]fs.DirEntry, 0, len(tree))
	for _, name := range sortedNames(byName) {
		all = append(all, byName[name])
	}
	return all, nil
}

// treeInfo describes an entry. It has no time: Git records none.
type treeInfo struct {
	fs    treeFS
	entry git.TreeEntry
}

func (i treeInfo) Name() string               { return i.entry.Name }
func (i treeInfo) IsDir() bool                { return i.entry.Mode.IsTree() }
func (i treeInfo) ModTime() time.Time         { return time.Time{} }
func (i treeInfo) Sys() any                   { return i.entry }
func (i treeInfo) Stat() (fs.FileInfo, error) { return i, nil }
func (i treeInfo) Close() error               { return nil }

// Size is the length of a file, and 0 for everything else.
func (i treeInfo) Size() int64 {
	if !i.Mode().IsRegular() {
		return 0
	}
	data, err := i.fs.store.Blob(i.fs.ctx, i.entry.ID)
	if err != nil {
		return 0
	}
	return int64(len(data))
}

func (i treeInfo) Mode() fs.FileMode {
	switch i.entry.Mode {
	case git.ModeTree:
		return fs.ModeDir | 0o555
	case git.ModeExec:
		return 0o555
	case git.ModeLink:
		return fs.ModeSymlink | 0o444
	case git.ModeGitlink:
		return fs.ModeIrregular | 0o444
	}
	return 0o444
}

type treeFile struct {
	treeInfo
	*strings.Reader
}

// Size is that of the file; both embedded values have one.
func (f *treeFile) Size() int64 { return f.treeInfo.Size() }

type treeDir struct {
	treeInfo
	entries []fs.DirEntry
}

func (d *treeDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.Name(), Err: fs.ErrInvalid}
}

// ReadDir returns the next n entries, or all that are left when n <= 0.
func (d *treeDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.entries) {
		if n > 0 && len(d.entries) == 0 {
			return nil, io.EOF
		}
		n = len(d.entries)
	}
	next := d.entries[:n]
	d.entries = d.entries[n:]
	return next, nil
}
