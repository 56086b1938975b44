package tui

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
	"mgit/tui/widget"
)

// fake is a view that writes down what is asked of it.
type fake struct {
	name   keymap.Context
	did    []string
	acts   func(keymap.Action) tea.Cmd
	copies []screen.Copyable
	hints  []keymap.Action
	about  string
	mouse  []tea.Mouse
	told   int // messages that are no events of the mouse
	lines  []string
	breaks bool // Render panics
}

func (v *fake) Name() keymap.Context { return v.name }
func (v *fake) Title() string        { return strings.ToUpper(string(v.name[:1])) + string(v.name[1:]) }

func (v *fake) Enter(subject string) tea.Cmd {
	v.did = append(v.did, "enter "+subject)
	return nil
}

func (v *fake) Reload() tea.Cmd {
	v.did = append(v.did, "reload")
	return nil
}

func (v *fake) Act(a keymap.Action) tea.Cmd {
	v.did = append(v.did, string(a))
	if v.acts != nil {
		return v.acts(a)
	}
	return nil
}

func (v *fake) Update(msg tea.Msg) tea.Cmd {
	if m, ok := msg.(tea.MouseMsg); ok {
		v.mouse = append(v.mouse, m.Mouse())
		return nil
	}
	v.told++
	return nil
}

func (v *fake) Render(width, height int) string {
	if v.breaks {
		panic("the view is broken")
	}
	return widget.Box(append([]string{"This is " + v.Title()}, v.lines...), width, height)
}
func (v *fake) Subject() string             { return v.about }
func (v *fake) Hints() []keymap.Action      { return v.hints }
func (v *fake) Twin() []string              { return []string{"status"} }
func (v *fake) Copies() []screen.Copyable   { return v.copies }
func (v *fake) took(what string) (yes bool) { return strings.Contains(strings.Join(v.did, ";"), what) }

// driver is the frame without a terminal.
type driver struct {
	t     testing.TB
	f     *frame
	views []*fake
	// left says that the program would have ended.
	left bool
	// unseen are messages to the terminal.
	unseen []tea.Msg
}

// drive returns a frame with two views of its own, in a terminal of 80 × 24.
func drive(t testing.TB, change func(*Options)) *driver {
	t.Helper()
	host := tuitest.Host(t, "plain", func(context.Context) (*job.Site, error) { return nil, errors.New("no site here") })
	o := Options{Host: host, Log: &Log{}}
	if change != nil {
		change(&o)
	}
	d := &driver{t: t, views: []*fake{{name: keymap.Branches, about: "LUVLE-4.1-hack-mod_forum"}, {name: keymap.Upgrade}, {name: keymap.Conflict}}}
	d.views[0].hints = []keymap.Action{keymap.Open, keymap.Undo}
	var views []screen.View
	for _, v := range d.views {
		views = append(views, v)
	}
	d.f = newFrame(t.Context(), o, views)
	d.f.later = func(time.Duration, tea.Msg) tea.Cmd { return nil }
	d.f.settling = 0 // keys come at once here
	d.do(d.f.Init())
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	return d
}

// do runs a command and what follows from it.
func (d *driver) do(cmd tea.Cmd) {
	d.t.Helper()
	if cmd == nil {
		return
	}
	msg := cmd()
	if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		for i := range v.Len() {
			d.do(v.Index(i).Interface().(tea.Cmd))
		}
		return
	}
	d.send(msg)
}

// send gives the frame a message and draws.
func (d *driver) send(msg tea.Msg) {
	d.t.Helper()
	switch msg.(type) {
	case nil:
		return
	case tea.QuitMsg:
		d.left = true
		return
	}
	if strings.HasPrefix(fmt.Sprintf("%T", msg), "tea.") {
		d.unseen = append(d.unseen, msg)
	}
	_, cmd := d.f.Update(msg)
	d.draw()
	d.do(cmd)
}

// held runs a command in the background and returns what sends its message.
func held(cmd tea.Cmd) (send func(*driver)) {
	answer := make(chan tea.Msg, 1)
	go func() { answer <- cmd() }()
	return func(d *driver) { d.send(<-answer) }
}

// press presses keys as the table names them.
func (d *driver) press(keys ...string) {
	d.t.Helper()
	for _, key := range keys {
		d.send(keyPress(key))
	}
}

// typed presses the letters of a text.
func (d *driver) typed(text string) {
	d.t.Helper()
	for _, r := range text {
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// draw draws the screen and fails the test where it is not as large as the terminal.
func (d *driver) draw() string {
	d.t.Helper()
	text := d.f.View().Content
	if d.f.fallen == nil {
		tuitest.Measure(d.t, text, d.f.width, d.f.height)
	}
	return text
}

// plain is what the screen shows, without looks and without spaces at the ends of lines.
func (d *driver) plain() string {
	var b strings.Builder
	for line := range strings.Lines(ansi.Strip(d.draw()) + "\n") {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

// shows fails the test where the screen does not show the text.
func (d *driver) shows(text string) {
	d.t.Helper()
	if !strings.Contains(d.plain(), text) {
		d.t.Errorf("the screen does not show %q:\n%s", text, d.plain())
	}
}

func (d *driver) hides(text string) {
	d.t.Helper()
	if strings.Contains(d.plain(), text) {
		d.t.Errorf("the screen shows %q:\n%s", text, d.plain())
	}
}

// goldens compares the screen with one golden file for each size.
func (d *driver) goldens(name string) {
	d.t.Helper()
	for _, size := range tuitest.Sizes() {
		d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		tuitest.Golden(d.t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), d.plain())
	}
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
}

// The key names of the driver are those that a terminal's keys have.
func TestKeyPress(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, context := range keys.Contexts() {
		for _, b := range keys.Bindings(context) {
			for _, key := range b.Keys {
				if got := keyPress(key).String(); got != key {
					t.Errorf("%s: key %q would never be pressed: it is called %q", b.Action, key, got)
				}
			}
		}
	}
}
