package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// logSheet shows the git commands that were run.
type logSheet struct {
	reading
	seen int // how many rows the text was made of
}

func (f *frame) showLog() tea.Cmd {
	s := &logSheet{reading: reading{frame: f}, seen: -1}
	s.lay()
	s.act(keymap.Last)
	f.open(s)
	return nil
}

func (s *logSheet) title() string  { return "Git commands that were run" }
func (s *logSheet) height(int) int { return 1 << 16 }
func (s *logSheet) footer() string { return "" }

func (s *logSheet) keys() []hint {
	keys := s.frame.host.Keys
	return []hint{{keys.Key(keymap.Up), "earlier"}, {keys.Key(keymap.Copy), "copy as a shell script"}, {"esc", "back"}}
}

func (s *logSheet) press(_ tea.KeyPressMsg, a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Back, keymap.Quit, keymap.Log:
		s.frame.shut(s)
	case keymap.Copy:
		return screen.Copies(screen.Copyable{What: "shell script of the git commands", Text: s.frame.log.Script()})
	default:
		s.act(a)
	}
	return nil
}

func (s *logSheet) draw(width, height int) string {
	s.lay()
	return s.reading.draw(width, height)
}

func (s *logSheet) lay() {
	rows, dropped := s.frame.log.snapshot()
	if s.seen == dropped+len(rows) {
		return
	}
	s.seen = dropped + len(rows)
	var lines []widget.Line
	if dropped > 0 {
		lines = append(lines, widget.Plain(theme.Faint, fmt.Sprintf("%d earlier ones are not kept.", dropped)))
	}
	for _, r := range rows {
		lines = append(lines, r.line())
	}
	if len(lines) == 0 {
		lines = append(lines, widget.Plain(theme.Faint, "No git command has ended yet."))
	}
	s.text.SetLines(lines)
}

func (r logRow) line() widget.Line {
	if r.note != "" {
		return widget.Plain(theme.Strong, comment(r.note))
	}
	c := r.command
	line := widget.Line{
		{Text: fmt.Sprintf("%8s  ", c.Duration.Round(time.Millisecond/10)), Role: theme.Faint},
		{Text: "git " + screen.ShellWords(c.Args)},
	}
	if c.ExitCode != 0 {
		line = append(line, widget.Span{Text: "  " + exitWord(c.ExitCode), Role: theme.Attention})
	}
	return line
}

func exitWord(code int) string {
	if code < 0 {
		return "was ended"
	}
	return fmt.Sprintf("exit code %d", code)
}

// Script writes the log as a shell script. What a command read from its standard input is not kept, and a
// comment says so.
func (l *Log) Script() string {
	rows, dropped := l.snapshot()
	var b strings.Builder
	b.WriteString("#!/bin/sh\n# The git commands that mgit ran, oldest first. Secrets are left out.\n")
	if dropped > 0 {
		fmt.Fprintf(&b, "# %d earlier ones were not kept.\n", dropped)
	}
	dir := ""
	for _, r := range rows {
		if r.note != "" {
			b.WriteString("\n" + comment(r.note) + "\n")
			continue
		}
		c := r.command
		if c.Dir != dir && c.Dir != "" {
			dir = c.Dir
			fmt.Fprintf(&b, "cd %s\n", screen.ShellWord(dir))
		}
		switch {
		case c.Input < 0:
			b.WriteString("# answered what mgit asked on its standard input:\n")
		case c.Input > 0:
			fmt.Fprintf(&b, "# read %d bytes from standard input, which are not kept:\n", c.Input)
		}
		for _, variable := range c.Env {
			name, value, _ := strings.Cut(variable, "=")
			fmt.Fprintf(&b, "%s=%s ", name, screen.ShellWord(value))
		}
		b.WriteString("git " + screen.ShellWords(c.Args))
		fmt.Fprintf(&b, " # %s", c.Duration.Round(time.Millisecond/10))
		if c.ExitCode != 0 {
			b.WriteString(", " + exitWord(c.ExitCode))
		}
		b.WriteString("\n")
	}
	return b.String()
}
