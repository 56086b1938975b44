package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

// pluginsText prints an inventory of plugins for people.
type pluginsText struct {
	*call
	w   io.Writer
	p   palette
	r   *job.PluginsReport
	all bool
}

func (t *pluginsText) write() error {
	fmt.Fprintln(t.w, t.p.strong(t.heading()))
	if len(t.r.Plugins) == 0 {
		return nil
	}
	fmt.Fprintln(t.w)
	if err := t.table(); err != nil {
		return err
	}
	t.remarks()
	fmt.Fprintf(t.w, "\n%s\n", t.totals())
	return nil
}

func (t *pluginsText) heading() string {
	what := "no plugins"
	if n := len(t.r.Plugins); n > 0 {
		what = plural(n, "plugin")
	}
	return fmt.Sprintf("%s beside those of %s in %s", what, coreName(t.r.Moodle), printable(t.r.Tree))
}

// coreName is what people call a Moodle: "Moodle 4.1.3".
func coreName(core job.PluginCore) string {
	if core.Tag != "" {
		return "Moodle " + strings.TrimPrefix(core.Tag, "v")
	}
	release, _, _ := strings.Cut(core.Release, " (")
	if release == "" {
		return "a Moodle of version " + printable(core.Version)
	}
	return "Moodle " + printable(release)
}

// table lists the plugins; those that came with their owners count there.
func (t *pluginsText) table() error {
	fits := "FITS " + t.r.Moodle.Series.String()
	columns := []column{{title: "PLUGIN"}, {title: "RELEASE", elastic: true}, {title: "FROM", elastic: true}, {title: "CHANGED"}, {title: fits}}
	if t.r.For != nil {
		columns = append(columns, column{title: "FITS " + t.r.For.Series.String()})
	}
	table := table{columns: append(columns, column{title: "NEWEST", elastic: true})}
	for i := range t.r.Plugins {
		p := &t.r.Plugins[i]
		if p.Origin.Kind == job.FromOwner && !t.all {
			continue
		}
		cells := []string{t.name(p), pluginRelease(p), t.origin(p), pluginChanged(p), t.fit(p.Fit, p)}
		if t.r.For != nil {
			cells = append(cells, t.fit(p.FitFor, p))
		}
		table.add(append(cells, pluginNewest(p))...)
	}
	return table.writeTo(t.w, t.p, t.tableWidth())
}

func (t *pluginsText) name(p *job.InventoryPlugin) string {
	name := printable(p.Component)
	if p.Origin.Kind == job.FromOwner {
		name = "  " + name
	}
	if n := t.cameWith(p); n > 0 && !t.all {
		name += fmt.Sprintf(" +%d", n)
	}
	return name
}

// cameWith counts the sub-plugins that came with a plugin.
func (t *pluginsText) cameWith(p *job.InventoryPlugin) int {
	n := 0
	for _, other := range t.r.Plugins {
		if other.Origin.Kind == job.FromOwner && strings.HasPrefix(other.Raw, p.Raw+"/") {
			n++
		}
	}
	return n
}

func pluginRelease(p *job.InventoryPlugin) string {
	switch {
	case p.Release != "":
		return printable(p.Release)
	case p.Version != "":
		return printable(p.Version)
	}
	return "?"
}

func (t *pluginsText) origin(p *job.InventoryPlugin) string {
	switch o := p.Origin; o.Kind {
	case job.FromClone, job.FromSubmodule:
		return o.Kind + " of " + orUnknown(o.Remote)
	case job.FromListed:
		return orUnknown(o.Remote)
	case job.FromOwner:
		return "its owner"
	case job.FromUnknown:
		return t.p.attention("unknown")
	default:
		return printable(o.Branch)
	}
}

func orUnknown(text string) string {
	if text == "" {
		return "an unknown place"
	}
	return printable(text)
}

func pluginChanged(p *job.InventoryPlugin) string {
	switch {
	case p.Changes == nil && p.Pin == nil:
		return "-"
	case p.Changes == nil:
		return "?"
	case p.Changes.IsNone():
		return "no"
	}
	return plural(p.Changes.Modified+p.Changes.Missing+p.Changes.Added, "file")
}

func (t *pluginsText) fit(fit *job.PluginFit, p *job.InventoryPlugin) string {
	switch {
	case !p.Seen:
		return t.p.bad("not seen")
	case fit == nil:
		return "?"
	case fit.Fit == moodle.Refused.String():
		return t.p.bad("no")
	case fit.Fit == moodle.Untested.String():
		return t.p.attention(fit.Fit)
	case fit.Fit == moodle.Supported.String():
		return t.p.good("yes")
	}
	return "not said"
}

func pluginNewest(p *job.InventoryPlugin) string {
	switch {
	case p.Newest == nil && p.Origin.Kind == job.FromOwner:
		return ""
	case p.Newest == nil:
		return "?"
	case p.Pin != nil && p.Newest.Commit == p.Pin.Commit, p.Newest.Version != "" && moodle.CompareVersions(p.Newest.Version, p.Version) == 0:
		return "this one"
	}
	return printable(p.Newest.Name)
}

// remarks says what is wrong, plugin by plugin.
func (t *pluginsText) remarks() {
	var lines []string
	for i := range t.r.Plugins {
		p := &t.r.Plugins[i]
		for _, text := range t.remarksOn(p) {
			lines = append(lines, t.p.attention("!")+" "+printable(p.Path)+": "+printable(text))
		}
	}
	for _, cycle := range t.r.Cycles {
		lines = append(lines, t.p.attention("!")+" "+printable(needEachOther(cycle)))
	}
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(t.w, "\n%s\n", t.p.strong("What to know"))
	for _, line := range lines {
		t.writeItem(t.w, line)
	}
}

func needEachOther(cycle []string) string {
	if len(cycle) == 1 {
		return cycle[0] + " needs itself"
	}
	return strings.Join(cycle, ", ") + " need each other in a circle"
}

func (t *pluginsText) remarksOn(p *job.InventoryPlugin) []string {
	var all []string
	for _, problem := range p.Problems {
		all = append(all, problem.Text)
	}
	for _, n := range p.Dependencies {
		if text := needText(n); text != "" {
			all = append(all, text)
		}
	}
	if text := fitText(p.Fit, t.r.Moodle); text != "" {
		all = append(all, text)
	}
	if t.r.For != nil {
		if text := fitText(p.FitFor, *t.r.For); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

func needText(n job.PluginNeed) string {
	switch n.State {
	case "missing":
		return "it needs " + n.Component + ", which is not there"
	case "too-old":
		return fmt.Sprintf("it needs %s %s, which is there as %s", n.Component, n.Version, n.Found)
	case "unknown":
		return fmt.Sprintf("it needs %s %s, of which the version cannot be read", n.Component, n.Version)
	}
	return ""
}

func fitText(fit *job.PluginFit, core job.PluginCore) string {
	if fit == nil || fit.Why == "" {
		return ""
	}
	return fmt.Sprintf("on %s: it %s", coreName(core), fit.Why)
}

func (t *pluginsText) totals() string {
	n := t.r.Totals
	parts := []string{plural(n.Plugins, "plugin")}
	for _, part := range []struct {
		n    int
		text string
	}{
		{n.Themes, "a theme|themes"},
		{n.SubPlugins, "a sub-plugin|sub-plugins"},
		{n.Unseen, "not seen by Moodle"},
		{n.Refused, "refused"},
		{n.Untested, "untested"},
		{n.UnmetNeeds, "lacking what it needs|lacking what they need"},
		{n.Changed, "changed since"},
	} {
		if part.n == 0 {
			continue
		}
		one, many, differ := strings.Cut(part.text, "|")
		if part.n > 1 && differ {
			one = many
		}
		parts = append(parts, fmt.Sprintf("%d %s", part.n, one))
	}
	on := t.r.Moodle
	if t.r.For != nil {
		on = *t.r.For
	}
	return strings.Join(parts, ", ") + "; held against " + coreName(on) + "."
}
