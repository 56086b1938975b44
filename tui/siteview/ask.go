package siteview

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// timeout is how long a repository may take to answer, as for the command.
const timeout = 30 * time.Second

func newList(v *View) widget.Table[*job.SiteReport] {
	type site = *job.SiteReport
	text := func(of func(s site) string) func(site) widget.Span {
		return func(s site) widget.Span { return widget.Span{Text: of(s)} }
	}
	return widget.Table[site]{
		Columns: []widget.Column[site]{
			{Title: "Site", Most: 24, Middle: true, Cell: func(s site) widget.Span { return widget.Span{Text: s.Name, Role: theme.Strong} }},
			{Title: "State", Elastic: true, Least: 18, Cell: v.state},
			{Title: "Environment", Most: 14, Rank: 4, Cell: text(func(s site) string { return s.Environment })},
			{Title: "Runs", Most: 26, Rank: 1, Cell: text(func(s site) string { return s.Runs() })},
			{Title: "Target", Most: 26, Middle: true, Rank: 3, Cell: text(report.SiteTarget)},
			{Title: "Hacks", Right: true, Rank: 2, Cell: hacks},
		},
		ID: func(s site) string { return s.Name },
		Fields: map[string]func(site) []string{
			"environment": func(s site) []string { return []string{s.Environment} },
			"target":      func(s site) []string { return []string{report.SiteTarget(s)} },
			"state":       func(s site) []string { return []string{v.state(s).Text} },
		},
		Empty: "No site is named in sites.toml: `mgit config edit site.live.path /srv/moodle` names one.",
	}
}

// state is the worst that is to be said of a site, or that it waits to be looked into.
func (v *View) state(s *job.SiteReport) widget.Span {
	switch {
	case v.failed[s.Name] != nil:
		text, _ := v.host.Explain(v.failed[s.Name])
		return widget.Span{Text: "x " + text, Role: theme.Bad}
	case !s.Looked && v.now == s.Name && v.looked.IsOpen():
		return widget.Span{Text: "… looking", Role: theme.Faint}
	}
	sign, text := report.SiteState(s)
	role := theme.Faint
	switch sign {
	case "x":
		role = theme.Bad
	case "!":
		role = theme.Attention
	case "=":
		role = theme.Good
	}
	return widget.Span{Text: sign + " " + text, Role: role}
}

func hacks(s *job.SiteReport) widget.Span {
	role := theme.Faint
	if s.Live != nil && s.Live.Orphans > 0 {
		role = theme.Bad
	}
	return widget.Span{Text: report.SiteHacks(s), Role: role}
}

func (v *View) askList() tea.Cmd {
	return v.listed.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.SitesReport, error) {
		return v.asks.sites(ctx, site, job.SitesRequest{Quick: true, Series: v.host.Series})
	})
}

// queue has every site that can be looked into wait for it. What was known of one stays until then.
func (v *View) queue() {
	r, _ := v.listed.Value()
	known := v.known
	v.known, v.failed, v.waiting = map[string]*job.SiteReport{}, map[string]error{}, nil
	for i := range r.Sites {
		s := &r.Sites[i]
		if before := known[s.Name]; before != nil {
			v.known[s.Name] = before
		}
		v.waiting = append(v.waiting, s.Name)
	}
}

// lookNext looks into the next site: one at a time, since each reads a whole tree.
func (v *View) lookNext() tea.Cmd {
	if len(v.waiting) == 0 {
		return nil
	}
	v.now, v.waiting = v.waiting[0], v.waiting[1:]
	name := v.now
	cmd := v.looked.Ask(v.host, func(ctx context.Context, site *job.Site, p *screen.Progress) (*job.SitesReport, error) {
		return v.asks.sites(ctx, site, job.SitesRequest{Names: []string{name}, Series: v.host.Series, Progress: screen.Reading(p)})
	})
	v.arrange()
	return cmd
}

func (v *View) takeLook() {
	if err := v.looked.Err(); err != nil {
		v.failed[v.now] = err
		return
	}
	if r, known := v.looked.Value(); known && len(r.Sites) == 1 {
		v.known[r.Sites[0].Name] = &r.Sites[0]
	}
}

// arrange takes over what is known of the sites.
func (v *View) arrange() {
	r, known := v.listed.Value()
	if !known {
		return
	}
	rows := make([]*job.SiteReport, len(r.Sites))
	for i := range r.Sites {
		rows[i] = &r.Sites[i]
		if looked := v.known[rows[i].Name]; looked != nil {
			rows[i] = looked
		}
	}
	v.list.SetRows(rows)
	v.describe()
}

// askCheck proves the pins of the selected site.
func (v *View) askCheck() tea.Cmd {
	s, problem := v.withPins()
	if problem != nil {
		return problem
	}
	v.checking = s.Name
	request := job.EnvCheckRequest{EnvRequest: job.EnvRequest{Site: s.Name}, Timeout: timeout}
	cmd := v.checked.Ask(v.host, func(ctx context.Context, site *job.Site, p *screen.Progress) (*job.EnvCheckReport, error) {
		p.Say("asking the plugins' repositories")
		request.Progress = screen.Reading(p)
		return v.asks.check(ctx, site, request)
	})
	return tea.Batch(screen.Says(theme.Text, "Checking the pins of "+s.Name+", which asks the plugins' repositories; "+v.host.Keys.Key(keymap.Back)+" cancels"), cmd)
}

// withPins is the selected site when it has an .env file, else what to say instead.
func (v *View) withPins() (*job.SiteReport, tea.Cmd) {
	s, found := v.list.Selected()
	switch {
	case !found:
		return nil, screen.Says(theme.Attention, "choose a site first")
	case s.EnvFile == "":
		return nil, screen.Says(theme.Attention, s.Name+" has no .env file in sites.toml; `mgit config edit site."+s.Name+".env_file PATH` names it")
	}
	return s, nil
}

func (v *View) sayChecked() tea.Cmd {
	if err := v.checked.Err(); err != nil {
		text, hint := v.host.Explain(err)
		return screen.Says(theme.Bad, strings.TrimSpace(text+". "+hint))
	}
	r, known := v.checked.Value()
	if !known {
		return nil
	}
	role, pins, unproven := theme.Good, 0, 0
	for _, f := range r.Files {
		pins += len(f.Pins)
		unproven += len(f.Unproven)
	}
	if r.Findings() > 0 {
		role = theme.Bad
	}
	return screen.Says(role, fmt.Sprintf("%s: %s of %s, %d not to be told", v.checking, report.Count(r.Findings(), "finding", "findings"), report.Count(pins, "pin", "pins"), unproven))
}

func (v *View) askFilter() tea.Cmd {
	return screen.AsksFilter(screen.Prompt{Initial: v.list.Filter()}, v.setFilter)
}

func (v *View) setFilter(text string) error {
	err := v.list.SetFilter(text)
	v.describe()
	return err
}

// edit opens the .env file of the selected site in the editor. It is in the work tree, as the command looks
// for it there.
func (v *View) edit() tea.Cmd {
	s, problem := v.withPins()
	if problem != nil {
		return problem
	}
	if !filepath.IsLocal(filepath.FromSlash(s.EnvFile)) || len(s.Problems) > 0 {
		return screen.Says(theme.Attention, s.EnvFile+" cannot be opened; what is wrong with it stands beside the site")
	}
	sites, within, name := v.host.Sites, v.host.Within(), s.EnvFile
	return func() tea.Msg {
		dir := ""
		err := sites.Do(within, func(site *job.Site) error {
			dir = site.Repo.WorkTree()
			return nil
		})
		if err != nil || dir == "" {
			return screen.NoticeMsg{Role: theme.Bad, Text: "this clone has no work tree"}
		}
		return screen.EditMsg{Dir: dir, Paths: []string{filepath.FromSlash(name)}, Then: screen.Changed{}}
	}
}
