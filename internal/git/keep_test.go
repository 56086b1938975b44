package git_test

import (
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

func TestKeepWritesWhatIsNewAndNothingElse(t *testing.T) {
	t.Parallel()
	g := gittest.New(t)
	g.Write("version.php", "<?php\n")
	g.Commit("base")
	repo, err := git.Open(t.Context(), g.Path, git.Options{Env: g.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	store := repo.Store()
	base, err := repo.Resolve(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	who, err := repo.Ident(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("raw \r\n\x00 bytes")
	tree, err := store.PutTree(git.Tree{{Name: "file", Mode: git.ModeFile, ID: store.PutBlob(text)}})
	if err != nil {
		t.Fatal(err)
	}
	first := store.PutCommit(&git.Commit{Tree: tree, Parents: []git.ID{base}, Author: who, Committer: who, Message: "one\n"})
	second := store.PutCommit(&git.Commit{Tree: tree, Parents: []git.ID{first}, Author: who, Committer: who, Message: "two\n"})
	aside := store.PutBlob([]byte("not asked for"))

	if err := repo.Keep(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if got := g.Git("cat-file", "blob", second.String()+":file"); got != string(text) {
		t.Errorf("git reads %q", got)
	}
	if got := g.Git("log", "--format=%s", second.String()); got != "two\none\nbase" {
		t.Errorf("history is %q", got)
	}
	if out, err := g.TryGit("cat-file", "-e", aside.String()); err == nil {
		t.Errorf("an object aside was written: %s", out)
	}
	if out := g.Git("fsck", "--no-dangling", "--no-progress"); out != "" {
		t.Errorf("git fsck: %s", out)
	}
	if err := repo.Keep(t.Context(), base); err != nil {
		t.Errorf("keep what is there: %v", err)
	}
}
