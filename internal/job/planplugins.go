package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
	"mgit/internal/upgrade"
)

// PlanPlugins is what an upgrade means for the additional plugins: those that
// branches of the old version bring. A branch that changes a plugin of Moodle's
// own, or a plugin of another branch, is not among them.
type PlanPlugins struct {
	// Core is what the plugins are held against.
	Core PlanCore `json:"core"`
	// Plugins and Themes are by component. A theme that does not fit makes every page
	// look wrong, so that they are listed apart.
	Plugins []PlanPlugin `json:"plugins"`
	Themes  []PlanPlugin `json:"themes"`
	// Lacking are the plugins and themes of which no release is known that fits, with
	// those that cannot do without them, by component.
	Lacking []PlanLacking `json:"lacking"`
	// Cycles are plugins and branches that need each other in a circle, each circle
	// beginning with its first name.
	Cycles [][]string       `json:"cycles"`
	Totals PlanPluginTotals `json:"totals"`
}

// PlanCore is the Moodle that plugins are held against.
type PlanCore struct {
	Tag     string        `json:"tag"`
	Commit  ID            `json:"commit"`
	Series  moodle.Series `json:"series"`
	Version string        `json:"version"` // $version of version.php
	Release string        `json:"release"`
}

// PlanPlugin is an additional plugin and the branch that brings it.
type PlanPlugin struct {
	Component string `json:"component"`
	Place            // its folder, in the old version's tree
	Branch    string `json:"branch"`
	// Origin is local or external, as the branch's record says.
	Origin string `json:"origin"`
	// Owner is of a sub-plugin the plugin that it belongs to; "".
	Owner string `json:"owner"`
	// SubPlugins came with it and go where it goes; they are not listed by themselves.
	SubPlugins []string `json:"subplugins"`
	// Disposition is what the ledger of the upgrade says of the branch, "" for nothing.
	Disposition string `json:"disposition"`
	Version     string `json:"version"` // that it has now
	Release     string `json:"release"`
	Requires    string `json:"requires"` // the least $version of core
	// Fit is that of what it has now on the new version: supported, unstated, untested or
	// refused; unknown where version.php does not tell.
	Fit string `json:"fit"`
	Why string `json:"why"` // "" where there is nothing to say against it
	// InCore says that the new version ships a plugin of this name itself.
	InCore bool `json:"in_core"`
	// TypeGone says that the new version has no plugins of its type any more.
	TypeGone bool `json:"type_gone"`
	// Newest is the newest release known that fits, null where there is none.
	Newest     *Newer `json:"newest"`
	NewestNote string `json:"newest_note"` // why there is none, ""

	Dependencies []PluginNeed    `json:"dependencies"` // held against the new version
	Unread       []string        `json:"unread"`       // fields of version.php that hold expressions
	Problems     []PluginProblem `json:"problems"`
}

// Newer is the newest release of a plugin that fits.
type Newer struct {
	Name    string `json:"name"` // of the tag or branch
	Commit  ID     `json:"commit"`
	Version string `json:"version"`
	Release string `json:"release"`
	Fit     string `json:"fit"`
	Why     string `json:"why"`
}

// PluginNeed is a plugin that another one needs.
type PluginNeed struct {
	Component string `json:"component"`
	Version   string `json:"version"` // the least, "" for any
	Found     string `json:"found"`   // the version that is there; "" where that is not known
	State     string `json:"state"`   // met, missing, too-old or unknown
	Cyclic    bool   `json:"cyclic"`  // the two need each other, directly or by way of others
}

// PluginProblem is something about a plugin that somebody should know, for people.
// ID is stable; package plugins has the list.
type PluginProblem struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// PlanLacking is a plugin of which no fitting release is known, or one that is needed
// and that neither the new version nor any branch brings.
type PlanLacking struct {
	Component string `json:"component"`
	Branch    string `json:"branch"` // "" where no branch brings it
	Origin    string `json:"origin"` // local: its release is this site's own to make; external; ""
	Why       string `json:"why"`
	Theme     bool   `json:"theme"`
	// Dependents are those that cannot do without it, the nearest first.
	Dependents []PlanDependent `json:"dependents"`
}

// PlanDependent is a plugin, or a branch with other changes, that cannot do without
// another one.
type PlanDependent struct {
	Component string `json:"component"` // "" for a branch that brings no plugin
	Branch    string `json:"branch"`
	// Through is what it needs, and what needs the plugin in turn: a component, or the
	// key of a branch's record. It is the plugin itself where nothing stands between.
	Through string `json:"through"`
	// How is version.php, for a dependency stated there, or record, for `requires` of
	// the branch's record.
	How string `json:"how"`
}

// How one plugin needs another.
const (
	NeedsByVersion = "version.php"
	NeedsByRecord  = "record"
)

// PlanPluginTotals counts plugins and themes together, and their fits.
type PlanPluginTotals struct {
	Plugins   int `json:"plugins"`
	Themes    int `json:"themes"`
	Supported int `json:"supported"`
	Unstated  int `json:"unstated"`
	Untested  int `json:"untested"`
	Refused   int `json:"refused"`
	Unknown   int `json:"unknown"`
	InCore    int `json:"in_core"`
	Lacking   int `json:"lacking"`
}

// planPlugins holds the plugins that the branches of the old version bring against
// the new one. No remote is asked, and nothing is written.
func planPlugins(ctx context.Context, site *Site, req PlanRequest) (*PlanPlugins, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	p := &RebasePlan{site: site, request: RebaseAllRequest{Tag: req.Tag, From: req.From}}
	if err := p.resolveTag(ctx); err != nil {
		return nil, err
	}
	if err := p.chooseFrom(site.refs.listing(site.Scheme, site.internal)); err != nil {
		return nil, err
	}
	core, err := site.coreAt(ctx, p.Onto)
	if err != nil {
		return nil, err
	}
	ledger, err := site.readLedger(ctx, p.To)
	if err != nil {
		return nil, err
	}
	plan := &pluginPlan{site: site, core: core, ledger: ledger, result: &PlanPlugins{
		Core:    PlanCore{Tag: core.Tag, Commit: core.Commit, Series: core.Series, Version: core.Version, Release: core.Release},
		Plugins: []PlanPlugin{}, Themes: []PlanPlugin{}, Lacking: []PlanLacking{}, Cycles: [][]string{},
	}}
	defer plan.close()
	if err := plan.read(ctx, p.From); err != nil {
		return nil, fmt.Errorf("read the plugins of %s: %w", p.From, err)
	}
	if err := plan.describe(ctx); err != nil {
		return nil, err
	}
	plan.findLacking()
	plan.findCycles()
	plan.sum()
	return plan.result, nil
}

// pluginPlan makes the section. It lives for one operation.
type pluginPlan struct {
	site      *Site
	core      PluginCore
	ledger    *upgrade.Ledger // nil where there is none yet
	claims    *attribution
	inventory *plugins.Inventory
	origins   *pluginOrigins
	target    *pluginTree       // the new version
	keys      map[string]string // record keys by branch
	result    *PlanPlugins
}

func (p *pluginPlan) close() {
	if p.claims != nil {
		p.claims.close()
	}
}

// read makes one tree of all that the branches bring, on top of what they stand on,
// and takes its inventory.
func (p *pluginPlan) read(ctx context.Context, from moodle.Series) error {
	var err error
	if p.claims, err = p.site.attribution(ctx, from, p.site.releaseLike(ctx, from)); err != nil {
		return err
	}
	p.keys = make(map[string]string)
	for branch := range p.claims.branches {
		if n, err := p.site.Scheme.Parse(branch); err == nil {
			p.keys[branch] = n.Key()
		}
	}
	union, err := p.union(ctx, from)
	if err != nil {
		return err
	}
	request := plugins.Request{Tree: union.tree, Layout: union.layout, Pristine: union.pristine, Standard: union.standard}
	if p.inventory, err = plugins.Take(ctx, request); err != nil {
		return err
	}
	p.origins = &pluginOrigins{site: p.site, tree: union, inventory: p.inventory, claims: p.claims, brought: make(map[string]brought)}
	p.target, err = p.site.upstreamTree(ctx, p.core.Tag, git.ID(p.core.Commit))
	return err
}

// union is the tree of what the branches of a series stand on, with what each of them
// adds or changes.
func (p *pluginPlan) union(ctx context.Context, from moodle.Series) (*pluginTree, error) {
	base := p.site.refs.commit("refs/tags/" + from.FirstTag().String())
	for _, name := range sortedNames(p.claims.branches) {
		if base == git.ZeroID {
			base = p.claims.branches[name].base
		}
	}
	if base == git.ZeroID {
		return nil, &UsageError{Text: fmt.Sprintf("the branches of %s stand on nothing of Moodle's that is in this clone", from), Hint: "git fetch upstream --tags brings Moodle's releases"}
	}
	t, err := p.site.upstreamTree(ctx, from.FirstTag().String(), base)
	if err != nil {
		return nil, err
	}
	files := make(map[string]live.File)
	for _, f := range t.tree.ref.files {
		files[f.Path] = f
	}
	for path, claims := range p.claims.byPath {
		for _, c := range claims {
			_, isThere := files[path]
			switch {
			case c.to.Mode == 0 || isThere && c.from.Mode == 0:
			case c.to.Mode == git.ModeGitlink:
				t.tree.ref.repositories = append(t.tree.ref.repositories, live.Repository{Path: path, Submodule: true, Commit: c.to.ID})
			default:
				files[path] = live.File{Path: path, Mode: liveMode(c.to.Mode), Size: -1, ID: c.to.ID}
			}
		}
	}
	t.tree.ref.files = t.tree.ref.files[:0]
	for _, path := range sortedNames(files) {
		t.tree.ref.files = append(t.tree.ref.files, files[path])
	}
	// The sub-plugins of plugins that the branches bring are known from the whole.
	t.layout, err = moodle.ReadLayout(plugins.Files(t.tree))
	return t, err
}

// upstreamTree is the tree of a commit of Moodle's own, and its own list.
func (s *Site) upstreamTree(ctx context.Context, name string, id git.ID) (*pluginTree, error) {
	t := &pluginTree{judgedBy: JudgedByPin}
	var err error
	if t.tree, err = s.openRef(ctx, name, id); err != nil {
		return nil, err
	}
	for _, f := range t.tree.Files() {
		t.pristine = append(t.pristine, f.Path)
	}
	if t.layout, err = moodle.ReadLayout(plugins.Files(t.tree)); err != nil {
		return nil, fmt.Errorf("read where %s keeps its components: %w", name, err)
	}
	if t.standard, err = t.layout.StandardPlugins(); errors.Is(err, moodle.ErrNoStandardList) {
		err = nil
	}
	return t, err
}

// versionOf is the version of a plugin of Moodle's own in the tree.
func (t *pluginTree) versionOf(c moodle.Component) (version string, present bool) {
	dir, ok := t.layout.PathOf(c)
	if !ok || c.IsCore() || !t.tree.has(dir+"/") {
		return "", false
	}
	source, err := t.tree.Read(dir+"/version.php", plugins.VersionLimit)
	if err != nil {
		return "", true
	}
	v, _, _ := plugins.ReadVersion(source)
	return v.Version, true
}

// describe lists the plugins; those that came with their owners are part of these.
func (p *pluginPlan) describe(ctx context.Context) error {
	inside := make(map[string][]string) // by path of the owner
	for i := range p.inventory.Plugins {
		found := &p.inventory.Plugins[i]
		if owner := p.inventory.Owner(parentOf(found.Path)); owner != nil && p.origins.cameWith(owner, found) {
			inside[owner.Path] = append(inside[owner.Path], showComponent(found.Component))
			continue
		}
		plugin, err := p.plugin(found)
		if err != nil {
			return err
		}
		if found.IsTheme() {
			p.result.Themes = append(p.result.Themes, plugin)
		} else {
			p.result.Plugins = append(p.result.Plugins, plugin)
		}
	}
	for _, list := range [][]PlanPlugin{p.result.Plugins, p.result.Themes} {
		for i := range list {
			list[i].SubPlugins = append(list[i].SubPlugins, inside[list[i].Raw]...)
		}
		slices.SortStableFunc(list, func(a, b PlanPlugin) int { return cmp.Compare(a.Component, b.Component) })
	}
	return ctx.Err()
}

func (p *pluginPlan) plugin(found *plugins.Plugin) (PlanPlugin, error) {
	v := found.Version
	plugin := PlanPlugin{
		Component: showComponent(found.Component), Place: At(found.Path), Branch: p.origins.branchOf(found), Owner: showComponent(found.Owner),
		Origin: config.OriginLocal, SubPlugins: []string{}, Version: v.Version, Release: validText(v.Release), Requires: v.Requires, Fit: fitUnknown,
		Unread: append([]string{}, v.Unread...), Problems: pluginProblems(found.Problems),
		Dependencies: pluginNeeds(plugins.Weigh(v.Dependencies, p.versionOf)),
	}
	for i := range plugin.Dependencies {
		n := &plugin.Dependencies[i]
		n.Cyclic = plugins.InCycle(p.inventory.Cycles, plugin.Component, n.Component)
	}
	if plugin.Branch != "" {
		plugin.Origin = p.origins.recordOf(plugin.Branch)
	}
	if p.ledger != nil && p.ledger.Entries[plugin.Branch] != nil {
		plugin.Disposition = p.ledger.Entries[plugin.Branch].Disposition
	}
	if found.HasVersion {
		fit, why, err := v.FitOn(p.core.version)
		if err != nil {
			return plugin, err
		}
		plugin.Fit, plugin.Why = fit.String(), why
	}
	plugin.InCore, plugin.TypeGone = p.placeOnTarget(found)
	var err error
	plugin.Newest, plugin.NewestNote, err = p.site.newestFitting(plugin.Component, p.core.version)
	return plugin, err
}

// fitUnknown is the fit of a plugin whose version.php tells nothing.
const fitUnknown = "unknown"

// placeOnTarget says whether the new version has the plugin itself, and whether it
// has no place for it.
func (p *pluginPlan) placeOnTarget(found *plugins.Plugin) (inCore, typeGone bool) {
	if _, inCore = p.target.versionOf(found.Component); inCore {
		return true, false
	}
	if p.inventory.Find(found.Owner) != nil && found.Owner != (moodle.Component{}) {
		return false, false // its owner brings the type
	}
	types := p.target.layout.Types()
	i := slices.IndexFunc(types, func(t moodle.Type) bool { return t.Name == found.Component.Type })
	return false, i < 0 || types[i].Status == moodle.Deleted
}

// versionOf is the version of a plugin that is there after the upgrade, as far as it
// is known today.
func (p *pluginPlan) versionOf(c moodle.Component) (version string, present bool) {
	if version, present = p.target.versionOf(c); present {
		return version, true
	}
	if found := p.inventory.Find(c); found != nil {
		return found.Version.Version, true
	}
	return "", false
}

// sum counts.
func (p *pluginPlan) sum() {
	t := &p.result.Totals
	t.Themes, t.Plugins, t.Lacking = len(p.result.Themes), len(p.result.Plugins), len(p.result.Lacking)
	for _, plugin := range slices.Concat(p.result.Plugins, p.result.Themes) {
		addIf(&t.Supported, plugin.Fit == moodle.Supported.String())
		addIf(&t.Unstated, plugin.Fit == moodle.Unstated.String())
		addIf(&t.Untested, plugin.Fit == moodle.Untested.String())
		addIf(&t.Refused, plugin.Fit == moodle.Refused.String())
		addIf(&t.Unknown, plugin.Fit == fitUnknown)
		addIf(&t.InCore, plugin.InCore)
	}
}
