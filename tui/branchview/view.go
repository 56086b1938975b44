// Package branchview is the first view of the screen: all branches of the site by version, and what is known
// of the selected one.
//
// It draws its table from one job.Status and asks nothing else before that is answered. What the details show
// is asked when the selection rests, and kept for the branches that were looked at last. What changes
// something (a decision, a note, a new branch) is a task that calls what the command calls; publishing, and
// picks, which have much to say, stay with the command line.
package branchview

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/widget"
)

// rest is how long the selection has to stay before its details are asked for.
const rest = 80 * time.Millisecond

// View is the view. Its methods are those of screen.View.
type View struct {
	host   *screen.Host
	source source
	// later sends a message after a while; tests do so at once.
	later func(time.Duration, tea.Msg) tea.Cmd

	status  screen.Question[answer]
	show    asked[*job.ShowReport]
	compare asked[*job.RangeDiffReport]
	judged  screen.Question[*job.StatusReport]
	found   asked[*job.ShowReport] // what the rules found in a branch
	rests   int                    // counts the times that the selection changed
	seen    string                 // the row that was selected when it was last looked at

	series  string // as typed; "" is the series in use
	all     bool
	wanted  string // is selected once it is there
	group   grouping
	table   widget.Table[row]
	panes   widget.Panes
	part    part
	text    widget.Text
	drawn   drawn // what text was made of
	search  string
	targets []string // the short names of the targets that have a column

	width, height int // as drawn last
	above         int // lines above the table, as drawn last
}

var _ screen.View = (*View)(nil)

// New returns the view of the branches.
func New(h *screen.Host) *View {
	v := &View{
		host: h, source: jobs(), series: h.Series,
		later: func(d time.Duration, msg tea.Msg) tea.Cmd { return tea.Tick(d, func(time.Time) tea.Msg { return msg }) },
	}
	v.table.ID = func(r row) string { return r.id() }
	v.table.GroupOrder = compareGroups
	v.table.Fields = fields()
	v.table.Empty = "Reading the branches …"
	v.columns(nil)
	return v
}

// Name is the view's context in the key table.
func (v *View) Name() keymap.Context { return keymap.Branches }

// Title is the view's name on the screen.
func (v *View) Title() string { return "Branches" }

// Enter asks for the branches, and selects one where a name is given.
func (v *View) Enter(subject string) tea.Cmd {
	v.wanted = subject
	if _, known := v.status.Value(); !known && !v.status.IsOpen() {
		return v.askStatus()
	}
	return v.reach()
}

// Reload asks for everything anew.
func (v *View) Reload() tea.Cmd {
	v.show.forget()
	v.compare.forget()
	v.found.forget()
	return v.askStatus()
}

// Subject is the selected branch.
func (v *View) Subject() string {
	if r, found := v.table.Selected(); found {
		return r.Name
	}
	return ""
}

// Hints are the keys that work on the selected branch.
func (v *View) Hints() []keymap.Action {
	hints := []keymap.Action{keymap.Open}
	r, found := v.table.Selected()
	if a, known := v.status.Value(); found && known && r.kind != misnamed && len(upgradesOf(a.report, []row{r})) > 0 {
		hints = append(hints, keymap.BranchesDispose, keymap.BranchesNote)
	}
	if found && r.worktree() != "" {
		hints = append(hints, keymap.BranchesShell)
	}
	return append(hints, keymap.BranchesPart, keymap.BranchesGroup, keymap.BranchesAll, keymap.BranchesNew)
}

// Twin is mgit status; once the details have the focus, mgit show.
func (v *View) Twin() []string {
	if r, found := v.table.Selected(); found && v.panes.Second && r.kind != misnamed {
		twin := []string{"show", r.Name}
		if v.part == partRangeDiff {
			twin = append(twin, "--range-diff")
		}
		return twin
	}
	return append([]string{"status"}, v.seriesFlags()...)
}

// seriesFlags are the flags for the series that the view shows.
func (v *View) seriesFlags() []string {
	switch {
	case v.all:
		return []string{"--all"}
	case v.series != "":
		return []string{"--series", v.series}
	}
	return nil
}

// Copies are the names of the marked branches, and of the selected one what else somebody may need elsewhere.
func (v *View) Copies() []screen.Copyable {
	r, found := v.table.Selected()
	var copies []screen.Copyable
	if names := v.table.Marked(); len(names) > 1 {
		copies = append(copies, screen.Copyable{What: "names of the marked branches", Text: joinNames(names)})
	}
	if !found {
		return copies
	}
	copies = append(copies, screen.Copyable{What: "name of the branch", Text: r.Name})
	for _, c := range []screen.Copyable{
		{What: "id of its tip", Text: r.Tip.String()},
		{What: "ticket", Text: r.Ticket},
		{What: "path of its worktree", Text: r.worktree()},
	} {
		if c.Text != "" {
			copies = append(copies, c)
		}
	}
	return copies
}
