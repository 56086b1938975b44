package git_test

import (
	"context"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// open opens what was built, with the builder's environment.
func open(t testing.TB, r *gittest.Repo) *git.Repo {
	t.Helper()
	repo, err := git.Open(context.Background(), r.Path, git.Options{Env: r.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return repo
}

func id(t testing.TB, s string) git.ID {
	t.Helper()
	id, err := git.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
