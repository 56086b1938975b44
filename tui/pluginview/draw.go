package pluginview

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// headHeight is how many lines stand above the list.
const headHeight = 1

// Render draws the view.
func (v *View) Render(width, height int) string {
	v.width, v.height = width, height
	look := v.host.Theme
	r, known := v.inventory.Value()
	if !known {
		var drawn []string
		for _, line := range v.nothing().Lines(width) {
			drawn = append(drawn, line.Render(look, width))
		}
		return widget.Box(drawn, width, height)
	}
	title := "Plugins"
	if f := v.list.Filter(); f != "" {
		title += " /" + cells.Clean(f)
	}
	v.panes.Upper = len(v.list.Rows()) + 3 // what the list does not need is the details'
	first := widget.Pane{Title: title, Footer: v.list.Footer(), Draw: func(w, h int) string {
		return v.list.Render(look, w, h, !v.panes.Second)
	}}
	second := widget.Pane{Title: "What is known", Draw: func(w, h int) string {
		if v.laidOut != w {
			v.text.SetLines(v.facts.Lines(w))
			v.laidOut = w
		}
		return v.text.Render(look, w, h)
	}}
	return v.headLine(r).Render(look, width) + "\n" + v.panes.Render(look, first, second, width, max(0, height-headHeight))
}

// headLine says what is shown, and while something is read or asked how far that is.
func (v *View) headLine(r *job.PluginsReport) widget.Line {
	now := v.host.Now()
	line := widget.Line{{Text: screen.TreeName(v.tree) + "  ", Role: theme.Strong}}
	err := v.inventory.Err()
	switch {
	case v.newer.IsSlow(now):
		return append(line, widget.Span{Text: v.newer.Progress().Text() + " …", Role: theme.Attention})
	case v.inventory.IsSlow(now):
		return append(line, widget.Span{Text: "reading anew: " + v.inventory.Progress().Text(), Role: theme.Attention})
	case err != nil && !v.inventory.IsOpen():
		text, _ := v.host.Explain(err)
		return append(line, widget.Span{Text: "x as it was read before; now: " + text, Role: theme.Bad})
	}
	line = append(line, widget.Span{Text: fmt.Sprintf("%d beside those of %s", len(r.Plugins), report.CoreName(r.Moodle))})
	if r.For != nil {
		line = append(line, widget.Span{Text: ", held against " + report.CoreName(*r.For)})
	}
	for _, part := range []struct {
		n    int
		text string
		role theme.Role
	}{
		{r.Totals.Unseen, "x %d not seen", theme.Bad},
		{r.Totals.Refused, "x %d refused", theme.Bad},
		{r.Totals.Untested, "! %d untested", theme.Attention},
		{r.Totals.UnmetNeeds, "! %d lacking what they need", theme.Attention},
		{r.Totals.Changed, "! %d changed", theme.Attention},
	} {
		if part.n > 0 {
			line = append(line, widget.Span{Text: " · ", Role: theme.Faint}, widget.Span{Text: fmt.Sprintf(part.text, part.n), Role: part.role})
		}
	}
	return line
}

// nothing stands in place of an inventory that is not there yet, or could not be made.
func (v *View) nothing() *widget.Facts {
	f := &widget.Facts{}
	key := v.host.Keys.Key
	err := v.inventory.Err()
	if err == nil && !v.chosen {
		err = v.known.Err()
	}
	switch {
	case err != nil:
		f.Fail(v.host.Explain(err))
		f.Say(theme.Faint, key(keymap.PluginsTree)+" chooses another tree, "+key(keymap.Refresh)+" tries again")
	case v.inventory.IsSlow(v.host.Now()):
		f.Say(theme.Text, "Looking for the plugins of "+screen.TreeName(v.tree)+" …")
		f.Say(theme.Faint, v.inventory.Progress().Text())
		f.Say(theme.Faint, key(keymap.Back)+" cancels")
	case v.chosen && !v.inventory.IsOpen():
		f.Say(theme.Faint, screen.TreeName(v.tree)+" was not read. "+key(keymap.Refresh)+" reads it, "+key(keymap.PluginsTree)+" chooses another tree.")
	case !v.chosen && !v.known.IsOpen():
		f.Say(theme.Faint, "There is no tree to look into: this clone has no work tree, no target and no site on this machine.")
		f.Say(theme.Faint, key(keymap.PluginsTree)+" names a folder; `mgit config edit site.NAME.path PATH` remembers one")
	}
	return f
}

// describe says what is known of the selected plugin.
func (v *View) describe() {
	f := &widget.Facts{}
	v.facts, v.laidOut = f, 0
	v.text.Act(keymap.First)
	p, found := v.list.Selected()
	r, known := v.inventory.Value()
	if !known {
		return
	}
	if found {
		f.Say(theme.Strong, p.Component)
		v.describePlugin(f, r, p)
	}
	for _, cycle := range r.Cycles {
		f.Say(theme.Attention, "! "+report.CycleWords(cycle))
	}
	for _, w := range r.Warnings {
		f.Say(theme.Attention, "! "+w.Text)
	}
}

func (v *View) describePlugin(f *widget.Facts, r *job.PluginsReport, p *job.InventoryPlugin) {
	for _, text := range report.PluginRemarks(r, p) {
		f.Say(theme.Attention, "! "+text)
	}
	f.Add("path", job.ShowPath(p.Raw))
	f.Add("release", strings.TrimSpace(p.Release+"  "+p.Version))
	f.Add("maturity", p.Maturity)
	f.Add("requires", p.Requires)
	if s := p.Supported; s != nil {
		f.Add("supported", s.From+" to "+s.To)
	}
	f.Add("refuses", p.Incompatible)
	f.Add("fits", fitLine(p.Fit, p, r.Moodle))
	if r.For != nil {
		f.Add("", fitLine(p.FitFor, p, *r.For))
	}
	for _, n := range p.Dependencies {
		f.Add("needs", strings.TrimSpace(fmt.Sprintf("%s %s: %s", n.Component, n.Version, n.State)))
	}
	f.Add("owner", p.Owner)
	f.Add("sub-plugins", strings.Join(p.SubPlugins, ", "))
	f.Add("from", report.PluginFrom(p))
	f.Add("origin", p.Origin.Kind)
	if !strings.Contains(report.PluginFrom(p), p.Origin.Remote) {
		f.Add("repository", p.Origin.Remote)
	}
	f.Add("checked out", p.Origin.CheckedOut)
	f.Add("", p.Origin.Problem)
	if pin := p.Pin; pin != nil {
		f.Add("made from", pin.Name+", says "+pin.By)
	}
	f.Add("changed", strings.TrimSpace(report.PluginChanged(p)+"  "+p.ChangesNote))
	f.Add("files", fmt.Sprint(p.Files))
	f.Add("newest", strings.TrimSpace(report.PluginNewest(p)+"  "+p.NewestNote))
	if len(p.Unread) > 0 {
		f.Add("computed", strings.Join(p.Unread, ", ")+": not evaluated")
	}
	v.describeUpdate(f, p)
}

func fitLine(fit *job.PluginFit, p *job.InventoryPlugin, core job.PluginCore) string {
	return report.PluginFits(fit, p) + " on " + report.CoreName(core)
}

// describeUpdate says what the plugin's repository has, where it was asked.
func (v *View) describeUpdate(f *widget.Facts, p *job.InventoryPlugin) {
	u := v.update(p)
	if u == nil {
		return
	}
	f.Say(theme.Title, "In its repository")
	sign, role := outcomeSign(u.Outcome)
	f.AddAs(role, "outcome", sign+" "+u.Outcome)
	f.Add("has", report.PluginHas(*u))
	if u.Newest != nil {
		f.Add("newest", u.Newest.Name)
	}
	f.Add("fits", report.UpdateFits(*u))
	for _, line := range report.UpdateLines(*u) {
		f.Say(theme.Text, line)
	}
}
