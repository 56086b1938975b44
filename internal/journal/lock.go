package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"mgit/internal/git"
)

// pollInterval is how often a waiting process looks whether the lock is free.
const pollInterval = 50 * time.Millisecond

// Lock is the right to apply a run, held by one process per repository.
//
// It is a flock(2) on StateDir()/lock. The file says who holds it and, past the
// point where a run must be finished, what is being applied. It stays after
// Release, empty of both.
type Lock struct {
	repo   *git.Repo
	file   *os.File
	record record
	who    *git.Signature // began a run under this lock; nil: nobody yet
	taken  time.Time      // when the lock became ours: no process of the holder before lives
	tries  int            // how often a transaction is tried that finds a reference locked
}

// record is the content of the lock file: one line of JSON.
type record struct {
	PID     int       `json:"pid,omitempty"` // 0: released in order
	Command string    `json:"command,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Intent  *intent   `json:"intent,omitempty"`
}

// intent says which run will exist once its objects are visible.
type intent struct {
	Number  int       `json:"number"`
	Command string    `json:"command"`
	Commit  string    `json:"commit"`
	Pack    string    `json:"pack"`    // "pack-<sha1>", without suffix
	Scratch string    `json:"scratch"` // the directory it comes from
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
}

// LockedError says that another process holds the lock. PID is 0 while that
// process has not said who it is.
type LockedError struct {
	PID     int
	Command string
	Since   time.Time
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return "another mgit is working in this repository"
	}
	return fmt.Sprintf("another mgit is working in this repository: process %d, %q, since %s",
		e.PID, e.Command, e.Since.Local().Format(time.TimeOnly))
}

// Acquire takes the lock, waiting up to wait for another process to give it
// back; then the error is a *LockedError. From now on every git that repo starts
// holds the lock as well, until it ends.
func Acquire(ctx context.Context, repo *git.Repo, command string, wait time.Duration) (*Lock, error) {
	deadline := time.Now().Add(wait)
	for {
		lock, err := tryLock(repo)
		if err == nil {
			return lock, lock.claim(command)
		}
		var held *LockedError
		left := time.Until(deadline)
		if !errors.As(err, &held) || left <= 0 {
			return nil, fmt.Errorf("take the lock: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("take the lock: %w", context.Cause(ctx))
		case <-time.After(min(left, pollInterval)):
		}
	}
}

// tryLock takes the lock if it is free, and leaves the file as it is.
func tryLock(repo *git.Repo) (*Lock, error) {
	for {
		file, err := openLock(repo.StateDir())
		if err != nil {
			return nil, err
		}
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EINTR) {
			file.Close()
			continue
		}
		if err != nil {
			rec := readRecord(file)
			file.Close()
			if !errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, fmt.Errorf("flock %s: %w", file.Name(), err)
			}
			return nil, &LockedError{PID: rec.PID, Command: rec.Command, Since: rec.Since}
		}
		if isAt(file) {
			return &Lock{repo: repo, file: file, record: readRecord(file), taken: time.Now(), tries: lockTries}, nil
		}
		file.Close() // StateDir was deleted in between: what we locked is nobody's lock
	}
}

func openLock(dir string) (*os.File, error) {
	for {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, err
		}
		file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o666)
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
}

// isAt reports whether the open file is still the one of that name.
func isAt(file *os.File) bool {
	ours, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(file.Name())
	return err == nil && os.SameFile(ours, named)
}

// claim writes down who we are. The intent of a dead holder stays.
func (l *Lock) claim(command string) error {
	l.record.PID, l.record.Command, l.record.Since = os.Getpid(), command, time.Now()
	if err := l.save(); err != nil {
		return errors.Join(err, l.unlock())
	}
	l.repo.Hold(l.file)
	return nil
}

// Release gives the lock back. A git that we started may go on; it no longer
// counts.
func (l *Lock) Release() error {
	l.record.PID, l.record.Command, l.record.Since = 0, "", time.Time{}
	return errors.Join(l.save(), l.unlock())
}

// unlock frees the lock at once: closing our file alone would leave it to
// children, such as a git that waits for requests.
func (l *Lock) unlock() error {
	l.repo.Hold(nil)
	err := syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
	return errors.Join(err, l.file.Close())
}

// save writes the record over the old one and then cuts off the rest, so that
// one or the other is there at every moment; a reader stops at the line's end.
func (l *Lock) save() error {
	line, err := json.Marshal(l.record)
	if err != nil {
		return fmt.Errorf("write the lock file: %w", err)
	}
	line = append(line, '\n')
	if _, err := l.file.WriteAt(line, 0); err != nil {
		return fmt.Errorf("write the lock file: %w", err)
	}
	if err := errors.Join(l.file.Truncate(int64(len(line))), l.file.Sync()); err != nil {
		return fmt.Errorf("write the lock file: %w", err)
	}
	return nil
}

// readRecord reads the lock file. What cannot be read counts as empty: the
// journal's references say the same, only later.
func readRecord(file io.ReaderAt) record {
	var rec record
	data, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<20))
	if err != nil {
		return record{}
	}
	line, _, ok := strings.Cut(string(data), "\n")
	if !ok || json.Unmarshal([]byte(line), &rec) != nil {
		return record{}
	}
	return rec
}
