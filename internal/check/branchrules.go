package check

import (
	"fmt"
)

// branchRules are about the branch that a change is for, whatever is in it.
func branchRules() []Rule {
	return []Rule{
		{
			ID:       "branch-name",
			Severity: Error,
			Title:    "the branch's name does not fit the naming scheme",
			Why:      "a branch that mgit does not recognise is in no upgrade, in no assembly and in no report",
			Hint:     "rename it with `git branch -m`",
			whole:    branchName,
		},
		{
			ID:       "branch-base",
			Severity: Error,
			Title:    "the branch does not stand on its series' base",
			Why:      "branches on different bases conflict with each other because of what upstream changed in between",
			Hint:     "rebase it: `git rebase --onto` the base",
			whole:    branchBase,
		},
		{
			ID:       "protected-branch",
			Severity: Error,
			Title:    "a commit made directly on a branch that is not for committing",
			Why:      "what stands only there is lost when the branch is built anew or updated",
			Hint:     "commit on a branch of your own: `git switch` to it, or make one with `mgit new`",
			whole:    protectedBranch,
		},
	}
}

// branchName blames what is nearly of the scheme. What is not of the scheme at all may be anything: somebody who
// commits there hears of it, and the history of such a branch is nobody's business.
func branchName(j *Judge) {
	b := j.Branch
	switch {
	case b.Kind == Misnamed:
		f := Finding{Text: fmt.Sprintf("%s is no name for a branch here: %s", b.Name, b.Reason)}
		if b.Nearest != "" {
			f.Hint = fmt.Sprintf("rename it: `git branch -m %s`", b.Nearest)
		}
		j.Report(f)
	case b.Kind == Foreign && j.Committing:
		j.Report(Finding{
			Severity: Warning,
			Text:     fmt.Sprintf("%s is not of the naming scheme: mgit leaves the branch alone", b.Name),
			Hint:     "if it is to be part of the site, make a branch with `mgit new` and commit there",
		})
	}
}

func branchBase(j *Judge) {
	base := j.Branch.Base
	if j.Branch.Kind != Ours || base.State != BaseWrong {
		return
	}
	found := base.Found
	if found == "" {
		found = "no release of Moodle"
	}
	f := Finding{Text: fmt.Sprintf("the branch stands on %s", found)}
	if base.Want != "" {
		f.Text += fmt.Sprintf(", all others of %s on %s", j.Branch.Series, base.Want)
		f.Hint = fmt.Sprintf("move it there: `git rebase --onto %s %s`", base.Want, found)
		if base.Found == "" {
			f.Hint = fmt.Sprintf("move its commits onto %s with `git rebase --onto`", base.Want)
		}
	}
	j.Report(f)
}

// protectedBranch lets a merge pass on a target: so people resolve what an assembly stopped at.
func protectedBranch(j *Judge) {
	if !j.Committing {
		return
	}
	var f Finding
	switch name := j.Branch.Name; j.Branch.Kind {
	case Target:
		if j.Merging {
			return
		}
		f.Text = fmt.Sprintf("%s is built by merging branches: what is committed here is in none of them", name)
		f.Hint = "commit on the branch that it belongs to, then `mgit assemble`"
	case Upstream:
		f.Text = fmt.Sprintf("%s follows Moodle's own branch: a commit here parts it from upstream", name)
	case State:
		f.Text = fmt.Sprintf("%s holds mgit's own files, which its commands write", name)
		f.Hint = "there are commands: `mgit config edit`, `mgit note`, `mgit dispose`; `mgit config check` looks at what was written by hand"
		f.Severity = Warning // a ledger that is broken can be mended in no other way
	default:
		return
	}
	j.Report(f)
}
