package demo

import (
	"fmt"
	"strings"
)

// record is what the team has written about a branch.
type record struct {
	reason         string
	upstream       string   // the issue of Moodle's under which the change is offered to it, "" where only the site wants it
	review         string   // the series before which somebody must look at it again, "" where it is to stay
	members, paths []string // what a set may touch
}

// Records are the records of the site's branches, as they stand in a file of settings: why a change of Moodle's own code is
// there and for how long, and what a set may touch. The hack of enrol_self has none, for the rule that notices.
func Records() string {
	var b strings.Builder
	for _, br := range branches() {
		r := br.record
		if r.reason == "" {
			continue
		}
		_, key, _ := strings.Cut(br.name, "-")
		fmt.Fprintf(&b, "\n[branch.%s]\nreason = %q\n%s", key, r.reason, r.kind())
		if r.members != nil {
			fmt.Fprintf(&b, "members = %s\npaths = %s\n", quoted(r.members), quoted(r.paths))
		}
	}
	return b.String()
}

// kind is the justification, with what it asks for.
func (r record) kind() string {
	switch {
	case r.upstream != "":
		return fmt.Sprintf("justification = \"upstreamable\"\nupstream = [%q]\n", r.upstream)
	case r.review != "":
		return fmt.Sprintf("justification = \"temporary\"\nreview_by = %q\n", r.review)
	}
	return "justification = \"local\"\n"
}

// quoted is a list of plain words in TOML.
func quoted(words []string) string { return `["` + strings.Join(words, `", "`) + `"]` }
