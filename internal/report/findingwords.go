package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"mgit/internal/job"
)

// The words for findings are those of the commands, for the screen too. Names and contents stand in them as
// the tree has them: whoever shows a line makes it safe for its reader.

// FindingFacts are the things to be said about a finding, the most telling first. hunksBelow says that its
// hunks are listed below.
func FindingFacts(f job.Finding, hunksBelow bool) []string {
	var facts []string
	if f.Component != "" && f.Component != "core" {
		facts = append(facts, f.Component)
	}
	if !f.Binary && f.Added+f.Removed > 0 {
		facts = append(facts, fmt.Sprintf("+%d -%d", f.Added, f.Removed))
	}
	if len(f.Hunks) > 1 && f.Unexplained > 0 && f.Unexplained < len(f.Hunks) {
		facts = append(facts, fmt.Sprintf("%d of %d hunks unexplained", f.Unexplained, len(f.Hunks)))
	}
	if by := Explainers(f); len(by) > 0 {
		facts = append(facts, strings.Join(by, ", "))
	}
	if i := slices.IndexFunc(f.Hunks, func(h job.FindingHunk) bool { return h.Branch != nil && h.Note != "" }); i >= 0 {
		facts = append(facts, f.Hunks[i].Note)
	}
	switch {
	case f.Upstream != nil:
		facts = append(facts, OriginWords(f.Upstream))
	case f.Evidence != "":
		facts = append(facts, f.Evidence)
	}
	if !hunksBelow && f.Class == job.ClassModified && f.Orphan && f.Unexplained == len(f.Hunks) && len(f.Hunks) <= 3 {
		for _, h := range f.Hunks {
			facts = append(facts, HunkFact(h))
		}
	}
	return facts
}

// HunkFact says where a hunk is, and what a comment in it says.
func HunkFact(h job.FindingHunk) string {
	text := HunkPlace(h)
	if h.Marker != nil {
		text += fmt.Sprintf(", marked %q", h.Marker.Text)
	}
	if h.Note != "" {
		text += ", " + h.Note
	}
	if h.Decision != nil {
		text += ", decided: " + DecisionWords(h.Decision)
	}
	return text
}

// HunkPlace says where a hunk is: "lines 12 to 14".
func HunkPlace(h job.FindingHunk) string {
	switch {
	case h.Lines > 1:
		return fmt.Sprintf("lines %d to %d", h.Start, h.Start+h.Lines-1)
	case h.Lines == 1:
		return fmt.Sprintf("line %d", h.Start)
	case h.BaseLines > 0:
		return fmt.Sprintf("before line %d, %s removed", h.Start, count(h.BaseLines, "line", "lines"))
	}
	return "the whole file"
}

// Explainers are the branches that a finding is by, each once.
func Explainers(f job.Finding) []string {
	var names []string
	for _, h := range f.Hunks {
		if h.Branch != nil && !slices.Contains(names, *h.Branch) {
			names = append(names, *h.Branch)
		}
	}
	return names
}

// OriginWords name the upstream commit that a content comes from.
func OriginWords(o *job.UpstreamOrigin) string {
	text := "of " + o.Commit.Short()
	if o.Release != "" {
		text = "first in " + o.Release
	}
	if o.Subject != "" {
		text += ", " + ansi.Truncate(visible(o.Subject), 70, "…")
	}
	return text
}

// DecisionWords are a decision with its reason.
func DecisionWords(d *job.Decision) string { return d.Decision + " (" + d.Reason + ")" }

// FoundPluginWords are what somebody should know of a plugin in a live tree; "" for nothing.
func FoundPluginWords(p job.FoundPlugin) string {
	var facts []string
	if p.Branch == "" && p.Origin == nil {
		facts = append(facts, "no branch brings it")
	}
	if o := p.Origin; o != nil {
		text := "a " + o.Kind
		if o.Remote != "" {
			text += " of " + o.Remote
		}
		facts = append(facts, text)
		if o.Changed > 0 {
			facts = append(facts, count(o.Changed, "file", "files")+" changed there")
		}
		if o.Problem != "" {
			facts = append(facts, o.Problem)
		}
	}
	if p.Problem != "" {
		facts = append(facts, p.Problem)
	}
	return strings.Join(facts, "; ")
}
