package moodle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

// ErrNotMoodle says that a tree has no version.php where Moodle has it.
var ErrNotMoodle = errors.New("no version.php: not a Moodle tree")

// Layout says where components live in one tree. It knows the types of plugins
// and the subsystems that the tree declares; the types of sub-plugins are read
// when a path or a component first asks for them. It is safe for concurrent use.
//
// All paths are relative to the top of the repository and slash-separated, with
// the public/ of 5.1 and later included.
type Layout struct {
	tree       fs.FS
	version    Version
	series     Series
	public     bool
	types      []Type
	byDir      map[string]Type   // the types above by Dir
	byName     map[string]Type   // … and by Name
	subsystems map[string]string // name → directory; "" for a subsystem without one
	subDir     map[string]string // directory → name of the subsystem

	lazy sync.Mutex // guards what follows
	owns map[Component][]Type
	all  map[string]Type // sub-plugin types by name, nil until all owners were asked
	errs []error
}

// Type is a type of plugin and the directory its plugins live in, one directory
// each: "mod" in "mod", "quizaccess" in "mod/quiz/accessrule".
type Type struct {
	Name   string
	Dir    string
	Owner  Component // of sub-plugins: the plugin that declares the type
	Status TypeStatus
}

// TypeStatus says whether a tree still wants plugins of a type.
type TypeStatus string

// The statuses a type can have: in use, on its way out, and gone. Moodle refuses
// to upgrade while plugins of a deleted type are on disk.
const (
	InUse      TypeStatus = ""
	Deprecated TypeStatus = "deprecated"
	Deleted    TypeStatus = "deleted"
)

// docroot is where the web server's root is since 5.1.
const docroot = "public/"

// ReadLayout reads version.php and lib/components.json of a tree, in the root or
// below public/ as 5.1 and its development versions have them. Trees up to 3.7
// lack components.json; theirs comes from a table by series. The tree is kept for
// sub-plugins.
//
// A tree without version.php is ErrNotMoodle; files that cannot be understood are
// a *FormatError.
func ReadLayout(tree fs.FS) (*Layout, error) {
	l := &Layout{tree: tree, owns: make(map[Component][]Type)}
	if err := l.readVersion(); err != nil {
		return nil, err
	}
	if err := l.readComponents(); err != nil {
		return nil, err
	}
	l.byDir, l.byName = make(map[string]Type), make(map[string]Type)
	for _, t := range l.types {
		l.byDir[t.Dir], l.byName[t.Name] = t, t
	}
	l.subDir = make(map[string]string)
	for name, dir := range l.subsystems {
		if dir != "" {
			l.subDir[dir] = name
		}
	}
	return l, nil
}

func (l *Layout) readVersion() error {
	for _, root := range []string{docroot, ""} {
		source, err := fs.ReadFile(l.tree, root+"version.php")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read %sversion.php: %w", root, err)
		}
		if l.version, err = ParseVersion(source); err != nil {
			return fmt.Errorf("read %sversion.php: %w", root, err)
		}
		l.public = root != ""
		if l.version.Branch != "" || l.version.Release != "" { // 1.0 has neither
			if l.series, err = l.version.Series(); err != nil {
				return fmt.Errorf("read %sversion.php: %w", root, err)
			}
		}
		return nil
	}
	return ErrNotMoodle
}

// firstWithComponents is the series that brought lib/components.json (its
// lib/upgrade.txt, "=== 3.8 ===").
var firstWithComponents = Series{Major: 3, Minor: 8}

func (l *Layout) readComponents() error {
	for _, root := range []string{"", docroot} {
		name := root + "lib/components.json"
		source, err := fs.ReadFile(l.tree, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if err := l.parseComponents(source); err != nil {
			return &FormatError{name, "", err.Error()}
		}
		return nil
	}
	// Development versions of 3.8 existed before the file did.
	if l.series.Compare(firstWithComponents) > 0 {
		return &FormatError{"tree of Moodle " + l.series.String(), "", "lib/components.json is missing"}
	}
	l.types, l.subsystems = typesOf(l.series), subsystemsOf(l.series)
	return nil
}

func (l *Layout) parseComponents(source []byte) error {
	var file struct {
		Types      orderedStrings `json:"plugintypes"`
		Deprecated orderedStrings `json:"deprecatedplugintypes"`
		Deleted    orderedStrings `json:"deletedplugintypes"`
		Subsystems orderedStrings `json:"subsystems"`
	}
	if err := json.Unmarshal(source, &file); err != nil {
		return err
	}
	if len(file.Types) == 0 {
		return errors.New("declares no plugin types")
	}
	for _, group := range []struct {
		types  orderedStrings
		status TypeStatus
	}{{file.Types, InUse}, {file.Deprecated, Deprecated}, {file.Deleted, Deleted}} {
		for _, t := range group.types {
			dir, err := l.resolve(t.value)
			if err != nil {
				return fmt.Errorf("plugin type %s: %w", t.key, err)
			}
			l.types = append(l.types, Type{Name: t.key, Dir: dir, Status: group.status})
		}
	}
	l.subsystems = make(map[string]string)
	for _, s := range file.Subsystems {
		dir := ""
		if s.value != "" {
			var err error
			if dir, err = l.resolve(s.value); err != nil {
				return fmt.Errorf("subsystem %s: %w", s.key, err)
			}
		}
		l.subsystems[s.key] = dir
	}
	return nil
}

// resolve turns a directory as a declaration has it into a path of the
// repository: below public/ where the tree has that and the value does not say so
// itself, which is core's own rule.
func (l *Layout) resolve(dir string) (string, error) {
	dir = strings.TrimSuffix(dir, "/")
	if !fs.ValidPath(dir) || dir == "." {
		return "", fmt.Errorf("%q is no directory inside the tree", dir)
	}
	if l.public && !strings.HasPrefix(dir, docroot) {
		dir = docroot + dir
	}
	return dir, nil
}

// Version returns what the tree's version.php says.
func (l *Layout) Version() Version { return l.version }

// Series returns the series of the tree; zero for trees of 1.0, which do not say.
func (l *Layout) Series() Series { return l.series }

// Public reports whether the web root is public/, as it is since 5.1. Between
// layouts that differ in this, every path of a component differs.
func (l *Layout) Public() bool { return l.public }

// Docroot returns what the layout puts before every path that the web server
// serves: "public/" or nothing.
func (l *Layout) Docroot() string {
	if l.public {
		return docroot
	}
	return ""
}
