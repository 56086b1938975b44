package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// Commands is mgit's own command line, run in this process.
type Commands interface {
	// Run runs a command and writes all that it has to say to out. It asks nothing, and ends soon after ctx does.
	Run(ctx context.Context, args []string, out io.Writer) (exit int)
	// Complete returns what the last of the words could become.
	Complete(ctx context.Context, words []string) []string
	// Refusal says why a command is not for the screen, "" where it is: it needs the terminal, or it changes
	// something and that is not wanted.
	Refusal(args []string, readOnly bool) string
}

// completed are what the word before the cursor of a prompt can become.
type completed struct {
	prompt *prompt
	text   string
	step   int
	words  []string
}

// commandLine asks for a command, which may be there already to be looked at and entered.
func (f *frame) commandLine(initial string) tea.Cmd {
	p := newPrompt(screen.Prompt{Label: ":", Initial: initial, Done: f.command}, f.history)
	p.ask = func(text string, step int) tea.Cmd {
		ctx := f.ctx
		return func() tea.Msg { return completed{p, text, step, f.completions(ctx, text)} }
	}
	f.prompt = p
	return nil
}

// completions are mgit's own, and the names of the views where the first word is typed.
func (f *frame) completions(ctx context.Context, text string) []string {
	words, err := splitWords(text + "\x00") // the last word may be empty, and has to be there
	if err != nil || len(words) == 0 {
		return nil
	}
	last := len(words) - 1
	words[last] = strings.TrimSuffix(words[last], "\x00")
	if words[0] == "mgit" && len(words) > 1 {
		words = words[1:]
	}
	var found []string
	if f.commands != nil {
		found = f.commands.Complete(ctx, words)
	}
	if len(words) > 1 {
		return found
	}
	for _, v := range f.views {
		if name := string(v.Name()); strings.HasPrefix(name, words[0]) && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// completed takes the answer, where the prompt is still there and holds the same.
func (f *frame) completed(m completed) tea.Cmd {
	p := f.prompt
	if p != m.prompt || p.field.before() != m.text {
		return nil
	}
	enter := p.hurried && len(m.words) <= 1
	p.waiting, p.hurried = false, false
	p.found, p.chosen = m.words, -1
	p.step(m.step)
	if enter {
		return f.enterPrompt()
	}
	return nil
}

// command does what was typed at the colon: a view's name brings it to the front, all else is mgit's.
func (f *frame) command(text string) tea.Cmd {
	text = strings.TrimSpace(text)
	words, err := splitWords(text)
	switch {
	case err != nil:
		f.say(theme.Bad, err.Error())
		return nil
	case len(words) == 0:
		return nil
	}
	f.history = append(slices.DeleteFunc(f.history, func(old string) bool { return old == text }), text)
	if len(words) == 1 {
		switch i := f.index(keymap.Context(words[0])); {
		case i >= 0:
			f.trail = nil
			return f.enter(i, "")
		case words[0] == "q" || words[0] == "quit":
			return f.quit()
		case words[0] == "log":
			return f.showLog()
		case words[0] == "keys":
			return f.help()
		}
	}
	if words[0] == "mgit" {
		words = words[1:]
	}
	return f.runCommand(words)
}

func (f *frame) runCommand(args []string) tea.Cmd {
	if f.commands == nil {
		return nil
	}
	if refusal := f.commands.Refusal(args, f.host.ReadOnly); refusal != "" {
		f.say(theme.Attention, refusal)
		return nil
	}
	ctx, cancel := context.WithCancel(f.ctx)
	s := &output{reading: reading{frame: f}, args: args, cancel: cancel, isOpen: true}
	f.open(s)
	f.running++
	f.log.Note("mgit " + screen.ShellWords(args))
	return func() tea.Msg {
		f.workers.add(1)
		defer f.workers.add(-1)
		defer cancel()
		m := ran{sheet: s}
		m.exit = f.commands.Run(ctx, args, &s.said)
		m.err = f.host.Sites.Renew()
		return m
	}
}

// ran says that a command has ended.
type ran struct {
	sheet *output
	exit  int
	err   error
}

// ran takes the end of a command. Whatever it changed is read anew.
func (f *frame) ran(m ran) tea.Cmd {
	f.running--
	m.sheet.isOpen, m.sheet.exit = false, m.exit
	if m.err != nil {
		f.say(theme.Bad, m.err.Error())
	}
	if f.leaving && f.underWay() == "" {
		return tea.Quit
	}
	return f.reload()
}

// output is what a command has said, so far or at its end.
type output struct {
	reading
	args   []string
	cancel context.CancelFunc
	said   transcript
	seen   int  // how much of it the text holds
	drawn  int  // the width that the text is broken for
	more   bool // there is more to read than there is room for
	isOpen bool
	exit   int
	// stopping says that somebody has cancelled it, and that it is to end soon.
	stopping bool
}

func (o *output) stop() {
	o.stopping = true
	o.cancel()
}

func (o *output) title() string { return "mgit " + screen.ShellWords(o.args) }

func (o *output) footer() string {
	switch {
	case o.isOpen && o.stopping:
		return "cancelling " + o.frame.spin()
	case o.isOpen:
		return o.frame.spin()
	case o.exit == 0:
		return "done"
	}
	return fmt.Sprintf("exit code %d", o.exit)
}

func (o *output) keys() []hint {
	switch {
	case o.isOpen && o.stopping:
		return nil
	case o.isOpen:
		return []hint{{"esc", "cancel"}}
	}
	keys := o.frame.host.Keys
	hints := []hint{{keys.Key(keymap.Copy), "copy"}, {"esc", "back"}}
	if o.more {
		hints = slices.Insert(hints, 0, hint{keys.Key(keymap.Down), "more"})
	}
	return hints
}

// lay takes over what was said since. Sentences are broken for the width; a line with columns is left as it is,
// to be scrolled sideways.
func (o *output) lay(width int) {
	text := o.said.String()
	if len(text) == o.seen && o.seen > 0 && o.drawn == width {
		return
	}
	o.seen, o.drawn = len(text), width
	var lines []widget.Line
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.Contains(strings.TrimLeft(line, " "), "  ") {
			lines = append(lines, widget.Plain(theme.Text, line))
		} else {
			lines = append(lines, wrapped(theme.Text, line, width, 2)...)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, widget.Plain(theme.Faint, "It has said nothing yet."))
	}
	o.text.SetLines(lines)
}

func (o *output) height(width int) int {
	o.lay(width)
	return max(3, len(o.text.Lines()))
}

func (o *output) draw(width, height int) string {
	o.lay(width)
	o.more = len(o.text.Lines()) > height
	return o.reading.draw(width, height)
}

func (o *output) press(_ tea.KeyPressMsg, a keymap.Action) tea.Cmd {
	switch {
	case o.isOpen && a == keymap.Back:
		o.stop()
	case o.isOpen && a == keymap.Quit:
		return o.frame.quit()
	case o.isOpen:
		o.act(a)
	case a == keymap.Back || a == keymap.Quit:
		o.frame.shut(o)
	case a == keymap.Copy:
		return screen.Copies(screen.Copyable{What: "output of mgit " + strings.Join(o.args, " "), Text: o.said.String()})
	default:
		o.act(a)
	}
	return nil
}

// transcript is written by a command while the screen shows it.
type transcript struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

// mostOutput is how much of a command's output is kept: more than anybody reads here.
const mostOutput = 8 << 20

func (t *transcript) Write(p []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if room := mostOutput - t.text.Len(); room > 0 {
		t.text.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (t *transcript) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.text.String()
}

// splitWords splits a line as a shell does, quotes and backslashes included; nothing is expanded.
func splitWords(line string) ([]string, error) {
	var words []string
	var b strings.Builder
	var quote rune
	inWord, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			escaped = false
			b.WriteRune(r)
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			b.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' || r == '\t':
			if inWord {
				words = append(words, b.String())
				b.Reset()
			}
			inWord = false
		default:
			inWord = true
			b.WriteRune(r)
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("a quote is not closed")
	}
	if inWord {
		words = append(words, b.String())
	}
	return words, nil
}
