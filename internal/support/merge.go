package support

import (
	"slices"

	"mgit/internal/moodle"
)

// Change is a series of which two files say different things; a nil side does not
// have it.
type Change struct {
	Series   moodle.Series
	Old, New *Series
}

// Diff returns what changed from d to other, oldest series first.
func (d *Data) Diff(other *Data) []Change {
	var changes []Change
	for _, name := range seriesOf(d, other) {
		old, now := d.find(name), other.find(name)
		if !equal(old, now) {
			changes = append(changes, Change{Series: name, Old: old, New: now})
		}
	}
	return changes
}

// Merge joins two files that both came from base, which may be nil: series by
// series; where both changed one differently, the file of the later day decides,
// and ours where they are of the same day. Date and source are the later file's.
func Merge(base, ours, theirs *Data) *Data {
	if base == nil {
		base = &Data{}
	}
	newer := ours
	if theirs.Date.After(ours.Date) {
		newer = theirs
	}
	merged := &Data{Date: newer.Date, Source: newer.Source}
	for _, name := range seriesOf(base, ours, theirs) {
		was, a, b := base.find(name), ours.find(name), theirs.find(name)
		take := newer.find(name)
		switch {
		case equal(a, was):
			take = b
		case equal(b, was):
			take = a
		}
		if take != nil {
			merged.Series = append(merged.Series, *take)
		}
	}
	return merged
}

func (d *Data) find(name moodle.Series) *Series {
	if s, ok := d.Of(name); ok {
		return &s
	}
	return nil
}

// equal compares days by what they are and not by how a time keeps them.
func equal(a, b *Series) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Series == b.Series && a.LTS == b.LTS && a.Experimental == b.Experimental && a.Newest == b.Newest &&
		a.Released.Equal(b.Released) && a.General.Equal(b.General) && a.Security.Equal(b.Security)
}

// seriesOf are the series of all files, oldest first.
func seriesOf(files ...*Data) []moodle.Series {
	var names []moodle.Series
	for _, d := range files {
		for _, s := range d.Series {
			names = append(names, s.Series)
		}
	}
	slices.SortFunc(names, moodle.Series.Compare)
	return slices.Compact(names)
}
