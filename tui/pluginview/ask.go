package pluginview

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// timeout is how long a repository may take to answer, as for the command.
const timeout = 30 * time.Second

func (v *View) askKnown() tea.Cmd {
	return v.known.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.SitesReport, error) {
		return v.asks.sites(ctx, site, job.SitesRequest{Quick: true, Series: v.host.Series})
	})
}

// look reads another tree.
func (v *View) look(t job.KnownTree) tea.Cmd {
	if !v.chosen || t.Tree != v.tree.Tree {
		v.inventory.Answer(nil, context.Canceled) // of another tree, and what is still read of it too
		v.list.SetRows(nil)
		v.describe()
	}
	v.tree, v.chosen = t, true
	return v.askInventory()
}

func (v *View) askInventory() tea.Cmd {
	request := job.PluginsRequest{Tree: v.tree.Tree, For: v.forThis}
	return v.inventory.Ask(v.host, func(ctx context.Context, site *job.Site, p *screen.Progress) (*job.PluginsReport, error) {
		request.Progress = screen.Reading(p)
		return v.asks.plugins(ctx, site, request)
	})
}

// askFor asks which Moodle the plugins are held against beside the tree's own.
func (v *View) askFor() tea.Cmd {
	return screen.Asks(screen.Prompt{
		Label: "Hold against which Moodle? A tag or series; empty for the tree's own", Initial: v.forThis,
		Done: func(text string) tea.Cmd {
			v.forThis = strings.TrimSpace(text)
			v.newer.Answer(nil, context.Canceled)
			return v.askInventory()
		},
	})
}

// askNewer asks the plugins' repositories.
func (v *View) askNewer() tea.Cmd {
	forThis := v.forThis
	cmd := v.newer.Ask(v.host, func(ctx context.Context, site *job.Site, p *screen.Progress) (*job.PluginsUpdateReport, error) {
		p.Say("asking the plugins' repositories")
		request, err := v.asks.series(ctx, site, v.host.Series, forThis)
		if err != nil {
			return nil, err
		}
		request.Check, request.Timeout = true, timeout
		r, _, err := v.asks.update(ctx, site, request)
		return r, err
	})
	return tea.Batch(screen.Says(theme.Text, "Asking the plugins' repositories; "+v.host.Keys.Key(keymap.Back)+" cancels"), cmd)
}

// sayNewer says what the repositories have.
func (v *View) sayNewer() tea.Cmd {
	if err := v.newer.Err(); err != nil {
		text, hint := v.host.Explain(err)
		v.describe()
		return screen.Says(theme.Bad, strings.TrimSpace(text+". "+hint))
	}
	r, known := v.newer.Value()
	if !known {
		return nil
	}
	v.arrange()
	if len(r.Plugins) == 0 {
		return screen.Says(theme.Attention, "plugins.toml has no plugin, and no record says that one is somebody else's")
	}
	return screen.Says(theme.Text, report.UpdateSummary(r, 0, true, false))
}

// offerUpdate asks which plugins get newer releases.
func (v *View) offerUpdate() tea.Cmd {
	var marked []string
	for _, p := range v.list.Marked() {
		if p.Component != "" {
			marked = append(marked, p.Component)
		}
	}
	slices.Sort(marked)
	marked = slices.Compact(marked)
	these := screen.Choice{Key: "s", Text: strings.Join(marked, ", "), Help: "asks its repository", Take: func() tea.Cmd { return v.startUpdate(marked) }}
	if len(marked) > 1 {
		these.Text, these.Help = fmt.Sprintf("%d marked plugins", len(marked)), strings.Join(marked, ", ")
	}
	all := screen.Choice{Key: "a", Text: "all", Help: "of plugins.toml, and whose record says that they are somebody else's", Take: func() tea.Cmd { return v.startUpdate(nil) }}
	if len(marked) == 0 {
		return screen.Offers("Take newer releases of which plugins?", all)
	}
	return screen.Offers("Take newer releases of which plugins?", these, all)
}

// updated is what an update did.
type updated struct {
	report *job.PluginsUpdateReport
	run    int
}

func (v *View) startUpdate(components []string) tea.Cmd {
	do := func(ctx context.Context, site *job.Site, p *screen.Progress, dryRun bool) (updated, error) {
		p.Say("asking the plugins' repositories")
		request, err := v.asks.series(ctx, site, v.host.Series, "")
		if err != nil {
			return updated{}, err
		}
		request.Components, request.DryRun, request.Timeout = components, dryRun, timeout
		request.UpdateWorktrees = slices.Contains(v.host.Allow, "checked-out")
		r, run, err := v.asks.update(ctx, site, request)
		return updated{r, run}, err
	}
	title := "Take newer releases of all plugins"
	if len(components) > 0 {
		title = "Take newer releases of " + strings.Join(components, ", ")
	}
	command := append([]string{"plugins", "update"}, components...)
	if v.host.Series != "" {
		command = append(command, "--series", v.host.Series)
	}
	if slices.Contains(v.host.Allow, "checked-out") {
		command = append(command, "--update-worktrees")
	}
	return screen.Start(screen.Task{
		Title: title, Command: command,
		Plan: func(ctx context.Context, site *job.Site, p *screen.Progress) (screen.Preview, error) {
			made, err := do(ctx, site, p, true)
			if err != nil {
				return screen.Preview{}, err
			}
			shared, err := screen.SharedMove(ctx, site)
			return previewOf(made.report, shared), err
		},
		Work: func(ctx context.Context, site *job.Site, p *screen.Progress) (any, error) {
			return do(ctx, site, p, false)
		},
		Done: func(result any) (string, tea.Cmd) {
			made := result.(updated)
			v.newer.Answer(nil, context.Canceled)
			return report.UpdateSummary(made.report, made.run, false, false), nil
		},
		Ended: func(result any) screen.Ending {
			r := result.(updated).report
			return screen.EndingOf(r.NeedsPerson(), r.IsUnreachable())
		},
	})
}

func previewOf(r *job.PluginsUpdateReport, shared screen.Move) screen.Preview {
	p := screen.Preview{}
	for _, u := range r.Plugins {
		sign, _ := outcomeSign(u.Outcome)
		line := fmt.Sprintf("%s %s  %s", sign, u.Outcome, u.Component)
		if u.Fitting != nil {
			line += ": " + report.PluginHas(u) + " → " + report.UpdateFits(u)
		}
		p.Lines = append(p.Lines, line)
		for _, text := range report.UpdateLines(u) {
			p.Lines = append(p.Lines, "  "+text)
		}
		if u.Outcome == job.PluginUpdated {
			p.Moves = append(p.Moves, screen.Move{Ref: "refs/heads/" + u.Branch, Old: u.OldTip.String(), New: screen.MadeByRun})
		}
	}
	if len(p.Moves) == 0 {
		p.Nothing = report.UpdateSummary(r, 0, true, false) + " There is nothing to take."
		p.Ended = screen.EndingOf(r.NeedsPerson(), r.IsUnreachable())
		return p
	}
	p.Moves = append(p.Moves, shared)
	p.Lines = append(p.Lines, "the pins in plugins.toml move along")
	return p
}

func (v *View) askFilter() tea.Cmd {
	return screen.AsksFilter(screen.Prompt{Initial: v.list.Filter()}, v.setFilter)
}

func (v *View) setFilter(text string) error {
	err := v.list.SetFilter(text)
	v.describe()
	return err
}

// edit opens version.php of the plugin in the editor.
func (v *View) edit() tea.Cmd {
	p, found := v.list.Selected()
	r, known := v.inventory.Value()
	switch {
	case !found || !known:
		return screen.Says(theme.Attention, "choose a plugin first")
	case r.IsRef:
		return screen.Says(theme.Attention, r.Tree+" is no folder: check it out to edit it")
	case r.TreeBytes != "":
		return screen.Says(theme.Attention, "the name of the folder is not UTF-8")
	}
	msg := screen.EditMsg{Dir: r.Tree, Paths: []string{path.Join(p.Raw, "version.php")}, Then: screen.Changed{}}
	return func() tea.Msg { return msg }
}

// arrange takes over what the inventory says.
func (v *View) arrange() {
	r, known := v.inventory.Value()
	if !known {
		return
	}
	rows := make([]*job.InventoryPlugin, len(r.Plugins))
	for i := range r.Plugins {
		rows[i] = &r.Plugins[i]
	}
	v.list.Columns = v.columns()
	v.list.SetRows(rows)
	v.describe()
}
