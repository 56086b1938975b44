package screen

import (
	"context"
	"errors"
	"sync"

	"mgit/internal/job"
)

// Sites lends opened sites to questions and tasks. A site is what a repository was when it was opened, and
// serves one job at a time; those that come back are lent again until Renew says that the repository has
// changed.
type Sites struct {
	open func(ctx context.Context) (*job.Site, error)

	mutex sync.Mutex
	age   int
	idle  []*job.Site
}

// NewSites returns a Sites that opens sites with open.
func NewSites(open func(ctx context.Context) (*job.Site, error)) *Sites { return &Sites{open: open} }

// Do calls work with a site that nobody else uses meanwhile.
func (s *Sites) Do(ctx context.Context, work func(*job.Site) error) error {
	site, age, err := s.borrow(ctx)
	if err != nil {
		return err
	}
	err = work(site)
	return errors.Join(err, s.giveBack(site, age))
}

// Renew makes every site opened so far the last of its kind: the repository has changed.
func (s *Sites) Renew() error {
	s.mutex.Lock()
	old := s.idle
	s.idle = nil
	s.age++
	s.mutex.Unlock()
	var errs []error
	for _, site := range old {
		errs = append(errs, site.Close())
	}
	return errors.Join(errs...)
}

// Close ends what the idle sites keep running.
func (s *Sites) Close() error { return s.Renew() }

func (s *Sites) borrow(ctx context.Context) (*job.Site, int, error) {
	s.mutex.Lock()
	age := s.age
	if n := len(s.idle); n > 0 {
		site := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mutex.Unlock()
		return site, age, nil
	}
	s.mutex.Unlock()
	site, err := s.open(ctx)
	return site, age, err
}

func (s *Sites) giveBack(site *job.Site, age int) error {
	s.mutex.Lock()
	if age == s.age {
		s.idle = append(s.idle, site)
		s.mutex.Unlock()
		return nil
	}
	s.mutex.Unlock()
	return site.Close()
}
