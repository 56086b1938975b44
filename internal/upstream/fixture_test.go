package upstream

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// openRepo opens what a test built.
func openRepo(t testing.TB, g *gittest.Repo) *git.Repo {
	t.Helper()
	repo, err := git.Open(context.Background(), g.Path, git.Options{Env: g.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return repo
}

// open opens the index and closes it with the test.
func open(t testing.TB, repo *git.Repo, req Request) *Index {
	t.Helper()
	x, err := Open(context.Background(), repo, req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	if err := x.Unsaved(); err != nil && !req.ReadOnly {
		t.Fatal(err)
	}
	return x
}

func fileOf(repo *git.Repo) string { return filepath.Join(repo.StateDir(), "index", "upstream") }

// sameImage reports that two indexes are the same to the last byte.
func sameImage(t testing.TB, what string, x, y *Index) {
	t.Helper()
	if !bytes.Equal(x.data, y.data) {
		t.Errorf("%s: the indexes differ: %+v and %+v", what, x.counts, y.counts)
	}
}

// cases is how many random histories are tried: a few, or one for each hundred of
// MGIT_CASES, since each is asked hundreds of questions.
func cases(t *testing.T) (n int, seed uint64) {
	n, seed = 8, uint64(time.Now().UnixNano())
	if testing.Short() {
		n = 4
	}
	if v := os.Getenv("MGIT_CASES"); v != "" {
		all, err := strconv.Atoi(v)
		if err != nil {
			t.Fatalf("MGIT_CASES: %v", err)
		}
		n = max(1, all/100)
	}
	if v := os.Getenv("MGIT_SEED"); v != "" {
		var err error
		if seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatalf("MGIT_SEED: %v", err)
		}
	}
	return n, seed
}
