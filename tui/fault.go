package tui

import (
	"fmt"
	"reflect"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/screen"
)

// Fault is a panic that ended the screen, with what had happened before. It holds the kinds of messages and
// the actions only: nothing that was typed and nothing that was read.
type Fault struct {
	Panic  *screen.PanicError
	Before []string
}

func (e *Fault) Error() string { return e.Panic.Error() }

// Unwrap returns the panic.
func (e *Fault) Unwrap() error { return e.Panic }

// Report is the text of a report about the fault.
func (e *Fault) Report() string {
	return fmt.Sprintf("%v\n\n%s\nWhat happened before, the last at the end:\n  %s\n", e.Panic.Value, e.Panic.Stack, strings.Join(e.Before, "\n  "))
}

// panicked is a panic in something that ran beside the screen.
type panicked struct{ err *screen.PanicError }

// remembered is how many messages a report tells of.
const remembered = 40

// remember keeps what kind of message came.
func (f *frame) remember(text string) {
	if _, isTick := strings.CutPrefix(text, "tui.tick"); isTick {
		return
	}
	if len(f.before) == 2*remembered {
		f.before = append(f.before[:0], f.before[remembered:]...)
	}
	f.before = append(f.before, text)
}

// caught turns a panic into the end of the program. It is to be deferred.
func (f *frame) caught(then func(err *screen.PanicError)) {
	if r := recover(); r != nil {
		then(screen.Caught(r))
	}
}

// fall ends the program because of a panic.
func (f *frame) fall(err *screen.PanicError) tea.Cmd {
	if f.fallen == nil {
		f.fallen = &Fault{err, append([]string(nil), f.before[max(0, len(f.before)-remembered):]...)}
	}
	return tea.Quit
}

// safe has a command's panic come back as a message.
func safe(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = panicked{screen.Caught(r)}
			}
		}()
		return safeAll(cmd())
	}
}

// safeAll does the same for the commands that a message holds: those of tea.Batch, and of tea.Sequence, whose
// type has no name outside.
func safeAll(msg tea.Msg) tea.Msg {
	v := reflect.ValueOf(msg)
	if v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return msg
	}
	for i := range v.Len() {
		cmd := v.Index(i).Interface().(tea.Cmd)
		if cmd != nil {
			v.Index(i).Set(reflect.ValueOf(safe(cmd)))
		}
	}
	return msg
}
