package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"mgit/internal/forecast"
	"mgit/internal/moodle"
)

// The kinds of what takes work out of the outage.
const (
	BeforePlugin = "upgrade-plugin"
	BeforeOpen   = "no-outage"
	BeforeTasks  = "tasks-after"
)

// ease says what can be done before the outage, or after it: plugins whose new release
// suits the old Moodle too, an upgrade that leaves the site open, and tasks that the
// steps put off.
func (v *upgradeView) ease(ctx context.Context, s *PlanSteps, f *forecast.Forecast, after *codeBase) error {
	heavy := s.Totals.Heavy
	for _, u := range f.Upgrades {
		plugin, isSite := after.plugins[u.Component.Component]
		if !isSite || !plugin.fresh {
			continue // core's own are upgraded with core
		}
		release, found, err := readPlugin(v.files(ctx, after.root), u.Dir)
		if err != nil {
			return err
		}
		fit, why, err := release.FitOn(f.From)
		if !found || err != nil || fit == moodle.Refused || slices.ContainsFunc(release.Unread, bearsOnFit) {
			continue // nothing says that it would run there
		}
		b := PlanBefore{
			What: BeforePlugin, Component: u.Component.Component.String(), Version: u.To, Steps: len(u.Steps),
			Text: fmt.Sprintf("%s %s runs on %s already: upgrade it before", u.Component.Component, cmp.Or(release.Release, u.To), f.From.Release),
		}
		if why != "" {
			b.Text += ", and try it, since it " + why
		}
		for _, step := range u.Steps {
			if step.Weight == forecast.Heavy {
				b.Heavy++
			}
		}
		heavy -= b.Heavy
		s.Before = append(s.Before, b)
	}
	slices.SortStableFunc(s.Before, func(a, b PlanBefore) int { return cmp.Or(b.Heavy-a.Heavy, b.Steps-a.Steps) })
	if f.NoOutage && heavy == 0 && len(s.Stops) == 0 && len(s.Downgrades) == 0 {
		s.Before = append(s.Before, PlanBefore{
			What: BeforeOpen,
			Text: "no step works on a table that grows with the site: `admin/cli/upgrade.php --maintenance=false` can leave the site open",
		})
	}
	if s.Totals.Queued > 0 {
		s.Before = append(s.Before, PlanBefore{
			What: BeforeTasks,
			Text: "some steps put off work into tasks: those run from cron when the site is open again, so have cron running, and watch it",
		})
	}
	return nil
}

// bearsOnFit reports whether a field that could not be read decides where a plugin
// runs.
func bearsOnFit(field string) bool {
	return field == "requires" || field == "supported" || field == "incompatible"
}

// readPlugin reads the version.php of a plugin in a tree.
func readPlugin(files fs.FS, dir string) (p moodle.Plugin, found bool, err error) {
	source, err := fs.ReadFile(files, dir+"/version.php")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return p, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("read version.php of %s: %w", dir, err)
	}
	p, err = moodle.ParsePlugin(source)
	return p, err == nil, nil // one that says nothing is listed as unread
}

// firstTypes are the types of plugins without which a site cannot be looked at, most
// urgent first, and why.
func firstTypes() []struct{ typ, why string } {
	return []struct{ typ, why string }{
		{"theme", "every page is drawn with the theme"},
		{"auth", "nobody logs in without it"},
		{"enrol", "people reach their courses through it"},
		{"format", "courses in this format do not open without it"},
		{"block", "it stands on pages that everybody opens"},
		{"mod", "courses contain it"},
	}
}

// rank lists the site's plugins that are worth having before others: by their types,
// then by how many other plugins of the site depend on them.
func (v *upgradeView) rank(ctx context.Context, s *PlanSteps, after *codeBase) error {
	neededBy, err := v.dependents(ctx, after)
	if err != nil {
		return err
	}
	order := firstTypes()
	urgency := func(c moodle.Component) int {
		i := slices.IndexFunc(order, func(t struct{ typ, why string }) bool { return t.typ == c.Type })
		if i < 0 {
			return len(order)
		}
		return i
	}
	for _, c := range sortedComponents(after.plugins) {
		i, needed := urgency(c), neededBy[c]
		if i == len(order) && len(needed) == 0 {
			continue
		}
		f := PlanFirst{Component: c, Branch: after.plugins[c].branch, NeededBy: append([]string{}, needed...)}
		f.Why = "others depend on it"
		if i < len(order) {
			f.Why = order[i].why
		}
		s.First = append(s.First, f)
	}
	slices.SortStableFunc(s.First, func(a, b PlanFirst) int {
		return cmp.Or(urgency(a.Component)-urgency(b.Component), len(b.NeededBy)-len(a.NeededBy))
	})
	return nil
}

// dependents are the site's plugins that depend on each other one of the site.
func (v *upgradeView) dependents(ctx context.Context, after *codeBase) (map[moodle.Component][]string, error) {
	all := make(map[moodle.Component][]string)
	files := v.files(ctx, after.root)
	layout, err := moodle.ReadLayout(files)
	if err != nil {
		return nil, err
	}
	for _, c := range sortedComponents(after.plugins) {
		dir, ok := layout.PathOf(c)
		if !ok {
			continue
		}
		plugin, _, err := readPlugin(files, dir)
		if err != nil {
			return nil, err
		}
		for needs := range plugin.Dependencies {
			if _, isSite := after.plugins[needs]; isSite && needs != c {
				all[needs] = append(all[needs], c.String())
			}
		}
	}
	return all, nil
}
