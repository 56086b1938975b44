package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgit/internal/config"
	"mgit/tui"
	"mgit/tui/keymap"
	"mgit/tui/theme"
)

func isProblems(err error, target *config.Problems) bool { return errors.As(err, target) }

// checkScreen judges the settings of the screen: actions, keys, roles and looks that are there.
func checkScreen(s config.Screen) []config.Fault {
	if len(s.Keys)+len(s.Colors) == 0 {
		return nil
	}
	faults := append(checkKeys(s.Keys), checkColors(s.Colors)...)
	if len(faults) > 0 {
		return faults
	}
	if _, err := keymap.New(s.Keys); err != nil {
		return []config.Fault{{Path: []string{"keys"}, Err: err}}
	}
	return nil
}

func checkKeys(keys map[string][]string) []config.Fault {
	var faults []config.Fault
	actions := allActions()
	for _, action := range slices.Sorted(maps.Keys(keys)) {
		path := []string{"keys", action}
		if !slices.Contains(actions, action) {
			faults = append(faults, config.Fault{Path: path, Err: noAction(action, actions), Meant: config.Closest(action, actions)})
			continue
		}
		for _, key := range keys[action] {
			if !tui.IsKey(key) {
				faults = append(faults, config.Fault{Path: path, Err: fmt.Errorf("%q is no key, such as \"x\", \"ctrl+x\", \"f5\", \"space\" or \"pgdown\"", key)})
			}
		}
	}
	return faults
}

// noAction says which actions there are in the view that was meant, or which views.
func noAction(action string, actions []string) error {
	view, _, _ := strings.Cut(action, ".")
	var known []string
	for _, a := range actions {
		if strings.HasPrefix(a, view+".") {
			known = append(known, a)
		}
	}
	if len(known) == 0 {
		for _, c := range keymap.Order() {
			known = append(known, string(c)+".…")
		}
	}
	return fmt.Errorf("there is no action %q; there are %s", action, strings.Join(known, ", "))
}

func allActions() []string {
	keys, err := keymap.New(nil)
	if err != nil {
		return nil // a test sees to it that the built-in keys are right
	}
	var actions []string
	for _, c := range keys.Contexts() {
		for _, b := range keys.Bindings(c) {
			actions = append(actions, string(b.Action))
		}
	}
	return actions
}

func checkColors(colors map[string]string) []config.Fault {
	var faults []config.Fault
	for _, role := range slices.Sorted(maps.Keys(colors)) {
		if _, err := theme.New("auto", map[string]string{role: colors[role]}); err != nil {
			faults = append(faults, config.Fault{Path: []string{"colors", role}, Err: err, Meant: config.Closest(role, theme.Roles())})
		}
	}
	return faults
}
