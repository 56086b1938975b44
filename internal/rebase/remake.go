package rebase

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// remake merges the parents of every merge once more, each with the attributes
// of its first parent, as Git did when the merge was made. All that share
// their attributes are asked about at once.
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
					m.Err = err // an object is missing: that concerns this branch
				}
				remade[c.ID] = m
				continue
			}
			attributes, err := r.attributesOf(ctx, b, c)
			if err != nil {
				remade[c.ID] = git.Merged{Err: err}
				continue
			}
			byAttributes[attributes] = append(byAttributes[attributes], c)
		}
	}
	for attributes, commits := range byAttributes {
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

// attributesOf returns the tree whose attributes the merge c of branch b was made
// with. Most merges of a site have those of the release it stands on; its
// tree serves them all then, and they are asked about together.
func (r *run) attributesOf(ctx context.Context, b Branch, c *git.Commit) (git.ID, error) {
	first, err := r.objects.Commit(ctx, c.Parents[0])
	if err != nil {
		return git.ZeroID, fmt.Errorf("read a parent of %s: %w", c.ID, err)
	}
	if b.Base == git.ZeroID {
		return first.Tree, nil
	}
	base, err := r.objects.Commit(ctx, b.Base)
	if err != nil {
		return git.ZeroID, fmt.Errorf("read base %s: %w", b.Base, err)
	}
	other, err := changesAttributes(ctx, r.objects, base.Tree, first.Tree)
	if err != nil {
		return git.ZeroID, fmt.Errorf("compare the attributes of %s: %w", c.Parents[0], err)
	}
	if other {
		return first.Tree, nil
	}
	return base.Tree, nil
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
	if errors.Is(m.Err, git.ErrCrash) {
		// Git cannot say what it would leave. All that the merge brought to its
		// first parent counts as made by hand; what the other parents'
		// commits bring as well is the same twice, which merges clean.
		first, err := r.objects.Commit(ctx, c.Parents[0])
		if err != nil {
			return git.ZeroID, err
		}
		return first.Tree, nil
	}
	before := m.Tree
	if m.Clean || m.Err != nil {
		return before, m.Err
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
