package live

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mgit/internal/git"
)

// guard watches a folder and reports whether anybody opened, listed or read it or a file in it.
type guard struct {
	t  *testing.T
	fd int
}

func watch(t *testing.T, dirs ...string) guard {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	for _, dir := range dirs {
		if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_OPEN|unix.IN_ACCESS|unix.IN_MODIFY|unix.IN_ATTRIB); err != nil {
			t.Fatal(err)
		}
	}
	g := guard{t, fd}
	if g.touched() {
		t.Fatal("the guard barks at nothing")
	}
	if _, err := os.ReadDir(dirs[0]); err != nil {
		t.Fatal(err)
	}
	if !g.touched() {
		t.Fatal("the guard is asleep")
	}
	return g
}

func (g guard) touched() bool {
	var buf [8192]byte
	n, err := unix.Read(g.fd, buf[:])
	return err == nil && n > 0
}

// TestNothingOutside reads a tree that leads out of itself in every way, while
// a guard watches what is outside.
func TestNothingOutside(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, steps bool) {
		root, outside := t.TempDir(), t.TempDir()
		put(t, outside, "secret.php", "secret")
		put(t, outside, "git/HEAD", "ref: refs/heads/main\n")
		put(t, outside, "git/config", "[remote \"origin\"]\n\turl = https://example.org/secret\n")
		put(t, outside, "git/refs/heads/main", strings.Repeat("a", 40)+"\n")
		put(t, outside, "git/objects/info/x", "")
		mustLink(t, root, "dir", outside)
		mustLink(t, root, "a/file", outside+"/secret.php")
		mustLink(t, root, "link/.git", outside+"/git")
		put(t, root, "sub/.git", "gitdir: "+outside+"/git\n")
		relative, err := filepath.Rel(root+"/rel", outside+"/git")
		if err != nil {
			t.Fatal(err)
		}
		put(t, root, "rel/.git", "gitdir: "+relative)
		mustLink(t, root, "way", outside)
		put(t, root, "byway/.git", "gitdir: ../way/git")
		put(t, root, "common/.git/HEAD", "ref: refs/heads/main\n")
		put(t, root, "common/.git/commondir", outside+"/git\n")
		mustLink(t, root, "head/.git/HEAD", outside+"/git/HEAD")
		put(t, root, "parts/.git/HEAD", "ref: refs/heads/main\n")
		mustLink(t, root, "parts/.git/refs", outside+"/git/refs")
		mustLink(t, root, "parts/.git/packed-refs", outside+"/git/HEAD")
		mustLink(t, root, "parts/.git/config", outside+"/git/config")
		put(t, root, "objects/.git/HEAD", strings.Repeat("a", 40))
		mustLink(t, root, "objects/.git/objects", outside+"/git/objects")
		put(t, root, "alternate/.git/HEAD", strings.Repeat("a", 40))
		put(t, root, "alternate/.git/objects/info/alternates", outside+"/git/objects\n")
		mustLink(t, root, "alternate2/.git/objects/info/alternates", outside+"/secret.php")
		put(t, root, "alternate2/.git/HEAD", strings.Repeat("a", 40))
		mustLink(t, root, "packs/.git/objects/pack", outside)
		put(t, root, "packs/.git/HEAD", strings.Repeat("a", 40))

		g := watch(t, outside, outside+"/git", outside+"/git/objects", outside+"/git/objects/info", outside+"/git/refs", outside+"/git/refs/heads")
		tree := mustRead(t, root, steps)
		got := make(map[string]string)
		for _, r := range tree.Repositories {
			got[r.Path] = r.Problem
			if _, err := tree.Changes(t.Context(), r.Path); err == nil {
				t.Errorf("%s: changes against nothing", r.Path)
			} else {
				t.Log(err)
			}
			if r.Remote != "" || r.Branch == "" && !slices.Contains([]string{"objects", "alternate", "alternate2", "packs"}, r.Path) && r.Problem == "" {
				t.Errorf("%+v", r)
			}
		}
		for _, f := range tree.Files {
			if _, err := tree.Read(f.Path, 0); err == nil && strings.Contains(f.Path, "secret") {
				t.Errorf("%s was read", f.Path)
			}
		}
		if g.touched() {
			t.Error("something outside was opened")
		}
		const lies = " lies outside the tree and was not read"
		for path, want := range map[string]string{
			"link":   "its .git is a link: not followed",
			"sub":    "its git folder " + outside + "/git" + lies,
			"rel":    "its git folder " + relative + lies,
			"byway":  "its git folder is a link, or is reached through one: not followed",
			"common": "its git folder " + outside + "/git" + lies,
			"head":   "its HEAD is a link, or is reached through one: not followed",
			"parts":  "its config is a link, or is reached through one: not followed; its branch is a link, or is reached through one: not followed",
		} {
			if got[path] != want {
				t.Errorf("%s: %q, want %q", path, got[path], want)
			}
		}
		if n := len(got); n != 11 {
			t.Errorf("%d repositories", n)
		}
	})
}

// TestSwapped exchanges a folder and a link to another place, over and over,
// while the tree is read.
func TestSwapped(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, steps bool) {
		root, outside := t.TempDir(), t.TempDir()
		for i := range 20 {
			put(t, root, "a/sub/deep/file"+string(rune('a'+i)), "inside")
			put(t, root, "a/sub/.git/HEAD", "ref: refs/heads/main\n")
			put(t, outside, "deep/file"+string(rune('a'+i)), "outside")
		}
		put(t, outside, "deep/secret", "outside")
		mustLink(t, root, "a/other", outside)
		done := make(chan struct{})
		swapped := make(chan int)
		go func() {
			n := 0
			for ; ; n++ {
				select {
				case <-done:
					swapped <- n
					return
				default:
				}
				_ = unix.Renameat2(unix.AT_FDCWD, root+"/a/sub", unix.AT_FDCWD, root+"/a/other", unix.RENAME_EXCHANGE)
			}
		}()
		g := watch(t, outside, outside+"/deep")
		inside := BlobID([]byte("inside"))
		rounds, changed := 0, 0
		for end := time.Now().Add(250 * time.Millisecond); time.Now().Before(end); rounds++ {
			tree := mustRead(t, root, steps)
			for _, f := range tree.Files {
				if strings.Contains(f.Path, "secret") || f.ID != inside && f.ID != git.ZeroID && f.Mode != git.ModeLink {
					t.Errorf("%+v", f)
				}
				if got, err := tree.Read(f.Path, 0); err == nil && string(got) != "inside" {
					t.Errorf("%s was read: %q", f.Path, got)
				}
			}
			if slices.ContainsFunc(tree.Unread, func(u Unread) bool { return u.Reason != "" && !strings.HasPrefix(u.Reason, "a link") }) {
				changed++
			}
		}
		close(done)
		t.Logf("%d readings, %d of them noticed an exchange; %d exchanges", rounds, changed, <-swapped)
		if changed == 0 {
			t.Error("no reading met an exchange: the test shows nothing")
		}
		if g.touched() {
			t.Error("something outside was opened")
		}
	})
}

// TestTraces shows that reading leaves the access times of a tree alone.
func TestTraces(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "dir/file", "x")
	old := time.Now().Add(-72 * time.Hour)
	all := []string{root + "/dir/file", root + "/dir"}
	for _, file := range all {
		if err := os.Chtimes(file, old, old.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	tree := mustRead(t, root, false)
	if _, err := tree.Read("dir/file", 0); err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		var st unix.Stat_t
		if err := unix.Lstat(file, &st); err != nil {
			t.Fatal(err)
		}
		if st.Atim.Nano() != old.UnixNano() {
			t.Errorf("the access time of %s is %s", file, time.Unix(st.Atim.Unix()))
		}
	}
}

// childRoot names the tree that a child of the test process reads.
const childRoot = "MGIT_LIVE_CHILD"

// TestForbidden reads, as somebody who may not, a tree with files and folders
// that he must not read, all of another owner.
func TestForbidden(t *testing.T) {
	if root := os.Getenv(childRoot); root != "" {
		said, err := json.Marshal(readForbidden(t, root))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(os.Getenv(childRoot+"_OUT"), said, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	root := dir + "/moodle"
	put(t, root, "index.php", "x")
	put(t, root, "config.php", "x")
	put(t, root, "closed/file", "x")
	put(t, root, "listed/file", "x")
	put(t, root, "passed/file", "x")
	put(t, root, "clone/.git/HEAD", "x")
	put(t, root, "clone2/.git", "x")
	mustLink(t, root, "listed/link", "file")
	for _, c := range []struct {
		path string
		mode os.FileMode
	}{{"config.php", 0o600}, {"closed", 0o700}, {"listed", 0o744}, {"passed", 0o711}, {"clone/.git", 0o700}, {"clone2/.git", 0o600}} {
		mode := c.mode
		if os.Geteuid() != 0 {
			mode &= 0o077 // we are the owner and take his rights away
			mode |= mode << 3 << 3
		}
		if err := os.Chmod(root+"/"+c.path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for _, path := range []string{"closed", "listed", "passed", "clone/.git"} {
			_ = os.Chmod(root+"/"+path, 0o777)
		}
	})
	var got forbidden
	if os.Geteuid() == 0 {
		got = asNobody(t, dir, root)
	} else {
		got = readForbidden(t, root)
	}
	want := forbidden{
		Files:    []string{"config.php", "index.php", "listed/file", "listed/link"},
		Unread:   []string{"clone/.git: permission denied", "closed: permission denied", "config.php: permission denied", "listed/file: permission denied", "listed/link: permission denied", "passed: permission denied"},
		Problems: []string{"its config was not read: permission denied", "its .git was not read: permission denied"},
	}
	want.Problems[0] = "its git folder was not read: permission denied"
	wantLines(t, "files", got.Files, want.Files)
	wantLines(t, "unread", got.Unread, want.Unread)
	wantLines(t, "problems", got.Problems, want.Problems)
}

type forbidden struct{ Files, Unread, Problems []string }

func readForbidden(t *testing.T, root string) forbidden {
	tree := mustRead(t, root, false)
	got := forbidden{Files: paths(tree), Unread: unread(tree)}
	for _, r := range tree.Repositories {
		got.Problems = append(got.Problems, r.Problem)
	}
	return got
}

// asNobody runs readForbidden in a process of uid 65534.
func asNobody(t *testing.T, dir, root string) forbidden {
	t.Helper()
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip("cannot copy the test program:", err)
	}
	for path, data := range map[string][]byte{dir + "/test": program, dir + "/out": nil} {
		if err := os.WriteFile(path, data, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(dir+"/out", 65534, 65534); err != nil {
		t.Skip("cannot become another user:", err)
	}
	cmd := exec.Command(dir+"/test", "-test.run", "^TestForbidden$", "-test.count", "1")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), childRoot+"="+root, childRoot+"_OUT="+dir+"/out")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said, err := os.ReadFile(dir + "/out")
	if err != nil {
		t.Fatal(err)
	}
	var got forbidden
	if err := json.Unmarshal(said, &got); err != nil {
		t.Fatalf("%v: %q", err, said)
	}
	return got
}
