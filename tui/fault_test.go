package tui

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/crew"
	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
)

// A panic ends the program in order, wherever it is.
func TestPanic(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*driver){
		"in Update": func(d *driver) {
			d.views[0].acts = func(keymap.Action) tea.Cmd { panic("no") }
			d.press("j")
		},
		"in Render": func(d *driver) {
			stopped := false
			d.f.stop = func() { stopped = true }
			d.views[0].breaks = true
			d.press("j")
			d.left = stopped
		},
		"in a command": func(d *driver) {
			d.do(safe(tea.Batch(func() tea.Msg { panic("no") }, nil)))
		},
		"in a sequence": func(d *driver) {
			d.do(safe(tea.Sequence(func() tea.Msg { return nil }, func() tea.Msg { panic("no") })))
		},
		"in a task": func(d *driver) {
			d.do(screen.Start(screen.Task{Title: "T", Work: func(context.Context, *job.Site, *screen.Progress) (any, error) { panic("no") }}))
		},
		"below a task": func(d *driver) {
			d.do(screen.Start(screen.Task{Title: "T", Work: func(context.Context, *job.Site, *screen.Progress) (any, error) {
				var all crew.Group
				all.Go(func() { panic("no") })
				all.Wait()
				return nil, nil
			}}))
		},
	}
	for name, happen := range tests {
		d := drive(t, siteless(t))
		happen(d)
		if !d.left || d.f.fallen == nil {
			t.Errorf("%s: the program goes on", name)
			continue
		}
		if r := d.f.fallen.Report(); !strings.Contains(r, "fault_test.go") && !strings.Contains(r, "frame_test.go") || !strings.HasPrefix(r, "no\n") && !strings.HasPrefix(r, "the view is broken\n") || !strings.Contains(r, "tea.WindowSizeMsg") {
			t.Errorf("%s: the report does not say where it happened:\n%s", name, r)
		}
	}
}

// A panic in a question is the question's error.
func TestPanicInAQuestion(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	var q screen.Question[int]
	d.do(q.Ask(d.f.host, func(context.Context, *job.Site, *screen.Progress) (int, error) { panic("no answer") }))
	var panicked *screen.PanicError
	if !errors.As(q.Err(), &panicked) || d.left || d.f.fallen != nil {
		t.Errorf("%v, left: %t", q.Err(), d.left)
	}
	d.do(q.Ask(d.f.host, func(context.Context, *job.Site, *screen.Progress) (int, error) { return 3, nil }))
	if n, known := q.Value(); n != 3 || !known || q.Err() != nil {
		t.Errorf("%d, %t, %v after it", n, known, q.Err())
	}
}

// The report says what kind of things happened, and nothing that was typed.
func TestReportKeepsSecrets(t *testing.T) {
	t.Parallel()
	d := drive(t, nil)
	d.do(screen.Asks(screen.Prompt{Label: "Key"}))
	d.typed("hunter2")
	d.send(tea.PasteMsg{Content: "hunter2"})
	d.press("enter")
	for range 500 {
		d.press("j")
	}
	d.f.fall(&screen.PanicError{Value: "x"})
	r := d.f.fallen.Report()
	if strings.Contains(r, "hunter2") || strings.Count(r, "\n") > 2*remembered {
		t.Error(r)
	}
}

// The clock runs while something is under way, and stops.
func TestClock(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	asked := make(chan bool)
	var q screen.Question[int]
	cmd := q.Ask(d.f.host, func(context.Context, *job.Site, *screen.Progress) (int, error) {
		<-asked
		return 1, nil
	})
	d.f.ticking = false
	d.f.beat(cmd)
	end := held(cmd)
	for d.f.host.Sites.Busy() == 0 {
		d.send(tick{})
	}
	d.send(tick{})
	if !d.f.ticking {
		t.Error("the clock stands still while a question is open")
	}
	close(asked)
	end(d)
	if n, _ := q.Value(); n != 1 {
		t.Errorf("the answer is %d", n)
	}
	d.f.tick()
	if d.f.ticking {
		t.Error("the clock runs for nothing")
	}
}

// Somebody who comes back to the window sees what has changed elsewhere.
func TestFocus(t *testing.T) {
	t.Parallel()
	d := drive(t, siteless(t))
	d.views[0].did = nil
	d.send(standing{state: "a"})
	d.send(standing{state: "a", back: true})
	if d.views[0].took("reload") {
		t.Error("nothing has changed and all is read anew")
	}
	d.send(standing{state: "b", back: true, err: errors.New("no")})
	d.send(standing{state: "b", back: true})
	if !d.views[0].took("reload") {
		t.Error("what has changed is not read anew")
	}
}
