package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgit/internal/envfile"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// envPlugin is a plugin that a file pins, as its version.php at that commit says.
type envPlugin struct {
	at      envfile.Pin
	name    string // component
	version moodle.Plugin
	read    bool
}

// noteCore remembers the Moodle that a file pins. Where two lines do, and differ, that
// is a finding of its own, and the first counts.
func (c *envChecking) noteCore(pin *EnvPin) {
	if _, ok := c.k.find(git.ID(pin.Commit)); ok && c.core == git.ZeroID {
		c.core = git.ID(pin.Commit)
	}
}

// notePlugin reads the version.php of a pinned plugin: from this clone, from what was
// fetched of its repository before, or from there.
func (c *envChecking) notePlugin(ctx context.Context, pin *EnvPin) error {
	p := envPlugin{at: c.at, name: pin.Component}
	if pin.Component == "" {
		return nil
	}
	var err error
	if p.version, p.read, err = c.readPlugin(ctx, pin); err != nil {
		return err
	}
	if p.read {
		pin.Version, pin.Release = cmp.Or(pin.Version, p.version.Version), cmp.Or(pin.Release, validText(p.version.Release))
	}
	c.plugins = append(c.plugins, p)
	return nil
}

func (c *envChecking) readPlugin(ctx context.Context, pin *EnvPin) (moodle.Plugin, bool, error) {
	id := git.ID(pin.Commit)
	if id == git.ZeroID {
		return moodle.Plugin{}, false, nil // what is wrong with the pin is said already
	}
	here, err := c.k.pluginAt(ctx, id)
	if err != nil || here.Version != "" && here.Component.String() == pin.Component {
		return here, err == nil, err
	}
	source, why := c.k.site.pluginSource(pin.Component)
	remote := c.remotes.known[pin.Component]
	if why != "" || remote != nil && remote.err != nil || c.hasFinding("commit-unknown") {
		return moodle.Plugin{}, false, nil
	}
	r, err := c.k.site.fetcher(c.remotes.timeout).At(ctx, source, id, c.remotes.offline)
	switch {
	case ctx.Err() != nil:
		return moodle.Plugin{}, false, ctx.Err()
	case errors.Is(err, plugins.ErrNotHere):
		return moodle.Plugin{}, false, nil
	case err != nil:
		c.unproven("fit-unknown", "whether it suits Moodle is not known: its version.php could not be fetched")
		return moodle.Plugin{}, false, nil
	case r.Plugin.Component != (moodle.Component{}) && r.Plugin.Component.String() != pin.Component:
		c.found("plugin-component", "its version.php says that it is %s", r.Plugin.Component)
		return moodle.Plugin{}, false, nil
	case r.Problem != "":
		c.unproven("fit-unknown", "whether it suits Moodle is not known: the commit %s", validText(r.Problem))
		return moodle.Plugin{}, false, nil
	}
	return r.Plugin, true, nil
}

// hasFinding reports whether something with the id was found of the pin that is looked at.
func (c *envChecking) hasFinding(id string) bool {
	return slices.ContainsFunc(c.result.Findings, func(f EnvFinding) bool { return f.Line == c.at.Line && f.ID == id })
}

// checkFit holds the plugins of a file against its Moodle and each other.
func (c *envChecking) checkFit(ctx context.Context) error {
	if c.core == git.ZeroID || len(c.plugins) == 0 {
		return nil
	}
	core, err := readVersion(ctx, c.k.site.Repo.Store(), c.core)
	if isVersionless(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the version of the pinned Moodle: %w", err)
	}
	for _, p := range c.plugins {
		c.at = p.at
		if !p.read {
			continue
		}
		fit, why, err := p.version.FitOn(core)
		switch {
		case err != nil:
			return nil // a Moodle that does not say which series it is
		case fit == moodle.Refused:
			c.found("plugin-refused", "it does not suit the Moodle of this file: it %s", why)
		case fit == moodle.Untested:
			series, _ := core.Series() // FitOn has asked already
			c.unproven("plugin-untested", "it %s, and the Moodle of this file is %s", why, series)
		}
		if fields := fitFields(p.version.Unread); len(fields) > 0 {
			c.unproven("plugin-expressions", "its version.php computes %s, which is not evaluated", strings.Join(fields, ", "))
		}
	}
	return c.checkNeeds(ctx)
}

// fitFields are the fields, of those that hold expressions, by which a plugin's fit is told.
func fitFields(unread []string) []string {
	var all []string
	for _, field := range unread {
		if slices.Contains([]string{"requires", "supported", "incompatible", "dependencies"}, field) {
			all = append(all, field)
		}
	}
	return all
}

// checkNeeds looks for the plugins that pinned plugins need: in the file, and in Moodle.
func (c *envChecking) checkNeeds(ctx context.Context) error {
	pinned := make(map[moodle.Component]string)
	needs := make(map[moodle.Component]string)
	for _, p := range c.plugins {
		if component, err := moodle.ParseComponent(p.name); err == nil {
			pinned[component] = p.version.Version
		}
		maps.Copy(needs, p.version.Dependencies)
	}
	if len(needs) == 0 {
		return nil
	}
	core, err := c.k.site.upstreamTree(ctx, "the pinned Moodle", c.core)
	if err != nil {
		return err
	}
	version := func(component moodle.Component) (string, bool) {
		if v, ok := pinned[component]; ok {
			return v, true
		}
		return core.versionOf(component)
	}
	for _, p := range c.plugins {
		c.at = p.at
		for _, n := range plugins.Weigh(p.version.Dependencies, version) {
			c.checkNeed(n)
		}
	}
	return nil
}

func (c *envChecking) checkNeed(n plugins.Need) {
	what := strings.TrimSpace(n.Component.String() + " " + n.Version)
	switch n.State {
	case plugins.Missing:
		if c.unmapped {
			c.unproven("plugin-needs", "it needs %s, which Moodle does not ship; whether the file pins it is not known, since plugins.toml does not say whose all variables are", what)
			return
		}
		c.found("plugin-needs", "it needs %s, which neither Moodle ships nor the file pins", what)
	case plugins.TooOld:
		c.found("plugin-needs", "it needs %s, which is there as %s", what, n.Found)
	case plugins.Unknown:
		c.unproven("plugin-needs", "it needs %s, of which the version is not known", what)
	}
}
