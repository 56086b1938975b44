package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/crew"
	"mgit/internal/git"
)

// seed is the seed of the random tests, MGIT_SEED or 1; it is printed.
func seed(t *testing.T) *rand.Rand {
	n := uint64(1)
	if v := os.Getenv("MGIT_SEED"); v != "" {
		var err error
		if n, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatalf("MGIT_SEED: %v", err)
		}
	}
	t.Logf("seed %d", n)
	return rand.New(rand.NewPCG(n, 0))
}

// put writes a file below root.
func put(t testing.TB, root, path, text string) {
	t.Helper()
	file := root + "/" + path
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func mustLink(t testing.TB, root, path, target string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(root+"/"+path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, root+"/"+path); err != nil {
		t.Fatal(err)
	}
}

// ways calls the test with both ways of opening: by whole paths, where the
// system has that, and by steps.
func ways(t *testing.T, test func(t *testing.T, steps bool)) {
	t.Helper()
	for _, steps := range []bool{false, true} {
		t.Run(fmt.Sprintf("steps=%t", steps), func(t *testing.T) {
			t.Parallel()
			test(t, steps)
		})
	}
}

func mustScan(t testing.TB, root string, steps bool) *Tree {
	t.Helper()
	tree, err := scan(t.Context(), root, Options{}, steps)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func mustHash(t testing.TB, tree *Tree, opt HashOptions) {
	t.Helper()
	if err := tree.Hash(t.Context(), nil, opt); err != nil {
		t.Fatal(err)
	}
}

func mustRead(t testing.TB, root string, steps bool) *Tree {
	t.Helper()
	tree := mustScan(t, root, steps)
	mustHash(t, tree, HashOptions{})
	return tree
}

func paths(tree *Tree) []string {
	var all []string
	for _, f := range tree.Files {
		all = append(all, f.Path)
	}
	return all
}

// unread is what was not read, as "path: reason".
func unread(tree *Tree) []string {
	var all []string
	for _, u := range tree.Unread {
		all = append(all, u.Path+": "+u.Reason)
	}
	return all
}

func wantLines(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%q\nwant\n%q", what, got, want)
	}
}

// gitIDs asks git for the ids of files as they are.
func gitIDs(t testing.TB, root string, files []string) []string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"hash-object", "--no-filters", "--"}, files...)...)
	cmd.Dir = root
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

func TestScanAndHash(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, steps bool) {
		root := t.TempDir()
		put(t, root, "index.php", "<?php\n")
		put(t, root, "lib/a.php", "a\r\n")
		put(t, root, "lib/sub/deep/b.php", strings.Repeat("b", 3*bufferSize+17))
		put(t, root, "lib/exact", strings.Repeat("c", bufferSize))
		put(t, root, "lib-x.php", "")
		put(t, root, "lib.php", "x")
		put(t, root, ".htaccess", "x")
		put(t, root, ".github/x", "x")
		if err := os.Chmod(root+"/lib/a.php", 0o654); err != nil {
			t.Fatal(err)
		}
		mustLink(t, root, "lib/link", "../index.php")
		if err := os.MkdirAll(root+"/empty/folder", 0o777); err != nil {
			t.Fatal(err)
		}
		tree := mustRead(t, root, steps)
		wantLines(t, "files", paths(tree), []string{
			".github/x", ".htaccess", "index.php", "lib-x.php", "lib.php", "lib/a.php", "lib/exact", "lib/link", "lib/sub/deep/b.php",
		})
		wantLines(t, "unread", unread(tree), nil)
		var regular []string
		for _, f := range tree.Files {
			info, err := os.Lstat(root + "/" + f.Path)
			if err != nil {
				t.Fatal(err)
			}
			if f.Size != info.Size() {
				t.Errorf("%s has size %d, want %d", f.Path, f.Size, info.Size())
			}
			want := git.ModeFile
			switch f.Path {
			case "lib/a.php":
				want = git.ModeExec
			case "lib/link":
				want = git.ModeLink
				if f.ID != BlobID([]byte("../index.php")) {
					t.Errorf("the link's id is %s", f.ID)
				}
			}
			if f.Mode != want {
				t.Errorf("%s has mode %s, want %s", f.Path, f.Mode, want)
			}
			if f.Mode != git.ModeLink {
				regular = append(regular, f.Path)
			}
		}
		for i, id := range gitIDs(t, root, regular) {
			if f, ok := tree.File(regular[i]); !ok || f.ID.String() != id {
				t.Errorf("%s is %s, want %s", regular[i], f.ID, id)
			}
		}
		if _, ok := tree.File("lib"); ok {
			t.Error("a folder is a file")
		}
	})
}

// TestOrder lists random trees whose names are near each other: the order of
// files is that of their whole paths.
func TestOrder(t *testing.T) {
	t.Parallel()
	random := seed(t)
	names := []string{"a", "a-b", "a.b", "a0", "a/", "aa", "a b", "A", "\xff", "ä", "a\n", "-"}
	for range 15 {
		root := t.TempDir()
		var want []string
		for range 60 {
			var parts []string
			for range 1 + random.IntN(4) {
				parts = append(parts, strings.TrimSuffix(names[random.IntN(len(names))], "/"))
			}
			path := strings.Join(parts, "/")
			if os.MkdirAll(filepath.Dir(root+"/"+path), 0o777) != nil {
				continue // a file has that name
			}
			if _, err := os.Lstat(root + "/" + path); err == nil {
				continue
			}
			put(t, root, path, path)
			want = append(want, path)
		}
		slices.Sort(want)
		tree := mustRead(t, root, random.IntN(2) == 0)
		wantLines(t, "files", paths(tree), want)
		for _, f := range tree.Files {
			if f.ID != BlobID([]byte(f.Path)) {
				t.Errorf("%q has the id %s", f.Path, f.ID)
			}
			if got, ok := tree.File(f.Path); !ok || got != f {
				t.Errorf("File(%q) is %v, %t", f.Path, got, ok)
			}
		}
		for _, dir := range []string{"a", "a/a", "nothing"} {
			n := 0
			for _, path := range want {
				if strings.HasPrefix(path, dir+"/") {
					n++
				}
			}
			if got := tree.below(dir); len(got) != n || n > 0 && !strings.HasPrefix(got[0].Path, dir+"/") {
				t.Errorf("below %q are %d files, want %d", dir, len(got), n)
			}
		}
	}
}

func TestHashWanted(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "a", "a")
	put(t, root, "b", "b")
	tree := mustScan(t, root, false)
	var last Progress
	err := tree.Hash(t.Context(), func(f File) bool { return f.Path == "b" }, HashOptions{Jobs: 1, Progress: func(p Progress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	if tree.Files[0].ID != git.ZeroID || tree.Files[1].ID != BlobID([]byte("b")) {
		t.Errorf("ids %s, %s", tree.Files[0].ID, tree.Files[1].ID)
	}
	if want := (Progress{1, 1, 1, 1}); last != want {
		t.Errorf("progress %+v, want %+v", last, want)
	}
}

func TestRoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "moodle/index.php", "x")
	mustLink(t, dir, "current", "moodle")
	mustLink(t, dir, "moodle/self", dir+"/current/index.php")
	tree := mustRead(t, dir+"/current", false)
	want, err := filepath.EvalSymlinks(dir + "/moodle")
	if err != nil {
		t.Fatal(err)
	}
	if tree.Root != want {
		t.Errorf("the root is %s, want %s", tree.Root, want)
	}
	wantLines(t, "files", paths(tree), []string{"index.php", "self"})
	wantLines(t, "unread", unread(tree), nil) // the tree under the name by which it was named
	for _, bad := range []string{dir + "/none", dir + "/moodle/index.php"} {
		if _, err := Scan(t.Context(), bad, Options{}); err == nil {
			t.Errorf("%s was listed", bad)
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for i := range 50 {
		put(t, root, fmt.Sprintf("%d/%d", i%7, i), "x")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Scan(ctx, root, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Scan: %v", err)
	}
	tree := mustScan(t, root, false)
	if err := tree.Hash(ctx, nil, HashOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	if _, err := Scan(ctx, root, Options{Jobs: 3, Progress: func(Progress) { cancel() }}); !errors.Is(err, context.Canceled) {
		t.Errorf("Scan that is cancelled on the way: %v", err)
	}
}

// A panic in a worker is that of Scan: the others do not wait for what its folder holds.
func TestPanicInAWorker(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "a/b/c", "x")
	defer func() {
		if _, isCrews := recover().(*crew.Panic); !isCrews {
			t.Error("the panic is lost")
		}
	}()
	_, err := Scan(t.Context(), root, Options{Jobs: 3, Progress: func(Progress) { panic("no") }})
	t.Errorf("it ended with %v", err)
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/etc/passwd":            "/etc/passwd",
		"a b\\c":                 `a b\\c`,
		"\x1b[31m\n":             `\x1b[31m\x0a`,
		"ä\xff\u202e\u00a0":      `ä\xff\xe2\x80\xae\xc2\xa0`,
		"<script>":               "<script>",
		strings.Repeat("ü", 200): strings.Repeat("ü", 150) + "…",
	} {
		if got := quoted(in); got != want {
			t.Errorf("quoted(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSizeText(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 bytes", 1023: "1023 bytes", 1024: "1.0 KiB", 4 << 30: "4.0 GiB", 1<<20 - 1: "1.0 MiB", 1<<63 - 1: "8.0 EiB",
	} {
		if got := sizeText(n); got != want {
			t.Errorf("sizeText(%d) = %q, want %q", n, got, want)
		}
	}
}

func BenchmarkTree(b *testing.B) {
	root := b.TempDir()
	for i := range 3000 {
		put(b, root, fmt.Sprintf("mod/%d/lang/%d.php", i/8, i), strings.Repeat("text\n", 2000))
	}
	tree := mustScan(b, root, false)
	b.Run("scan", func(b *testing.B) {
		for b.Loop() {
			mustScan(b, root, false)
		}
	})
	b.Run("hash", func(b *testing.B) {
		for b.Loop() {
			mustHash(b, tree, HashOptions{})
		}
	})
}
