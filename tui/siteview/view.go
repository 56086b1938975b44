// Package siteview is the view of sites: every place where the code runs, which build that is, how it differs from
// its target, and the version pins of its .env file. It says what `mgit sites` and `mgit env` say, and brings
// pins up to date.
package siteview

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// View shows the sites.
type View struct {
	host *screen.Host
	asks asks

	listed  screen.Question[*job.SitesReport]    // what sites.toml says
	looked  screen.Question[*job.SitesReport]    // one site, looked into
	checked screen.Question[*job.EnvCheckReport] // the .env file of one site

	waiting  []string                   // sites that are to be looked into, the next one first
	now      string                     // the one that looked is about
	known    map[string]*job.SiteReport // those that were
	failed   map[string]error           // those that could not be
	checking string                     // the site that checked is about
	list     widget.Table[*job.SiteReport]

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
	check   func(context.Context, *job.Site, job.EnvCheckRequest) (*job.EnvCheckReport, error)
	bump    func(context.Context, *job.Site, job.EnvBumpRequest) (*job.EnvBumpReport, error)
	promote func(context.Context, *job.Site, job.EnvPromoteRequest) (*job.EnvPromoteReport, error)
}

// New returns the view.
func New(h *screen.Host) *View {
	v := &View{
		host: h, known: map[string]*job.SiteReport{}, failed: map[string]error{}, facts: &widget.Facts{},
		asks: asks{job.Sites, job.EnvCheck, job.EnvBump, job.EnvPromote},
	}
	v.list = newList(v)
	return v
}

// Name is the view's context in the key table.
func (v *View) Name() keymap.Context { return keymap.Sites }

// Title is the view's name.
func (v *View) Title() string { return "Sites" }

// Enter lists the sites, and selects the one that another view names.
func (v *View) Enter(subject string) tea.Cmd {
	if subject != "" {
		v.list.Select(subject)
	}
	if _, known := v.listed.Value(); known || v.listed.IsOpen() {
		return nil
	}
	return v.askList()
}

// Reload asks for everything anew.
func (v *View) Reload() tea.Cmd {
	v.looked.Cancel()
	return v.askList()
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
	case msg.To(&v.listed):
		if v.listed.Err() != nil {
			return nil
		}
		v.queue()
		v.arrange()
		return v.lookNext()
	case msg.To(&v.looked):
		v.takeLook()
		v.arrange()
		return v.lookNext()
	case msg.To(&v.checked):
		v.describe()
		return v.sayChecked()
	}
	return nil
}

// Act does what a key means.
func (v *View) Act(a keymap.Action) tea.Cmd {
	if v.panes.Act(a) {
		return nil
	}
	switch a {
	case keymap.Open:
		return v.open(keymap.Corehacks)
	case keymap.SitesPlugins:
		return v.open(keymap.Plugins)
	case keymap.SitesCheck:
		return v.askCheck()
	case keymap.SitesBump:
		return v.bump()
	case keymap.SitesPromote:
		return v.offerPromote()
	case keymap.Edit:
		return v.edit()
	case keymap.Filter:
		return v.askFilter()
	case keymap.Refresh:
		return v.Reload()
	case keymap.Back:
		return v.back()
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

// open shows the site's tree in another view.
func (v *View) open(view keymap.Context) tea.Cmd {
	s, found := v.list.Selected()
	switch {
	case !found:
		return nil
	case s.Path == "":
		return screen.Says(theme.Attention, s.Name+" has no folder in sites.toml; `mgit config edit site."+s.Name+".path PATH` names it")
	case !s.IsHere:
		return screen.Says(theme.Attention, s.Path+" is not on this machine")
	}
	return screen.Opens(view, s.Path)
}

// back cancels what is asked, else comes back from the details, else clears the filter.
func (v *View) back() tea.Cmd {
	switch {
	case v.checked.IsOpen():
		v.checked.Cancel()
		return screen.Says(theme.Attention, "cancelled")
	case v.looked.IsOpen():
		v.looked.Cancel()
		v.waiting = nil
		return screen.Says(theme.Attention, "cancelled; R looks again")
	case v.panes.Back():
	case v.list.Filter() != "":
		v.setFilter("")
	}
	return nil
}

// Subject is the site that is selected.
func (v *View) Subject() string {
	if s, found := v.list.Selected(); found {
		return s.Name
	}
	return ""
}

// Hints are the actions that work on the selected site.
func (v *View) Hints() []keymap.Action {
	s, found := v.list.Selected()
	if !found {
		return nil
	}
	var hints []keymap.Action
	if s.IsHere {
		hints = append(hints, keymap.Open)
	}
	if s.EnvFile != "" {
		hints = append(hints, keymap.SitesCheck, keymap.SitesBump, keymap.SitesPromote)
	}
	return hints
}

// Twin is the command that prints the sites on lines.
func (v *View) Twin() []string {
	if v.host.Series == "" {
		return []string{"sites"}
	}
	return []string{"sites", "--series", v.host.Series}
}

// Copies offers what can be copied of the selected site.
func (v *View) Copies() []screen.Copyable {
	s, found := v.list.Selected()
	if !found {
		return nil
	}
	all := []screen.Copyable{{What: "name of the site", Text: s.Name}}
	if s.Path != "" {
		all = append(all, screen.Copyable{What: "folder", Text: s.Path})
	}
	if s.EnvFile != "" {
		all = append(all, screen.Copyable{What: ".env file", Text: s.EnvFile})
	}
	if s.Target != nil && s.Target.Name != "" {
		all = append(all, screen.Copyable{What: "target", Text: s.Target.Name})
	}
	if s.Live != nil {
		all = append(all, screen.Copyable{What: "commit of the pin", Text: s.Live.Pin.Commit.String()})
	}
	return all
}
