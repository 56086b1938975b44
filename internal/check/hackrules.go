package check

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/hunk"
)

// hackRules are about changes of core that must be understood years later.
func hackRules() []Rule {
	return []Rule{
		{
			ID:       "justification",
			Severity: Warning,
			Title:    "a change of core without a reason",
			Why:      "whoever prepares the next upgrade has to decide whether it is still needed, and cannot ask the code",
			Hint:     "`mgit config edit branch.KEY.reason 'WHY'`, or the number of a ticket as branch.KEY.ticket; KEY is what stands behind the type in the branch's name",
			whole:    justification,
		},
		{
			ID:       "hack-marker",
			Severity: Off,
			Title:    "a change of core without a comment that marks it",
			Why:      "the site marks its changes in core so that they are seen by whoever reads the file",
			Hint:     "put a comment with one of the site's words in front of the change, and behind it where it is long",
			file:     hackMarkers,
		},
	}
}

// justification wants somebody to have said why the branch is there. While a commit is made, what is said elsewhere than in the
// record is only looked for where that does not do.
func justification(j *Judge) {
	b := j.Branch
	if b.Kind != Ours || len(j.Files) == 0 || !slices.Contains(j.Options.Justified, b.Type) {
		return
	}
	if j.Justified != nil && !(j.Committing && b.Reasoned && len(b.Lacks) == 0) {
		b.Reasoned, b.Lacks = j.Justified()
	}
	if b.Reasoned {
		for _, lack := range b.Lacks {
			j.Report(Finding{
				Text: fmt.Sprintf("why %s changes core is said in part: %s", b.Name, lack),
				Hint: "`mgit config edit` opens the records of the branches: `upstream` names Moodle's issue, `review_by` a series",
			})
		}
		return
	}
	why := "its record has neither reason nor ticket"
	if !b.HasRecord {
		why = "it has no record"
	}
	j.Report(Finding{Text: fmt.Sprintf("nobody says why %s changes core: %s", b.Name, why)})
}

// hackMarkers finds what a branch of the site adds to upstream's files without a marker. Everything that differs from
// upstream in one place is one change: a marker in it, or within two lines of it, is for all of its lines.
func hackMarkers(j *Judge, f *File) {
	if j.Options.IsMarker == nil || j.Branch.Kind != Ours || !f.IsRegular() || !hasComments(f.Path) {
		return
	}
	added := f.Added()
	if len(added) == 0 {
		return
	}
	pristine, ok := read(j.Pristine, f.Path)
	if !ok {
		return
	}
	var unmarked []place
	for _, p := range differingPlaces(pristine, f.After.Data) {
		if !p.isMarked(f.After.Data, j.Options.IsMarker) {
			unmarked = append(unmarked, p)
		}
	}
	for _, p := range unmarked {
		if i := slices.IndexFunc(added, func(l Line) bool {
			return l.Number >= p.first && l.Number <= p.last && len(bytes.TrimSpace(l.Text)) > 0
		}); i >= 0 {
			j.At(f.Path, added[i].Number, "a change of core that no comment marks")
		}
	}
}

// nearMarker is how many lines may stand between a change and its marker, and between two pieces of one change.
const nearMarker = 2

// place is a run of lines that upstream does not have, from 1.
type place struct{ first, last int }

// differingPlaces are the places where a file has lines that upstream's has not.
func differingPlaces(pristine, data []byte) []place {
	var places []place
	for _, h := range hunk.Diff(pristine, data) {
		if len(h.New) == 0 {
			continue
		}
		p := place{h.NewStart, h.NewStart + len(h.New) - 1}
		if n := len(places); n > 0 && p.first-places[n-1].last <= nearMarker+1 {
			places[n-1].last = p.last
			continue
		}
		places = append(places, p)
	}
	return places
}

// isMarked reports whether a marker stands in the place or next to it.
func (p place) isMarked(data []byte, isMarker func([]byte) bool) bool {
	lines := bytes.SplitAfter(data, []byte("\n"))
	return slices.ContainsFunc(lines[max(p.first-1-nearMarker, 0):min(p.last+nearMarker, len(lines))], isMarker)
}

// hasComments reports whether files of this kind can hold a comment, and are written by people.
func hasComments(name string) bool {
	if dir := "/" + name; strings.Contains(dir, "/amd/build/") || strings.Contains(dir, "/yui/build/") || strings.HasSuffix(name, ".min.js") || strings.HasSuffix(name, ".min.css") {
		return false
	}
	return slices.Contains([]string{".php", ".js", ".css", ".scss", ".less", ".html", ".htm", ".mustache", ".xml", ".sql", ".sh", ".feature", ".yml", ".inc"}, strings.ToLower(path.Ext(name)))
}
