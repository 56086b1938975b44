// Package trackerview is the view of the issue tracker: every branch of an upgrade with its issue, what waits
// to be told, what comes from there, and where both sides differ.
package trackerview

import (
	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// View is the view of the tracker.
type View struct {
	host   *screen.Host
	panes  widget.Panes
	wanted string

	width, height int // as it was drawn last
	above         int // the lines above the list in its pane

	// local is what is known without asking anybody, asked what the tracker said. The tracker is asked only
	// when somebody wants it: the screen makes no requests by itself.
	local screen.Question[known]
	asked screen.Question[*job.TrackerReport]

	table   widget.Table[row]
	details widget.Text
	differ  bool // only branches that differ are shown
}

// known is what is known without asking the tracker.
type known struct {
	report *job.TrackerReport
	// notes of the ledger, by the upgrade's series and the old name of the branch.
	notes map[string]map[string][]job.Remark
}

// New returns the view.
func New(h *screen.Host) *View {
	return &View{host: h, table: branchTable()}
}

// Name is the context of the view's keys.
func (v *View) Name() keymap.Context { return keymap.TrackerCtx }

// Title stands on the view's tab.
func (v *View) Title() string { return "Tracker" }

// Enter shows a branch, by its old name or its new one.
func (v *View) Enter(subject string) tea.Cmd {
	v.wanted = subject
	v.arrange()
	if _, isKnown := v.local.Value(); isKnown || v.local.IsOpen() || v.local.Err() != nil {
		return nil
	}
	return v.askLocal()
}

// Reload reads the ledger anew. What the tracker said is of before, and is asked for again by hand.
func (v *View) Reload() tea.Cmd {
	v.asked.Forget()
	return v.askLocal()
}

// Update takes answers and the mouse.
func (v *View) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Answered:
		if msg.To(&v.local) || msg.To(&v.asked) {
			v.arrange()
		}
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			second, x, y := v.panes.At(msg.X, msg.Y, v.width, v.height)
			if v.panes.Second = second; !second {
				v.table.ClickAt(x, y-v.above)
			}
		}
	case tea.MouseWheelMsg:
		v.wheel(msg)
	}
	return nil
}

// wheel moves in the pane below the mouse.
func (v *View) wheel(msg tea.MouseWheelMsg) {
	step := widget.WheelLines
	if msg.Button == tea.MouseWheelUp {
		step = -step
	}
	if second, _, _ := v.panes.At(msg.X, msg.Y, v.width, v.height); !second {
		v.table.Wheel(step)
		return
	}
	v.details.Wheel(step)
}

// report is the newest that is known: the tracker's own, else what is known without it.
func (v *View) report() *job.TrackerReport {
	if r, isKnown := v.asked.Value(); isKnown {
		return r
	}
	k, _ := v.local.Value()
	return k.report
}

// arrange shows what is known.
func (v *View) arrange() {
	all := rowsOf(v.report())
	if v.differ {
		var some []row
		for _, r := range all {
			if r.differs() {
				some = append(some, r)
			}
		}
		all = some
	}
	v.table.Group = nil
	if r := v.report(); r != nil && len(r.Upgrades) > 1 {
		v.table.Group = func(r row) string { return "Upgrade to " + r.series }
	}
	v.table.SetRows(all)
	if v.wanted == "" {
		return
	}
	for _, r := range all {
		if r.Branch == v.wanted || r.NewName == v.wanted {
			v.table.Select(r.key())
			v.wanted = ""
			return
		}
	}
}

// Subject is the selected branch.
func (v *View) Subject() string {
	r, _ := v.table.Selected()
	return r.Branch
}

// Hints are the actions that make sense now.
func (v *View) Hints() []keymap.Action {
	if v.report() == nil {
		return nil
	}
	hints := []keymap.Action{keymap.TrackerAsk, keymap.TrackerSync}
	if r, found := v.table.Selected(); found && len(r.disagreements) > 0 {
		hints = append(hints, keymap.TrackerTake)
	}
	return append(hints, keymap.TrackerDiffers, keymap.TrackerBrowse)
}

// Twin is the command that prints the same.
func (v *View) Twin() []string {
	command := []string{"tracker", "status"}
	if v.host.Series != "" {
		command = append(command, v.host.Series)
	}
	if _, isKnown := v.asked.Value(); !isKnown {
		command = append(command, "--offline")
	}
	return command
}

// Copies are what can be copied.
func (v *View) Copies() []screen.Copyable {
	r, found := v.table.Selected()
	if !found {
		return nil
	}
	var all []screen.Copyable
	if r.URL != "" {
		all = append(all, screen.Copyable{What: "address of the issue", Text: r.URL})
	}
	if r.Issue != "" {
		all = append(all, screen.Copyable{What: "number of the issue", Text: r.Issue})
	}
	all = append(all, screen.Copyable{What: "name of the branch", Text: r.Branch})
	if r.NewName != "" && r.NewName != r.Branch {
		all = append(all, screen.Copyable{What: "name of the new branch", Text: r.NewName})
	}
	return append(all, screen.Copyable{What: "command that syncs it", Text: "mgit tracker sync " + r.Branch})
}

// Act does what a key means.
func (v *View) Act(a keymap.Action) tea.Cmd {
	if v.panes.Act(a) {
		return nil
	}
	switch a {
	case keymap.Back:
		v.back()
	case keymap.Filter:
		return v.filter()
	case keymap.Open:
		if r, found := v.table.Selected(); found {
			return screen.Opens(keymap.Branches, r.Branch)
		}
	case keymap.TrackerAsk:
		return v.ask()
	case keymap.TrackerDiffers:
		v.differ = !v.differ
		v.arrange()
	case keymap.TrackerSync:
		return v.offerSync(options{})
	case keymap.TrackerTake:
		return v.offerTake()
	case keymap.TrackerBrowse:
		return v.browse()
	default:
		if v.panes.Second {
			v.details.Act(a)
		} else {
			v.table.Act(a)
		}
	}
	return nil
}

// back ends what is under way, or goes a step back.
func (v *View) back() {
	switch {
	case v.asked.IsOpen():
		v.asked.Cancel()
	case v.panes.Back():
	case v.table.Filter() != "":
		_ = v.table.SetFilter("") // no filter is always right
	}
}

func (v *View) filter() tea.Cmd {
	v.panes.Second = false
	return screen.AsksFilter(screen.Prompt{Initial: v.table.Filter()}, v.table.SetFilter)
}

// browse copies the address of the issue.
func (v *View) browse() tea.Cmd {
	r, found := v.table.Selected()
	switch {
	case !found:
		return nil
	case r.Issue == "":
		return screen.Says(theme.Attention, r.Branch+" has no issue yet; "+v.host.Keys.Key(keymap.TrackerSync)+" makes one.")
	case r.URL == "":
		return screen.Says(theme.Attention, "The address of "+r.Issue+" is not known.")
	}
	return screen.Copies(screen.Copyable{What: "address of the issue", Text: r.URL})
}
