package report

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"iter"
	"strings"
)

// sarifRun writes a log with one run, of whose results as many are kept as its readers
// take.
type sarifRun struct {
	total int // results there are
	kept  int // of them
	// parts are the keys of the run but for the results. What they say depends on kept.
	parts func(*sarifRun) []sarifPart
	// results yields all results, the worst first, and the same ones each time.
	results iter.Seq[sarifResult]
	// moreID is the rule that says that there are more, moreIndex its index.
	moreID    string
	moreIndex int
}

// sarifPart is a key of a run.
type sarifPart struct {
	key   string
	value any
}

// write takes two passes: one that finds out how many results fit into size compressed
// bytes, and one that writes as many. So no more than one result is ever held.
func (s *sarifRun) write(w io.Writer, size int) error {
	s.kept = min(s.total, sarifResults)
	if s.total > sarifShown {
		// One is the note that there are more.
		s.kept = min(s.total, sarifResults-1)
	}
	head, err := s.head()
	if err != nil {
		return err
	}
	s.kept, err = s.fitting(head, size)
	if err != nil {
		return err
	}
	// The head says how many results follow, so it is made again.
	if head, err = s.head(); err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	if err := s.writeResults(w); err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n]}]}\n")
	return err
}

// head is everything up to the first result. The keys of the log and of the run are
// written by hand, so that results need not be in memory at once.
func (s *sarifRun) head() ([]byte, error) {
	var b strings.Builder
	b.WriteString(`{"$schema":"` + sarifSchema + `","version":"2.1.0","runs":[{`)
	for _, p := range s.parts(s) {
		data, err := json.Marshal(p.value)
		if err != nil {
			return nil, err
		}
		b.WriteString("\n\"" + p.key + "\":" + string(data) + ",")
	}
	b.WriteString("\n\"results\":[")
	return []byte(b.String()), nil
}

// leftOut says what of the results a reader will not see.
func (s *sarifRun) leftOut() []string {
	var texts []string
	if s.kept < s.total {
		texts = append(texts, count(s.total-s.kept, "more result is", "more results are")+" left out of this file: it would be too big.")
	}
	if s.kept >= sarifShown {
		texts = append(texts, count(s.kept-sarifShown+1, "more result is", "more results are")+" in this file than GitHub shows.")
	}
	return texts
}

// results writes the kept results, with the note about the others at the place where
// GitHub stops to show them, or at the end.
func (s *sarifRun) writeResults(w io.Writer) error {
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
	n, findings := 0, 0
	emit := func(result sarifResult) (bool, error) {
		data, err := json.Marshal(result)
		if err != nil {
			return false, err
		}
		n++
		return put(data, n == 1)
	}
	for result := range s.results {
		if findings == s.kept {
			break
		}
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
		RuleID: s.moreID, RuleIndex: s.moreIndex, Level: level, Message: sarifText{literal(text)},
		Locations:    []sarifLocation{{Physical: sarifPhysical{Artifact: sarifArtifact{"version.php", sarifRoot}, Region: &sarifRegion{StartLine: 1}}}},
		Fingerprints: map[string]string{"primaryLocationLineHash": hashOf(s.moreID) + ":1"},
	}
}
