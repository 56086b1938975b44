// Package tui is the full-screen interface: the frame around the views, and the program that runs it.
//
// The frame owns the terminal: it turns keys into actions by the table of keymap, hands them to the view in
// front, shows dialogs, runs tasks one at a time, and settles answers. What there is to see and to do in a
// view is the view's own, in a package beside this one; what both agree on is in screen. Whatever changes
// the repository is an operation of internal/job, the same one that the command calls.
package tui

import (
	"context"
	"io"

	tea "charm.land/bubbletea/v2"

	"mgit/tui/keymap"
	"mgit/tui/screen"
)

// Options say how the screen is run.
type Options struct {
	Host   *screen.Host
	Input  io.Reader
	Output io.Writer
	// Env is the environment of the terminal, as "NAME=value".
	Env []string
	// View is the one to begin with; "" is the first.
	View keymap.Context
	// Mouse has the terminal say what the mouse does.
	Mouse bool
	// Log is what the opened sites write the git commands to that they run; nil: there is none to look at.
	Log *Log
}

// Run shows the screen until the person leaves it.
func Run(ctx context.Context, o Options) error {
	f := newFrame(ctx, o, views(o.Host))
	program := tea.NewProgram(f,
		tea.WithContext(ctx), tea.WithInput(o.Input), tea.WithOutput(o.Output), tea.WithEnvironment(o.Env))
	_, err := program.Run()
	if f.fallen != nil {
		return f.fallen
	}
	return err
}

// views makes the views in the order of their numbers.
func views(h *screen.Host) []screen.View {
	return nil
}
