package branchview

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/tui/cells"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// part is a part of the details.
type part int

const (
	partOverview part = iota
	partCommits
	partFiles
	partChecks
	partRangeDiff
	parts // how many there are
)

func (p part) String() string {
	return [...]string{"overview", "commits", "files", "checks", "range-diff"}[p]
}

// title is the parts in a line, the one that is shown in brackets.
func (p part) title() string {
	var words []string
	for i := range parts {
		word := i.String()
		if i == p {
			word = "[" + word + "]"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// drawn is what the text of the details was made of; where all of it is the same, the text stays.
type drawn struct {
	name    string
	part    part
	width   int
	show    *job.ShowReport
	compare *job.RangeDiffReport
	found   *job.ShowReport
	errs    string
	rows    *job.StatusReport
	checks  *job.BranchChecks // of the row
	waiting bool
}

func (v *View) drawDetails(width, height int) string {
	v.write(width)
	return v.text.Render(v.host.Theme, width, height)
}

// write brings what is known of the selected branch into the text.
func (v *View) write(width int) {
	r, isSelected := v.table.Selected()
	now := drawn{part: v.part, width: width}
	a, _ := v.status.Value()
	now.rows = a.report
	var show, compare, found error
	if isSelected {
		now.name, now.checks = r.Name, r.Checks
		n, _, err := v.show.of(r.Name)
		now.show, show = n.value, err
		if v.part == partRangeDiff {
			c, known, err := v.compare.of(r.Name)
			now.compare, compare, now.waiting = c.value, err, !known
		}
		if v.part == partChecks {
			n, known, err := v.found.of(r.Name)
			now.found, found, now.waiting = n.value, err, !known
		}
	}
	now.errs = fmt.Sprint(show, compare, found)
	if now == v.drawn {
		return
	}
	if now.name != v.drawn.name || now.part != v.drawn.part {
		v.text = widget.Text{}
	}
	v.drawn = now
	p := &page{look: v.host.Theme, width: width}
	if isSelected {
		v.fails(p, show)
		v.fails(p, compare)
		v.fails(p, found)
		v.describe(p, r, now, show != nil || compare != nil || found != nil)
	}
	v.text.SetLines(p.lines)
}

func (v *View) fails(p *page, err error) {
	if err == nil {
		return
	}
	text, hint := v.host.Explain(err)
	p.say(theme.Bad, "x "+text)
	if hint != "" {
		p.say(theme.Text, "  "+hint)
	}
	p.blank()
}

func (v *View) describe(p *page, r row, d drawn, failed bool) {
	switch {
	case r.kind == misnamed:
		p.say(theme.Strong, r.Name)
		p.say(theme.Attention, "! "+r.reason)
		p.blank()
		p.say(theme.Text, "It is left out of everything until it has a name of the scheme. `git branch -m "+r.Name+" NAME` gives it one.")
	case v.part == partOverview:
		v.overview(p, r, d.show)
	case v.part == partRangeDiff && d.waiting && !failed:
		p.say(theme.Faint, "Comparing …")
	case v.part == partChecks && r.kind == coming:
		p.say(theme.Faint, "The branch is not there yet.")
	case v.part == partChecks && d.waiting && !failed:
		p.say(theme.Faint, "Asking the rules …")
	case v.part == partChecks && d.found != nil:
		findings(p, d.found.Branch)
	case v.part == partChecks:
	case v.part == partRangeDiff && !d.waiting:
		rangeDiff(p, r, d.compare)
	case d.show == nil && !failed:
		p.say(theme.Faint, "Reading …")
	case d.show == nil:
	case v.part == partCommits:
		commits(p, d.show.Branch)
	case v.part == partFiles:
		files(p, d.show)
	}
}

// page is a text in the making. Prose is wrapped; lines that are read side by side are not, and scroll.
type page struct {
	look  theme.Theme
	width int
	lines []widget.Line
}

func (p *page) add(line ...widget.Span) { p.lines = append(p.lines, line) }

func (p *page) blank() {
	if len(p.lines) > 0 {
		p.add()
	}
}

// say adds prose.
func (p *page) say(role theme.Role, text string) {
	for _, line := range cells.Wrap(text, p.width) {
		p.add(widget.Span{Text: line, Role: role})
	}
}

// heading begins a part of the page.
func (p *page) heading(text string) {
	p.blank()
	p.say(theme.Title, text)
}

// factIndent is where what there is to say of a fact begins.
const factIndent = 12

// fact adds a word and what there is to say, where there is anything.
func (p *page) fact(name, text string) { p.factIn(theme.Text, name, text) }

func (p *page) factIn(role theme.Role, name, text string) {
	if text == "" {
		return
	}
	for i, line := range cells.Wrap(text, max(8, p.width-factIndent)) {
		if i > 0 {
			name = ""
		}
		p.add(widget.Span{Text: cells.Fit(name, factIndent), Role: theme.Faint}, widget.Span{Text: line, Role: role})
	}
}

// item adds a line of a list, whose further lines are indented.
func (p *page) item(role theme.Role, text string) {
	for i, line := range cells.Wrap(text, max(8, p.width-4)) {
		indent := "  "
		if i > 0 {
			indent = "    "
		}
		p.add(widget.Span{Text: indent}, widget.Span{Text: line, Role: role})
	}
}
