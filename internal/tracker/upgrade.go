package tracker

import "time"

// Upgrade is what the ledger of an upgrade says, as far as a tracker is concerned.
type Upgrade struct {
	Site         string // the customer
	Series, From string
	Onto         string // the tag moved to; ""
	IsFinished   bool
	Branches     []Branch // by name
	// Previous is the id of the issue of the upgrade before; "".
	Previous string
	// Subject, Description and Items are of the upgrade's own issue.
	Subject     string
	Description Text
	Items       []Item
}

// Branch is what the ledger says about a branch.
type Branch struct {
	Name  string // the old branch's full name
	State string // of the work, or "dropped" or "held" as soon as that is decided
	// IsDecided says that it is dropped or held by what a person decided, and not by what
	// a run found: only then can it be taken up again in the tracker.
	IsDecided bool
	// Reason is that of the decision.
	Reason  string
	Owner   string // as the ledger names people
	Subject string
	// Description is nil where this clone has not the commits of the branch: what stands
	// in its issue was written by one that has, and stays.
	Description Text
	Items       []Item            // all that is to be told about it, oldest first
	Fields      map[string]string // custom fields
	Links       []string          // ids of other issues of this tracker that it is about
	// Previous is the id of the issue that the branch had in the upgrade before; "".
	Previous string
	// Disputed are the keys, "state" and "owner", on which clones disagree among
	// themselves: nothing is done about those.
	Disputed map[string]bool
}

// Item is something to be told below an issue once: a note of the ledger, or what a run
// did. Several may go into one note of the tracker.
type Item struct {
	ID   string    // see [ItemID]
	When time.Time // zero where the ledger does not tell
	Who  string    // likewise ""
	Text Text
}
