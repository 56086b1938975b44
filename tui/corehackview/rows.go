package corehackview

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// row is a line of the report: a finding or one of its hunks, a change that is missing, something that was
// not read, or a plugin.
type row struct {
	group   string
	finding *job.Finding
	hunk    int // of the finding; -1 for the file
	missing *job.MissingChange
	unread  *job.UnreadFile
	plugin  *job.FoundPlugin
}

func newList(v *View) widget.Table[row] {
	return widget.Table[row]{
		Columns: []widget.Column[row]{
			{Title: "Class", Width: 12, Cell: row.class, Compare: compareRows(func(a, b row) int { return cmp.Compare(classRank(a), classRank(b)) })},
			{Title: "Path", Elastic: true, Least: 24, Middle: true, Cell: v.place, Compare: compareRows(func(a, b row) int { return cmp.Compare(a.path(), b.path()) })},
			{Title: "Lines", Right: true, Rank: 4, Cell: row.lines, Compare: compareRows(func(a, b row) int { return cmp.Compare(a.size(), b.size()) })},
			{Title: "Severity", Rank: 5, Cell: row.severity, Compare: compareRows(func(a, b row) int { return cmp.Compare(severityRank(a), severityRank(b)) })},
			{Title: "Explained by", Most: 34, Middle: true, Rank: 3, Cell: row.explained},
			{Title: "Decided", Rank: 2, Cell: row.decided},
		},
		ID: row.id,
		Fields: map[string]func(row) []string{
			"class":     func(r row) []string { return []string{r.class().Text} },
			"component": func(r row) []string { return []string{r.component()} },
			"orphan":    func(r row) []string { return []string{yesNo(r.isOrphan())} },
			"decision":  func(r row) []string { return r.decisions() },
			"branch":    func(r row) []string { return []string{r.by()} },
			"severity":  func(r row) []string { return []string{r.severity().Text} },
			"path":      func(r row) []string { return []string{job.ShowPath(r.path())} },
		},
		Group:      func(r row) string { return r.group },
		GroupOrder: v.compareGroups,
	}
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// compareRows keeps the hunks of a file below it.
func compareRows(compare func(a, b row) int) func(a, b row) int {
	return func(a, b row) int {
		if a.finding != nil && a.finding == b.finding {
			return 0 // as they came
		}
		return cmp.Or(compare(a, b), cmp.Compare(a.path(), b.path()))
	}
}

func classRank(r row) int {
	if r.finding == nil {
		return -1
	}
	return slices.Index(job.Classes(), r.finding.Class)
}

func severityRank(r row) int {
	if r.finding == nil {
		return -1
	}
	return slices.Index(job.Severities(), r.finding.Severity)
}

// The groups that are no components. They stand before these, but for the plugins.
const (
	groupUnread  = "Not read, so nothing is known about it"
	groupPlugins = "Plugins that Moodle does not ship"
	groupForeign = "No component of Moodle" // the one that has no name
)

func groupMissing(r *job.CorehackReport) string {
	return "Missing: " + r.Target + " has it and this tree does not"
}

// rowsOf are the lines of a report, the worst component first, and with the hunks of unfolded files.
func (v *View) rowsOf(r *job.CorehackReport) []row {
	rows := make([]row, 0, len(r.Findings))
	for i := range r.Unread {
		rows = append(rows, row{group: groupUnread, unread: &r.Unread[i], hunk: -1})
	}
	for i := range r.MissingFromLive {
		rows = append(rows, row{group: groupMissing(r), missing: &r.MissingFromLive[i], hunk: -1})
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		file := row{group: cmp.Or(f.Component, groupForeign), finding: f, hunk: -1}
		rows = append(rows, file)
		if file.folds() && v.unfolded[f.Raw] {
			for n := range f.Hunks {
				rows = append(rows, row{group: cmp.Or(f.Component, groupForeign), finding: f, hunk: n})
			}
		}
	}
	for i := range r.Plugins {
		rows = append(rows, row{group: groupPlugins, plugin: &r.Plugins[i], hunk: -1})
	}
	return rows
}

// compareGroups orders the groups: what was not read, what is missing, the components as the report has them,
// the plugins.
func (v *View) compareGroups(a, b string) int {
	report, _ := v.report.Value()
	rank := func(group string) int {
		switch {
		case group == groupUnread:
			return -2
		case report == nil || group == groupMissing(report):
			return -1
		case group == groupPlugins:
			return len(report.Components)
		}
		return v.componentOf(group)
	}
	return cmp.Compare(rank(a), rank(b))
}

// folds reports whether hunks can be listed below the row.
func (r row) folds() bool {
	return r.finding != nil && r.hunk < 0 && r.finding.Class == job.ClassModified && !r.finding.Binary && len(r.finding.Hunks) > 1
}

func (r row) theHunk() *job.FindingHunk {
	if r.finding == nil || r.hunk < 0 {
		return nil
	}
	return &r.finding.Hunks[r.hunk]
}

// id names the row for as long as it is about the same.
func (r row) id() string {
	switch {
	case r.missing != nil:
		return fmt.Sprintf("missing %s %d %s", r.missing.Branch, r.missing.Start, r.missing.Raw)
	case r.unread != nil:
		return "unread " + r.unread.Raw
	case r.plugin != nil:
		return "plugin " + r.plugin.Raw
	case r.finding == nil:
		return ""
	}
	return fmt.Sprintf("%d %s", r.hunk, r.finding.Raw)
}

// path is where the row is in the tree, raw.
func (r row) path() string {
	switch {
	case r.missing != nil:
		return r.missing.Raw
	case r.unread != nil:
		return r.unread.Raw
	case r.plugin != nil:
		return r.plugin.Raw
	case r.finding == nil:
		return ""
	}
	return r.finding.Raw
}

func (r row) component() string {
	switch {
	case r.missing != nil:
		return r.missing.Component
	case r.plugin != nil:
		return r.plugin.Component
	case r.finding == nil:
		return ""
	}
	return r.finding.Component
}

// line is where the row begins in the tree's file; 0: nowhere in particular.
func (r row) line() int {
	switch {
	case r.theHunk() != nil:
		return r.theHunk().Start
	case r.finding != nil && r.finding.Class == job.ClassModified && len(r.finding.Hunks) == 1:
		return r.finding.Hunks[0].Start
	}
	return 0
}

// word is what commands take for the row: PATH, or PATH:LINE for a hunk.
func (r row) word() string {
	if line := r.line(); line > 0 {
		return fmt.Sprintf("%s:%d", job.ShowPath(r.path()), line)
	}
	return job.ShowPath(r.path())
}

func (r row) fingerprint() string {
	switch {
	case r.theHunk() != nil:
		return r.theHunk().Fingerprint
	case r.missing != nil:
		return r.missing.Fingerprint
	case r.finding == nil:
		return ""
	}
	return r.finding.Fingerprint
}

func (r row) isOrphan() bool {
	if h := r.theHunk(); h != nil {
		return h.Branch == nil
	}
	return r.finding != nil && r.finding.Orphan
}

// class is the sign and the word for what the row is.
func (r row) class() widget.Span {
	switch {
	case r.missing != nil:
		return widget.Span{Text: "! missing", Role: theme.Bad}
	case r.unread != nil:
		return widget.Span{Text: "? not read", Role: theme.Bad}
	case r.plugin != nil:
		return widget.Span{Text: "p plugin", Role: theme.Faint}
	case r.finding == nil:
		return widget.Span{}
	case r.hunk >= 0 && r.isOrphan():
		return widget.Span{Text: "!   hunk", Role: theme.Bad}
	case r.hunk >= 0:
		return widget.Span{Text: "=   hunk", Role: theme.Good}
	}
	f := r.finding
	sign, role := theme.Sign(f.Class)
	switch {
	case f.Severity == job.SeverityCritical:
		sign, role = "!", theme.Bad
	case f.Class == job.ClassForeign && f.Severity == job.SeverityMajor:
		sign, role = "!", theme.Bad
	case !f.Orphan && slices.Contains([]string{job.ClassModified, job.ClassMissing, job.ClassUnknown}, f.Class):
		sign, role = "=", theme.Good
	}
	return widget.Span{Text: sign + " " + f.Class, Role: role}
}

// place is the path, or the lines of a hunk.
func (v *View) place(r row) widget.Span {
	if h := r.theHunk(); h != nil {
		return widget.Span{Text: "    " + report.HunkPlace(*h), Role: theme.Text}
	}
	text := job.ShowPath(r.path())
	if r.finding != nil && r.finding.Files > 1 {
		text += fmt.Sprintf("/ (%d files)", r.finding.Files)
	}
	if r.folds() {
		sign := "▸ "
		if v.unfolded[r.finding.Raw] {
			sign = "▾ "
		}
		text = sign + text
	}
	if r.isOrphan() || r.missing != nil || r.unread != nil {
		return widget.Span{Text: text, Role: theme.Strong}
	}
	return widget.Span{Text: text, Role: theme.Text}
}

// size is how many lines differ.
func (r row) size() int {
	switch {
	case r.theHunk() != nil:
		return r.theHunk().Lines + r.theHunk().BaseLines
	case r.missing != nil:
		return r.missing.Lines + r.missing.Removes
	case r.finding == nil:
		return 0
	}
	return r.finding.Added + r.finding.Removed
}

func (r row) lines() widget.Span {
	text := ""
	switch {
	case r.theHunk() != nil:
		text = fmt.Sprintf("+%d -%d", r.theHunk().Lines, r.theHunk().BaseLines)
	case r.missing != nil:
		text = fmt.Sprintf("%d lack", max(r.missing.Lines, r.missing.Removes))
	case r.finding != nil && !r.finding.Binary && r.size() > 0:
		text = fmt.Sprintf("+%d -%d", r.finding.Added, r.finding.Removed)
	case r.finding != nil && r.finding.Binary:
		text = "binary"
	}
	return widget.Span{Text: text, Role: theme.Faint}
}

func (r row) severity() widget.Span {
	if r.finding == nil || r.hunk >= 0 {
		return widget.Span{}
	}
	role := theme.Faint
	switch r.finding.Severity {
	case job.SeverityCritical:
		role = theme.Bad
	case job.SeverityMajor:
		role = theme.Attention
	}
	return widget.Span{Text: r.finding.Severity, Role: role}
}

// by is the branch, or the branches, that the row is by; "".
func (r row) by() string {
	switch {
	case r.theHunk() != nil && r.theHunk().Branch != nil:
		return *r.theHunk().Branch
	case r.missing != nil:
		return r.missing.Branch
	case r.plugin != nil:
		return r.plugin.Branch
	case r.finding == nil || r.hunk >= 0:
		return ""
	}
	return strings.Join(report.Explainers(*r.finding), ", ")
}

func (r row) explained() widget.Span {
	switch {
	case r.unread != nil:
		return widget.Span{Text: r.unread.Reason, Role: theme.Attention}
	case r.plugin != nil && r.by() == "":
		return widget.Span{Text: report.FoundPluginWords(*r.plugin), Role: theme.Attention}
	case r.finding != nil && r.hunk < 0 && r.finding.Upstream != nil:
		return widget.Span{Text: report.OriginWords(r.finding.Upstream), Role: theme.Text}
	case r.finding != nil && r.hunk < 0 && r.finding.Orphan && r.by() != "":
		return widget.Span{Text: fmt.Sprintf("%d of %d nobody's; %s", r.finding.Unexplained, len(r.finding.Hunks), r.by()), Role: theme.Bad}
	case r.isOrphan():
		return widget.Span{Text: "nobody", Role: theme.Bad}
	case r.by() == "" && r.finding != nil && r.hunk < 0:
		return widget.Span{Text: r.finding.Evidence, Role: theme.Faint}
	}
	return widget.Span{Text: r.by(), Role: theme.Text}
}

// decisions are the words of what was decided, and "undecided" for what waits.
func (r row) decisions() []string {
	if h := r.theHunk(); h != nil {
		return decisionsOf(h)
	}
	if r.finding == nil || !r.finding.Orphan {
		return nil
	}
	if r.finding.Decision != nil {
		return []string{r.finding.Decision.Decision}
	}
	if len(r.finding.Hunks) == 0 {
		return []string{undecided}
	}
	var words []string
	for i := range r.finding.Hunks {
		words = append(words, decisionsOf(&r.finding.Hunks[i])...)
	}
	return slices.Compact(slices.Sorted(slices.Values(words)))
}

const undecided = "undecided"

func decisionsOf(h *job.FindingHunk) []string {
	switch {
	case h.Branch != nil:
		return nil
	case h.Decision == nil:
		return []string{undecided}
	}
	return []string{h.Decision.Decision}
}

func (r row) decided() widget.Span {
	words := r.decisions()
	if slices.Contains(words, undecided) {
		return widget.Span{Text: strings.Join(words, ", "), Role: theme.Attention}
	}
	return widget.Span{Text: strings.Join(words, ", "), Role: theme.Text}
}
