package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/job"
)

// tally is what a report says about orphans and what is not there.
type tally struct {
	Findings, Orphans, Critical, Undecided, Missing, Unread, Known, Excluded int
}

func tallyOf(r *job.CorehackReport) tally {
	t := tally{
		Findings: len(r.Findings), Undecided: r.Undecided, Missing: len(r.MissingFromLive),
		Unread: max(len(r.Unread), r.Counts.Unread), Known: r.Known, Excluded: r.Excluded,
	}
	for i := range r.Findings {
		if r.Findings[i].Orphan {
			t.Orphans++
			if r.Findings[i].Severity == critical {
				t.Critical++
			}
		}
	}
	return t
}

// verdict is the report in one sentence, without a full stop.
func verdict(r *job.CorehackReport) string {
	t := tallyOf(r)
	switch {
	case t.Orphans > 0:
		return orphanVerdict(t)
	case t.Missing > 0 && t.Findings > 0:
		return "Every change in core is explained, but " + missingSentence(t.Missing)
	case t.Missing > 0:
		return "Core is untouched, but " + missingSentence(t.Missing)
	case t.Findings > 0:
		return "Every change in core is explained"
	case t.Unread > 0:
		return "No core hacks in what could be read"
	case t.Known > 0:
		return "No core hacks that the baseline does not know"
	case t.Excluded > 0:
		return "No core hacks outside of what is excluded"
	}
	return "No core hacks"
}

func orphanVerdict(t tally) string {
	text := count(t.Orphans, "change in core that nobody explains", "changes in core that nobody explains")
	switch {
	case t.Critical == 0:
		return text
	case t.Critical == t.Orphans && t.Orphans == 1:
		return text + ": code that upstream never had"
	case t.Critical == t.Orphans:
		return text + ", all of them code that upstream never had"
	}
	return text + ", " + number(t.Critical) + " of them code that upstream never had"
}

func missingSentence(n int) string {
	return count(n, "change of a branch is missing from live", "changes of branches are missing from live")
}

// remarks are the sentences that follow the verdict: what else the report has, and
// above all what it does not cover.
func remarks(r *job.CorehackReport) []string {
	t := tallyOf(r)
	var all []string
	say := func(n int, one, many string) {
		if n > 0 {
			all = append(all, count(n, one, many))
		}
	}
	if t.Findings > 0 {
		text := count(t.Findings, "finding", "findings")
		if n := len(r.Components); n > 0 {
			text += " in " + count(n, "component", "components")
		}
		all = append(all, text)
	}
	say(t.Undecided, "orphan waits for a decision", "orphans wait for a decision")
	if t.Missing > 0 && t.Orphans > 0 {
		all = append(all, missingSentence(t.Missing))
	}
	say(t.Unread, "file or folder was not read", "files or folders were not read")
	if r.Pin.Confidence == job.PinGuess {
		all = append(all, "The pin is a guess: what is compared with it may be wrong")
	}
	say(t.Known, "more finding is known from the baseline", "more findings are known from the baseline")
	say(t.Excluded, "more finding is excluded", "more findings are excluded")
	return all
}

// summary says what a finding is in one sentence, without a full stop and without
// its path. It has names of branches and of upstream releases, made visible.
func summary(f *job.Finding) string {
	switch f.Class {
	case "unknown":
		if f.Files > 1 {
			return "A folder of " + count(f.Files, "file", "files") + " that upstream never had"
		}
		return "A file that upstream never had"
	case "missing":
		if f.Files > 1 {
			return count(f.Files, "core file is removed", "core files are removed") + explained(f)
		}
		return "The core file is removed" + explained(f)
	case "stale":
		return "Content of an older upstream version" + origin(f)
	case "backport":
		return "Content of a newer upstream version" + origin(f)
	case "whitespace":
		return "Only white space differs"
	case "mode":
		return "Only the file mode differs"
	case "foreign":
		if f.Files > 1 {
			return "A folder of " + count(f.Files, "file that is", "files that are") + " no part of Moodle nor of a plugin"
		}
		return "No part of Moodle nor of a plugin"
	}
	return "The core file is changed" + explained(f)
}

// explained says who explains a finding: nobody, branches, or both in parts.
func explained(f *job.Finding) string {
	branches := branchesOf(f)
	by := strings.Join(firstFew(branches, 3), ", ")
	switch {
	case f.Unexplained > 0 && len(f.Hunks) > 1 && f.Unexplained < len(f.Hunks):
		return fmt.Sprintf(": %s of %s hunks are explained by no branch, the others by %s", number(f.Unexplained), number(len(f.Hunks)), by)
	case f.Orphan:
		return ": no branch explains it"
	case by != "":
		return ": explained by " + by
	}
	return ""
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

// where says where a hunk is, in words.
func where(h *job.FindingHunk) string {
	switch {
	case h.Lines == 0 && h.BaseLines > 0:
		return count(h.BaseLines, "line", "lines") + " removed before line " + strconv.Itoa(h.Start)
	case h.Lines <= 1:
		return "line " + strconv.Itoa(h.Start)
	}
	return fmt.Sprintf("lines %d–%d", h.Start, h.Start+h.Lines-1)
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
	text := "The tree lacks " + lackedLines(m)
	if m.Partly {
		text += "; part of it is there"
	}
	return text + ". " + visible(m.Target) + " has it from " + visible(m.Branch)
}

// lackedLines is how much of a branch's change the tree lacks.
func lackedLines(m *job.MissingChange) string {
	switch {
	case m.Lines > 0 && m.Removes > 0:
		return count(m.Lines, "line", "lines") + " and still has " + number(m.Removes) + " that the branch removes"
	case m.Removes > 0:
		return "a removal of " + count(m.Removes, "line", "lines")
	case m.Lines > 0:
		return count(m.Lines, "line", "lines")
	}
	return "the file"
}
