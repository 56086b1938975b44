package tracker

import "strings"

// Marker names the issue of one thing in all clones: "mgit:LUVLE:4.5" the upgrade's,
// "mgit:LUVLE:4.5:LUVLE-4.1-hack-mod_forum-subject" a branch's.
//
// In a description it stands alone on its line, between the marks of the part that mgit
// writes.
type Marker struct {
	Site   string // the customer
	Series string // that the upgrade goes to
	Thing  string // "" the upgrade; "+2" its second group; else a branch's full name
}

// String is the marker as it stands in a description.
func (m Marker) String() string {
	text := "mgit:" + m.Site + ":" + m.Series
	if m.Thing != "" {
		text += ":" + m.Thing
	}
	return text
}

// Upgrade is the marker of the upgrade that m belongs to; its text is the beginning of
// all markers of it.
func (m Marker) Upgrade() Marker { return Marker{Site: m.Site, Series: m.Series} }

// FindMarker returns the marker that stands on a line of a description.
func FindMarker(description string) (Marker, bool) {
	for line := range strings.Lines(description) {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "mgit:")
		if !ok {
			continue
		}
		parts := strings.SplitN(text, ":", 3)
		if len(parts) < 2 || parts[0] == "" || parts[1] == "" {
			continue
		}
		return Marker{parts[0], parts[1], strings.Join(parts[2:], ":")}, true
	}
	return Marker{}, false
}
