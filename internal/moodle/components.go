package moodle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// PathOf returns the directory in which a component lives in this tree, or would
// live if it were there. It is not ok for core as a whole, a subsystem without a
// directory, and names that Check refuses.
func (l *Layout) PathOf(c Component) (dir string, ok bool) {
	if l.Check(c) != nil {
		return "", false
	}
	if c.IsCore() {
		dir := l.subsystems[c.Name]
		return dir, dir != ""
	}
	t, ok := l.typeNamed(c.Type)
	return t.Dir + "/" + c.Name, ok
}

// Check returns a *NameError when Moodle would not accept the component in this
// tree: an unknown type or subsystem, or a name that is not allowed here.
func (l *Layout) Check(c Component) error {
	if c.IsCore() {
		if _, known := l.subsystems[c.Name]; !known && c.Name != "" {
			return &NameError{c.String(), "core has no such subsystem in " + l.name()}
		}
		return nil
	}
	if _, known := l.typeNamed(c.Type); !known {
		return &NameError{c.String(), "there is no plugin type " + c.Type + " in " + l.name()}
	}
	if reason := l.badName(c.Type, c.Name); reason != "" {
		return &NameError{c.String(), reason}
	}
	return nil
}

// CheckName returns a *NameError when Moodle would pass over a directory of this
// name among the plugins of a type. Whether the tree has the type is not asked:
// a plugin that the tree lacks may declare it.
func (l *Layout) CheckName(typ, name string) error {
	if reason := l.badName(typ, name); reason != "" {
		return &NameError{typ + "_" + name, reason}
	}
	return nil
}

func (l *Layout) name() string {
	if l.series.IsZero() {
		return "this tree"
	}
	return "Moodle " + l.series.String()
}

// ComponentOf returns the component that owns a path and the path below the
// component's directory. The longest directory wins: a sub-plugin before its
// owner, a plugin before a subsystem, and core for everything else, with rest the
// whole path.
//
// Whether the component is there, that is, has a version.php, is not asked: the
// path may be one that a branch adds. It is not ok for what Moodle does not see:
// an empty or absolute path, and a plugin left outside public/ in a tree that has
// it.
func (l *Layout) ComponentOf(name string) (c Component, rest string, ok bool) {
	if name == "" || name[0] == '/' {
		return Component{}, "", false
	}
	c, dir := l.owner(name)
	if l.public && dir == "" && !strings.HasPrefix(name, docroot) {
		if misplaced, _ := l.owner(docroot + name); !misplaced.IsCore() {
			return Component{}, "", false
		}
	}
	return c, strings.TrimPrefix(strings.TrimPrefix(name, dir), "/"), true
}

// owner returns the component of a path and its directory, "" for core.
func (l *Layout) owner(name string) (Component, string) {
	for dir := name; dir != "."; dir = path.Dir(dir) {
		if c, ok := l.pluginAt(dir); ok {
			if sub, subDir, ok := l.subPlugin(c, name); ok {
				return sub, subDir
			}
			return c, dir
		}
		if subsystem, ok := l.subDir[dir]; ok {
			return Component{Type: CoreType, Name: subsystem}, dir
		}
	}
	return Component{Type: CoreType}, ""
}

// pluginAt returns the plugin whose directory dir is, sub-plugins left aside.
func (l *Layout) pluginAt(dir string) (Component, bool) {
	t, ok := l.byDir[path.Dir(dir)]
	if !ok || l.badName(t.Name, path.Base(dir)) != "" {
		return Component{}, false
	}
	return Component{Type: t.Name, Name: path.Base(dir)}, true
}

// subPlugin returns the sub-plugin of owner to which a path belongs.
func (l *Layout) subPlugin(owner Component, name string) (c Component, dir string, ok bool) {
	for _, t := range l.subTypes(owner) {
		below, inside := strings.CutPrefix(name, t.Dir+"/")
		if !inside || len(t.Dir) < len(dir) {
			continue
		}
		plugin, _, _ := strings.Cut(below, "/")
		if l.badName(t.Name, plugin) == "" {
			c, dir, ok = Component{Type: t.Name, Name: plugin}, t.Dir+"/"+plugin, true
		}
	}
	return c, dir, ok
}

// ignoredDirs are directories among plugins that are none
// (\core_component::$ignoreddirs). get_plugin_list() of 2.0 to 2.2 had phpunit
// too, which became the name of a plugin in 2.3.
var ignoredDirs = []string{
	"CVS", "_vti_cnf", "amd", "classes", "db", "fonts", "lang", "pix", "simpletest", "templates", "tests", "yui",
}

// badName returns why this tree has no plugin of this name, or "".
func (l *Layout) badName(typ, name string) string {
	if reason := badCharacters(name); reason != "" {
		return reason
	}
	if reason := badPluginName(typ, name); reason != "" {
		return reason
	}
	if slices.Contains(ignoredDirs, name) && (typ != "auth" || name != "db") {
		return "Moodle takes no directory " + name + " for a plugin"
	}
	if _, taken := l.subsystems[name]; taken && typ == "mod" {
		return "an activity module cannot have the name of core's subsystem core_" + name
	}
	return ""
}

// orderedStrings is a JSON object of strings in the order of the file; a null
// value is "". PHP writes an empty list for an empty object.
type orderedStrings []struct{ key, value string }

// UnmarshalJSON implements json.Unmarshaler.
func (o *orderedStrings) UnmarshalJSON(data []byte) error {
	*o = nil
	if trimmed := bytes.TrimSpace(data); bytes.Equal(trimmed, []byte("[]")) || bytes.Equal(trimmed, []byte("null")) {
		return nil
	}
	values := make(map[string]*string)
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		token, err := dec.Token()
		if err != nil {
			return nil // the end: json.Unmarshal has read it all before
		}
		key, ok := token.(string)
		if !ok {
			continue
		}
		if _, err := dec.Token(); err != nil {
			return fmt.Errorf("value of %q: %w", key, err)
		}
		value := ""
		if p := values[key]; p != nil {
			value = *p
		}
		*o = append(*o, struct{ key, value string }{key, value})
	}
}
