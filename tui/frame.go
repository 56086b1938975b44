package tui

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// The smallest terminal that has room for the views.
const (
	leastWidth  = 60
	leastHeight = 20
)

// frame is the root model.
type frame struct {
	host    *screen.Host
	log     *Log
	ctx     context.Context // of everything that runs beside the screen
	views   []screen.View
	front   int
	subject string // what the first view is to show
	entered []bool // the view was in front before
	stale   []bool // the repository has changed since the view read it
	trail   []int  // the views that opened the ones in front, the first one first

	width, height int
	sheets        []sheet // over the view, the one that takes the keys last
	sheetTop      int     // the row of the body in which the last of them begins
	prompt        *prompt
	task          *taskSheet
	notice        screen.NoticeMsg
	said          []screen.NoticeMsg // before it, the newest last
	warned        map[string]bool    // of these warnings was told
	hits          []hit              // what can be clicked, as it was drawn last
	hasMouse      bool
	series        screen.Question[string] // the one in use
	hasSeries     bool                    // nothing has happened since it was asked for

	themeFor func(isDark bool) theme.Theme

	// commands and editor are the command line's; nil: there is none.
	commands Commands
	editor   func(*job.Site) (string, error)
	environ  []string
	look     func(program string) (path string, err error)

	history []string // of commands, the newest last
	running int      // commands that have not ended
	leaving bool     // the screen ends when they have
	workers workers

	settling time.Duration // how long a dialog has to have stood there before a key agrees to it
	refs     string        // their state when somebody turned to another window
	before   []string      // what happened, for a report

	// later sends a message after a while; tests have none.
	later   func(time.Duration, tea.Msg) tea.Cmd
	ticking bool

	// fallen is the panic that ended the program; stop ends it from outside of Update.
	fallen *Fault
	stop   func()
}

func newFrame(ctx context.Context, o Options, views []screen.View) *frame {
	const settling = 200 * time.Millisecond // less than it takes to see that there is a dialog
	f := &frame{
		settling: settling,
		host:     o.Host, log: o.Log, ctx: ctx, views: views,
		hasMouse: o.Mouse, themeFor: o.ThemeFor, commands: o.Commands, editor: o.Editor, environ: o.Env, look: exec.LookPath, stop: func() {},
		entered: make([]bool, len(views)), stale: make([]bool, len(views)),
		later: func(d time.Duration, msg tea.Msg) tea.Cmd { return tea.Tick(d, func(time.Time) tea.Msg { return msg }) },
	}
	f.host.Context = ctx
	if i := f.index(o.View); i >= 0 {
		f.front, f.subject = i, o.Subject
	}
	return f
}

// index is the number of the view with this name; -1: there is none.
func (f *frame) index(name keymap.Context) int {
	return slices.IndexFunc(f.views, func(v screen.View) bool { return v.Name() == name })
}

// view is the one in front; nil: there are none.
func (f *frame) view() screen.View {
	if len(f.views) == 0 {
		return nil
	}
	return f.views[f.front]
}

// Init asks the first view for what it shows.
func (f *frame) Init() tea.Cmd {
	first := f.enter(f.front, f.subject)
	if f.themeFor != nil {
		first = tea.Batch(first, tea.RequestBackgroundColor)
	}
	return f.beat(safe(first))
}

// Update takes what has happened.
func (f *frame) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer f.caught(func(err *screen.PanicError) { model, cmd = f, f.fall(err) })
	f.remember(fmt.Sprintf("%T", msg))
	cmd = f.take(msg)
	f.lookForWarnings()
	return f, f.beat(safe(cmd))
}

// tick says that a tenth of a second has passed.
type tick struct{}

// beat keeps the clock running while something is under way beside the screen. What cmd begins may be such
// a thing, so a first tick follows every command.
func (f *frame) beat(cmd tea.Cmd) tea.Cmd {
	if cmd == nil || f.ticking {
		return cmd
	}
	f.ticking = true
	return tea.Batch(cmd, f.later(tickEvery, tick{}))
}

const tickEvery = 100 * time.Millisecond

func (f *frame) tick() tea.Cmd {
	f.ticking = f.host.Sites.Busy()+f.running > 0
	if !f.ticking {
		return nil
	}
	return f.later(tickEvery, tick{})
}

// spin is the sign that something is under way.
func (f *frame) spin() string { return widget.Spinner(f.host.Theme, f.host.Now()) }

func (f *frame) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case panicked:
		return f.fall(msg.err)
	case tea.WindowSizeMsg:
		f.width, f.height = msg.Width, msg.Height
		return nil
	case tea.KeyPressMsg:
		return f.press(msg)
	case tea.MouseMsg:
		return f.mouse(msg)
	case tea.PasteMsg:
		f.paste(msg.Content)
		return nil
	case tick:
		return f.tick()
	case screen.Answered:
		if !msg.Settle() {
			return nil
		}
		// A view that is no longer in front gets its answers too.
		return tea.Batch(f.tell(msg), f.askSeries())
	case tea.BackgroundColorMsg:
		if f.themeFor != nil {
			f.host.Theme = f.themeFor(msg.IsDark())
		}
		return nil
	case tea.BlurMsg:
		return f.standing(false)
	case tea.FocusMsg:
		return f.standing(true)
	case tea.ResumeMsg:
		return f.renew()
	case planned:
		return f.planned(msg)
	case worked:
		return f.worked(msg)
	case runsRead:
		return f.runsRead(msg)
	case completed:
		return f.completed(msg)
	case ran:
		return f.ran(msg)
	case standing:
		return f.stood(msg)
	case editorFound:
		return f.editorFound(msg)
	case returned:
		return f.returned(msg)
	case screen.CopyMsg:
		return f.put(screen.Copyable(msg))
	case screen.EditMsg:
		return f.edit(msg)
	case screen.ShellMsg:
		return f.shell(msg)
	case screen.StartMsg:
		return f.start(msg.Task)
	case screen.PromptMsg:
		f.prompt = newPrompt(msg.Prompt, nil)
		return nil
	case screen.MenuMsg:
		f.offer(msg.Title, msg.Choices)
		return nil
	case screen.NoticeMsg:
		f.say(msg.Role, msg.Text)
		return nil
	case screen.OpenMsg:
		return f.openView(msg)
	case screen.Changed:
		return f.renew()
	}
	return f.tell(msg)
}

// tell gives a message to every view that was in front already, since no other can have asked for it: only
// the view whose message it is knows its type.
func (f *frame) tell(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for i, v := range f.views {
		if f.entered[i] {
			cmds = append(cmds, v.Update(msg))
		}
	}
	return tea.Batch(cmds...)
}

// say shows a line at the bottom until the next key.
func (f *frame) say(role theme.Role, text string) {
	f.notice = screen.NoticeMsg{Role: role, Text: text}
	f.keepSaid(f.notice)
}

// renew reads the repository anew.
func (f *frame) renew() tea.Cmd {
	if err := f.host.Sites.Renew(); err != nil {
		f.say(theme.Bad, err.Error())
	}
	return f.reload()
}

// reload has the view in front read anew, and the others when they come to the front.
func (f *frame) reload() tea.Cmd {
	f.hasSeries = false
	for i := range f.views {
		f.stale[i] = f.entered[i]
	}
	v := f.view()
	if v == nil {
		return nil
	}
	f.stale[f.front] = false
	return v.Reload()
}

// enter brings a view to the front.
func (f *frame) enter(i int, subject string) tea.Cmd {
	if i < 0 || i >= len(f.views) {
		return nil
	}
	f.front, f.entered[i] = i, true
	cmds := []tea.Cmd{f.views[i].Enter(subject)}
	if f.stale[i] {
		f.stale[i] = false
		cmds = append(cmds, f.views[i].Reload())
	}
	return tea.Batch(cmds...)
}

// openView shows a subject in another view; esc comes back from it.
func (f *frame) openView(m screen.OpenMsg) tea.Cmd {
	i := f.index(m.View)
	if i < 0 {
		f.say(theme.Bad, "there is no view "+string(m.View))
		return nil
	}
	if i != f.front {
		f.trail = append(f.trail, f.front)
	}
	return f.enter(i, m.Subject)
}

func (f *frame) paste(text string) {
	switch {
	case f.prompt != nil:
		f.prompt.paste(text)
	case f.task != nil && f.top() == sheet(f.task):
		f.task.paste(text)
	}
}
