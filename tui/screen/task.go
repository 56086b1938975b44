package screen

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
)

// Task is something that a person starts: a run. The frame sees to all of it: it plans, shows in a dialog
// what would change, starts it when the person agrees, shows its progress, cancels it with esc, and has every
// view read anew what may have changed. Only one runs at a time.
type Task struct {
	// Title says what it does: "Move 24 branches to v4.5.0".
	Title string
	// Command is the mgit command that does the same, without "mgit": "rebase-all", "v4.5.0". It is shown in
	// the dialog and kept in the log.
	Command []string
	// Plan says what would change, without changing anything; nil asks nothing and starts at once, which is
	// for what changes nothing that cannot be changed back by the same key.
	Plan func(ctx context.Context, site *job.Site, p *Progress) (Preview, error)
	// Work does it. Its site is a new one. What it returns is for Done.
	Work func(ctx context.Context, site *job.Site, p *Progress) (result any, err error)
	// Done is called in the screen's goroutine when Work has ended without an error. Its message is shown
	// at the bottom, "" says "done"; its command may open a view or start the next task.
	Done func(result any) (message string, next tea.Cmd)
	// Ended is what it came to, as the command's exit code would say it; nil: it is always done.
	Ended func(result any) Ending
}

// Ending is what a run without an error came to.
type Ending int

// The endings, with the exit codes of the commands.
const (
	Complete  Ending = iota // 0: done, or nothing to do
	Waiting                 // 3, 4: something is left for a person
	Unreached               // 9: a remote or the tracker did not answer; what is local is complete
)

// EndingOf is the ending of a run that may have left something for a person, or not reached somebody. What only
// a person can do something about comes first.
func EndingOf(waits, unreached bool) Ending {
	switch {
	case waits:
		return Waiting
	case unreached:
		return Unreached
	}
	return Complete
}

// Told is what became of telling the tracker. The zero Told is a tracker that is not set.
type Told struct {
	Text      string // for the person
	Unreached bool   // it gets it with the next sync
}

// Preview is what a task would change.
type Preview struct {
	// Moves are the references that it would move, with their old and new values where they are known.
	Moves []Move
	// Lines are what else a person should know: which branches would be parked, what is entered where.
	Lines []string
	// Nothing says why there is nothing to do; then nobody is asked. Ended is what that comes to.
	Nothing string
	Ended   Ending
	// Danger makes the person type this word to agree; "" takes enter.
	Danger string
}

// Move is a reference that would move. Old is "" for a new one, New "" for one that goes; both may be words
// ("made by this run") where the id is not known before.
type Move struct{ Ref, Old, New string }

// Start asks the frame to do a task.
func Start(t Task) tea.Cmd { return func() tea.Msg { return StartMsg{t} } }

// StartMsg is Start's message.
type StartMsg struct{ Task Task }
