package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
)

// abandon brings a run of n branches to its commit point, or with install false
// to the moment before its index is there, and then lets go of the lock as a
// kill would. Nothing has moved.
func (f *fixture) abandon(n int, install bool, edit func([]Move) []Move) *Run {
	f.t.Helper()
	ctx := f.t.Context()
	lock, err := Acquire(ctx, f.repo, "killed", 0)
	if err != nil {
		f.t.Fatal(err)
	}
	scratch, err := f.repo.NewScratch(ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	moves, err := carry(ctx, f.repo, scratch, f.base, n)
	if err != nil {
		f.t.Fatal(err)
	}
	if edit != nil {
		moves = edit(moves)
	}
	run := &Run{Command: "killed", Moves: moves, Payload: []byte("p")}
	refs, err := lock.mendBefore(ctx, f.repo, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := lock.begin(ctx, run, refs, true); err != nil {
		f.t.Fatal(err)
	}
	if err := lock.commit(ctx, scratch, run); err != nil {
		f.t.Fatal(err)
	}
	if !install {
		f.git.Git("update-ref", "-d", run.Ref())
		f.glob(".git/objects/pack/*.idx", os.Remove)
		f.glob(".git/objects/pack/*.rev", os.Remove)
	}
	if err := lock.unlock(); err != nil {
		f.t.Fatal(err)
	}
	f.repo.Close()
	f.repo = f.open()
	return run
}

func (f *fixture) glob(pattern string, do func(string) error) int {
	f.t.Helper()
	paths, err := filepath.Glob(filepath.Join(f.git.Path, pattern))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, path := range paths {
		if err := do(path); err != nil {
			f.t.Fatal(err)
		}
	}
	return len(paths)
}

func keepFile(string) error { return nil }

func (f *fixture) mend() *Mended {
	f.t.Helper()
	mended, err := Mend(f.t.Context(), f.repo, note(f.repo))
	if err != nil {
		f.t.Fatal(err)
	}
	return mended
}

// mendAtOnce is mend for tests in which a reference stays locked.
func (f *fixture) mendAtOnce() *Mended {
	f.t.Helper()
	lock, err := tryLock(f.repo)
	if err != nil {
		f.t.Fatal(err)
	}
	defer lock.Release()
	lock.tries = 2
	mended, err := lock.Mend(f.t.Context(), note(f.repo))
	if err != nil {
		f.t.Fatal(err)
	}
	return mended
}

func TestMendDiscardsARunBeforeItsCommitPoint(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 2)
	before := f.git.Git("for-each-ref")
	f.abandon(2, false, nil)
	if n := f.glob(".git/objects/pack/*.pack", keepFile); n != 1 {
		t.Fatalf("%d packs", n)
	}
	mended := f.mend()
	if mended == nil || mended.Run != nil || mended.Number != 1 || mended.Command != "killed" {
		t.Errorf("mended %+v", mended)
	}
	if after := f.git.Git("for-each-ref"); after != before {
		t.Errorf("references changed:\n%s", after)
	}
	if n := f.glob(".git/objects/pack/*", keepFile); n != 0 {
		t.Errorf("%d files of the pack are left", n)
	}
	if !strings.Contains(mended.String(), "nothing was changed") {
		t.Errorf("says %q", mended)
	}
	f.sound()
	if run := f.mustApply(2, nil); run.Number != 1 || len(run.TakenOut) != 0 {
		t.Errorf("next run: %+v", run)
	}
}

func TestMendFinishesARun(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		between func(f *fixture, run *Run)
		pending int
	}{
		{"nothing moved", func(*fixture, *Run) {}, 3},
		{"no reference of its own yet", func(f *fixture, run *Run) {
			f.git.Git("update-ref", "-d", run.Ref())
		}, 3},
		{"state directory deleted", func(f *fixture, _ *Run) {
			if err := os.RemoveAll(f.repo.StateDir()); err != nil {
				f.t.Fatal(err)
			}
		}, 3},
		{"lock file emptied", func(f *fixture, _ *Run) {
			if err := os.Truncate(filepath.Join(f.repo.StateDir(), "lock"), 0); err != nil {
				f.t.Fatal(err)
			}
		}, 3},
		{"some moved", func(f *fixture, run *Run) {
			f.git.Git("update-ref", newRef(1), run.Moves[3].New.String())
		}, 2},
		{"some moved, and the old branch went on", func(f *fixture, run *Run) {
			f.git.Git("update-ref", newRef(1), run.Moves[3].New.String())
			f.git.Git("update-ref", oldRef(1), run.Moves[1].New.String())
		}, 2},
		{"all repacked", func(f *fixture, _ *Run) {
			f.git.Git("repack", "-q", "-a", "-d")
		}, 3},
		{"another command has had the lock", func(f *fixture, _ *Run) {
			lock, err := Acquire(f.t.Context(), f.repo, "other", 0)
			if err != nil {
				f.t.Fatal(err)
			}
			if err := lock.Release(); err != nil {
				f.t.Fatal(err)
			}
		}, 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, 3)
			run := f.abandon(3, true, nil)
			c.between(f, run)
			mended := f.mend()
			if mended == nil || mended.Run == nil || mended.Pending != c.pending || mended.Total != 3 {
				t.Fatalf("mended %+v", mended)
			}
			read := mustRead(f, 1)
			if !read.Done || len(read.TakenOut) != 0 || string(read.Payload) != "p" {
				t.Errorf("recorded %+v", read)
			}
			for i := range 3 {
				if got := f.value(newRef(i)); got != run.Moves[2*i+1].New.String() {
					t.Errorf("%s = %q", newRef(i), got)
				}
			}
			if text := f.git.Git("show", "mgit:runs"); text != "1 p" {
				t.Errorf("shared branch: %q", text)
			}
			if again := f.mend(); again != nil {
				t.Errorf("again: %+v", again)
			}
			if c.name != "state directory deleted" && c.name != "lock file emptied" {
				f.sound()
			}
		})
	}
}

func TestMendTakesOutWhatMovedMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 3)
	f.abandon(3, true, nil)
	f.git.Git("update-ref", newRef(0), f.git.Git("commit-tree", "-m", "mine", "main^{tree}"))
	mine := f.value(newRef(0))
	f.git.Git("update-ref", oldRef(2), mine)
	mended := f.mend()
	if mended == nil || mended.Run == nil || len(mended.Run.TakenOut) != 2 {
		t.Fatalf("mended %+v", mended)
	}
	if f.value(newRef(0)) != mine || f.value(newRef(1)) == "" || f.value(newRef(2)) != "" {
		t.Errorf("branches: %q", f.refs())
	}
}

func TestMendRemovesOnlyTheDeadRunsLocks(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 4)
	gone := Move{Ref: "refs/heads/gone", Old: f.base}
	f.git.Git("branch", "gone", "main")
	f.git.Git("pack-refs", "--all")
	run := f.abandon(4, true, func(moves []Move) []Move { return append(moves, gone) })
	lock := func(name, text string) string {
		path := filepath.Join(f.git.Path, ".git", name+".lock")
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ours := []string{
		lock(newRef(0), ""), lock(oldRef(0), ""), lock(newRef(1), run.Moves[3].New.String()+"\n"),
		lock(SharedRef, ""), lock("packed-refs", ""),
	}
	if err := os.WriteFile(filepath.Join(f.git.Path, ".git", "packed-refs.new"), []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	theirs := []string{
		lock(newRef(2), f.base.String()+"\n"), lock("HEAD", ""), lock("index", ""), lock("refs/heads/main", ""),
	}
	old := lock(newRef(3), "")
	hourAgo := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, hourAgo, hourAgo); err != nil {
		t.Fatal(err)
	}
	theirs = append(theirs, old)

	mended := f.mendAtOnce()
	if mended == nil || mended.Run == nil {
		t.Fatalf("mended %+v", mended)
	}
	slices.Sort(ours)
	slices.Sort(mended.Locks)
	if !slices.Equal(mended.Locks, ours) {
		t.Errorf("removed %q\nwant %q", mended.Locks, ours)
	}
	for _, path := range theirs {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s is gone", path)
		}
	}
	var groups []string
	for _, out := range mended.Run.TakenOut {
		groups = append(groups, out.Group)
	}
	slices.Sort(groups)
	if !slices.Equal(groups, []string{oldRef(2), oldRef(3)}) || f.value(newRef(1)) == "" || f.value("refs/heads/gone") != "" {
		t.Errorf("taken out %q, branches %q", groups, f.refs())
	}
}

// TestMendFindsTheLockOfTheSharedBranch: git is killed after it wrote the new
// value into the lock file, and before it renamed that.
func TestMendFindsTheLockOfTheSharedBranch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before string // the shared branch, before the run
		holds  func(f *fixture) string
		ours   bool
	}{
		{"the first commit", "", func(f *fixture) string { return f.git.Git("commit-tree", "-m", "note", "main^{tree}") }, true},
		{"the next commit", "main", func(f *fixture) string {
			return f.git.Git("commit-tree", "-m", "note", "-p", "main", "main^{tree}")
		}, true},
		{"another root", "main", func(f *fixture) string { return f.git.Git("commit-tree", "-m", "note", "main^{tree}") }, false},
		{"another branch", "", func(f *fixture) string {
			return f.git.Git("commit-tree", "-m", "note", "-p", "main", "main^{tree}")
		}, false},
		{"no commit", "", func(f *fixture) string { return f.git.Git("rev-parse", "main^{tree}") }, false},
		{"half an id", "", func(*fixture) string { return "0123" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, 1)
			if c.before != "" {
				f.git.Git("update-ref", SharedRef, c.before)
			}
			f.abandon(1, true, nil)
			path := filepath.Join(f.git.Path, ".git", SharedRef+".lock")
			if err := os.WriteFile(path, []byte(c.holds(f)+"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			lock, err := tryLock(f.repo)
			if err != nil {
				t.Fatal(err)
			}
			defer lock.Release()
			refs, err := runRefs(t.Context(), f.repo)
			if err != nil {
				t.Fatal(err)
			}
			killed, err := newestUnfinished(t.Context(), f.repo, refs)
			if err != nil || killed == nil {
				t.Fatalf("unfinished: %v, %v", killed, err)
			}
			removed, err := lock.removeStaleLocks(t.Context(), killed)
			if err != nil || (len(removed) == 1) != c.ours {
				t.Errorf("removed %q, %v", removed, err)
			}
		})
	}
}

func TestMendLeavesALockThatIsAlive(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 1)
	f.abandon(1, true, nil)
	path := filepath.Join(f.git.Path, ".git", newRef(0)+".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	// Its git goes on working while we look.
	time.AfterFunc(settle/2, func() { os.Chtimes(path, time.Time{}, time.Now()) })
	if mended := f.mendAtOnce(); len(mended.Locks) != 0 {
		t.Errorf("removed %q", mended.Locks)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestMendDoesNothingWhereItCannotWrite(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	f := newFixture(t, 1)
	f.abandon(1, true, nil)
	before := f.git.Git("for-each-ref")
	lock := filepath.Join(f.repo.StateDir(), "lock")
	if err := os.Chmod(lock, 0o444); err != nil {
		t.Fatal(err)
	}
	mended := f.mend()
	if mended == nil || !mended.ReadOnly || mended.Number != 1 || !strings.Contains(mended.String(), "cannot be written") {
		t.Errorf("mended %+v", mended)
	}
	if after := f.git.Git("for-each-ref"); after != before {
		t.Errorf("references changed:\n%s", after)
	}
}

func TestMendTriesAgainWhenTheSharedBranchFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 1)
	f.abandon(1, true, nil)
	broken := errors.New("no shared branch today")
	_, err := Mend(t.Context(), f.repo, func(context.Context, *Run, git.ID) (git.ID, error) { return git.ZeroID, broken })
	var unfinished *UnfinishedError
	if !errors.As(err, &unfinished) || unfinished.Run != 1 || !errors.Is(err, broken) {
		t.Fatalf("err = %v", err)
	}
	if mended := f.mend(); mended == nil || mended.Run == nil || mended.Pending != 0 || !mustRead(f, 1).Done {
		t.Errorf("mended %+v", mended)
	}
	f.sound()
}

func TestSharedBranchMovedMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 1)
	f.mustApply(1, nil)
	calls := 0
	run := &Run{Number: 7, Who: git.Signature{Name: "x", Email: "x@example.org", When: time.Unix(1, 0)}, Payload: []byte("q")}
	lock, err := Acquire(t.Context(), f.repo, "test", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	err = lock.share(t.Context(), run, func(ctx context.Context, run *Run, tip git.ID) (git.ID, error) {
		next, err := note(f.repo)(ctx, run, tip)
		if calls++; calls == 1 {
			f.git.Git("update-ref", SharedRef, f.git.Git("commit-tree", "-m", "somebody", "-p", SharedRef, SharedRef+"^{tree}"))
		}
		return next, err
	}, mustID(t, f.value(SharedRef)))
	if err != nil || calls != 2 {
		t.Fatalf("%d calls, %v", calls, err)
	}
	if log := f.git.Git("log", "--format=%s", SharedRef); log != "note\nsomebody\nnote" {
		t.Errorf("shared branch:\n%s", log)
	}
	tip := f.value(SharedRef)
	err = lock.share(t.Context(), run, func(ctx context.Context, run *Run, tip git.ID) (git.ID, error) {
		commit, err := f.repo.Store().Commit(ctx, tip)
		if err != nil {
			return git.ZeroID, err
		}
		again := *commit
		again.Parents = []git.ID{tip}
		return f.repo.Store().PutCommit(&again), nil
	}, mustID(t, tip))
	if err != nil || f.value(SharedRef) != tip || run.SharedOld != run.SharedNew {
		t.Errorf("an empty commit moved the shared branch to %s, %v", f.value(SharedRef), err)
	}
	err = lock.share(t.Context(), run, func(context.Context, *Run, git.ID) (git.ID, error) { return f.base, nil }, mustID(t, tip))
	if err == nil {
		t.Error("the shared branch went somewhere else")
	}
}
