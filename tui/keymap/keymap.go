// Package keymap is the one table of what keys do. The screen dispatches by it, the help is printed from
// it, and docs/screen.md holds it; a user's settings change it.
//
// An action belongs to a context: that of everything ("all"), or of one view. In a view its own bindings
// come before those of everything.
package keymap

import (
	"fmt"
	"maps"
	"slices"
)

// Action is something that a key does: "all.help", "branches.group".
type Action string

// Context is where a binding works: All, or the name of a view.
type Context string

// All is the context of what works everywhere.
const All Context = "all"

// Binding is one row of the table.
type Binding struct {
	Action Action
	// Keys as bubbletea names them: "j", "down", "ctrl+d", "enter". Any of them does it.
	Keys []string
	// Short is a word for the line of hints, Help a line for the help.
	Short, Help string
	// Writes says that it changes something: it is not there in read-only mode.
	Writes bool
	// Hint asks for a place in the line of hints, of what works everywhere. A view says by its selection what has one.
	Hint bool
}

// Map is the table in force.
type Map struct {
	bindings map[Context][]Binding
}

// New returns the table with the user's keys, by action, in place of the built-in ones. An unknown action,
// and a key that means two things in one context, is an error that names it.
func New(keys map[string][]string) (*Map, error) {
	m := &Map{bindings: table()}
	return m, m.change(keys)
}

// Of returns a map of a table of the caller's own, which the map keeps.
func Of(table map[Context][]Binding) (*Map, error) {
	m := &Map{bindings: table}
	return m, m.check()
}

func (m *Map) change(keys map[string][]string) error {
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		b := m.find(Action(name))
		if b == nil {
			return fmt.Errorf("there is no action %q", name)
		}
		b.Keys = keys[name]
	}
	return m.check()
}

func (m *Map) find(a Action) *Binding {
	for _, bindings := range m.bindings {
		for i := range bindings {
			if bindings[i].Action == a {
				return &bindings[i]
			}
		}
	}
	return nil
}

func (m *Map) check() error {
	for _, context := range m.Contexts() {
		taken := map[string]Action{}
		for _, b := range m.bindings[context] {
			for _, key := range b.Keys {
				if other, found := taken[key]; found {
					return fmt.Errorf("key %q means both %s and %s", key, other, b.Action)
				}
				taken[key] = b.Action
			}
		}
	}
	return nil
}

// Contexts returns All and the contexts of the views, by name.
func (m *Map) Contexts() []Context { return slices.Sorted(maps.Keys(m.bindings)) }

// Bindings returns the rows of one context, in the order of the help.
func (m *Map) Bindings(c Context) []Binding { return m.bindings[c] }

// Action returns what the key does in the context; false: nothing.
func (m *Map) Action(c Context, key string) (Action, bool) {
	for _, context := range []Context{c, All} {
		for _, b := range m.bindings[context] {
			if slices.Contains(b.Keys, key) {
				return b.Action, true
			}
		}
	}
	return "", false
}

// Key returns the first key of an action, for hints; "" when it has none.
func (m *Map) Key(a Action) string {
	if b := m.find(a); b != nil && len(b.Keys) > 0 {
		return b.Keys[0]
	}
	return ""
}

// Writes reports whether an action changes something.
func (m *Map) Writes(a Action) bool {
	b := m.find(a)
	return b != nil && b.Writes
}

// Help is the line of help of an action.
func (m *Map) Help(a Action) string {
	if b := m.find(a); b != nil {
		return b.Help
	}
	return ""
}

// Short is the word of an action for the line of hints; where it has none, its help.
func (m *Map) Short(a Action) string {
	b := m.find(a)
	switch {
	case b == nil:
		return ""
	case b.Short == "":
		return b.Help
	}
	return b.Short
}
