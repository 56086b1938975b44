// Package screen is what the views of the terminal interface and the program around them agree on: how a
// view asks for something without waiting, how it starts a run, and what it may ask of the frame.
//
// A view never reads or writes by itself. It asks a [Question], whose answer comes later as a message, or
// starts a [Task]. Both run beside the screen on a site of their own, can be cancelled, and what they answer
// too late is dropped. So Update and Render never wait for anything.
//
// What a view has to say to the frame around it (a question to the person, another view, the clipboard) is a
// message too; they are in messages.go.
package screen

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/config"
	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/tracker"
	"mgit/tui/keymap"
	"mgit/tui/theme"
)

// View is one of the numbered views. All methods are called from one goroutine; none may wait.
type View interface {
	// Name is the view's context in the key table.
	Name() keymap.Context
	Title() string
	// Enter is called when the view comes to the front, with what the one before wants it to show: the name
	// of a branch, a path; "" for nothing in particular. It asks for what it lacks.
	Enter(subject string) tea.Cmd
	// Reload asks for everything anew: R was pressed, or the repository has changed. A view that is not in
	// front is told when it next comes to the front.
	Reload() tea.Cmd
	// Act does what a key means.
	Act(a keymap.Action) tea.Cmd
	// Update takes messages that are neither keys nor for the frame: [Answered], a view's own, and mouse
	// events with places relative to the view.
	Update(msg tea.Msg) tea.Cmd
	// Render draws the view, exactly that large.
	Render(width, height int) string
	// Subject is what the view's selection is about, for the line at the top: "LUVLE-4.5-hack-mod_forum";
	// "" for nothing.
	Subject() string
	// Hints are the actions that work on the selection now, the most useful first. Those of the frame are added.
	Hints() []keymap.Action
	// Twin is the command that prints the same on lines: "status", "--series", "4.5".
	Twin() []string
	// Copies are what `y` offers: the first is the likeliest.
	Copies() []Copyable
}

// Copyable is something that can be copied: "name of the branch", "LUVLE-4.5-hack-mod_forum".
type Copyable struct{ What, Text string }

// Host is what views have from the program around them. It is made once.
type Host struct {
	// Context is the program's: what a view asks ends with it. nil: with the view's own wish only.
	Context context.Context
	Keys    *keymap.Map
	Theme   theme.Theme
	Sites   *Sites
	// Series is the one that --series asked for, as typed; "" is the series in use.
	Series string
	// ReadOnly says that nothing may change: tasks that write are refused by the frame.
	ReadOnly bool
	// Allow names refusals that were waived on the command line.
	Allow []string
	// Tracker makes the client of a tracker, and Key finds its key without asking anybody; nil: no tracker.
	Tracker job.TrackerDial
	Key     func(t config.Tracker) (string, error)
	// TellTracker tells the tracker at once what a run has entered in the ledger of a series (the zero one: of
	// every unfinished upgrade) about these branches (none: all), as the commands do. nil: nothing is told.
	TellTracker func(ctx context.Context, series moodle.Series, branches []string) Told
	// AfterMinor runs the user's command that follows on a patch release, and returns what is to be said of
	// it. nil: there is none.
	AfterMinor func(ctx context.Context, site *job.Site, report *job.MinorReport, err error) string
	// Settle is how long a sync's claim has to stand unchallenged; zero is the usual time.
	Settle time.Duration
	// Explain turns an error into the words that the command line has for it, and a hint.
	Explain func(error) (text, hint string)
	// Waives is the name that --allow takes to go ahead all the same; "" where nothing can be waived. nil:
	// nothing ever can.
	Waives func(error) string
	Now    func() time.Time
	// Version is mgit's, as manifests name who wrote them.
	Version string
}

// Within is Context, never nil.
func (h *Host) Within() context.Context {
	if h.Context == nil {
		return context.Background()
	}
	return h.Context
}

// Tell calls TellTracker, where there is one.
func (h *Host) Tell(ctx context.Context, p *Progress, series moodle.Series, branches []string) Told {
	if h.TellTracker == nil {
		return Told{}
	}
	p.Say("the tracker is told")
	return h.TellTracker(ctx, series, branches)
}

var _ job.TrackerDial = func(config.Tracker, string) (tracker.Client, error) { return nil, nil }
