package git_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// fill makes commits in memory, each with a tree of entries files and one new
// file, on top of parent.
func fill(t testing.TB, s *git.Store, parent git.ID, commits, entries int) []git.ID {
	t.Helper()
	who := git.Signature{Name: "Pat", Email: "pat@example.org", When: time.Unix(1767225600, 0).UTC()}
	base := make(git.Tree, entries)
	for i := range base {
		base[i] = git.TreeEntry{Name: fmt.Sprintf("file%04d.php", i), Mode: git.ModeFile, ID: s.PutBlob(fmt.Appendf(nil, "%d\n", i))}
	}
	tips := make([]git.ID, commits)
	for i := range tips {
		tree := append(git.Tree(nil), base...)
		tree[i%entries].ID = s.PutBlob([]byte(strings.Repeat(fmt.Sprintf("$line = %d; // changed\n", i), 50)))
		id, err := s.PutTree(tree)
		if err != nil {
			t.Fatal(err)
		}
		c := &git.Commit{Tree: id, Author: who, Committer: who, Message: fmt.Sprintf("commit %d\n", i)}
		if parent != git.ZeroID {
			c.Parents = []git.ID{parent}
		}
		tips[i] = s.PutCommit(c)
	}
	return tips
}

func TestPackRoundTrip(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := gittest.New(t)
	b.Write("known.txt", "known\n")
	head := id(t, b.Commit("first"))
	repo := open(t, b)
	s, err := repo.NewScratch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	tips := fill(t, s.Store, head, 20, 30)
	// An object git made here, one it has already, and one that nothing reaches.
	out, err := repo.Cmd("hash-object", "-w", "--stdin").Stdin([]byte("made by git\n")).Env(s.Env()...).Output(ctx)
	if err != nil {
		t.Fatal(err)
	}
	made := id(t, strings.TrimSpace(string(out)))
	known := s.PutBlob([]byte("known\n"))
	lost := s.PutBlob([]byte("nobody asks for me\n"))
	link := id(t, strings.Repeat("5", 40))
	tree, err := s.PutTree(git.Tree{{Name: "empty", Mode: git.ModeTree, ID: git.EmptyTree}, {Name: "known.txt", Mode: git.ModeFile, ID: known}, {Name: "made", Mode: git.ModeFile, ID: made}, {Name: "sub", Mode: git.ModeGitlink, ID: link}})
	if err != nil {
		t.Fatal(err)
	}
	who := git.Signature{Name: "Pat", Email: "pat@example.org", When: time.Unix(1767225600, 0).UTC()}
	tips = append(tips, s.PutCommit(&git.Commit{Tree: tree, Parents: tips[:2], Author: who, Committer: who, Message: "merge\n"}))
	if err := s.Spill(ctx, tips[0]); err != nil { // spilled objects are packed all the same
		t.Fatal(err)
	}

	pack, err := s.WritePack(ctx, append(tips, head))
	if err != nil {
		t.Fatal(err)
	}
	// 21 commits, 21 trees and the empty one, 30 plain and 20 changed blobs, one of git.
	if want := 21 + 22 + 50 + 1; pack.Objects != want {
		t.Errorf("the pack has %d objects, want %d", pack.Objects, want)
	}
	if err := repo.InstallPack(pack); err != nil {
		t.Fatal(err)
	}
	for i, tip := range tips {
		b.Git("update-ref", fmt.Sprintf("refs/heads/b%d", i), tip.String())
	}
	if out := b.Git("fsck", "--strict", "--full", "--connectivity-only"); strings.Contains(out, "missing") {
		t.Error(out)
	}
	b.Git("fsck", "--strict", "--full")
	b.Git("verify-pack", filepath.Join(repo.CommonDir(), "objects", "pack", pack.Name+".idx"))
	if got := b.Git("show", tips[20].String()+":made"); got != "made by git" {
		t.Errorf("git reads %q", got)
	}
	if _, err := b.TryGit("cat-file", "-e", lost.String()); err == nil {
		t.Error("the unreachable object was packed")
	}
	if again, err := s.WritePack(ctx, tips); err != nil || again.Objects != 0 {
		t.Errorf("a second pack has %d objects, %v", again.Objects, err)
	}
	if err := repo.InstallPack(git.Pack{}); err != nil {
		t.Errorf("installing nothing: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(repo.StateDir()); !os.IsNotExist(err) {
		t.Errorf("the scratch left %s behind: %v", repo.StateDir(), err)
	}
}

// The index must be the one that git itself makes of the pack.
func TestIndexIsGits(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	repo := open(t, b)
	s, err := repo.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	pack, err := s.WritePack(t.Context(), fill(t, s.Store, git.ZeroID, 50, 300))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(pack.Dir, pack.Name)
	b.Git("index-pack", "-o", file+"-theirs.idx", file+".pack")
	ours, err := os.ReadFile(file + ".idx")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(file + "-theirs.idx")
	if err != nil {
		t.Fatal(err)
	}
	if string(ours) != string(theirs) {
		t.Error("our index differs from that of git index-pack")
	}
}

func BenchmarkWritePack(b *testing.B) {
	r := gittest.New(b)
	repo, err := git.Open(b.Context(), r.Path, git.Options{Env: r.Env()})
	if err != nil {
		b.Fatal(err)
	}
	defer repo.Close()
	s, err := repo.NewScratch(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	tips := fill(b, s.Store, git.ZeroID, 400, 80) // 1,280 objects
	for b.Loop() {
		if _, err := s.WritePack(b.Context(), tips); err != nil {
			b.Fatal(err)
		}
	}
}
