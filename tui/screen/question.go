package screen

import (
	"context"
	"errors"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
)

// patience is how long something may take before a spinner says that it is still going on.
const patience = 100 * time.Millisecond

// Question is something that a view wants to know, and the last answer to it. The zero Question was never
// asked. Asking again cancels what is still under way, and an answer to an older asking is dropped. The old
// value stays until the new one is there.
type Question[T any] struct {
	value  T
	known  bool
	err    error
	open   bool
	since  time.Time
	cancel context.CancelFunc
	// progress is that of the last asking, and tells it from all others: a count would begin anew where a view
	// puts a zero Question in the place of one, and take the answer to another asking for its own.
	progress *Progress
}

// Answered tells a view that one of its questions has its answer, or failed. The frame has settled it
// already, and dropped it where it came too late.
type Answered struct {
	question any
	settle   func() bool
}

// To reports whether it is the answer to the question q, a pointer.
func (a Answered) To(q any) bool { return a.question == q }

// Settle keeps the answer in its question; false: it came too late. The frame calls it, once.
func (a Answered) Settle() bool { return a.settle() }

// Ask asks anew. work runs beside the screen, must end soon after ctx does, and may report what it has done
// so far to the progress.
func (q *Question[T]) Ask(h *Host, work func(ctx context.Context, site *job.Site, p *Progress) (T, error)) tea.Cmd {
	return q.ask(h, func(ctx context.Context, p *Progress) (value T, err error) {
		err = h.Sites.Do(ctx, func(site *job.Site) (err error) {
			value, err = work(ctx, site, p)
			return err
		})
		return value, err
	})
}

// Await asks for what the work for another question comes upon, of which there is an answer before the whole one.
// wait reads nothing by itself: it has no site, and must end soon after ctx does.
func (q *Question[T]) Await(h *Host, wait func(ctx context.Context) (T, error)) tea.Cmd {
	return q.ask(h, func(ctx context.Context, _ *Progress) (T, error) { return wait(ctx) })
}

func (q *Question[T]) ask(h *Host, work func(ctx context.Context, p *Progress) (T, error)) tea.Cmd {
	q.Cancel()
	ctx, cancel := context.WithCancel(h.Within())
	progress := &Progress{}
	q.open, q.since, q.cancel, q.progress = true, h.Now(), cancel, progress
	return func() tea.Msg {
		defer cancel()
		value, err := work(ctx, progress)
		return Answered{question: q, settle: func() bool { return q.settle(progress, value, err) }}
	}
}

func (q *Question[T]) settle(asking *Progress, value T, err error) bool {
	if asking != q.progress || !q.open {
		return false
	}
	q.open, q.err = false, err
	if err == nil {
		q.value, q.known = value, true
	}
	return true
}

// Answer puts an answer there that was not asked for, as tests do.
func (q *Question[T]) Answer(value T, err error) {
	q.Cancel()
	q.value, q.known, q.err = value, err == nil, err
}

// Cancel ends the asking that is under way, if one is.
func (q *Question[T]) Cancel() {
	if q.open {
		q.cancel()
		q.open = false
	}
}

// Forget ends the asking that is under way and drops the last answer: what is asked next is about something
// else.
func (q *Question[T]) Forget() {
	q.Cancel()
	*q = Question[T]{}
}

// Value returns the last answer; false: there is none yet.
func (q *Question[T]) Value() (T, bool) { return q.value, q.known }

// Err is why the last asking failed; nil where it did not, or was cancelled.
func (q *Question[T]) Err() error {
	if errors.Is(q.err, context.Canceled) {
		return nil
	}
	return q.err
}

// IsOpen reports whether an answer is awaited.
func (q *Question[T]) IsOpen() bool { return q.open }

// IsSlow reports whether an answer is awaited for so long that it should be said.
func (q *Question[T]) IsSlow(now time.Time) bool { return q.open && now.Sub(q.since) >= patience }

// Progress is what the asking under way has reported; never nil.
func (q *Question[T]) Progress() *Progress {
	if q.progress == nil {
		return &Progress{}
	}
	return q.progress
}

// Progress is what a job has done so far. It is written beside the screen and read by it: the frame draws
// anew ten times a second while something is under way. It is safe for concurrent use.
type Progress struct {
	mutex  sync.Mutex
	events []job.Event
	text   string
}

// Report takes an event.
func (p *Progress) Report(e job.Event) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.events = append(p.events, e)
}

// Say says in words what is being done.
func (p *Progress) Say(text string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.text = text
}

// Awaits says that another mgit is waited for; nil: no longer.
func (p *Progress) Awaits(held error) {
	if held == nil {
		p.Say("")
		return
	}
	p.Say("waiting for its end: " + held.Error())
}

// Events returns the events so far, oldest first. The slice must not be changed.
func (p *Progress) Events() []job.Event {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.events[:len(p.events):len(p.events)]
}

// Text returns what was said last.
func (p *Progress) Text() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.text
}
