// Package pluginview is the view of plugins: what a tree has beside Moodle's own, where each comes from, whether
// it suits the Moodle it is in or another one, and newer releases. It says what `mgit plugins` and `mgit plugins
// update` say. No remote is asked before somebody presses a key for it.
package pluginview

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// View shows the plugins of one tree.
type View struct {
	host *screen.Host
	asks asks

	known     screen.Question[*job.SitesReport]
	inventory screen.Question[*job.PluginsReport]
	newer     screen.Question[*job.PluginsUpdateReport]

	tree    job.KnownTree
	chosen  bool
	forThis string // the Moodle that plugins are held against too; "" for none
	list    widget.Table[*job.InventoryPlugin]

	panes   widget.Panes
	facts   *widget.Facts
	text    widget.Text
	laidOut int
	width   int // as drawn last
	height  int
}

// asks are the operations that the view needs. Tests feed it reports of their own.
type asks struct {
	sites   func(context.Context, *job.Site, job.SitesRequest) (*job.SitesReport, error)
	plugins func(context.Context, *job.Site, job.PluginsRequest) (*job.PluginsReport, error)
	update  func(context.Context, *job.Site, job.PluginsUpdateRequest) (*job.PluginsUpdateReport, int, error)
	series  func(ctx context.Context, site *job.Site, asked, forThis string) (job.PluginsUpdateRequest, error)
}

// New returns the view.
func New(h *screen.Host) *View {
	v := &View{host: h, facts: &widget.Facts{}, asks: asks{job.Sites, job.Plugins, job.PluginsUpdate, requestFor}}
	v.list = newList(v)
	return v
}

// requestFor settles whose branches an update is about, as the command does: of the series that was asked for,
// else of that of the Moodle that releases are to fit, where it has branches, else of the one in use.
func requestFor(ctx context.Context, site *job.Site, asked, forThis string) (job.PluginsUpdateRequest, error) {
	r := job.PluginsUpdateRequest{For: forThis}
	if asked == "" && forThis != "" {
		if series, found := site.SeriesWithBranches(ctx, forThis); found {
			r.Series = series
			return r, nil
		}
	}
	var err error
	r.Series, err = site.Series(ctx, asked)
	return r, err
}

// Name is the view's context in the key table.
func (v *View) Name() keymap.Context { return keymap.Plugins }

// Title is the view's name.
func (v *View) Title() string { return "Plugins" }

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
		cmds = append(cmds, v.askInventory())
	}
	return tea.Batch(cmds...)
}

func treesOf(r *job.SitesReport) []job.KnownTree {
	if r == nil {
		return nil
	}
	return r.Trees
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
		v.text.Wheel(step)
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
	case msg.To(&v.inventory):
		if v.inventory.Err() == nil {
			v.arrange()
		}
	case msg.To(&v.newer):
		return v.sayNewer()
	}
	return nil
}

// Act does what a key means.
func (v *View) Act(a keymap.Action) tea.Cmd {
	if v.panes.Act(a) {
		return nil
	}
	switch a {
	case keymap.PluginsTree:
		known, _ := v.known.Value()
		return screen.OffersTrees("Which tree?", treesOf(known), v.look)
	case keymap.PluginsFor:
		return v.askFor()
	case keymap.PluginsCheck:
		return v.askNewer()
	case keymap.PluginsUpdate:
		return v.offerUpdate()
	case keymap.PluginsHacks:
		return screen.Opens(keymap.Corehacks, v.tree.Tree)
	case keymap.Edit:
		return v.edit()
	case keymap.Filter:
		return v.askFilter()
	case keymap.Refresh:
		return v.Reload()
	case keymap.Back:
		return v.back()
	case keymap.Open:
		v.panes.Second, v.panes.Hidden = true, false
	default:
		if v.panes.Second {
			v.text.Act(a)
			return nil
		}
		v.list.Act(a)
		v.describe()
	}
	return nil
}

// back cancels what is read or asked, else comes back from the details, else clears the filter.
func (v *View) back() tea.Cmd {
	switch {
	case v.newer.IsOpen():
		v.newer.Cancel()
		return screen.Says(theme.Attention, "cancelled")
	case v.inventory.IsOpen():
		v.inventory.Cancel()
		return screen.Says(theme.Attention, "cancelled; R reads the tree")
	case v.panes.Back():
	case v.list.Filter() != "":
		v.setFilter("")
	}
	return nil
}

// Subject is the tree, and the plugin that is selected.
func (v *View) Subject() string {
	if !v.chosen {
		return ""
	}
	subject := screen.TreeName(v.tree)
	if p, found := v.list.Selected(); found {
		subject += " › " + p.Component
	}
	return subject
}

// Hints are the actions that work now.
func (v *View) Hints() []keymap.Action {
	return []keymap.Action{keymap.PluginsCheck, keymap.PluginsUpdate, keymap.PluginsFor, keymap.PluginsTree}
}

// Twin is the command that prints the plugins on lines.
func (v *View) Twin() []string {
	words := []string{"plugins"}
	if v.tree.Tree != "" {
		words = append(words, v.tree.Tree)
	}
	if v.forThis != "" {
		words = append(words, "--for", v.forThis)
	}
	return append(words, "--all")
}

// Copies offers the name, the path, the branch and the repository of the plugin.
func (v *View) Copies() []screen.Copyable {
	p, found := v.list.Selected()
	if !found {
		return nil
	}
	var all []screen.Copyable
	for _, c := range []screen.Copyable{
		{What: "name of the plugin", Text: p.Component},
		{What: "path", Text: job.ShowPath(p.Raw)},
		{What: "branch", Text: p.Origin.Branch},
		{What: "repository", Text: p.Origin.Remote},
		{What: "version", Text: p.Version},
	} {
		if c.Text != "" {
			all = append(all, c)
		}
	}
	return all
}
