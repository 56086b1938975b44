package moodle

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Fate is what became of a component or of a type of plugins between two trees.
type Fate string

// The fates. A component that Entered is shipped by the later tree only; one that
// Left by the earlier tree only. Types can be retired too: first deprecated, then
// deleted, and a plugin of a deleted type on disk blocks the upgrade.
const (
	Entered           Fate = "entered"
	Left              Fate = "left"
	Moved             Fate = "moved"
	RetiredDeprecated Fate = "deprecated"
	RetiredDeleted    Fate = "deleted"
)

// ComponentChange is a plugin that two trees of core do not both have in the same place.
type ComponentChange struct {
	Component Component
	Fate      Fate
	From, To  string // directories; "" on the side that lacks it
	// Listed says that the later tree's own list names the plugin as removed.
	Listed bool
	// Now is a plugin of the same name and another type that entered at the same
	// time: perhaps the same one under a new name. Zero for none.
	Now Component
}

// TypeChange is a type of plugins that two trees do not both have in the same way.
type TypeChange struct {
	Type     string
	Fate     Fate
	From, To string    // directories; "" on the side that lacks it
	Owner    Component // of a type of sub-plugins: the plugin that declares it
}

// Changes is how the components of core differ between two trees.
type Changes struct {
	Components []ComponentChange // by component
	Types      []TypeChange      // by name
}

// Of returns the change of a component; not ok where both trees, or neither, have it
// in the same place.
func (c Changes) Of(component Component) (change ComponentChange, ok bool) {
	i, ok := slices.BinarySearchFunc(c.Components, component, func(a ComponentChange, b Component) int {
		return a.Component.Compare(b)
	})
	if !ok {
		return ComponentChange{}, false
	}
	return c.Components[i], true
}

// OfType returns the change of a type.
func (c Changes) OfType(name string) (change TypeChange, ok bool) {
	i, ok := slices.BinarySearchFunc(c.Types, name, func(a TypeChange, b string) int {
		return strings.Compare(a.Type, b)
	})
	if !ok {
		return TypeChange{}, false
	}
	return c.Types[i], true
}

// Between compares the plugins of two pristine trees. The trees themselves decide;
// the later one's list of standard plugins only says of those that left whether
// they were removed on purpose. That everything stands below public/ in one of
// the trees is no move: see [Layout.Public].
//
// The error joins what could not be read, and the answer holds without it; the
// trees' own broken declarations of sub-plugins are among them.
func Between(from, to *Layout) (Changes, error) {
	old, errOld := from.Plugins()
	current, errNew := to.Plugins()
	list, err := to.StandardPlugins()
	if errors.Is(err, ErrNoStandardList) {
		err = nil
	}
	changes := Changes{Components: componentChanges(from, to, old, current), Types: typeChanges(from, to)}
	if list != nil {
		for i, c := range changes.Components {
			changes.Components[i].Listed = c.Fate == Left && list.Removed(c.Component)
		}
	}
	return changes, errors.Join(errOld, errNew, err)
}

func componentChanges(from, to *Layout, old, current []Place) []ComponentChange {
	was, is := dirsOf(old), dirsOf(current)
	var all []ComponentChange
	entered := make(map[string][]Component) // by name
	for _, p := range current {
		dir, had := was[p.Component]
		switch {
		case !had:
			all = append(all, ComponentChange{Component: p.Component, Fate: Entered, To: p.Dir})
			entered[p.Component.Name] = append(entered[p.Component.Name], p.Component)
		case from.below(dir) != to.below(p.Dir):
			all = append(all, ComponentChange{Component: p.Component, Fate: Moved, From: dir, To: p.Dir})
		}
	}
	for _, p := range old {
		if _, has := is[p.Component]; has {
			continue
		}
		c := ComponentChange{Component: p.Component, Fate: Left, From: p.Dir}
		if same := entered[p.Component.Name]; len(same) == 1 {
			c.Now = same[0]
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b ComponentChange) int { return a.Component.Compare(b.Component) })
	return all
}

func dirsOf(places []Place) map[Component]string {
	dirs := make(map[Component]string, len(places))
	for _, p := range places {
		dirs[p.Component] = p.Dir
	}
	return dirs
}

// below is a path from the web root on.
func (l *Layout) below(dir string) string { return strings.TrimPrefix(dir, l.Docroot()) }

func typeChanges(from, to *Layout) []TypeChange {
	was, is := typesByName(from), typesByName(to)
	var all []TypeChange
	for name, t := range is {
		old, had := was[name]
		change := TypeChange{Type: name, From: old.Dir, To: t.Dir, Owner: t.Owner}
		switch {
		case t.Status != old.Status && t.Status != InUse:
			change.Fate = Fate(t.Status)
		case !had:
			change.Fate = Entered
		case from.below(old.Dir) != to.below(t.Dir):
			change.Fate = Moved
		default:
			continue
		}
		all = append(all, change)
	}
	for name, t := range was {
		if _, has := is[name]; !has {
			all = append(all, TypeChange{Type: name, Fate: Left, From: t.Dir, Owner: t.Owner})
		}
	}
	slices.SortFunc(all, func(a, b TypeChange) int { return cmp.Compare(a.Type, b.Type) })
	return all
}

func typesByName(l *Layout) map[string]Type {
	types := make(map[string]Type)
	for _, t := range l.Types() {
		types[t.Name] = t
	}
	return types
}
