package tui

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mgit/tui/cells"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// copy offers what the view has to copy, the likeliest under the key that was just pressed.
func (f *frame) copy() tea.Cmd {
	v := f.view()
	if v == nil {
		return nil
	}
	what := v.Copies()
	switch len(what) {
	case 0:
		f.say(theme.Attention, "there is nothing to copy here")
		return nil
	case 1:
		return screen.Copies(what[0])
	}
	var choices []screen.Choice
	for i, c := range what {
		key := "y"
		if i > 0 && i < 9 {
			key = strconv.Itoa(i + 1)
		} else if i > 0 {
			key = ""
		}
		choices = append(choices, screen.Choice{Key: key, Text: c.What, Help: firstLine(c.Text), Take: func() tea.Cmd { return screen.Copies(c) }})
	}
	f.offer("Copy", choices)
	return nil
}

func firstLine(text string) string {
	line, _, more := strings.Cut(text, "\n")
	if more {
		line += " …"
	}
	return line
}

// mostCopied is what terminals take in one go: beyond it many take nothing.
const mostCopied = 74_000

// put puts text into the clipboard. The terminal is asked first and always, with the sequence that reaches
// it over ssh too; a program of this machine is asked only where the person sits at this machine.
func (f *frame) put(c screen.Copyable) tea.Cmd {
	text := harmless(c.Text)
	role := theme.Good
	said := fmt.Sprintf("copied: %s", c.What)
	if line := firstLine(c.Text); cells.Width(line) <= 40 {
		said += ": " + line
	}
	if len(c.Text) > mostCopied {
		said += fmt.Sprintf(" (%d kB; some terminals take no more than 74)", len(c.Text)/1000)
	}
	if text != c.Text {
		role, said = theme.Attention, strings.Replace(said, "copied", "copied, control characters written out", 1)
	} else if n := strings.Count(strings.TrimRight(text, "\n"), "\n"); n > 0 {
		said += fmt.Sprintf(" (%d lines)", n+1)
	}
	c.Text = text
	f.say(role, said)
	sequence := ansi.SetSystemClipboard(c.Text)
	switch {
	case f.env("TMUX") != "":
		sequence += ansi.TmuxPassthrough(ansi.SetSystemClipboard(c.Text))
	case f.env("STY") != "":
		sequence = ansi.ScreenPassthrough(sequence, 0)
	}
	return tea.Batch(tea.Raw(sequence), f.putHere(c.Text))
}

// harmless is text without what would take a terminal in when it is pasted there: an escape sequence can end the
// bracket that keeps a shell from running what is pasted, and a carriage return is as good as enter.
func harmless(text string) string {
	if !strings.ContainsFunc(text, isSharp) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case isSharp(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			b.WriteByte(text[i])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isSharp(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// clipTime is how long a program may take to put text into the clipboard.
const clipTime = 2 * time.Second

// putHere hands the text to the clipboard's program; what becomes of it is not known, nor needed.
func (f *frame) putHere(text string) tea.Cmd {
	program := f.clipProgram()
	if program == nil {
		return nil
	}
	ctx := f.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, clipTime)
		defer cancel()
		cmd := exec.CommandContext(ctx, program[0], program[1:]...)
		cmd.Stdin = strings.NewReader(text)
		_ = cmd.Run() // the terminal has the text too
		return nil
	}
}

// clipProgram is the program of this machine's clipboard; nil: there is none, or the person sits elsewhere.
func (f *frame) clipProgram() []string {
	if f.env("SSH_TTY") != "" || f.env("SSH_CONNECTION") != "" {
		return nil
	}
	candidates := [][]string{{"pbcopy"}}
	if f.env("DISPLAY") != "" {
		candidates = append([][]string{{"xclip", "-selection", "clipboard"}}, candidates...)
	}
	if f.env("WAYLAND_DISPLAY") != "" {
		candidates = append([][]string{{"wl-copy"}}, candidates...)
	}
	for _, c := range candidates {
		if _, err := f.look(c[0]); err == nil {
			return c
		}
	}
	return nil
}

// env is a variable of the environment, "" where it is not set.
func (f *frame) env(name string) string {
	for i := len(f.environ) - 1; i >= 0; i-- {
		if value, found := strings.CutPrefix(f.environ[i], name+"="); found {
			return value
		}
	}
	return ""
}
