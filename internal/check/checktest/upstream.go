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
	"mgit/internal/tree"
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
// the plugin which it stays inside of, else a hack on core that lists what it touches. It is meant for upstream.
func AsStaged(ctx context.Context, store *git.Store, commit, parent *git.Commit) (*check.Subject, error) {
	before, after := FilesOf(ctx, store, parent.Tree), FilesOf(ctx, store, commit.Tree)
	s := &check.Subject{
		Committing: true, Before: before, Tree: after, Pristine: before,
		Branch:   check.Branch{Name: "LU-hack", Kind: check.Ours, Type: "hack", HasRecord: true, Reasoned: true, Public: true},
		Messages: []check.Message{{Text: commit.Message}},
		Options:  check.Options{MaxFileSize: 2 << 20, SubjectLength: 72, Justified: []string{"hack"}},
	}
	err := tree.Diff(ctx, store, parent.Tree, commit.Tree, func(c tree.Change) error {
		f := &check.File{Path: c.Path, Before: []check.Blob{{Mode: c.From.Mode, ID: c.From.ID}}, After: check.Blob{Mode: c.To.Mode, ID: c.To.ID}}
		for _, b := range []*check.Blob{&f.Before[0], &f.After} {
			if b.Mode == 0 || b.Mode == git.ModeGitlink {
				continue
			}
			data, err := store.Blob(ctx, b.ID)
			if err != nil {
				return err
			}
			b.Data, b.Size = data, int64(len(data))
		}
		s.Files = append(s.Files, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(s.Files, func(a, b *check.File) int { return strings.Compare(a.Path, b.Path) })
	if s.Layout, err = moodle.ReadLayout(after); err != nil {
		return nil, err
	}
	s.Branch.Series = s.Layout.Series()
	owners := make(map[moodle.Component]bool)
	for _, f := range s.Files {
		owner, _, _ := s.Layout.ComponentOf(f.Path)
		owners[owner] = true
		s.Branch.Component = owner
	}
	if len(owners) != 1 || s.Branch.Component.IsCore() {
		s.Branch.Component = moodle.Component{Type: moodle.CoreType}
		for _, f := range s.Files {
			s.Branch.Paths = append(s.Branch.Paths, f.Path)
		}
		return s, nil
	}
	dir, _ := s.Layout.PathOf(s.Branch.Component)
	if _, err := fs.Stat(before, path.Join(dir, "version.php")); err != nil {
		s.Branch.Type = "feature"
	}
	return s, nil
}
