package tracker

import "time"

// Found is what the tracker holds of an upgrade.
type Found struct {
	// Issues are those with the upgrade's marker and all below it. One that the mirror
	// knows and that has lost its marker is among them, if it can still be read.
	Issues []Issue
	// Read are those whose notes were read, by id.
	Read map[string]Issue
	// Gone are ids that the mirror knows and the tracker does not: deleted, or not to be
	// seen with this key.
	Gone []string
	// People are who issues can be assigned to, Statuses which they can have.
	People   []User
	Statuses []Status
	// Now is a time that the tracker's clock had reached when the first of Read was asked
	// for, and for what is found after a sync, also when Issues were listed after the last
	// write. The newest Updated of an earlier list, and the time since then, give one.
	// Zero: none is known.
	Now time.Time
}

// Plan is what a sync is going to do. It is a value that can be printed.
type Plan struct {
	Writes        []Write // in the order in which they are made
	Incoming      []Incoming
	Disagreements []Disagreement
	Ignored       []Ignored // refused before, and not tried again
	Warnings      []Warning
	// Parents are the ids of the issues that others stand below, by the Thing of their
	// markers, as far as there are any yet.
	Parents map[string]string

	basis basis
}

// Write is one change of the tracker.
type Write struct {
	Branch string   // "": the upgrade's own issue; "+2": its second group
	Issue  string   // "" for one that is to be made
	Below  string   // of one that is to be made or reused: what it stands below, as in Branch
	Draft  *Draft   // for one that is to be made
	Change Change   // for the others
	Items  []string // ids of those that Change.Note tells
	Links  []string // ids to link it with
	Keys   []string // what changes, for people: "status", "assignee", "note" …
	Reuse  bool     // Issue is a surplus one that becomes this branch's
}

// Outcome is what became of a write.
type Outcome struct {
	Write Write // with the id of an issue that was made
	// Reasons are why the tracker did not take it, in its words; none: it said it did.
	Reasons []string
}

// Warning is something that people should know and that stops nothing.
type Warning struct{ ID, Text string }
