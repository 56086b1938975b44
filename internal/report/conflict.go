package report

import (
	"fmt"
	"strings"

	"mgit/internal/conflict"
	"mgit/internal/job"
)

// Names and subjects are as they are: who shows the words makes them safe for where they stand.

// ConflictHeadline is the one line that says where a branch or target is stopped.
func ConflictHeadline(d *job.ConflictDetail) string {
	name := d.Subject()
	switch {
	case d.Target != "" && d.Outcome == "conflict":
		return fmt.Sprintf("%s waits for you: merging %s", name, d.Name)
	case d.Target != "":
		return fmt.Sprintf("Nothing of %s waits for a person.", name)
	case d.Outcome != "conflict":
		return fmt.Sprintf("%s is parked, and would be %s now; mgit resolve moves it.", name, d.Outcome)
	case d.Stop != nil:
		what := "commit " + d.Stop.Commit.Short() + " " + d.Stop.Subject
		if d.Stop.ByHand {
			what = "what was done by hand in merge " + d.Stop.Commit.Short()
		}
		return fmt.Sprintf("%s waits at %d of %d: %s", name, d.Stop.Number, d.Stop.Of, what)
	}
	return ResolvedHeadline(job.ResolvedBranch{NewName: name, Outcome: d.Outcome, Standing: d.Standing})
}

// ConflictFacts are what is known of a conflict as a whole.
func ConflictFacts(d *job.ConflictDetail) []Fact {
	facts := []Fact{{d.Ours.Word, d.Ours.Name}, {d.Theirs.Word, d.Theirs.Name}}
	if c := d.Commit; c != nil {
		facts = append(facts, Fact{"commit", CommitWords(c)})
	}
	if r := d.Record; r != nil {
		facts = append(facts, Fact{"reason", r.Reason}, Fact{"ticket", r.Ticket}, Fact{"owner", r.Owner})
	}
	return append(facts, Fact{"worktree", d.Worktree}, Fact{"", d.Reason})
}

// CommitWords name a commit, its author and the release that has it.
func CommitWords(c *job.WhyCommit) string { return whyCommit(c) }

// ConflictFileLine is a file in conflict on one line.
func ConflictFileLine(d *job.ConflictDetail, f *job.ConflictFile) string {
	text := job.ShowPath(f.Raw) + ": " + ConflictKind(f.Kind)
	switch {
	case len(f.Proposals) > 0:
		text += ", perhaps " + strings.Join(shownPaths(f.Proposals), " or ")
	case len(f.Hunks) > 0:
		text += ", " + count(len(f.Hunks), "hunk", "hunks")
	case f.Ours == nil && f.Theirs != nil:
		text += ", " + d.Ours.Word + " has no such file"
	case f.Theirs == nil && f.Ours != nil:
		text += ", " + d.Theirs.Word + " has no such file"
	}
	if d.Worktree == "" {
		return text
	}
	switch open := f.Open(); {
	case f.State == job.FileResolved && f.Markers:
		text += "; added, with conflict markers left"
	case f.State == job.FileResolved:
		text += "; resolved"
	case len(f.Hunks) > 0 && open < len(f.Hunks):
		text += fmt.Sprintf("; %d left", open)
	}
	return text
}

// ConflictFileLines are what else there is to be said of a file, a line each: who changed it where it has no
// hunks, and what was recorded for it.
func ConflictFileLines(f *job.ConflictFile) []string {
	var lines []string
	if len(f.Hunks) == 0 {
		for _, u := range f.Upstream {
			lines = append(lines, "changed by "+CommitWords(&u))
		}
	}
	for _, r := range f.Resolutions {
		lines = append(lines, ResolutionWords(r))
	}
	return lines
}

// ResolutionWords say who recorded a resolution that fits.
func ResolutionWords(r job.FittingResolution) string {
	text := "the recorded resolution " + r.ID + " fits"
	if i := r.Recorded; i != nil {
		text += fmt.Sprintf(": by %s on %s, for %s", i.Author, i.Created.Format("2006-01-02"), i.Branch)
		if i.Note != "" {
			text += " (" + i.Note + ")"
		}
	}
	if r.Refused != "" {
		text += ", and is not used: " + r.Refused
	}
	return text
}

// HunkLine names a hunk and what became of it.
func HunkLine(d *job.ConflictDetail, f *job.ConflictFile, h job.ConflictHunk) string {
	text := fmt.Sprintf("hunk %d of %d", h.Number, len(f.Hunks))
	if h.Line > 0 {
		text += fmt.Sprintf(", line %d", h.Line)
	}
	return text + HunkState(d, h)
}

// HunkState is ": upstream taken" for a hunk that is no longer open, "" for one that is.
func HunkState(d *job.ConflictDetail, h job.ConflictHunk) string {
	switch h.State {
	case string(conflict.Open):
		return ""
	case string(conflict.Edited):
		return ": changed by hand"
	}
	return ": " + d.Side(h.State) + " taken"
}

// TakeLine says what was taken and what is left.
func TakeLine(r *job.TakeReport) string {
	path := job.ShowPath(r.Raw)
	switch {
	case r.Side == "":
		return path + " is in conflict again, as git left it."
	case r.Gone:
		return fmt.Sprintf("%s is gone, as in %s.", path, r.Side)
	case r.Whole:
		return fmt.Sprintf("%s is as in %s.", path, r.Side)
	}
	text := fmt.Sprintf("%s: %s taken for hunk %d of %d", path, r.Side, r.Hunk, r.Hunks)
	if r.Hunk == 0 {
		text = fmt.Sprintf("%s: %s taken for what was open of %s", path, r.Side, count(r.Hunks, "hunk", "hunks"))
	}
	if r.Open > 0 {
		return text + fmt.Sprintf("; %d left.", r.Open)
	}
	if r.Staged {
		return text + "; it is resolved."
	}
	return text + "; conflict markers are left in it."
}

// WaitingTarget is a merge that a target does without, on one line.
func WaitingTarget(t job.WaitingTarget) string {
	if t.Branch == "" {
		return fmt.Sprintf("%s: what it lacks is not known: %s", t.Target, t.Reason)
	}
	var what []string
	for _, c := range t.Conflicts {
		what = append(what, ConflictKind(c.Kind)+" in "+job.ShowPath(string(c.Path)))
	}
	text := fmt.Sprintf("%s does without %s", t.Target, t.Branch)
	if len(what) > 0 {
		text += ": " + strings.Join(what, ", ")
	}
	if t.Worktree != "" {
		text += ", being resolved in " + t.Worktree
	}
	return text
}
