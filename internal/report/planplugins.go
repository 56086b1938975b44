package report

import (
	"slices"
	"strings"

	"mgit/internal/config"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// planPluginsSection is the additional plugins on the new release: those that do
// not fit in full, the others counted.
func planPluginsSection(p *job.PlanPlugins) Section {
	s := Section{ID: "plugins", Title: "Plugins"}
	if p == nil || p.Totals.Plugins+p.Totals.Themes == 0 {
		return s
	}
	t := p.Totals
	lead := count(t.Plugins, "plugin", "plugins")
	if t.Themes > 0 {
		lead += " and " + count(t.Themes, "theme", "themes")
	}
	lead += " against " + p.Core.Release + ": " +
		number(t.Supported) + oneMany(t.Supported, " says that it supports it, ", " say that they support it, ") + number(t.Unstated) + oneMany(t.Unstated, " does not say", " do not say")
	for _, part := range []struct {
		n    int
		word string
	}{
		{t.Untested, oneMany(t.Untested, " names", " name") + " other series only"},
		{t.Refused, " Moodle would refuse"},
		{t.Unknown, " cannot be told"},
		{t.InCore, " Moodle ships itself now"},
	} {
		if part.n > 0 {
			lead += ", " + number(part.n) + part.word
		}
	}
	s.Lead = []string{lead + "."}
	lacking := Block{Title: "Without a release that is known to fit", Columns: []Column{{Title: "plugin", Name: true}, {Title: "needed by", Name: true}, {Title: "why"}}}
	listed := make(map[string]string)
	for _, l := range p.Lacking {
		listed[l.Component] = l.Why
		var needs []string
		for _, d := range l.Dependents {
			needs = append(needs, d.Component)
		}
		lacking.Rows = append(lacking.Rows, []string{l.Component, strings.Join(needs, ", "), l.Why})
	}
	look := slices.DeleteFunc(slices.Clone(p.Plugins), func(plugin job.PlanPlugin) bool {
		remarks := fitRemarks(plugin)
		why, is := listed[plugin.Component]
		return len(remarks) == 0 && (plugin.Fit == moodle.Supported.String() || plugin.Fit == moodle.Unstated.String()) ||
			is && (len(remarks) == 0 || len(remarks) == 1 && remarks[0] == why)
	})
	s.Blocks = []Block{withoutEmpty(lacking), fitBlock("Plugins to look at", look), fitBlock("Themes", p.Themes)}
	cycles := Block{Title: "In a circle: each needs the next", Mono: true}
	for _, c := range p.Cycles {
		cycles.Items = append(cycles.Items, strings.Join(c, ", "))
	}
	s.Blocks = append(s.Blocks, cycles)
	return s
}

// fitBlock lists plugins.
func fitBlock(title string, plugins []job.PlanPlugin) Block {
	b := Block{Title: title, Columns: []Column{{Title: "plugin", Name: true}, {Title: "now"}, {Title: "fits"}, {Title: "newest that fits"}, {Title: "remarks"}}}
	for _, p := range plugins {
		remarks := fitRemarks(p)
		newest := ""
		if p.Newest != nil {
			newest = p.Newest.Name
		}
		now := p.Release
		if now == "" {
			now = p.Version
		}
		b.Rows = append(b.Rows, []string{p.Component, now, fitWord(p.Fit), newest, strings.Join(remarks, "; ")})
	}
	return withoutEmpty(b)
}

// fitWord says whether a plugin fits as the table of mgit plugins does.
func fitWord(fit string) string {
	switch fit {
	case moodle.Supported.String():
		return "yes"
	case moodle.Unstated.String():
		return "not said"
	case moodle.Untested.String():
		return fit
	case moodle.Refused.String():
		return "no"
	}
	return "?"
}

// withoutEmpty leaves out the columns in which no row says anything.
func withoutEmpty(b Block) Block {
	said := make([]bool, len(b.Columns))
	for _, row := range b.Rows {
		for i, cell := range row {
			said[i] = said[i] || cell != ""
		}
	}
	kept := b
	kept.Columns, kept.Rows = nil, make([][]string, len(b.Rows))
	for i, c := range b.Columns {
		if !said[i] {
			continue
		}
		kept.Columns = append(kept.Columns, c)
		for j, row := range b.Rows {
			kept.Rows[j] = append(kept.Rows[j], row[i])
		}
	}
	return kept
}

func fitRemarks(p job.PlanPlugin) []string {
	var remarks []string
	if p.InCore {
		remarks = append(remarks, "the release ships it")
	}
	if p.TypeGone {
		remarks = append(remarks, "the release has no plugins of this type")
	}
	if p.Why != "" {
		remarks = append(remarks, p.Why)
	}
	if p.Newest == nil && p.NewestNote != "" && p.Origin == config.OriginExternal {
		remarks = append(remarks, p.NewestNote)
	}
	for _, d := range p.Dependencies {
		if d.State == "missing" || d.State == "too-old" {
			remarks = append(remarks, d.Component+" is "+strings.ReplaceAll(d.State, "-", " "))
		}
	}
	for _, problem := range p.Problems {
		remarks = append(remarks, problem.Text)
	}
	return remarks
}
