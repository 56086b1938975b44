package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"mgit/internal/branches"
	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// checkStaged judges the commit that would be made of the index now, with a message ("": it is not known yet), by the
// rules that are wanted; nil is all.
func (c *checker) checkStaged(ctx context.Context, message string, waivers []check.Waiver, wanted func(check.Rule) bool) (*Checked, error) {
	going, err := c.site.Repo.InProgress()
	if err != nil {
		return nil, err
	}
	if going.Merging, err = c.merging(ctx, going.Merging); err != nil {
		return nil, err
	}
	head, err := c.head(ctx)
	if err != nil {
		return nil, err
	}
	tree := git.EmptyTree
	if head != nil {
		tree = head.Tree
	}
	changes, err := c.site.stagedChanges(ctx)
	if err != nil {
		return nil, err
	}
	done := &Checked{What: CheckedStaged, Branch: shortBranch(going.Branch), Findings: []CheckFinding{}, Unused: []string{}, Notes: []string{}}
	if head != nil {
		done.From = ID(head.ID)
	}
	if c.request.As != "" {
		done.Branch = c.request.As
	}
	store := c.site.Repo.Store()
	base := treeFS{ctx: ctx, store: store, root: tree}
	subject := &check.Subject{
		Branch:     c.site.factsOf("refs/heads/" + done.Branch),
		Files:      stagedFiles(changes, done),
		Before:     base,
		Tree:       newStagedFS(base, changes),
		Committing: true,
		Merging:    len(going.Merging) > 0 || going.Picking != git.ZeroID || going.Reverting != git.ZeroID,
		Options:    c.site.checkOptions(),
	}
	subject.Published = c.published(ctx, subject.Branch)
	subject.Older = c.older(ctx, subject.Branch, func() (branches.Listing, error) { return c.listOthers(ctx, done.Branch) })
	if head != nil {
		subject.Justified = c.justified(ctx, subject.Branch, func() ([]git.ID, error) { return c.ownCommits(ctx, head.ID) })
	}
	done.isOpen = subject.Merging
	if message != "" {
		subject.Messages = []check.Message{{Text: message, Merge: len(going.Merging) > 0}}
	}
	if len(changes) == 0 && message == "" && !subject.Merging {
		return done, nil
	}
	merges, err := c.site.mergesStateNow(ctx, going.Merging)
	if err != nil {
		return nil, err
	}
	if merges {
		subject.StateMerged = []git.ID{git.ZeroID}
	}
	if subject.Targets, err = c.targetsNow(ctx, subject.Branch, head, going, message); err != nil {
		return nil, err
	}
	if err := c.compareWithParents(ctx, subject, going); err != nil {
		return nil, err
	}
	if head != nil {
		if err := c.placeBranch(ctx, subject, head.ID); err != nil {
			return nil, err
		}
	}
	return done, c.judgeBy(ctx, subject, done, waivers, wanted)
}

// merging are the commits of what is being merged. Of an annotated tag MERGE_HEAD has the tag itself: see
// "git merge v4.1.3", which is how somebody takes a release of Moodle into a branch.
func (c *checker) merging(ctx context.Context, named []git.ID) ([]git.ID, error) {
	if len(named) == 0 {
		return nil, nil
	}
	names := make([]string, len(named))
	for i, id := range named {
		names[i] = id.String()
	}
	commits, err := c.site.Repo.ResolveAll(ctx, names)
	if err != nil {
		return nil, err
	}
	for i, id := range commits {
		if id == git.ZeroID {
			return nil, fmt.Errorf("read what is being merged: %s is no commit", named[i])
		}
	}
	return commits, nil
}

// head is the commit that HEAD names, nil before the first one.
func (c *checker) head(ctx context.Context) (*git.Commit, error) {
	id := c.site.refs.commit("HEAD")
	if id == git.ZeroID {
		return nil, nil
	}
	return c.site.Repo.Store().Commit(ctx, id)
}

// stagedFiles are the files of the changes. What a merge has left open is no file yet, and is noted.
func stagedFiles(changes []git.IndexChange, done *Checked) []*check.File {
	files := make([]*check.File, 0, len(changes))
	unmerged := make(map[string]bool)
	for _, change := range changes {
		if change.Unmerged {
			unmerged[change.To.Name] = true
		}
	}
	for _, change := range changes {
		f := &check.File{Path: change.To.Name, Before: []check.Blob{{Mode: change.From.Mode, ID: change.From.ID}}}
		if change.From.Name != change.To.Name {
			f.From = change.From.Name
		}
		if change.To.Mode != 0 {
			f.After = check.Blob{Mode: change.To.Mode, ID: change.To.ID}
		}
		if !unmerged[f.Path] {
			files = append(files, f)
		}
	}
	if len(unmerged) > 0 {
		done.Notes = append(done.Notes, "not merged yet, and not judged: "+count(len(unmerged), "file"))
	}
	slices.SortFunc(files, func(a, b *check.File) int { return cmp.Compare(a.Path, b.Path) })
	return files
}

// ownCommits are the commits of a branch that are not upstream's, oldest first. A commit that is made is judged without a list of
// the references, which only this wants.
func (c *checker) ownCommits(ctx context.Context, tip git.ID) ([]git.ID, error) {
	refs, err := readSnapshot(ctx, c.site.Repo)
	if err != nil {
		return nil, err
	}
	ids, err := c.site.Repo.RevList(ctx, []git.ID{tip}, refs.upstream(c.site.upstream))
	slices.Reverse(ids)
	return ids, err
}

// compareWithParents leaves of a merge what differs from every parent: the rest was judged where it was made. A
// revert is compared with the commit that it goes back to as well, for it brings back what was there.
func (c *checker) compareWithParents(ctx context.Context, subject *check.Subject, going git.InProgress) error {
	others := going.Merging
	if going.Reverting != git.ZeroID {
		reverted, err := c.site.Repo.Store().Commit(ctx, going.Reverting)
		if err != nil {
			return err
		}
		others = append(slices.Clone(others), reverted.Parents...)
	}
	if len(others) == 0 {
		return nil
	}
	commits, err := c.site.Repo.Store().Commits(ctx, others)
	if err != nil {
		return fmt.Errorf("read what is being merged: %w", err)
	}
	return c.compareWith(ctx, subject, commits)
}

// compareWith leaves of the files those that differ from what the commits have, too.
func (c *checker) compareWith(ctx context.Context, subject *check.Subject, commits []*git.Commit) error {
	trees := make([]git.ID, len(commits))
	for i, commit := range commits {
		trees[i] = commit.Tree
	}
	var err error
	subject.Files, err = c.untaken(ctx, subject.Files, trees)
	return err
}

// readLayout is the layout of a tree, nil where that is no Moodle or cannot be read as one.
func readLayout(tree fs.FS) (*moodle.Layout, error) {
	layout, err := moodle.ReadLayout(tree)
	var format *moodle.FormatError
	if errors.Is(err, moodle.ErrNotMoodle) || errors.As(err, &format) {
		return nil, nil
	}
	return layout, err
}
