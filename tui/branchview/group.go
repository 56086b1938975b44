package branchview

import (
	"slices"
	"strings"

	"mgit/internal/job"
)

// grouping is what the rows are grouped by.
type grouping int

const (
	bySeries grouping = iota
	byComponent
	byType
	byState
	ungrouped
	groupings // how many there are
)

// String is the grouping for the title of the list.
func (g grouping) String() string {
	return [...]string{"", "by component", "by type", "by state", "not grouped"}[g]
}

// theMisnamed is the heading of the misnamed branches, whatever the others are grouped by.
const theMisnamed = "Nearly of the naming scheme, and therefore left out"

// notInUpgrade is the heading of branches that no upgrade knows.
const notInUpgrade = "in no upgrade"

// of returns how rows are grouped; nil: not at all. Grouped by series there are no headings where there would
// be only one.
func (g grouping) of(series int, report *job.StatusReport) func(row) string {
	if g == ungrouped || g == bySeries && series < 2 && (report == nil || len(report.Misnamed) == 0) {
		return nil
	}
	return func(r row) string {
		switch {
		case r.kind == misnamed:
			return theMisnamed
		case r.kind == coming && (g == byComponent || g == byType):
			return "not there yet"
		case g == byComponent:
			return r.Component
		case g == byType:
			return r.Type
		case g == byState:
			return groupOfState(r)
		}
		return "Moodle " + seriesOf(r)
	}
}

// groupOfState is the state; branches that no upgrade knows are together.
func groupOfState(r row) string {
	if state := r.state(); state != "" {
		return state
	}
	return notInUpgrade
}

// compareGroups puts the misnamed last, states in the order of the work, and numbers as numbers.
func compareGroups(a, b string) int {
	x, y := groupRank(a), groupRank(b)
	switch {
	case x != y:
		return x - y
	case len(a) != len(b) && strings.HasPrefix(a, "Moodle ") && strings.HasPrefix(b, "Moodle "):
		return len(a) - len(b) // 4.5 is before 4.10, 9.1 before 10.1
	}
	return strings.Compare(a, b)
}

func groupRank(title string) int {
	states := job.States()
	switch title {
	case "behind":
		return -1
	case notInUpgrade:
		return len(states)
	case theMisnamed:
		return len(states) + 1
	}
	return slices.Index(states, title)
}
