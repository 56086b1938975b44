package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"mgit/internal/journal"
)

// lockTracker keeps two syncs of this clone with the tracker apart. It is another lock than
// that of the repository, so that all other commands go on while the tracker is asked. It
// does not wait: a sync can last. The error is a *journal.LockedError.
func (s *Site) lockTracker(command string) (release func() error, err error) {
	if err := os.MkdirAll(s.Repo.StateDir(), 0o777); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(s.Repo.StateDir(), "tracker-lock"), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		held := lockHolder(file)
		return nil, errors.Join(fmt.Errorf("take the lock of the tracker: %w", held), file.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("flock %s: %w", file.Name(), err), file.Close())
	}
	if err := writeHolder(file, trackerHolder{PID: os.Getpid(), Command: command, Since: time.Now()}); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() error { return errors.Join(file.Truncate(0), file.Close()) }, nil
}

// trackerHolder is the content of the lock's file.
type trackerHolder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

func writeHolder(file *os.File, h trackerHolder) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteAt(data, 0)
	return err
}

// lockHolder says who holds the lock, as far as that is known.
func lockHolder(file *os.File) *journal.LockedError {
	var h trackerHolder
	data, err := io.ReadAll(io.LimitReader(file, 4096))
	if err != nil || json.Unmarshal(data, &h) != nil {
		return &journal.LockedError{}
	}
	return &journal.LockedError{PID: h.PID, Command: h.Command, Since: h.Since}
}
