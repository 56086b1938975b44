package report

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/internal/rebase"
)

// Remark is something to be said about a branch. Its text stands as it came from a
// repository: whoever shows it makes it safe for its reader.
type Remark struct {
	Text string
	// AsIs says that it is a line of a difference or a command to copy, which is not to be
	// wrapped.
	AsIs bool
}

// RebaseRemarks says what rebase-all and triage have to say about a branch that is not
// simply clean: conflicts, the reason, what upstream has of it, what rules find on the new release, what else was noticed.
func RebaseRemarks(b job.BranchReport) []Remark {
	var all []Remark
	say := func(format string, args ...any) { all = append(all, Remark{Text: fmt.Sprintf(format, args...)}) }
	for _, c := range b.Conflicts {
		say("%s (commit %s)", ConflictWords(c), c.Commit.Short())
	}
	if b.Reason != "" && b.Reason != job.NothingNew {
		say("%s", b.Reason)
	}
	if text := RelocatedWords(b.Relocated); text != "" {
		say("%s", text)
	}
	for _, l := range b.Landed {
		if l.By.String() != "" {
			say("%s", LandedWords(l))
		}
		for line := range strings.Lines(l.RangeDiff) {
			all = append(all, Remark{strings.TrimRight(line, "\r\n"), true})
		}
	}
	if b.Suggestion != nil {
		say("%s. To let it go:", b.Suggestion.Reason)
		all = append(all, Remark{CommandLine(b.Suggestion.Command), true})
	}
	for _, c := range b.Components {
		say("%s", c.Advice)
	}
	for _, f := range b.Findings {
		say("%s: %s", CheckSign(f), CheckLine(f))
	}
	for _, use := range b.Resolutions {
		say("used the recorded resolution %s", use)
	}
	if len(b.Rebuild) > 0 {
		say("rebuild needed: %s", strings.Join(shownPaths(b.Rebuild), ", "))
	}
	if n := b.Merges.ByHand; n > 0 {
		say("%s with changes made by hand, replayed as %s", count(n, "merge", "merges"), count(n, "commit", "commits"))
	}
	return all
}

// ConflictWords say what is in conflict, or what has no certain place and which it may have.
func ConflictWords(c job.ConflictAt) string {
	path := job.ShowPath(string(c.Path))
	switch {
	case c.Kind == rebase.KindUnplaced && len(c.Proposals) > 1:
		return path + " has no certain place: " + strings.Join(shownPaths(c.Proposals), " or ")
	case c.Kind == rebase.KindUnplaced:
		return path + " has no certain place; perhaps " + strings.Join(shownPaths(c.Proposals), " or ")
	case c.Kind == rebase.KindMisplaced:
		return path + " would stand where Moodle does not look for it"
	}
	return ConflictKind(c.Kind) + " in " + path
}

// ConflictKind is git's short type of a conflict without what is always around it.
func ConflictKind(kind string) string {
	return strings.TrimSuffix(strings.TrimPrefix(kind, "CONFLICT ("), ")")
}

// RelocatedWords say what moved with the layout, in one line: the first paths, as the
// layout without public/ has them, and how many more there are; "" for nothing.
func RelocatedWords(all []job.Relocation) string {
	const shown = 2
	if len(all) == 0 {
		return ""
	}
	where, paths := "below public/ now: ", make([]string, 0, shown)
	for _, r := range all[:min(len(all), shown)] {
		path := r.From
		if strings.HasPrefix(string(r.From), "public/") {
			where, path = "at the top now: ", r.To
		}
		paths = append(paths, job.ShowPath(string(path)))
	}
	text := where + strings.Join(paths, ", ")
	if more := len(all) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func shownPaths(paths []string) []string {
	all := make([]string, len(paths))
	for i, p := range paths {
		all[i] = job.ShowPath(p)
	}
	return all
}

// LandedWords say what upstream did with a commit, by which evidence.
func LandedWords(l job.LandedCommit) string {
	ours, theirs := l.Commit.Short(), l.By.Short()
	text := ""
	switch {
	case l.Picked && l.Verdict == rebase.VerdictDifferent:
		text = fmt.Sprintf("%s was picked from upstream's %s and differs from it (%s)", ours, theirs, likeness(l))
	case l.Picked:
		text = fmt.Sprintf("%s was picked from upstream's %s", ours, theirs)
	case l.How == rebase.ByEmpty:
		text = fmt.Sprintf("%s is upstream's %s", ours, theirs)
	case l.Verdict == rebase.VerdictDifferent:
		text = fmt.Sprintf("%s landed in another way, as upstream's %s (%s)", ours, theirs, likeness(l))
	default:
		text = fmt.Sprintf("%s landed as upstream's %s (%s)", ours, theirs, likeness(l))
	}
	for _, also := range l.Also {
		text += " and " + also.Short()
	}
	if l.Release != "" {
		text += ", in " + l.Release
	}
	if l.Reverted {
		text += ", reverted since"
		if l.RevertedBy != (job.ID{}) {
			text += " by " + l.RevertedBy.Short()
		}
	}
	return text
}

// likeness says how a commit of upstream was found.
func likeness(l job.LandedCommit) string {
	switch l.How {
	case rebase.ByPatchID:
		return "the same patch"
	case rebase.ByMDL:
		return fmt.Sprintf("by its number, %.0f %% of the lines", 100*l.Likeness)
	}
	return fmt.Sprintf("%.0f %% of the lines", 100*l.Likeness)
}

// RebaseSummary is the one line that says how a run of rebase-all went, or how it would
// go. run is 0 for one that had nothing to do.
func RebaseSummary(r *job.RebaseReport, dryRun bool, run int) string {
	var parts []string
	for _, o := range job.Outcomes() {
		if n := r.Totals[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	text := fmt.Sprintf("%s from %s to %s: %s.", count(r.Totals["branches"], "branch", "branches"), r.From, r.Onto.Tag, strings.Join(parts, ", "))
	switch {
	case dryRun:
		return text + " Nothing was written."
	case run == 0:
		return text + " There was nothing to do."
	}
	return text + fmt.Sprintf(" This was run %d.", run)
}

// CommandLine writes a command as one types it into a shell.
func CommandLine(words []string) string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = word
		if word == "" || strings.ContainsFunc(word, isSpecial) {
			all[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(all, " ")
}

// isSpecial reports whether a shell may take a character for something else than itself.
func isSpecial(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("_./=:@%+,-", r)
}
