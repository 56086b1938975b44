package plugins

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
)

// Tree is a tree to look for plugins in. [live.Tree] is nearly one.
type Tree interface {
	// Files are by path; a link is one, whatever it leads to.
	Files() []live.File
	File(path string) (live.File, bool)
	// Read returns the content of a regular file that is not larger than limit; see
	// [live.Tree.Read].
	Read(path string, limit int64) ([]byte, error)
	// Repositories are the nested clones and submodules, and the tree's own.
	Repositories() []live.Repository
	Unread() []live.Unread
}

// Request says which tree to look at, and how to tell what is Moodle's.
type Request struct {
	Tree   Tree
	Layout *moodle.Layout // of the tree, see [Files]
	// Pristine are the paths of the files of the upstream build that the tree was made
	// from, in order; nil where that is not known. They decide what is Moodle's own.
	Pristine []string
	// Standard is the list of plugins in that build, or else in the tree itself, which
	// decides where Pristine is nil; nil where there is no list. Of a build it also
	// tells what Moodle has removed.
	Standard *moodle.StandardPlugins
}

// Inventory are the plugins of a tree that Moodle does not ship.
type Inventory struct {
	Plugins []Plugin // by path
	// Cycles are plugins that need each other in a circle, see [Cycles].
	Cycles   [][]string
	Problems []Problem // of the tree, not of one plugin

	byPath map[string]int
}

// Plugin is a plugin that Moodle does not ship.
type Plugin struct {
	// Path is its folder, raw bytes.
	Path string
	// Component is what it is by its place. Where no plugin can live there, it is what
	// its version.php says.
	Component moodle.Component
	// Owner is of a sub-plugin the plugin that declares its type; else zero.
	Owner moodle.Component
	// Version is what version.php says; zero when HasVersion is false.
	Version    moodle.Plugin
	HasVersion bool
	// Seen reports whether Moodle takes the folder for a plugin.
	Seen         bool
	Repository   *live.Repository // where it is a clone or a submodule of its own
	Files        int              // those of plugins inside it are theirs
	Types        []string         // the types of sub-plugins that it declares
	SubPlugins   []moodle.Component
	Dependencies []Need // by component
	Problems     []Problem
}

// IsTheme reports whether the plugin is a theme.
func (p *Plugin) IsTheme() bool { return p.Component.Type == "theme" }

// HasProblem reports whether the plugin has a problem with the id.
func (p *Plugin) HasProblem(id string) bool {
	return slices.ContainsFunc(p.Problems, func(known Problem) bool { return known.ID == id })
}

// Problem is something that somebody should know about a plugin.
type Problem struct {
	ID   string
	Text string // for people, without the plugin's name
}

// The ids of problems. For the first group Moodle does not see the plugin.
const (
	InvalidName   = "invalid-name"   // Moodle passes over folders of this name
	OutsidePublic = "outside-public" // the plugin did not move when Moodle 5.1 did
	BelowPublic   = "below-public"   // the plugin is where only 5.1 and later look
	WrongPlace    = "wrong-place"    // no plugins live there
	NoVersion     = "no-version"     // there is no version.php
	NotCheckedOut = "not-checked-out"

	LinkedFolder      = "link" // the folder is a link, which is not followed
	Unreadable        = "unreadable"
	NotAVersion       = "not-a-version" // version.php sets no version that can be read
	Conflicted        = "conflict-markers"
	Expressions       = "expressions" // version.php has values that are computed
	ComponentMismatch = "component-mismatch"
	ByteOrderMark     = "byte-order-mark"
	RemovedFromCore   = "removed-from-core" // Moodle shipped it once
	ReplacesCore      = "replaces-core"     // a repository stands in place of Moodle's own
	DeprecatedType    = "deprecated-type"
	DeletedType       = "deleted-type" // Moodle does not upgrade while it is there
	BadSubPlugins     = "subplugins-unreadable"
)

// Take lists the plugins of a tree that Moodle does not ship. The error is that of ctx;
// whatever cannot be read is said in the inventory.
func Take(ctx context.Context, request Request) (*Inventory, error) {
	t := &taking{
		ctx: ctx, Request: request, Inventory: &Inventory{byPath: make(map[string]int)},
		repositories: make(map[string]*live.Repository), unread: make(map[string]live.Unread),
	}
	for _, r := range request.Tree.Repositories() {
		if r.Path != "" {
			t.repositories[r.Path] = &r
		}
	}
	for _, u := range request.Tree.Unread() {
		t.unread[u.Path] = u
	}
	t.findAll()
	t.findStray()
	slices.SortFunc(t.Plugins, func(a, b Plugin) int { return strings.Compare(a.Path, b.Path) })
	for i, p := range t.Plugins {
		t.byPath[p.Path] = i
	}
	t.countFiles()
	t.nameSubPlugins()
	t.weighNeeds()
	return t.Inventory, ctx.Err()
}

// Owner is the plugin that a path belongs to: the one with the longest path. It is
// nil for Moodle's own files and for those of nobody.
func (i *Inventory) Owner(path string) *Plugin {
	for at := path; at != ""; {
		if n, ok := i.byPath[at]; ok {
			return &i.Plugins[n]
		}
		at, _ = cutPath(at)
	}
	return nil
}

// Find is the plugin of a component that Moodle sees, else one that it does not
// see, else nil.
func (i *Inventory) Find(c moodle.Component) *Plugin {
	var hidden *Plugin
	for n := range i.Plugins {
		switch p := &i.Plugins[n]; {
		case p.Component != c:
		case p.Seen:
			return p
		default:
			hidden = cmp.Or(hidden, p)
		}
	}
	return hidden
}

// taking makes an inventory.
type taking struct {
	ctx context.Context // of the one operation this value lives for
	Request
	*Inventory
	repositories map[string]*live.Repository
	unread       map[string]live.Unread
}

// findAll looks into every folder where plugins live or are left behind.
func (t *taking) findAll() {
	types := t.Layout.Types()
	t.nameBadTypes()
	seen := make(map[string]bool)
	for _, typ := range types {
		if seen[typ.Dir] {
			continue
		}
		seen[typ.Dir] = true
		for _, name := range t.children(typ.Dir) {
			if t.ctx.Err() != nil {
				return
			}
			t.take(typ, typ.Dir+"/"+name, "")
		}
		t.findMisplaced(typ)
		if f, ok := t.Tree.File(typ.Dir); ok && f.Mode == git.ModeLink {
			t.problem(LinkedFolder, quoted(typ.Dir)+" is a link, which is not followed: the plugins in it are not known")
		}
		if u, ok := t.unread[typ.Dir]; ok && u.Dir {
			t.problem(Unreadable, quoted(typ.Dir)+" could not be read ("+u.Reason+"): the plugins in it are not known")
		}
	}
}

// findMisplaced looks where plugins of a type live in the other layout.
func (t *taking) findMisplaced(typ moodle.Type) {
	const public = "public/"
	dir, problem := public+typ.Dir, BelowPublic
	if t.Layout.Public() {
		dir, problem = strings.TrimPrefix(typ.Dir, public), OutsidePublic
	}
	for _, name := range t.children(dir) {
		path := dir + "/" + name
		if _, hasVersion := t.Tree.File(path + "/version.php"); hasVersion || t.repositories[path] != nil {
			t.take(typ, path, problem)
		}
	}
}

// nameBadTypes says which plugins declare sub-plugins in a way that cannot be read.
func (t *taking) nameBadTypes() {
	if err := t.Layout.Err(); err != nil {
		for line := range strings.Lines(err.Error()) {
			t.problem(BadSubPlugins, "a declaration of sub-plugins cannot be used: "+quoted(strings.TrimSpace(line)))
		}
	}
}

func (t *taking) problem(id, text string) { t.Problems = append(t.Problems, Problem{id, text}) }

// children are the names of the folders, links and repositories in a folder, in order.
func (t *taking) children(dir string) []string {
	var names []string
	for name, f := range inFolder(t.Tree.Files(), dir) {
		if f == nil || f.Mode == git.ModeLink {
			names = append(names, name)
		}
	}
	for path := range t.repositories {
		if parent, name := cutPath(path); parent == dir {
			names = append(names, name)
		}
	}
	for path, u := range t.unread {
		if parent, name := cutPath(path); parent == dir && u.Dir {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// take makes a plugin of a folder of a type, unless it is Moodle's own or no
// plugin at all. Misplaced is the problem of its place, "" where it is right.
func (t *taking) take(typ moodle.Type, path, misplaced string) {
	_, name := cutPath(path)
	p := Plugin{
		Path: path, Component: moodle.Component{Type: typ.Name, Name: name}, Owner: typ.Owner,
		Repository: t.repositories[path], Seen: true,
	}
	own := t.isMoodles(&p)
	if own && p.Repository == nil {
		return
	}
	if f, ok := t.Tree.File(path); ok {
		if f.Mode == git.ModeLink && t.Layout.CheckName(typ.Name, name) == nil {
			p.add(LinkedFolder, "its folder is a link, which is not followed, so that nothing is known of it")
			t.keep(p, misplaced)
		}
		return // a file among plugins, such as mod/README.txt
	}
	t.readVersion(&p)
	if err := t.Layout.CheckName(typ.Name, name); err != nil {
		if !p.HasVersion {
			return // a folder like tests or classes
		}
		p.add(InvalidName, "Moodle does not see it: "+reasonOf(err)+elsewhere(t.Layout, p.Version.Component))
		p.Seen = false
	}
	t.judge(&p, typ, own)
	t.keep(p, misplaced)
}

// keep takes a plugin into the inventory.
func (t *taking) keep(p Plugin, misplaced string) {
	switch misplaced {
	case OutsidePublic:
		p.add(OutsidePublic, "Moodle does not see it: it lies outside public/")
		p.Seen = false
	case BelowPublic:
		p.add(BelowPublic, "Moodle does not see it: it lies below public/, which this Moodle does not have")
		p.Seen = false
	}
	t.byPath[p.Path] = len(t.Plugins)
	t.Plugins = append(t.Plugins, p)
}

// isMoodles reports whether a plugin is one that Moodle ships.
func (t *taking) isMoodles(p *Plugin) bool {
	if t.Pristine != nil {
		i, _ := slices.BinarySearch(t.Pristine, p.Path+"/")
		return i < len(t.Pristine) && strings.HasPrefix(t.Pristine[i], p.Path+"/")
	}
	return t.Standard != nil && t.Standard.Ships(p.Component)
}

// judge notes what a plugin is that it should not be.
func (t *taking) judge(p *Plugin, typ moodle.Type, own bool) {
	switch {
	case own:
		p.add(ReplacesCore, "a repository stands in the place of the plugin that Moodle ships")
	case t.Standard != nil && t.Standard.Removed(p.Component):
		p.add(RemovedFromCore, "Moodle shipped it once and has removed it")
	}
	switch typ.Status {
	case moodle.Deprecated:
		p.add(DeprecatedType, "Moodle is about to give up plugins of the type "+typ.Name)
	case moodle.Deleted:
		p.add(DeletedType, "Moodle has no plugins of the type "+typ.Name+" any more, and does not upgrade while one is there")
	}
	if declared := p.Version.Component; declared != (moodle.Component{}) && declared != p.Component && p.Seen {
		p.add(ComponentMismatch, "its version.php says that it is "+declared.String())
	}
}

func (p *Plugin) add(id, text string) { p.Problems = append(p.Problems, Problem{id, text}) }

// elsewhere says where a plugin belongs that names itself.
func elsewhere(l *moodle.Layout, c moodle.Component) string {
	if c == (moodle.Component{}) {
		return ""
	}
	dir, ok := l.PathOf(c)
	if !ok {
		return "; its version.php says that it is " + c.String()
	}
	return "; its version.php says that it is " + c.String() + ", which lives in " + dir
}

// countFiles gives every file to the plugin with the longest path.
func (t *taking) countFiles() {
	if len(t.Plugins) == 0 {
		return
	}
	lastDir, last := "", (*Plugin)(nil)
	for _, f := range t.Tree.Files() {
		dir, _ := cutPath(f.Path)
		if dir != lastDir {
			lastDir, last = dir, t.Owner(dir)
		}
		if last != nil {
			last.Files++
		}
	}
}

// nameSubPlugins tells every plugin its sub-plugins.
func (t *taking) nameSubPlugins() {
	at := make(map[moodle.Component]int)
	for i, p := range t.Plugins {
		if p.Seen {
			at[p.Component] = i
		}
	}
	for _, typ := range t.Layout.Types() {
		if i, ok := at[typ.Owner]; ok && typ.Owner != (moodle.Component{}) {
			t.Plugins[i].Types = append(t.Plugins[i].Types, typ.Name)
		}
	}
	for _, p := range t.Plugins {
		if i, ok := at[p.Owner]; ok && p.Owner != (moodle.Component{}) {
			t.Plugins[i].SubPlugins = append(t.Plugins[i].SubPlugins, p.Component)
		}
	}
}
