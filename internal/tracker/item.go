package tracker

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// ItemID names what is said below an issue, by what that is: 12 hex digits, the same in
// all clones. The kind keeps apart what happens to have the same parts.
func ItemID(kind string, parts ...string) string {
	h := sha256.New()
	fmt.Fprintf(h, "mgit item 1\n%d:%s", len(kind), kind)
	for _, p := range parts {
		fmt.Fprintf(h, "\n%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// NoteID is the ID of the Item for a note of the ledger on a branch. One that came from
// the tracker has the same, and counts as told.
func NoteID(branch string, when time.Time, who, text string) string {
	return ItemID("note", branch, when.UTC().Truncate(time.Second).Format(time.RFC3339), who, text)
}

// DecisionID is the ID of the Item for what somebody decided about a branch. One that
// came from the tracker has the same, and counts as told.
func DecisionID(branch, disposition, reason string) string {
	return ItemID("decision", branch, disposition, reason)
}
