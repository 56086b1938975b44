package job

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/config"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
	"mgit/internal/upgrade"
)

// findLacking names the plugins of which nothing that fits is known, and what is
// needed and nobody brings, with all that cannot do without them.
func (p *pluginPlan) findLacking() {
	needs := p.needGraph()
	missing := make(map[string]bool)
	for _, plugin := range slices.Concat(p.result.Plugins, p.result.Themes) {
		if why := whyLacking(plugin); why != "" && plugin.Disposition != upgrade.DispositionDrop {
			p.result.Lacking = append(p.result.Lacking, PlanLacking{
				Component: plugin.Component, Branch: plugin.Branch, Origin: plugin.Origin, Why: why,
				Theme: strings.HasPrefix(plugin.Component, "theme_"), Dependents: needs.dependents(plugin.Component, p.keys[plugin.Branch]),
			})
		}
		for _, n := range plugin.Dependencies {
			if n.State != string(plugins.Missing) || missing[n.Component] {
				continue
			}
			missing[n.Component] = true
			p.result.Lacking = append(p.result.Lacking, PlanLacking{
				Component: n.Component, Why: p.whyMissing(n.Component), Theme: strings.HasPrefix(n.Component, "theme_"),
				Dependents: needs.dependents(n.Component, ""),
			})
		}
	}
	slices.SortStableFunc(p.result.Lacking, func(a, b PlanLacking) int { return cmp.Compare(a.Component, b.Component) })
}

// whyLacking says why no release of a plugin fits the new version, "" where one does,
// or where the new version has the plugin itself.
func whyLacking(p PlanPlugin) string {
	switch {
	case p.InCore:
		return ""
	case p.TypeGone:
		return "the new version has no plugins of its type"
	case p.Newest != nil:
		return ""
	case p.Fit == moodle.Supported.String(), p.Fit == moodle.Unstated.String():
		return ""
	}
	why := p.Why
	if p.Fit == fitUnknown {
		why = "its version.php tells nothing"
	}
	if p.Origin == config.OriginExternal && p.NewestNote != "" {
		why += "; " + p.NewestNote
	}
	return why
}

// whyMissing says of a plugin that is needed and that nobody brings whether Moodle
// had it.
func (p *pluginPlan) whyMissing(component string) string {
	c, err := moodle.ParseComponent(component)
	if err != nil {
		return "nobody brings it"
	}
	if _, had := p.origins.tree.versionOf(c); had {
		return fmt.Sprintf("Moodle %s does not ship it any more, and no branch brings it", p.core.Series)
	}
	return "neither Moodle nor a branch brings it"
}

// needGraph is who needs what: plugins by their version.php, branches by their
// records.
type needGraph struct {
	byVersion map[string][]string // components that need a component
	byRecord  map[string][]string // keys of records that require a key
	plugins   map[string][]string // components by the key of the branch that brings them
	branch    map[string]string   // branches by key
	keyOf     map[string]string   // keys by component
}

func (p *pluginPlan) needGraph() *needGraph {
	g := &needGraph{
		byVersion: make(map[string][]string), byRecord: make(map[string][]string), plugins: make(map[string][]string),
		branch: make(map[string]string), keyOf: make(map[string]string),
	}
	for branch, key := range p.keys {
		g.branch[key] = branch
	}
	for i := range p.inventory.Plugins {
		found := &p.inventory.Plugins[i]
		component := showComponent(found.Component)
		key := p.keys[p.origins.branchOf(found)]
		g.keyOf[component] = key
		g.plugins[key] = append(g.plugins[key], component)
		for _, c := range found.Dependencies {
			g.byVersion[c.Component.String()] = append(g.byVersion[c.Component.String()], component)
		}
	}
	for _, key := range sortedNames(g.branch) {
		for _, required := range p.site.Config.Records[key].Requires {
			g.byRecord[required] = append(g.byRecord[required], key)
		}
	}
	return g
}

// dependents are all that cannot do without a component, or without the branch with
// this key, the nearest first. What is in a circle with it is among them.
func (g *needGraph) dependents(component, key string) []PlanDependent {
	all := []PlanDependent{}
	type node struct{ component, key string }
	seen := map[node]bool{{component, key}: true}
	for waiting := []node{{component, key}}; len(waiting) > 0; waiting = waiting[1:] {
		at := waiting[0]
		add := func(n node, through, how string) {
			if !seen[n] {
				seen[n] = true
				all = append(all, PlanDependent{Component: n.component, Branch: g.branch[n.key], Through: through, How: how})
				waiting = append(waiting, n)
			}
		}
		for _, c := range g.byVersion[at.component] {
			add(node{c, g.keyOf[c]}, at.component, NeedsByVersion)
		}
		if at.key == "" {
			continue
		}
		for _, k := range g.byRecord[at.key] {
			through := cmp.Or(at.component, at.key)
			for _, c := range g.plugins[k] {
				add(node{c, k}, through, NeedsByRecord)
			}
			if len(g.plugins[k]) == 0 {
				add(node{"", k}, through, NeedsByRecord)
			}
		}
	}
	return all
}

// findCycles names the circles among plugins, and among branches: there a branch
// needs all that its plugins need.
func (p *pluginPlan) findCycles() {
	p.result.Cycles = append(p.result.Cycles, p.inventory.Cycles...)
	graph := make(map[string][]string)
	byComponent := make(map[string]string)
	for i := range p.inventory.Plugins {
		found := &p.inventory.Plugins[i]
		byComponent[found.Component.String()] = p.keys[p.origins.branchOf(found)]
	}
	for i := range p.inventory.Plugins {
		found := &p.inventory.Plugins[i]
		from := byComponent[found.Component.String()]
		for _, n := range found.Dependencies {
			if to := byComponent[n.Component.String()]; from != "" && to != "" && from != to {
				graph[from] = append(graph[from], to)
			}
		}
	}
	for _, key := range p.keys {
		graph[key] = append(graph[key], p.site.Config.Records[key].Requires...)
	}
	for _, cycle := range plugins.Cycles(graph) {
		if !slices.ContainsFunc(p.result.Cycles, func(known []string) bool { return slices.Equal(known, cycle) }) {
			p.result.Cycles = append(p.result.Cycles, cycle)
		}
	}
	slices.SortFunc(p.result.Cycles, slices.Compare[[]string])
}
