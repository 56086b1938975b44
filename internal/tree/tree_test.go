package tree_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// memory is a store of trees. It counts what is read.
type memory struct {
	trees map[git.ID]git.Tree
	reads int
}

func newMemory() *memory { return &memory{trees: make(map[git.ID]git.Tree)} }

func (m *memory) Tree(_ context.Context, id git.ID) (git.Tree, error) {
	m.reads++
	t, ok := m.trees[id]
	if !ok {
		return nil, fmt.Errorf("no tree %s", id)
	}
	return t, nil
}

func (m *memory) PutTree(t git.Tree) (git.ID, error) {
	if !slices.IsSortedFunc(t, git.CompareEntries) {
		return git.ZeroID, errors.New("the entries are out of order")
	}
	id := plumbing.ComputeHash(plumbing.TreeObject, git.EncodeTree(t))
	m.trees[id] = slices.Clone(t)
	return id, nil
}

// put makes a tree of "path" or "path*" (executable), each file holding its own
// path and what follows "=".
func (m *memory) put(t *testing.T, files ...string) git.ID {
	t.Helper()
	root := git.ZeroID
	for _, f := range files {
		path, content, _ := strings.Cut(f, "=")
		mode := git.ModeFile
		if p, ok := strings.CutSuffix(path, "*"); ok {
			path, mode = p, git.ModeExec
		}
		var err error
		root, err = tree.Set(t.Context(), m, root, path, tree.File{Mode: mode, ID: plumbing.ComputeHash(plumbing.BlobObject, []byte(content))})
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func changes(t *testing.T, m *memory, a, b git.ID) []string {
	t.Helper()
	var all []string
	err := tree.Diff(t.Context(), m, a, b, func(c tree.Change) error {
		sign := "M"
		switch {
		case c.From.Mode == 0:
			sign = "A"
		case c.To.Mode == 0:
			sign = "D"
		}
		all = append(all, sign+" "+c.Path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDiff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		before, after []string
		want          []string
	}{
		{"nothing", []string{"a=1", "d/b=1"}, []string{"a=1", "d/b=1"}, nil},
		{"added, changed, deleted", []string{"a=1", "b=1", "d/x=1"}, []string{"a=2", "c=1", "d/x=1"}, []string{"M a", "D b", "A c"}},
		{"mode only", []string{"a=1"}, []string{"a*=1"}, []string{"M a"}},
		{"a file becomes a directory", []string{"a=1"}, []string{"a/b=1"}, []string{"D a", "A a/b"}},
		{"a directory becomes a file", []string{"a/b=1", "a/c=1"}, []string{"a=1"}, []string{"A a", "D a/b", "D a/c"}},
		{"names that sort apart by kind", []string{"lib=1", "lib.php=1"}, []string{"lib/x=1", "lib.php=1"}, []string{"D lib", "A lib/x"}},
		{"all gone", []string{"a/b=1"}, nil, []string{"D a/b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			if diff := cmp.Diff(c.want, changes(t, m, m.put(t, c.before...), m.put(t, c.after...))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is equal is not read.
func TestDiffSkipsWhatIsEqual(t *testing.T) {
	t.Parallel()
	m := newMemory()
	var files []string
	for i := range 50 {
		files = append(files, fmt.Sprintf("d%d/e/f=%d", i, i))
	}
	a := m.put(t, files...)
	b := m.put(t, append(files, "d7/e/f=changed")...)
	m.reads = 0
	if got := changes(t, m, a, b); len(got) != 1 || got[0] != "M d7/e/f" {
		t.Errorf("changes: %v", got)
	}
	if m.reads != 6 {
		t.Errorf("%d trees were read, want the 6 on the way to the change", m.reads)
	}
}

func TestDiffStops(t *testing.T) {
	t.Parallel()
	m := newMemory()
	stop := errors.New("stop")
	seen := 0
	err := tree.Diff(t.Context(), m, git.ZeroID, m.put(t, "a=1", "b=1"), func(tree.Change) error {
		seen++
		return stop
	})
	if !errors.Is(err, stop) || seen != 1 {
		t.Errorf("%v after %d changes", err, seen)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	m := newMemory()
	root := m.put(t, "a=1", "d/e/f=1")
	blob := plumbing.ComputeHash(plumbing.BlobObject, []byte("2"))
	set := func(root git.ID, path string, f tree.File) git.ID {
		t.Helper()
		id, err := tree.Set(t.Context(), m, root, path, f)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	file := tree.File{Mode: git.ModeFile, ID: blob}
	for _, c := range []struct {
		name string
		got  git.ID
		want []string
	}{
		{"replace", set(root, "a", file), []string{"a=2", "d/e/f=1"}},
		{"add below", set(root, "d/e/g", file), []string{"a=1", "d/e/f=1", "d/e/g=2"}},
		{"add a folder", set(root, "x/y/z", file), []string{"a=1", "d/e/f=1", "x/y/z=2"}},
		{"remove", set(root, "a", tree.File{}), []string{"d/e/f=1"}},
		{"remove the last of a folder", set(root, "d/e/f", tree.File{}), []string{"a=1"}},
		{"remove what is not there", set(root, "no/such", tree.File{}), []string{"a=1", "d/e/f=1"}},
		{"a file gives way to a folder", set(root, "a/b", file), []string{"a/b=2", "d/e/f=1"}},
		{"a folder gives way to a file", set(root, "d", file), []string{"a=1", "d=2"}},
	} {
		if want := m.put(t, c.want...); c.got != want {
			t.Errorf("%s: %v", c.name, changes(t, m, want, c.got))
		}
	}
	if id := set(m.put(t, "a=1"), "a", tree.File{}); id != git.ZeroID {
		t.Errorf("an emptied tree is %s, want the zero id", id)
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for mode, want := range map[git.Mode]git.Mode{
		0o100644: git.ModeFile, 0o100664: git.ModeFile, 0o100600: git.ModeFile, 0o100755: git.ModeExec, 0o100775: git.ModeExec,
		git.ModeLink: git.ModeLink, git.ModeGitlink: git.ModeGitlink, git.ModeTree: git.ModeTree,
	} {
		if got := tree.Canonical(mode); got != want {
			t.Errorf("Canonical(%v) = %v, want %v", mode, got, want)
		}
	}
}
