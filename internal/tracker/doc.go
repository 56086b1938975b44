// Package tracker mirrors the ledger of an upgrade in an issue tracker: an issue for the
// upgrade, and one below it for each of its branches.
//
// The ledger is the truth about what runs did, people are right wherever they work. So
// three sides are compared for each branch: what the ledger says, what the tracker says,
// and what both said when they last agreed, which stands in a [Mirror] on the mgit branch.
// What one side changed goes to the other; what both changed is shown and left alone.
//
//	Upgrade (ledger) ─┐
//	Mirror (agreed)  ─┼─▶ Plan ─▶ writes ─▶ read back ─▶ Result: Mirror, Incoming, Ignored
//	Issues (tracker) ─┘
//
// Each issue carries a [Marker] in its description, by which any clone finds it again: a
// sync that was killed half way, or made twice, makes no second issue.
//
// What is asked over HTTP, and how a tracker lies, is known to the clients below this
// folder. Reading ledgers and storing mirrors is left to job.
package tracker
