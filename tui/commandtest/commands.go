// Package commandtest has the commands that the screen names, so that the tests of the views and those of the command
// line can hold them to each other: neither sees the other.
package commandtest

import (
	"fmt"
	"slices"
	"strings"
)

// Command is a command that the screen names, for somebody to type: in the dialog of a task, in the log, as the
// twin of a view. A test of cmd/mgit holds the table of them to the commands that there are, and the drivers of the
// views hold what the views name to the table.
type Command struct {
	Name string
	// Least and Most are how many words may follow that are no flags.
	Least, Most int
	// Valued are flags with a value, Switches those without.
	Valued, Switches []string
}

// many is a number of words that is not limited.
const many = 1000

// All are the commands that the screen names. `--allow` may be given to each.
func All() []Command {
	return []Command{
		{Name: "assemble", Least: 1, Most: 1, Valued: []string{"from", "series"}, Switches: []string{"fresh", "no-resolutions", "update-worktrees", "check"}},
		{Name: "abort", Least: 1, Most: 1},
		{Name: "conflict", Most: 2},
		{Name: "conflicts", Valued: []string{"target"}},
		{Name: "continue", Least: 1, Most: 1},
		{Name: "corehack-report", Most: 1, Valued: []string{"baseline", "series"}, Switches: []string{"diff", "extract"}},
		{Name: "decide", Least: 2, Most: 2, Valued: []string{"reason", "tree", "baseline", "series"}},
		{Name: "dispose", Least: 1, Most: many, Valued: []string{"for", "reason", "owner", "ticket", "justification"}},
		{Name: "env bump", Valued: []string{"site"}},
		{Name: "env promote", Least: 2, Most: 2, Switches: []string{"add"}},
		{Name: "minor", Valued: []string{"into", "series"}, Switches: []string{"update-worktrees"}},
		{Name: "new", Least: 2, Most: 2, Valued: []string{"short", "reason", "series"}},
		{Name: "note", Least: 2, Most: many, Valued: []string{"for"}},
		{Name: "plan", Least: 1, Most: 1, Valued: []string{"from"}},
		{Name: "plugins", Most: 1, Valued: []string{"for"}, Switches: []string{"all"}},
		{Name: "plugins update", Most: many, Valued: []string{"series"}, Switches: []string{"update-worktrees"}},
		{Name: "push", Least: 1, Most: many},
		{Name: "rebase-all", Least: 1, Most: 1, Valued: []string{"from"}, Switches: []string{"update-worktrees"}},
		{Name: "release", Least: 1, Most: 1, Valued: []string{"tag"}, Switches: []string{"sign"}},
		{Name: "release list", Valued: []string{"series"}},
		{Name: "release verify", Least: 1, Most: 1},
		{Name: "resolve", Least: 1, Most: 1, Switches: []string{"no-resolutions"}},
		{Name: "resolutions forget", Least: 1, Most: 1},
		{Name: "show", Least: 1, Most: 1, Switches: []string{"range-diff"}},
		{Name: "sites", Valued: []string{"series"}},
		{Name: "skip", Least: 1, Most: 1, Valued: []string{"reason"}},
		{Name: "status", Valued: []string{"series"}, Switches: []string{"all"}},
		{Name: "take", Least: 2, Most: 3, Switches: []string{"back", "whole"}},
		{Name: "tracker status", Most: 1, Switches: []string{"offline"}},
		{Name: "tracker sync", Most: many, Valued: []string{"series", "take"}, Switches: []string{"again", "anew"}},
		{Name: "triage", Least: 1, Most: 1, Valued: []string{"from", "series"}},
		{Name: "undo", Least: 1, Most: 1},
		{Name: "upgrade begin", Least: 1, Most: 1, Valued: []string{"from"}},
		{Name: "upgrade releases", Valued: []string{"series"}},
		{Name: "upgrade status", Most: 1, Valued: []string{"series"}},
	}
}

// Check says what is wrong with a command that the screen names, "" for nothing.
func Check(words []string) string {
	c, rest := commandOf(words)
	if c == nil {
		return fmt.Sprintf("the screen names %q, which is not in commandtest.All", words)
	}
	n := 0
	for len(rest) > 0 {
		word := rest[0]
		rest = rest[1:]
		name, isFlag := strings.CutPrefix(word, "--")
		name, _, hasValue := strings.Cut(name, "=")
		switch {
		case word == "--":
			n += len(rest)
			rest = nil
		case !isFlag && strings.HasPrefix(word, "-"):
			return fmt.Sprintf("a word of %q would be taken for a flag: %q", words, word)
		case !isFlag:
			n++
		case slices.Contains(c.Switches, name):
		case name != "allow" && !slices.Contains(c.Valued, name):
			return fmt.Sprintf("the screen names %q with --%s, which commandtest.All does not have", words, name)
		case hasValue:
		case len(rest) == 0:
			return fmt.Sprintf("%q: --%s has no value", words, name)
		default:
			rest = rest[1:]
		}
	}
	if n < c.Least || n > c.Most {
		return fmt.Sprintf("%q has %d words that are no flags", words, n)
	}
	return ""
}

// commandOf is the row for a command, the one with the longest name, and what follows on the name.
func commandOf(words []string) (found *Command, rest []string) {
	for _, c := range All() {
		name := strings.Fields(c.Name)
		if len(name) <= len(words) && slices.Equal(name, words[:len(name)]) && (found == nil || len(rest) > len(words)-len(name)) {
			found, rest = &c, words[len(name):]
		}
	}
	return found, rest
}
