package report

import (
	"strings"

	"mgit/internal/job"
)

// findings fills the groups by severity, up to the limits of the page.
func (v *view) findings(r *job.CorehackReport, opt Options) {
	sorted := byRank(r)
	v.Shown = min(len(sorted), htmlFindings)
	v.Left = len(sorted) - v.Shown
	budget := htmlLines
	seen := fingerprints{}
	for _, f := range sorted[:v.Shown] {
		last := len(v.Groups) - 1
		if last < 0 || v.Groups[last].Severity != visible(f.Severity) {
			v.Groups = append(v.Groups, groupView{Severity: visible(f.Severity), Means: severityMeans(f.Severity)})
			last++
		}
		view, used := findingViewOf(f, opt, budget)
		budget -= used
		view.Anchor = "finding-" + plainID(seen.ofFinding(f))
		v.Groups[last].Findings = append(v.Groups[last].Findings, view)
	}
	if htmlLines-budget <= htmlOpen {
		for _, g := range v.Groups {
			for i := range g.Findings {
				g.Findings[i].Open = g.Findings[i].Orphan
			}
		}
	}
	for _, g := range v.Groups {
		v.Severities = append(v.Severities, choice{g.Severity, g.Severity, len(g.Findings)})
	}
	v.choices()
}

// plainID makes a fingerprint safe in the fragment of a link.
func plainID(f string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
			return r
		}
		return '-'
	}, f)
}

// findingViewOf makes the view of a finding with at most budget lines of diffs, and
// says how many it has.
func findingViewOf(f *job.Finding, opt Options, budget int) (view findingView, used int) {
	view = findingView{
		Path: shown(f.Place), Class: visible(f.Class), Component: visible(f.Component), Severity: visible(f.Severity),
		Orphan: f.Orphan, Undecided: isUndecided(f), Added: f.Added, Removed: f.Removed,
		Summary: gloss(f, ""), Gist: gist(f), Evidence: visible(f.Evidence), Decision: decisionViewOf(f.Decision),
		Unexplained: unexplainedWords(f),
	}
	if o := f.Upstream; o != nil {
		view.Upstream = &originView{visible(o.Release), o.Commit.Short(), visible(o.MDL), visible(o.Subject)}
		if strings.HasPrefix(o.Subject, o.MDL) {
			view.Upstream.MDL = "" // most subjects begin with it
		}
	}
	for i := range f.Hunks[:min(len(f.Hunks), htmlHunks)] {
		h := hunkViewOf(f, &f.Hunks[i], opt, min(htmlHunkLines, budget-used))
		if d := f.Hunks[i].Decision; d != nil && f.Decision != nil && *d == *f.Decision {
			h.Decision = nil // said above
		}
		used += len(h.Lines)
		view.Hunks = append(view.Hunks, h)
	}
	view.MoreHunks = len(f.Hunks) - len(view.Hunks)
	return view, used
}

// unexplainedWords is the mark of an orphan in the list, "" for others.
func unexplainedWords(f *job.Finding) string {
	switch {
	case !f.Orphan:
		return ""
	case len(f.Hunks) > 1 && f.Unexplained < len(f.Hunks):
		return number(f.Unexplained) + " of " + number(len(f.Hunks)) + " hunks unexplained"
	}
	return "unexplained"
}

// gist is what explains a finding, short enough for the list; "" where nothing does.
func gist(f *job.Finding) string {
	switch {
	case f.Upstream != nil:
		return strings.TrimPrefix(origin(f), ": ")
	case len(f.Hunks) > 0 && !f.Orphan:
		return strings.Join(firstFew(branchesOf(f), 2), ", ")
	case !f.Orphan:
		return clip(visible(f.Evidence), 100)
	}
	return ""
}

func hunkViewOf(f *job.Finding, h *job.FindingHunk, opt Options, limit int) hunkView {
	view := hunkView{Where: where(f, h), Explained: h.Branch != nil, Note: visible(h.Note), Decision: decisionViewOf(h.Decision)}
	if h.Branch != nil {
		view.Branch = visible(*h.Branch)
	}
	if m := h.Marker; m != nil {
		view.Marker = &markerView{visible(m.Token), visible(strings.TrimSpace(m.Text)), visible(m.Ticket), visible(m.Until)}
	}
	if !opt.Diff {
		return view
	}
	view.Lines, view.Left = hunkLines(h, max(0, limit))
	view.NoLines = !hasLines(h) && h.Lines+h.BaseLines > 0
	return view
}

func decisionViewOf(d *job.Decision) *decisionView {
	if d == nil {
		return nil
	}
	by := visible(d.Who)
	if !d.When.IsZero() {
		by = strings.TrimSpace(by + ", " + d.When.UTC().Format("2 January 2006"))
	}
	return &decisionView{visible(d.Decision), decisionMeans(d.Decision), visible(d.Reason), strings.TrimPrefix(by, ", ")}
}
