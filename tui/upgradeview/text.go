package upgradeview

import (
	"strings"

	"mgit/internal/report"
	"mgit/tui/cells"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// text is lines to read that are broken for a width.
type text struct {
	width int
	lines []widget.Line
}

// say adds a paragraph.
func (t *text) say(role theme.Role, words string) {
	for _, line := range cells.Wrap(words, t.width) {
		t.lines = append(t.lines, widget.Plain(role, line))
	}
}

// asIs adds a line whose words are nobody's prose: a command to copy, a line of a difference. Where it is too
// long for the width, what is left of it stands deeper, so that it cannot be taken for a line of its own.
func (t *text) asIs(role theme.Role, words string) {
	if 2+cells.Width(cells.Clean(words)) <= t.width {
		t.lines = append(t.lines, widget.Plain(role, "  "+words))
		return
	}
	indent := "  "
	for _, line := range cells.Wrap(words, t.width-6) {
		t.lines = append(t.lines, widget.Plain(role, indent+line))
		indent = "      "
	}
}

// gap adds an empty line, unless there is one.
func (t *text) gap() {
	if n := len(t.lines); n > 0 && len(t.lines[n-1]) > 0 {
		t.lines = append(t.lines, nil)
	}
}

// heading adds a heading with a gap before it.
func (t *text) heading(words string) {
	t.gap()
	t.say(theme.Title, words)
}

// item adds a paragraph that is indented.
func (t *text) item(role theme.Role, words string) {
	for i, line := range cells.Wrap(words, t.width-4) {
		indent := "  "
		if i > 0 {
			indent = "    "
		}
		t.lines = append(t.lines, widget.Plain(role, indent+line))
	}
}

// nameWidth is that of the names of facts.
const nameWidth = 11

// fact adds what is known by a name; nothing where it says nothing.
func (t *text) fact(name string, value widget.Span) {
	if value.Text == "" {
		return
	}
	for i, line := range cells.Wrap(value.Text, t.width-nameWidth-1) {
		if i > 0 {
			name = ""
		}
		t.lines = append(t.lines, widget.Line{{Text: cells.Fit(name, nameWidth) + " ", Role: theme.Faint}, {Text: line, Role: value.Role}})
	}
}

func (t *text) plain(name, value string) { t.fact(name, widget.Span{Text: value}) }

// document adds a report as `mgit plan` prints it.
func (t *text) document(d report.Document) {
	for _, s := range d.Sections {
		if s.IsEmpty() {
			continue
		}
		t.heading(s.Title)
		for _, lead := range s.Lead {
			t.say(theme.Text, lead)
		}
		for _, b := range s.Blocks {
			if !b.IsEmpty() {
				t.block(b)
			}
		}
	}
}

func (t *text) block(b report.Block) {
	t.gap()
	if b.Title != "" {
		t.say(theme.Strong, b.Title+":")
	}
	for _, item := range b.Items {
		if b.Mono {
			t.asIs(theme.Text, item)
		} else {
			t.item(theme.Text, item)
		}
	}
	widths := columnWidths(b)
	total := -2
	for _, n := range widths {
		total += n + 2
	}
	for _, row := range b.Rows {
		t.row(b, row, widths, total <= t.width-2)
	}
	if b.Note != "" {
		t.say(theme.Faint, b.Note)
	}
}

// row adds a row of a table: in its columns where they fit, else one after the other.
func (t *text) row(b report.Block, row []string, widths []int, fits bool) {
	if !fits {
		var said []string
		for i, cell := range row {
			if cell != "" && b.Columns[i].Title != "" && i > 0 {
				cell = b.Columns[i].Title + " " + cell
			}
			if cell != "" {
				said = append(said, cell)
			}
		}
		t.item(theme.Text, strings.Join(said, ", "))
		return
	}
	var line strings.Builder
	for i, cell := range row {
		cell = cells.Clean(cell)
		if b.Columns[i].Right {
			cell = cells.FitRight(cell, widths[i])
		} else {
			cell = cells.Fit(cell, widths[i])
		}
		line.WriteString("  " + cell)
	}
	t.lines = append(t.lines, widget.Plain(theme.Text, strings.TrimRight(line.String(), " ")))
}

func columnWidths(b report.Block) []int {
	widths := make([]int, len(b.Columns))
	for _, row := range b.Rows {
		for i, cell := range row {
			widths[i] = max(widths[i], cells.Width(cells.Clean(cell)))
		}
	}
	return widths
}
