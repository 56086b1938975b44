package layout

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// place says where the newer layout has what the older has at a path.
type place uint8

const (
	unknown place = iota // neither release says
	stays                // at the same path
	moves                // at the same path below public/
	splits               // a folder that is at both places
)

// folder is the table of places for the names in one folder of the older layout.
type folder struct {
	places map[string]place
	inside map[string]*folder // of those that split
	other  place              // of all other names
}

// readTable compares a release of the older layout with one of the newer.
func readTable(ctx context.Context, r tree.Reader, older, newer git.ID) (*folder, error) {
	c, err := tree.Read(ctx, r, older)
	if err != nil {
		return nil, err
	}
	root, err := tree.Read(ctx, r, newer)
	if err != nil {
		return nil, err
	}
	var public git.Tree
	if e, ok := root.Entry(below); ok && e.Mode.IsTree() {
		if public, err = tree.Read(ctx, r, e.ID); err != nil {
			return nil, err
		}
	}
	isOther := func(e git.TreeEntry) bool { return e.Name == below }
	c, root = slices.DeleteFunc(slices.Clone(c), isOther), slices.DeleteFunc(slices.Clone(root), isOther)
	f, err := readFolder(ctx, r, []git.Tree{c, root, public}, true)
	if err != nil {
		return nil, err
	}
	f.other = unknown
	for _, name := range keptAtRoot() {
		f.places[name] = stays
	}
	return f, nil
}

// keptAtRoot names what no release has and what belongs to the top all the same: what
// Moodle's own .gitignore of 5.1 lists there, the file that its packages have there,
// and what Git looks for there.
func keptAtRoot() []string {
	return []string{
		"config.php", "vendor", "node_modules", "composer.phar", "phpunit.xml", "behat.yml", "githash.php",
		".gitignore", ".gitattributes", ".gitmodules", ".mailmap",
	}
}

// readFolder compares a folder of the older layout with the two that the newer has in
// its place: at the root and below public/. What is new in a folder of which only a
// part stayed goes below public/, as all but a few named things did.
func readFolder(ctx context.Context, r tree.Reader, trees []git.Tree, isTop bool) (*folder, error) {
	f := &folder{places: make(map[string]place), inside: make(map[string]*folder), other: moves}
	err := tree.Zip(trees, func(name string, at []tree.Node) error {
		p := placeOf(at[0], at[1], at[2])
		if p == unknown {
			p = placeOfGone(name, at[0], isTop)
		}
		f.places[name] = p
		if p != splits {
			return nil
		}
		var children []git.Tree
		for _, n := range at {
			t, err := tree.Read(ctx, r, n.Dir)
			if err != nil {
				return err
			}
			children = append(children, t)
		}
		inside, err := readFolder(ctx, r, children, false)
		f.inside[name] = inside
		return err
	})
	return f, err
}

// placeOf decides by where the newer release has the name. Where that is at both
// places as a file, the one at the root stands in for the one that went, as index.php
// does, unless it is the file of before.
func placeOf(older, root, public tree.Node) place {
	none := tree.Node{}
	switch {
	case root == none && public == none:
		return unknown
	case public == none:
		return stays
	case root == none:
		return moves
	case root.Dir != git.ZeroID && public.Dir != git.ZeroID:
		return splits
	case older.File != (tree.File{}) && root.File.ID == older.File.ID && public.File.ID != older.File.ID:
		return stays
	case older.Dir != git.ZeroID && root.Dir != git.ZeroID:
		return stays
	}
	return moves
}

// placeOfGone is the place of what upstream has removed. It matters where a branch
// has changed it: there the two conflict, at a path that people find.
func placeOfGone(name string, older tree.Node, isTop bool) place {
	if isTop && (strings.HasPrefix(name, ".") || older.Dir == git.ZeroID && path.Ext(name) != ".php") {
		return stays
	}
	return moves
}

// addTypes enters the folders of components that neither release has: a type of
// plugins of which Moodle ships none.
func (f *folder) addTypes(l *moodle.Layout) {
	for _, t := range l.CoreTypes() {
		name, _, _ := strings.Cut(strings.TrimPrefix(t.Dir, l.Docroot()), "/")
		if _, listed := f.places[name]; !listed {
			f.places[name] = moves
		}
	}
}

// find returns the place of a path, and the path of the file or folder that decided it.
func (f *folder) find(name string) (at place, by string) {
	rest := name
	for {
		first, deeper, nested := strings.Cut(rest, "/")
		at, listed := f.places[first]
		if !listed {
			at = f.other
		}
		by += first
		switch {
		case at != splits:
			return at, by
		case !nested:
			return moves, by // a file in place of a folder that both have
		}
		f, rest, by = f.inside[first], deeper, by+"/"
	}
}

func (f *folder) clone() *folder {
	c := &folder{places: maps.Clone(f.places), inside: make(map[string]*folder, len(f.inside)), other: f.other}
	for name, inside := range f.inside {
		c.inside[name] = inside.clone()
	}
	return c
}

// settle enters what people have decided, shorter paths first so that a longer one
// wins below them.
func (f *folder) settle(s Places) {
	type entry struct {
		name string
		at   place
	}
	var all []entry
	for _, name := range s.Root {
		all = append(all, entry{strings.Trim(name, "/"), stays})
	}
	for _, name := range s.Public { // also those written as they are to stand
		all = append(all, entry{strings.TrimPrefix(strings.Trim(name, "/"), below+"/"), moves})
	}
	slices.SortStableFunc(all, func(a, b entry) int { return strings.Count(a.name, "/") - strings.Count(b.name, "/") })
	for _, e := range all {
		f.set(e.name, e.at)
	}
}

func (f *folder) set(name string, at place) {
	first, deeper, nested := strings.Cut(name, "/")
	if !nested {
		f.places[first] = at
		delete(f.inside, first)
		return
	}
	inside := f.inside[first]
	if inside == nil {
		was, listed := f.places[first]
		if !listed {
			was = f.other
		}
		inside = &folder{places: make(map[string]place), inside: make(map[string]*folder), other: was}
		f.inside[first] = inside
	}
	f.places[first] = splits
	inside.set(deeper, at)
}
