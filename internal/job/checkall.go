package job

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/branches"
	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/history"
)

// checkAll judges all branches of a series. One that cannot be judged keeps the others from nothing, and is no branch
// that passed. Where that is all of them, what is wrong with the first is the error.
func (c *checker) checkAll(ctx context.Context, r *CheckReport) error {
	if c.site.Scheme == nil {
		return c.site.initialised()
	}
	listing := c.site.refs.listing(c.site.Scheme, c.site.internal)
	all := listing.Of(c.request.Series)
	if len(all) == 0 {
		return &UsageError{Text: fmt.Sprintf("there are no branches of %s", c.request.Series), Hint: "--series; " + listVersions(listing)}
	}
	if c.site.Repo.Shallow() {
		return cutOff(all[0].Raw)
	}
	own := c.ownOfAll(ctx, all)
	var failed []error
	for _, b := range all {
		done, err := c.judgeBranch(ctx, span{what: CheckedBranch, branch: b.Raw, tip: b.Tip, own: own[b.Tip]})
		if ctx.Err() != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		if err != nil {
			failed = append(failed, err)
			done = unjudged(b, err)
		}
		r.Add(done)
	}
	if len(failed) == len(all) {
		return failed[0]
	}
	return nil
}

// ownOfAll lists the commits of all branches with one question to git, oldest first, by the tips. It is nil where git has no
// answer, as when the history of one of them is damaged: then each is asked for by itself.
func (c *checker) ownOfAll(ctx context.Context, all []branches.Branch) map[git.ID][]git.ID {
	tips := make([]git.ID, len(all))
	for i, b := range all {
		tips[i] = b.Tip
	}
	walk := &walk{repo: c.site.Repo} // which keeps nothing: a check writes nothing
	found, err := history.Read(ctx, walk, walk, tips, c.site.refs.upstream(c.site.upstream))
	if err != nil {
		return nil
	}
	own := make(map[git.ID][]git.ID, len(tips))
	for _, tip := range tips {
		ids := []git.ID{} // not nil, which would be asked for again
		for _, commit := range found.Of(tip, git.ZeroID) {
			ids = append(ids, commit.ID)
		}
		own[tip] = ids
	}
	return own
}

// unjudged is what is said of a branch that could not be judged.
func unjudged(b branches.Branch, err error) *Checked {
	f := CheckFinding{Rule: check.RuleFailed, Severity: check.Error}
	var usage *UsageError
	switch {
	case errors.As(err, &usage):
		f.Text, f.Hint = usage.Text, usage.Hint
	default:
		f.Text = fmt.Sprintf("%s could not be judged: %v", b.Raw, err)
		f.Hint = fmt.Sprintf("`mgit check -v --branch %s` shows what git was asked, and `git fsck` what is damaged", shellName(b.Raw))
	}
	return &Checked{
		What: CheckedBranch, Branch: b.Raw, To: ID(b.Tip),
		Findings: []CheckFinding{f}, Unused: []string{}, Notes: []string{},
	}
}
