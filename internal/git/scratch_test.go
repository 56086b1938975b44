package git_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// A clone with --shared finds objects through its own alternates file; a
// scratch on top of it must find them too, and what git writes must stay in it.
func TestScratchOnAlternates(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := gittest.New(t)
	b.Write("old", "old\n")
	head := id(t, b.Commit("first"))
	for _, name := range []string{"plain", "a:b", `quote"d`, `back\slash:`} {
		dir := filepath.Join(t.TempDir(), name)
		b.Git("clone", "-q", "--shared", b.Path, dir)
		clone := gittest.At(t, dir)
		r := open(t, clone)
		s, err := r.NewScratch(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(s.Dir(), filepath.Join(r.StateDir(), "tmp", strconv.Itoa(os.Getpid())+"-")) {
			t.Errorf("the scratch is at %s", s.Dir())
		}
		c, err := s.Commit(ctx, head)
		if err != nil {
			t.Fatalf("%s: read through two alternates: %v", name, err)
		}
		tree, err := s.Tree(ctx, c.Tree)
		if err != nil {
			t.Fatal(err)
		}
		changed, err := s.PutTree(append(git.Tree{{Name: "new", Mode: git.ModeFile, ID: s.PutBlob([]byte("new\n"))}}, tree...))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Spill(ctx, changed); err != nil {
			t.Fatal(err)
		}
		out, err := r.Cmd("commit-tree", "-p", head.String(), "-m", "made by git", changed.String()).Env(s.Env()...).Output(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		made := id(t, strings.TrimSpace(string(out)))
		if c, err := s.Commit(ctx, made); err != nil || c.Message != "made by git\n" {
			t.Errorf("%s: git's commit: %v, %v", name, c, err)
		}
		if got := clone.Git("count-objects"); !strings.HasPrefix(got, "0 objects") {
			t.Errorf("%s: the repository has %s", name, got)
		}
		p, err := s.WritePack(ctx, []git.ID{made})
		if err != nil || p.Objects != 3 {
			t.Fatalf("%s: %+v, %v", name, p, err)
		}
		if err := r.InstallPack(p); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		clone.Git("update-ref", "refs/heads/new", made.String())
		clone.Git("fsck", "--strict", "--full")
	}
}

// Spilling is complete: git sees everything below, once written.
func TestSpill(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := gittest.New(t)
	r := open(t, b)
	s, err := r.NewScratch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	big := strings.Repeat("0123456789abcdef", 10_000) // more than two stored blocks
	blob := s.PutBlob([]byte(big))
	inner, err := s.PutTree(git.Tree{{Name: "big", Mode: git.ModeFile, ID: blob}, {Name: "empty", Mode: git.ModeFile, ID: s.PutBlob(nil)}})
	if err != nil {
		t.Fatal(err)
	}
	outer, err := s.PutTree(git.Tree{{Name: "dir", Mode: git.ModeTree, ID: inner}})
	if err != nil {
		t.Fatal(err)
	}
	who := git.Signature{Name: "n", Email: "e", When: time.Unix(0, 0)}
	root := s.PutCommit(&git.Commit{Tree: git.EmptyTree, Author: who, Committer: who})
	commit := s.PutCommit(&git.Commit{Tree: outer, Parents: []git.ID{root}, Author: who, Committer: who})
	tag := s.PutRaw("tag", []byte("object "+commit.String()+"\ntype commit\ntag v1\ntagger n <e> 0 +0000\n\nm\n"))
	for range 2 {
		if err := s.Spill(ctx, tag); err != nil {
			t.Fatal(err)
		}
	}
	out, err := r.Cmd("cat-file", "blob", "v1:dir/big").Env(s.Env()...).Output(ctx)
	if err == nil {
		t.Errorf("a tag that does not exist was found: %.20q", out)
	}
	out, err = r.Cmd("cat-file", "blob", tag.String()+":dir/big").Env(s.Env()...).Output(ctx)
	if string(out) != big || err != nil {
		t.Errorf("git reads %d bytes, %v", len(out), err)
	}
	if out, err := r.Cmd("fsck", "--strict", tag.String()).Env(s.Env()...).Output(ctx); err != nil {
		t.Errorf("fsck: %s %v", out, err)
	}
	if err := s.Spill(ctx, id(t, strings.Repeat("1", 40))); err != nil {
		t.Errorf("an object that is not in memory: %v", err)
	}
}

// Where the repository cannot be written, the scratch is elsewhere and a pack
// can still be made.
func TestScratchInReadOnlyRepository(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	r := open(t, b)
	// Even root cannot make a directory below a file.
	if err := os.WriteFile(r.StateDir(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := r.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(s.Dir(), b.Path) {
		t.Errorf("the scratch is in the repository: %s", s.Dir())
	}
	p, err := s.WritePack(t.Context(), fill(t, s.Store, git.ZeroID, 2, 2))
	if err != nil || p.Objects == 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.Dir()); !os.IsNotExist(err) {
		t.Errorf("the scratch is still there: %v", err)
	}
	if _, err := os.Stat(r.StateDir()); err != nil {
		t.Errorf("a file that is not ours is gone: %v", err)
	}
}

// What killed processes left behind goes, what living ones use stays.
func TestSweep(t *testing.T) {
	t.Parallel()
	r := open(t, gittest.New(t))
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	parent := filepath.Join(r.StateDir(), "tmp")
	pid := strconv.Itoa(dead.Process.Pid)
	stays := map[string]bool{
		pid + "-old":                        false,
		pid + "-new":                        true,
		strconv.Itoa(os.Getppid()) + "-old": true,
		"somebody-old":                      true,
	}
	for name := range stays {
		dir := filepath.Join(parent, name)
		if err := os.MkdirAll(filepath.Join(dir, "objects"), 0o700); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "-old") {
			past := time.Now().Add(-48 * time.Hour)
			if err := os.Chtimes(dir, past, past); err != nil {
				t.Fatal(err)
			}
		}
	}
	s, err := r.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, want := range stays {
		if _, err := os.Stat(filepath.Join(parent, name)); (err == nil) != want {
			t.Errorf("%s: there is %t, want %t", name, err == nil, want)
		}
	}
}

// On another disk the pack is copied.
func TestInstallPackFromAnotherDisk(t *testing.T) {
	t.Parallel()
	other, err := os.MkdirTemp("/dev/shm", "mgit-test-")
	if err != nil {
		t.Skipf("there is no second disk: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(other) })
	b := gittest.New(t)
	r := open(t, b)
	s, err := r.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tips := fill(t, s.Store, git.ZeroID, 2, 2)
	p, err := s.WritePack(t.Context(), tips)
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{".pack", ".idx"} {
		data, err := os.ReadFile(filepath.Join(p.Dir, p.Name+suffix))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(other, p.Name+suffix), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.Dir = other
	if err := r.InstallPack(p); err != nil {
		t.Fatal(err)
	}
	b.Git("update-ref", "refs/heads/main", tips[1].String())
	b.Git("fsck", "--strict", "--full")
	info, err := os.Stat(filepath.Join(r.CommonDir(), "objects", "pack", p.Name+".pack"))
	if err != nil || info.Mode().Perm()&0o222 != 0 {
		t.Errorf("the pack can be written: %v, %v", info.Mode(), err)
	}
}

// A tip that is in no store must not become a pack that lacks it in silence.
func TestWritePackBrokenObject(t *testing.T) {
	t.Parallel()
	r := open(t, gittest.New(t))
	s, err := r.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if p, err := s.WritePack(t.Context(), []git.ID{s.PutRaw("tree", []byte("broken"))}); err == nil {
		t.Errorf("a broken tree: %+v", p)
	}
	if p, err := s.WritePack(t.Context(), []git.ID{id(t, strings.Repeat("1", 40))}); !errors.Is(err, git.ErrNotFound) {
		t.Errorf("a tip nobody has: %+v, %v", p, err)
	}
}
