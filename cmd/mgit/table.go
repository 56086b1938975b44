package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// column describes one column of a table.
type column struct {
	title string
	// right aligns numbers.
	right bool
	// elastic columns give way when the table is wider than the terminal; the last of several first.
	elastic bool
	// least, when not 0, is the width below which an elastic column does not shrink. What
	// matters most in it stands first: it is cut at the end.
	least int
}

// table lays rows out in aligned columns. Cells may be coloured; they are one line each.
type table struct {
	columns []column
	rows    [][]string
}

// elasticMin is the width below which a column does not shrink: less says nothing.
const elasticMin = 16

// gap separates columns.
const gap = "  "

// add appends a row. Missing cells are empty.
func (t *table) add(cells ...string) {
	row := make([]string, len(t.columns))
	copy(row, cells)
	t.rows = append(t.rows, row)
}

// writeTo prints the table for a terminal of the given width; 0 never cuts, for pipes and files.
// A table without rows prints nothing, its header included.
func (t *table) writeTo(w io.Writer, p palette, width int) error {
	if len(t.rows) == 0 {
		return nil
	}
	widths := t.widths(width)
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = p.strong(c.title)
	}
	for _, row := range append([][]string{titles}, t.rows...) {
		if _, err := fmt.Fprintln(w, t.line(row, widths)); err != nil {
			return err
		}
	}
	return nil
}

// widths gives each column what it needs and takes back from the elastic ones what the
// terminal lacks.
func (t *table) widths(limit int) []int {
	widths := make([]int, len(t.columns))
	total := len(gap) * (len(t.columns) - 1)
	for i, c := range t.columns {
		widths[i] = ansi.StringWidth(c.title)
		for _, row := range t.rows {
			widths[i] = max(widths[i], ansi.StringWidth(row[i]))
		}
		total += widths[i]
	}
	if limit == 0 {
		return widths
	}
	for i := len(t.columns) - 1; i >= 0 && total > limit; i-- {
		if !t.columns[i].elastic {
			continue
		}
		least := max(min(cmp.Or(t.columns[i].least, elasticMin), widths[i]), ansi.StringWidth(t.columns[i].title))
		take := min(total-limit, widths[i]-least)
		widths[i] -= take
		total -= take
	}
	return widths
}

func (t *table) line(row []string, widths []int) string {
	var line strings.Builder
	for i, cell := range row {
		if i > 0 {
			line.WriteString(gap)
		}
		if t.columns[i].least > 0 {
			cell = ansi.Truncate(cell, widths[i], "…")
		} else {
			cell = shorten(cell, widths[i])
		}
		padding := strings.Repeat(" ", widths[i]-ansi.StringWidth(cell))
		if t.columns[i].right {
			line.WriteString(padding + cell)
		} else {
			line.WriteString(cell + padding)
		}
	}
	return strings.TrimRight(line.String(), " ")
}

// shorten cuts text to a width in the middle, because names of branches and paths differ at both
// ends: "LUVLE-4.1-hack-…-singlefiles".
func shorten(text string, width int) string {
	have := ansi.StringWidth(text)
	if have <= width {
		return text
	}
	if width < 8 {
		return ansi.Truncate(text, width, "…")
	}
	head := (width - 1) / 2
	tail := width - 1 - head
	return ansi.Truncate(text, head, "") + "…" + ansi.TruncateLeft(text, have-tail, "")
}

// wrap breaks text into lines of at most width columns, between words.
func wrap(text string, width int) string {
	return ansi.Wordwrap(text, max(width, 20), "")
}
