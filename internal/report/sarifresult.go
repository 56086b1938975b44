package report

import (
	"slices"
	"strconv"

	"mgit/internal/job"
)

// sarifLevelOf maps a severity to a level.
func sarifLevelOf(severity string) string {
	switch severity {
	case minor:
		return "warning"
	case info:
		return "note"
	}
	return "error"
}

func sarifOf(i item, seen fingerprints) sarifResult {
	if i.Missing != nil {
		return sarifMissing(i.Missing, seen)
	}
	f := i.Finding
	all := classes()
	index := slices.IndexFunc(all, func(r rule) bool { return r.ID == f.Class })
	if index < 0 {
		index = slices.IndexFunc(all, func(r rule) bool { return r.ID == "modified" })
	}
	result := sarifResult{
		RuleID: "corehack/" + all[index].ID, RuleIndex: index, Level: sarifLevelOf(weight(f)),
		Message: sarifText{literal(withDecision(f) + ".")}, Fingerprints: sarifFingerprints(seen.ofFinding(f)),
		Bag: map[string]any{
			"component": visible(f.Component), "severity": visible(f.Severity), "orphan": f.Orphan, "unexplained": f.Unexplained,
			"files": f.Files, "added": f.Added, "removed": f.Removed,
		},
	}
	if f.Evidence != "" {
		result.Bag["evidence"] = visible(f.Evidence)
	}
	result.Locations, result.Related = sarifPlacesOf(f)
	if left := len(f.Hunks) - sarifPlaces; left > 0 {
		result.Message.Text += " " + count(left, "more hunk is", "more hunks are") + " not listed."
	}
	return result
}

// sarifFingerprints names the fingerprint twice: by the one key that GitHub looks at,
// and by our own, whose version changes with the way fingerprints are made.
func sarifFingerprints(f string) map[string]string {
	return map[string]string{"primaryLocationLineHash": f + ":1", "mgitFinding/v1": f}
}

// sarifPlacesOf gives the place to look at first, and the places of the other hunks,
// those that no branch explains first, up to sarifPlaces together. A result has more
// than one location only where all of them must be changed to mend it (section
// 3.27.12), so the others are related ones.
func sarifPlacesOf(f *job.Finding) (locations, related []sarifLocation) {
	artifact := sarifArtifact{uriOf(f.Place), sarifRoot}
	if len(f.Hunks) == 0 {
		return []sarifLocation{{Physical: sarifPhysical{artifact, &sarifRegion{StartLine: 1}}}}, nil
	}
	order := make([]*job.FindingHunk, 0, len(f.Hunks))
	for _, orphans := range []bool{true, false} {
		for i := range f.Hunks {
			if (f.Hunks[i].Branch == nil) == orphans {
				order = append(order, &f.Hunks[i])
			}
		}
	}
	for i, h := range order[:min(len(order), sarifPlaces)] {
		first, last := linesOf(h.Start, h.Lines)
		place := sarifLocation{
			Physical: sarifPhysical{artifact, &sarifRegion{first, last}},
			Message:  &sarifText{literal(where(f, h) + ": " + who(h) + hunkRemarks(h))},
		}
		if h.Fingerprint != "" {
			place.Bag = map[string]any{"fingerprint": h.Fingerprint}
		}
		if i == 0 {
			locations = append(locations, place)
			continue
		}
		place.ID = i
		related = append(related, place)
	}
	return locations, related
}

func sarifMissing(m *job.MissingChange, seen fingerprints) sarifResult {
	first, last := linesOf(m.Start, m.Lines)
	return sarifResult{
		RuleID: "corehack/" + missingFromLive, RuleIndex: len(classes()), Level: "error", Message: sarifText{literal(lacks(m) + ".")},
		Locations:    []sarifLocation{{Physical: sarifPhysical{sarifArtifact{uriOf(m.Place), sarifRoot}, &sarifRegion{first, last}}}},
		Fingerprints: sarifFingerprints(seen.ofMissing(m)),
		Bag: map[string]any{
			"component": visible(m.Component), "branch": visible(m.Branch), "target": visible(m.Target), "line": strconv.Itoa(first),
			"lines": m.Lines, "removes": m.Removes, "partly": m.Partly,
		},
	}
}
