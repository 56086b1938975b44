package branchview

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/widget"
)

// source is what the view reads. Tests put other functions in the place of these.
type source struct {
	status    func(ctx context.Context, site *job.Site, request job.StatusRequest) (answer, error)
	show      func(ctx context.Context, site *job.Site, name string) (*job.ShowReport, error)
	rangeDiff func(ctx context.Context, site *job.Site, name string) (*job.RangeDiffReport, error)
	// judge is status with the rules asked, and findings show; nil: they are not asked.
	judge    func(ctx context.Context, site *job.Site, request job.StatusRequest) (*job.StatusReport, error)
	findings func(ctx context.Context, site *job.Site, name string) (*job.ShowReport, error)
}

// answer is all that the table is drawn from, and what opening the site has told anyhow.
type answer struct {
	report     *job.StatusReport
	types      []string // of branches that the naming scheme knows
	hasTracker bool
}

func jobs() source {
	return source{
		status: func(ctx context.Context, site *job.Site, request job.StatusRequest) (answer, error) {
			report, err := job.Status(ctx, site, request)
			if err != nil {
				return answer{}, err
			}
			return answer{report: report, types: site.Scheme.Types(), hasTracker: site.HasTracker()}, nil
		},
		show: job.Show, rangeDiff: job.RangeDiff, judge: job.Status, findings: job.ShowJudged,
	}
}

// kept is how many answers about single branches are kept.
const kept = 16

// asked is a question about one branch at a time, and the last answers to it.
type asked[T any] struct {
	question screen.Question[named[T]]
	name     string // that was asked about last
	answers  []named[T]
}

type named[T any] struct {
	name  string
	value T
	stale bool // the repository has changed since; it is shown until the new answer is there
}

// ask asks about a branch.
func (a *asked[T]) ask(h *screen.Host, name string, work func(context.Context, *job.Site, string) (T, error)) tea.Cmd {
	a.name = name
	return a.question.Ask(h, func(ctx context.Context, site *job.Site, _ *screen.Progress) (named[T], error) {
		value, err := work(ctx, site, name)
		return named[T]{name: name, value: value}, err
	})
}

// take keeps the answer that came.
func (a *asked[T]) take() {
	n, known := a.question.Value()
	if !known || a.question.Err() != nil {
		return
	}
	a.answers = slices.DeleteFunc(a.answers, func(old named[T]) bool { return old.name == n.name })
	if len(a.answers) == kept {
		a.answers = a.answers[1:]
	}
	a.answers = append(a.answers, n)
}

// of returns the answer about a branch, and why there is no new one.
func (a *asked[T]) of(name string) (n named[T], known bool, err error) {
	if a.name == name {
		err = a.question.Err()
	}
	for _, n := range a.answers {
		if n.name == name {
			return n, true, err
		}
	}
	return named[T]{}, false, err
}

// needs reports whether the branch is to be asked about.
func (a *asked[T]) needs(name string) bool {
	n, known, err := a.of(name)
	return (!known || n.stale) && err == nil && !(a.question.IsOpen() && a.name == name)
}

// leave ends an asking about any other branch.
func (a *asked[T]) leave(name string) {
	if a.name != name {
		a.question.Cancel()
	}
}

// forget makes every answer an old one.
func (a *asked[T]) forget() {
	a.question.Cancel()
	a.name = ""
	for i := range a.answers {
		a.answers[i].stale = true
	}
}

// rested says that the selection has not changed for a while.
type rested struct {
	view  *View
	count int
}

// request is for the branches that the view shows.
func (v *View) request() job.StatusRequest {
	if v.all {
		return job.StatusRequest{All: true}
	}
	return job.StatusRequest{Series: v.series}
}

func (v *View) askStatus() tea.Cmd {
	request := v.request()
	v.judged.Cancel()
	return v.status.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (answer, error) {
		return v.source.status(ctx, site, request)
	})
}

// Update takes answers, and what the mouse does.
func (v *View) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Answered:
		return v.answered(msg)
	case rested:
		if msg.view == v && msg.count == v.rests {
			return v.askDetails()
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
	case msg.To(&v.status):
		if v.status.Err() == nil {
			v.fill()
		}
		return tea.Batch(v.reach(), v.askChecks())
	case msg.To(&v.judged):
		v.takeChecks()
	case msg.To(&v.show.question):
		v.show.take()
	case msg.To(&v.found.question):
		v.found.take()
	case msg.To(&v.compare.question):
		v.compare.take()
	}
	return nil
}

// reach moves to the branch that is wanted. One of a series that is not shown has all series shown.
func (v *View) reach() tea.Cmd {
	a, known := v.status.Value()
	if !known || v.status.IsOpen() || v.wanted == "" {
		return v.look()
	}
	wanted := v.wanted
	if v.table.Select(wanted) || v.selectBy(wanted) {
		v.wanted = ""
		return v.look()
	}
	if isIn(a.report, wanted) && v.table.Filter() != "" { // it is filtered away
		_ = v.table.SetFilter("")
		return v.reach()
	}
	if !v.all {
		v.all = true
		return v.askStatus()
	}
	v.wanted = ""
	return v.look()
}

// selectBy selects the branch that becomes the one with this name, or came from it.
func (v *View) selectBy(name string) bool {
	for _, r := range v.table.Shown() {
		for _, u := range r.Upgrades {
			if u.NewName == name || u.OldName == name {
				return v.table.Select(r.id())
			}
		}
	}
	return false
}

func isIn(report *job.StatusReport, name string) bool {
	return slices.ContainsFunc(report.Branches, func(b job.BranchStatus) bool { return b.Name == name })
}

// look sees whether another branch is selected. Its details are asked when it stays so for a while; those of
// the one before are not wanted any more.
func (v *View) look() tea.Cmd {
	name := v.detailName()
	if name != v.seen {
		v.seen = name
		v.rests++
		v.show.leave(name)
		v.compare.leave(name)
		v.found.leave(name)
	}
	if name == "" || !v.lacksDetails(name) {
		return nil
	}
	return v.later(rest, rested{v, v.rests})
}

// detailName is the branch whose details are wanted; "" for none.
func (v *View) detailName() string {
	r, found := v.table.Selected()
	if !found || r.kind == misnamed || v.panes.Hidden {
		return ""
	}
	return r.Name
}

func (v *View) lacksDetails(name string) bool {
	return v.show.needs(name) || v.part == partRangeDiff && v.compare.needs(name) || v.part == partChecks && v.found.needs(name)
}

func (v *View) askDetails() tea.Cmd {
	name := v.detailName()
	if name == "" {
		return nil
	}
	var cmds []tea.Cmd
	if v.show.needs(name) {
		cmds = append(cmds, v.show.ask(v.host, name, v.source.show))
	}
	if v.part == partRangeDiff && v.compare.needs(name) {
		cmds = append(cmds, v.compare.ask(v.host, name, v.source.rangeDiff))
	}
	if v.part == partChecks && v.found.needs(name) {
		cmds = append(cmds, v.found.ask(v.host, name, v.source.findings))
	}
	return tea.Batch(cmds...)
}

// click moves to what is clicked on.
func (v *View) click(m tea.Mouse) tea.Cmd {
	second, x, y := v.panes.At(m.X, m.Y, v.width, v.height)
	v.panes.Second = second
	if m.Button != tea.MouseLeft || second {
		return nil
	}
	v.table.ClickAt(x, y-v.above)
	return v.look()
}

func (v *View) wheel(m tea.Mouse) tea.Cmd {
	step := widget.WheelLines
	if m.Button == tea.MouseWheelUp {
		step = -widget.WheelLines
	}
	if second, _, _ := v.panes.At(m.X, m.Y, v.width, v.height); second {
		v.text.Wheel(step)
		return nil
	}
	v.table.Wheel(step)
	return v.look()
}
