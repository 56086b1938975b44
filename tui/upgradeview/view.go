// Package upgradeview is the view of an upgrade: which release it goes to, what would become of every
// branch there, how far each is, what waits for a person, and whether all are accounted for.
//
// It has five pages that are about one release, the chosen one. What they show are reports of internal/job,
// asked for beside the screen; what they change are tasks that call the operations of `mgit upgrade begin`,
// `dispose`, `note` and `rebase-all`. Conflicts are resolved, and targets built, in other views.
package upgradeview

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/widget"
)

// page is one of the view's pages.
type page int

const (
	pageReleases page = iota
	pageTriage
	pageBoard
	pageWaiting
	pageAccount
	pages // how many there are
)

// rest is how long a selection stays where it is before something slow is asked about it: whoever walks
// down the list means none of what is passed.
const rest = 250 * time.Millisecond

// View shows and steers an upgrade.
type View struct {
	host *screen.Host
	ask  asks
	rest time.Duration

	page    page
	entered bool   // a page was chosen
	subject string // a branch to select as soon as it is there
	resting int    // counts movements of the selection

	releases screen.Question[*job.ReleasesReport]
	account  screen.Question[*job.UpgradeAccount]
	history  screen.Question[*job.UpgradeHistory]
	of       string // the series that account and history are of
	plans    map[string]*screen.Question[*job.UpgradePlan]
	triage   screen.Question[*job.RebaseReport]
	triaged  string         // the release that triage is of
	outdated bool           // something has changed since triage
	events   int            // of triage, that the table shows
	outcomes map[string]int // how many branches the triage has with each

	waitingKinds map[string]int // how much waits of each kind, shown or not

	// ran is what runs of this screen made of each branch, by release and old name.
	ran map[string]map[string]job.BranchReport
	// only is the state or outcome that the table of a page is limited to.
	only [pages]string

	releaseTable widget.Table[job.UpgradeRelease]
	triageTable  widget.Table[triageRow]
	board        widget.Table[boardRow]
	waiting      widget.Table[waitingRow]
	detail       widget.Text
	detailOf     string // what detail shows, so that it begins at its top for another
	written      written
	accountText  widget.Text
	panes        widget.Panes

	width, height int   // that the view was drawn in last
	hits          []hit // what can be clicked in the lines at the top
}

var _ screen.View = (*View)(nil)

// New returns the view.
func New(h *screen.Host) *View {
	v := &View{
		host: h, ask: jobs(), rest: rest, plans: make(map[string]*screen.Question[*job.UpgradePlan]),
		ran: make(map[string]map[string]job.BranchReport),
	}
	v.releaseTable = releaseTable()
	v.triageTable = triageTable()
	v.board = boardTable()
	v.waiting = waitingTable()
	return v
}

// Name is the view's context in the key table.
func (v *View) Name() keymap.Context { return keymap.Upgrade }

// Title is the view's name for people.
func (v *View) Title() string { return "Upgrade" }

// Enter asks for what is not known yet, and selects the subject: a release or a branch.
func (v *View) Enter(subject string) tea.Cmd {
	if subject != "" {
		v.subject = subject
	}
	if _, known := v.releases.Value(); !known {
		return v.askReleases()
	}
	v.fill()
	v.find()
	return v.settled()
}

// Reload asks for everything anew. Plans are forgotten: the chosen release's is made again when it is looked
// at. A triage stays readable, and says that it is of before.
func (v *View) Reload() tea.Cmd {
	for _, q := range v.plans {
		q.Cancel()
	}
	clear(v.plans)
	v.outdated = v.triaged != ""
	v.of = ""
	return v.askReleases()
}

// Update takes answers, rests and mouse events.
func (v *View) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Answered:
		return v.answered(msg)
	case restMsg:
		if msg.resting == v.resting {
			return v.settled()
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
	case msg.To(&v.releases):
		v.fill()
		v.choose()
		v.find()
		return v.settled()
	case msg.To(&v.account):
		v.fill()
		v.find()
	case msg.To(&v.history):
		v.written = written{}
	case msg.To(&v.triage):
		v.fill()
	}
	return nil
}

// fill puts what is known into the tables.
func (v *View) fill() {
	v.fillReleases()
	v.fillTriage()
	v.fillBoard()
	v.fillWaiting()
	v.written = written{}
}

// find goes to the subject that another view asked for, once it is there.
func (v *View) find() {
	if v.subject == "" {
		return
	}
	if v.releaseTable.Select(v.subject) {
		v.page, v.entered, v.subject = pageReleases, true, ""
		return
	}
	if a := v.shown(); a != nil {
		for _, u := range a.Branches {
			if (u.OldName == v.subject || u.NewName == v.subject) && v.board.Select(u.OldName) {
				v.page, v.entered, v.subject = pageBoard, true, ""
				return
			}
		}
	}
}

// shown is the account of the chosen release's upgrade; nil while there is none.
func (v *View) shown() *job.UpgradeAccount {
	a, known := v.account.Value()
	if r, found := v.release(); known && found && a != nil && a.Series == r.Series {
		return a
	}
	return nil
}

// release is the chosen one; false while there is none.
func (v *View) release() (job.UpgradeRelease, bool) { return v.releaseTable.Selected() }

// begun is the upgrade to the chosen release's series; false where none was begun.
func (v *View) begun() (job.BegunUpgrade, bool) {
	r, found := v.release()
	all, known := v.releases.Value()
	if !found || !known {
		return job.BegunUpgrade{}, false
	}
	for _, u := range all.Upgrades {
		if u.Series == r.Series {
			return u, true
		}
	}
	return job.BegunUpgrade{}, false
}

// tag is the release that the page in front is about: the chosen one, that of the triage, or the one that
// the upgrade which was begun goes onto.
func (v *View) tag() string {
	r, _ := v.release()
	switch u, found := v.begun(); {
	case v.page == pageReleases:
		return r.Tag
	case v.page == pageTriage && v.isTriaged():
		return v.triaged
	case v.page != pageTriage && found && u.Onto != "":
		return u.Onto
	}
	return r.Tag
}
