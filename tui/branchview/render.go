package branchview

import (
	"strings"

	"mgit/tui/cells"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// Render draws the table and the details of the selected branch.
func (v *View) Render(width, height int) string {
	v.width, v.height = width, height
	list := widget.Pane{Title: v.listTitle(), Footer: v.listFooter(), Draw: v.drawList}
	details := widget.Pane{Title: v.detailTitle(), Footer: v.detailFooter(), Draw: v.drawDetails}
	return v.panes.Render(v.host.Theme, list, details, width, height)
}

func (v *View) listTitle() string {
	title := "Branches"
	if a, known := v.status.Value(); known {
		switch series := a.report.Series; {
		case len(series) == 1:
			title = "Moodle " + series[0].String()
		case len(series) > 1:
			title = "All series"
		}
	}
	if group := v.group.String(); group != "" {
		title += ", " + group
	}
	return title
}

func (v *View) listFooter() string {
	footer := v.table.Footer()
	if v.status.IsSlow(v.host.Now()) {
		footer = "reading … · " + footer
	} else if v.judged.IsSlow(v.host.Now()) {
		footer = "asking the rules … · " + footer
	}
	return footer
}

// drawList draws the table, below the reason why it is not as new as it could be.
func (v *View) drawList(width, height int) string {
	lines := v.troubles(width)
	if _, known := v.status.Value(); !known && len(lines) > 0 {
		return widget.Box(lines, width, height)
	}
	lines = lines[:min(len(lines), max(0, height-3))]
	v.above = len(lines)
	if len(lines) == 0 {
		return v.table.Render(v.host.Theme, width, height, !v.panes.Second)
	}
	return widget.Box(lines, width, len(lines)) + "\n" + v.table.Render(v.host.Theme, width, height-len(lines), !v.panes.Second)
}

// troubles are the lines above the table: why the branches could not be read, and reasons not to trust what
// was read.
func (v *View) troubles(width int) []string {
	var lines []string
	if err := v.status.Err(); err != nil {
		lines = v.failure(err, width)
	}
	if a, known := v.status.Value(); known {
		for _, w := range a.report.Warnings {
			lines = append(lines, styled(v.host.Theme, theme.Attention, "! "+w.Text, width)...)
		}
	}
	return lines
}

// failure is an error in the words that the command line has for it.
func (v *View) failure(err error, width int) []string {
	text, hint := v.host.Explain(err)
	lines := styled(v.host.Theme, theme.Bad, "x "+text, width)
	if hint != "" {
		lines = append(lines, styled(v.host.Theme, theme.Text, "  "+hint, width)...)
	}
	return lines
}

func styled(look theme.Theme, role theme.Role, text string, width int) []string {
	var lines []string
	for _, line := range cells.Wrap(text, width) {
		lines = append(lines, look.Render(role, cells.Fit(line, width)))
	}
	return lines
}

func (v *View) detailTitle() string {
	r, found := v.table.Selected()
	if !found {
		return "Details"
	}
	if r.kind == misnamed {
		return strings.ToUpper(v.part.String()[:1]) + v.part.String()[1:]
	}
	return v.part.title()
}

func (v *View) detailFooter() string {
	now := v.host.Now()
	if v.show.question.IsSlow(now) || v.part == partChecks && v.found.question.IsSlow(now) || v.part == partRangeDiff && v.compare.question.IsSlow(now) {
		return "reading …"
	}
	return v.text.Footer()
}
