package tracker

import (
	"fmt"
	"strings"
	"time"
)

// What comes from a tracker into the ledger goes to every clone and stays in its history, so
// it is kept in bounds, the same in all clones. Longer than this is no note that a person
// wrote, no reason and no name.
const (
	mostHeard  = 20_000 // characters of a note
	mostReason = 2_000
	mostName   = 200
	// mostTold is how many items a note of mgit's can tell: what a branch has in an upgrade
	// is far below.
	mostTold = 5_000
)

// cutHeard cuts a text, and says how much is missing.
func cutHeard(text string, most int) string {
	if len(text) <= most {
		return text
	}
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return strings.TrimSpace(string(r[:most])) + fmt.Sprintf("\n\n(%d characters more in the tracker)", len(r)-most)
}

// cutName cuts a name.
func cutName(name string) string {
	if r := []rune(name); len(r) > mostName {
		return string(r[:mostName-1]) + "…"
	}
	return name
}

// inYears is a time in UTC that TOML and JSON can hold, which have the years 0 to 9999. A
// server with an offset gets out of them.
func inYears(t time.Time) time.Time {
	switch t = t.UTC(); {
	case t.Year() < 0:
		return time.Time{}
	case t.Year() > 9999:
		return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return t
}
