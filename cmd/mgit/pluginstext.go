package main

import (
	"fmt"
	"io"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
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
	return fmt.Sprintf("%s beside those of %s in %s", what, printable(report.CoreName(t.r.Moodle)), printable(t.r.Tree))
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
		cells := []string{t.name(p), printable(report.PluginRelease(p)), t.origin(p), report.PluginChanged(p), t.fit(p.Fit, p)}
		if t.r.For != nil {
			cells = append(cells, t.fit(p.FitFor, p))
		}
		table.add(append(cells, printable(report.PluginNewest(p)))...)
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

func (t *pluginsText) origin(p *job.InventoryPlugin) string {
	if p.Origin.Kind == job.FromUnknown {
		return t.p.attention("unknown")
	}
	return printable(report.PluginFrom(p))
}

func (t *pluginsText) fit(fit *job.PluginFit, p *job.InventoryPlugin) string {
	switch word := report.PluginFits(fit, p); word {
	case "no", "not seen":
		return t.p.bad(word)
	case "untested":
		return t.p.attention(word)
	case "yes":
		return t.p.good(word)
	default:
		return word
	}
}

// remarks says what is wrong, plugin by plugin.
func (t *pluginsText) remarks() {
	var lines []string
	for i := range t.r.Plugins {
		p := &t.r.Plugins[i]
		for _, text := range report.PluginRemarks(t.r, p) {
			lines = append(lines, t.p.attention("!")+" "+printable(p.Path)+": "+printable(text))
		}
	}
	for _, cycle := range t.r.Cycles {
		lines = append(lines, t.p.attention("!")+" "+printable(report.CycleWords(cycle)))
	}
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(t.w, "\n%s\n", t.p.strong("What to know"))
	for _, line := range lines {
		t.writeItem(t.w, line)
	}
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
	return strings.Join(parts, ", ") + "; held against " + printable(report.CoreName(on)) + "."
}
