package tracker

import (
	"bytes"
	"strings"
	"time"
)

// Mirror is what the ledger and the tracker both said when they last agreed, of one
// upgrade. It is written to trackers/<series>.toml on the mgit branch, in the same
// commit as what came from the tracker, so that it is true of the ledger beside it in
// every clone.
//
// It can be lost: the issues are found again by their markers. Then only what differs
// is not known to be one side's change, and counts as a disagreement.
type Mirror struct {
	Format             int
	Kind, URL, Project string // of the tracker; a mirror of another one counts as none
	Series             string
	Upgrade            Mirrored            // the upgrade's own issue
	Groups             []string            // ids of issues that stand between, where a tracker limits children
	Branches           map[string]Mirrored // by the old branch's full name
	Unknown            map[string]any      // keys of later versions, kept on writing
}

// Mirrored is what both sides said about one branch.
type Mirrored struct {
	Issue  string // its id; ""
	State  string // the ledger's word
	Status string // the tracker's, by name
	// Meant is the status that stood for State, where that is not Status: people have
	// statuses of their own, and those stay until the ledger has something new to say.
	Meant    string
	Owner    string // as the ledger names people
	Assignee string // a User's ID
	// What follows is what the ledger said when it was last sent; people may have changed
	// it since.
	Done        int
	Version     string
	Fields      map[string]string
	Subject     string
	Description string   // a [Part]'s hash
	Links       []string // sorted
	Told        []string // ids of the Items that stand in the tracker, sorted
	// Seen is the id of the last note that was read, Updated the issue's at that moment.
	// Updated is zero where the issue could have changed once more in the same moment.
	Seen    string
	Updated time.Time
	// Refused are values that the tracker did not take, by their keys, as in Ignored.
	// They are not sent again while neither they nor the issue change.
	Refused map[string]string
	Unknown map[string]any
}

// NewMirror returns a mirror that knows nothing yet.
func NewMirror(kind, url, project, series string) *Mirror {
	return &Mirror{Format: MirrorFormat, Kind: kind, URL: url, Project: project, Series: series, Branches: map[string]Mirrored{}}
}

// IsOf reports whether the mirror is of this tracker. One of another one knows nothing of
// its issues.
func (m *Mirror) IsOf(kind, url, project string) bool {
	return m.Kind == kind && strings.TrimSuffix(m.URL, "/") == strings.TrimSuffix(url, "/") && m.Project == project
}

// IsEmpty reports whether the mirror knows of no issue.
func (m *Mirror) IsEmpty() bool {
	return m.Upgrade.isZero() && len(m.Branches) == 0 && len(m.Groups) == 0 && len(m.Unknown) == 0
}

// of returns what the mirror says about a thing, as in Write.Branch; the zero Mirrored
// for what it does not know.
func (m *Mirror) of(thing string) Mirrored {
	switch {
	case m == nil:
		return Mirrored{}
	case thing == "":
		return m.Upgrade
	}
	return m.Branches[thing]
}

// Restamped counts the issues of which next knows another moment at which they were read,
// and reports whether that is all in which it differs from m.
func (m *Mirror) Restamped(next *Mirror) (count int, isAll bool) {
	stamp := func(is, was Mirrored) Mirrored {
		if !is.Updated.Equal(was.Updated) {
			count++
		}
		is.Updated = was.Updated
		return is
	}
	same := *next
	same.Upgrade = stamp(next.Upgrade, m.Upgrade)
	same.Branches = make(map[string]Mirrored, len(next.Branches))
	for name, is := range next.Branches {
		same.Branches[name] = stamp(is, m.Branches[name])
	}
	one, err := m.Encode()
	two, other := same.Encode()
	return count, err == nil && other == nil && bytes.Equal(one, two)
}
