package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
)

// settle is how long a lock file must stay as it is to count as left behind.
const settle = 200 * time.Millisecond

// clockSlack is how much older than the run's start its lock files may look:
// file systems round times.
const clockSlack = 2 * time.Second

// staleLock is a lock file that may be the dead run's.
type staleLock struct {
	path   string
	want   git.ID // what the run meant to write; zero: nothing
	next   git.ID // with note: what the reference points at
	note   bool   // the run meant to write a child of next
	beside string // the file that git writes while it holds the lock; "": the lock itself
	any    bool   // it may hold anything

	seen, seenBeside fs.FileInfo
}

// removeStaleLocks removes the lock files that the dead run's git left, and
// returns their paths. A lock file is the run's if
//
//   - it locks a reference that the run moves, or the packed references where the
//     run deletes some;
//   - it was written after the run began and before its last process ended;
//   - it is empty, or holds the value that the run was to write: for the shared
//     branch, a commit on top of what the branch holds;
//   - it stays as it is for a while.
//
// Where there is a work tree, a HEAD.lock is a user's work in progress and not
// touched: the run makes none there, see mover.updates. For a worktree that was
// being fast-forwarded see halfway.
func (l *Lock) removeStaleLocks(ctx context.Context, run *Run) ([]string, error) {
	tip, err := l.sharedTip(ctx)
	if err != nil {
		return nil, err
	}
	return l.removeLeft(ctx, run, l.candidates(run, tip))
}

// removeLeft removes those of the lock files that the dead run left.
func (l *Lock) removeLeft(ctx context.Context, run *Run, candidates []staleLock) ([]string, error) {
	var found []staleLock
	for _, lock := range candidates {
		info, err := os.Lstat(lock.path)
		if err != nil || !info.Mode().IsRegular() || !l.isOfRun(info, run) {
			continue
		}
		lock.seen, lock.seenBeside = info, stat(lock.beside)
		found = append(found, lock)
	}
	if len(found) == 0 {
		return nil, nil
	}
	time.Sleep(settle)
	var removed []string
	for _, lock := range found {
		if !lock.isUnchanged() || !lock.any && !l.isMeant(ctx, lock) {
			continue
		}
		if err := lock.remove(); err != nil {
			return removed, fmt.Errorf("remove a lock file that a killed git left: %w", err)
		}
		removed = append(removed, lock.path)
	}
	return removed, nil
}

// candidates are the lock files that the run may have made.
func (l *Lock) candidates(run *Run, sharedTip git.ID) []staleLock {
	path := func(ref string) string { return filepath.Join(l.repo.CommonDir(), filepath.FromSlash(ref)+".lock") }
	locks := []staleLock{{path: path(SharedRef), note: true, next: sharedTip}}
	add := func(ref string, want git.ID) {
		if strings.HasPrefix(ref, "refs/") && filepath.IsLocal(ref) {
			locks = append(locks, staleLock{path: path(ref), want: want})
		}
	}
	add(run.Ref(), run.Commit)
	deletes := false
	for _, m := range run.Moves {
		add(m.Ref, m.New)
		deletes = deletes || m.New == git.ZeroID
	}
	if deletes {
		packed := filepath.Join(l.repo.CommonDir(), "packed-refs")
		locks = append(locks, staleLock{path: packed + ".lock", beside: packed + ".new"})
	}
	if l.repo.Bare() {
		locks = append(locks, staleLock{path: filepath.Join(l.repo.CommonDir(), "HEAD.lock")})
	}
	return locks
}

// isOfRun reports whether the file was last written while the run lived.
func (l *Lock) isOfRun(info fs.FileInfo, run *Run) bool {
	began := run.When
	if in := l.record.Intent; in != nil && in.Number == run.Number {
		began = in.Started
	}
	at := info.ModTime()
	return at.After(began.Add(-clockSlack)) && !at.After(l.taken)
}

// isUnchanged reports whether the files are still as they were seen.
func (s staleLock) isUnchanged() bool {
	return isSame(stat(s.path), s.seen) && isSame(stat(s.beside), s.seenBeside)
}

// isMeant reports whether the file holds nothing that the run did not mean to
// write.
func (l *Lock) isMeant(ctx context.Context, lock staleLock) bool {
	data, err := os.ReadFile(lock.path)
	if err != nil {
		return false
	}
	text := string(bytes.TrimSpace(data))
	switch {
	case text == "":
		return true
	case lock.note:
		return l.isNote(ctx, lock.next, text)
	default:
		return lock.want != git.ZeroID && strings.HasPrefix(lock.want.String(), text)
	}
}

// isNote reports whether text is the id of a commit that can be the run's on top
// of the shared branch at tip. Which one it was to be is written nowhere: it
// depends on what the branch held at that moment.
func (l *Lock) isNote(ctx context.Context, tip git.ID, text string) bool {
	id, err := git.ParseID(text)
	if err != nil {
		return false
	}
	commit, err := l.repo.Store().Commit(ctx, id)
	if err != nil {
		return false
	}
	if tip == git.ZeroID {
		return len(commit.Parents) == 0
	}
	return slices.Equal(commit.Parents, []git.ID{tip})
}

// remove removes the lock last, so that nobody finds the file beside it
// unlocked.
func (s staleLock) remove() error {
	if s.seenBeside != nil {
		if err := os.Remove(s.beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// stat returns nil when there is no such file.
func stat(path string) fs.FileInfo {
	if path == "" {
		return nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil
	}
	return info
}

func isSame(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
