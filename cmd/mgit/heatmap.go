package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"mgit/internal/job"
)

// heatMap is the map of the pairs of branches that get in each other's way. Branches
// that do not are not on it. It is a triangle: a pair has one place, in the row of the
// one that is further down.
type heatMap struct {
	branches []string       // in order; the number of a branch is one more than its index
	at       map[string]int // by name
	level    map[[2]int]string
}

// levelStands marks in a map that one branch of a pair stands on the other.
const levelStands = "stands"

// newHeatMap takes the branches that conflict or change the same lines; with all,
// those that share a file too. Branches that hang together stand together.
func newHeatMap(r *job.ConflictsReport, all bool) *heatMap {
	m := &heatMap{branches: r.Near(all), at: make(map[string]int), level: make(map[[2]int]string)}
	for i, name := range m.branches {
		m.at[name] = i
	}
	for _, p := range r.Pairs {
		m.note(p.A, p.B, p.Level)
	}
	for _, b := range r.Branches {
		for _, on := range b.StandsOn {
			m.note(b.Name, on, levelStands)
		}
	}
	return m
}

func (m *heatMap) note(a, b, level string) {
	i, ok := m.at[a]
	j, also := m.at[b]
	if ok && also {
		m.level[[2]int{max(i, j), min(i, j)}] = level
	}
}

// keys are the numbers of a pair, "" when it is not on the map.
func (m *heatMap) keys(p *job.ConflictPair) string {
	i, ok := m.at[p.A]
	j, also := m.at[p.B]
	if !ok || !also {
		return ""
	}
	return fmt.Sprintf("%d×%d", min(i, j)+1, max(i, j)+1)
}

// compare puts pairs in the order of the map, those that are not on it first.
func (m *heatMap) compare(p, q *job.ConflictPair) int {
	place := func(p *job.ConflictPair) (low, high int) {
		return min(m.at[p.A], m.at[p.B]), max(m.at[p.A], m.at[p.B])
	}
	a, b := place(p)
	c, d := place(q)
	return cmp.Or(a-c, b-d)
}

// sign is the letter of a place; the colour says the same.
func sign(p palette, level string) string {
	switch level {
	case job.LevelConflict:
		return p.bad("C")
	case job.LevelLines:
		return p.attention("l")
	case job.LevelFile:
		return "f"
	case levelStands:
		return p.faint("s")
	}
	return p.faint("·")
}

// writeTo prints the map at a width. Columns that have no room follow in a band of
// their own, with the rows that have something there.
func (m *heatMap) writeTo(w io.Writer, p palette, width int) {
	digits := len(fmt.Sprint(len(m.branches)))
	names := m.names(width)
	label := digits + 1 + ansi.StringWidth(names[0]) + 2
	cell := digits + 1
	if (len(m.branches)-1)*cell > width-label {
		cell = 1
	}
	perBand := max(1, (width-label)/cell)
	columns := max(1, len(m.branches)-1)
	for from := 0; from < columns; from += perBand {
		to := min(from+perBand, columns)
		if from > 0 {
			fmt.Fprintln(w)
		}
		writeColumns(w, p, label, cell, from, to)
		m.writeRows(w, p, names, digits, cell, from, to)
	}
	legend := []string{sign(p, job.LevelConflict) + " conflict", sign(p, job.LevelLines) + " same lines", sign(p, job.LevelFile) + " same file"}
	if slices.Contains(m.levels(), levelStands) {
		legend = append(legend, sign(p, levelStands)+" stands on the other")
	}
	fmt.Fprintf(w, "\n  %s\n", strings.Join(append(legend, sign(p, "")+" nothing in common"), "   "))
}

func (m *heatMap) levels() []string {
	var all []string
	for _, level := range m.level {
		all = append(all, level)
	}
	return all
}

// writeColumns prints the numbers of columns: side by side where there is room, else
// downwards.
func writeColumns(w io.Writer, p palette, label, cell, from, to int) {
	if cell > 1 {
		var line strings.Builder
		for i := from; i < to; i++ {
			fmt.Fprintf(&line, "%*d", cell, i+1)
		}
		fmt.Fprintf(w, "%*s%s\n", label-1, "", p.strong(line.String()))
		return
	}
	digits := len(fmt.Sprint(to))
	for d := range digits {
		var line strings.Builder
		for i := from; i < to; i++ {
			line.WriteByte(fmt.Sprintf("%*d", digits, i+1)[d])
		}
		fmt.Fprintf(w, "%*s%s\n", label, "", p.strong(strings.TrimRight(line.String(), " ")))
	}
}

func (m *heatMap) writeRows(w io.Writer, p palette, names []string, digits, cell, from, to int) {
	for row := range m.branches {
		var line strings.Builder
		some := false
		for column := from; column < min(to, row); column++ {
			level, ok := m.level[[2]int{row, column}]
			some = some || ok
			line.WriteString(strings.Repeat(" ", cell-1) + sign(p, level))
		}
		if from > 0 && !some {
			continue
		}
		text := line.String()
		if cell > 1 && text != "" {
			text = text[1:] // the gap before the first column is the label's
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%*d %s  %s", digits, row+1, names[row], text), " "))
	}
}

// names are those of the branches, without what all of them begin with, of one
// width, which is a part of that of the map.
func (m *heatMap) names(width int) []string {
	prefix := commonPrefix(m.branches)
	names := make([]string, len(m.branches))
	longest := 0
	for i, name := range m.branches {
		names[i] = printable(strings.TrimPrefix(name, prefix))
		longest = max(longest, ansi.StringWidth(names[i]))
	}
	longest = min(longest, max(elasticMin, width*2/5))
	for i, name := range names {
		name = shorten(name, longest)
		names[i] = name + strings.Repeat(" ", longest-ansi.StringWidth(name))
	}
	return names
}

// commonPrefix is what all names begin with, up to and with a hyphen.
func commonPrefix(names []string) string {
	prefix := names[0]
	for _, name := range names[1:] {
		for !strings.HasPrefix(name, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix[:strings.LastIndexByte(prefix, '-')+1]
}
