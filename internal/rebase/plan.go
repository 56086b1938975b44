package rebase

import (
	"context"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/tree"
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
	moves := newMover(r.objects, r.request, onto.Tree)
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
		for _, prepare := range []func(context.Context, *line) error{moves.relocate, r.chooseAttributes} {
			if err := prepare(ctx, l); err != nil && res.Err == nil {
				res.Err = err
			}
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
		var err error
		if step.Base, err = r.beforeHands(ctx, c, remade[c.ID]); err != nil {
			return fmt.Errorf("make merge %s again: %w", c.ID, err)
		}
		clean, err := tree.Same(ctx, r.objects, step.Base, c.Tree)
		if err != nil {
			return fmt.Errorf("compare merge %s: %w", c.ID, err)
		}
		if clean {
			l.result.Merges.Clean++
			return nil
		}
		l.result.Merges.ByHand++
		step.ByHand = true
	}
	if l.result.Branch.Replaced[c.ID] {
		step.Fate = Replaced
	}
	l.result.Steps = append(l.result.Steps, step)
	return nil
}
