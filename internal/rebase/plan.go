package rebase

import (
	"context"
	"fmt"

	"mgit/internal/git"
)

// line is one branch on its way: the steps still to do and the commit that the
// next one goes onto.
type line struct {
	result     *Result
	attributes git.ID // tree whose .gitattributes its merges obey; zero: ours
	next       int
	on         git.ID
	waitingFor *pick // the merge Git is asked for, nil when the line can go on
}

// plan lists the steps of every branch. The merges inside the branches are
// made again, all in one question to Git, to see what people did in them.
func (r *run) plan(ctx context.Context) error {
	remade, err := r.remake(ctx)
	if err != nil {
		return err
	}
	onto, err := r.objects.Commit(ctx, r.request.Onto)
	if err != nil {
		return fmt.Errorf("read the new base: %w", err)
	}
	for i, b := range r.request.Branches {
		res := &r.results[i]
		res.Branch = b
		res.Tip = b.On
		if res.Tip == git.ZeroID {
			res.Tip = r.request.Onto
		}
		l := &line{result: res, on: res.Tip, attributes: onto.Tree}
		for _, c := range r.request.History.Of(b.Tip, b.Carried) {
			if err := r.addStep(ctx, l, c, remade); err != nil {
				res.Err = err
				break
			}
		}
		if err := r.chooseAttributes(ctx, l); err != nil && res.Err == nil {
			res.Err = err
		}
		r.lines = append(r.lines, l)
	}
	return nil
}

func (r *run) addStep(ctx context.Context, l *line, c *git.Commit, remade map[git.ID]git.Merged) error {
	step := Step{Old: c.ID, commit: c, Theirs: c.Tree, Fate: Waiting}
	switch len(c.Parents) {
	case 0:
		step.Base = git.EmptyTree
	case 1:
		parent, err := r.objects.Commit(ctx, c.Parents[0])
		if err != nil {
			return fmt.Errorf("read the parent of %s: %w", c.ID, err)
		}
		step.Base = parent.Tree
	default:
		l.result.Merges.In++
		m := remade[c.ID]
		if m.Err != nil {
			return fmt.Errorf("make merge %s again: %w", c.ID, m.Err)
		}
		if m.Tree == c.Tree {
			l.result.Merges.Clean++
			return nil
		}
		l.result.Merges.ByHand++
		step.ByHand = true
		step.Base = m.Tree
	}
	l.result.Steps = append(l.result.Steps, step)
	return nil
}

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
