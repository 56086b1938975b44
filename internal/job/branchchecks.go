package job

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/branches"
	"mgit/internal/check"
	"mgit/internal/git"
)

// BranchChecks sums up what the rules of [Check] find in a branch as it is now.
type BranchChecks struct {
	Errors   int `json:"errors"` // that nobody waived
	Warnings int `json:"warnings"`
	Waived   int `json:"waived"`
}

// Text is what nobody waived, in words: "2 errors, 1 warning"; "" for nothing.
func (c BranchChecks) Text() string {
	switch errors, warnings := count(c.Errors, "error"), count(c.Warnings, "warning"); {
	case c.Errors > 0 && c.Warnings > 0:
		return errors + ", " + warnings
	case c.Errors > 0:
		return errors
	case c.Warnings > 0:
		return warnings
	}
	return ""
}

// checkSum counts the findings of a branch.
func checkSum(done *Checked) BranchChecks {
	r := &CheckReport{}
	r.Add(done)
	return BranchChecks{Errors: r.Counts.Errors, Warnings: r.Counts.Warnings, Waived: r.Counts.Waived}
}

// branchJudge answers for single branches what the rules find in them. To judge a branch takes as long as reading all
// that it changes, and its PHP: what was found is kept, and counts until anything changes that it depends on.
type branchJudge struct {
	view    *view
	checker *checker
	kept    checkCache
}

// judge makes what judges the branches of the view, once.
func (v *view) judge() *branchJudge {
	if v.judging == nil {
		v.judging = &branchJudge{view: v, checker: &checker{site: v.site}, kept: newCheckCache(v.site)}
	}
	return v.judging
}

// known is what the rules find in a branch as far as that is kept; nil: the branch was not judged as it is now.
func (j *branchJudge) known(b branches.Branch) *BranchChecks { return j.kept.counts(b.Ref, j.key(b)) }

// findings are what known counts.
func (j *branchJudge) findings(b branches.Branch) *Checked { return j.kept.findings(b.Ref, j.key(b)) }

// key is made of all that the answer about a branch depends on. Its commits decide what it stands on; the branches of older
// series for the same component are what sites are upgraded from, and a ledger may say why it is there.
func (j *branchJudge) key(b branches.Branch) string {
	var older []git.ID
	for _, o := range olderOf(j.view.listing, b.Name) {
		older = append(older, o.Tip)
	}
	why := j.view.site.justify(b.Key(), entryOf(j.view.ledgers, b.Raw), nil)
	return j.kept.key(fmt.Sprintf("%s %s %+v %v %v %+v", b.Ref, b.Tip, j.view.site.factsOf("refs/heads/"+b.Raw), j.commits(b), older, why))
}

// commits are the branch's own, oldest first; never nil.
func (j *branchJudge) commits(b branches.Branch) []git.ID {
	own := make([]git.ID, 0, len(j.view.own[b.Tip]))
	for _, c := range j.view.own[b.Tip] {
		own = append(own, c.ID)
	}
	return own
}

// judge asks the rules and keeps the answer, but for one that a rule has had no time for. Where history is cut off, or
// Moodle's releases were not fetched, nobody knows where the branch begins, and the answer is nil.
func (j *branchJudge) judge(ctx context.Context, b branches.Branch) (*Checked, error) {
	if j.view.site.Repo.Shallow() {
		return nil, nil
	}
	if done := j.findings(b); done != nil {
		return done, nil
	}
	var unknown *UsageError
	err := j.checker.beginsSomewhere(ctx, b.Raw, j.commits(b))
	if errors.As(err, &unknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // of rules that did not come to an end
	done, err := j.checker.judgeSpan(ctx, span{what: CheckedBranch, branch: b.Raw, tip: b.Tip, own: j.commits(b)})
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(done.Findings, func(f CheckFinding) bool { return f.Rule == check.RuleFailed }) {
		j.kept.keep(b.Ref, j.key(b), done)
	}
	return done, nil
}

// judgeAll judges the branches that were not judged as they are now. One that cannot be judged is a warning.
func (j *branchJudge) judgeAll(ctx context.Context, progress func(Event)) ([]Warning, error) {
	var wanted []branches.Branch
	for _, b := range j.view.branches {
		if j.known(b) == nil {
			wanted = append(wanted, b)
		}
	}
	if len(wanted) == 0 || j.view.site.Repo.Shallow() {
		return nil, nil
	}
	var warnings []Warning
	for i, b := range wanted {
		_, err := j.judge(ctx, b)
		if ctx.Err() != nil {
			return nil, cmp.Or(err, ctx.Err())
		}
		if err != nil {
			warnings = append(warnings, notJudged(b, err))
		}
		if progress != nil {
			progress(Event{Branch: b.Raw, Done: i + 1, Total: len(wanted)})
		}
	}
	j.kept.prune(j.view.listing.Branches)
	return warnings, nil
}

func notJudged(b branches.Branch, err error) Warning {
	return Warning{ID: "not-judged", Text: fmt.Sprintf("the rules could not judge %s: %v", b.Raw, err)}
}

// parseChecked reads what a judgement was kept as.
func parseChecked(data []byte) (*Checked, error) {
	done := new(Checked)
	err := json.Unmarshal(data, done)
	return done, err
}
