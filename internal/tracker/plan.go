package tracker

// Found is what the tracker holds of an upgrade.
type Found struct {
	// Issues are those with the upgrade's marker and all below it.
	Issues []Issue
	// Read are those whose notes were read, by id.
	Read map[string]Issue
	// Gone are ids that the mirror knows and the tracker does not: deleted, or not to be
	// seen with this key.
	Gone []string
	// People are who issues can be assigned to, Statuses which they can have.
	People   []User
	Statuses []Status
}

// Plan is what a sync is going to do. It is a value that can be printed.
type Plan struct {
	Writes        []Write // in the order in which they are made
	Incoming      []Incoming
	Disagreements []Disagreement
	Ignored       []Ignored // refused before, and not tried again
	Warnings      []Warning
}

// Write is one change of the tracker.
type Write struct {
	Branch string   // "": the upgrade's own issue; "+2": its second group
	Issue  string   // "" for one that is to be made
	Draft  *Draft   // for one that is to be made; the group or upgrade above it is the engine's
	Change Change   // for the others; of a new one, what is done after it was made
	Items  []string // ids of those that Change.Note tells
	Links  []string // ids to link it with
	Keys   []string // what changes, for people: "status", "assignee", "note" …
	Reuse  bool     // Issue is a surplus one that becomes this branch's
}

// Warning is something that people should know and that stops nothing.
type Warning struct{ ID, Text string }
