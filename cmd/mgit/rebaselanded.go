package main

import (
	"fmt"
	"regexp"
	"strings"

	"mgit/internal/job"
	"mgit/internal/rebase"
)

// landedLine says what upstream did with a commit, by which evidence.
func landedLine(l job.LandedCommit) string {
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

// nextDiff is how to look at the first branch of which upstream does something in another way.
func nextDiff(report *job.RebaseReport) []string {
	for _, b := range report.Branches {
		for _, l := range b.Landed {
			if l.Verdict == rebase.VerdictDifferent && l.RangeDiff == "" {
				return []string{"mgit triage " + report.Onto.Tag + " --diff --only '" + printable(b.Name) + "'", "    shows how upstream does it"}
			}
		}
	}
	return nil
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./=:@%+,-]+$`)

// commandLine writes a command as one types it into a shell.
func commandLine(words []string) string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = word
		if !plainWord.MatchString(word) {
			all[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return printable(strings.Join(all, " "))
}
