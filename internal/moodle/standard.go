package moodle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// ErrNoStandardList says that a tree has no list of standard plugins: the first
// one came with 2.1.
var ErrNoStandardList = errors.New("the tree has no list of standard plugins")

// StandardPlugins are the plugins that core says it ships, and those it says it
// has removed. The list is core's own and slightly stale in places: what the
// pristine tree really has goes before it.
type StandardPlugins struct {
	shipped, removed map[Component]bool
}

// Ships reports whether the list has the plugin as part of Moodle.
func (s *StandardPlugins) Ships(c Component) bool { return s.shipped[c] }

// Removed reports whether the list has the plugin as one that was part of Moodle.
func (s *StandardPlugins) Removed(c Component) bool { return s.removed[c] }

// All returns the plugins that Moodle ships, in order.
func (s *StandardPlugins) All() []Component {
	all := make([]Component, 0, len(s.shipped))
	for c := range s.shipped {
		all = append(all, c)
	}
	slices.SortFunc(all, Component.Compare)
	return all
}

// StandardPlugins reads the tree's list: lib/plugins.json since 4.4, before that
// PHP code, in lib/classes/plugin_manager.php (2.6 to 4.3) or lib/pluginlib.php
// (2.1 to 2.5). A tree without any is ErrNoStandardList.
func (l *Layout) StandardPlugins() (*StandardPlugins, error) {
	for _, file := range []struct {
		name  string
		parse func([]byte) (*StandardPlugins, error)
	}{
		{"lib/plugins.json", parseStandardJSON},
		{l.Docroot() + "lib/plugins.json", parseStandardJSON},
		{l.Docroot() + "lib/classes/plugin_manager.php", parseStandardPHP},
		{l.Docroot() + "lib/pluginlib.php", parseStandardPHP},
	} {
		source, err := fs.ReadFile(l.tree, file.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file.name, err)
		}
		standard, err := file.parse(source)
		if err != nil {
			return nil, &FormatError{file.name, "", err.Error()}
		}
		return standard, nil
	}
	return nil, ErrNoStandardList
}

func parseStandardJSON(source []byte) (*StandardPlugins, error) {
	var file struct {
		Standard nameLists `json:"standard"`
		Deleted  nameLists `json:"deleted"`
	}
	if err := json.Unmarshal(source, &file); err != nil {
		return nil, err
	}
	return newStandard(file.Standard, file.Deleted)
}

// nameLists is a JSON object of lists of names by type; PHP writes an empty list
// for an empty object.
type nameLists map[string][]string

// UnmarshalJSON implements json.Unmarshaler.
func (n *nameLists) UnmarshalJSON(data []byte) error {
	*n = nil
	if strings.TrimSpace(string(data)) == "[]" {
		return nil
	}
	return json.Unmarshal(data, (*map[string][]string)(n))
}

var (
	standardFunction = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)function standard_plugins_list\(.*?\n    \}`) })
	deletedFunction  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?s)function is_deleted_standard_plugin\(.*?\n    \}`)
	})
	pluginsOfType = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`['"]([a-z][a-z0-9]*)['"]\s*=>\s*(?:array\s*\(([^()]*)\)|\[([^\[\]]*)\])`)
	})
	quotedName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`['"]([^'"]*)['"]`) })
)

func parseStandardPHP(source []byte) (*StandardPlugins, error) {
	code := stripComments(source)
	return newStandard(listsIn(standardFunction().Find(code)), listsIn(deletedFunction().Find(code)))
}

func listsIn(function []byte) nameLists {
	lists := make(nameLists)
	for _, m := range pluginsOfType().FindAllSubmatch(function, -1) {
		typ := string(m[1])
		for _, list := range m[2:] { // array(…) or […]: one of them is empty
			for _, name := range quotedName().FindAllSubmatch(list, -1) {
				lists[typ] = append(lists[typ], string(name[1]))
			}
		}
	}
	return lists
}

func newStandard(shipped, removed nameLists) (*StandardPlugins, error) {
	if len(shipped) == 0 {
		return nil, errors.New("lists no standard plugins")
	}
	return &StandardPlugins{shipped: componentSet(shipped), removed: componentSet(removed)}, nil
}

func componentSet(lists nameLists) map[Component]bool {
	set := make(map[Component]bool)
	for typ, names := range lists {
		for _, name := range names {
			set[Component{Type: typ, Name: name}] = true
		}
	}
	return set
}
