// Package tuitest drives a view of the screen without a terminal: it presses keys, does what the view asks
// for, and keeps what it has to say to the frame, all in the test's own goroutine and without waiting.
package tuitest

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mgit/internal/job"
	"mgit/internal/journal"
	"mgit/tui/commandtest"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// Now is the time that a test's host has: a Tuesday.
func Now() time.Time { return time.Date(2025, 2, 4, 21, 30, 0, 0, time.UTC) }

// Host returns what a view needs, with the built-in keys and the theme. open may be nil for a view whose
// questions are answered by the test.
func Host(t testing.TB, look string, open func(context.Context) (*job.Site, error)) *screen.Host {
	t.Helper()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	colors, err := theme.New(look)
	if err != nil {
		t.Fatal(err)
	}
	if open == nil {
		open = func(context.Context) (*job.Site, error) {
			t.Error("the view opened a site in a test that has none")
			return nil, context.Canceled
		}
	}
	sites := screen.NewSites(open)
	t.Cleanup(func() {
		if err := sites.Close(); err != nil {
			t.Errorf("close the sites: %v", err)
		}
	})
	return &screen.Host{
		Keys: keys, Theme: colors, Sites: sites, Now: Now,
		Explain: func(err error) (text, hint string) { return err.Error(), "" },
	}
}

// Driver is a view and what it said to the frame.
type Driver struct {
	t             testing.TB
	host          *screen.Host
	view          screen.View
	width, height int

	// Ended is what the task came to that was done last.
	Ended screen.Ending
	// Sent are the messages to the frame that nobody has taken yet, oldest first.
	Sent []tea.Msg
}

// Drive enters a view with a subject.
func Drive(t testing.TB, h *screen.Host, v screen.View, width, height int, subject string) *Driver {
	t.Helper()
	d := &Driver{t: t, host: h, view: v, width: width, height: height}
	d.Render() // a frame draws before there is any answer, too
	d.Do(v.Enter(subject))
	return d
}

// View is the view that is driven.
func (d *Driver) View() screen.View { return d.view }

// Press presses keys, named as in the key table. A key without an action in this view fails the test.
func (d *Driver) Press(keys ...string) {
	d.t.Helper()
	for _, key := range keys {
		a, found := d.host.Keys.Action(d.view.Name(), key)
		if !found {
			d.t.Fatalf("key %q does nothing in %s", key, d.view.Name())
		}
		d.Do(d.view.Act(a))
		d.Render()
	}
}

// Do runs a command and everything that follows from it.
func (d *Driver) Do(cmd tea.Cmd) {
	d.t.Helper()
	if cmd == nil {
		return
	}
	d.take(cmd())
}

func (d *Driver) take(msg tea.Msg) {
	d.t.Helper()
	switch msg := msg.(type) {
	case nil:
		return
	case screen.Answered:
		if msg.Settle() {
			d.Do(d.view.Update(msg))
		}
		return
	case screen.OpenMsg, screen.PromptMsg, screen.MenuMsg, screen.CopyMsg, screen.EditMsg, screen.ShellMsg,
		screen.NoticeMsg, screen.StartMsg, screen.Changed:
		if m, isStart := msg.(screen.StartMsg); isStart {
			d.named(m.Task.Command)
		}
		d.Sent = append(d.Sent, msg)
		return
	}
	// tea.Batch and tea.Sequence give slices of commands, the second of a type that has no name outside.
	if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		for i := range v.Len() {
			d.Do(v.Index(i).Interface().(tea.Cmd))
		}
		return
	}
	d.Do(d.view.Update(msg))
}

// named fails the test where a command cannot be typed.
func (d *Driver) named(command []string) {
	d.t.Helper()
	if wrong := commandtest.Check(command); wrong != "" {
		d.t.Error(wrong)
	}
}

// Taken removes the oldest message to the frame and returns it; it fails the test where that is none of type M.
func Taken[M tea.Msg](d *Driver) M {
	d.t.Helper()
	var none M
	if len(d.Sent) == 0 {
		d.t.Fatalf("the view said nothing to the frame; a %T was expected", none)
	}
	m, ok := d.Sent[0].(M)
	if !ok {
		d.t.Fatalf("the view said %T to the frame, not %T", d.Sent[0], none)
	}
	d.Sent = d.Sent[1:]
	return m
}

// Enter answers the prompt that the view asked for. A text that it does not take fails the test.
func (d *Driver) Enter(text string) {
	d.t.Helper()
	p := Taken[screen.PromptMsg](d).Prompt
	if p.Live != nil {
		p.Live(text)
	}
	if p.Check != nil && p.Check(text) != "" {
		d.t.Fatalf("%s: %q is not taken: %s", p.Label, text, p.Check(text))
	}
	if p.Done != nil {
		d.Do(p.Done(text))
	}
	d.Render()
}

// Choose takes the choice of the menu that the view offered, by its key or its text.
func (d *Driver) Choose(choice string) {
	d.t.Helper()
	m := Taken[screen.MenuMsg](d)
	for _, c := range m.Choices {
		if c.Key != choice && c.Text != choice {
			continue
		}
		if c.Disabled != "" {
			d.t.Fatalf("menu %s: %q cannot be taken: %s", m.Title, choice, c.Disabled)
		}
		d.Do(c.Take())
		d.Render()
		return
	}
	d.t.Fatalf("menu %s has no %q: %+v", m.Title, choice, m.Choices)
}

// Run does the task that the view started, as the frame does when the person agrees, and returns its preview
// and the message of its end. After it the view reads anew.
func (d *Driver) Run() (p screen.Preview, message string) {
	d.t.Helper()
	task := Taken[screen.StartMsg](d).Task
	ctx := d.t.Context()
	var progress screen.Progress
	if task.Plan != nil {
		d.site(func(site *job.Site) (err error) {
			p, err = task.Plan(ctx, site, &progress)
			return err
		})
		if d.Ended = p.Ended; p.Nothing != "" {
			return p, p.Nothing
		}
	}
	before := d.refs()
	var result any
	d.site(func(site *job.Site) (err error) {
		result, err = task.Work(ctx, site, &progress)
		return err
	})
	if err := d.host.Sites.Renew(); err != nil {
		d.t.Fatal(err)
	}
	if task.Plan != nil {
		d.checkMoves(task.Title, p.Moves, before, d.refs())
	}
	message, d.Ended = "done", screen.Complete
	if task.Ended != nil {
		d.Ended = task.Ended(result)
	}
	var next tea.Cmd
	if task.Done != nil {
		message, next = task.Done(result)
	}
	d.Do(d.view.Reload())
	d.Do(next)
	d.Render()
	return p, message
}

// refs are the repository's references and where they stand, without the journal's own; nil where the test has
// no repository.
func (d *Driver) refs() map[string]string {
	d.t.Helper()
	var at map[string]string
	d.site(func(site *job.Site) error {
		if site == nil {
			return nil
		}
		refs, err := site.Repo.Refs(d.t.Context(), "refs/")
		at = make(map[string]string, len(refs))
		for _, r := range refs {
			if !strings.HasPrefix(r.Name, journal.RunPrefix) {
				at[r.Name] = r.ID.String()
			}
		}
		return err
	})
	return at
}

// checkMoves fails the test where a run has moved other references than its dialog named.
func (d *Driver) checkMoves(title string, named []screen.Move, before, after map[string]string) {
	d.t.Helper()
	if before == nil {
		return
	}
	moved := make(map[string]bool)
	for ref, id := range after {
		if before[ref] != id {
			moved[ref] = true
		}
	}
	for ref := range before {
		if after[ref] == "" {
			moved[ref] = true
		}
	}
	for _, m := range named {
		if !moved[m.Ref] {
			d.t.Errorf("%s: the dialog names %s, which stayed where it was", title, m.Ref)
		}
		delete(moved, m.Ref)
	}
	for ref := range moved {
		d.t.Errorf("%s: %s has moved, and the dialog did not name it", title, ref)
	}
}

func (d *Driver) site(work func(*job.Site) error) {
	d.t.Helper()
	if err := d.host.Sites.Do(d.t.Context(), work); err != nil {
		d.t.Fatal(err)
	}
}

// Resize draws the view in another size from now on.
func (d *Driver) Resize(width, height int) {
	d.width, d.height = width, height
	d.Render()
}

// Render draws the view and fails the test where it is not exactly as large as asked.
func (d *Driver) Render() string {
	d.t.Helper()
	text := d.view.Render(d.width, d.height)
	Measure(d.t, text, d.width, d.height)
	d.named(d.view.Twin())
	for _, c := range d.view.Copies() {
		line, isCommand := strings.CutPrefix(c.Text, "mgit ")
		if isCommand && !strings.ContainsAny(line, "'\"\n") {
			d.named(strings.Fields(line))
		}
	}
	return text
}

// Plain is Render without looks and without spaces at the ends of lines.
func (d *Driver) Plain() string {
	var b strings.Builder
	for line := range strings.Lines(ansi.Strip(d.Render()) + "\n") {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

// Measure fails the test where text is not exactly width columns and height lines.
func Measure(t testing.TB, text string, width, height int) {
	t.Helper()
	lines := strings.Split(text, "\n")
	if len(lines) != height {
		t.Errorf("%d lines were drawn into %d", len(lines), height)
	}
	for i, line := range lines {
		if n := ansi.StringWidth(line); n != width {
			t.Errorf("line %d has %d columns, not %d: %q", i+1, n, width, ansi.Strip(line))
		}
	}
}
