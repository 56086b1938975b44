package report

import (
	"compress/gzip"
	"encoding/json"
	"io"
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

// results writes the kept results, with the note about the others at the place where
// GitHub stops to show them, or at the end.
func (s *sarifRun) results(w io.Writer) error {
	_, err := s.each(func(data []byte, first bool) (bool, error) {
		lead := ",\n"
		if first {
			lead = "\n"
		}
		if _, err := io.WriteString(w, lead); err != nil {
			return false, err
		}
		_, err := w.Write(data)
		return true, err
	})
	return err
}

// fitting returns how many results fit into size compressed bytes after head. It
// compresses what would be written and looks now and then, which needs a few bytes
// more than the file will.
func (s *sarifRun) fitting(head []byte, size int) (int, error) {
	var written byteCount
	z := gzip.NewWriter(&written)
	if _, err := z.Write(head); err != nil {
		return 0, err
	}
	const every, margin = 64, 4 << 10
	n, fits := 0, 0
	_, err := s.each(func(data []byte, _ bool) (bool, error) {
		if _, err := z.Write(data); err != nil {
			return false, err
		}
		if n++; n%every != 0 && len(data) < 64<<10 {
			return true, nil
		}
		if err := z.Flush(); err != nil {
			return false, err
		}
		if int(written)+margin > size {
			return false, nil
		}
		fits = n
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	if int(written)+margin <= size {
		return s.kept, nil
	}
	// One of those that fit gives way to the note.
	return max(0, min(s.kept, fits)-1), nil
}

type byteCount int

func (c *byteCount) Write(p []byte) (int, error) {
	*c += byteCount(len(p))
	return len(p), nil
}

// each calls put with every result in order until put says no, and returns how many
// of them were put.
func (s *sarifRun) each(put func(data []byte, first bool) (bool, error)) (int, error) {
	seen := fingerprints{}
	n, findings := 0, 0
	emit := func(result sarifResult) (bool, error) {
		data, err := json.Marshal(result)
		if err != nil {
			return false, err
		}
		n++
		return put(data, n == 1)
	}
	for i := range inOrder(s.report) {
		if findings == s.kept {
			break
		}
		result := sarifOf(i, seen)
		if findings == sarifShown-1 && s.total > sarifShown {
			if more, err := emit(s.more(result.Level)); !more || err != nil {
				return n, err
			}
		}
		findings++
		if more, err := emit(result); !more || err != nil {
			return n, err
		}
	}
	if s.kept < s.total && s.kept < sarifShown {
		_, err := emit(s.more("error"))
		return n, err
	}
	return n, nil
}

// more is the result that says that there are more than one sees. Its level is that of
// the first that is not shown, so that it is sorted to where it stands.
func (s *sarifRun) more(level string) sarifResult {
	text := ""
	for i, t := range s.leftOut() {
		if i > 0 {
			text += " "
		}
		text += t
	}
	return sarifResult{
		RuleID: sarifMore, RuleIndex: len(sarifRules()) - 1, Level: level, Message: sarifText{literal(text)},
		Locations:    []sarifLocation{{Physical: sarifPhysical{Artifact: sarifArtifact{"version.php", sarifRoot}, Region: &sarifRegion{StartLine: 1}}}},
		Fingerprints: map[string]string{"primaryLocationLineHash": hashOf(sarifMore) + ":1"},
	}
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
