package report

import (
	"cmp"
	"slices"

	"mgit/internal/job"
)

// The ranks of plugins, those that somebody should look at first.
const (
	rankProblem  = iota
	rankChanged  // with uncommitted changes
	rankNoBranch // nothing in the clone would bring it back
	rankQuiet
)

func pluginRank(r *job.CorehackReport, p *job.FoundPlugin) int {
	switch o := p.Origin; {
	case p.Problem != "" || o != nil && o.Problem != "":
		return rankProblem
	case o != nil && o.Changed > 0:
		return rankChanged
	case p.Branch == "" && hasBranches(r):
		return rankNoBranch
	}
	return rankQuiet
}

// pluginSigns says why somebody should look at a plugin; none is fine. Where there
// are no branches, it means nothing that none brings a plugin.
func pluginSigns(r *job.CorehackReport, p *job.FoundPlugin) []string {
	var all []string
	if p.Problem != "" {
		all = append(all, visible(p.Problem))
	}
	if o := p.Origin; o != nil {
		if o.Problem != "" {
			all = append(all, visible(o.Problem))
		}
		if o.Changed > 0 {
			all = append(all, count(o.Changed, "uncommitted change", "uncommitted changes"))
		}
	}
	if p.Branch == "" && hasBranches(r) {
		all = append(all, "no branch brings it")
	}
	return all
}

// byTrouble returns the plugins with those first that somebody should look at. The
// order of equals stays.
func byTrouble(r *job.CorehackReport) []*job.FoundPlugin {
	sorted := make([]*job.FoundPlugin, len(r.Plugins))
	for i := range r.Plugins {
		sorted[i] = &r.Plugins[i]
	}
	slices.SortStableFunc(sorted, func(a, b *job.FoundPlugin) int {
		return cmp.Compare(pluginRank(r, a), pluginRank(r, b))
	})
	return sorted
}
