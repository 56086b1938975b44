package report

import (
	"fmt"
	"strings"

	"mgit/internal/job"
)

// ResolvedHeadline is the one line that says how it is with a branch that was parked. Names are as they are.
func ResolvedHeadline(b job.ResolvedBranch) string {
	name := b.NewName
	switch {
	case b.Outcome == "":
		return name + " is no longer parked."
	case b.Outcome != "conflict":
		return resolvedAccount(b)
	case b.Stop != nil:
		what := "commit " + b.Stop.Commit.Short() + " " + b.Stop.Subject
		if b.Stop.ByHand {
			what = "what was done by hand in merge " + b.Stop.Commit.Short()
		}
		return fmt.Sprintf("%s waits at %d of %d: %s", name, b.Stop.Number, b.Stop.Of, what)
	}
	switch b.Standing {
	case job.StandingGivenUp:
		return name + " was given up with git rebase --abort, and is parked again."
	case job.StandingDeleted:
		return name + " lost its worktree, and is parked again."
	case job.StandingFinished:
		return name + " is resolved, and not yet moved."
	case job.StandingAstray:
		return name + " waits: its worktree was used for something else."
	case job.StandingStopped:
		return name + " waits for git rebase --continue."
	default:
		return fmt.Sprintf("%s is parked: %s waiting.", name, count(b.Commits.Waiting, "commit", "commits"))
	}
}

// resolvedAccount says what came of a branch and of each of its commits.
func resolvedAccount(b job.ResolvedBranch) string {
	a := b.Commits
	text := fmt.Sprintf("%s: %s.", b.NewName, b.Outcome)
	if a.In == 0 {
		return text
	}
	var parts []string
	for _, part := range []struct {
		n    int
		word string
	}{{a.Kept, "kept"}, {a.Landed, "landed"}, {a.Emptied, "emptied"}, {a.Dropped, "dropped"}, {a.Held, "held"}, {a.Waiting, "waiting"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.word))
		}
	}
	text += fmt.Sprintf(" %s: %s.", count(a.In, "commit", "commits"), strings.Join(parts, ", "))
	if b.Run != 0 {
		text += fmt.Sprintf(" This was run %d.", b.Run)
	}
	return text
}

// TargetHeadline is the one line that says how it is with a merge into a target. Names are as they are.
func TargetHeadline(t job.ResolvedTarget) string {
	name, what := t.Target, t.Branch
	switch {
	case t.Outcome == "resolved":
		return fmt.Sprintf("%s has %s now.", name, what)
	case t.Outcome == "clean":
		return fmt.Sprintf("Nothing of %s waits for a person.", name)
	case t.Outcome == "":
		return fmt.Sprintf("Merging %s into %s was given up.", what, name)
	}
	return fmt.Sprintf("%s waits for you: merging %s", name, what)
}
