package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgit/internal/crew"
	"mgit/internal/envfile"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// envPlugin is a plugin that a file pins, as its version.php at that commit says.
type envPlugin struct {
	at      envfile.Pin
	index   int    // among the pins of the result
	name    string // component
	commit  git.ID
	version moodle.Plugin
	read    bool
	// wrong is a finding about the version.php, and doubt why it could not be read; both
	// may be the zero value.
	wrong, doubt EnvFinding
}

// noteCore remembers the Moodle that a file pins. Where two lines do, and differ, that
// is a finding of its own, and the first counts.
func (c *envChecking) noteCore(pin *EnvPin) {
	if _, ok := c.k.find(git.ID(pin.Commit)); ok && c.core == git.ZeroID {
		c.core = git.ID(pin.Commit)
	}
}

// notePlugin remembers a pinned plugin of which the commit is known and is there.
func (c *envChecking) notePlugin(pin *EnvPin) {
	isAbsent := slices.ContainsFunc(c.result.Findings, func(f EnvFinding) bool { return f.Line == c.at.Line && f.ID == "commit-unknown" })
	if pin.Component != "" && !isAbsent {
		c.plugins = append(c.plugins, envPlugin{at: c.at, index: len(c.result.Pins), name: pin.Component, commit: git.ID(pin.Commit)})
	}
}

// readPlugins reads the version.php of the pinned plugins, side by side.
func (c *envChecking) readPlugins(ctx context.Context) error {
	errs := make([]error, len(c.plugins))
	var all crew.Group
	free := make(chan struct{}, remotesAtOnce)
	for i := range c.plugins {
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			errs[i] = c.plugins[i].readVersion(ctx, c.k, c.remotes)
		})
	}
	all.Wait()
	for _, p := range c.plugins {
		c.at = p.at
		pin := &c.result.Pins[p.index]
		switch {
		case p.read:
			pin.Version, pin.Release = cmp.Or(pin.Version, p.version.Version), cmp.Or(pin.Release, validText(p.version.Release))
		case p.wrong.ID != "":
			c.found(p.wrong.ID, "%s", p.wrong.Text)
		case p.doubt.ID != "":
			c.unproven(p.doubt.ID, "%s", p.doubt.Text)
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// readVersion reads the version.php from this clone, from what was fetched of the
// plugin's repository before, or from there.
func (p *envPlugin) readVersion(ctx context.Context, k *envKnowledge, remotes *pluginRemotes) error {
	if p.commit == git.ZeroID {
		return nil // what is wrong with the pin is said already
	}
	here, err := k.pluginAt(ctx, p.commit)
	if err != nil {
		return err
	}
	if here.Version != "" && here.Component.String() == p.name {
		p.version, p.read = here, true
		return nil
	}
	source, why := k.site.pluginSource(p.name)
	if r := remotes.known[p.name]; why != "" || r != nil && r.err != nil {
		return nil // as is said of the pin
	}
	r, err := k.site.fetcher(remotes.timeout).At(ctx, source, p.commit, remotes.offline)
	switch {
	case errors.Is(err, plugins.ErrNotHere):
	case err != nil:
		p.doubt = EnvFinding{ID: "fit-unknown", Text: "whether it suits Moodle is not known: its version.php could not be fetched"}
	case r.Plugin.Component != (moodle.Component{}) && r.Plugin.Component.String() != p.name:
		p.wrong = EnvFinding{ID: "plugin-component", Text: "its version.php says that it is " + r.Plugin.Component.String()}
	case r.Problem != "":
		p.doubt = EnvFinding{ID: "fit-unknown", Text: "whether it suits Moodle is not known: the commit " + validText(r.Problem)}
	default:
		p.version, p.read = r.Plugin, true
	}
	return nil
}

// checkFit holds the plugins of a file against its Moodle and each other.
func (c *envChecking) checkFit(ctx context.Context) error {
	if c.core == git.ZeroID || len(c.plugins) == 0 {
		return nil
	}
	if err := c.readPlugins(ctx); err != nil {
		return err
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
