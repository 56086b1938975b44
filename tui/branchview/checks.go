package branchview

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/check"
	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// askChecks asks the rules about the branches that were not judged as they are now. That can take a while, so that it is
// done beside everything else, and what is found is entered when it is there.
func (v *View) askChecks() tea.Cmd {
	a, known := v.status.Value()
	isUnknown := func(b job.BranchStatus) bool { return b.Checks == nil }
	if !known || v.status.Err() != nil || v.source.judge == nil || !slices.ContainsFunc(a.report.Branches, isUnknown) {
		return nil
	}
	request := v.request()
	request.Check = true
	return v.judged.Ask(v.host, func(ctx context.Context, site *job.Site, p *screen.Progress) (*job.StatusReport, error) {
		request.Progress = p.Report
		return v.source.judge(ctx, site, request)
	})
}

// takeChecks enters what the rules found in the branches that are still what they were.
func (v *View) takeChecks() {
	judged, known := v.judged.Value()
	a, there := v.status.Value()
	if !known || !there || v.judged.Err() != nil {
		return
	}
	for i := range a.report.Branches {
		b := &a.report.Branches[i]
		k := slices.IndexFunc(judged.Branches, func(j job.BranchStatus) bool { return j.Ref == b.Ref && j.Tip == b.Tip })
		if k >= 0 && judged.Branches[k].Checks != nil {
			b.Checks = judged.Branches[k].Checks
		}
	}
	v.fill()
}

// isJudged reports whether the rules were asked about any branch.
func isJudged(report *job.StatusReport) bool {
	return report != nil && slices.ContainsFunc(report.Branches, func(b job.BranchStatus) bool { return b.Checks != nil })
}

func checksCell(r row) widget.Span {
	if r.kind != present {
		return widget.Span{}
	}
	text := "fine"
	switch c := r.Checks; { // the column is narrow, and says of the worst how many there are
	case c == nil:
		text = "?"
	case c.Errors > 0:
		text = fmt.Sprintf("x %d", c.Errors)
	case c.Warnings > 0:
		text = fmt.Sprintf("! %d", c.Warnings)
	}
	return widget.Span{Text: text, Role: checksRole(r.Checks)}
}

func checksRole(c *job.BranchChecks) theme.Role {
	switch {
	case c != nil && c.Errors > 0:
		return theme.Bad
	case c != nil && c.Warnings > 0:
		return theme.Attention
	}
	return theme.Faint
}

// compareChecks puts first what has most errors, then warnings, and last what is fine; what is not known stands before
// that.
func compareChecks(a, b row) int {
	weight := func(r row) (errors, warnings int) {
		switch {
		case r.kind != present:
			return 0, -1
		case r.Checks == nil:
			return 0, 1
		}
		return r.Checks.Errors, 2 * r.Checks.Warnings
	}
	e1, w1 := weight(a)
	e2, w2 := weight(b)
	return cmp.Or(cmp.Compare(e2, e1), cmp.Compare(w2, w1))
}

// checksOf are what a filter finds a branch by: "error" and "warning" where there are such, "fine" or "unknown".
func checksOf(r row) []string {
	switch {
	case r.kind != present:
		return nil
	case r.Checks == nil:
		return []string{"unknown"}
	}
	var words []string
	if r.Checks.Errors > 0 {
		words = append(words, "error")
	}
	if r.Checks.Warnings > 0 {
		words = append(words, "warning")
	}
	if len(words) == 0 {
		words = append(words, "fine")
	}
	return words
}

// findings lists what the rules found, what weighs most first, with what to do about it.
func findings(p *page, b job.BranchDetail) {
	if b.Checks == nil {
		p.say(theme.Attention, "! The branch could not be judged.")
		return
	}
	p.say(checksRole(b.Checks), report.ChecksText(b.Checks))
	for _, f := range report.SortedFindings(b.Findings) {
		sign, role := "! ", theme.Attention
		switch {
		case f.Waived != nil:
			sign, role = "- ", theme.Faint
		case f.Severity == check.Error:
			sign, role = "x ", theme.Bad
		}
		p.blank()
		p.say(role, sign+report.CheckLine(f))
		if f.Waived != nil {
			p.item(theme.Faint, "waived: "+cmp.Or(f.Waived.Reason, "no reason is given"))
			continue
		}
		for line := range strings.Lines(f.Hint) {
			p.item(theme.Text, strings.TrimRight(line, "\n"))
		}
	}
	if len(b.CheckNotes) > 0 {
		p.heading("Not judged")
	}
	for _, note := range b.CheckNotes {
		p.item(theme.Faint, note)
	}
}
