package tui

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
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
		f.say(theme.Attention, "read-only: "+t.Title+" is not done")
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
		f.say(theme.Good, m.preview.Nothing)
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
	if s.task.Done != nil {
		text, cmd := s.task.Done(m.result)
		next = cmd
		if text != "" {
			message = text
		}
	}
	f.say(theme.Good, message)
	return tea.Batch(reload, next)
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
		if a == keymap.Back && !s.stopping {
			s.stopping = true
			s.cancel()
		}
	case failed:
		switch {
		case a == keymap.Open && s.isEarly(): // it would go unread
		case a == keymap.Back || a == keymap.Quit || a == keymap.Open:
			s.frame.endTask()
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

func (s *taskSheet) title() string { return s.task.Title }

func (s *taskSheet) footer() string {
	switch {
	case s.phase == asking && len(s.preview.Moves) > 0:
		return plural(len(s.preview.Moves), "ref") + " would move"
	case s.phase == failed:
		return "failed"
	}
	return ""
}

func (s *taskSheet) keys() []hint {
	switch {
	case s.phase == planning:
		return []hint{{"esc", "cancel"}}
	case s.phase == working && s.stopping:
		return nil
	case s.phase == working:
		return []hint{{"esc", "cancel"}}
	case s.phase == failed:
		return []hint{{"esc", "back"}}
	}
	hints := []hint{{"enter", "do it"}, {"esc", "leave"}}
	if s.more {
		hints = append(hints, hint{s.frame.host.Keys.Key(keymap.Down), "more"})
	}
	return hints
}

// liveLines is how many of the branches that were finished last a task at work shows.
const liveLines = 8

func (s *taskSheet) height(width int) int {
	switch s.phase {
	case planning:
		return 1
	case working:
		return 2 + liveLines
	}
	s.lay(width)
	n := len(s.text.Lines())
	if s.phase == asking && s.preview.Danger != "" {
		n++
	}
	return n
}

func (s *taskSheet) draw(width, height int) string {
	look := s.frame.host.Theme
	switch s.phase {
	case planning:
		return widget.Box([]string{s.frame.spin() + " " + cells.Clean(word(s.progress.Text(), "looking at what would change"))}, width, height)
	case working:
		return widget.Box(s.drawWork(look), width, height)
	}
	s.lay(width)
	s.more = s.height(width) > height
	if s.phase == failed || s.preview.Danger == "" || height < 2 {
		return s.reading.draw(width, height)
	}
	typed := cells.Fit(look.Render(theme.Attention, fmt.Sprintf("Type %s and press enter: ", s.preview.Danger))+s.word.String()+"█", width)
	return s.reading.draw(width, height-1) + "\n" + typed
}

// drawWork draws how far the task is: counts by outcome, and the branches that were finished last.
func (s *taskSheet) drawWork(look theme.Theme) []string {
	events := s.progress.Events()
	head := word(s.progress.Text(), "at work")
	if n := len(events); n > 0 {
		head = fmt.Sprintf("%d of %d", events[n-1].Done, events[n-1].Total)
		if text := s.progress.Text(); text != "" {
			head += "  " + text
		}
	}
	if s.stopping {
		head = "cancelling: " + head
	}
	lines := []string{s.frame.spin() + " " + cells.Clean(head), counts(look, events)}
	for _, e := range events[max(0, len(events)-liveLines):] {
		sign, role := theme.Sign(e.Outcome)
		lines = append(lines, "  "+look.Render(role, cells.Fit(sign+" "+e.Outcome, outcomeWidth))+" "+cells.Clean(e.Branch))
	}
	return lines
}

// outcomeWidth is the width of the longest outcome with its sign.
const outcomeWidth = 11

// counts says how many branches had which outcome, in the order in which they came first.
func counts(look theme.Theme, events []job.Event) string {
	var words []string
	number := map[string]int{}
	for _, e := range events {
		if number[e.Outcome] == 0 {
			words = append(words, e.Outcome)
		}
		number[e.Outcome]++
	}
	for i, w := range words {
		sign, role := theme.Sign(w)
		words[i] = look.Render(role, fmt.Sprintf("%s %s %d", sign, w, number[w]))
	}
	return "  " + strings.Join(words, "   ")
}

// lay breaks the text of the dialog for a width.
func (s *taskSheet) lay(width int) {
	if s.drawn == width {
		return
	}
	s.drawn = width
	if s.phase == failed {
		s.text.SetLines(s.frame.fault(s.err, width))
		return
	}
	lines := wrapped(theme.Strong, "mgit "+screen.ShellWords(s.task.Command), width, 4)
	if len(s.preview.Moves) > 0 {
		lines = append(append(lines, widget.Line{}), moveLines(s.preview.Moves, width)...)
	}
	if len(s.preview.Lines) > 0 {
		lines = append(lines, widget.Line{})
	}
	for _, text := range s.preview.Lines {
		lines = append(lines, wrapped(theme.Text, text, width, 2)...)
	}
	s.text.SetLines(lines)
}

// fault is an error in the words of the command line, with its hint.
func (f *frame) fault(err error, width int) []widget.Line {
	text, hint := f.host.Explain(err)
	var lines []widget.Line
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		lines = append(lines, wrapped(theme.Bad, line, width, 2)...)
	}
	for _, line := range strings.Split(strings.TrimSpace(hint), "\n") {
		if line != "" {
			lines = append(lines, wrapped(theme.Text, "hint: "+line, width, 2)...)
		}
	}
	return lines
}

// moveLines names every reference that would move, in full: one that has no room beside its values stands on
// a line of its own.
func moveLines(moves []screen.Move, width int) []widget.Line {
	type row struct{ name, from, to string }
	rows := make([]row, len(moves))
	names, from, to := 0, 0, 0
	for i, m := range moves {
		rows[i] = row{refName(m.Ref), word(shortID(m.Old), "(new)"), word(shortID(m.New), "(deleted)")}
		from, to = max(from, cells.Width(rows[i].from)), max(to, cells.Width(rows[i].to))
	}
	room := width - from - to - 5
	for _, r := range rows {
		if n := cells.Width(r.name); n <= room {
			names = max(names, n)
		}
	}
	var lines []widget.Line
	for _, r := range rows {
		values := widget.Line{{Text: cells.Fit(r.from, from), Role: theme.Removed}, {Text: " → "}, {Text: r.to, Role: theme.Added}}
		if cells.Width(r.name) > names {
			lines = append(lines, wrapped(theme.Text, r.name, width, 2)...)
			lines = append(lines, append(widget.Line{{Text: "    "}}, values...))
			continue
		}
		lines = append(lines, append(widget.Line{{Text: cells.Fit(r.name, names) + "  "}}, values...))
	}
	return lines
}

// shortRef is a reference as people say it: a branch by its name, all else with what it is, as git lists it
// ("remotes/origin/x"). A branch whose name reads like something else is written in full.
func shortRef(ref string) string {
	if s, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		first, _, _ := strings.Cut(s, "/")
		if slices.Contains([]string{"refs", "heads", "tags", "remotes", "notes", "mgit"}, first) && first != s {
			return ref
		}
		return s
	}
	return strings.TrimPrefix(ref, "refs/")
}

// refName is shortRef for a line of a dialog. A name may hold spaces, if none of ASCII's, behind which it could
// go on like the values beside it: they are written as what they are.
func refName(ref string) string {
	var b strings.Builder
	for _, r := range cells.Clean(shortRef(ref)) {
		if r != ' ' && (unicode.Is(unicode.Zs, r) || r == '\u2800') {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// shortID shortens the name of an object, and leaves words alone.
func shortID(text string) string {
	const short = 10
	isHex := len(text) == 40 && !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
	if isHex {
		return text[:short]
	}
	return cells.Clean(text)
}

func word(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
