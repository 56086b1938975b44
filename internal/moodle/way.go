package moodle

import "slices"

// Stop is a release that an upgrade may lead over, with what it asks for.
type Stop struct {
	Tag   Tag
	Needs ServerNeeds
}

// Release is the stop's $release without its build.
func (s Stop) Release() string { return s.Tag.Release().Official() }

// Hop is a stop on a way that was found.
type Hop struct {
	Stop
	// Instead are the series that would do as well here, in a way just as long.
	Instead []Series
}

// Way returns the shortest way from a release to a tag, each hop of which core
// admits; the last is the tag. Stops are the releases that may lie between, one a
// series; those that are not older than the tag's series, or not newer than from,
// are passed over. Where several ways are equally short, better decides which stop
// is preferred, from the last hop to the first; it orders like a comparison, the
// best first. It is false where there is no way.
//
// A way is looked for from the oldest stop to the newest. How far a stop is depends
// only on older ones, so each is looked at once:
//
//	from ── 3.6 ── 3.11 ── 4.3 ── to     3.11 admits 3.6, 4.3 admits 3.11
//	  └──── 3.5                          3.11 does not admit 3.5
func Way(from Release, stops []Stop, to Stop, better func(a, b Tag) int) ([]Hop, bool) {
	var nodes []Stop
	for _, s := range stops {
		isBetween := s.Tag.Series.Compare(to.Tag.Series) < 0 && s.Tag.Release().Compare(from) > 0
		if isBetween && s.Tag.Series.Compare(from.Series) >= 0 {
			nodes = append(nodes, s)
		}
	}
	slices.SortFunc(nodes, func(a, b Stop) int { return a.Tag.Compare(b.Tag) })
	nodes = append(nodes, to)
	const unreached = 1 << 30
	far := make([]int, len(nodes))
	for i, n := range nodes {
		far[i] = unreached
		if n.Needs.Admits(from.String()) {
			far[i] = 1
			continue
		}
		for j := range i {
			if far[j]+1 < far[i] && n.Needs.Admits(nodes[j].Release()) {
				far[i] = far[j] + 1
			}
		}
	}
	at := len(nodes) - 1
	if far[at] >= unreached {
		return nil, false
	}
	way := []Hop{{Stop: to}}
	for far[at] > 1 {
		var before []int
		for j := range at {
			if far[j] == far[at]-1 && nodes[at].Needs.Admits(nodes[j].Release()) {
				before = append(before, j)
			}
		}
		best := slices.MinFunc(before, func(a, b int) int { return better(nodes[a].Tag, nodes[b].Tag) })
		hop := Hop{Stop: nodes[best]}
		for _, j := range before {
			if j != best {
				hop.Instead = append(hop.Instead, nodes[j].Tag.Series)
			}
		}
		way, at = append(way, hop), best
	}
	slices.Reverse(way)
	return way, true
}
