package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"mgit/internal/job"
)

// What a report says of a finding or a plugin in words, a fact each.

// findingFacts are the things to be said about a finding, the most telling first; with diff, its hunks
// are listed below.
func findingFacts(f job.Finding, diff bool) []string {
	var facts []string
	if f.Component != "" && f.Component != "core" {
		facts = append(facts, printable(f.Component))
	}
	if !f.Binary && f.Added+f.Removed > 0 {
		facts = append(facts, fmt.Sprintf("+%d -%d", f.Added, f.Removed))
	}
	if len(f.Hunks) > 1 && f.Unexplained > 0 && f.Unexplained < len(f.Hunks) {
		facts = append(facts, fmt.Sprintf("%d of %d hunks unexplained", f.Unexplained, len(f.Hunks)))
	}
	if by := explainers(f); len(by) > 0 {
		facts = append(facts, strings.Join(by, ", "))
	}
	if i := slices.IndexFunc(f.Hunks, func(h job.FindingHunk) bool { return h.Branch != nil && h.Note != "" }); i >= 0 {
		facts = append(facts, printable(f.Hunks[i].Note))
	}
	switch {
	case f.Upstream != nil:
		facts = append(facts, originText(f.Upstream))
	case f.Evidence != "":
		facts = append(facts, printable(f.Evidence))
	}
	if !diff && f.Class == job.ClassModified && f.Orphan && f.Unexplained == len(f.Hunks) && len(f.Hunks) <= 3 {
		for _, h := range f.Hunks {
			facts = append(facts, hunkFact(h))
		}
	}
	return facts
}

// hunkFact says where a hunk is, and what a comment in it says.
func hunkFact(h job.FindingHunk) string {
	text := hunkPlace(h)
	if h.Marker != nil {
		text += fmt.Sprintf(", marked %q", printable(h.Marker.Text))
	}
	if h.Note != "" {
		text += ", " + printable(h.Note)
	}
	if h.Decision != nil {
		text += ", decided: " + decisionText(h.Decision)
	}
	return text
}

func hunkPlace(h job.FindingHunk) string {
	switch {
	case h.Lines > 1:
		return fmt.Sprintf("lines %d to %d", h.Start, h.Start+h.Lines-1)
	case h.Lines == 1:
		return fmt.Sprintf("line %d", h.Start)
	case h.BaseLines > 0:
		return fmt.Sprintf("before line %d, %s removed", h.Start, plural(h.BaseLines, "line"))
	}
	return "the whole file"
}

// explainers are the branches that a finding is by.
func explainers(f job.Finding) []string {
	var names []string
	for _, h := range f.Hunks {
		if h.Branch != nil && !slices.Contains(names, printable(*h.Branch)) {
			names = append(names, printable(*h.Branch))
		}
	}
	return names
}

func originText(o *job.UpstreamOrigin) string {
	text := "of " + o.Commit.Short()
	if o.Release != "" {
		text = "first in " + printable(o.Release)
	}
	if o.Subject != "" {
		text += ", " + printable(ansi.Truncate(o.Subject, 70, "…"))
	}
	return text
}

func decisionText(d *job.Decision) string {
	return printable(d.Decision) + " (" + printable(d.Reason) + ")"
}

func pluginFacts(p job.FoundPlugin) string {
	var facts []string
	if p.Branch == "" && p.Origin == nil {
		facts = append(facts, "no branch brings it")
	}
	if o := p.Origin; o != nil {
		text := "a " + o.Kind
		if o.Remote != "" {
			text += " of " + printable(o.Remote)
		}
		facts = append(facts, text)
		if o.Changed > 0 {
			facts = append(facts, plural(o.Changed, "file")+" changed there")
		}
		if o.Problem != "" {
			facts = append(facts, printable(o.Problem))
		}
	}
	if p.Problem != "" {
		facts = append(facts, printable(p.Problem))
	}
	return strings.Join(facts, "; ")
}
