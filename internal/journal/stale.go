package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
//   - it is empty, or holds the value that the run was to write;
//   - it stays as it is for a while.
//
// Where there is a work tree, a HEAD.lock is a user's work in progress and not
// touched: the run makes none there, see mover.updates. For a worktree that was
// being fast-forwarded see halfway.
func (l *Lock) removeStaleLocks(run *Run) ([]string, error) {
	return l.removeLeft(run, l.candidates(run))
}

// removeLeft removes those of the lock files that the dead run left.
func (l *Lock) removeLeft(run *Run, candidates []staleLock) ([]string, error) {
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
		if !lock.isLeft() {
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
func (l *Lock) candidates(run *Run) []staleLock {
	var locks []staleLock
	add := func(ref string, want git.ID) {
		if strings.HasPrefix(ref, "refs/") && filepath.IsLocal(ref) {
			locks = append(locks, staleLock{path: filepath.Join(l.repo.CommonDir(), filepath.FromSlash(ref)+".lock"), want: want})
		}
	}
	add(run.Ref(), run.Commit)
	add(SharedRef, git.ZeroID)
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

// isLeft reports whether the file is still as it was seen, and holds nothing
// that the run did not mean to write.
func (s staleLock) isLeft() bool {
	if !isSame(stat(s.path), s.seen) || !isSame(stat(s.beside), s.seenBeside) {
		return false
	}
	if s.any {
		return true
	}
	data, err := os.ReadFile(s.path)
	if err != nil {
		return false
	}
	text := string(bytes.TrimSpace(data))
	return text == "" || s.want != git.ZeroID && strings.HasPrefix(s.want.String(), text)
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
