package tui

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// phase is how far a task is.
type phase int

const (
	planning phase = iota
	asking         // the dialog shows what would change
	working
	failed // the dialog shows why
)

// taskSheet is the dialog of a task, from its plan to its end.
type taskSheet struct {
	reading
	task     screen.Task
	phase    phase
	cancel   context.CancelFunc
	progress *screen.Progress
	preview  screen.Preview
	err      error
	stopping bool // esc was pressed while it works
	quit     bool // leave the screen when it has ended
	word     field
	drawn    int       // the width that the text is broken for
	more     bool      // there is more to read than there is room for
	state    string    // of the references when it was planned
	shown    time.Time // when the dialog appeared, or a key was pressed that came too early
}

// planned says that a task's plan is there.
type planned struct {
	sheet   *taskSheet
	state   string
	preview screen.Preview
	err     error
}

// worked says that a task's work has ended, or, where anew is set, that it was not begun.
type worked struct {
	sheet  *taskSheet
	result any
	anew   *planned
	err    error
}

// start plans a task, or begins it where it has no plan.
func (f *frame) start(t screen.Task) tea.Cmd {
	switch {
	case f.host.ReadOnly:
		f.say(theme.Attention, "read-only, so not done: "+t.Title)
		return nil
	case f.task != nil:
		f.say(theme.Attention, "one thing at a time: "+f.task.task.Title+" has not ended")
		return nil
	}
	s := &taskSheet{reading: reading{frame: f}, task: t, progress: &screen.Progress{}}
	f.task = s
	f.open(s)
	if t.Plan == nil {
		return s.work()
	}
	ctx, cancel := context.WithCancel(f.ctx)
	s.cancel = cancel
	return func() tea.Msg {
		defer cancel()
		m := planned{sheet: s}
		m.err = f.host.Sites.Fresh(ctx, func(site *job.Site) error { return s.plan(ctx, site, &m) })
		return m
	}
}

// plan makes the preview, and notes what the references were like before it.
func (s *taskSheet) plan(ctx context.Context, site *job.Site, m *planned) (err error) {
	if m.state, err = refsState(ctx, site); err != nil {
		return err
	}
	m.preview, err = s.task.Plan(ctx, site, s.progress)
	return err
}

// overtaken plans anew where the references have changed since the person was asked. It returns nil where
// what was agreed to is still what would happen.
func (s *taskSheet) overtaken(ctx context.Context, site *job.Site) (*planned, error) {
	if s.task.Plan == nil {
		return nil, nil
	}
	state, err := refsState(ctx, site)
	if err != nil || state == s.state {
		return nil, err
	}
	m := planned{sheet: s}
	if err := s.plan(ctx, site, &m); err != nil {
		return nil, err
	}
	if reflect.DeepEqual(m.preview, s.preview) {
		return nil, nil
	}
	return &m, nil
}

// refsState is what the references are like. Tests lend no site, which has none.
func refsState(ctx context.Context, site *job.Site) (string, error) {
	if site == nil {
		return "", nil
	}
	return job.RefsState(ctx, site)
}

// planned takes the plan of the task that is open.
func (f *frame) planned(m planned) tea.Cmd {
	s := m.sheet
	switch {
	case f.task != s || s.phase != planning:
		return nil
	case m.err != nil:
		return s.fail(m.err)
	case m.preview.Nothing != "":
		f.endTask()
		f.sayEnd(m.preview.Ended, m.preview.Nothing)
		return nil
	}
	s.preview, s.state, s.phase = m.preview, m.state, asking
	s.drawn, s.shown = 0, time.Now()
	return nil
}

// isEarly reports whether a key came before somebody can have read what it would answer: it was meant for
// what was there before. The wait begins anew with it, so that a key that is held down answers nothing either.
func (s *taskSheet) isEarly() bool {
	now := time.Now()
	early := now.Sub(s.shown) < s.frame.settling
	if early {
		s.shown = now
		s.frame.say(theme.Attention, "this has only just appeared: read it, then press the key again")
	}
	return early
}

// work begins the task itself.
func (s *taskSheet) work() tea.Cmd {
	f := s.frame
	ctx, cancel := context.WithCancel(f.ctx)
	s.phase, s.cancel, s.progress = working, cancel, &screen.Progress{}
	f.log.Note("mgit " + screen.ShellWords(s.task.Command))
	progress := s.progress
	return func() tea.Msg {
		f.workers.add(1)
		defer f.workers.add(-1)
		defer cancel()
		m := worked{sheet: s}
		m.err = f.host.Sites.Fresh(ctx, func(site *job.Site) (err error) {
			if m.anew, err = s.overtaken(ctx, site); m.anew != nil || err != nil {
				return err
			}
			if site != nil {
				site.Awaits = progress.Awaits
			}
			m.result, err = s.task.Work(ctx, site, progress)
			return err
		})
		m.err = errors.Join(m.err, f.host.Sites.Renew())
		return m
	}
}

// worked takes the end of a task. What it changed is read anew, also where it failed: it may have come far.
func (f *frame) worked(m worked) tea.Cmd {
	s := m.sheet
	if f.task != s {
		return nil
	}
	if panicked := (*screen.PanicError)(nil); errors.As(m.err, &panicked) {
		return f.fall(panicked)
	}
	reload := f.reload()
	switch {
	case s.quit:
		f.endTask()
		return tea.Quit
	case m.err == nil && m.anew != nil && s.stopping:
		f.endTask()
		f.say(theme.Attention, s.task.Title+": cancelled")
		return reload
	case m.err == nil && m.anew != nil:
		s.phase, s.stopping = planning, false
		f.planned(*m.anew)
		if f.task == s {
			f.say(theme.Attention, "nothing was done: the repository has changed, and this is what would happen now")
		}
		return reload
	case m.err != nil && s.stopping && errors.Is(m.err, context.Canceled):
		f.endTask()
		f.say(theme.Attention, s.task.Title+": cancelled")
		return reload
	case m.err != nil:
		return tea.Batch(reload, s.fail(m.err))
	}
	f.endTask()
	message, next := "done", tea.Cmd(nil)
	ended := screen.Complete
	if s.task.Ended != nil {
		ended = s.task.Ended(m.result)
	}
	if s.task.Done != nil {
		text, cmd := s.task.Done(m.result)
		next = cmd
		if text != "" {
			message = text
		}
	}
	f.sayEnd(ended, message)
	return tea.Batch(reload, next)
}

// sayEnd says how a task has ended, with the look of what its command means by its exit code.
func (f *frame) sayEnd(ended screen.Ending, text string) {
	switch ended {
	case screen.Waiting:
		f.say(theme.Attention, "! "+text)
	case screen.Unreached:
		f.say(theme.Bad, "x "+text)
	default:
		f.say(theme.Good, text)
	}
}

func (f *frame) endTask() {
	f.shut(f.task)
	f.task = nil
}

func (s *taskSheet) fail(err error) tea.Cmd {
	if s.quit {
		s.frame.endTask()
		return tea.Quit
	}
	s.phase, s.err, s.drawn, s.shown = failed, err, 0, time.Now()
	return nil
}

// press takes a key. While the task works only esc does something, so that a key pressed too often begins
// nothing.
func (s *taskSheet) press(msg tea.KeyPressMsg, a keymap.Action) tea.Cmd {
	switch s.phase {
	case planning:
		if a == keymap.Back || a == keymap.Quit {
			s.cancel()
			s.frame.endTask()
		}
	case asking:
		return s.pressAsking(msg, a)
	case working:
		switch {
		case a == keymap.Back && !s.stopping:
			s.stopping = true
			s.cancel()
		case a == keymap.Quit && !s.stopping:
			return s.frame.quit()
		}
	case failed:
		switch {
		case a == keymap.Open && s.isEarly(): // it would go unread
		case a == keymap.Back || a == keymap.Quit || a == keymap.Open:
			s.frame.endTask()
		case a == keymap.Command && s.waiver() != "":
			s.frame.endTask()
			return s.frame.commandLine(screen.ShellWords(waived(s.task.Command, s.waiver())))
		default:
			s.act(a)
		}
	}
	return nil
}

func (s *taskSheet) pressAsking(msg tea.KeyPressMsg, a keymap.Action) tea.Cmd {
	key := msg.String()
	switch {
	case a == keymap.Back:
		s.frame.endTask()
		return nil
	case s.preview.Danger != "" && a == keymap.Open:
		if s.word.String() != s.preview.Danger {
			s.frame.say(theme.Attention, fmt.Sprintf("type %s to agree", s.preview.Danger))
			return nil
		}
		return s.work()
	case s.preview.Danger != "" && (msg.Text != "" || key == "backspace" || key == "ctrl+u" || key == "ctrl+w"):
		s.word.press(msg)
		return nil
	case a == keymap.Open || key == "y":
		if s.isEarly() {
			return nil
		}
		return s.work()
	case key == "n" || a == keymap.Quit:
		s.frame.endTask()
		return nil
	}
	s.act(a)
	return nil
}

// paste types into the word that has to be typed.
func (s *taskSheet) paste(text string) {
	if s.phase == asking && s.preview.Danger != "" {
		s.word.insert(strings.TrimSpace(text))
	}
}

// waiver is the name of the refusal that ended the task, where a person may waive it; "" elsewhere.
func (s *taskSheet) waiver() string {
	if s.frame.host.Waives == nil || s.err == nil {
		return ""
	}
	return s.frame.host.Waives(s.err)
}

// waived is a command with a refusal waived: before the words that are no flags, whatever they begin with.
func waived(command []string, id string) []string {
	at := slices.Index(command, "--")
	if at < 0 {
		at = len(command)
	}
	return slices.Insert(slices.Clone(command), at, "--allow", id)
}
