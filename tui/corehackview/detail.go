package corehackview

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// describe says what is known of the selection, where that is another one than before.
func (v *View) describe() {
	id := "about"
	r, found := v.list.Selected()
	if found {
		id = r.id()
	} else if group, ok := v.list.SelectedGroup(); ok {
		id = "group " + group
	}
	if id == v.described {
		return
	}
	v.described = id
	if !found {
		v.showGroup()
		v.described = id
		return
	}
	l := &widget.Facts{}
	v.head(l, r)
	if v.asked == id {
		v.sayWhy(l)
	}
	unified := unifiedOf(r)
	v.hasDiff = unified != ""
	if !v.hasDiff {
		l.Say(theme.Faint, whyNoLines(r))
	}
	v.show(l, job.ShowPath(r.path()), unified)
}

// show puts the cursor of the details to their beginning.
func (v *View) show(l *widget.Facts, path, unified string) {
	v.hasDiff, v.diffRows = unified != "", strings.Count(unified, "\n")
	v.facts, v.laidOut = l, 0
	v.text.Act(keymap.First)
	v.diff.SetUnified(path, unified)
	v.diff.Act(keymap.First)
}

// head is what the report says of the row.
func (v *View) head(l *widget.Facts, r row) {
	l.Say(theme.Strong, r.word())
	switch {
	case r.unread != nil:
		l.Add("not read", r.unread.Reason)
	case r.plugin != nil:
		l.Add("plugin", strings.TrimSpace(r.plugin.Component+" "+r.plugin.Release+" "+r.plugin.Version))
		l.Add("from", r.plugin.Branch)
		l.Add("to know", report.FoundPluginWords(*r.plugin))
	case r.missing != nil:
		l.Add("missing", report.ClassWords("missing-from-live"))
		l.Add("branch", r.missing.Branch)
		l.Add("target", r.missing.Target)
		if r.missing.Partly {
			l.Add("partly", "some of its lines are there")
		}
	default:
		v.headOfFinding(l, r)
	}
}

func (v *View) headOfFinding(l *widget.Facts, r row) {
	f := r.finding
	l.Add("class", f.Class+" ("+f.Severity+"): "+report.ClassWords(f.Class))
	h := r.theHunk()
	if h == nil && len(f.Hunks) == 1 {
		h = &f.Hunks[0]
	}
	switch {
	case h != nil:
		l.Add("where", report.HunkPlace(*h))
		l.Add("by", byWords(h))
	default:
		l.Add("known", strings.TrimPrefix(strings.Join(report.FindingFacts(*f, true), "; "), f.Component+"; "))
	}
	v.sayDecisions(l, f, h)
	if h != nil {
		l.Add("to know", h.Note)
	}
	if f.Upstream != nil {
		l.Add("upstream", strings.TrimSpace(f.Upstream.MDL+" "+report.OriginWords(f.Upstream)))
	} else if h != nil {
		l.Add("evidence", f.Evidence)
	}
	if h != nil && h.Marker != nil {
		l.Add("marked", h.Marker.Text)
		l.Add("ticket", h.Marker.Ticket)
		l.Add("until", h.Marker.Until)
	}
	l.Add("component", f.Component)
	if f.ModeChanged {
		l.Add("mode", "it differs too")
	}
}

func byWords(h *job.FindingHunk) string {
	if h.Branch == nil {
		return "nobody: no branch explains it"
	}
	return *h.Branch
}

func (v *View) sayDecisions(l *widget.Facts, f *job.Finding, h *job.FindingHunk) {
	say := func(d *job.Decision) {
		text := report.DecisionWords(d)
		if d.Who != "" {
			text += ", " + d.Who
		}
		l.Add("decided", text+", "+d.When.Format("2006-01-02"))
	}
	switch {
	case h != nil && h.Decision != nil:
		say(h.Decision)
	case f.Decision != nil:
		say(f.Decision)
	case f.Orphan && slices.Contains(row{finding: f, hunk: -1}.decisions(), undecided):
		l.AddAs(theme.Attention, "decided", "not yet: "+v.key(keymap.HacksDecide)+" decides what becomes of it")
	case h == nil:
		for i := range f.Hunks {
			if d := f.Hunks[i].Decision; d != nil {
				say(d)
			}
		}
	}
}

// sayWhy is the answer to `mgit why` about the selection, or how far it is.
func (v *View) sayWhy(l *widget.Facts) {
	switch {
	case v.whyThis.IsOpen():
		l.Say(theme.Attention, "asking where the lines come from …")
		return
	case v.whyThis.Err() != nil:
		l.Fail(v.host.Explain(v.whyThis.Err()))
		return
	}
	why, known := v.whyThis.Value()
	if !known {
		return
	}
	l.Say(theme.Title, "Where it comes from")
	for _, f := range report.WhyHead(why) {
		if f.Name == "upstream" {
			l.Add(f.Name, f.Text)
		}
	}
	for _, part := range why.Parts {
		if len(why.Parts) > 1 || why.Line == 0 {
			l.Say(theme.Strong, report.WhyPlace(part))
		}
		for _, f := range report.WhyFacts(why, part) {
			l.Add(f.Name, f.Text)
		}
	}
}

// unifiedOf is the difference of a row in the words of a unified diff, with who each hunk is by; "" where
// there is none to show.
func unifiedOf(r row) string {
	var b strings.Builder
	switch {
	case r.missing != nil && len(r.missing.Added) > 0:
		fmt.Fprintf(&b, "@@ -0,0 +%d,%d @@ %s\n", r.missing.Start, len(r.missing.Added), r.missing.Branch)
		writeLines(&b, "+", r.missing.Added)
	case r.theHunk() != nil:
		writeHunk(&b, r.theHunk())
	case r.finding != nil:
		for i := range r.finding.Hunks {
			writeHunk(&b, &r.finding.Hunks[i])
		}
	}
	return b.String()
}

func writeHunk(b *strings.Builder, h *job.FindingHunk) {
	if len(h.Removed)+len(h.Added) == 0 {
		return
	}
	by := "nobody's"
	if h.Branch != nil {
		by = *h.Branch
	}
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@ %s\n", h.BaseStart, len(h.Removed), h.Start, len(h.Added), by)
	writeLines(b, "-", h.Removed)
	writeLines(b, "+", h.Added)
}

// writeLines writes one line for each, whatever line ends it has.
func writeLines(b *strings.Builder, sign string, all []string) {
	for _, line := range all {
		b.WriteString(sign + strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\n", `\n`) + "\n")
	}
}

// whyNoLines says why there are no lines to see.
func whyNoLines(r row) string {
	switch {
	case r.unread != nil:
		return "What could not be read is never counted as well."
	case r.plugin != nil:
		return "Files of plugins are no findings; P shows the plugins."
	case r.missing != nil:
		return "It removes lines, which this tree still has."
	case r.finding.Binary:
		return "It is no text, so there are no lines to compare."
	}
	switch r.finding.Class {
	case job.ClassUnknown, job.ClassForeign:
		return "The content of a file that upstream and your branches do not know is never shown; e opens it."
	case job.ClassMissing:
		return "The tree does not have it."
	case job.ClassStale, job.ClassBackport:
		return "It is byte for byte what another version of Moodle has."
	case job.ClassMode:
		return "Only the mode differs."
	case job.ClassWhitespace:
		return "Only white space differs."
	}
	return "Its lines are not shown: it may hold what nobody should read here, or is too large."
}

// showAbout tells of the report as a whole: the pin, the counts, and what to know about it.
func (v *View) showAbout() {
	v.described = "about"
	l := &widget.Facts{}
	v.about(l)
	v.show(l, "", "")
}

// showGroup tells of the group whose heading is selected, and then of the report.
func (v *View) showGroup() {
	l := &widget.Facts{}
	r, known := v.report.Value()
	group, _ := v.list.SelectedGroup()
	if i := v.componentOf(group); known && i >= 0 {
		c := r.Components[i]
		l.Say(theme.Strong, group)
		l.Add("findings", fmt.Sprintf("%d, %d that no branch explains", c.Findings, c.Orphans))
		for _, class := range job.Classes() {
			if n := c.Classes[class]; n > 0 {
				l.Add(class, fmt.Sprint(n))
			}
		}
		l.Say(theme.Text, "")
	}
	v.about(l)
	v.show(l, "", "")
}

// componentOf is the place of the component with this heading in the report; -1: it is none.
func (v *View) componentOf(group string) int {
	r, known := v.report.Value()
	if !known {
		return -1
	}
	return slices.IndexFunc(r.Components, func(c job.ComponentFindings) bool { return cmp.Or(c.Component, groupForeign) == group })
}

func (v *View) about(l *widget.Facts) {
	if r, known := v.report.Value(); known {
		aboutPin(l, &r.Pin)
		aboutCounts(l, r)
	}
}

func aboutPin(l *widget.Facts, p *job.PinReport) {
	l.Say(theme.Strong, "Made from Moodle "+p.Release)
	l.Add("pin", strings.TrimSpace(p.Tag+" "+p.Commit.String()))
	if p.Tag == "" {
		l.Add("described", p.Describe)
	}
	l.Add("confidence", p.Confidence+": "+report.ConfidenceWords(p.Confidence))
	l.Add("evidence", p.Evidence+": "+report.EvidenceWords(p.Evidence))
	l.Add("files", fmt.Sprintf("%d of %d differ or are missing", p.Differing, p.Compared))
	if c := p.Claims; c != nil && (c.Release != p.Release || c.Local != "") {
		l.Add("it says", c.Release)
	}
	for _, d := range p.Disagrees {
		l.Add("!", d.Text)
	}
	for _, m := range p.Mixed {
		l.Add("mixed", fmt.Sprintf("%d files of %s %s", m.Files, m.Tag, m.Release))
	}
	for i, c := range p.Candidates {
		if i > 0 && p.Confidence != job.PinExact && i < 4 {
			l.Add("or", fmt.Sprintf("%s %s, %d files differ", cells.Cut(c.Commit.Short()+" "+c.Tag, 40), c.Release, c.Differing))
		}
	}
}

func aboutCounts(l *widget.Facts, r *job.CorehackReport) {
	l.Say(theme.Text, "")
	l.Say(theme.Strong, report.CorehackVerdict(r)+".")
	for _, text := range report.CorehackRemarks(r) {
		l.Say(theme.Text, text+".")
	}
	l.Add("compared", strings.TrimPrefix(report.CorehackCompared(r), "compared "))
	c := r.Counts
	l.Add("core", fmt.Sprintf("%d files, %d as upstream has them", c.CoreFiles, c.Identical))
	l.Add("plugins", fmt.Sprintf("%d, with %d files", len(r.Plugins), c.PluginFiles))
	l.Add("expected", fmt.Sprintf("%d files that every site has", c.ExpectedFiles))
	if r.Known > 0 {
		l.Add("not listed", fmt.Sprintf("%d findings that the baseline has", r.Known))
	}
	if r.Excluded > 0 {
		l.Add("not listed", fmt.Sprintf("%d findings excluded by patterns", r.Excluded))
	}
	for _, class := range job.Classes() {
		if n := countOf(r, class); n > 0 {
			l.Add(class, fmt.Sprintf("%d: %s", n, report.ClassWords(class)))
		}
	}
	for _, w := range r.Warnings {
		l.Add("!", w.Text)
	}
}

func countOf(r *job.CorehackReport, class string) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Class == class {
			n++
		}
	}
	return n
}
