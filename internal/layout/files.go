package layout

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// files shows a tree to package moodle, which reads the few files that declare
// components. Links and submodules are listed and cannot be opened.
type files struct {
	ctx     context.Context // of the one operation this value lives for
	objects Objects
	root    git.ID
}

var (
	_ fs.ReadFileFS = files{}
	_ fs.ReadDirFS  = files{}
)

// ReadFile reads a file.
func (f files) ReadFile(name string) ([]byte, error) {
	at, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	if at.File.Mode != git.ModeFile && at.File.Mode != git.ModeExec {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	return f.objects.Blob(f.ctx, at.File.ID)
}

// ReadDir lists a folder.
func (f files) ReadDir(name string) ([]fs.DirEntry, error) {
	at, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	if at.Dir == git.ZeroID {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	t, err := tree.Read(f.ctx, f.objects, at.Dir)
	if err != nil {
		return nil, err
	}
	all := make([]fs.DirEntry, len(t))
	for i, e := range t {
		all[i] = fs.FileInfoToDirEntry(info{e})
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// Open is there for the interface: what is needed goes through the methods above.
func (f files) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

func (f files) find(op, name string) (tree.Node, error) {
	if !fs.ValidPath(name) {
		return tree.Node{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return tree.Node{Dir: f.root}, nil
	}
	at, err := tree.At(f.ctx, f.objects, f.root, name)
	if err == nil && at == (tree.Node{}) {
		err = &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return at, err
}

// info is an entry of a tree. Git records no time, and sizes are not asked for.
type info struct{ entry git.TreeEntry }

func (i info) Name() string       { return i.entry.Name }
func (i info) IsDir() bool        { return i.entry.Mode.IsTree() }
func (i info) Size() int64        { return 0 }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) Sys() any           { return i.entry }

func (i info) Mode() fs.FileMode {
	switch {
	case i.entry.Mode.IsTree():
		return fs.ModeDir | 0o555
	case i.entry.Mode == git.ModeLink:
		return fs.ModeSymlink | 0o444
	case i.entry.Mode == git.ModeGitlink:
		return fs.ModeIrregular | 0o444
	}
	return 0o444
}
