package job

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"mgit/internal/git"
)

// stagedFS shows what a commit made now would hold: a tree, and over it the files of the index that differ. Most of
// the index is the tree's own, so that it is never read as a whole.
type stagedFS struct {
	treeFS                          // what the index is compared with
	files  map[string]git.TreeEntry // that differ, by path; the zero entry for one that is gone
	below  map[string][]string      // the names in each directory that has such files below it
}

var (
	_ fs.ReadFileFS = stagedFS{}
	_ fs.ReadDirFS  = stagedFS{}
)

func newStagedFS(base treeFS, changes []git.IndexChange) stagedFS {
	s := stagedFS{treeFS: base, files: make(map[string]git.TreeEntry, len(changes)), below: make(map[string][]string)}
	put := func(name string, e git.TreeEntry) {
		if before, known := s.files[name]; known && before.Mode != 0 {
			return // a file that was moved here and one that was moved away
		}
		s.files[name] = e
		for name != "." {
			dir := path.Dir(name)
			base := path.Base(name)
			if slices.Contains(s.below[dir], base) {
				return
			}
			s.below[dir] = append(s.below[dir], base)
			name = dir
		}
	}
	for _, c := range changes {
		if c.From.Name != c.To.Name || c.To.Mode == 0 {
			put(c.From.Name, git.TreeEntry{})
		}
		if c.To.Mode != 0 {
			put(c.To.Name, git.TreeEntry{Name: path.Base(c.To.Name), Mode: c.To.Mode, ID: c.To.ID})
		}
	}
	return s
}

// ReadFile reads a file.
func (s stagedFS) ReadFile(name string) ([]byte, error) {
	e, changed := s.files[name]
	switch {
	case !changed && !s.hasFileAbove(name):
		return s.treeFS.ReadFile(name)
	case e.Mode == 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case e.Mode != git.ModeFile && e.Mode != git.ModeExec:
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	return s.store.Blob(s.ctx, e.ID)
}

// hasFileAbove reports whether a file took the place of a directory on the way to name.
func (s stagedFS) hasFileAbove(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if s.files[dir].Mode != 0 {
			return true
		}
	}
	return false
}

// ReadDir lists a directory.
func (s stagedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if s.files[name].Mode != 0 || s.hasFileAbove(name) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	listed, err := s.treeFS.ReadDir(name)
	changed, touched := s.below[name]
	if !touched {
		return listed, err
	}
	byName := make(map[string]fs.DirEntry, len(listed)+len(changed))
	for _, e := range listed {
		byName[e.Name()] = e
	}
	for _, base := range changed {
		e, err := s.entry(path.Join(name, base))
		if err != nil {
			delete(byName, base)
			continue
		}
		byName[base] = fs.FileInfoToDirEntry(treeInfo{fs: s.treeFS, entry: e})
	}
	if len(byName) == 0 {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	all := make([]fs.DirEntry, 0, len(byName))
	for _, base := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, byName[base])
	}
	return all, nil
}

// Open opens a file or a directory.
func (s stagedFS) Open(name string) (fs.File, error) {
	e, err := s.entry(name)
	if err != nil {
		return nil, err
	}
	info := treeInfo{fs: s.treeFS, entry: e}
	switch {
	case e.Mode.IsTree():
		all, err := s.ReadDir(name)
		return &treeDir{treeInfo: info, entries: all}, err
	case e.Mode == git.ModeFile || e.Mode == git.ModeExec:
		data, err := s.store.Blob(s.ctx, e.ID)
		return &treeFile{treeInfo: info, Reader: strings.NewReader(string(data))}, err
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

// Stat describes a file, a link or a directory.
func (s stagedFS) Stat(name string) (fs.FileInfo, error) {
	e, err := s.entry(name)
	if err != nil {
		return nil, err
	}
	return treeInfo{fs: s.treeFS, entry: e}, nil
}

// entry finds what stands at a path. A directory has no id of its own.
func (s stagedFS) entry(name string) (git.TreeEntry, error) {
	if e, changed := s.files[name]; changed && e.Mode != 0 {
		return e, nil
	}
	if _, touched := s.below[name]; touched {
		if _, err := s.ReadDir(name); err != nil {
			return git.TreeEntry{}, err
		}
		return git.TreeEntry{Name: path.Base(name), Mode: git.ModeTree}, nil
	}
	if _, gone := s.files[name]; gone || s.hasFileAbove(name) {
		return git.TreeEntry{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return s.find("open", name)
}
