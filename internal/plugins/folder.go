package plugins

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/live"
)

// cutPath takes a path apart at its last slash; the folder of a path without one
// is "".
func cutPath(path string) (dir, name string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// find is where a path is among files by path, or would be.
func find(files []live.File, path string) int {
	i, _ := slices.BinarySearchFunc(files, path, func(f live.File, path string) int { return strings.Compare(f.Path, path) })
	return i
}

// hasFiles reports whether there is a file below a folder.
func hasFiles(files []live.File, dir string) bool {
	i := find(files, dir+"/")
	return i < len(files) && strings.HasPrefix(files[i].Path, dir+"/")
}

// inFolder yields the names in a folder that has no slash behind its path, in the
// order of the files, with the file of that name, or with nil where it is a folder.
func inFolder(files []live.File, dir string) iter.Seq2[string, *live.File] {
	return func(yield func(string, *live.File) bool) {
		prefix := dir + "/"
		if dir == "." {
			prefix = ""
		}
		for i := find(files, prefix); i < len(files) && strings.HasPrefix(files[i].Path, prefix); {
			name, _, isFolder := strings.Cut(files[i].Path[len(prefix):], "/")
			if !isFolder {
				if !yield(name, &files[i]) {
					return
				}
				i++
				continue
			}
			if !yield(name, nil) {
				return
			}
			i = find(files, prefix+name+"0") // "0" is the byte after the slash
		}
	}
}

// Files shows the files of a tree to package moodle. Links are not followed, and a
// file that is larger than [VersionLimit] cannot be read.
func Files(tree Tree) fs.FS { return treeFiles{tree} }

type treeFiles struct{ tree Tree }

var (
	_ fs.ReadFileFS = treeFiles{}
	_ fs.ReadDirFS  = treeFiles{}
)

// Open implements fs.FS; ReadFile and ReadDir are what is called.
func (t treeFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errors.ErrUnsupported}
}

// ReadFile implements fs.ReadFileFS.
func (t treeFiles) ReadFile(name string) ([]byte, error) {
	f, ok := t.tree.File(name)
	if !ok || f.Mode == git.ModeLink {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	data, err := t.tree.Read(name, VersionLimit)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", quoted(name), err)
	}
	return data, nil
}

// ReadDir implements fs.ReadDirFS. A folder without files is not there.
func (t treeFiles) ReadDir(name string) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	for base, f := range inFolder(t.tree.Files(), name) {
		e := entry{name: base, mode: fs.ModeDir}
		if f != nil {
			e.mode = 0
		}
		if f != nil && f.Mode == git.ModeLink {
			e.mode = fs.ModeSymlink
		}
		all = append(all, e)
	}
	if all == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// entry is a name in a folder, of which only the kind is known.
type entry struct {
	name string
	mode fs.FileMode
}

func (e entry) Name() string               { return path.Base(e.name) }
func (e entry) IsDir() bool                { return e.mode.IsDir() }
func (e entry) Type() fs.FileMode          { return e.mode.Type() }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) Size() int64                { return 0 }
func (e entry) Mode() fs.FileMode          { return e.mode }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Sys() any                   { return nil }
