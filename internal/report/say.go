package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/job"
)

// summary says what a finding is in one sentence, without a full stop and without
// its path. It has names of branches and of upstream releases, made visible.
func summary(f *job.Finding) string { return gloss(f, origin(f)) }

// gloss is summary with another text about where the content comes from.
func gloss(f *job.Finding, origin string) string {
	text := classWords(f, origin)
	if f.ModeChanged {
		text += "; its mode differs too"
	}
	return text
}

func classWords(f *job.Finding, origin string) string {
	switch f.Class {
	case job.ClassUnknown:
		return unknownWords(f)
	case job.ClassMissing:
		if f.Files > 1 {
			return count(f.Files, "core file is removed", "core files are removed") + explained(f)
		}
		return "The core file is removed" + explained(f)
	case job.ClassStale:
		return "Content of an older upstream version" + origin + broughtBy(f)
	case job.ClassBackport:
		return "Content of a newer upstream version" + origin + broughtBy(f)
	case job.ClassWhitespace:
		return "Only white space differs" + broughtBy(f)
	case job.ClassMode:
		return "Only the file mode differs" + broughtBy(f)
	case job.ClassForeign:
		return foreignWords(f)
	}
	return "The core file is changed" + explained(f)
}

// unknownWords tells what nobody knows from a file of a branch that somebody changed.
func unknownWords(f *job.Finding) string {
	isMixed := f.Orphan && len(branchesOf(f)) > 0
	switch {
	case f.Files > 1 && isMixed:
		return "A folder of " + number(f.Files) + " files of a branch with some that no branch explains" + explained(f)
	case f.Files > 1:
		return "A folder of " + number(f.Files) + " files that upstream never had" + explained(f)
	case isMixed:
		return "A file of a branch with changes that no branch explains" + explained(f)
	}
	return "A file that upstream never had" + explained(f)
}

func foreignWords(f *job.Finding) string {
	one, several := "No part of Moodle nor of a plugin", "are no part of Moodle nor of a plugin"
	switch {
	case isSecret(f) && strings.Contains(f.Evidence, "a web server may serve it"):
		one, several = "A file that may hold passwords where a web server may serve it", "may hold passwords where a web server may serve them"
	case isSecret(f):
		one, several = "A file that may hold passwords", "may hold passwords"
	}
	if f.Files > 1 {
		return "A folder of " + number(f.Files) + " files that " + several + broughtBy(f)
	}
	return one + broughtBy(f)
}

// isSecret reports whether a finding may give passwords away. Only its evidence says
// so.
func isSecret(f *job.Finding) bool {
	return f.Class == job.ClassForeign && strings.Contains(f.Evidence, "may hold passwords")
}

// isChange reports whether a finding is of a class that branches explain.
func isChange(f *job.Finding) bool {
	return f.Class == job.ClassModified || f.Class == job.ClassMissing || f.Class == job.ClassUnknown
}

// isExplained reports whether branches explain all of a change of core.
func isExplained(f *job.Finding) bool {
	return isChange(f) && !f.Orphan && len(branchesOf(f)) > 0
}

// weight is the severity of a finding for machines, to which a change that a branch
// explains is nothing to warn of.
func weight(f *job.Finding) string {
	if f.Severity == minor && isExplained(f) {
		return info
	}
	return f.Severity
}

// explained says who explains a finding: nobody, branches, or both in parts.
func explained(f *job.Finding) string {
	by := strings.Join(firstFew(branchesOf(f), 3), ", ")
	switch {
	case f.Orphan && by != "" && f.Files > 1:
		return ": the others are of " + by
	case f.Orphan && by != "" && f.Unexplained > 0:
		return fmt.Sprintf(": no branch explains %s of %s hunks, the others are of %s", number(f.Unexplained), number(len(f.Hunks)), by)
	case f.Orphan:
		return ": no branch explains it"
	case by != "":
		return ": explained by " + by
	}
	return ""
}

// broughtBy is the branch of a finding that explains itself.
func broughtBy(f *job.Finding) string {
	by := branchesOf(f)
	if len(by) == 0 {
		return ""
	}
	return "; explained by " + strings.Join(firstFew(by, 3), ", ")
}

func origin(f *job.Finding) string {
	if f.Upstream == nil {
		return ""
	}
	parts := []string{}
	if f.Upstream.Release != "" {
		parts = append(parts, visible(f.Upstream.Release))
	}
	if id := f.Upstream.Commit.Short(); id != "" {
		parts = append(parts, "commit "+id)
	}
	if f.Upstream.MDL != "" {
		parts = append(parts, visible(f.Upstream.MDL))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// branchesOf lists the branches that explain parts of a finding, each once, in the
// order of the hunks; made visible.
func branchesOf(f *job.Finding) []string {
	var names []string
	for _, h := range f.Hunks {
		if h.Branch == nil {
			continue
		}
		if name := visible(*h.Branch); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func firstFew(all []string, n int) []string {
	if len(all) <= n {
		return all
	}
	return append(slices.Clone(all[:n]), number(len(all)-n)+" more")
}

// isUndecided reports whether somebody still has to decide on a finding: an orphan
// without a decision on the whole of it or on each of its unexplained hunks.
func isUndecided(f *job.Finding) bool {
	if !f.Orphan || f.Decision != nil {
		return false
	}
	decided := 0
	for _, h := range f.Hunks {
		if h.Branch == nil && h.Decision == nil {
			return true
		}
		if h.Branch == nil {
			decided++
		}
	}
	return decided == 0
}

// firstLine is where to look in a finding: the first hunk that no branch explains,
// else the first hunk, else line 1. last is the last line of that hunk.
func firstLine(f *job.Finding) (first, last int) {
	if len(f.Hunks) == 0 {
		return 1, 1
	}
	i := max(0, slices.IndexFunc(f.Hunks, func(h job.FindingHunk) bool { return h.Branch == nil }))
	return linesOf(f.Hunks[i].Start, f.Hunks[i].Lines)
}

// linesOf turns a start and a count into the first and last line, both at least 1.
func linesOf(start, lines int) (first, last int) {
	first = max(1, start)
	return first, max(first, first+lines-1)
}

// where says where a hunk of a finding is, in words. What is a whole file, or has no
// lines to count, is in no line.
func where(f *job.Finding, h *job.FindingHunk) string {
	lines := max(h.Lines, h.BaseLines)
	switch {
	case f.Files > 1:
		return wholeOr(f, "the whole folder", "a part of the folder")
	case lines == 0:
		return wholeOr(f, "the whole file", "a part of the file")
	case len(f.Hunks) == 1 && (f.Class == job.ClassMissing || f.Class == job.ClassUnknown):
		return "the whole file, " + count(lines, "line", "lines")
	case h.Lines == 0:
		return count(h.BaseLines, "line", "lines") + " removed before line " + strconv.Itoa(max(1, h.Start))
	}
	first, last := linesOf(h.Start, h.Lines)
	if first == last {
		return "line " + strconv.Itoa(first)
	}
	return fmt.Sprintf("lines %d–%d", first, last)
}

// wholeOr tells the only hunk of a finding from one of several.
func wholeOr(f *job.Finding, whole, part string) string {
	if len(f.Hunks) == 1 {
		return whole
	}
	return part
}

// who says who explains a hunk.
func who(h *job.FindingHunk) string {
	if h.Branch == nil {
		return "no branch explains it"
	}
	return "explained by " + visible(*h.Branch)
}

// markerWords is what a marker says: its comment, and what was found in it.
func markerWords(m *job.Marker) string {
	text := "marked " + visible(m.Token)
	if m.Ticket != "" {
		text += ", ticket " + visible(m.Ticket)
	}
	if m.Until != "" {
		text += ", until " + visible(m.Until)
	}
	return text
}

// decisionWords is what was decided, by whom and why.
func decisionWords(d *job.Decision) string {
	text := visible(d.Decision)
	if means := decisionMeans(d.Decision); means != "" {
		text += " (" + means + ")"
	}
	if d.Reason != "" {
		text += ": " + visible(d.Reason)
	}
	if d.Who != "" {
		text += ", by " + visible(d.Who)
	}
	if !d.When.IsZero() {
		text += " on " + d.When.UTC().Format("2006-01-02")
	}
	return text
}

// lacks says what is missing from live.
func lacks(m *job.MissingChange) string {
	text := "A change that " + visible(m.Target) + " has from " + visible(m.Branch) + " is missing from live: " + lackedLines(m)
	if m.Partly {
		text += "; part of the change is there"
	}
	return text
}

// lackedLines says which lines of a branch's change the tree lacks.
func lackedLines(m *job.MissingChange) string {
	var parts []string
	if m.Lines > 0 {
		parts = append(parts, count(m.Lines, "line is missing", "lines are missing"))
	}
	if m.Removes > 0 {
		parts = append(parts, count(m.Removes, "line that the branch removes is still there", "lines that the branch removes are still there"))
	}
	if len(parts) == 0 {
		return "the branch's file is missing"
	}
	return strings.Join(parts, "; ")
}

// lackPlace is where in the branch's file to look; "" for a whole file.
func lackPlace(m *job.MissingChange) string {
	if m.Lines+m.Removes == 0 {
		return ""
	}
	return "at line " + strconv.Itoa(max(1, m.Start)) + " of the branch's file"
}
