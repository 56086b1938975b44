package job

import (
	"context"
	"fmt"
	"io/fs"
	"sync"

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
	refs, err := c.otherBranches(ctx, branch)
	if err != nil {
		return nil, err
	}
	listing := c.site.Scheme.List(refs, c.site.internal)
	var tips []git.ID
	for _, b := range listing.Branches {
		if b.Component == name.Component {
			tips = append(tips, b.Tip)
		}
	}
	for _, t := range listing.Targets {
		tips = append(tips, t.Tip)
	}
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
