package tracker

import "slices"

// index knows the issues of things: the oldest one of each is the one that counts, and
// all others are surplus.
type index struct {
	of map[string][]Issue // by thing, oldest first
}

func newIndex(u Upgrade, m *Mirror, issues []Issue) index {
	byThing, _ := indexOf(m, issues, func(marker Marker) bool { return marker.Site == u.Site && marker.Series == u.Series })
	return index{byThing}
}

// indexOf sorts issues by what their markers name. An issue that has lost its marker is
// that of the thing for which the mirror knows it.
func indexOf(m *Mirror, issues []Issue, isOurs func(Marker) bool) (byThing map[string][]Issue, thingOf map[string]string) {
	known := map[string]string{}
	if m != nil {
		for name, b := range m.Branches {
			known[b.Issue] = name
		}
		known[m.Upgrade.Issue] = ""
		delete(known, "")
		if m.Upgrade.Issue != "" {
			known[m.Upgrade.Issue] = ""
		}
	}
	byThing, thingOf = map[string][]Issue{}, map[string]string{}
	for _, issue := range issues {
		thing, ok := known[issue.ID]
		if marker, has := FindMarker(issue.Description); has {
			thing, ok = marker.Thing, isOurs(marker)
		}
		if _, twice := thingOf[issue.ID]; !ok || twice {
			continue
		}
		byThing[thing] = append(byThing[thing], issue)
		thingOf[issue.ID] = thing
	}
	for _, all := range byThing {
		slices.SortFunc(all, func(a, b Issue) int { return compareIDs(a.ID, b.ID) })
	}
	return byThing, thingOf
}
