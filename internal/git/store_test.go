package git_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := gittest.New(t)
	b.Write("mod/forum/lib.php", "<?php\n")
	head := id(t, b.Commit("first"))
	b.Git("tag", "-a", "-m", "tag", "v1")
	r := open(t, b)
	s := r.Store()
	c, err := s.Commit(ctx, head)
	if err != nil || c.ID != head || c.Message != "first\n" {
		t.Fatalf("commit %+v, %v", c, err)
	}
	if again, err := s.Commit(ctx, head); again != c || err != nil {
		t.Errorf("a second read is not the first: %v", err)
	}
	e, err := s.Path(ctx, c.Tree, "mod/forum/lib.php")
	if err != nil || e.Mode != git.ModeFile || e.Name != "lib.php" {
		t.Fatalf("path: %+v, %v", e, err)
	}
	if data, err := s.Blob(ctx, e.ID); string(data) != "<?php\n" || err != nil {
		t.Errorf("blob %q, %v", data, err)
	}
	if e, err := s.Path(ctx, c.Tree, ""); e.ID != c.Tree || err != nil {
		t.Errorf("the root: %+v, %v", e, err)
	}
	if tree, err := s.Tree(ctx, git.EmptyTree); len(tree) != 0 || err != nil {
		t.Errorf("the empty tree: %v, %v", tree, err)
	}
	if o, err := s.Lookup(ctx, "v1"); o.Type != "tag" || err != nil {
		t.Errorf("the tag: %+v, %v", o, err)
	}
	missing := id(t, strings.Repeat("1", 40))
	for name, err := range map[string]error{
		"a missing object":    second(s.Object(ctx, missing)),
		"a missing commit":    second(s.Commit(ctx, missing)),
		"a missing tree":      second(s.Tree(ctx, missing)),
		"a missing path":      second(s.Path(ctx, c.Tree, "mod/quiz")),
		"a path below a file": second(s.Path(ctx, c.Tree, "mod/forum/lib.php/x")),
		"an empty part":       second(s.Path(ctx, c.Tree, "mod//forum")),
		"a missing revision":  second(s.Lookup(ctx, "v2:x y")),
		"a missing branch":    second(r.Resolve(ctx, "gone")),
		"a tree as commit":    second(r.Resolve(ctx, "HEAD^{tree}")),
	} {
		if !errors.Is(err, git.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"a tree read as commit": second(s.Commit(ctx, c.Tree)),
		"a commit read as tree": second(s.Tree(ctx, head)),
		"a tree read as blob":   second(s.Blob(ctx, c.Tree)),
		"a line break":          second(s.Lookup(ctx, "HEAD\ninfo HEAD")),
	} {
		if err == nil || errors.Is(err, git.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// None of the refusals has left an answer in the pipe.
	if got, err := r.Resolve(ctx, "v1"); got != head || err != nil {
		t.Errorf("afterwards: %s, %v", got, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestNewObjects(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := gittest.New(t)
	b.Write("old", "old\n")
	head := id(t, b.Commit("first"))
	r := open(t, b)
	s := r.Store()
	blob := s.PutBlob([]byte("new\n"))
	tree, err := s.PutTree(git.Tree{{Name: "new", Mode: git.ModeFile, ID: blob}})
	if err != nil {
		t.Fatal(err)
	}
	who := git.Signature{Name: "n", Email: "e", When: time.Unix(0, 0)}
	commit := s.PutCommit(&git.Commit{Tree: tree, Parents: []git.ID{head}, Author: who, Committer: who, Message: "new"})
	all, err := s.Commits(ctx, []git.ID{commit, head, commit})
	if err != nil || all[0].Message != "new" || all[1].Message != "first\n" || all[2].ID != commit || all[0].ID != commit {
		t.Errorf("old and new commits: %v, %v", all, err)
	}
	if e, err := s.Path(ctx, tree, "new"); e.ID != blob || err != nil {
		t.Errorf("new path: %v, %v", e, err)
	}
	if !s.IsNew(blob) || !s.IsNew(commit) || s.IsNew(head) {
		t.Error("IsNew is wrong")
	}
	if _, err := b.TryGit("cat-file", "-e", blob.String()); err == nil {
		t.Error("the blob was written")
	}
	if err := second(s.Tree(ctx, s.PutRaw("tree", []byte("broken")))); err == nil {
		t.Error("a broken tree was read")
	}
}

// Every object of a repository is named by what we compute.
func TestIDsAreGits(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	b.Write("a/b", "text\n")
	b.Commit("first")
	b.Git("tag", "-a", "-m", "tag", "v1")
	s := open(t, b).Store()
	lines := strings.Split(b.Git("cat-file", "--batch-all-objects", "--batch-check"), "\n")
	if len(lines) != 5 {
		t.Fatalf("objects: %q", lines)
	}
	for _, line := range lines {
		want := id(t, line[:40])
		o, err := s.Object(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.PutRaw(o.Type, o.Data); got != want {
			t.Errorf("%s %s is named %s", o.Type, want, got)
		}
	}
}

func TestStoreIsConcurrent(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	var ids []git.ID
	for i := range 20 {
		b.Write(fmt.Sprintf("f%d", i), strings.Repeat("x", i*1000))
		ids = append(ids, id(t, b.Commit(fmt.Sprintf("c%d", i))))
	}
	r := open(t, b)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i, c := range ids {
				commit, err := r.Store().Commit(t.Context(), c)
				if err != nil || commit.Message != fmt.Sprintf("c%d\n", i) {
					t.Errorf("commit %d: %v, %v", i, commit, err)
					return
				}
				tree, err := r.Store().Tree(t.Context(), commit.Tree)
				if err != nil || len(tree) != i+1 {
					t.Errorf("tree %d: %v, %v", i, tree, err)
				}
				o, err := r.Store().Lookup(t.Context(), fmt.Sprintf("%s:f%d", c, i))
				if err != nil || len(o.Data) != i*1000 {
					t.Errorf("blob %d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
}

// More than a group of requests, and more than the caches hold of one kind.
func TestManyObjects(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	var stream strings.Builder
	const n = 5000
	for i := range n {
		text := fmt.Sprintf("message %d %s\n", i, strings.Repeat("m", 2000))
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter C <c@example.org> %d +0000\ndata %d\n%s\n", 1767225600+i, len(text), text)
	}
	r := open(t, b)
	if err := r.Cmd("fast-import", "--quiet").Stdin([]byte(stream.String())).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	head, err := r.Resolve(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := r.RevList(t.Context(), []git.ID{head}, nil)
	if err != nil || len(ids) != n {
		t.Fatalf("%d commits, %v", len(ids), err)
	}
	all, err := r.Store().Commits(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range all {
		if !strings.HasPrefix(c.Message, fmt.Sprintf("message %d ", n-1-i)) || c.ID != ids[i] {
			t.Fatalf("commit %d is %.20q", i, c.Message)
		}
	}
}

func TestReaderCancelled(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	head := id(t, b.Commit("first"))
	hang := filepath.Join(t.TempDir(), "hang")
	r := openWith(t, b, git.Options{Program: script(t, `if [ -e `+hang+` ]; then exec sleep 60; fi; exec git "$@"`)})
	if err := os.WriteFile(hang, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	start := time.Now()
	if _, err := r.Store().Commit(ctx, head); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := r.Store().Commit(ctx, head); !errors.Is(err, context.Canceled) {
		t.Errorf("with a dead context: %v", err)
	}
	if err := os.Remove(hang); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Store().Commit(t.Context(), head); err != nil {
		t.Errorf("a new request after the cancelled one: %v", err)
	}
}

// Whatever goes wrong in git's reader is an error, never another object.
func TestReaderMisbehaves(t *testing.T) {
	t.Parallel()
	other := strings.Repeat("2", 40)
	for name, tt := range map[string]struct{ body, want string }{
		"dies":            {"echo I give up >&2; exit 1", "I give up"},
		"dies at once":    {"kill -9 $$", "is gone"},
		"another id":      {"read x; echo " + other + " blob 1; echo a; exec cat", "when asked for"},
		"another missing": {"read x; echo " + other + " missing; exec cat", "answered"},
		"no size":         {"read x; y=${x#* }; echo $y blob x; exec cat", "answered"},
		"cut off":         {"read x; y=${x#* }; echo $y blob 100; echo abc", "broke off"},
		"no line break":   {"read x; y=${x#* }; echo $y blob 1; echo abc; exec cat", "did not end"},
		"nonsense":        {"echo nonsense; exec cat", "answered"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := openWith(t, gittest.New(t), git.Options{Program: script(t, tt.body)})
			for range 2 { // the second request meets a new process
				_, err := r.Store().Object(t.Context(), id(t, strings.Repeat("1", 40)))
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("the error is %v, want %q", err, tt.want)
				}
			}
		})
	}
}

// A corrupt object is an error that names it.
func TestCorruptObject(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	head := b.Commit("first")
	r := open(t, b)
	file := filepath.Join(b.Path, ".git", "objects", head[:2], head[2:])
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("not zlib"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Store().Commit(t.Context(), id(t, head)); err == nil || !strings.Contains(err.Error(), head) {
		t.Errorf("the error is %v", err)
	}
}

// A pack that somebody else adds later is seen, although the reader runs.
func TestReaderSeesNewPacks(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	b.Commit("first")
	r := open(t, b)
	if _, err := r.Resolve(t.Context(), "HEAD"); err != nil {
		t.Fatal(err)
	}
	b.Write("later", "later\n")
	later := b.Commit("later")
	b.Git("gc", "-q", "--prune=now")
	if c, err := r.Store().Commit(t.Context(), id(t, later)); err != nil || c.Message != "later\n" {
		t.Errorf("the later commit: %v, %v", c, err)
	}
	if got, err := r.Resolve(t.Context(), "HEAD"); got.String() != later || err != nil {
		t.Errorf("HEAD is %s, %v", got, err)
	}
}

// What was read ahead is not asked for again, and what is not there is no error yet.
func TestReadTrees(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	b.Write("mod/forum/lib.php", "<?php\n")
	b.Commit("first")
	s := open(t, b).Store()
	var trees []git.ID
	for _, rev := range []string{"HEAD^{tree}", "HEAD:mod", "HEAD:mod/forum"} {
		trees = append(trees, id(t, b.Git("rev-parse", rev)))
	}
	missing, blob := id(t, strings.Repeat("1", 40)), id(t, b.Git("rev-parse", "HEAD:mod/forum/lib.php"))
	if err := s.ReadTrees(t.Context(), append([]git.ID{missing, blob, git.ZeroID, git.EmptyTree}, trees...)); err != nil {
		t.Fatal(err)
	}
	for _, tree := range trees {
		if err := os.Remove(filepath.Join(b.Path, ".git", "objects", tree.String()[:2], tree.String()[2:])); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Tree(t.Context(), tree); len(got) != 1 || err != nil {
			t.Errorf("tree %s: %v, %v", tree, got, err)
		}
	}
	for _, none := range []git.ID{missing, blob} {
		if _, err := s.Tree(t.Context(), none); err == nil {
			t.Errorf("%s is a tree", none)
		}
	}
}
