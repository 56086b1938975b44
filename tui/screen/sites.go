package screen

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"mgit/internal/crew"
	"mgit/internal/job"
)

// Sites lends opened sites to questions and tasks. A site is what a repository was when it was opened, and
// serves one job at a time; those that come back are lent again until Renew says that the repository has
// changed.
type Sites struct {
	open func(ctx context.Context) (*job.Site, error)

	mutex    sync.Mutex
	age      int
	idle     []*job.Site
	busy     int
	warnings []job.Warning // of the site that was opened last
	mended   []job.Warning
}

// NewSites returns a Sites that opens sites with open.
func NewSites(open func(ctx context.Context) (*job.Site, error)) *Sites {
	return &Sites{open: open}
}

// PanicError is a panic that happened beside the screen.
type PanicError struct {
	Value any
	Stack []byte
}

// Caught makes an error of what recover returned. Of a panic in a crew it says where that was, and then where
// somebody waited for it.
func Caught(value any) *PanicError {
	stack := debug.Stack()
	if p, isCrews := value.(*crew.Panic); isCrews {
		return &PanicError{p.Value, slices.Concat(p.Stack, []byte("\nSomebody waited for it here:\n"), stack)}
	}
	return &PanicError{value, stack}
}

func (e *PanicError) Error() string { return fmt.Sprintf("mgit has a fault: %v", e.Value) }

// Do calls work with a site that nobody else uses meanwhile. A panic in it is its error.
func (s *Sites) Do(ctx context.Context, work func(*job.Site) error) error {
	s.count(1)
	defer s.count(-1)
	site, age, err := s.borrow(ctx)
	if err != nil {
		return err
	}
	err = guarded(func() error { return work(site) })
	if IsPanic(err) { // what state the site is in, nobody knows: it is not lent again
		return errors.Join(err, closed(site))
	}
	return errors.Join(err, s.giveBack(site, age))
}

// Fresh is Do with a site that is opened for it and closed after it.
func (s *Sites) Fresh(ctx context.Context, work func(*job.Site) error) error {
	s.count(1)
	defer s.count(-1)
	site, err := s.open(ctx)
	if err != nil {
		return err
	}
	s.notice(site)
	err = guarded(func() error { return work(site) })
	return errors.Join(err, closed(site))
}

// notice keeps what opening a site has noticed, which the commands print before anything else.
func (s *Sites) notice(site *job.Site) {
	if site == nil {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.warnings = site.Warnings
	if site.Mended != nil {
		s.mended = append(s.mended, job.Warning{ID: "mended", Text: site.Mended.String()})
	}
}

// Warnings are what the site that was opened last warns of, and which killed runs had to be finished.
func (s *Sites) Warnings() []job.Warning {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Concat(s.mended, s.warnings)
}

// closed closes a site. Tests lend none at all, which needs no closing.
func closed(site *job.Site) error {
	if site == nil {
		return nil
	}
	return site.Close()
}

// IsPanic reports whether an error was a panic.
func IsPanic(err error) bool {
	var panicked *PanicError
	return errors.As(err, &panicked)
}

func guarded(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = Caught(r)
		}
	}()
	return work()
}

func (s *Sites) count(n int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.busy += n
}

// Keep takes over a site that was opened elsewhere, to lend it first.
func (s *Sites) Keep(site *job.Site) {
	s.notice(site)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.idle = append(s.idle, site)
}

// Busy reports how much is at work now.
func (s *Sites) Busy() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.busy
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
		errs = append(errs, closed(site))
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
	if err == nil {
		s.notice(site)
	}
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
	return closed(site)
}
