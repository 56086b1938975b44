package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
)

// conflictsText writes a report of conflicts for people.
type conflictsText struct {
	w     io.Writer
	p     palette
	width int
	all   bool
}

// pathsShown is how many paths of a pair are listed without --all.
const pathsShown = 5

func (t *conflictsText) write(r *job.ConflictsReport) {
	fmt.Fprintln(t.w, t.p.strong(conflictsHeading(r)))
	fmt.Fprintln(t.w, wrapWords(conflictsTotals(r), t.width, 0, 0))
	m := newHeatMap(r, t.all)
	if r.Of == "" && len(m.branches) > 0 {
		fmt.Fprintln(t.w)
		m.writeTo(t.w, t.p, t.width)
	}
	t.pairs(m, r, job.LevelConflict, "Conflicts")
	t.pairs(m, r, job.LevelLines, "The same lines, and Git can merge them")
	if t.all || r.Of != "" {
		t.pairs(m, r, job.LevelFile, "The same file, in different places")
	}
	t.order(r)
	t.sets(r)
}

func conflictsHeading(r *job.ConflictsReport) string {
	switch {
	case r.Of != "":
		return fmt.Sprintf("%s against %s of Moodle %s", printable(r.Of), plural(len(r.Branches)-1, "other"), r.Series)
	case r.Target != "":
		return fmt.Sprintf("%s: %s, %s", printable(r.Target), plural(r.Totals.Branches, "branch"), plural(r.Totals.Pairs, "pair"))
	}
	return fmt.Sprintf("Moodle %s: %s, %s", r.Series, plural(r.Totals.Branches, "branch"), plural(r.Totals.Pairs, "pair"))
}

func conflictsTotals(r *job.ConflictsReport) string {
	n := r.Totals
	if n.Pairs == n.Apart {
		return "No two of them change the same file."
	}
	var parts []string
	for _, part := range []struct {
		n         int
		one, many string
	}{
		{n.Conflict, "conflicts", "conflict"},
		{n.Lines, "changes the same lines", "change the same lines"},
		{n.File, "changes the same file in different places", "change the same file in different places"},
		{n.Apart, "has nothing in common", "have nothing in common"},
	} {
		switch part.n {
		case 0:
		case 1:
			parts = append(parts, "1 pair "+part.one)
		default:
			parts = append(parts, fmt.Sprintf("%d pairs %s", part.n, part.many))
		}
	}
	return strings.Join(parts, ", ") + "."
}

// pairs lists the pairs of one level.
func (t *conflictsText) pairs(m *heatMap, r *job.ConflictsReport, level, title string) {
	var pairs []*job.ConflictPair
	for i := range r.Pairs {
		if r.Pairs[i].Level == level {
			pairs = append(pairs, &r.Pairs[i])
		}
	}
	if len(pairs) == 0 {
		return
	}
	slices.SortStableFunc(pairs, m.compare)
	fmt.Fprintf(t.w, "\n%s\n", t.p.strong(title+":"))
	for _, p := range pairs {
		fmt.Fprintf(t.w, "  %s\n", wrapWords(t.names(m, r, p), t.width, 2, 6))
		t.places(conflictPlaces(p))
	}
}

// names are those of a pair: the other one's where one branch is compared with all
// others, else both in the order of their numbers on the map.
func (t *conflictsText) names(m *heatMap, r *job.ConflictsReport, p *job.ConflictPair) string {
	first, second := p.A, p.B
	switch {
	case first == r.Of:
		return printable(second)
	case second == r.Of:
		return printable(first)
	case m.at[first] > m.at[second]:
		first, second = second, first
	}
	names := printable(first) + " and " + printable(second)
	if key := m.keys(p); key != "" {
		names = key + "  " + names
	}
	return names
}

func (t *conflictsText) places(places []string) {
	left := 0
	if !t.all && len(places) > pathsShown {
		left = len(places) - pathsShown
		places = places[:pathsShown]
	}
	for _, place := range places {
		fmt.Fprintf(t.w, "      %s\n", wrapWords(place, t.width, 6, 10))
	}
	if left > 0 {
		fmt.Fprintf(t.w, "      and %s; --all lists them\n", plural(left, "more path"))
	}
}

// conflictPlaces says where two branches meet, a path a line.
func conflictPlaces(p *job.ConflictPair) []string {
	var places []string
	for _, place := range p.Places() {
		text := job.ShowPath(place.Raw)
		if words := report.PlaceWords(p, place); words != "" {
			text += ": " + words
		}
		places = append(places, text)
	}
	if remark := report.PairRemark(p); remark != "" {
		places = append(places, printable(remark))
	}
	return places
}

// order prints the proposed order, without --all from the first branch on that
// the order matters for.
func (t *conflictsText) order(r *job.ConflictsReport) {
	if len(r.Order) == 0 || r.Totals.Conflict == 0 && !t.all {
		return
	}
	fmt.Fprintf(t.w, "\n%s\n", t.p.strong("Order of merging:"))
	fmt.Fprintf(t.w, "  %s\n", wrapWords(report.ConflictOrderWords, t.width, 2, 2))
	from := 0
	if !t.all {
		hot := make(map[string]bool)
		for _, p := range r.Pairs {
			if p.Level == job.LevelConflict {
				hot[p.A], hot[p.B] = true, true
			}
		}
		from = slices.IndexFunc(r.Order, func(name string) bool { return hot[name] })
	}
	if from > 0 {
		fmt.Fprintf(t.w, "    1 to %d: those that conflict with nothing, by name\n", from)
	}
	for i, name := range r.Order[from:] {
		fmt.Fprintf(t.w, "  %3d %s\n", from+i+1, printable(name))
	}
}

func (t *conflictsText) sets(r *job.ConflictsReport) {
	if len(r.Sets) == 0 {
		return
	}
	fmt.Fprintf(t.w, "\n%s\n", t.p.strong("These belong together and could live as one set each:"))
	for _, set := range r.Sets {
		fmt.Fprintf(t.w, "  %s\n", wrapWords(printableList(set), t.width, 2, 6))
	}
}
