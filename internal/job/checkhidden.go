package job

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/tree"
)

// neverCommitted are the rules about what stays in history, and is fetched by everybody, when a later commit takes it
// out again.
func neverCommitted() []string { return []string{"secret", "config-file"} }

// touchedBy is what a commit changes in comparison with all its parents.
type touchedBy struct {
	commit *git.Commit
	files  []*check.File
}

// touched compares every commit with its parents. What a merge takes from one of them it does not touch.
func (c *checker) touched(ctx context.Context, commits []*git.Commit) ([]touchedBy, error) {
	store := c.site.Repo.Store()
	all := make([]touchedBy, 0, len(commits))
	for _, commit := range commits {
		trees := []git.ID{git.EmptyTree}
		if len(commit.Parents) > 0 {
			parents, err := store.Commits(ctx, commit.Parents)
			if err != nil {
				return nil, err
			}
			trees = trees[:0]
			for _, p := range parents {
				trees = append(trees, p.Tree)
			}
		}
		t := touchedBy{commit: commit}
		err := tree.Diff(ctx, store, trees[0], commit.Tree, func(change tree.Change) error {
			f := &check.File{Path: change.Path, Before: []check.Blob{{Mode: change.From.Mode, ID: change.From.ID}}}
			if change.To.Mode != 0 {
				f.After = check.Blob{Mode: change.To.Mode, ID: change.To.ID}
			}
			t.files = append(t.files, f)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if t.files, err = c.untaken(ctx, t.files, trees[1:]); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// untaken leaves out the files that are as one of the trees has them, and adds to the others what those have.
func (c *checker) untaken(ctx context.Context, files []*check.File, trees []git.ID) ([]*check.File, error) {
	kept := files[:0]
	for _, f := range files {
		same := false
		for _, root := range trees {
			e, err := c.site.Repo.Store().Path(ctx, root, f.Path)
			if err != nil && !errors.Is(err, git.ErrNotFound) {
				return nil, err
			}
			if err != nil || e.Mode.IsTree() {
				e = git.TreeEntry{}
			}
			f.Before = append(f.Before, check.Blob{Mode: e.Mode, ID: e.ID})
			same = same || e.Mode == f.After.Mode && e.ID == f.After.ID
		}
		if !same {
			kept = append(kept, f)
		}
	}
	return kept, nil
}

// judgeHidden looks for what must never have been committed in those versions of files that the end of the history
// does not have any more.
func (c *checker) judgeHidden(ctx context.Context, j *spanJudgement, wanted func(check.Rule) bool) error {
	type version struct {
		path string
		id   git.ID
	}
	seen := make(map[version]bool)
	subject, done := j.subject, j.done
	for _, f := range subject.Files {
		seen[version{f.Path, f.After.ID}] = true
	}
	weigh := c.site.severityFor(subject.Branch.Type)
	only := func(r check.Rule) check.Severity {
		if !slices.Contains(neverCommitted(), r.ID) || wanted != nil && !wanted(r) {
			return check.Off
		}
		return weigh(r)
	}
	for _, t := range j.touched {
		hidden := &check.Subject{Branch: subject.Branch, Tree: subject.Tree, Layout: subject.Layout, Options: subject.Options}
		for _, f := range t.files {
			at := version{f.Path, f.After.ID}
			if !f.IsDeleted() && !seen[at] {
				seen[at] = true
				hidden.Files = append(hidden.Files, f)
			}
		}
		if len(hidden.Files) == 0 {
			continue
		}
		result, err := check.Run(ctx, check.Request{Subject: hidden, Severity: only, Waivers: c.flagWaivers(j.waivers, t.commit.ID), Load: c.site.loadBlobs})
		if err != nil {
			return err
		}
		for _, f := range result.Findings {
			if f.Commit = t.commit.ID; c.isKnown(done, f) {
				continue
			}
			f.Text += " (in the history, and gone since)"
			f.Hint = "it stays in the history, which everybody fetches: take it out of the commit with `git rebase -i`, and make what it opened worthless"
			done.Findings = append(done.Findings, findingOf(f))
		}
	}
	slices.SortStableFunc(done.Findings, func(a, b CheckFinding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	return nil
}

// isKnown reports whether the end of the history has the finding, too.
func (c *checker) isKnown(done *Checked, f check.Finding) bool {
	path, _ := pathJSON(f.Path)
	return slices.ContainsFunc(done.Findings, func(known CheckFinding) bool {
		return known.Rule == f.Rule && known.Path == path && known.Text == f.Text
	})
}

// flagWaivers are those that were said on the command line, and those of one commit.
func (c *checker) flagWaivers(all []check.Waiver, commit git.ID) []check.Waiver {
	waivers := c.allowed()
	for _, w := range all {
		if w.Commit == commit {
			waivers = append(waivers, w)
		}
	}
	return waivers
}
