package check

import (
	"fmt"
	"slices"
)

// historyRules are about where the commits of a change come from.
func historyRules() []Rule {
	return []Rule{{
		ID:       "mgit-merged",
		Severity: Error,
		Title:    "a merge of the mgit branch",
		Why:      "mgit's own files would be in Moodle's code on every site, and its history in the branch's for good",
		Hint:     "give the merge up (`git merge --abort`), or take it out of the branch again with `git rebase`; the mgit branch is shared by `mgit sync`",
		whole:    mgitMerged,
		// A merge without conflicts is made without a pre-commit hook: it is asked about when its message is judged.
		message: func(*Judge, *Message) {},
	}, {
		ID:       targetMerged,
		Severity: Error,
		Title:    "a branch with a target in it",
		Why:      "all that was merged into the target is in the branch as well, which can no longer be moved, left out or released without it",
		Hint:     "put the branch back to what it was before; which branches it needs, `requires` in its record says",
		whole:    targetsInside,
		message:  func(*Judge, *Message) {}, // as above
	}}
}

// targetMerged is the id of the rule about targets in a branch.
const targetMerged = "target-merged"

// targetsInside blames the branch for each target that it has in it.
func targetsInside(j *Judge) {
	if j.Branch.Kind != Ours && j.Branch.Kind != Misnamed {
		return
	}
	for _, t := range j.Targets {
		f := Finding{Commit: t.Merge}
		switch {
		case !t.Merge.IsZero():
			merge := t.Merge.String()[:10]
			f.Text = fmt.Sprintf("merges %s, a target, and so all branches that are in it", t.Target)
			f.Hint = fmt.Sprintf("put the branch back to before it with `git reset --keep %s^`, or with `git rebase --onto %[1]s^ %[1]s` where commits follow", merge)
		case !t.Own.IsZero():
			f.Text = fmt.Sprintf("the branch stands on %s, a target, and so on all branches that are in it (%s)", t.Target, t.Own.String()[:10])
			f.Hint = "where it was put forward to the target, `git reflog` shows what it was before; commits that were begun there move with `git rebase --onto BASE TARGET`"
		default:
			f.Text = fmt.Sprintf("the commit that is being made merges %s, a target, and so all branches that are in it", t.Target)
			f.Hint = "give the merge up with `git merge --abort`"
		}
		f.Hint += "; which branches this one needs, `requires` in its record says"
		j.Report(f)
	}
}

// withoutGuests leaves out of the findings those about files that are none of the branch's business while a target is in it: they
// are as many as all its branches have, and are mended with it. The note says how many; "" for none.
func withoutGuests(findings []Finding) (left []Finding, note string) {
	blames := func(f Finding) bool { return f.Rule == targetMerged && f.Waived == nil }
	if !slices.ContainsFunc(findings, blames) {
		return findings, ""
	}
	left = slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool {
		return (f.Rule == ruleScope || f.Rule == ruleCore) && f.Waived == nil
	})
	switch n := len(findings) - len(left); {
	case n == 1:
		note = fmt.Sprintf("1 finding of %s and %s is left out while %s is there", ruleScope, ruleCore, targetMerged)
	case n > 1:
		note = fmt.Sprintf("%d findings of %s and %s are left out while %s is there", n, ruleScope, ruleCore, targetMerged)
	}
	return left, note
}

// mgitMerged blames the commits that have a commit of the mgit branch among their parents. On the mgit branch itself that is
// how two people's changes come together.
func mgitMerged(j *Judge) {
	if j.Branch.Kind == State {
		return
	}
	for _, id := range j.StateMerged {
		text := "the commit that is being made merges the mgit branch"
		if !id.IsZero() {
			text = "merges the mgit branch" // whoever shows it says which commit
		}
		j.Report(Finding{Commit: id, Text: text})
	}
}
