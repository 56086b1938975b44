package moodle

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// Place is a plugin as it stands in a tree.
type Place struct {
	Component Component
	Dir       string
}

// UpgradeOrder returns the types of plugins in the order in which Moodle upgrades
// them: core's own in the order of its list, then the types of sub-plugins by
// their owners, local plugins, and those of local ones
// (\core_component::fetch_plugintypes, upgrade_noncore). Deleted types are not
// among them: Moodle does not start with such a plugin on disk.
func (l *Layout) UpgradeOrder() []Type {
	l.lazy.Lock()
	defer l.lazy.Unlock()
	l.readAllOwners()
	var before, last, sub, subLast []Type
	for _, t := range l.types {
		switch {
		case t.Status == Deleted:
		case t.Name == "local":
			last = append(last, t)
		default:
			before = append(before, t)
		}
	}
	for _, typ := range ownerTypes {
		for _, owner := range l.ownersOf(typ) {
			for _, t := range l.owns[owner] {
				switch {
				case l.all[t.Name] != t: // another plugin declared it first
				case typ == "local":
					subLast = append(subLast, t)
				default:
					sub = append(sub, t)
				}
			}
		}
	}
	return slices.Concat(before, sub, last, subLast)
}

// ownersOf returns the plugins of a type that declare types of sub-plugins, by name.
// The caller holds the lock.
func (l *Layout) ownersOf(typ string) []Component {
	var owners []Component
	for owner, types := range l.owns {
		if owner.Type == typ && len(types) > 0 {
			owners = append(owners, owner)
		}
	}
	slices.SortFunc(owners, Component.Compare)
	return owners
}

// Plugins returns the plugins that stand in the tree, in the order in which Moodle
// upgrades them. As in Moodle, every directory with an acceptable name below that
// of a type is one; until 2.x many have no version.php.
//
// What could not be listed is an error, joined, beside the others; so is what
// [Layout.Err] says of the types of sub-plugins.
func (l *Layout) Plugins() ([]Place, error) {
	var places []Place
	var problems []error
	for _, t := range l.UpgradeOrder() {
		found, err := l.pluginsOf(t)
		problems = append(problems, err)
		places = append(places, found...)
	}
	return places, errors.Join(append(problems, l.Err())...)
}

// pluginsOf lists the plugins of one type.
func (l *Layout) pluginsOf(t Type) ([]Place, error) {
	entries, err := fs.ReadDir(l.tree, t.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", t.Dir, err)
	}
	var places []Place
	for _, e := range entries {
		if e.IsDir() && l.badName(t.Name, e.Name()) == "" {
			places = append(places, Place{Component{Type: t.Name, Name: e.Name()}, t.Dir + "/" + e.Name()})
		}
	}
	slices.SortFunc(places, func(a, b Place) int { return a.Component.Compare(b.Component) })
	return places, nil
}

// TypeNamed returns the type of that name, of core or of sub-plugins.
func (l *Layout) TypeNamed(name string) (Type, bool) { return l.typeNamed(name) }
