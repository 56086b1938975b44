package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// fixture is a repository with some old branches, and what a job would have at
// hand to apply a run.
type fixture struct {
	t    *testing.T
	git  *gittest.Repo
	repo *git.Repo
	base git.ID // the commit of all old branches
	// tries is how often a run tries what it finds locked; 0: as often as always.
	tries int
}

// newFixture makes a repository with the branches refs/heads/old/0 … n-1.
func newFixture(t *testing.T, n int) *fixture {
	t.Helper()
	return newFixtureAt(t, t.TempDir(), n)
}

func newFixtureAt(t *testing.T, dir string, n int) *fixture {
	t.Helper()
	g := gittest.NewAt(t, filepath.Join(dir, "repo"))
	g.Git("config", "core.fsync", "none")
	g.Write("version.php", "<?php\n")
	g.Commit("base")
	base, err := git.ParseID(g.Head())
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		g.Git("branch", oldBranch(i), "main")
	}
	f := &fixture{t: t, git: g, base: base}
	f.repo = f.open()
	return f
}

// open opens the repository as another process would.
func (f *fixture) open() *git.Repo {
	f.t.Helper()
	repo, err := git.Open(f.t.Context(), f.git.Path, git.Options{Env: f.git.Env()})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { repo.Close() })
	return repo
}

func oldBranch(i int) string { return fmt.Sprintf("old/%d", i) }

func oldRef(i int) string { return "refs/heads/" + oldBranch(i) }

func newRef(i int) string { return fmt.Sprintf("refs/heads/new/%d", i) }

// carry puts n new commits into scratch and returns the moves that make them
// branches: each group verifies the old branch and creates a new one.
func carry(ctx context.Context, repo *git.Repo, scratch *git.Scratch, base git.ID, n int) ([]Move, error) {
	commit, err := repo.Store().Commit(ctx, base)
	if err != nil {
		return nil, err
	}
	var moves []Move
	for i := range n {
		next := *commit
		next.Parents = []git.ID{base}
		next.Message = fmt.Sprintf("carried %d\n", i)
		moves = append(moves,
			Move{Group: oldRef(i), Ref: oldRef(i), Old: base, New: base},
			Move{Group: oldRef(i), Ref: newRef(i), New: scratch.PutCommit(&next)})
	}
	return moves, nil
}

// note is a Shared function that adds a line per run to a file of the shared
// branch, and says so when the line is there already.
func note(repo *git.Repo) Shared {
	return func(ctx context.Context, run *Run, tip git.ID) (git.ID, error) {
		store := repo.Store()
		var text string
		var parents []git.ID
		if tip != git.ZeroID {
			parents = []git.ID{tip}
			commit, err := store.Commit(ctx, tip)
			if err != nil {
				return git.ZeroID, err
			}
			entry, err := store.Path(ctx, commit.Tree, "runs")
			if err != nil {
				return git.ZeroID, err
			}
			data, err := store.Blob(ctx, entry.ID)
			if err != nil {
				return git.ZeroID, err
			}
			text = string(data)
		}
		line := fmt.Sprintf("%d %s\n", run.Number, run.Payload)
		if strings.Contains(text, line) {
			return tip, nil
		}
		tree, err := store.PutTree(git.Tree{{Name: "runs", Mode: git.ModeFile, ID: store.PutBlob([]byte(text + line))}})
		if err != nil {
			return git.ZeroID, err
		}
		who := run.Who
		return store.PutCommit(&git.Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: "note\n"}), nil
	}
}

// apply applies a run that carries n branches, changed by edit.
func (f *fixture) apply(n int, edit func([]Move) []Move) (*Run, error) {
	f.t.Helper()
	return f.applyDraft(func(scratch *git.Scratch) Draft {
		moves, err := carry(f.t.Context(), f.repo, scratch, f.base, n)
		if err != nil {
			f.t.Fatal(err)
		}
		if edit != nil {
			moves = edit(moves)
		}
		return Draft{Command: "mgit rebase-all v4.5.0", Moves: moves, Payload: []byte("pay\x00load")}
	})
}

func (f *fixture) applyDraft(draft func(*git.Scratch) Draft) (*Run, error) {
	f.t.Helper()
	ctx := f.t.Context()
	lock, err := Acquire(ctx, f.repo, "test", 0)
	if err != nil {
		f.t.Fatal(err)
	}
	defer lock.Release()
	if f.tries > 0 {
		lock.tries = f.tries
	}
	scratch, err := f.repo.NewScratch(ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	defer scratch.Close()
	return Apply(ctx, f.repo, lock, scratch, draft(scratch), note(f.repo))
}

// mustApply is apply for runs that must succeed.
func (f *fixture) mustApply(n int, edit func([]Move) []Move) *Run {
	f.t.Helper()
	run, err := f.apply(n, edit)
	if err != nil {
		f.t.Fatal(err)
	}
	return run
}

// refs are the branches as "name id" lines, without the shared one.
func (f *fixture) refs() []string {
	f.t.Helper()
	var lines []string
	for line := range strings.Lines(f.git.Git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/")) {
		if !strings.HasPrefix(line, SharedRef+" ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func (f *fixture) value(ref string) string {
	out, err := f.git.TryGit("rev-parse", "--verify", "--quiet", ref)
	if err != nil {
		return ""
	}
	return out
}

// sound fails the test when git finds a fault, or a lock file is left.
func (f *fixture) sound() {
	f.t.Helper()
	if out := f.git.Git("fsck", "--no-dangling", "--no-progress", "--full"); out != "" {
		f.t.Errorf("git fsck: %s", out)
	}
	if left := leftovers(f.t, f.git.Path); len(left) > 0 {
		f.t.Errorf("left behind: %q", left)
	}
}

// leftovers lists lock files and scratch directories.
func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	var left []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if strings.HasSuffix(path, ".lock") || strings.Contains(path, "/mgit/tmp/") || strings.HasSuffix(path, "packed-refs.new") {
			left = append(left, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return left
}
