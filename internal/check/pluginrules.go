package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// pluginRules are about what Moodle asks of a plugin, and of what core and a plugin have alike: a version, tables and
// the steps that bring them up to date.
func pluginRules() []Rule {
	touched, words := &once[[]*unit]{}, &once[*dictionary]{}
	return []Rule{
		{
			ID:       "plugin-version",
			Severity: Error,
			Title:    "a plugin without version.php, or with one that says no version",
			Why:      "Moodle takes no folder without it for a plugin",
			Hint:     "add version.php with $plugin->version, $plugin->requires and $plugin->component",
			file:     versionSaid,
			whole:    func(j *Judge) { versionThere(j, touched.get(j.Subject, units)) },
		},
		{
			ID:       "plugin-component",
			Severity: Error,
			Title:    "$plugin->component is not what the folder is",
			Why:      "Moodle refuses to install a plugin that says it is another one",
			Hint:     "set $plugin->component in version.php",
			file:     componentSaid,
		},
		{
			ID:       "plugin-name",
			Severity: Error,
			Title:    "a name that Moodle accepts for no component",
			Why:      "Moodle silently ignores a folder of such a name",
			Hint:     "rename it: a letter, then a-z, 0-9 and single underscores, which an activity module has none of",
			whole:    func(j *Judge) { names(j, touched.get(j.Subject, units)) },
		},
		{
			ID:       "version-lower",
			Severity: Error,
			Title:    "a version that is lower than before",
			Why:      "Moodle refuses to run code that is older than its database",
			Hint:     "take a version that is higher than the one before",
			file:     versionLower,
		},
		{
			ID:       "version-bump",
			Severity: Error,
			Title:    "the database, or what Moodle keeps of a plugin in it, changed without a higher version",
			Why:      "Moodle looks at tables, steps, capabilities and their likes only when the version rises",
			Hint:     "raise the version",
			whole:    func(j *Judge) { versionBump(j, touched.get(j.Subject, units)) },
		},
		{
			ID:       "savepoint",
			Severity: Error,
			Title:    "an upgrade step that is missing, that never runs, or that is not recorded as what it is",
			Why:      "sites that are there miss what it does, and an upgrade that stops does it twice",
			Hint:     "end the step with the savepoint of its own number and component",
			file:     savepoints,
			whole:    func(j *Judge) { tablesWithoutStep(j, touched.get(j.Subject, units)) },
		},
		{
			ID:       "savepoint-collides",
			Severity: Error,
			Title:    "an upgrade step of the site's with a number that is upstream's",
			Why:      "Moodle takes upstream's steps up to that number for done",
			Hint:     "take a number right behind the release's version, such as .01 more",
			file:     collisions,
		},
		{
			ID:       "lang-strings",
			Severity: Warning,
			Title:    "a string that a plugin needs and does not have",
			Why:      "Moodle shows [[identifier]] in its place",
			Hint:     "define it in the plugin's lang/en",
			file:     func(j *Judge, f *File) { wantedStrings(j, f, words) },
			whole:    func(j *Judge) { languageThere(j, touched.get(j.Subject, units)) },
		},
	}
}

// unit is what has a version: core, or a plugin that the change touches.
type unit struct {
	component moodle.Component
	dir       string // of a plugin; "" for core
	docroot   string
	files     []*File  // that the change leaves in it or removes from it
	gone      []string // paths from which files were moved, in it or to elsewhere
}

// isCore reports whether it is core as a whole.
func (u *unit) isCore() bool { return u.component.IsCore() }

// version is the path of its version.php, db that of a file of its database folder.
func (u *unit) version() string {
	if u.isCore() {
		return u.docroot + "version.php"
	}
	return u.dir + "/version.php"
}

func (u *unit) db(name string) string {
	if u.isCore() {
		return u.docroot + "lib/db/" + name
	}
	return u.dir + "/db/" + name
}

// unitOf is what a path belongs to, and the path in there; nil where the tree is no Moodle or does not see the path.
func unitOf(s *Subject, name string) (*unit, string) {
	if s.Layout == nil {
		return nil, ""
	}
	owner, rest, ok := s.Layout.ComponentOf(name)
	switch {
	case !ok:
		return nil, ""
	case owner.IsCore():
		docroot := s.Layout.Docroot()
		return &unit{component: moodle.Component{Type: moodle.CoreType}, docroot: docroot}, strings.TrimPrefix(name, docroot)
	}
	return &unit{component: owner, dir: strings.TrimSuffix(strings.TrimSuffix(name, rest), "/")}, rest
}

// units are all that the change touches, by their folders.
func units(s *Subject) []*unit {
	byDir := make(map[string]*unit)
	var all []*unit
	for _, f := range s.Files {
		for _, name := range []string{f.Path, f.From} {
			u, _ := unitOf(s, name)
			if u == nil {
				continue
			}
			if known, ok := byDir[u.dir]; ok {
				u = known
			} else {
				byDir[u.dir] = u
				all = append(all, u)
			}
			if name == f.Path {
				u.files = append(u.files, f)
			} else {
				u.gone = append(u.gone, name)
			}
		}
	}
	slices.SortFunc(all, func(a, b *unit) int { return strings.Compare(a.dir, b.dir) })
	return all
}

// versionThere blames a plugin that begins without version.php, goes on to grow without it, or loses it. For a folder
// that is not the branch's own it must be a new one: a tree has folders among its plugins that are none.
func versionThere(j *Judge, all []*unit) {
	for _, u := range all {
		if u.isCore() || exists(j.Tree, u.version()) || !exists(j.Tree, u.dir) {
			continue
		}
		grows, isLink := false, false
		for _, f := range u.files {
			grows = grows || f.IsNew() || f.From != ""
			isLink = isLink || f.Path == u.dir // a submodule, or a file where a folder should be
		}
		isOwn := j.Branch.Kind == Ours && j.Branch.Type == feature && j.Branch.Component == u.component
		loses := exists(j.Before, u.version())
		if isLink || !loses && (!grows || !isOwn && exists(j.Before, u.dir)) {
			continue
		}
		f := Finding{Path: u.version(), Text: fmt.Sprintf("%s has no version.php: Moodle does not see it", u.component)}
		if !j.Branch.Released && !loses {
			f.Severity = Warning // it may be in the making
		}
		j.Report(f)
	}
}

// versionSaid blames a version.php of a plugin that sets no version.
func versionSaid(j *Judge, f *File) {
	u, rest := unitOf(j.Subject, f.Path)
	if u == nil || u.isCore() || rest != "version.php" || !f.IsRegular() || f.After.Data == nil {
		return
	}
	if _, err := moodle.ParsePlugin(f.After.Data); err != nil {
		j.At(f.Path, 0, fmt.Sprintf("version.php of %s sets no $plugin->version: Moodle does not install it", u.component))
	}
}

// names blames the name of the branch's component, and new plugins in folders that Moodle passes over.
func names(j *Judge, all []*unit) {
	if j.Layout == nil {
		return
	}
	for _, f := range j.Files {
		dir := path.Dir(f.Path)
		if f.IsDeleted() || path.Base(f.Path) != "version.php" || !f.IsNew() && (f.From == "" || path.Dir(f.From) == dir) {
			continue
		}
		t, ok := j.Layout.TypeAt(path.Dir(dir))
		if !ok {
			continue
		}
		if err := j.Layout.CheckName(t.Name, path.Base(dir)); err != nil {
			j.At(f.Path, 0, err.Error()+": Moodle passes over the folder")
		}
	}
	b := j.Branch
	if b.Kind != Ours || b.Component == (moodle.Component{}) {
		return
	}
	// What the layout finds at a path is valid, and found without asking every plugin for its sub-plugins.
	if slices.ContainsFunc(all, func(u *unit) bool { return u.component == b.Component }) {
		return
	}
	err := j.Layout.Check(b.Component)
	if err == nil || isElsewhere(j.Subject) {
		return
	}
	f := Finding{Text: fmt.Sprintf("the branch is for no component of this tree: %v", err), Hint: "rename the branch with `git branch -m`"}
	if b.Component.IsCore() {
		f.Severity = Warning // a name for a part of core that Moodle does not give a name to
	}
	j.Report(f)
}

// isElsewhere reports whether the branch's component is a sub-plugin whose owner is on another branch.
func isElsewhere(s *Subject) bool {
	t := &territory{subject: s}
	return slices.ContainsFunc(s.Files, func(f *File) bool {
		return t.isHomeless(s.Branch.Component, f.Path) || f.After.Mode == git.ModeGitlink
	})
}
