package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
)

func TestLockIsExclusive(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0)
	first, err := Acquire(t.Context(), f.repo, "mgit rebase-all", 0)
	if err != nil {
		t.Fatal(err)
	}
	other := f.open()
	_, err = Acquire(t.Context(), other, "mgit undo", 0)
	var held *LockedError
	if !errors.As(err, &held) || held.PID != os.Getpid() || held.Command != "mgit rebase-all" || time.Since(held.Since) > time.Minute {
		t.Fatalf("second got %v (%+v)", err, held)
	}
	if mended, err := Mend(t.Context(), other, nil); mended != nil || err != nil {
		t.Errorf("mend of a live lock: %v, %v", mended, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := Acquire(ctx, other, "mgit undo", time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled wait: %v", err)
	}

	// A git of ours that lives on does not keep the lock.
	if _, err := f.repo.Store().Object(t.Context(), f.base); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { first.Release() })
	second, err := Acquire(t.Context(), other, "mgit undo", 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Release(); err != nil {
		t.Error(err)
	}
}

func TestLockFollowsADeletedStateDir(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0)
	for range 2 {
		lock, err := Acquire(t.Context(), f.repo, "one", 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(f.repo.StateDir()); err != nil {
			t.Fatal(err)
		}
		if err := lock.Release(); err != nil {
			t.Error(err)
		}
	}
}

// TestLockRecordSurvivesEveryCut writes a long record and a short one over it,
// and reads what a kill between the two system calls would leave.
func TestLockRecordSurvivesEveryCut(t *testing.T) {
	t.Parallel()
	long := record{PID: 1, Command: strings.Repeat("x", 300), Intent: &intent{Number: 3}}
	short := record{PID: 2, Command: "y"}
	before, err := json.Marshal(long)
	if err != nil {
		t.Fatal(err)
	}
	over, err := json.Marshal(short)
	if err != nil {
		t.Fatal(err)
	}
	file := append(before, '\n')
	copy(file, append(over, '\n'))
	if got := readRecord(bytes.NewReader(file)); got.PID != 2 || got.Intent != nil {
		t.Errorf("read %+v", got)
	}
	for _, text := range []string{"", "{", "{\"pid\":3}", "nonsense\n"} {
		if got := readRecord(strings.NewReader(text)); got.PID != 0 {
			t.Errorf("%q read as %+v", text, got)
		}
	}
}

// A list of references that is old by now makes nobody finish what is finished, and hides
// no killed run.
func TestMendAmongOldReferences(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 2)
	f.mustApply(1, nil)
	refs, err := f.repo.Refs(t.Context(), RunPrefix)
	if err != nil || len(refs) != 1 {
		t.Fatalf("%v, %v", refs, err)
	}
	before := f.refs()
	applying := refs[0]
	if applying.ID, err = git.ParseID(f.git.Git("rev-parse", applying.Name+"^1")); err != nil {
		t.Fatal(err)
	}
	if run, err := newestUnfinished(t.Context(), f.repo, runsAmong([]git.Ref{applying})); run == nil || err != nil {
		t.Fatalf("the list shows %v, %v, want a run that is not done", run, err)
	}
	if mended, err := MendAmong(t.Context(), f.repo, []git.Ref{applying}, note(f.repo)); mended != nil || err != nil {
		t.Errorf("mended %v, %v", mended, err)
	}
	if now := f.refs(); !slices.Equal(now, before) {
		t.Errorf("references moved: %q, want %q", now, before)
	}
	f.abandon(2, true, nil)
	if mended, err := MendAmong(t.Context(), f.repo, refs, note(f.repo)); err != nil || mended == nil || mended.Number != 2 {
		t.Errorf("mended %v, %v, want run 2", mended, err)
	}
}

func TestMendTouchesNothingWithoutAKilledRun(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 1)
	if mended, err := Mend(t.Context(), f.repo, nil); mended != nil || err != nil {
		t.Errorf("mended %v, %v", mended, err)
	}
	if _, err := os.Stat(f.repo.StateDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("state directory: %v", err)
	}
	f.mustApply(1, nil)
	lock := filepath.Join(f.repo.StateDir(), "lock")
	before, err := os.Stat(lock)
	if err != nil {
		t.Fatal(err)
	}
	if mended, err := Mend(t.Context(), f.repo, nil); mended != nil || err != nil {
		t.Errorf("mended %v, %v", mended, err)
	}
	after, err := os.Stat(lock)
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the lock file was written: %v", err)
	}
}
