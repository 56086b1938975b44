package moodle

import (
	"cmp"
	"fmt"
	"strings"
)

// Component is a frankenstyle name: a plugin ("mod_forum", "block_html"), a
// subsystem of core ("core_grades") or core itself ("core", with no Name).
type Component struct {
	Type, Name string
}

// CoreType is the Type of core and its subsystems.
const CoreType = "core"

// NameError says why a text is not a frankenstyle name.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("component %q: %s", e.Name, e.Reason)
}

// ParseComponent reads a frankenstyle name by the rules of core
// (\core_component::is_valid_plugin_name): a type, an underscore and a name; the
// name of an activity module (mod) has no underscore. Whether the type exists
// depends on the tree: ask its Layout. The error is a *NameError.
func ParseComponent(name string) (Component, error) {
	if name == CoreType {
		return Component{Type: CoreType}, nil
	}
	if reason := badCharacters(name); reason != "" {
		return Component{}, &NameError{name, reason}
	}
	typ, plugin, found := strings.Cut(name, "_")
	switch {
	case !found:
		return Component{}, &NameError{name, "has no type: want type_name, such as mod_" + name}
	case !startsWithLetter(typ):
		return Component{}, &NameError{name, "the type must begin with a letter"}
	case typ == "set":
		return Component{}, &NameError{name, "set_… names a set of changes, not a component"}
	}
	if reason := badPluginName(typ, plugin); reason != "" {
		return Component{}, &NameError{name, reason}
	}
	return Component{Type: typ, Name: plugin}, nil
}

func badCharacters(name string) string {
	if name == "" {
		return "is empty"
	}
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			return "has an upper case letter"
		case r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9'):
			return fmt.Sprintf("has the character %q: only a-z, 0-9 and _ are allowed", r)
		}
	}
	return ""
}

// badPluginName returns why Moodle would ignore a plugin of this name, or "".
func badPluginName(typ, name string) string {
	switch {
	case name == "":
		return "has no name after the type"
	case typ == "mod" && strings.Contains(name, "_"):
		return "the name of an activity module has no underscore"
	case strings.HasPrefix(name, "_"), strings.Contains(name, "__"):
		return "has two underscores in a row"
	case strings.HasSuffix(name, "_"):
		return "ends with an underscore"
	case !startsWithLetter(name):
		return "the name after the type must begin with a letter"
	case typ != "mod" && len(name) < 2:
		return "the name after the type has one character only"
	}
	return ""
}

func startsWithLetter(s string) bool {
	return s != "" && s[0] >= 'a' && s[0] <= 'z'
}

// String returns the frankenstyle name.
func (c Component) String() string {
	if c.Name == "" {
		return c.Type
	}
	return c.Type + "_" + c.Name
}

// IsCore reports whether c is core or one of its subsystems, not a plugin.
func (c Component) IsCore() bool {
	return c.Type == CoreType
}

// Compare orders components by type, then name.
func (c Component) Compare(d Component) int {
	return cmp.Or(strings.Compare(c.Type, d.Type), strings.Compare(c.Name, d.Name))
}

// MarshalText writes the component as String does.
func (c Component) MarshalText() ([]byte, error) {
	return []byte(c.String()), nil
}

// UnmarshalText reads what ParseComponent reads; an empty text is the zero
// Component.
func (c *Component) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = Component{}
		return nil
	}
	parsed, err := ParseComponent(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}
