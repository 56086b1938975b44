package check

import "fmt"

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
	}}
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
			text = fmt.Sprintf("%s merges the mgit branch", id.String()[:10])
		}
		j.Report(Finding{Commit: id, Text: text})
	}
}
