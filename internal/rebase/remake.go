package rebase

import (
	"context"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// remake merges the parents of every merge once more, each with the attributes
// of its first parent, as Git did when the merge was made.
func (r *run) remake(ctx context.Context) (map[git.ID]git.Merged, error) {
	remade := make(map[git.ID]git.Merged)
	byAttributes := make(map[git.ID][]*git.Commit)
	for _, b := range r.request.Branches {
		for _, c := range r.request.History.Of(b.Tip, b.Carried) {
			if _, known := remade[c.ID]; known || len(c.Parents) < 2 {
				continue
			}
			remade[c.ID] = git.Merged{}
			if len(c.Parents) > 2 {
				m, err := r.remakeOctopus(ctx, c)
				if err != nil {
					return nil, err
				}
				remade[c.ID] = m
				continue
			}
			// Most merges of a site stand on one release; one set of
			// attributes serves them all.
			attributes := b.Base
			byAttributes[attributes] = append(byAttributes[attributes], c)
		}
	}
	for base, commits := range byAttributes {
		attributes := git.EmptyTree
		if base != git.ZeroID {
			c, err := r.objects.Commit(ctx, base)
			if err != nil {
				return nil, fmt.Errorf("read base %s: %w", base, err)
			}
			attributes = c.Tree
		}
		questions := make([]git.Merge, len(commits))
		for i, c := range commits {
			questions[i] = git.Merge{Heads: [2]git.ID{c.Parents[0], c.Parents[1]}}
		}
		answers, err := r.objects.MergeTrees(ctx, attributes, questions)
		if err != nil {
			return nil, fmt.Errorf("make the merges of the branches again: %w", err)
		}
		for i, c := range commits {
			remade[c.ID] = answers[i]
		}
	}
	return remade, nil
}

// remakeOctopus makes a merge of three and more parents again. Git's octopus
// refuses conflicts, so what it recorded is the sum of clean merges, which
// here are taken against the first parent's base one after the other. Where
// that is not what was recorded, the difference counts as made by hand.
func (r *run) remakeOctopus(ctx context.Context, c *git.Commit) (git.Merged, error) {
	first, err := r.objects.Commit(ctx, c.Parents[0])
	if err != nil {
		return git.Merged{}, fmt.Errorf("read a parent of %s: %w", c.ID, err)
	}
	tree := first.Tree
	for _, p := range c.Parents[1:] {
		// The pairwise merge gives what this parent brings to the first;
		// laid over the first parent's tree it can be added to the sum.
		pair, err := r.objects.MergeTrees(ctx, first.Tree, []git.Merge{{Heads: [2]git.ID{c.Parents[0], p}}})
		if err != nil {
			return git.Merged{}, err
		}
		if pair[0].Err != nil || !pair[0].Clean {
			return pair[0], nil
		}
		sum, err := r.objects.MergeTrees(ctx, first.Tree, []git.Merge{{Base: first.Tree, Ours: tree, Theirs: pair[0].Tree}})
		if err != nil {
			return git.Merged{}, err
		}
		if sum[0].Err != nil || !sum[0].Clean {
			return sum[0], nil
		}
		tree = sum[0].Tree
	}
	return git.Merged{Tree: tree, Clean: true}, nil
}

// beforeHands is the tree from which a person made the recorded merge c: what
// Git leaves of the merge m. What c has beyond it is made by hand.
//
// Where Git found a conflict, it may leave one side as it was and no markers: a
// file that one side deleted and the other changed stays as the changed one.
// Keeping that is a decision like any other, and c looks as if nobody had taken
// it. There the tree has the site's own side, so that the decision shows.
func (r *run) beforeHands(ctx context.Context, c *git.Commit, m git.Merged) (git.ID, error) {
	before := m.Tree
	if m.Clean {
		return before, nil
	}
	const ours, theirs = 2, 3
	own := ours
	if !r.request.History.Owns(c.Parents[0]) {
		own = theirs
	}
	side := make(map[string]tree.File)
	for _, s := range m.Stages {
		if s.Stage == own {
			side[s.Path] = tree.File{Mode: s.Mode, ID: s.ID}
		}
	}
	for _, s := range m.Stages {
		left, err := tree.At(ctx, r.objects, m.Tree, s.Path)
		if err != nil {
			return before, err
		}
		recorded, err := tree.At(ctx, r.objects, c.Tree, s.Path)
		if err != nil {
			return before, err
		}
		if left != recorded || left.File == side[s.Path] {
			continue
		}
		if before, err = tree.Set(ctx, r.objects, before, s.Path, side[s.Path]); err != nil {
			return before, err
		}
	}
	if before == git.ZeroID {
		before = git.EmptyTree
	}
	return before, nil
}
