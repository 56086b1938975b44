package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
	base, err := git.ParseID(g.Git("rev-parse", "HEAD"))
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

func TestApplyMovesRecordsAndShares(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 3)
	run := f.mustApply(3, func(moves []Move) []Move {
		// One old branch also goes, and one reference is moved.
		return append(moves, Move{Group: "refs/heads/main2", Ref: "refs/mgit/parked/x", New: f.base})
	})
	if run.Number != 1 || !run.Done || len(run.TakenOut) != 0 {
		t.Fatalf("run = %+v", run)
	}
	for i := range 3 {
		want := run.Moves[2*i+1].New.String()
		if got := f.value(newRef(i)); got != want {
			t.Errorf("%s = %s, want %s", newRef(i), got, want)
		}
		if got := f.value(oldRef(i)); got != f.base.String() {
			t.Errorf("%s moved to %s", oldRef(i), got)
		}
	}
	if got := f.value("refs/mgit/parked/x"); got != f.base.String() {
		t.Errorf("parked = %q", got)
	}
	if got := f.git.Git("show", "mgit:runs"); got != "1 pay\x00load" {
		t.Errorf("shared branch holds %q", got)
	}
	if got := f.value(SharedRef); run.SharedOld != git.ZeroID || run.SharedNew.String() != got {
		t.Errorf("shared %s..%s, branch at %s", run.SharedOld, run.SharedNew, got)
	}
	if subject := f.git.Git("log", "--format=%s", "--first-parent", "-2", "refs/mgit/runs/1"); subject != "mgit run 1: done\nmgit run 1: applying" {
		t.Errorf("journal says %q", subject)
	}
	if got := f.git.Git("reflog", "-1", "--format=%gs", newRef(0)); got != "mgit run 1: mgit rebase-all v4.5.0" {
		t.Errorf("reflog says %q", got)
	}
	f.sound()

	second, err := f.applyDraft(func(*git.Scratch) Draft {
		return Draft{Command: "second", Moves: []Move{{Ref: newRef(0), Old: run.Moves[1].New}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if second.Number != 2 || f.value(newRef(0)) != "" {
		t.Errorf("run %d left %s at %q", second.Number, newRef(0), f.value(newRef(0)))
	}
	runs, err := Runs(t.Context(), f.open())
	if err != nil || len(runs) != 2 {
		t.Fatalf("runs = %v, %v", runs, err)
	}
	got := runs[0]
	if got.Command != run.Command || string(got.Payload) != "pay\x00load" || !slices.Equal(got.Moves, run.Moves) ||
		!got.When.Equal(run.When) || got.Who.Name != "Carl Committer" || got.SharedNew != run.SharedNew || !got.Done {
		t.Errorf("read back %+v\nwritten %+v", got, run)
	}
}

func TestApplyKeepsTipsFromBeingPruned(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 1)
	run := f.mustApply(1, nil)
	f.git.Git("update-ref", "-d", newRef(0))
	f.git.Git("reflog", "expire", "--expire=now", "--all")
	f.git.Git("gc", "-q", "--prune=now")
	f.git.Git("cat-file", "-e", run.Moves[1].New.String()+"^{commit}")
	f.sound()
}

func TestApplyTakesOutWhatCannotMove(t *testing.T) {
	t.Parallel()
	other := func(f *fixture) string {
		return f.git.Git("commit-tree", "-m", "somebody", "-p", f.base.String(), "main^{tree}")
	}
	cases := []struct {
		name  string
		spoil func(f *fixture)
		cause Cause
		ref   string
	}{
		{"old branch moved on", func(f *fixture) {
			f.git.Git("update-ref", oldRef(1), other(f))
		}, CauseMoved, oldRef(1)},
		{"old branch deleted", func(f *fixture) {
			f.git.Git("update-ref", "-d", oldRef(1))
		}, CauseMoved, oldRef(1)},
		{"new name taken", func(f *fixture) {
			f.git.Git("update-ref", newRef(1), other(f))
		}, CauseMoved, newRef(1)},
		{"new name cannot be", func(f *fixture) {
			f.git.Git("update-ref", newRef(1)+"/below", other(f))
		}, CauseRefused, newRef(1)},
		{"new name being rebased", func(f *fixture) {
			dir := filepath.Join(f.git.Path, ".git", "rebase-merge")
			if err := os.Mkdir(dir, 0o777); err != nil {
				f.t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "head-name"), []byte(newRef(1)+"\n"), 0o666); err != nil {
				f.t.Fatal(err)
			}
		}, CauseCheckedOut, newRef(1)},
		{"new name checked out unborn", func(f *fixture) {
			f.git.Git("symbolic-ref", "HEAD", newRef(1))
		}, CauseCheckedOut, newRef(1)},
		{"locked for long", func(f *fixture) {
			lock := filepath.Join(f.git.Path, ".git", newRef(1)+".lock")
			if err := os.MkdirAll(filepath.Dir(lock), 0o777); err != nil {
				f.t.Fatal(err)
			}
			if err := os.WriteFile(lock, nil, 0o666); err != nil {
				f.t.Fatal(err)
			}
		}, CauseRefused, newRef(1)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, 3)
			c.spoil(f)
			f.tries = 2
			before := f.value(newRef(1))
			run := f.mustApply(3, nil)
			if len(run.TakenOut) != 1 {
				t.Fatalf("taken out: %+v", run.TakenOut)
			}
			if got := run.TakenOut[0]; got.Group != oldRef(1) || got.Ref != c.ref || got.Cause != c.cause || got.Reason == "" {
				t.Errorf("taken out: %+v", got)
			}
			if got := f.value(newRef(1)); got != before {
				t.Errorf("%s moved from %q to %q", newRef(1), before, got)
			}
			for _, i := range []int{0, 2} {
				if got := f.value(newRef(i)); got != run.Moves[2*i+1].New.String() {
					t.Errorf("%s = %q", newRef(i), got)
				}
			}
			read, err := Read(t.Context(), f.repo, 1)
			if err != nil || !slices.Equal(read.TakenOut, run.TakenOut) {
				t.Errorf("read back %+v, %v", read, err)
			}
		})
	}
}

func TestApplyWaitsForALockedReference(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 2)
	lock := filepath.Join(f.git.Path, ".git", oldRef(1)+".lock")
	if err := os.WriteFile(lock, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(400*time.Millisecond, func() { os.Remove(lock) })
	if run := f.mustApply(2, nil); len(run.TakenOut) != 0 {
		t.Errorf("taken out: %+v", run.TakenOut)
	}
}

func TestApplyRefusesMistakes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 1)
	id := f.base
	cases := map[string][]Move{
		"short name":     {{Ref: "old/0", New: id}},
		"option":         {{Ref: "--stdin", New: id}},
		"journal":        {{Ref: "refs/mgit/runs/9", New: id}},
		"shared branch":  {{Ref: SharedRef, New: id}},
		"two moves":      {{Ref: newRef(0), New: id}, {Group: "x", Ref: newRef(0), Old: id}},
		"missing object": {{Ref: newRef(0), New: git.ID{1, 2, 3}}},
	}
	before := f.git.Git("for-each-ref")
	for name, moves := range cases {
		if run, err := f.applyDraft(func(*git.Scratch) Draft { return Draft{Moves: moves} }); err == nil {
			t.Errorf("%s: applied as run %d", name, run.Number)
		}
	}
	if after := f.git.Git("for-each-ref"); after != before {
		t.Errorf("references changed:\n%s", after)
	}
	f.sound()
}

func TestApplyFastForwardsACleanWorktree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		dirty   bool
		allowed bool
		moves   bool
	}{
		{"clean", false, true, true},
		{"dirty", true, true, false},
		{"not asked for", false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, 2)
			tree := filepath.Join(t.TempDir(), "tree")
			f.git.Git("branch", "live", "main")
			f.git.Git("worktree", "add", "-q", tree, "live")
			f.git.Write("new.php", "<?php // new\n")
			next, err := git.ParseID(f.git.Commit("next"))
			if err != nil {
				t.Fatal(err)
			}
			if c.dirty {
				if err := os.WriteFile(filepath.Join(tree, "version.php"), []byte("mine"), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			run, err := f.applyDraft(func(*git.Scratch) Draft {
				live := Move{Group: oldRef(0), Ref: "refs/heads/live", Old: f.base, New: next}
				if c.allowed {
					live.Worktree = tree
				}
				return Draft{Moves: []Move{live, {Group: oldRef(1), Ref: newRef(1), New: next}}}
			})
			if err != nil {
				t.Fatal(err)
			}
			if f.value(newRef(1)) != next.String() {
				t.Error("the other branch did not move")
			}
			if c.moves != (f.value("live") == next.String()) || c.moves != (len(run.TakenOut) == 0) {
				t.Errorf("live at %s, taken out %+v", f.value("live"), run.TakenOut)
			}
			_, err = os.Stat(filepath.Join(tree, "new.php"))
			if c.moves != (err == nil) {
				t.Errorf("new.php: %v", err)
			}
			if !c.dirty {
				if status := f.git.Git("-C", tree, "status", "--porcelain"); status != "" {
					t.Errorf("status: %s", status)
				}
			}
			f.sound()
		})
	}
}
