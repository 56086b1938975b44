package report

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/internal/upgrade"
)

// UpgradeTitle says which upgrade an account is of, and of how many branches.
func UpgradeTitle(a *job.UpgradeAccount) string {
	title := fmt.Sprintf("Upgrade from %s to %s", a.From, a.Series)
	if a.Onto.Tag != "" {
		title += ", onto " + a.Onto.Tag
	}
	return title + ": " + count(len(a.Branches), "branch", "branches")
}

// UpgradeVerdict says whether every branch is accounted for, and whether something is left
// to be done.
func UpgradeVerdict(a *job.UpgradeAccount) string {
	left := a.States[upgrade.StateTodo] + a.States[upgrade.StateParked]
	switch {
	case a.Finished:
		return "Every branch is accounted for, and nothing is left to be done."
	case a.Complete:
		return "Every branch is accounted for; " + count(left, "branch is", "branches are") + " left to be done."
	}
	names := make(map[string]bool)
	for _, f := range a.Forgotten {
		names[f.Branch] = true
	}
	if len(names) == 0 {
		return "Two people disagree about the upgrade itself."
	}
	return count(len(names), "branch is", "branches are") + " not accounted for."
}

// Fact is something known, by its name: "branch", "LUVLE-4.5-hack-mod_forum". One without a text is not shown.
type Fact struct{ Name, Text string }

// UpgradeFacts are what is known of a branch in an upgrade: what is to become of it, what
// became of it, who sees to it and why it is there.
func UpgradeFacts(u job.UpgradeBranch) []Fact {
	j := u.Justification
	var facts []Fact
	for _, f := range []Fact{
		{"to become", u.Disposition + inBrackets(u.Reason)},
		{"outcome", u.Outcome},
		{"new branch", newBranch(u)},
		{"tips", upgradeTips(u)},
		{"owner", u.Owner},
		{"ticket", u.Ticket},
		{"carried as", carriedAs(j)},
		{"upstream", strings.Join(j.Upstream, ", ")},
		{"review by", j.ReviewBy.String()},
		{"not known", strings.Join(j.Odd, ", ")},
	} {
		if f.Text != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

// newBranch is the name of the new branch; "" where none is made, although the ledger has
// the name that it would have had.
func newBranch(u job.UpgradeBranch) string {
	if u.State == upgrade.StateDropped {
		return ""
	}
	return u.NewName
}

// upgradeTips are the old and the new tip of a branch, shortened.
func upgradeTips(u job.UpgradeBranch) string {
	var parts []string
	if tip := u.OldTip.Short(); tip != "" {
		parts = append(parts, tip)
	} else if tip := u.OldPresent.Short(); tip != "" {
		parts = append(parts, tip)
	}
	if tip := u.NewTip.Short(); tip != "" {
		parts = append(parts, tip)
	}
	return strings.Join(parts, " → ")
}

// carriedAs is why a site carries a branch; "" where nothing is known.
func carriedAs(j job.Justification) string {
	if j.Kind == "" && j.Reason != "" {
		return "not said" + inBrackets(j.Reason)
	}
	return j.Kind + inBrackets(j.Reason)
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// UpgradeState is how far the work on a branch is. What landed nobody dropped, so that its
// outcome stands there.
func UpgradeState(u job.UpgradeBranch) string {
	if u.State == upgrade.StateDropped && u.Outcome == upgrade.OutcomeLanded {
		return u.Outcome
	}
	return u.State
}
