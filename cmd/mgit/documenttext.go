package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"mgit/internal/report"
)

// writeDocument prints a document for a person at a terminal of the given width; 0
// never cuts, for pipes and files.
func writeDocument(w io.Writer, p palette, width int, d report.Document) error {
	fmt.Fprintln(w, p.strong(wrapWords(printable(d.Verdict), width, 0, 0)))
	if d.Subject != "" {
		fmt.Fprintln(w, wrapWords(printable(d.Subject), width, 0, 0))
	}
	for _, s := range d.Sections {
		if s.IsEmpty() {
			continue
		}
		fmt.Fprintf(w, "\n%s\n", p.strong(printable(s.Title)))
		for _, lead := range s.Lead {
			fmt.Fprintf(w, "%s\n", wrapWords(printable(lead), width, 0, 0))
		}
		apart := len(s.Lead) > 0
		for _, b := range s.Blocks {
			if b.IsEmpty() {
				continue
			}
			if apart {
				fmt.Fprintln(w)
			}
			apart = true
			if err := writeBlock(w, p, width, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeBlock prints a table or a list. In a table the last column has the words: what
// does not fit beside the others stands below them.
func writeBlock(w io.Writer, p palette, width int, b report.Block) error {
	if b.Title != "" {
		fmt.Fprintf(w, "%s\n", wrapWords(printable(b.Title)+":", width, 0, 0))
	}
	for _, item := range b.Items {
		fmt.Fprintf(w, "  %s\n", wrapWords(printable(item), width, 2, 4))
	}
	if len(b.Columns) > 0 {
		if err := writeRows(w, p, width, b); err != nil {
			return err
		}
	}
	if b.Note != "" {
		fmt.Fprintln(w, p.faint(wrapWords(printable(b.Note), width, 0, 0)))
	}
	return nil
}

// lastWords is how wide the last column of a table must be able to get for its
// sentences to stand there.
const lastWords = 24

func writeRows(w io.Writer, p palette, width int, b report.Block) error {
	t := table{}
	for _, c := range b.Columns {
		t.columns = append(t.columns, column{title: c.Title, right: c.Right, elastic: c.Name})
	}
	for _, row := range b.Rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = printable(cell)
		}
		t.add(cells...)
	}
	last := len(b.Columns) - 1
	if width == 0 || b.Columns[last].Right || b.Columns[last].Name || t.fits(width) {
		return t.writeTo(w, p, width)
	}
	return t.writeWrapped(w, p, width, lastWords)
}

// fits reports whether no cell has to give way.
func (t *table) fits(width int) bool {
	total := len(gap) * (len(t.columns) - 1)
	for _, n := range t.widths(0) {
		total += n
	}
	return total <= width
}

// writeWrapped prints the table with the words of its last column wrapped: beside
// the others where there is room for least columns, else below them.
func (t *table) writeWrapped(w io.Writer, p palette, width, least int) error {
	last := len(t.columns) - 1
	words := table{columns: t.columns[:last]}
	for _, row := range t.rows {
		words.rows = append(words.rows, row[:last])
	}
	widths, used := words.widths(0), len(gap)*last
	for _, n := range widths {
		used += n
	}
	beside := width-used >= least
	if !beside {
		widths = words.widths(width) // a name is cut only where it has no room at all
	}
	titles := make([]string, last)
	for i, c := range words.columns {
		titles[i] = p.strong(c.title)
	}
	indent := used
	if !beside {
		indent = 4
	}
	head := words.line(titles, widths)
	if beside {
		head = pad(head, used) + p.strong(t.columns[last].title)
	}
	fmt.Fprintln(w, head)
	for i, row := range words.rows {
		line, text := words.line(row, widths), t.rows[i][last]
		switch {
		case text == "":
			fmt.Fprintln(w, line)
		case beside:
			fmt.Fprintf(w, "%s%s\n", pad(line, used), wrapWords(text, width, indent, indent))
		default:
			fmt.Fprintf(w, "%s\n%s%s\n", line, strings.Repeat(" ", indent), wrapWords(text, width, indent, indent))
		}
	}
	return nil
}

// pad fills a line with blanks up to a column.
func pad(line string, column int) string {
	return line + strings.Repeat(" ", max(column-ansi.StringWidth(line), 0))
}
