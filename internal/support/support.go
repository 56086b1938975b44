// Package support knows until when Moodle supports each series: general fixes,
// security fixes, and which series live longer.
//
// The dates are data. A file of them is built in, with the day it is of; a newer
// one in the form of Moodle's own (data/versions.json of moodle/devdocs, the
// developers' documentation) takes its place without a new mgit. Nothing here
// knows a date by heart, and a series that the data does not know is unknown.
//
// Where the newer file is kept and how it gets there is left to the packages above.
package support

import (
	_ "embed"
	"fmt"
	"slices"
	"time"

	"mgit/internal/moodle"
)

// Data is what is known of all series, and of which day that is.
type Data struct {
	// Date is the day of the data; zero where a file does not say.
	Date time.Time
	// Source is where a file was taken from; "" for the one that is built in.
	Source string
	// Series are sorted, oldest first.
	Series []Series
}

// Series is what is known of one series. A time is a day in UTC, and zero where the
// data has none.
type Series struct {
	Series       moodle.Series
	Released     time.Time
	General      time.Time // the last day of general support
	Security     time.Time // the last day of security support
	LTS          bool
	Experimental bool // never meant for production
	// Newest is the newest release on the day of the data; zero where unknown.
	Newest moodle.Tag
}

//go:embed support.json
var builtIn string

// BuiltIn returns the data that this mgit was built with.
func BuiltIn() *Data {
	d, err := Parse([]byte(builtIn), time.Time{})
	if err != nil {
		panic(fmt.Sprintf("the built-in support.json: %v", err)) // a test reads it
	}
	return d
}

// Of returns what is known of a series.
func (d *Data) Of(s moodle.Series) (Series, bool) {
	for _, x := range d.Series {
		if x.Series == s {
			return x, true
		}
	}
	return Series{Series: s}, false
}

// Over returns the two data taken together: of a series that both know, what the
// newer file says. Date and Source are those of the newer file.
func (d *Data) Over(other *Data) *Data {
	newer, older := d, other
	if d.Date.Before(other.Date) {
		newer, older = other, d
	}
	both := &Data{Date: newer.Date, Source: newer.Source, Series: slices.Clone(newer.Series)}
	for _, s := range older.Series {
		if _, known := newer.Of(s.Series); !known {
			both.Series = append(both.Series, s)
		}
	}
	both.sort()
	return both
}

func (d *Data) sort() {
	slices.SortStableFunc(d.Series, func(a, b Series) int { return a.Series.Compare(b.Series) })
}

// State is how a series is supported on a day.
type State string

// The states of a series.
const (
	Announced State = "announced" // not released yet
	General   State = "general"   // all kinds of fixes
	Security  State = "security"  // security fixes only
	Ended     State = "ended"
	Unknown   State = "unknown"
)

// State returns how the series is supported at the time now. Where a date is missing
// that decides, the state is Unknown.
func (s Series) State(now time.Time) State {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	switch {
	case !s.Released.IsZero() && today.Before(s.Released):
		return Announced
	case !s.Security.IsZero() && today.After(s.Security):
		return Ended
	case s.General.IsZero() || s.Security.IsZero():
		return Unknown
	case today.After(s.General):
		return Security
	}
	return General
}
