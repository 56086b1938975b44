package tracker

import (
	"cmp"
	"slices"
)

// index knows the issues of things. The first of each is the one that counts, and all
// others are surplus.
type index struct {
	of map[string][]Issue // by thing
	// strange are the ids of issues that the mirror names and nothing in the tracker
	// bears out.
	strange map[string]bool
}

func newIndex(u Upgrade, m *Mirror, issues []Issue) index {
	return indexOf(m, issues, func(marker Marker) bool { return marker.Site == u.Site && marker.Series == u.Series })
}

// indexOf sorts issues by what their markers name. Anybody who may write an issue can copy a
// marker into it, so that of several with the same one the oldest need not be ours: of
// branches the one that the mirror knows counts, else one that stands below the upgrade's, and
// as the upgrade's that below which most of the others stand, which is the same in all clones.
//
// An issue that has lost its marker is that of the thing for which the mirror knows it, but
// only where it stands: a mirror comes with a push, and could name any issue that the key
// opens. It is never surplus.
func indexOf(m *Mirror, issues []Issue, isOurs func(Marker) bool) index {
	x := index{of: map[string][]Issue{}, strange: map[string]bool{}}
	own, below, seen := map[string]bool{}, map[string]int{}, map[string]bool{}
	var unmarked []Issue
	for _, issue := range issues {
		marker, isMarked := FindMarker(issue.Description)
		switch {
		case seen[issue.ID]:
		case !isMarked:
			unmarked = append(unmarked, issue)
		case isOurs(marker):
			x.of[marker.Thing] = append(x.of[marker.Thing], issue)
			own[issue.ID] = isOwn(marker.Thing)
			below[issue.Parent]++
		}
		seen[issue.ID] = true
	}
	x.sort(m, own, below)
	x.addUnmarked(m, unmarked, own, below)
	return x
}

// sort puts the issue that counts before the others of its thing.
func (x index) sort(m *Mirror, own map[string]bool, below map[string]int) {
	for thing, all := range x.of {
		known := m.of(thing).Issue
		rank := func(i Issue) int {
			switch {
			case thing == "":
				return -below[i.ID]
			case i.ID == known:
				return 0
			case own[i.Parent]:
				return 1
			}
			return 2
		}
		slices.SortFunc(all, func(a, b Issue) int { return cmp.Or(rank(a)-rank(b), compareIDs(a.ID, b.ID)) })
	}
}

// addUnmarked finds the issues that the mirror knows among those without a marker: first the
// upgrade's, below which others of it stand, then those of branches, which stand below it.
func (x index) addUnmarked(m *Mirror, unmarked []Issue, own map[string]bool, below map[string]int) {
	if m == nil {
		return
	}
	things := map[string]string{}
	for name, b := range m.Branches {
		things[b.Issue] = name
	}
	things[m.Upgrade.Issue] = ""
	delete(things, "")
	slices.SortStableFunc(unmarked, func(a, b Issue) int {
		isSecond := func(i Issue) int { return min(len(things[i.ID]), 1) }
		return isSecond(a) - isSecond(b)
	})
	for _, issue := range unmarked {
		thing, isKnown := things[issue.ID]
		isInPlace := thing == "" && below[issue.ID] > 0 || thing != "" && own[issue.Parent]
		switch {
		case !isKnown:
		case !isInPlace:
			x.strange[issue.ID] = true
		case len(x.of[thing]) == 0:
			x.of[thing] = []Issue{issue}
			own[issue.ID] = thing == ""
		}
	}
}
