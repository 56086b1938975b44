package assemble

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/merge"
)

// Run merges the steps of the request one after the other, each as
// `git merge --no-ff` would merge its tip into what the steps before it made of
// Onto. A step that conflicts is left out; so is one whose objects are missing,
// and one that requires a step before it that was left out. The error is for
// what stops them all.
//
// Of merges that can be fast-forwarded a commit is made as of all others: what
// the target is made of is read from these commits later.
func Run(ctx context.Context, objects Objects, bases Bases, request Request) (*Result, error) {
	line, err := standOn(ctx, objects, bases, request.History, request.Onto)
	if err != nil {
		return nil, err
	}
	r := &run{objects: objects, request: request, onto: line}
	for _, s := range request.Steps {
		m := Merge{Step: s, Tree: line.tree}
		if err := r.step(ctx, &m); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.merges = append(r.merges, m)
		if request.Progress != nil {
			request.Progress(m)
		}
	}
	return &Result{Merges: r.merges, Tip: line.tip, Tree: line.tree}, nil
}

type run struct {
	objects Objects
	request Request
	onto    *onto
	merges  []Merge
}

// step does one step. The error is for what stops the run.
func (r *run) step(ctx context.Context, m *Merge) error {
	met, err := r.onto.meet(ctx, m.Tip)
	switch {
	case err != nil:
		m.fail(fmt.Errorf("find the merge base: %w", err))
		return nil
	case met.has:
		m.Outcome = Unchanged
		return nil
	}
	if m.After = r.waitsFor(m.Step); m.After != "" {
		m.Outcome = Held
		return nil
	}
	if len(met.bases) == 0 {
		m.fail(errUnrelated)
		return nil
	}
	if err := r.merge(ctx, m, met); err != nil || m.Outcome != Clean && m.Outcome != Settled {
		return err
	}
	return r.commit(ctx, m, met)
}

// errUnrelated is what git refuses, too.
var errUnrelated = errors.New("its history and that of the target have no commit in common")

func (m *Merge) fail(err error) {
	m.Outcome, m.Err = Failed, fmt.Errorf("merge %s: %w", m.Name, err)
}

// merge makes the tree of a step: by identity where the merge base is one and
// identity decides, otherwise Git makes it.
func (r *run) merge(ctx context.Context, m *Merge, met meeting) error {
	question := git.Merge{Heads: [2]git.ID{r.onto.shadow, m.Tip}}
	see := []git.ID{r.onto.shadow, m.Tip}
	if len(met.bases) == 1 {
		id, reason, err := r.identity(ctx, met.bases[0], m.Tip)
		if err != nil {
			m.fail(err)
			return nil
		}
		if reason.Decided() {
			m.Outcome, m.Tree = Clean, id
			return nil
		}
		// What Git makes of the two heads, without their whole line to be written.
		question = git.Merge{Parent: met.bases[0], Commit: m.Tip, Ours: r.onto.tree}
		see = []git.ID{m.Tip}
	}
	for _, id := range see {
		if err := r.objects.Spill(ctx, id); err != nil {
			return err
		}
	}
	answers, err := r.objects.MergeTrees(ctx, r.onto.attributes, []git.Merge{question})
	if err != nil {
		return fmt.Errorf("merge %s: %w", m.Name, err)
	}
	return r.settle(ctx, m, answers[0])
}

// identity merges the tree of tip into that of the line over that of base, as
// far as identity decides, with the empty tree spelt out in its answer.
func (r *run) identity(ctx context.Context, base, tip git.ID) (git.ID, merge.Reason, error) {
	commits, err := r.objects.Commits(ctx, []git.ID{base, tip})
	if err != nil {
		return git.ZeroID, 0, err
	}
	id, reason, err := merge.Identity(ctx, r.objects, commits[0].Tree, r.onto.tree, commits[1].Tree)
	if id == git.ZeroID {
		id = git.EmptyTree
	}
	return id, reason, err
}

// commit makes the merge commit of a step and moves the line to it.
func (r *run) commit(ctx context.Context, m *Merge, met meeting) error {
	c := &git.Commit{
		Tree:      m.Tree,
		Parents:   []git.ID{r.onto.tip, m.Tip},
		Author:    r.request.Committer,
		Committer: r.request.Committer,
		Message:   r.request.Message(*m),
	}
	if r.request.Commit == nil {
		m.Commit = r.objects.PutCommit(c)
	} else {
		id, err := r.request.Commit(ctx, c)
		if err != nil {
			return fmt.Errorf("commit the merge of %s: %w", m.Name, err)
		}
		m.Commit = id
	}
	c.ID = m.Commit
	return r.onto.moveTo(ctx, c, met)
}

// waitsFor returns the step that was left out and that s requires, directly or
// through others; "" when there is none.
func (r *run) waitsFor(s Step) string {
	asked := make(map[string]bool)
	for queue := slices.Clone(s.Requires); len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if asked[name] {
			continue
		}
		asked[name] = true
		for _, m := range r.merges {
			switch {
			case m.Name != name:
			case m.Outcome == Held:
				return m.After
			case m.Outcome == Conflict || m.Outcome == Failed:
				return name
			default:
				queue = append(queue, m.Requires...)
			}
		}
	}
	return ""
}
