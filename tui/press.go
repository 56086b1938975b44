package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// press does what a key means: to the prompt, to the sheet that lies on top, to the view, or to the frame.
func (f *frame) press(msg tea.KeyPressMsg) tea.Cmd {
	f.notice = screen.NoticeMsg{}
	everywhere, _ := f.action(keymap.All, msg)
	switch {
	case everywhere == keymap.QuitNow:
		return f.quitNow()
	case f.prompt != nil:
		return f.pressPrompt(msg)
	case f.top() != nil:
		return f.top().press(msg, everywhere)
	}
	context := keymap.All
	if v := f.view(); v != nil {
		context = v.Name()
	}
	a, found := f.action(context, msg)
	if !found {
		return nil
	}
	return f.do(a)
}

// action is what a key does in a context. Where the layout of the keyboard has other letters, the letter that
// stands on the same key counts, as far as the terminal tells it.
func (f *frame) action(c keymap.Context, msg tea.KeyPressMsg) (keymap.Action, bool) {
	if a, found := f.host.Keys.Action(c, msg.String()); found {
		return a, true
	}
	if msg.BaseCode == 0 || msg.Mod&^tea.ModShift != 0 {
		return "", false
	}
	return f.host.Keys.Action(c, string(msg.BaseCode))
}

// do does an action: the frame's own, or the view's.
func (f *frame) do(a keymap.Action) tea.Cmd {
	f.remember(string(a))
	if f.host.ReadOnly && f.host.Keys.Writes(a) {
		f.say(theme.Attention, "read-only, so not done: "+f.host.Keys.Help(a))
		return nil
	}
	switch a {
	case keymap.Quit:
		return f.quit()
	case keymap.QuitNow:
		return f.quitNow()
	case keymap.Suspend:
		return tea.Suspend
	case keymap.Help:
		return f.help()
	case keymap.Command:
		return f.commandLine("")
	case keymap.Log:
		return f.showLog()
	case keymap.Said:
		return f.showSaid()
	case keymap.Undo:
		return f.undo(false)
	case keymap.UndoRun:
		return f.undo(true)
	case keymap.Copy:
		return f.copy()
	case keymap.Refresh:
		return f.renew()
	case keymap.NextView:
		return f.turn(1)
	case keymap.PrevView:
		return f.turn(-1)
	case keymap.Back:
		return f.back()
	}
	if name, found := viewOf(a); found {
		f.trail = nil
		return f.enter(f.index(name), "")
	}
	if v := f.view(); v != nil {
		return v.Act(a)
	}
	return nil
}

// viewOf is the view that an action goes to; false: it goes to none.
func viewOf(a keymap.Action) (keymap.Context, bool) {
	i := slices.Index(keymap.ViewActions(), a)
	if i < 0 {
		return "", false
	}
	return keymap.Order()[1+i], true
}

func (f *frame) turn(step int) tea.Cmd {
	n := len(f.views)
	if n == 0 {
		return nil
	}
	f.trail = nil
	return f.enter((f.front+step+n)%n, "")
}

// back is the view's first. Where it means nothing to the view, which shows in that nothing changes, it goes
// back to the view that opened this one.
func (f *frame) back() tea.Cmd {
	v := f.view()
	if v == nil {
		return nil
	}
	width, height := f.body()
	before := v.Render(width, height)
	cmd := v.Act(keymap.Back)
	if cmd != nil || len(f.trail) == 0 || v.Render(width, height) != before {
		return cmd
	}
	i := f.trail[len(f.trail)-1]
	f.trail = f.trail[:len(f.trail)-1]
	return f.enter(i, "")
}

// quit leaves, after a question where something is at work.
func (f *frame) quit() tea.Cmd {
	what := f.underWay()
	if what == "" {
		return tea.Quit
	}
	f.offer(what+" has not ended", []screen.Choice{
		{Key: "w", Text: "wait for it"},
		{Key: "c", Text: "cancel it and leave", Take: f.quitNow},
	})
	return nil
}

// underWay is what would be cut off by leaving now; "" for nothing. What only looks counts where it is a
// command: whether one only looks, the frame does not know.
func (f *frame) underWay() string {
	if f.task != nil && f.task.phase == working {
		return f.task.task.Title
	}
	for _, o := range f.outputs() {
		return o.title()
	}
	return ""
}

// outputs are the commands of the command line that have not ended.
func (f *frame) outputs() []*output {
	var open []*output
	for _, s := range f.sheets {
		if o, isOutput := s.(*output); isOutput && o.isOpen {
			open = append(open, o)
		}
	}
	return open
}

// quitNow leaves. What is at work is cancelled, and the screen stays until it has ended.
func (f *frame) quitNow() tea.Cmd {
	if f.underWay() == "" {
		return tea.Quit
	}
	f.leaving = true
	for _, o := range f.outputs() {
		o.stop()
	}
	if f.task != nil && f.task.phase == working {
		f.task.quit, f.task.stopping = true, true
		f.task.cancel()
	}
	return nil
}
