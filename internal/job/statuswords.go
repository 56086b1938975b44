package job

import (
	"fmt"
	"strings"
)

// BaseText is what the branch stands on as people know it: a tag, a short id, or "none".
// Like all texts here it may hold what the repository holds, and is not cleaned.
func (b BranchStatus) BaseText() string {
	if b.Exception == BaseNone {
		return "none"
	}
	return tagOrID(b.Base)
}

// ExceptionText words how the branch's base differs from the series' own: "stands on …";
// "" where it does not.
func (b BranchStatus) ExceptionText() string {
	switch b.Exception {
	case BaseMinor:
		return "stands on " + tagOrID(b.Base) + ", not on the first release of the series"
	case BaseSeries:
		return "stands on " + tagOrID(b.Base) + ", a release of another series"
	case BaseWeekly:
		return "stands on " + tagOrID(b.Base) + ", which is no release"
	case BaseNone:
		return "has no commit in common with upstream"
	case BaseSeveral:
		var names []string
		for _, base := range b.Bases {
			names = append(names, tagOrID(base))
		}
		return "stands on several commits of upstream: " + strings.Join(names, ", ")
	}
	return ""
}

// CarriedText says how the old branch stands to what the upgrade took from it: "carried to
// 4.5 as it is now".
func (u BranchUpgrade) CarriedText() string {
	switch u.Carried {
	case CarriedNot:
		return "not carried to " + u.Series + " yet"
	case CarriedAll:
		return "carried to " + u.Series + " as it is now"
	case CarriedOlder:
		return "has new commits since it was carried to " + u.Series
	case CarriedRewrite:
		return "was rewritten since it was carried to " + u.Series
	}
	return "was carried to " + u.Series + " and is gone since"
}

// Text says where the work on the branch stopped: "conflict in lib.php, 2 commits waiting".
func (p ParkedWork) Text() string {
	text := "waits for a person"
	if len(p.Paths) > 0 {
		text = "conflict in " + strings.Join(p.Paths, ", ")
	}
	switch {
	case p.Waiting == 1:
		text += ", 1 commit waiting"
	case p.Waiting > 1:
		text += fmt.Sprintf(", %d commits waiting", p.Waiting)
	}
	if p.Worktree != "" {
		text += ", being resolved in " + p.Worktree
	}
	switch p.Standing {
	case StandingFinished:
		text += ", where the rebase is finished"
	case StandingGivenUp:
		text += ", where the rebase was given up"
	case StandingAstray:
		text += ", which was used for something else since"
	}
	return text
}
