package moodle

import (
	"slices"
	"time"
)

// DatedTag is a tag of upstream and when it was made.
type DatedTag struct {
	Tag
	When time.Time
}

// Eligible returns those of tags that a site on the series may take at the time now,
// newest release first: no stage before a release, and none younger than
// minAgeDays days, unless security says of its name that it is taken at once.
// Which releases fix security problems is not written in Moodle's tags or trees;
// security may be nil.
func Eligible(tags []DatedTag, series Series, now time.Time, minAgeDays int, security func(tag string) bool) []DatedTag {
	var found []DatedTag
	for _, t := range tags {
		if t.Series.Compare(series) != 0 || t.Pre != "" {
			continue
		}
		isOldEnough := !t.When.AddDate(0, 0, minAgeDays).After(now)
		if isOldEnough || security != nil && security(t.String()) {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, func(a, b DatedTag) int { return b.Compare(a.Tag) })
	return found
}
