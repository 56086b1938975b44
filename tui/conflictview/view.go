// Package conflictview is the view of what Git could not merge: the list of what waits for a person, and for
// the chosen branch or target its files, hunk by hunk, with the base and both sides.
//
// What is shown is read by job.Waiting and job.ReadConflict, the answers of `mgit conflict`. What is done is
// done by the functions that resolve, take, continue, skip and abort call, with the same requests.
package conflictview

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/widget"
)

// rest is how long the selection has to stay before its conflict is read.
const rest = 80 * time.Millisecond

// View is the view. Its methods are those of screen.View.
type View struct {
	host   *screen.Host
	source source
	// later sends a message after a while; tests do so at once.
	later func(time.Duration, tea.Msg) tea.Cmd

	waiting screen.Question[*job.WaitingReport]
	targets screen.Question[*job.WaitingReport]  // with what an assembly would leave out
	sides   screen.Question[*job.ConflictDetail] // what is in conflict, which is known soon
	detail  screen.Question[*job.ConflictDetail] // with who changed it upstream, and what was recorded
	newest  *job.ConflictDetail                  // the answer to show
	about   string                               // what both were asked about last
	rests   int                                  // counts the times that the selection changed

	items    widget.Table[item]
	places   widget.Table[place]
	wanted   string // is selected once it is there
	inside   bool   // the places of the chosen item are shown in place of the items
	panes    widget.Panes
	three    widget.Sides
	diff     widget.Diff
	text     widget.Text
	drawn    string // what sides or diff were set to
	editing  string // a path that is opened in the editor once its worktree is there
	editLine int

	width, height int // as drawn last
}

var _ screen.View = (*View)(nil)

// source is what the view reads. Tests put other functions in the place of these.
type source struct {
	waiting func(ctx context.Context, site *job.Site, request job.WaitingRequest) (*job.WaitingReport, error)
	detail  func(ctx context.Context, site *job.Site, request job.ConflictRequest) (*job.ConflictDetail, error)
}

// New returns the view of conflicts.
func New(h *screen.Host) *View {
	v := &View{
		host: h, source: source{waiting: job.Waiting, detail: job.ReadConflict},
		later: func(d time.Duration, msg tea.Msg) tea.Cmd { return tea.Tick(d, func(time.Time) tea.Msg { return msg }) },
	}
	v.setUpTables()
	return v
}

// Name is the view's context in the key table.
func (v *View) Name() keymap.Context { return keymap.Conflict }

// Title is the view's name on the screen.
func (v *View) Title() string { return "Conflict" }

// Enter asks for what waits, and chooses the branch or target of that name, old or new.
func (v *View) Enter(subject string) tea.Cmd {
	if subject != "" {
		v.wanted, v.inside = subject, false
	}
	if _, known := v.waiting.Value(); !known && !v.waiting.IsOpen() {
		return v.ask()
	}
	return v.reach()
}

// Reload asks for everything anew.
func (v *View) Reload() tea.Cmd {
	v.about = ""
	return v.ask()
}

// ask asks for what waits: first what is written down, and beside it what the targets lack, for which they
// have to be put together.
func (v *View) ask() tea.Cmd {
	work := func(targets bool) func(context.Context, *job.Site, *screen.Progress) (*job.WaitingReport, error) {
		return func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.WaitingReport, error) {
			return v.source.waiting(ctx, site, job.WaitingRequest{Targets: targets, Allow: v.host.Allow})
		}
	}
	return tea.Batch(v.waiting.Ask(v.host, work(false)), v.targets.Ask(v.host, work(true)))
}

// rested says that the selection has stayed where it is.
type rested struct{ rest int }

// look asks for the conflict of the selected item, once the selection rests.
func (v *View) look() tea.Cmd {
	it, found := v.items.Selected()
	if !found || it.name() == v.about {
		return nil
	}
	v.rests++
	return v.later(rest, rested{v.rests})
}

func (v *View) askDetail() tea.Cmd {
	it, found := v.items.Selected()
	if !found {
		return nil
	}
	v.about = it.name()
	// The sides come from the same work as the rest, which goes on: twice the work would keep both waiting.
	shown := make(chan *job.ConflictDetail, 1)
	request := job.ConflictRequest{Branch: it.name(), Allow: v.host.Allow, Shown: func(d *job.ConflictDetail) { shown <- d }}
	ask := v.detail.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.ConflictDetail, error) {
		return v.source.detail(ctx, site, request)
	})
	return tea.Batch(
		func() tea.Msg {
			defer close(shown)
			return ask()
		},
		v.sides.Await(v.host, func(ctx context.Context) (*job.ConflictDetail, error) {
			select {
			case d, isShown := <-shown:
				if !isShown {
					return nil, errNoSides
				}
				return d, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}))
}

// errNoSides says that the work for the details has ended without coming upon sides.
var errNoSides = errors.New("there are no sides")

// known is the conflict of the selected item, as far as it was read.
func (v *View) known() *job.ConflictDetail {
	it, found := v.items.Selected()
	if d := v.newest; found && d != nil && d.Subject() == it.name() {
		return d
	}
	return nil
}

// Update takes answers, and what the mouse does.
func (v *View) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Answered:
		return v.answered(msg)
	case rested:
		if msg.rest == v.rests {
			return v.askDetail()
		}
	case tea.MouseClickMsg:
		return v.click(msg.Mouse())
	case tea.MouseWheelMsg:
		return v.wheel(msg.Mouse())
	}
	return nil
}

func (v *View) answered(msg screen.Answered) tea.Cmd {
	switch {
	case msg.To(&v.waiting), msg.To(&v.targets):
		v.fill()
		return v.reach()
	case msg.To(&v.sides):
		d, known := v.sides.Value()
		if !known || v.sides.Err() != nil {
			return nil
		}
		d.KeepUpstream(v.newest)
		v.newest = d
		v.fillPlaces()
		return v.openEditor()
	case msg.To(&v.detail):
		v.sides.Cancel() // there is no more to know, or no sides at all
		if d, known := v.detail.Value(); known && v.detail.Err() == nil {
			v.newest = d
		}
		v.fillPlaces()
		return v.openEditor()
	}
	return nil
}

// reach selects what is wanted, and asks for the conflict of what is selected.
func (v *View) reach() tea.Cmd {
	if v.wanted != "" {
		for _, it := range v.items.Rows() {
			if it.isNamed(v.wanted) && v.items.Select(it.id()) {
				v.wanted = ""
				break
			}
		}
	}
	it, found := v.items.Selected()
	if !found {
		v.inside = false
		return nil
	}
	if it.name() != v.about {
		return v.askDetail()
	}
	return nil
}

// Subject is the selected branch or target, and inside of it the file.
func (v *View) Subject() string {
	it, found := v.items.Selected()
	if !found {
		return ""
	}
	if p, found := v.places.Selected(); found && v.inside {
		return it.name() + " " + job.ShowPath(p.file.Raw)
	}
	return it.name()
}

// Hints are the keys that work on the selection.
func (v *View) Hints() []keymap.Action {
	d := v.known()
	switch {
	case d == nil:
		return []keymap.Action{keymap.Open}
	case d.Worktree == "":
		return []keymap.Action{keymap.Open, keymap.ConflictResolve, keymap.Edit, keymap.ConflictSkip}
	case d.Standing != job.StandingStopped || !isOpen(d):
		return []keymap.Action{keymap.ConflictContinue, keymap.ConflictShell, keymap.ConflictBack, keymap.ConflictAbort}
	case v.inside:
		return []keymap.Action{
			keymap.ConflictOurs, keymap.ConflictTheirs, keymap.ConflictTake, keymap.Edit, keymap.ConflictBack, keymap.ConflictShell, keymap.ConflictContinue,
		}
	}
	return []keymap.Action{keymap.Open, keymap.Edit, keymap.ConflictShell, keymap.ConflictContinue, keymap.ConflictSkip, keymap.ConflictAbort}
}

// isOpen reports whether something is in conflict still.
func isOpen(d *job.ConflictDetail) bool {
	for i := range d.Files {
		if d.Files[i].Open() > 0 {
			return true
		}
	}
	return false
}

// Twin is mgit conflict, for the selected branch or target and file where they are looked at.
func (v *View) Twin() []string {
	it, found := v.items.Selected()
	if !found || !v.inside && !v.panes.Second {
		return []string{"conflict"}
	}
	if p, found := v.places.Selected(); found && v.inside {
		return []string{"conflict", "--", it.name(), job.ShowPath(p.file.Raw)}
	}
	return []string{"conflict", it.name()}
}

// Copies are the name, and what else of the selection is wanted elsewhere.
func (v *View) Copies() []screen.Copyable {
	it, found := v.items.Selected()
	if !found {
		return nil
	}
	copies := []screen.Copyable{{What: "name", Text: it.name()}}
	d := v.known()
	if d == nil {
		return copies
	}
	if p, found := v.places.Selected(); found && v.inside {
		copies = append([]screen.Copyable{{What: "path of the file", Text: p.file.Raw}}, copies...)
		for _, u := range p.upstream() {
			copies = append(copies, screen.Copyable{What: fmt.Sprintf("commit of %s", d.Ours.Word), Text: u.Commit.String()})
			if u.MDL != "" {
				copies = append(copies, screen.Copyable{What: "issue", Text: u.MDL})
			}
		}
	}
	if d.Commit != nil {
		copies = append(copies, screen.Copyable{What: "commit of " + d.Theirs.Word, Text: d.Commit.Commit.String()})
	}
	if d.Worktree != "" {
		copies = append(copies, screen.Copyable{What: "path of the worktree", Text: d.Worktree})
	}
	return copies
}
