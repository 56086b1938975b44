package job

import (
	"context"
	"errors"
	"slices"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/journal"
)

// OpenForCheck opens a repository to judge what is in it, which happens at every commit: nothing is written, no
// lock is taken and no killed run is finished, references are not listed, and of git two processes are started. A clone
// without an mgit branch is judged by that of its remote, see OpenRequest.Borrow. The site is good for [Check] and
// nothing else. The errors are those of git.Open and config.Load.
func OpenForCheck(ctx context.Context, request OpenRequest) (*Site, error) {
	request.Git.AnyVersion = true
	repo, err := git.Open(ctx, request.Dir, request.Git)
	if err != nil {
		return nil, err
	}
	s := &Site{Repo: repo, refs: newSnapshot(nil)}
	if err := s.openForCheck(ctx, request); err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	return s, nil
}

func (s *Site) openForCheck(ctx context.Context, request OpenRequest) error {
	var config crew.Group
	var gitErr error
	config.Go(func() { s.git, gitErr = s.Repo.Config(ctx) })
	if request.Index {
		s.readIndexMeanwhile(ctx)
	}
	err := s.lookUp(ctx, journal.SharedRef, "HEAD")
	config.Wait()
	if err := errors.Join(err, gitErr); err != nil {
		return err
	}
	s.shared = s.refs.commit(journal.SharedRef)
	if err := s.load(ctx, request); err != nil {
		return err
	}
	if s.shared == git.ZeroID {
		return s.borrowShared(ctx, request)
	}
	return s.loadNewer(ctx, request)
}

// indexRead is the difference between HEAD and the index on its way: the slowest of what git is asked for.
type indexRead struct {
	crew    crew.Group
	changes []git.IndexChange
	err     error
}

func (s *Site) readIndexMeanwhile(ctx context.Context) {
	s.index = new(indexRead)
	s.index.crew.Go(func() {
		against := "HEAD"
		if s.Repo.IsUnborn() {
			against = git.EmptyTree.String()
		}
		s.index.changes, s.index.err = s.Repo.IndexChanges(ctx, against)
	})
}

// stagedChanges are the differences between HEAD, or nothing before the first commit, and the index.
func (s *Site) stagedChanges(ctx context.Context) ([]git.IndexChange, error) {
	if s.index == nil {
		s.readIndexMeanwhile(ctx)
	}
	s.index.crew.Wait()
	return s.index.changes, s.index.err
}

// loadNewer reads the settings of an internal remote's mgit branch where that was fetched and is ahead.
func (s *Site) loadNewer(ctx context.Context, request OpenRequest) error {
	var names []string
	for _, name := range s.internal {
		names = append(names, "refs/remotes/"+name+"/mgit")
	}
	if err := s.lookUp(ctx, names...); err != nil {
		return err
	}
	for _, name := range names {
		theirs := s.refs.commit(name)
		if theirs == git.ZeroID || theirs == s.shared {
			continue
		}
		ahead, err := s.descends(ctx, theirs, s.shared)
		if err != nil {
			return err
		}
		if ahead {
			s.shared = theirs
			if err := s.load(ctx, request); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookUp adds references to those that are known, without listing all.
func (s *Site) lookUp(ctx context.Context, names ...string) error {
	ids, err := s.Repo.ResolveAll(ctx, names)
	if err != nil {
		return err
	}
	refs := slices.Clone(s.refs.refs)
	for i, name := range names {
		if _, known := s.refs.ref[name]; !known && ids[i] != git.ZeroID {
			refs = append(refs, git.Ref{Name: name, ID: ids[i], Peeled: ids[i]})
		}
	}
	s.refs = newSnapshot(refs)
	return nil
}

// farBack is how many commits of the mgit branch are looked through to see which of two is newer.
const farBack = 1000

// descends reports whether a commit of the mgit branch is among the ancestors of another, near enough.
func (s *Site) descends(ctx context.Context, tip, ancestor git.ID) (bool, error) {
	seen := map[git.ID]bool{tip: true}
	for next := []git.ID{tip}; len(next) > 0 && len(seen) < farBack; {
		commits, err := s.Repo.Store().Commits(ctx, next)
		if err != nil {
			return false, err
		}
		next = nil
		for _, c := range commits {
			for _, p := range c.Parents {
				if p == ancestor {
					return true, nil
				}
				if !seen[p] {
					seen[p] = true
					next = append(next, p)
				}
			}
		}
	}
	return false, nil
}
