package resolution

import (
	"slices"
	"strings"
)

// Merge joins the sets of two clones that went apart since base. Two resolutions are the same when conflict and
// outcome are; one that either side added is in the result, and one that either side forgot is not, unless the other one
// changed its origin meanwhile. Other outcomes of one conflict stand side by side as variants: ours keep their names. Of the origin, the side that changed it counts;
// where both did, the older author stays and the notes are joined.
func Merge(base, ours, theirs Set) Set {
	var kept Set
	for _, r := range ours {
		t, isThere := theirs.find(r)
		b, wasThere := base.find(r)
		if wasThere && !isThere && r.Meta.equal(b.Meta) {
			continue // they forgot it
		}
		if isThere {
			r.Meta = mergeMeta(b.Meta, r.Meta, t.Meta, wasThere)
		}
		kept = append(kept, r)
	}
	var added Set
	for _, r := range theirs {
		_, isHere := ours.find(r)
		b, wasThere := base.find(r)
		if !isHere && (!wasThere || !r.Meta.equal(b.Meta)) {
			added = append(added, r)
		}
	}
	return kept.Add(added)
}

// find returns the resolution of the set that says the same of the same conflict.
func (s Set) find(r Resolution) (Resolution, bool) {
	i := slices.IndexFunc(s, r.equal)
	if i < 0 {
		return Resolution{}, false
	}
	return s[i], true
}

func mergeMeta(base, ours, theirs Meta, hasBase bool) Meta {
	switch {
	case theirs.equal(ours), hasBase && theirs.equal(base):
		return ours
	case hasBase && ours.equal(base):
		return theirs
	}
	first, second := ours, theirs
	if theirs.Created.Before(ours.Created) || theirs.Created.Equal(ours.Created) && theirs.Author < ours.Author {
		first, second = theirs, ours
	}
	merged := first
	for _, note := range strings.Split(second.Note, "\n") {
		if note != "" && !slices.Contains(strings.Split(merged.Note, "\n"), note) {
			merged.Note = strings.TrimPrefix(merged.Note+"\n"+note, "\n")
		}
	}
	merged.Paths = slices.Concat(first.Paths, second.Paths)
	slices.Sort(merged.Paths)
	merged.Paths = slices.Compact(merged.Paths)
	return merged
}

// equal reports whether both say the same.
func (m Meta) equal(o Meta) bool {
	a, errA := m.encode()
	b, errB := o.encode()
	return errA == nil && errB == nil && string(a) == string(b)
}
