package corehack

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/upstream"
)

// Plugin is a plugin that the pin lacks.
type Plugin struct {
	Path      string
	Component moodle.Component // by its place
	// Version is what its version.php says; zero where there is none, or nothing
	// that can be understood.
	Version    moodle.Plugin
	Repository *live.Repository // where the plugin is a clone or a submodule of its own
	Files      int              // those of plugins inside it are theirs
	Shipped    upstream.Commit  // the commit that took it out of Moodle before the pin, or None
	// Problem says for people why Moodle does not see the plugin, what is wrong with
	// its version.php, or that Moodle shipped it once; "".
	Problem string
}

// errNoVersion says that a plugin has no version.php.
var errNoVersion = errors.New("it has no version.php")

// versionLimit is the largest version.php or declaration of sub-plugins that is read.
const versionLimit = 1 << 20

// findPlugins finds the plugins among the files that the pin lacks: folders where
// the layout has plugins, with a version.php or a repository of their own.
func (c *comparison) findPlugins(extra []*live.File) {
	repositories := c.nestedRepositories()
	candidates := c.pluginFolders(extra, repositories)
	if len(candidates) == 0 {
		return
	}
	finder := pluginFinder{comparison: c, repositories: repositories, types: make(map[string]place)}
	// A plugin may declare a type whose folder was passed over before.
	for found := true; found && len(candidates) > 0; {
		before := len(candidates)
		candidates = slices.DeleteFunc(candidates, finder.take)
		found = finder.declared && len(candidates) < before
		finder.declared = false
	}
	if len(finder.problems) > 0 {
		c.problem("subplugins-unreadable", fmt.Sprintf("%s what sub-plugins they have in a way that cannot be read: %s",
			plural(len(finder.problems), "plugin says", "plugins say"), strings.Join(finder.problems, ", ")))
	}
}

func (c *comparison) nestedRepositories() map[string]*live.Repository {
	nested := make(map[string]*live.Repository)
	for _, r := range c.Tree.Repositories() {
		if r.Path != "" {
			nested[r.Path] = &r
		}
	}
	return nested
}

// pluginFolders returns the folders that could be plugins by what is in them,
// those above before those inside.
func (c *comparison) pluginFolders(extra []*live.File, repositories map[string]*live.Repository) []string {
	folders := make(map[string]bool)
	add := func(dir string) {
		if strings.Contains(dir, "/") && !c.pinHasDir(dir) {
			folders[dir] = true
		}
	}
	for dir := range repositories {
		add(dir)
	}
	noVersion, noThemeVersion := c.mayLackVersion("block"), c.mayLackVersion("theme")
	last := ""
	for _, f := range extra {
		dir, base := cutPath(f.Path)
		switch {
		case dir == last || f.Mode == git.ModeLink:
			continue
		case base == "version.php", noVersion && strings.HasSuffix(base, ".php"), noThemeVersion && base == "config.php" && strings.HasPrefix(dir, "theme/"):
			add(dir)
			last = dir
		}
	}
	for path := range c.unread {
		if dir, base := cutPath(path); base == "version.php" {
			add(dir)
		}
	}
	sorted := make([]string, 0, len(folders))
	for dir := range folders {
		sorted = append(sorted, dir)
	}
	slices.Sort(sorted)
	return sorted
}

// mayLackVersion reports whether plugins of a type worked without a version.php
// in the series of the pin: all did until 2.1, themes until 2.5.
func (c *comparison) mayLackVersion(typ string) bool {
	last := moodle.Series{Major: 2, Minor: 1}
	if typ == "theme" {
		last.Minor = 5
	}
	return c.Layout.Series().Compare(last) <= 0
}

// place is a folder in which plugins of a type live.
type place struct {
	name      string // of the type
	misplaced bool   // outside public/ where Moodle has that
	ok        bool
}

// pluginFinder takes the plugins from a list of folders.
type pluginFinder struct {
	*comparison
	repositories map[string]*live.Repository
	types        map[string]place // by folder
	declared     bool             // a plugin has declared types
	problems     []string         // plugins whose declaration is unreadable
}

// take makes a plugin of the folder and reports whether it is one.
func (p *pluginFinder) take(dir string) bool {
	parent, name := cutPath(dir)
	at, known := p.types[parent]
	if !known {
		at = p.placeOf(parent)
		p.types[parent] = at
	}
	if !at.ok {
		return false
	}
	plugin := Plugin{
		Path: dir, Component: moodle.Component{Type: at.name, Name: name},
		Repository: p.repositories[dir], Shipped: p.shipped(dir),
	}
	var read error
	plugin.Version, read = p.version(dir)
	if err := p.Layout.CheckName(at.name, name); err != nil {
		var bad *moodle.NameError
		if read != nil || !errors.As(err, &bad) {
			return false // a folder like tests, whose version.php is something else
		}
		plugin.Problem = "Moodle does not see it: " + bad.Reason
	}
	switch declared := plugin.Version.Component; {
	case plugin.Problem != "":
	case at.misplaced:
		plugin.Problem = "Moodle does not see it: it lies outside public/"
	case read == errNoVersion && p.mayLackVersion(plugin.Component.Type):
	case read != nil:
		plugin.Problem = read.Error()
	case declared != moodle.Component{} && declared != plugin.Component:
		plugin.Problem = "its version.php says that it is " + declared.String()
	case plugin.Shipped != upstream.None:
		plugin.Problem = "Moodle shipped it until " + p.release(plugin.Shipped) + " and removed it"
	}
	p.plugins[dir] = len(p.Plugins)
	p.Plugins = append(p.Plugins, plugin)
	if !at.misplaced {
		p.declare(plugin)
	}
	return true
}

func (p *pluginFinder) placeOf(dir string) place {
	if t, ok := p.Layout.TypeAt(dir); ok {
		return place{t.Name, false, true}
	}
	if docroot := p.Layout.Docroot(); !strings.HasPrefix(dir+"/", docroot) {
		t, ok := p.Layout.TypeAt(docroot + dir)
		return place{t.Name, true, ok}
	}
	return place{}
}

// version reads the version.php in a folder. The error says, without the tree's
// contents, why there is nothing.
func (p *pluginFinder) version(dir string) (moodle.Plugin, error) {
	path := dir + "/version.php"
	f, ok := p.liveFile(path)
	switch {
	case p.unread[path]:
		return moodle.Plugin{}, errors.New("its version.php could not be read")
	case !ok || f.Mode == git.ModeLink:
		return moodle.Plugin{}, errNoVersion
	}
	source, err := p.read(path, versionLimit)
	if err != nil {
		return moodle.Plugin{}, errors.New("its version.php could not be read")
	}
	version, err := moodle.ParsePlugin(source)
	if err != nil {
		return moodle.Plugin{}, errors.New("its version.php sets no version of a plugin")
	}
	return version, nil
}

// declare takes up the types of sub-plugins that a plugin brings.
func (p *pluginFinder) declare(plugin Plugin) {
	types, err := p.Layout.SubTypes(files{p.comparison}, plugin.Component)
	if err != nil {
		p.problems = append(p.problems, plugin.Component.String())
	}
	for _, t := range types {
		if !p.types[t.Dir].ok {
			p.types[t.Dir] = place{t.Name, false, true}
			p.declared = true
		}
	}
}

// shipped returns the commit that took a plugin out of Moodle.
func (c *comparison) shipped(dir string) upstream.Commit {
	path := dir + "/version.php"
	if c.Index == nil || c.Pin == upstream.None || !c.Index.HasPath(path) {
		return upstream.None
	}
	return c.removal(path)
}

// files shows the files of a tree to package moodle. A file that cannot be read
// is an error without the system's words.
type files struct{ c *comparison }

// Open implements fs.FS; ReadFile is what is called.
func (t files) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errors.ErrUnsupported}
}

// ReadFile implements fs.ReadFileFS.
func (t files) ReadFile(name string) ([]byte, error) {
	f, ok := t.c.liveFile(name)
	if !ok || f.Mode == git.ModeLink {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return t.c.read(name, versionLimit)
}
