package demo

import (
	"fmt"
	"strings"
)

// record is what the team has written about a branch.
type record struct {
	reason         string
	members, paths []string // what a set may touch
}

// Records are the records of the site's branches, as they stand in a file of settings: why a change of Moodle's own code is
// there, and what a set may touch. The hack of enrol_self has none, for the rule that notices.
func Records() string {
	var b strings.Builder
	for _, br := range branches() {
		r := br.record
		if r.reason == "" {
			continue
		}
		_, key, _ := strings.Cut(br.name, "-")
		fmt.Fprintf(&b, "\n[branch.%s]\nreason = %q\n", key, r.reason)
		if r.members != nil {
			fmt.Fprintf(&b, "members = %s\npaths = %s\n", quoted(r.members), quoted(r.paths))
		}
	}
	return b.String()
}

// quoted is a list of plain words in TOML.
func quoted(words []string) string { return `["` + strings.Join(words, `", "`) + `"]` }
