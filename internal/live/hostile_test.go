package live

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mgit/internal/git"
)

func TestUnread(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, steps bool) {
		root, outside := t.TempDir(), t.TempDir()
		if err := unix.Mkfifo(root+"/pipe", 0o666); err != nil {
			t.Fatal(err)
		}
		put(t, root, "mod/x/lib.php", "x")
		put(t, outside, "secret", "secret")
		sparse(t, root+"/mod/huge.zip", 4<<30)
		want := []string{"mod/huge.zip: 4.0 GiB, too large to read", "pipe: a named pipe"}
		if os.Geteuid() == 0 && runtime.GOOS == "linux" && unix.Mknod(root+"/null", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))) == nil {
			want = append(want, "null: a device")
		} else {
			t.Log("no device in the tree: only root can make one")
		}
		if l, err := net.Listen("unix", root+"/sock"); err == nil {
			defer l.Close()
			want = append(want, "sock: a socket")
		} else {
			t.Log("no socket in the tree:", err)
		}
		slices.Sort(want)
		tree := mustRead(t, root, steps)
		wantLines(t, "unread", unread(tree), want)
		wantLines(t, "files", paths(tree), []string{"mod/huge.zip", "mod/x/lib.php"})
		if f, _ := tree.File("mod/huge.zip"); f.ID != git.ZeroID || f.Size != 4<<30 {
			t.Errorf("the huge file is %+v", f)
		}
		if _, err := tree.Read("mod/huge.zip", 0); !errors.Is(err, ErrTooBig) {
			t.Errorf("read the huge file: %v", err)
		}
		// Between listing and hashing a file and a folder become something else.
		tree = mustScan(t, root, steps)
		rename(t, root+"/mod/x", root+"/mod/y")
		mustLink(t, root, "mod/x", outside)
		mustHash(t, tree, HashOptions{})
		if got := unread(tree); !slices.Contains(got, "mod/x/lib.php: changed while it was read") {
			t.Errorf("a folder became a link: %q", got)
		}
		if err := os.Remove(root + "/mod/x"); err != nil {
			t.Fatal(err)
		}
		rename(t, root+"/mod/y", root+"/mod/x")
		rename(t, root+"/pipe", root+"/mod/x/lib.php")
		mustHash(t, tree, HashOptions{})
		if got := unread(tree); !slices.Contains(got, "mod/x/lib.php: a named pipe") {
			t.Errorf("a file became a pipe: %q", got)
		}
		if _, err := tree.Read("mod/x/lib.php", 0); !errors.Is(err, ErrNotRegular) {
			t.Errorf("read the pipe: %v", err)
		}
		if err := os.Remove(root + "/mod/x/lib.php"); err != nil {
			t.Fatal(err)
		}
		mustHash(t, tree, HashOptions{})
		if got := unread(tree); !slices.Contains(got, "mod/x/lib.php: gone when it was to be read") {
			t.Errorf("a file went: %q", got)
		}
		put(t, root, "mod/x/lib.php", "back")
		mustHash(t, tree, HashOptions{})
		if got := unread(tree); slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "lib.php") }) {
			t.Errorf("a file that came back is still said to be unread: %q", got)
		}
	})
}

func sparse(t testing.TB, file string, size int64) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, size); err != nil {
		t.Fatal(err)
	}
}

func rename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestLinks says of each link where it leads. In the targets, ROOT is the root
// of the tree and UP the folder it is in.
func TestLinks(t *testing.T) {
	t.Parallel()
	up, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := up + "/moodle"
	put(t, root, "a/b/file", "x")
	put(t, root, ".git/config", "")
	put(t, root, ".git/HEAD", "")
	put(t, up, "beside", "x")
	const out, loop, gitDir = ", out of the tree: not followed", ", which leads back to itself: not followed", ", inside a Git folder: not followed"
	cases := []struct{ path, target, want string }{
		{"file", "a/b/file", ""},
		{"dir", "a/b", ""},
		{"to-root", ".", ""},
		{"a/b/up", "../../a/./b//file", ""},
		{"absolute", "ROOT/a/b/file", ""},
		{"round", "../moodle/a/b/file", ""},
		{"nothing", "a/none", ""},
		{"through", "dir/../b/file", ""}, // dir is a/b, so this is a/b/file
		{"passwd", "/etc/passwd", "/etc/passwd" + out},
		{"above", "..", ".." + out},
		{"a/b/above", "../../../beside", "../../../beside" + out},
		{"slash", "/", "/" + out},
		{"sibling", "ROOT-other/x", "ROOT-other/x" + out},
		{"by-way", "to-above/beside", "to-above/beside" + out},
		{"to-above", "a/b/../../..", "a/b/../../.." + out},
		{"by-way-back", "to-above/moodle/a", ""},
		{"by-dir", "dir/../../../beside", "dir/../../../beside" + out},
		{"self", "self", "self" + loop},
		{"ping", "pong", "pong" + loop},
		{"pong", "ping/x", "ping/x" + loop},
		{"git", ".git/config", ".git/config" + gitDir},
		{"evil", "/tmp/\x1b]0;x\x07\n<b>\xff", `/tmp/\x1b]0;x\x07\x0a<b>\xff` + out},
		{"proc", "/proc/self/root", "/proc/self/root" + out},
	}
	replace := strings.NewReplacer("ROOT", root, "UP", up)
	var want []string
	for _, c := range cases {
		mustLink(t, root, c.path, replace.Replace(c.target))
		if c.want != "" {
			want = append(want, c.path+": a link to "+replace.Replace(c.want))
		}
	}
	slices.Sort(want)
	tree := mustRead(t, root, false)
	wantLines(t, "unread", unread(tree), want)
	for _, c := range cases {
		f, ok := tree.File(c.path)
		if !ok || f.Mode != git.ModeLink || f.ID != BlobID([]byte(replace.Replace(c.target))) {
			t.Errorf("%s: %+v", c.path, f)
		}
	}
	if n := len(tree.Files); n != len(cases)+1 {
		t.Errorf("%q: %d files, want the links and one", paths(tree), n)
	}
}

// TestWoundLinks has a hundred links of the greatest length that each lead
// through all the others.
func TestWoundLinks(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for i := range 100 {
		mustLink(t, root, fmt.Sprint(i), strings.Repeat("./", 1000)+strings.Repeat(fmt.Sprintf("%d/", (i+1)%100), 500)+"x")
	}
	start := time.Now()
	mustScan(t, root, false)
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %s", d)
	}
}

// TestNames has names that are not for people.
func TestNames(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, steps bool) {
		root := t.TempDir()
		names := []string{"a\nb", "\x1b[2J", "<script>alert(1)<", "\xff\xfe", "-rf", " ", "...", ".git ", ".GIT", ".gitx", "~", strings.Repeat("n", 254), "\u202egnp.exe", `back\slash`}
		if runtime.GOOS == "darwin" {
			names = slices.DeleteFunc(names, func(s string) bool { return s == "\xff\xfe" || s == ".GIT" })
		}
		var want []string
		for _, name := range names {
			put(t, root, "d"+name+"/"+name, name)
			put(t, root, name, name)
			want = append(want, "d"+name+"/"+name, name)
		}
		slices.Sort(want)
		tree := mustRead(t, root, steps)
		wantLines(t, "files", paths(tree), want)
		for _, f := range tree.Files {
			if got, err := tree.Read(f.Path, 0); err != nil || string(got) != filepath.Base(f.Path) || f.ID != BlobID(got) {
				t.Errorf("%q: %q, %v", f.Path, got, err)
			}
		}
	})
}

// TestDeep nests ten thousand folders, which is far beyond what one path may say
// to the system; and fewer with next to nothing kept open on the way.
func TestDeep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		depth, anchors int
		steps          bool
	}{{10_000, 0, false}, {1000, 0, true}, {300, 2, false}, {300, 2, true}} {
		t.Run(fmt.Sprintf("%d,anchors=%d,steps=%t", c.depth, c.anchors, c.steps), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			nest(t, root, c.depth)
			start := time.Now()
			at, err := openFolder(root, c.steps)
			if err != nil {
				t.Fatal(err)
			}
			defer at.close()
			w := newWalk(at)
			if c.anchors > 0 {
				w.maxAnchors = c.anchors
			}
			if err := w.run(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			end := strings.Repeat("d/", c.depth) + "end.php"
			if files := w.top.collect(); len(files) != 1 || files[0].Path != end || len(w.unread) > 0 {
				t.Errorf("%d files, %v", len(files), w.unread)
			}
			if w.anchors != 0 {
				t.Errorf("%d folders are still open", w.anchors)
			}
			t.Logf("%d levels in %s", c.depth, time.Since(start))
			tree := mustRead(t, root, c.steps)
			if got, err := tree.Read(end, 0); err != nil || string(got) != "end" || tree.Files[0].ID != BlobID(got) {
				t.Errorf("read the last: %q, %v", got, err)
			}
		})
	}
}

// nest makes the folders of TestDeep, with two more in each tenth, and removes
// them in the end, which nothing else can.
func nest(t *testing.T, root string, depth int) {
	t.Helper()
	at, err := unix.Open(root, asFolder, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range depth {
		var below int
		err := unix.Mkdirat(at, "d", 0o777)
		if err == nil && i%10 == 0 {
			err = errors.Join(unix.Mkdirat(at, "a", 0o777), unix.Mkdirat(at, "e", 0o777))
		}
		if err == nil {
			below, err = unix.Openat(at, "d", asFolder, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(at)
		at = below
	}
	end, err := unix.Openat(at, "end.php", unix.O_CREAT|unix.O_WRONLY, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(end, []byte("end")); err != nil {
		t.Fatal(err)
	}
	_ = unix.Close(end)
	t.Cleanup(func() {
		_ = unix.Unlinkat(at, "end.php", 0)
		for range depth {
			up, err := unix.Openat(at, "..", asFolder, 0)
			_ = unix.Close(at)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"d", "a", "e"} {
				_ = unix.Unlinkat(up, name, unix.AT_REMOVEDIR)
			}
			at = up
		}
		_ = unix.Close(at)
	})
}

// TestLongPaths has more in paths than a tree is allowed.
func TestLongPaths(t *testing.T) {
	t.Parallel()
	w := newWalk(folder{})
	for range 70 {
		w.countLong(1 << 20)
	}
	if w.tooLong(pathMax) || !w.tooLong(pathMax+1) || !newWalk(folder{}).tooLong(2<<20) || newWalk(folder{}).tooLong(1<<20) {
		t.Error("the limit of long paths is wrong")
	}
}

// TestMany has one folder with twenty thousand files, or two hundred thousand in
// the long run.
func TestMany(t *testing.T) {
	t.Parallel()
	n := 20_000
	if os.Getenv("MGIT_FUZZ") != "" {
		n = 200_000
	}
	root := t.TempDir()
	dir := root + "/moodledata"
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	at, err := unix.Open(dir, asFolder, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(at)
	for i := range n {
		fd, err := unix.Openat(at, fmt.Sprintf("%040d", i), unix.O_CREAT|unix.O_WRONLY, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(fd)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	tree := mustScan(t, root, false)
	listed := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	mustHash(t, tree, HashOptions{})
	t.Logf("%d files: listed in %s, hashed after %s, %s kept", n, listed, time.Since(start), sizeText(int64(after.HeapAlloc)-int64(before.HeapAlloc)))
	if len(tree.Files) != n {
		t.Errorf("%d files", len(tree.Files))
	}
	if f := tree.Files[n-1]; f.Path != fmt.Sprintf("moodledata/%040d", n-1) || f.ID != BlobID(nil) {
		t.Errorf("the last is %+v", f)
	}
}
