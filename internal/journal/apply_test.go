package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

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

func TestApplyInABareRepository(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 2)
	bare := filepath.Join(t.TempDir(), "bare.git")
	f.git.Git("clone", "-q", "--mirror", f.git.Path, bare)
	f.git = gittest.At(t, bare)
	f.repo = f.open()
	next := mustID(t, f.git.Git("commit-tree", "-m", "next", "-p", "main", "main^{tree}"))
	main := Move{Ref: "refs/heads/main", Old: f.base, New: next} // HEAD, checked out nowhere
	run := f.mustApply(2, func(moves []Move) []Move { return append(moves, main) })
	if len(run.TakenOut) != 0 || f.value("main") != next.String() || f.value(newRef(1)) == "" {
		t.Errorf("main at %s, taken out %+v", f.value("main"), run.TakenOut)
	}
	f.sound()
}

func TestApplyFromALinkedWorktree(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 2)
	tree := filepath.Join(t.TempDir(), "tree")
	f.git.Git("worktree", "add", "-q", tree, oldBranch(0))
	f.git = gittest.At(t, tree)
	f.repo = f.open()
	run := f.mustApply(2, func(moves []Move) []Move { return append(moves, Move{Ref: "refs/heads/main", Old: f.base}) })
	if len(run.TakenOut) != 1 || run.TakenOut[0].Ref != "refs/heads/main" || run.TakenOut[0].Cause != CauseCheckedOut {
		t.Errorf("taken out %+v", run.TakenOut)
	}
	if f.value(newRef(0)) == "" || f.value(newRef(1)) == "" || f.value(run.Ref()) == "" {
		t.Errorf("branches: %q", f.refs())
	}
	if runs, err := Runs(t.Context(), f.repo); err != nil || len(runs) != 1 {
		t.Errorf("runs %+v, %v", runs, err)
	}
	f.sound()
}

// TestApplyCancelled cancels a run before and after its commit point.
func TestApplyCancelled(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 2)
	lock, err := Acquire(t.Context(), f.repo, "test", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	scratch, err := f.repo.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	moves, err := carry(t.Context(), f.repo, scratch, f.base, 2)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	late := func(ctx context.Context, run *Run, tip git.ID) (git.ID, error) {
		cancel()
		return note(f.repo)(ctx, run, tip)
	}
	run, err := Apply(ctx, f.repo, lock, scratch, Draft{Moves: moves, Payload: []byte("p")}, late)
	if err != nil || !run.Done || f.value(SharedRef) == "" {
		t.Errorf("cancelled after the commit point: %+v, %v", run, err)
	}
	before := f.git.Git("for-each-ref")
	again := []Move{{Ref: "refs/heads/more", New: f.base}}
	if _, err := Apply(ctx, f.repo, lock, scratch, Draft{Moves: again}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	if after := f.git.Git("for-each-ref"); after != before {
		t.Errorf("references changed:\n%s", after)
	}
}
