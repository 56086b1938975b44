package main

import (
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"mgit/internal/git"
)

// env is what mgit knows of the process around it. Commands get it through their call and never ask
// the os package themselves, so that a test can make up any surroundings.
type env struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer

	// Which of the three is a terminal.
	stdinTTY, stdoutTTY, stderrTTY bool

	// vars are the environment's "NAME=value" pairs; the last of a name counts.
	vars []string

	// size returns columns and rows of the terminal, zero when there is none.
	size func() (width, height int)

	// gitLog is told of every git command, and gitEnv is added to git's environment; nil: neither. gitApart
	// keeps git, and the user's own commands of hooks, away from the terminal.
	gitLog   func(git.Command)
	gitEnv   []string
	gitApart bool

	// extra are commands that only this process has, as a test makes them; nil: none.
	extra func() []*cobra.Command

	// claim is how long a claim in a tracker has to stand unchallenged; 0 is the default.
	claim time.Duration
}

// processEnv describes the real process.
func processEnv() env {
	return env{
		stdin:     os.Stdin,
		stdout:    os.Stdout,
		stderr:    os.Stderr,
		stdinTTY:  isTerminal(os.Stdin),
		stdoutTTY: isTerminal(os.Stdout),
		stderrTTY: isTerminal(os.Stderr),
		vars:      os.Environ(),
		size:      terminalSize,
		claim:     claimTime(),
	}
}

// claim is set by the linker in tests, which have no time to wait, and by nothing else.
var claim string

func claimTime() time.Duration {
	d, _ := time.ParseDuration(claim) // "" is the default
	return d
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// terminalSize asks standard output first, then standard error: with `mgit … | less` only the second
// is still the terminal.
func terminalSize() (width, height int) {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		width, height, err := term.GetSize(int(f.Fd()))
		if err == nil && width > 0 {
			return width, height
		}
	}
	return 0, 0
}

// lookup returns the value of an environment variable and whether it is set.
func (e env) lookup(name string) (string, bool) {
	for i := len(e.vars) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(e.vars[i], name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// get returns the value of an environment variable, "" when it is not set.
func (e env) get(name string) string {
	value, _ := e.lookup(name)
	return value
}

// width returns the columns to lay text out for on a stream: the terminal's, and 80 where there is
// none, so that what is written to a file does not depend on who wrote it.
func (e env) width(tty bool) int {
	if tty {
		if width, _ := e.size(); width > 0 {
			return width
		}
	}
	return 80
}

// tableWidth is the width for a table whose cells scripts may want whole: the terminal's, and 0,
// which cuts nothing, where there is none.
func (e env) tableWidth() int {
	if !e.stdoutTTY {
		return 0
	}
	return e.width(true)
}

// isDumb reports whether the terminal can do nothing but print lines, or its user wants it so.
func (e env) isDumb() bool {
	return e.get("TERM") == "dumb" || e.get("TERM") == "" || e.get("MGIT_ACCESSIBLE") == "1"
}

// hasColor decides whether a stream gets colours. The flag is stronger than the variables;
// NO_COLOR (no-color.org) is stronger than CLICOLOR_FORCE (bixense.com/clicolors), which is
// stronger than the look of the terminal.
func (e env) hasColor(mode string, tty bool) bool {
	switch mode {
	case colorAlways:
		return true
	case colorNever:
		return false
	}
	if e.get("NO_COLOR") != "" {
		return false
	}
	if force := e.get("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return tty && e.get("TERM") != "dumb" && e.get("TERM") != ""
}
