// Package corehackview is the view of core hacks: how a tree differs from the official code and why, by
// component, with the lines and what is known of them beside. It says what `mgit corehack-report`, `mgit why`
// and `mgit decide` say, and makes branches of what no branch explains.
package corehackview

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// View shows the report about one tree.
type View struct {
	host *screen.Host
	asks asks

	known   screen.Question[*job.SitesReport]
	report  screen.Question[*job.CorehackReport]
	whyThis screen.Question[*job.WhyReport]

	tree     job.KnownTree // that is looked into
	chosen   bool
	baseline string // the file of an earlier report; "" for none
	list     widget.Table[row]
	unfolded map[string]bool // files whose hunks are listed, by path

	panes     widget.Panes
	facts     *widget.Facts // what is known of the selection
	laidOut   int           // the width that text is broken for; 0: not yet
	text      widget.Text
	diff      widget.Diff // its lines
	hasDiff   bool
	diffRows  int
	described string // the selection that both are about
	asked     string // the selection that whyThis is about
	width     int    // as drawn last
	height    int
}

// asks are the operations that the view needs. Tests feed it reports of their own.
type asks struct {
	sites   func(context.Context, *job.Site, job.SitesRequest) (*job.SitesReport, error)
	report  func(context.Context, *job.Site, job.CorehackRequest) (*job.CorehackReport, error)
	why     func(context.Context, *job.Site, job.WhyRequest) (*job.WhyReport, error)
	decide  func(context.Context, *job.Site, job.DecideFindingRequest) (*job.DecideReport, int, error)
	extract func(context.Context, *job.Site, job.CorehackRequest, job.ExtractRequest) (*job.ExtractReport, int, error)
}

// New returns the view.
func New(h *screen.Host) *View {
	v := &View{host: h, unfolded: map[string]bool{}, asks: asks{job.Sites, job.Corehack, job.Why, job.DecideFinding, job.ExtractOrphans}}
	v.list = newList(v)
	return v
}

// Name is the view's context in the key table.
func (v *View) Name() keymap.Context { return keymap.Corehacks }

// Title is the view's name.
func (v *View) Title() string { return "Core hacks" }

// Enter shows the tree that another view names, else the one that was looked into last; at first that of
// production where it is on this machine, else the work tree.
func (v *View) Enter(subject string) tea.Cmd {
	var cmds []tea.Cmd
	if _, known := v.known.Value(); !known && !v.known.IsOpen() {
		cmds = append(cmds, v.askKnown())
	}
	if subject != "" && (!v.chosen || subject != v.tree.Tree) {
		known, _ := v.known.Value()
		cmds = append(cmds, v.look(screen.TreeNamed(treesOf(known), subject)))
	}
	return tea.Batch(cmds...)
}

// Reload reads the tree anew.
func (v *View) Reload() tea.Cmd {
	cmds := []tea.Cmd{v.askKnown()}
	if v.chosen {
		cmds = append(cmds, v.askReport())
	}
	return tea.Batch(cmds...)
}

// Update takes answers and what the mouse does.
func (v *View) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Answered:
		return v.answered(msg)
	case tea.MouseClickMsg:
		v.click(msg.Mouse())
	case tea.MouseWheelMsg:
		v.wheel(msg.Mouse())
	}
	return nil
}

// at says in which pane a place of the view lies, and where below the pane's title.
func (v *View) at(m tea.Mouse) (second bool, x, y int) {
	return v.panes.At(m.X, m.Y-headHeight, v.width, v.height-headHeight)
}

// click gives the focus to the pane that was clicked into, and selects what is there.
func (v *View) click(m tea.Mouse) {
	second, x, y := v.at(m)
	if m.Button != tea.MouseLeft || m.Y < headHeight {
		return
	}
	if v.panes.Second = second; !second {
		v.list.ClickAt(x, y)
		v.describe()
	}
}

// wheel moves in the pane below the mouse, and leaves the focus where it is.
func (v *View) wheel(m tea.Mouse) {
	step := widget.WheelLines
	if m.Button == tea.MouseWheelUp {
		step = -step
	}
	if second, _, _ := v.at(m); second {
		v.wheelDetail(step)
		return
	}
	v.list.Wheel(step)
	v.describe()
}

func (v *View) answered(msg screen.Answered) tea.Cmd {
	switch {
	case msg.To(&v.known):
		known, found := v.known.Value()
		switch {
		case v.chosen && found:
			v.tree = screen.TreeNamed(treesOf(known), v.tree.Tree)
		case !v.chosen && found && len(known.Trees) > 0:
			return v.look(known.Trees[0])
		}
	case msg.To(&v.report):
		if v.report.Err() == nil {
			v.arrange()
		}
	case msg.To(&v.whyThis):
		v.described = ""
		v.describe()
	}
	return nil
}

func treesOf(r *job.SitesReport) []job.KnownTree {
	if r == nil {
		return nil
	}
	return r.Trees
}

// Act does what a key means.
func (v *View) Act(a keymap.Action) tea.Cmd {
	if v.panes.Act(a) {
		return nil
	}
	switch a {
	case keymap.HacksTree:
		known, _ := v.known.Value()
		return screen.OffersTrees("Which tree?", treesOf(known), v.look)
	case keymap.HacksDecide:
		return v.offerDecisions()
	case keymap.HacksExtract:
		return v.extract()
	case keymap.HacksWhy:
		return v.askWhy()
	case keymap.HacksBaseline:
		return v.askBaseline()
	case keymap.HacksAbout:
		v.showAbout()
	case keymap.HacksPlugins:
		return screen.Opens(keymap.Plugins, v.tree.Tree)
	case keymap.Edit:
		return v.edit()
	case keymap.Filter:
		return v.askFilter()
	case keymap.Refresh:
		return v.Reload()
	case keymap.Back:
		return v.back()
	case keymap.MoreLines, keymap.LessLines, keymap.Blanks, keymap.NextHunk, keymap.PrevHunk, keymap.NextMatch, keymap.PrevMatch:
		v.scrollDetail(a)
	default:
		v.move(a)
	}
	return nil
}

// move does what an action means to the pane that has the focus.
func (v *View) move(a keymap.Action) {
	switch {
	case v.panes.Second:
		v.scrollDetail(a)
		return
	case a == keymap.Open:
		if r, found := v.list.Selected(); found && r.folds() {
			v.unfold(r, !v.unfolded[r.finding.Raw])
		} else if found {
			v.panes.Second = !v.panes.Hidden
		} else {
			v.list.Act(a)
		}
	case a == keymap.Right || a == keymap.Left:
		r, found := v.list.Selected()
		if !found || !r.folds() || v.unfolded[r.finding.Raw] == (a == keymap.Right) {
			v.list.Act(a)
			break
		}
		v.unfold(r, a == keymap.Right)
	default:
		v.list.Act(a)
	}
	v.describe()
}

// scrollDetail moves in the lines of the selection, or in what is known of it where there are none.
func (v *View) scrollDetail(a keymap.Action) {
	if v.hasDiff {
		v.diff.Act(a)
		return
	}
	v.text.Act(a)
}

func (v *View) wheelDetail(lines int) {
	if v.hasDiff {
		v.diff.Wheel(lines)
		return
	}
	v.text.Wheel(lines)
}

// back cancels what is read, else clears the filter, else comes back from the details.
func (v *View) back() tea.Cmd {
	switch {
	case v.whyThis.IsOpen():
		v.whyThis.Cancel()
		return screen.Says(theme.Attention, "cancelled")
	case v.report.IsOpen():
		v.report.Cancel()
		return screen.Says(theme.Attention, "cancelled; R reads the tree")
	case v.panes.Back():
	case v.list.Filter() != "":
		v.setFilter("")
	}
	return nil
}

// Subject is the tree, and the file that is selected.
func (v *View) Subject() string {
	if !v.chosen {
		return ""
	}
	subject := screen.TreeName(v.tree)
	if r, found := v.list.Selected(); found && r.path() != "" {
		subject += " › " + job.ShowPath(r.path())
	}
	return subject
}

// Hints are the actions that work on the selection.
func (v *View) Hints() []keymap.Action {
	hints := []keymap.Action{}
	r, found := v.list.Selected()
	if found && r.isOrphan() {
		hints = append(hints, keymap.HacksDecide)
	}
	if found && r.finding != nil {
		hints = append(hints, keymap.HacksWhy)
	}
	if report, known := v.report.Value(); known && report.Undecided > 0 {
		hints = append(hints, keymap.HacksExtract)
	}
	return append(hints, keymap.HacksTree)
}

// Twin is the command that prints the report on lines.
func (v *View) Twin() []string {
	words := []string{"corehack-report"}
	if v.tree.Tree != "" {
		words = append(words, v.tree.Tree)
	}
	words = append(words, "--diff")
	if v.baseline != "" {
		words = append(words, "--baseline", v.baseline)
	}
	return append(words, v.seriesFlag()...)
}

func (v *View) seriesFlag() []string {
	if v.host.Series == "" {
		return nil
	}
	return []string{"--series", v.host.Series}
}

// Copies offers the path, the line, and the fingerprint of what is selected.
func (v *View) Copies() []screen.Copyable {
	r, found := v.list.Selected()
	if !found {
		return v.copiesOfTree()
	}
	var all []screen.Copyable
	add := func(what, text string) {
		if text != "" {
			all = append(all, screen.Copyable{What: what, Text: text})
		}
	}
	if path := r.path(); path != "" {
		add("path", job.ShowPath(path))
	}
	if line := r.line(); line > 0 {
		add("path with line", r.word())
	}
	add("branch", r.by())
	add("fingerprint", r.fingerprint())
	return append(all, v.copiesOfTree()...)
}

func (v *View) copiesOfTree() []screen.Copyable {
	report, known := v.report.Value()
	if !known {
		return nil
	}
	return []screen.Copyable{{What: "tree", Text: report.Tree}, {What: "commit of the pin", Text: report.Pin.Commit.String()}}
}
