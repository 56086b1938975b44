// Package tui is the full-screen interface: the frame around the views, and the program that runs it.
//
// The frame owns the terminal: it turns keys into actions by the table of keymap, hands them to the view in
// front, shows dialogs, runs tasks one at a time, and settles answers. What there is to see and to do in a
// view is the view's own, in a package beside this one; what both agree on is in screen. Whatever changes
// the repository is an operation of internal/job, the same one that the command calls.
package tui

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/branchview"
	"mgit/tui/cells"
	"mgit/tui/conflictview"
	"mgit/tui/corehackview"
	"mgit/tui/keymap"
	"mgit/tui/pluginview"
	"mgit/tui/screen"
	"mgit/tui/siteview"
	"mgit/tui/targetview"
	"mgit/tui/theme"
	"mgit/tui/trackerview"
	"mgit/tui/upgradeview"
)

// Options say how the screen is run.
type Options struct {
	Host   *screen.Host
	Input  io.Reader
	Output io.Writer
	// Env is the environment of the terminal, as "NAME=value".
	Env []string
	// View is the one to begin with, "" is the first, and Subject what it is to show.
	View    keymap.Context
	Subject string
	// Mouse has the terminal say what the mouse does.
	Mouse bool
	// Log is what the opened sites write the git commands to that they run; nil: there is none to look at.
	Log *Log
	// ThemeFor is the theme for a terminal with a dark or a light background, which is asked for and not waited
	// for; nil: it is not asked.
	ThemeFor func(isDark bool) theme.Theme
	// Commands is what a colon takes; nil: nothing.
	Commands Commands
	// Editor is the program that edits, as a shell reads it; nil: nothing is edited.
	Editor func(*job.Site) (string, error)
}

// How long what still goes on may take to end when the screen is left: what may write, and what only reads.
const (
	parting = 10 * time.Second
	brief   = time.Second
)

// Run shows the screen until the person leaves it, ctx ends, or something panics, which is a *Fault. What
// changes something has ended then, or had its time to.
func Run(ctx context.Context, o Options) error {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	f := newFrame(within, o, views(o.Host))
	program := tea.NewProgram(f, tea.WithContext(ctx), tea.WithoutSignalHandler(),
		tea.WithInput(o.Input), tea.WithOutput(o.Output), tea.WithEnvironment(o.Env))
	f.stop = func() { go program.Quit() }
	if _, err := io.WriteString(o.Output, cells.KeepOrder); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	_, err := program.Run()
	_, wrong := io.WriteString(o.Output, cells.TurnRound)
	cancel()
	await(parting, f.workers.areIdle)
	await(brief, func() bool { return o.Host.Sites.Busy() == 0 })
	switch {
	case f.fallen != nil:
		return f.fallen
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return cmp.Or(err, wrong)
}

// workers counts what may write: tasks and commands.
type workers struct {
	mutex sync.Mutex
	n     int
}

func (w *workers) add(n int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.n += n
}

func (w *workers) areIdle() bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.n == 0
}

// await waits until something is so, but no longer than most.
func await(most time.Duration, isSo func() bool) {
	const step = 5 * time.Millisecond
	for end := time.Now().Add(most); !isSo() && time.Now().Before(end); {
		time.Sleep(step)
	}
}

// Twin is the command that prints on lines what the view with this name shows, without "mgit".
func Twin(h *screen.Host, name keymap.Context) []string {
	for _, v := range views(h) {
		if v.Name() == name {
			return v.Twin()
		}
	}
	return []string{"status"}
}

// views makes the views in the order of their numbers.
func views(h *screen.Host) []screen.View {
	return []screen.View{
		branchview.New(h),
		upgradeview.New(h),
		conflictview.New(h),
		corehackview.New(h),
		targetview.New(h),
		pluginview.New(h),
		siteview.New(h),
		trackerview.New(h),
	}
}
