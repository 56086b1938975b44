package job

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// A tree is a file system by the rules of package fs, in the order of package fs: "a.b" comes before "a/".
func TestTreeFS(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	for _, path := range []string{"version.php", "a/z.php", "a.b", "a-b/c/d.txt", "mod/forum/version.php"} {
		r.Write(path, "the text of "+path)
	}
	commit := r.Commit("a tree")
	blob := r.Git("rev-parse", commit+":a.b")
	r.Git("update-index", "--add", "--cacheinfo", "120000,"+blob+",link")
	tree, err := git.ParseID(r.Git("write-tree"))
	if err != nil {
		t.Fatal(err)
	}
	repo, err := git.Open(t.Context(), r.Path, git.Options{Env: r.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	fsys := treeFS{ctx: t.Context(), store: repo.Store(), root: tree}
	plain, err := repo.Store().Commit(t.Context(), mustID(t, commit))
	if err != nil {
		t.Fatal(err)
	}
	whole := treeFS{ctx: t.Context(), store: repo.Store(), root: plain.Tree}
	if err := fstest.TestFS(whole, "version.php", "a/z.php", "a.b", "a-b/c/d.txt", "mod/forum/version.php"); err != nil {
		t.Error(err)
	}
	if data, err := fs.ReadFile(fsys, "a/z.php"); err != nil || string(data) != "the text of a/z.php" {
		t.Errorf("a/z.php: %q, %v", data, err)
	}
	for name, want := range map[string]error{"a/y.php": fs.ErrNotExist, "link": fs.ErrInvalid, "../x": fs.ErrInvalid, "a": fs.ErrInvalid} {
		if _, err := fs.ReadFile(fsys, name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := fsys.Open("link"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a link was opened: %v", err)
	}
}

func mustID(t *testing.T, text string) git.ID {
	t.Helper()
	id, err := git.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
