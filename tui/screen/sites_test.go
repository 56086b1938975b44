package screen_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mgit/internal/job"
	"mgit/tui/screen"
)

// opener counts how often a site was opened; the sites are none.
type opener struct{ n int }

func (o *opener) open(context.Context) (*job.Site, error) {
	o.n++
	return nil, nil
}

func nothing(*job.Site) error { return nil }

// A site that comes back is lent again, until the repository has changed; a task's never is.
func TestSites(t *testing.T) {
	t.Parallel()
	var o opener
	s := screen.NewSites(o.open)
	do := func(run func(context.Context, func(*job.Site) error) error, work func(*job.Site) error, want int) {
		t.Helper()
		if err := run(t.Context(), work); err != nil {
			t.Error(err)
		}
		if o.n != want {
			t.Errorf("%d were opened, not %d", o.n, want)
		}
	}
	do(s.Do, nothing, 1)
	do(s.Do, nothing, 1)
	do(s.Do, func(*job.Site) error { return s.Do(t.Context(), nothing) }, 2)
	do(s.Do, func(*job.Site) error { return s.Renew() }, 2)
	do(s.Do, nothing, 3) // the one that was lent meanwhile is old
	do(s.Fresh, nothing, 4)
	s.Keep(nil)
	do(s.Do, func(*job.Site) error { return s.Do(t.Context(), nothing) }, 4)
	if err := s.Do(t.Context(), func(*job.Site) error {
		if s.Busy() != 1 {
			t.Errorf("%d are at work", s.Busy())
		}
		panic("broken")
	}); !screen.IsPanic(err) {
		t.Errorf("%v", err)
	}
	if s.Busy() != 0 {
		t.Error("a panic is at work for good")
	}
	if err := s.Fresh(t.Context(), func(*job.Site) error { panic("broken") }); !screen.IsPanic(err) {
		t.Errorf("%v", err)
	}
}

func TestQuestion(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	var o opener
	h := &screen.Host{Sites: screen.NewSites(o.open), Now: func() time.Time { return now }}
	var q screen.Question[string]
	answer := func(text string, err error) func(context.Context, *job.Site, *screen.Progress) (string, error) {
		return func(context.Context, *job.Site, *screen.Progress) (string, error) { return text, err }
	}
	old := q.Ask(h, answer("old", nil))
	if q.IsSlow(now) || !q.IsSlow(now.Add(time.Second)) || !q.IsOpen() {
		t.Error("a question that was just asked is slow, or one of a second ago is not")
	}
	var cancelled error
	slow := q.Ask(h, func(ctx context.Context, _ *job.Site, _ *screen.Progress) (string, error) {
		cancelled = ctx.Err()
		return "", ctx.Err()
	})
	last := q.Ask(h, answer("new", nil))
	settle := func(m any, want bool) {
		t.Helper()
		a := m.(screen.Answered)
		if !a.To(&q) {
			t.Error("the answer is to another question")
		}
		if got := a.Settle(); got != want {
			t.Errorf("the answer counts: %t", got)
		}
	}
	settle(last(), true)
	settle(old(), false) // it came too late
	settle(slow(), false)
	if !errors.Is(cancelled, context.Canceled) {
		t.Error("a question that nobody asks any more is not cancelled")
	}
	if text, known := q.Value(); text != "new" || !known {
		t.Errorf("%q, %t", text, known)
	}
	settle(q.Ask(h, answer("", errors.New("no")))(), true)
	if text, known := q.Value(); text != "new" || !known || q.Err() == nil {
		t.Errorf("after an error: %q, %t, %v", text, known, q.Err())
	}
	settle(q.Ask(h, answer("", context.Canceled))(), true)
	if q.Err() != nil {
		t.Error("that somebody cancelled is shown as an error")
	}
	for what, begin := range map[string]func(){
		"forgotten": q.Forget,
		"replaced":  func() { q = screen.Question[string]{} },
	} {
		other := q.Ask(h, answer("of another", nil))
		begin()
		if text, known := q.Value(); known || q.IsOpen() || q.Err() != nil {
			t.Errorf("%s: it still says %q, or %v", what, text, q.Err())
		}
		settle(other(), false)
		this := q.Ask(h, answer("of this", nil))
		settle(other(), false)
		settle(this(), true)
		if text, _ := q.Value(); text != "of this" {
			t.Errorf("%s: %q", what, text)
		}
	}
	late := q.Ask(h, answer("late", nil))
	q.Cancel()
	settle(late(), false)
	if q.IsOpen() {
		t.Error("it is open after it was cancelled")
	}
}
