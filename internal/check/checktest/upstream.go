package checktest

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// FilesOf are the files of a tree. They can be read, and directories listed.
func FilesOf(ctx context.Context, store *git.Store, root git.ID) fs.FS {
	return treeFS{ctx, store, root}
}

type treeFS struct {
	ctx   context.Context
	store *git.Store
	root  git.ID
}

func (t treeFS) find(name string) (git.TreeEntry, error) {
	if name == "." {
		return git.TreeEntry{Name: ".", Mode: git.ModeTree, ID: t.root}, nil
	}
	e, err := t.store.Path(t.ctx, t.root, name)
	if err != nil {
		return e, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return e, nil
}

func (t treeFS) ReadFile(name string) ([]byte, error) {
	e, err := t.find(name)
	if err != nil {
		return nil, err
	}
	if e.Mode.IsTree() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	return t.store.Blob(t.ctx, e.ID)
}

// Open opens what it finds as a file of one name, which is enough to tell that it is there, or as a directory.
func (t treeFS) Open(name string) (fs.File, error) {
	e, err := t.find(name)
	if err != nil {
		return nil, err
	}
	if !e.Mode.IsTree() {
		return fstest.MapFS{"a": {}}.Open("a")
	}
	entries, err := t.store.Tree(t.ctx, e.ID)
	if err != nil {
		return nil, err
	}
	dir := fstest.MapFS{}
	for _, e := range entries {
		if e.Mode.IsTree() {
			dir[e.Name] = &fstest.MapFile{Mode: fs.ModeDir}
		} else {
			dir[e.Name] = &fstest.MapFile{}
		}
	}
	return dir.Open(".")
}

// AsStaged is a commit of upstream's as if it were staged on a branch for it that stands on its parent: that of
// the plugin which it stays inside of, else a hack on core that lists what it touches. It is meant for upstream. What
// was moved is as git finds it.
func AsStaged(ctx context.Context, repo *git.Repo, commit, parent *git.Commit) (*check.Subject, error) {
	before, after := FilesOf(ctx, repo.Store(), parent.Tree), FilesOf(ctx, repo.Store(), commit.Tree)
	s := &check.Subject{
		Committing: true, Before: before, Tree: after, Pristine: before,
		Branch:   check.Branch{Name: "LU-hack", Kind: check.Ours, Type: "hack", HasRecord: true, Reasoned: true, Public: true},
		Messages: []check.Message{{Text: commit.Message}},
		Options:  check.Options{MaxFileSize: 2 << 20, SubjectLength: 72, Justified: []string{"hack"}},
	}
	var err error
	if s.Files, err = changed(ctx, repo, parent.Tree, commit.Tree); err != nil {
		return nil, err
	}
	if s.Layout, err = moodle.ReadLayout(after); err != nil {
		return nil, err
	}
	s.Branch.Series = s.Layout.Series()
	paths := touched(s.Files)
	owners := make(map[moodle.Component]bool)
	for _, name := range paths {
		owner, _, _ := s.Layout.ComponentOf(name)
		owners[owner] = true
		s.Branch.Component = owner
	}
	if len(owners) != 1 || s.Branch.Component.IsCore() {
		s.Branch.Component, s.Branch.Paths = moodle.Component{Type: moodle.CoreType}, paths
		return s, nil
	}
	dir, _ := s.Layout.PathOf(s.Branch.Component)
	if _, err := fs.Stat(before, path.Join(dir, "version.php")); err != nil {
		s.Branch.Type = "feature"
	}
	return s, nil
}

// changed are the files that differ between two trees, with their contents, sorted by path.
func changed(ctx context.Context, repo *git.Repo, from, to git.ID) ([]*check.File, error) {
	changes, err := repo.TreeChanges(ctx, from, to)
	if err != nil {
		return nil, err
	}
	files := make([]*check.File, 0, len(changes))
	for _, c := range changes {
		f := &check.File{Path: c.To.Name, Before: []check.Blob{{Mode: c.From.Mode, ID: c.From.ID}}, After: check.Blob{Mode: c.To.Mode, ID: c.To.ID}}
		if c.From.Name != c.To.Name {
			f.From = c.From.Name
		}
		for _, b := range []*check.Blob{&f.Before[0], &f.After} {
			if b.Mode == 0 || b.Mode == git.ModeGitlink {
				continue
			}
			if b.Data, err = repo.Store().Blob(ctx, b.ID); err != nil {
				return nil, err
			}
			b.Size = int64(len(b.Data))
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b *check.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// touched are the paths of files, and those that they had before.
func touched(files []*check.File) []string {
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
		if f.From != "" {
			paths = append(paths, f.From)
		}
	}
	return paths
}
