// Package targetview is the view of the targets: what test and deployment hold, what is missing or
// strange in them, which of their branches conflict, and the releases that were made of them.
package targetview

import (
	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/widget"
)

// mode is what the view shows of the targets.
type mode int

const (
	contents  mode = iota // what they hold
	conflicts             // which branches get in each other's way
	releases              // what was released
	modes                 // how many there are
)

// View is the view of the targets.
type View struct {
	host   *screen.Host
	mode   mode
	panes  [modes]widget.Panes
	wanted string // a target to select as soon as it is known

	width, height int // as it was drawn last
	partsTop      int // the lines above the parts in their pane

	site  screen.Question[facts]
	about map[string]*about // by the target's name

	targets widget.Table[job.TargetStatus]
	parts   widget.Table[part]
	heat    heatMap
	tags    tagList
}

// facts is what is read at once: the targets, and what else of the site matters here.
type facts struct {
	status                  *job.StatusReport
	signsTags, signsCommits bool
	dir                     string // of the clone
}

// about is what is asked of one target, each when it is first wanted.
type about struct {
	proof screen.Question[*job.TargetProof]
	minor screen.Question[*job.MinorReport]
	clash screen.Question[*job.ConflictsReport]
}

// New returns the view.
func New(h *screen.Host) *View {
	v := &View{host: h, about: make(map[string]*about)}
	v.targets = targetTable(v)
	v.parts = partTable()
	v.heat.list = pairTable(&v.heat)
	v.tags = newTagList()
	return v
}

// Name is the context of the view's keys.
func (v *View) Name() keymap.Context { return keymap.Targets }

// Title stands on the view's tab.
func (v *View) Title() string { return "Targets" }

// Enter shows a target, named in full, or those of a series.
func (v *View) Enter(subject string) tea.Cmd {
	if subject != "" {
		v.wanted, v.mode = subject, contents
	}
	if _, known := v.site.Value(); known {
		v.selectWanted()
	}
	return v.lacking()
}

// Reload asks for everything anew. What is known stays readable meanwhile.
func (v *View) Reload() tea.Cmd {
	selected, _ := v.targets.Selected()
	for name, a := range v.about {
		a.proof.Cancel()
		a.minor.Cancel()
		a.clash.Cancel()
		if name != selected.Name {
			delete(v.about, name)
		}
	}
	cmds := []tea.Cmd{v.askSite()}
	if a := v.about[selected.Name]; a != nil {
		cmds = append(cmds, v.askProof(selected), v.askMinor(selected))
		if v.mode == conflicts {
			cmds = append(cmds, v.askConflicts(selected.Name))
		} else {
			a.clash.Forget()
		}
	}
	for _, q := range v.tags.verified {
		q.Cancel()
	}
	clear(v.tags.verified)
	if _, known := v.tags.list.Value(); known {
		cmds = append(cmds, v.askReleases())
	}
	return tea.Batch(cmds...)
}

// Update takes answers and the mouse.
func (v *View) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Answered:
		v.answered(msg)
		return v.lacking()
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			return v.click(msg.X, msg.Y)
		}
	case tea.MouseWheelMsg:
		return v.wheel(msg)
	}
	return nil
}

// Subject is the selected target, or release.
func (v *View) Subject() string {
	if v.mode == releases {
		if r, found := v.tags.table.Selected(); found {
			return r.Tag
		}
		return ""
	}
	t, _ := v.targets.Selected()
	return t.Name
}

// Hints are the actions that make sense now.
func (v *View) Hints() []keymap.Action {
	t, found := v.targets.Selected()
	switch {
	case v.mode == releases:
		return []keymap.Action{keymap.Open, keymap.TargetsReleases, keymap.Copy}
	case v.mode == conflicts:
		return []keymap.Action{keymap.Open, keymap.TargetsShape, keymap.TargetsFiles, keymap.TargetsConflicts}
	case !found:
		return nil
	case t.Tip == (job.ID{}):
		return []keymap.Action{keymap.TargetsAssemble, keymap.TargetsConflicts, keymap.TargetsReleases}
	}
	hints := []keymap.Action{keymap.TargetsAssemble, keymap.TargetsRelease, keymap.TargetsConflicts, keymap.TargetsReleases}
	if m, known := v.of(t.Name).minor.Value(); known && m.Wanted() {
		hints = append([]keymap.Action{keymap.TargetsMinor}, hints...)
	}
	return hints
}

// Twin is the command that prints the same.
func (v *View) Twin() []string {
	t, found := v.targets.Selected()
	switch {
	case v.mode == releases:
		return v.forSeries("release", "list")
	case v.mode == conflicts && found:
		return []string{"conflicts", "--target", t.Name}
	case found && t.Tip != (job.ID{}):
		return []string{"assemble", t.Name, "--check"}
	}
	return v.forSeries("status")
}

// seriesOf is the series to ask for, and to name in a command, where a target's name alone does not say it: that
// of a target of the series in use need not be said.
func (v *View) seriesOf(t job.TargetStatus) string {
	f, known := v.site.Value()
	if v.host.Series != "" || !known || len(f.status.Series) == 0 || f.status.Series[0] == t.Version {
		return v.host.Series
	}
	return t.Version.String()
}

// forSeries adds the series that was asked for to a command.
func (v *View) forSeries(command ...string) []string {
	if v.host.Series != "" {
		command = append(command, "--series", v.host.Series)
	}
	return command
}

// Copies are what can be copied.
func (v *View) Copies() []screen.Copyable {
	if v.mode == releases {
		return v.tags.copies()
	}
	t, found := v.targets.Selected()
	if !found {
		return nil
	}
	var all []screen.Copyable
	if v.mode == conflicts {
		all = v.heat.copies()
	} else if p, ok := v.parts.Selected(); ok && v.panes[contents].Second {
		all = p.copies()
	}
	all = append(all, screen.Copyable{What: "name of the target", Text: t.Name})
	if t.Tip != (job.ID{}) {
		all = append(all, screen.Copyable{What: "its tip", Text: t.Tip.String()})
	}
	if t.Base.Tag != "" {
		all = append(all, screen.Copyable{What: "release of Moodle in it", Text: t.Base.Tag})
	}
	if t.Worktree != "" {
		all = append(all, screen.Copyable{What: "its worktree", Text: t.Worktree})
	}
	return append(all, screen.Copyable{What: "command that publishes it", Text: "mgit push " + t.Name})
}
