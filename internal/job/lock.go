package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mgit/internal/git"
	"mgit/internal/journal"
)

// quickLock is how long taking a free lock lasts at most.
const quickLock = 50 * time.Millisecond

// Lock takes the lock of the repository for an operation that writes, and
// brings the local mgit branch up to what was fetched.
func (s *Site) Lock(ctx context.Context, command string) (*journal.Lock, error) {
	asked := time.Now()
	lock, err := s.acquire(ctx, command)
	if err != nil {
		return nil, err
	}
	if time.Since(asked) > quickLock {
		// Another mgit was at work: what was read before it is old.
		if s.refs, err = readSnapshot(ctx, s.Repo); err != nil {
			return nil, errors.Join(err, lock.Release())
		}
		s.shared = s.refs.commit(journal.SharedRef)
	}
	local := s.refs.commit(journal.SharedRef)
	if local == s.shared || local == git.ZeroID {
		return lock, nil
	}
	err = journal.FastForward(ctx, s.Repo, journal.SharedRef, local, s.shared, "mgit: fast-forward")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("fast-forward the mgit branch: %w", err), lock.Release())
	}
	return lock, nil
}

// acquire takes the lock, and says so where it has to be waited for.
func (s *Site) acquire(ctx context.Context, command string) (*journal.Lock, error) {
	if s.Awaits == nil {
		return journal.Acquire(ctx, s.Repo, command, lockWait)
	}
	lock, err := journal.Acquire(ctx, s.Repo, command, 0)
	held, isHeld := errors.AsType[*journal.LockedError](err)
	if !isHeld {
		return lock, err
	}
	s.Awaits(held)
	defer s.Awaits(nil)
	return journal.Acquire(ctx, s.Repo, command, lockWait)
}
