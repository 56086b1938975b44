package job

import (
	"context"
	"regexp"
	"strings"
	"sync"

	"mgit/internal/branches"
	"mgit/internal/check"
	"mgit/internal/git"
)

// Who merged a target into a branch has all branches of the target in it. Which commits are a target's own, nothing in
// Git's history says for good: a target is built anew, and deleted. What says it is the first line that git, mgit and GitLab
// write for a merge, "Merge branch 'A' into LUVLE-4.5-test", and while it lasts the target itself, for a merge that says
// nothing of where it was made. What is no merge is never taken for a target's: a target may have been begun on a branch.

// targetsInside are the targets that some commits, which stand on others, have in them: those that one of them merges; where
// there is no such, the one that they were begun on. The commits are a branch's, oldest first.
func (c *checker) targetsInside(ctx context.Context, branch check.Branch, commits, edges []*git.Commit) ([]check.TargetInside, error) {
	if !holdsNoTarget(branch) {
		return nil, nil
	}
	if c.targetAt == nil {
		c.rememberTargets(c.listing())
	}
	var begunOn, merged []check.TargetInside
	for _, commit := range append(edges[:len(edges):len(edges)], commits...) {
		if own := c.targetOf(commit); own != "" {
			begunOn = []check.TargetInside{{Target: own, Own: commit.ID}}
		}
	}
	for _, commit := range commits {
		if len(commit.Parents) < 2 || c.targetOf(commit) != "" {
			continue
		}
		names, err := c.targetsAmong(ctx, commit.Parents[1:], commit.Message)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			merged = append(merged, check.TargetInside{Target: name, Merge: commit.ID})
		}
	}
	if len(merged) > 0 {
		return merged, nil
	}
	return begunOn, nil
}

// standsOnTarget reports whether a branch that has nothing of its own is on a target.
func (c *checker) standsOnTarget(ctx context.Context, branch check.Branch, tip *git.Commit) (bool, error) {
	inside, err := c.targetsInside(ctx, branch, nil, []*git.Commit{tip})
	return len(inside) > 0, err
}

// targetsNow are the targets that the commit that is being made would bring into the branch: those that are merged, and the one
// that the branch was begun on just now. message is "" where it is not known yet.
func (c *checker) targetsNow(ctx context.Context, branch check.Branch, head *git.Commit, going git.InProgress, message string) ([]check.TargetInside, error) {
	if !holdsNoTarget(branch) || head == nil {
		return nil, nil
	}
	if len(going.Merging) > 0 && c.targetAt == nil {
		listing, err := c.listOthers(ctx, branch.Name)
		if err != nil {
			return nil, err
		}
		c.rememberTargets(listing)
	}
	var inside []check.TargetInside
	if own := c.targetOf(head); own != "" {
		inside = append(inside, check.TargetInside{Target: own, Own: head.ID})
	}
	if len(going.Merging) == 0 {
		return inside, nil
	}
	names, err := c.targetsAmong(ctx, going.Merging, message)
	for _, name := range names {
		inside = append(inside, check.TargetInside{Target: name})
	}
	return inside, err
}

// holdsNoTarget reports whether a branch is one of those of which targets are made.
func holdsNoTarget(branch check.Branch) bool {
	return branch.Kind == check.Ours || branch.Kind == check.Misnamed
}

// targetsAmong are the targets that a merge takes in, by the commits that it merges and by what it says.
func (c *checker) targetsAmong(ctx context.Context, merged []git.ID, message string) ([]string, error) {
	commits, err := c.site.Repo.Store().Commits(ctx, merged)
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool)
	var list []string
	add := func(name string) {
		if name != "" && !names[name] {
			names[name] = true
			list = append(list, name)
		}
	}
	for _, commit := range commits {
		add(c.targetOf(commit))
	}
	if m := mergedBranch().FindStringSubmatch(message); m != nil {
		_, short, _ := strings.Cut(m[1], "/") // origin/…
		for _, name := range []string{m[1], short} {
			if c.isTarget(name) {
				add(name)
			}
		}
	}
	return list, nil
}

// mergedBranch is how git and GitLab begin the message of a merge of a branch.
var mergedBranch = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^Merge (?:remote-tracking )?branch '([^']+)'`)
})

// targetOf is the target that a merge was made on, "" for none and for what is no merge.
func (c *checker) targetOf(commit *git.Commit) string {
	if len(commit.Parents) < 2 {
		return ""
	}
	line := subject(commit)
	if i := strings.LastIndex(line, " into "); i >= 0 {
		name := strings.Trim(line[i+len(" into "):], "'")
		if c.isTarget(name) {
			return name
		}
		return ""
	}
	return c.targetAt[commit.ID]
}

// rememberTargets enters the tips of targets that are not those of a branch, too.
func (c *checker) rememberTargets(listing branches.Listing) {
	c.targetAt = make(map[git.ID]string, len(listing.Targets))
	for _, t := range listing.Targets {
		c.targetAt[t.Tip] = t.Raw
	}
	for _, b := range listing.Branches {
		delete(c.targetAt, b.Tip)
	}
}

func (c *checker) isTarget(name string) bool {
	if c.site.Scheme == nil {
		return false
	}
	_, err := c.site.Scheme.ParseTarget(name)
	return err == nil
}
