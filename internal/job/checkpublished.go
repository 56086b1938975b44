package job

import (
	"context"
	"fmt"
	"io/fs"
	"sync"

	"mgit/internal/branches"
	"mgit/internal/check"
	"mgit/internal/git"
)

// published finds what others may have of a branch's component while a commit is made on it: the branch on internal remotes, as
// of the last push or fetch, the targets, and the branches for the same component that are there besides, such as
// those of the series before. Nil where nobody can know: no remote shares branches, or the branch is none of the site's. Git is
// asked when a rule wants to know, and the rule fails where it has no answer.
func (c *checker) published(ctx context.Context, branch check.Branch) func() []fs.FS {
	if branch.Kind != check.Ours || len(c.site.internal) == 0 {
		return nil
	}
	return sync.OnceValue(func() []fs.FS {
		trees, err := c.publishedTrees(ctx, branch.Name)
		if err != nil {
			panic(fmt.Errorf("look for what was pushed of %s: %w", branch.Name, err))
		}
		return trees
	})
}

func (c *checker) publishedTrees(ctx context.Context, branch string) ([]fs.FS, error) {
	name, err := c.site.Scheme.Parse(branch)
	if err != nil {
		return nil, err
	}
	listing, err := c.listOthers(ctx, branch)
	if err != nil {
		return nil, err
	}
	var tips []git.ID
	for _, b := range listing.Branches {
		if b.Component == name.Component {
			tips = append(tips, b.Tip)
		}
	}
	for _, t := range listing.Targets {
		tips = append(tips, t.Tip)
	}
	return c.treesOf(ctx, tips)
}

// treesOf are the trees of some commits, in their order.
func (c *checker) treesOf(ctx context.Context, tips []git.ID) ([]fs.FS, error) {
	commits, err := c.site.Repo.Store().Commits(ctx, tips)
	if err != nil {
		return nil, err
	}
	trees := make([]fs.FS, len(commits))
	for i, commit := range commits {
		trees[i] = treeFS{ctx: ctx, store: c.site.Repo.Store(), root: commit.Tree}
	}
	return trees, nil
}

// older finds the branches of older series for the component that a branch is for, among those of a listing, when a rule wants to
// know; nil where the branch is none of the site's.
func (c *checker) older(ctx context.Context, branch check.Branch, list func() (branches.Listing, error)) func() map[string]fs.FS {
	if branch.Kind != check.Ours {
		return nil
	}
	return sync.OnceValue(func() map[string]fs.FS {
		trees, err := c.olderTrees(ctx, branch.Name, list)
		if err != nil {
			panic(fmt.Errorf("look for %s in older series: %w", branch.Name, err))
		}
		return trees
	})
}

func (c *checker) olderTrees(ctx context.Context, branch string, list func() (branches.Listing, error)) (map[string]fs.FS, error) {
	name, err := c.site.Scheme.Parse(branch)
	if err != nil {
		return nil, err
	}
	listing, err := list()
	if err != nil {
		return nil, err
	}
	older := olderOf(listing, name)
	tips := make([]git.ID, len(older))
	for i, b := range older {
		tips[i] = b.Tip
	}
	trees, err := c.treesOf(ctx, tips)
	if err != nil {
		return nil, err
	}
	found := make(map[string]fs.FS, len(trees))
	for i, b := range older {
		found[b.Raw] = trees[i]
	}
	return found, nil
}

// olderOf are the branches of older series for the same component.
func olderOf(listing branches.Listing, name branches.Name) []branches.Branch {
	var older []branches.Branch
	for _, b := range listing.Branches {
		if b.Component == name.Component && b.Version.Compare(name.Version) < 0 {
			older = append(older, b)
		}
	}
	return older
}

// listOthers lists the branches but for one, as otherBranches finds them.
func (c *checker) listOthers(ctx context.Context, branch string) (branches.Listing, error) {
	refs, err := c.otherBranches(ctx, branch)
	return c.site.Scheme.List(refs, c.site.internal), err
}

// otherBranches lists the local branches but for one, and those of internal remotes, without another process of git's.
func (c *checker) otherBranches(ctx context.Context, branch string) ([]git.Ref, error) {
	prefixes := []string{"refs/heads/"}
	for _, remote := range c.site.internal {
		prefixes = append(prefixes, "refs/remotes/"+remote+"/")
	}
	var names []string
	for _, prefix := range prefixes {
		below, err := c.site.Repo.RefNames(prefix)
		if err != nil {
			return nil, err
		}
		for _, ref := range below {
			if ref != "refs/heads/"+branch && git.CheckName(ref) == nil {
				names = append(names, ref)
			}
		}
	}
	ids, err := c.site.Repo.ResolveAll(ctx, names)
	refs := make([]git.Ref, 0, len(ids))
	for i, id := range ids {
		refs = append(refs, git.Ref{Name: names[i], ID: id, Peeled: id}) // List leaves out what names no commit
	}
	return refs, err
}
