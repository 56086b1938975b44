package tracker

import "time"

// Settings say how the ledger stands in this tracker.
type Settings struct {
	Status  map[string]string // by the ledger's state; over Capabilities.Status
	Done    map[string]int    // likewise, over the built-in ones
	People  map[string]string // logins or ids in the tracker, by the owner's name
	Version string            // the target version of all issues
	// Clone names this clone in the claim that keeps two syncs apart, so that a sync
	// that was killed here does not stop the next one.
	Clone string
	// Who is who syncs, for people.
	Who string
}

// Side is one of the two sides of a disagreement.
type Side string

// The sides.
const (
	Neither Side = ""
	Ledger  Side = "ledger"
	Tracker Side = "tracker"
)

// Incoming is what somebody changed in the tracker, for the ledger.
type Incoming struct {
	Branch string
	Issue  string
	Key    string // "state", "owner" or "note"
	Old    string // of the ledger, "" for a note
	Reason string // for "dropped" and "held": why, as the decision's reason
	New    string // for "state" a word of the ledger: "tested", "moved", "dropped", "held", "todo" for a branch that is taken up again
	Who    string
	When   time.Time
}

// Disagreement is what the ledger and the tracker changed differently, or what the
// tracker says against what runs did. Nothing was done about it.
type Disagreement struct {
	Branch, Issue    string
	Key              string
	Agreed           string // when they last agreed; ""
	Ledger, Tracker  string
	LedgerCannotTake bool // a run decides about this, and no person
	// Withheld says that the tracker alone changed, and that the branch would be one of
	// too many which are dropped or held at once.
	Withheld bool
}

// Ignored is a write that the tracker answered with success and did not do, or that it
// refused in words.
type Ignored struct {
	Branch, Issue string // Branch "": the upgrade's own issue
	Key           string // "parent", "status", "assignee", "note", "link", …
	Wanted, Is    string
	Reason        string // the tracker's words; ""
}

// Options of a sync; the zero value is the default of each.
type Options struct {
	DryRun bool     // read and plan only
	Only   []string // branches, by the old one's full name; none: all
	Take   Side     // whose values win where both changed
	Again  bool     // try what was refused before
	// Many takes it also where very many branches are dropped or held in the tracker at once.
	Many bool
	// Anew makes an issue anew where the one that the mirror knows is gone. Somebody has
	// to say so, who knows that the key shows all: else there were two.
	Anew bool
	// Settle is how long a claim has to stand unchallenged; 0 is 3 seconds. All clones
	// must have the same, and the other times of a claim are multiples of it: see claim.go.
	Settle time.Duration
	// Progress is told of every write.
	Progress func(Progress)
}

// Progress is how far a sync is.
type Progress struct {
	Made, All int
	Write     Write
	// Waiting names who syncs at this moment, while this sync waits for that; "".
	Waiting string
}

// Result is what a sync did, or is going to do.
type Result struct {
	User    User // whose key it was
	Plan    *Plan
	Made    []Write // those of the plan that were made, with the ids of new issues
	Waiting []Write // those that were not: the server could not be reached any more
	Ignored []Ignored
	// Mirror is the new one; that of a dry run is what it was.
	Mirror *Mirror
	// Incoming and Disagreements are the plan's.
	Incoming      []Incoming
	Disagreements []Disagreement
}
