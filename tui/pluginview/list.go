package pluginview

import (
	"strings"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/report"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

func newList(v *View) widget.Table[*job.InventoryPlugin] {
	return widget.Table[*job.InventoryPlugin]{
		Columns: v.columns(),
		ID:      func(p *job.InventoryPlugin) string { return p.Raw },
		Fields: map[string]func(*job.InventoryPlugin) []string{
			"from":    func(p *job.InventoryPlugin) []string { return []string{p.Origin.Kind, report.PluginFrom(p)} },
			"fits":    func(p *job.InventoryPlugin) []string { return []string{v.fits(p)} },
			"changed": func(p *job.InventoryPlugin) []string { return []string{yesNo(isChanged(p))} },
			"wrong":   func(p *job.InventoryPlugin) []string { return []string{yesNo(len(v.remarks(p)) > 0)} },
			"outcome": func(p *job.InventoryPlugin) []string { return []string{v.outcome(p)} },
		},
		Empty: "This tree has no plugins beside Moodle's own.",
	}
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func isChanged(p *job.InventoryPlugin) bool { return p.Changes != nil && !p.Changes.IsNone() }

// columns are those of the table: one more where another Moodle was asked about.
func (v *View) columns() []widget.Column[*job.InventoryPlugin] {
	here, there := "Fits", ""
	if r, known := v.inventory.Value(); known {
		here = "Fits " + r.Moodle.Series.String()
		if r.For != nil {
			there = "Fits " + r.For.Series.String()
		}
	}
	type plugin = *job.InventoryPlugin
	columns := []widget.Column[plugin]{
		{Title: "", Width: 1, Cell: v.sign},
		{Title: "Plugin", Elastic: true, Least: 20, Middle: true, Cell: v.name},
		{Title: "Release", Most: 18, Cell: func(p plugin) widget.Span { return widget.Span{Text: report.PluginRelease(p)} }},
		{Title: "From", Most: 40, Middle: true, Rank: 3, Cell: origin},
		{Title: "Changed", Rank: 4, Cell: changed},
		{Title: here, Rank: 1, Cell: func(p plugin) widget.Span { return fit(p.Fit, p) }},
	}
	if there != "" {
		columns = append(columns, widget.Column[plugin]{Title: there, Cell: func(p plugin) widget.Span { return fit(p.FitFor, p) }})
	}
	return append(columns, widget.Column[plugin]{Title: "Newest", Most: 18, Rank: 2, Cell: v.newest})
}

// remarks are what is wrong with a plugin.
func (v *View) remarks(p *job.InventoryPlugin) []string {
	r, known := v.inventory.Value()
	if !known {
		return nil
	}
	return report.PluginRemarks(r, p)
}

func (v *View) sign(p *job.InventoryPlugin) widget.Span {
	switch {
	case !p.Seen:
		return widget.Span{Text: "x", Role: theme.Bad}
	case len(v.remarks(p)) > 0:
		return widget.Span{Text: "!", Role: theme.Attention}
	case p.Origin.Kind == job.FromUnknown:
		return widget.Span{Text: "?", Role: theme.Attention}
	}
	return widget.Span{Text: "=", Role: theme.Good}
}

// name is the plugin; a sub-plugin that came with its owner stands further in.
func (v *View) name(p *job.InventoryPlugin) widget.Span {
	name := p.Component
	if name == "" {
		name = job.ShowPath(p.Raw)
	}
	if p.Origin.Kind == job.FromOwner {
		name = "  " + name
	}
	return widget.Span{Text: name, Role: theme.Strong}
}

func origin(p *job.InventoryPlugin) widget.Span {
	role := theme.Text
	if p.Origin.Kind == job.FromUnknown {
		role = theme.Attention
	}
	return widget.Span{Text: report.PluginFrom(p), Role: role}
}

func changed(p *job.InventoryPlugin) widget.Span {
	role := theme.Faint
	if isChanged(p) {
		role = theme.Attention
	}
	return widget.Span{Text: report.PluginChanged(p), Role: role}
}

func (v *View) fits(p *job.InventoryPlugin) string {
	if r, known := v.inventory.Value(); known && r.For != nil {
		return report.PluginFits(p.FitFor, p)
	}
	return report.PluginFits(p.Fit, p)
}

func fit(f *job.PluginFit, p *job.InventoryPlugin) widget.Span {
	word := report.PluginFits(f, p)
	role := theme.Text
	switch word {
	case "yes":
		word, role = "+ yes", theme.Good
	case "no", "not seen":
		word, role = "x "+word, theme.Bad
	case moodle.Untested.String():
		word, role = "! "+word, theme.Attention
	default:
		word = "? " + strings.TrimPrefix(word, "?")
	}
	return widget.Span{Text: word, Role: role}
}

// update is what the plugins' repositories were found to have for a plugin, as far as they were asked.
func (v *View) update(p *job.InventoryPlugin) *job.PluginUpdate {
	r, known := v.newer.Value()
	if !known {
		return nil
	}
	for i := range r.Plugins {
		if r.Plugins[i].Component == p.Component && p.Component != "" {
			return &r.Plugins[i]
		}
	}
	return nil
}

func (v *View) outcome(p *job.InventoryPlugin) string {
	if u := v.update(p); u != nil {
		return u.Outcome
	}
	return ""
}

// newest is the newest release that fits: as the repository says, where it was asked here, else as far as
// it was asked before.
func (v *View) newest(p *job.InventoryPlugin) widget.Span {
	u := v.update(p)
	if u == nil {
		return widget.Span{Text: report.PluginNewest(p), Role: theme.Text}
	}
	sign, role := outcomeSign(u.Outcome)
	text := sign + " " + u.Outcome
	if u.Fitting != nil && u.Outcome == job.PluginNewer {
		text = sign + " " + u.Fitting.Name
	}
	return widget.Span{Text: text, Role: role}
}

// outcomeSign is as in the table of `mgit plugins update`.
func outcomeSign(outcome string) (sign string, role theme.Role) {
	switch outcome {
	case job.PluginUpdated, job.PluginNewer:
		return "+", theme.Good
	case job.PluginCurrent:
		return "=", theme.Good
	case job.PluginConflict, job.PluginMoved:
		return "!", theme.Attention
	case job.PluginFailed, job.PluginUnreachable:
		return "x", theme.Bad
	}
	return "-", theme.Faint
}
