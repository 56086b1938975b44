package check

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// publicRoot is where the web server's root is since 5.1.
const publicRoot = "public/"

// territory is what a branch may touch.
type territory struct {
	subject *Subject
	own     []moodle.Component
	below   []string        // directories of which everything belongs to it: plugins, and places of their sub-plugins
	paths   map[string]bool // that its record lists, without public/
	links   bool            // the change adds, moves or removes a submodule that belongs to it
}

// once makes something for the subject that is judged, and keeps it while that stays the same.
type once[T any] struct {
	mu   sync.Mutex
	of   *Subject
	kept T
}

func (o *once[T]) get(s *Subject, make func(*Subject) T) T {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.of != s {
		o.of, o.kept = s, make(s)
	}
	return o.kept
}

// newTerritory is nil where nobody knows what the branch may touch: it is none of the site's, the tree is no
// Moodle, or it is a set that says nothing.
func newTerritory(s *Subject) *territory {
	b := &s.Branch
	if b.Kind != Ours || s.Layout == nil {
		return nil
	}
	t := &territory{subject: s, own: b.Members, paths: make(map[string]bool)}
	for _, listed := range b.Paths {
		t.paths[strings.TrimPrefix(path.Clean(listed), publicRoot)] = true
	}
	if b.Set == "" {
		t.own = []moodle.Component{b.Component}
	}
	if b.Set != "" && len(t.own)+len(t.paths) == 0 || b.Set == "" && b.Component == (moodle.Component{}) {
		return nil
	}
	for _, c := range t.own {
		t.below = append(t.below, placesOf(s, c)...)
	}
	for _, f := range s.Files {
		if f.After.Mode == git.ModeGitlink || slices.ContainsFunc(f.Before, func(b Blob) bool { return b.Mode == git.ModeGitlink }) {
			t.links = t.links || t.holds(f.Path)
		}
	}
	return t
}

// placesOf are the directories of a plugin and of the sub-plugins that it declares, before the change or after it. Of
// a sub-plugin nothing is said here: only its owner knows where it lives.
func placesOf(s *Subject, c moodle.Component) []string {
	types := s.Layout.CoreTypes()
	i := slices.IndexFunc(types, func(t moodle.Type) bool { return t.Name == c.Type })
	if c.IsCore() || i < 0 || c.Name == "" {
		return nil
	}
	places := []string{types[i].Dir + "/" + c.Name}
	for _, tree := range []fs.FS{s.Tree, s.Before} {
		if tree == nil {
			continue
		}
		// What is wrong with a declaration is another rule's business; the types that are right are there.
		declared, _ := s.Layout.SubTypes(tree, c)
		for _, t := range declared {
			if !isBelow(t.Dir, places[0]) {
				places = append(places, t.Dir)
			}
		}
	}
	return places
}

// isBelow reports whether a path is a directory or in it.
func isBelow(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, dir) && name[len(dir)] == '/'
}

// holds reports whether the branch may touch a path.
func (t *territory) holds(name string) bool {
	if t.lists(name) {
		return true
	}
	place := placed(t.subject, name)
	owner, _, _ := t.subject.Layout.ComponentOf(place)
	for _, c := range t.own {
		if c == owner || c == (moodle.Component{Type: moodle.CoreType}) && owner.IsCore() {
			return true
		}
		if c.IsCore() && t.helps(place) {
			return true
		}
		if !c.IsCore() && t.isHomeless(c, place) {
			return true
		}
	}
	if slices.ContainsFunc(t.below, func(dir string) bool { return isBelow(place, dir) }) {
		return true
	}
	switch {
	case name == ".gitmodules":
		return t.links // git writes it along with the link
	case isBelow(name, ".upgradenotes"):
		return t.subject.Branch.Type != feature // a change of Moodle's own brings its note along, since 4.5
	}
	return false
}

// lists reports whether the branch's record lists a path or a folder of it, in either layout: one record is for all
// versions.
func (t *territory) lists(name string) bool {
	if len(t.paths) == 0 {
		return false
	}
	name = strings.TrimPrefix(name, publicRoot)
	for ; !t.paths[name]; name = path.Dir(name) {
		if path.Dir(name) == name || name == "." {
			return false
		}
	}
	return true
}

// helps reports whether a path holds the tables, the version and the words of core's subsystems, which have no
// place of their own for them.
func (t *territory) helps(place string) bool {
	place, ok := strings.CutPrefix(place, t.subject.Layout.Docroot())
	return ok && (place == "version.php" || isBelow(place, "lib/db") || isBelow(place, "lang/en"))
}

// isHomeless reports whether a path is in the folder of a sub-plugin whose owner is no part of this tree: it comes with
// another branch, and with it what says that there are such sub-plugins. So the folder is somewhere in a plugin
// that is not here.
func (t *territory) isHomeless(c moodle.Component, place string) bool {
	owner, rest, ok := t.subject.Layout.ComponentOf(place)
	if !ok || owner.IsCore() || !slices.Contains(strings.Split(path.Dir(rest), "/"), c.Name) {
		return false
	}
	dir := strings.TrimSuffix(strings.TrimSuffix(place, rest), "/")
	if dir == "" || exists(t.subject.Tree, dir+"/version.php") {
		return false
	}
	_, known := t.subject.Layout.TypeNamed(c.Type)
	return !known
}

// placed is the path at which Moodle would look for a file that lies on the wrong side of public/.
func placed(s *Subject, name string) string {
	if s.Layout.Public() {
		if _, _, ok := s.Layout.ComponentOf(name); !ok {
			return publicRoot + name
		}
		return name
	}
	return strings.TrimPrefix(name, publicRoot)
}

// exists reports whether a tree has a file or directory. What cannot be read is not there.
func exists(tree fs.FS, name string) bool {
	if tree == nil || !fs.ValidPath(name) {
		return false
	}
	_, err := fs.Stat(tree, name)
	return err == nil
}

// isCore reports whether a path belongs to Moodle: it is there upstream, or it is new in one of upstream's folders.
// A new file at the top belongs to nobody.
func isCore(s *Subject, name string) bool {
	owner, rest, ok := s.Layout.ComponentOf(name)
	if !ok {
		return false
	}
	upstream := s.Pristine
	if upstream == nil {
		upstream = s.Before
	}
	if owner.IsCore() {
		return owner.Name != "" || exists(upstream, name) || path.Dir(name) != "." && exists(upstream, path.Dir(name))
	}
	if s.Pristine != nil {
		return exists(s.Pristine, path.Join(strings.TrimSuffix(name, rest), "version.php")) || exists(s.Pristine, name)
	}
	standard, err := s.Layout.StandardPlugins()
	return err == nil && standard.Ships(owner)
}
