package report

import (
	"strings"

	"mgit/internal/config"
	"mgit/internal/job"
)

// planPluginsSection is the additional plugins on the new release: those that do
// not fit in full, the others counted.
func planPluginsSection(p *job.PlanPlugins) Section {
	s := Section{ID: "plugins", Title: "Plugins"}
	if p == nil || p.Totals.Plugins+p.Totals.Themes == 0 {
		return s
	}
	t := p.Totals
	lead := count(t.Plugins, "plugin", "plugins") + " and " + count(t.Themes, "theme", "themes") + " against " + p.Core.Release + ": " +
		number(t.Supported) + " say that they support it, " + number(t.Unstated) + " do not say"
	for _, part := range []struct {
		n    int
		word string
	}{{t.Untested, " support other series only"}, {t.Refused, " Moodle would refuse"}, {t.Unknown, " cannot be told"}, {t.InCore, " Moodle ships itself now"}} {
		if part.n > 0 {
			lead += ", " + number(part.n) + part.word
		}
	}
	s.Lead = []string{lead + "."}
	lacking := Block{Title: "Without a release that fits", Columns: []Column{{Title: "plugin", Name: true}, {Title: "needed by", Name: true}, {Title: "why"}}}
	for _, l := range p.Lacking {
		var needs []string
		for _, d := range l.Dependents {
			needs = append(needs, d.Component)
		}
		lacking.Rows = append(lacking.Rows, []string{l.Component, strings.Join(needs, ", "), l.Why})
	}
	s.Blocks = []Block{lacking, fitBlock("Plugins to look at", p.Plugins, false), fitBlock("Themes", p.Themes, true)}
	cycles := Block{Title: "In a circle: each needs the next", Mono: true}
	for _, c := range p.Cycles {
		cycles.Items = append(cycles.Items, strings.Join(c, ", "))
	}
	s.Blocks = append(s.Blocks, cycles)
	return s
}

// fitBlock lists plugins of which there is something to say, or all.
func fitBlock(title string, plugins []job.PlanPlugin, all bool) Block {
	b := Block{Title: title, Columns: []Column{{Title: "plugin", Name: true}, {Title: "now"}, {Title: "fit"}, {Title: "newest that fits"}, {Title: "remarks"}}}
	for _, p := range plugins {
		remarks := fitRemarks(p)
		newest := ""
		if p.Newest != nil {
			newest = p.Newest.Name
		}
		if !all && len(remarks) == 0 && (p.Fit == "supported" || p.Fit == "unstated") {
			continue
		}
		now := p.Release
		if now == "" {
			now = p.Version
		}
		b.Rows = append(b.Rows, []string{p.Component, now, p.Fit, newest, strings.Join(remarks, "; ")})
	}
	return b
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
