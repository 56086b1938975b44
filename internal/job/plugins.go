package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// PluginsRequest says which tree to look at, and what to hold its plugins against.
type PluginsRequest struct {
	// Tree is a folder or a ref; "" for the work tree of this clone, with what is
	// not committed.
	Tree string
	// For is an upstream tag or a series; "" for the tree's own Moodle alone.
	For      string
	NoCache  bool   // read every file, whatever is remembered of it
	Jobs     int    // 0: one for each CPU
	Ahead    *Ahead // of the tree, where reading it was begun before; see [ReadAhead]
	Progress func(CorehackProgress)
}

// PluginsReport is what a tree has beside Moodle's own plugins.
type PluginsReport struct {
	// Tree is what was looked at: an absolute path, or a ref.
	Tree      string     `json:"tree"`
	TreeBytes string     `json:"tree_b64,omitempty"`
	IsRef     bool       `json:"is_ref"`
	Moodle    PluginCore `json:"moodle"` // of the tree
	// For is the Moodle that was asked about, null for none.
	For *PluginCore `json:"for"`
	// JudgedBy says what tells Moodle's own plugins from others: pin, the files of the
	// build that the tree was made from; list, Moodle's list in the tree; or nothing.
	JudgedBy string `json:"judged_by"`
	// Plugins are by path.
	Plugins []InventoryPlugin `json:"plugins"`
	// Cycles are plugins that need each other in a circle, by their names.
	Cycles [][]string    `json:"cycles"`
	Totals PluginsTotals `json:"totals"`
	// Warnings are reasons not to trust what is said here.
	Warnings []Warning `json:"-"`
}

// The values of [PluginsReport.JudgedBy].
const (
	JudgedByPin     = "pin"
	JudgedByList    = "list"
	JudgedByNothing = "nothing"
)

// PluginCore is a Moodle that plugins are held against.
type PluginCore struct {
	Tag        string        `json:"tag"`        // "" when it is no release
	Commit     ID            `json:"commit"`     // of upstream; null where that is not known
	Confidence string        `json:"confidence"` // how sure the commit is, as for a pin; "" without one
	Series     moodle.Series `json:"series"`
	Version    string        `json:"version"`
	Release    string        `json:"release"`

	version moodle.Version
}

// InventoryPlugin is an additional plugin.
type InventoryPlugin struct {
	Component string `json:"component"`
	Place
	Theme bool   `json:"theme"`
	Owner string `json:"owner"` // of a sub-plugin, the plugin that declares its type; ""
	// Seen reports whether Moodle takes the folder for a plugin.
	Seen         bool            `json:"seen"`
	Version      string          `json:"version"`
	Release      string          `json:"release"`
	Maturity     string          `json:"maturity"`
	Requires     string          `json:"requires"`
	Supported    *PluginRange    `json:"supported"`    // null where it does not say
	Incompatible string          `json:"incompatible"` // the first series it refuses, ""
	Unread       []string        `json:"unread"`       // fields of version.php that hold expressions
	Dependencies []PluginNeed    `json:"dependencies"`
	SubTypes     []string        `json:"subplugin_types"` // that it declares
	SubPlugins   []string        `json:"subplugins"`      // additional ones of those types
	Origin       InventoryOrigin `json:"origin"`
	Pin          *InventoryPin   `json:"pin"` // null where nothing says what it was made from
	// Changes are what the site did to it since, null where that is not known.
	Changes     *PluginChanges `json:"changes"`
	ChangesNote string         `json:"changes_note"` // why that is not known, ""
	Fit         *PluginFit     `json:"fit"`          // on the tree's own Moodle; null where version.php tells nothing
	FitFor      *PluginFit     `json:"fit_for"`      // on the Moodle that was asked about
	// Newest is the newest release known that fits the Moodle that was asked about,
	// else the tree's own.
	Newest     *Newer          `json:"newest"`
	NewestNote string          `json:"newest_note"` // why there is none, ""
	Files      int             `json:"files"`
	Problems   []PluginProblem `json:"problems"`
}

// PluginRange is the first and the last series that a plugin supports.
type PluginRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// PluginFit says how far a plugin suits a Moodle.
type PluginFit struct {
	Fit string `json:"fit"` // refused, untested, unstated or supported; see [moodle.Fit]
	Why string `json:"why"` // "" where there is nothing to say against it
}

// InventoryOrigin says where a plugin comes from.
type InventoryOrigin struct {
	// Kind is clone or submodule, for a repository of its own; owner, for a sub-plugin
	// that came with its owner; local or external, for a branch, as its record says;
	// listed, for a plugin of plugins.toml; else unknown.
	Kind   string `json:"kind"`
	Branch string `json:"branch"` // of the site, that brings it; ""
	// Remote is the URL that its repository, or plugins.toml, names; without password.
	Remote     string `json:"remote"`
	CheckedOut string `json:"checked_out"` // the branch in a clone, ""
	Problem    string `json:"problem"`     // why something of its repository is not known, ""
}

// The kinds of origins.
const (
	FromClone     = "clone"
	FromSubmodule = "submodule"
	FromOwner     = "owner"
	FromListed    = "listed"
	FromUnknown   = "unknown"
)

// InventoryPin is the state of its own repository that a plugin was made from.
type InventoryPin struct {
	Name   string `json:"name"`   // as plugins.toml has it, or the commit
	Commit ID     `json:"commit"` // null where that is not known
	By     string `json:"by"`     // who says so: plugins.toml, trailer (of the commit that brought it) or repository
}

// PluginChanges counts the files of a plugin that are not as in its pin. Of a clone all
// of them count as Modified.
type PluginChanges struct {
	Modified int `json:"modified"`
	Missing  int `json:"missing"`
	Added    int `json:"added"`
}

// IsNone reports whether nothing was changed.
func (c PluginChanges) IsNone() bool { return c == PluginChanges{} }

// PluginsTotals counts plugins.
type PluginsTotals struct {
	Plugins    int `json:"plugins"` // themes and sub-plugins included
	Themes     int `json:"themes"`
	SubPlugins int `json:"subplugins"`
	Unseen     int `json:"unseen"`
	Refused    int `json:"refused"` // by the Moodle that was asked about, else the tree's own
	Untested   int `json:"untested"`
	UnmetNeeds int `json:"unmet_needs"` // plugins that lack one that they need
	Changed    int `json:"changed"`
	Problems   int `json:"problems"` // plugins of which something is wrong
}

// Plugins lists the plugins of a tree that Moodle does not ship. It asks no remote
// and writes nothing but caches. The errors are *UsageError for a tree, tag or
// series that is not there, and *NotMoodleError.
func Plugins(ctx context.Context, site *Site, request PluginsRequest) (*PluginsReport, error) {
	r := &PluginsReport{Plugins: []InventoryPlugin{}, Cycles: [][]string{}}
	if request.For != "" {
		core, err := site.coreNamed(ctx, request.For)
		if err != nil {
			return nil, err
		}
		r.For = &core
	}
	t, err := site.openForPlugins(ctx, request)
	if err != nil {
		return nil, err
	}
	defer t.close()
	r.IsRef, r.Moodle, r.JudgedBy = t.tree.IsRef, t.core, t.judgedBy
	r.Tree, r.TreeBytes = pathJSON(t.tree.Name)
	inventory, err := plugins.Take(ctx, plugins.Request{Tree: t.tree, Layout: t.layout, Pristine: t.pristine, Standard: t.standard})
	if err != nil {
		return nil, err
	}
	r.Cycles = append(r.Cycles, inventory.Cycles...)
	if err := site.describePlugins(ctx, t, inventory, r); err != nil {
		return nil, err
	}
	for _, problem := range inventory.Problems {
		t.tree.warn(problem.ID, problem.Text)
	}
	if n := len(t.tree.Unread()); n > 0 {
		first := t.tree.Unread()[0]
		t.tree.warn("unread", fmt.Sprintf("what could not be read: %s, the first is %s: %s", count(n, "path"), ShowPath(first.Path), first.Reason))
	}
	r.Warnings = t.tree.Warnings
	r.sum()
	return r, nil
}

// describePlugins puts all that is known of the plugins into the report.
func (s *Site) describePlugins(ctx context.Context, t *pluginTree, inventory *plugins.Inventory, r *PluginsReport) error {
	origins, err := s.originsOf(ctx, t, inventory)
	if err != nil {
		return err
	}
	defer origins.claims.close()
	for i := range inventory.Plugins {
		p := describePlugin(&inventory.Plugins[i])
		if err := origins.describe(ctx, &inventory.Plugins[i], &p); err != nil {
			return fmt.Errorf("find out where %s comes from: %w", p.Component, err)
		}
		if err := s.fitPlugin(&inventory.Plugins[i], &p, r); err != nil {
			return err
		}
		r.Plugins = append(r.Plugins, p)
	}
	return nil
}

// describePlugin is what the tree says of a plugin.
func describePlugin(found *plugins.Plugin) InventoryPlugin {
	v := found.Version
	p := InventoryPlugin{
		Component: showComponent(found.Component), Place: At(found.Path), Theme: found.IsTheme(), Owner: showComponent(found.Owner), Seen: found.Seen,
		Version: v.Version, Release: validText(v.Release), Maturity: v.Maturity, Requires: v.Requires, Incompatible: v.Incompatible.String(),
		Unread: append([]string{}, v.Unread...), Dependencies: pluginNeeds(found.Dependencies),
		SubTypes: append([]string{}, found.Types...), SubPlugins: []string{}, Files: found.Files, Problems: pluginProblems(found.Problems),
	}
	if !v.From.IsZero() || !v.To.IsZero() {
		p.Supported = &PluginRange{From: v.From.String(), To: v.To.String()}
	}
	for _, c := range found.SubPlugins {
		p.SubPlugins = append(p.SubPlugins, showComponent(c))
	}
	return p
}

// showComponent is the name of a component that may be no name at all: a folder's
// name is whatever somebody called it.
func showComponent(c moodle.Component) string {
	if c == (moodle.Component{}) {
		return ""
	}
	return ShowPath(c.String())
}

func pluginNeeds(needs []plugins.Need) []PluginNeed {
	all := make([]PluginNeed, 0, len(needs))
	for _, n := range needs {
		all = append(all, PluginNeed{Component: n.Component.String(), Version: n.Version, Found: n.Found, State: string(n.State), Cyclic: n.Cyclic})
	}
	return all
}

func pluginProblems(problems []plugins.Problem) []PluginProblem {
	all := make([]PluginProblem, 0, len(problems))
	for _, p := range problems {
		all = append(all, PluginProblem{ID: p.ID, Text: validText(p.Text)})
	}
	return all
}

// sum counts.
func (r *PluginsReport) sum() {
	for _, p := range r.Plugins {
		t := &r.Totals
		t.Plugins++
		if fit := cmp.Or(p.FitFor, p.Fit); fit != nil && fit.Fit == moodle.Refused.String() {
			t.Refused++
		} else if fit != nil && fit.Fit == moodle.Untested.String() {
			t.Untested++
		}
		addIf(&t.Themes, p.Theme)
		addIf(&t.SubPlugins, p.Owner != "")
		addIf(&t.Unseen, !p.Seen)
		addIf(&t.UnmetNeeds, slices.ContainsFunc(p.Dependencies, PluginNeed.IsUnmet))
		addIf(&t.Changed, p.Changes != nil && !p.Changes.IsNone())
		addIf(&t.Problems, len(p.Problems) > 0)
	}
}

func addIf(n *int, yes bool) {
	if yes {
		*n++
	}
}

// IsUnmet reports whether the plugin that is needed is missing or too old.
func (n PluginNeed) IsUnmet() bool {
	return n.State == string(plugins.Missing) || n.State == string(plugins.TooOld)
}

// Found reports whether a check of the tree fails: a plugin that Moodle does not see
// or refuses, or of which something is wrong, one that lacks what it needs, or one
// that this site changed.
func (r *PluginsReport) Found() bool {
	t := r.Totals
	return t.Unseen+t.Refused+t.UnmetNeeds+t.Problems > 0
}

// progressOf are the two steps of looking at a tree.
func (r PluginsRequest) progressOf() (files func(live.Progress), index func(done, total int)) {
	if r.Progress == nil {
		return nil, nil
	}
	files = func(p live.Progress) { r.Progress(CorehackProgress{Step: "files", Progress: p}) }
	index = func(done, total int) {
		r.Progress(CorehackProgress{Step: "index", Progress: live.Progress{Files: done, TotalFiles: total}})
	}
	return files, index
}
