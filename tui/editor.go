package tui

import (
	"cmp"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/cells"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// editorFound is the program that edits.
type editorFound struct {
	program string
	edit    screen.EditMsg
	err     error
}

// returned says that a program that had the terminal has ended.
type returned struct {
	what string
	then tea.Msg
	err  error
}

// edit finds the person's editor; the settings say which it is.
func (f *frame) edit(m screen.EditMsg) tea.Cmd {
	if f.host.ReadOnly {
		f.say(theme.Attention, "read-only: nothing is opened to be edited")
		return nil
	}
	if f.editor == nil {
		return nil
	}
	ctx := f.ctx
	return func() tea.Msg {
		found := editorFound{edit: m}
		found.err = f.host.Sites.Do(ctx, func(site *job.Site) (err error) {
			found.program, err = f.editor(site)
			return err
		})
		return found
	}
}

// editorFound hands the terminal to the editor, through a shell as Git does it: it may have arguments.
func (f *frame) editorFound(m editorFound) tea.Cmd {
	if m.err != nil {
		text, _ := f.host.Explain(m.err)
		f.say(theme.Bad, text)
		return nil
	}
	args := append([]string{"-c", m.program + ` "$@"`, m.program}, editArgs(m.program, m.edit)...)
	return f.away("the editor "+m.program, m.edit.Dir, m.edit.Then, args...)
}

// namesOnly makes paths ones that every editor takes for a file: a name from a repository, or from settings
// that a colleague shares, may begin as an option does, or as the commands that vim runs ("+!…"), or hold an
// address that it would fetch.
func namesOnly(paths []string) []string {
	names := slices.Clone(paths)
	for i, name := range names {
		if !filepath.IsAbs(name) && (strings.HasPrefix(name, "-") || strings.HasPrefix(name, "+") || strings.Contains(name, ":")) {
			names[i] = "./" + name
		}
	}
	return names
}

// editArgs are the files, and the line in the way that the editor takes it; an editor that is not known gets
// no line.
func editArgs(program string, m screen.EditMsg) []string {
	if len(m.Paths) == 0 {
		return nil
	}
	m.Paths = namesOnly(m.Paths)
	if m.Line <= 0 {
		return m.Paths
	}
	name, _, _ := strings.Cut(strings.TrimSpace(program), " ")
	place := fmt.Sprintf("%s:%d", m.Paths[0], m.Line)
	switch filepath.Base(name) {
	case "vi", "vim", "nvim", "view", "gvim", "nano", "emacs", "emacsclient", "kak", "micro", "joe", "mcedit", "ne", "gedit":
		return append([]string{fmt.Sprintf("+%d", m.Line)}, m.Paths...)
	case "hx", "helix", "subl", "zed":
		return append([]string{place}, m.Paths[1:]...)
	case "code", "codium", "cursor":
		return append([]string{"-g", place}, m.Paths[1:]...)
	}
	return m.Paths
}

// shell opens the person's shell.
func (f *frame) shell(m screen.ShellMsg) tea.Cmd {
	if f.host.ReadOnly {
		f.say(theme.Attention, "read-only: no shell is opened")
		return nil
	}
	shell := cmp.Or(f.env("SHELL"), "/bin/sh")
	return f.away("the shell", m.Dir, m.Then, "-c", `printf '%s\n' "$1"; exec "$2"`, "sh", cells.Clean(m.Hint), shell)
}

// away gives the terminal to a program and takes it back afterwards.
func (f *frame) away(what, dir string, then tea.Msg, args ...string) tea.Cmd {
	cmd := exec.CommandContext(f.ctx, "sh", args...)
	cmd.Dir = dir
	if len(f.environ) > 0 {
		cmd.Env = f.environ
	}
	return tea.ExecProcess(cmd, func(err error) tea.Msg { return returned{what, then, err} })
}

// returned reads anew what may have been changed meanwhile. A shell ends with the code of the last command
// in it, which means nothing here.
func (f *frame) returned(m returned) tea.Cmd {
	if m.err != nil && m.what != "the shell" {
		f.say(theme.Bad, fmt.Sprintf("%s: %v", m.what, m.err))
	}
	cmd := f.renew()
	if m.then == nil {
		return cmd
	}
	return tea.Batch(cmd, func() tea.Msg { return m.then })
}
