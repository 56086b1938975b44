package tracker

import (
	"slices"
	"strings"
	"unicode"
)

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

// FindMarker returns the marker that stands in the part that mgit keeps in a description;
// where there is no such part, the first one that stands on a line.
func FindMarker(description string) (Marker, bool) {
	lines := splitLines(description)
	if from, to, ok := findPart(lines); ok {
		lines = lines[from:to]
		slices.Reverse(lines) // it is the last of the part, below what the ledger says
	}
	for _, line := range lines {
		if m, ok := parseMarker(strings.TrimSpace(line)); ok {
			return m, true
		}
	}
	return Marker{}, false
}

// parseMarker reads the line of a marker. A site's name may have blanks in it, but none
// at its ends; a series and a branch's name have none.
func parseMarker(line string) (Marker, bool) {
	text, ok := strings.CutPrefix(line, "mgit:")
	site, rest, hasSeries := strings.Cut(text, ":")
	series, thing, hasThing := strings.Cut(rest, ":")
	switch {
	case !ok || !hasSeries || strings.ContainsFunc(rest, unicode.IsSpace):
		return Marker{}, false
	case site == "" || site != strings.TrimSpace(site) || series == "" || hasThing && thing == "":
		return Marker{}, false
	}
	return Marker{site, series, thing}, true
}
