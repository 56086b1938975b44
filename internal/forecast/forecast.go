package forecast

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"sync"

	"mgit/internal/moodle"
)

// Forecast is what Moodle will do between two code bases.
type Forecast struct {
	From, To moodle.Version // of core
	// Upgrades are the components whose version rises, in the order in which Moodle
	// works: core, then the types of plugins in the order of the new tree with
	// sub-plugins behind, local plugins last. Most raise their version without
	// any step.
	Upgrades []Upgrade
	// Installs are new components, in the same order.
	Installs []Component
	// Gone are components that the new code lacks. Moodle keeps their data and says
	// that they are missing from disk.
	Gone []Component
	// Downgrades are components whose version is lower in the new code: Moodle
	// refuses the whole upgrade for one of them.
	Downgrades []Component
	// Unread are files that say no version, or could not be read.
	Unread []UnreadFile
	// NoOutage says that the new admin/cli/upgrade.php knows the option
	// --maintenance.
	NoOutage bool
}

// Component is a component in two code bases; the version of a side that lacks
// it is "".
type Component struct {
	Component moodle.Component
	Dir       string // in the new code, or the old where it is gone; "" for core
	From, To  string // versions
}

// Upgrade is a component whose version rises.
type Upgrade struct {
	Component
	File   string // its upgrade.php; "" when it has none
	Script Script // all that the file holds
	Steps  []Step // of these, those that will run
}

// Weight is that of the heaviest step that will run, and of what the file does besides.
func (u Upgrade) Weight() Weight {
	w := heaviest(u.Script.Always)
	for _, s := range u.Steps {
		if s.Weight.Compare(w) > 0 {
			w = s.Weight
		}
	}
	return w
}

// UnreadFile is a file that was not understood.
type UnreadFile struct {
	Component moodle.Component
	Path      string
	Why       string
}

// Between compares two code bases, each a whole tree of Moodle with the plugins
// that are in it. The error is for a tree that is no Moodle, and for what cannot be
// read; what is read and not understood is in Unread.
func Between(ctx context.Context, from, to fs.FS) (*Forecast, error) {
	old, err := readCode(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("read the old code: %w", err)
	}
	current, err := readCode(ctx, to)
	if err != nil {
		return nil, fmt.Errorf("read the new code: %w", err)
	}
	f := &Forecast{From: old.layout.Version(), To: current.layout.Version(), Unread: slices.Concat(old.unread, current.unread)}
	if f.NoOutage, err = current.knowsNoOutage(); err != nil {
		return nil, err
	}
	for _, p := range current.plugins {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := f.compare(current, p, old.versions[p.Component]); err != nil {
			return nil, err
		}
	}
	for _, p := range old.plugins {
		if _, has := current.versions[p.Component]; !has && old.versions[p.Component] != "" {
			f.Gone = append(f.Gone, Component{Component: p.Component, Dir: p.Dir, From: old.versions[p.Component]})
		}
	}
	return f, nil
}

// compare enters one component of the new code.
func (f *Forecast) compare(current *code, p moodle.Place, was string) error {
	c := Component{Component: p.Component, Dir: p.Dir, From: was, To: current.versions[p.Component]}
	switch {
	case c.To == "":
		return nil // without a version nothing is done; what is odd about it is in Unread
	case was == "":
		f.Installs = append(f.Installs, c)
		return nil
	}
	switch order := moodle.CompareVersions(was, c.To); {
	case order > 0:
		f.Downgrades = append(f.Downgrades, c)
		return nil
	case order == 0:
		return nil
	}
	u := Upgrade{Component: c}
	file := current.upgradeFile(p)
	script, err := readScript(current.tree, file)
	if err != nil {
		return err
	}
	if script == nil {
		f.Upgrades = append(f.Upgrades, u)
		return nil
	}
	u.File, u.Script = file, *script
	for _, s := range script.Steps {
		if s.RunsFrom(was) {
			u.Steps = append(u.Steps, s)
		}
	}
	f.Upgrades = append(f.Upgrades, u)
	if script.Function == "" {
		f.Unread = append(f.Unread, UnreadFile{c.Component, file, "has no upgrade function"})
	}
	return nil
}

// code is one code base.
type code struct {
	tree    fs.FS
	layout  *moodle.Layout
	plugins []moodle.Place // core first
	// versions are those of core and of each plugin; "" for a plugin that says
	// none.
	versions map[moodle.Component]string
	unread   []UnreadFile
}

func readCode(ctx context.Context, tree fs.FS) (*code, error) {
	layout, err := moodle.ReadLayout(tree)
	if err != nil {
		return nil, err
	}
	core := moodle.Component{Type: moodle.CoreType}
	c := &code{
		tree: tree, layout: layout, plugins: []moodle.Place{{Component: core}},
		versions: map[moodle.Component]string{core: layout.Version().Version},
	}
	plugins, err := layout.Plugins()
	var format *moodle.FormatError
	if err != nil && !errors.As(err, &format) && len(plugins) == 0 {
		return nil, err
	}
	if err != nil {
		c.unread = append(c.unread, UnreadFile{core, "", err.Error()})
	}
	c.plugins = append(c.plugins, plugins...)
	for _, p := range plugins {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := c.readVersion(p); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// readVersion reads a plugin's version.php. Themes and others had none until 2.x.
func (c *code) readVersion(p moodle.Place) error {
	c.versions[p.Component] = ""
	file := p.Dir + "/version.php"
	source, err := fs.ReadFile(c.tree, file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	plugin, err := moodle.ParsePlugin(source)
	switch {
	case err != nil:
		c.unread = append(c.unread, UnreadFile{p.Component, file, err.Error()})
	case plugin.Version == "":
		c.unread = append(c.unread, UnreadFile{p.Component, file, "the version is an expression"})
	default:
		c.versions[p.Component] = plugin.Version
	}
	return nil
}

// upgradeFile is where a component has its steps.
func (c *code) upgradeFile(p moodle.Place) string {
	if p.Component.IsCore() {
		return c.layout.Docroot() + "lib/db/upgrade.php"
	}
	return p.Dir + "/db/upgrade.php"
}

// readScript reads an upgrade.php with the functions beside it; nil when there is none.
func readScript(tree fs.FS, file string) (*Script, error) {
	source, err := fs.ReadFile(tree, file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	var helpers [][]byte
	for _, name := range helperFiles(file) {
		helper, err := fs.ReadFile(tree, name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		helpers = append(helpers, helper)
	}
	script := ParseScript(source, helpers...)
	return &script, nil
}

var upgradeName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`upgrade\.php$`) })

// helperFiles are the files whose functions an upgrade.php calls: db/upgradelib.php by
// Moodle's convention, and for core lib/upgradelib.php too.
func helperFiles(file string) []string {
	helpers := []string{upgradeName().ReplaceAllString(file, "upgradelib.php")}
	if core, ok := cutCore(file); ok {
		helpers = append(helpers, core+"lib/upgradelib.php")
	}
	return helpers
}

// cutCore returns the web root before core's own upgrade.php.
func cutCore(file string) (root string, ok bool) {
	for _, root := range []string{"", "public/"} {
		if file == root+"lib/db/upgrade.php" {
			return root, true
		}
	}
	return "", false
}

var maintenanceOption = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`['"]maintenance['"]\s*=>`) })

// knowsNoOutage reports whether the upgrade script can leave the site open.
func (c *code) knowsNoOutage() (bool, error) {
	for _, root := range []string{"", c.layout.Docroot()} {
		file := root + "admin/cli/upgrade.php"
		source, err := fs.ReadFile(c.tree, file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("read %s: %w", file, err)
		}
		return maintenanceOption().Match(source), nil
	}
	return false, nil
}
