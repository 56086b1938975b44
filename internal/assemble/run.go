package assemble

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"mgit/internal/git"
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
	r := &run{objects: objects, request: request, onto: line, contents: make(contents), jobs: request.Jobs, mover: newMover(objects, request.Places)}
	if r.jobs <= 0 {
		r.jobs = runtime.GOMAXPROCS(0)
	}
	for i, s := range request.Steps {
		r.rest = request.Steps[i:]
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
	jobs    int
	onto    *onto
	merges  []Merge
	rest    []Step // this step and those after it

	mover    *mover
	contents contents
	foreseen bool // Git was asked about all steps once
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
// identity decides, with the help of what Git was asked before; otherwise Git
// makes it.
func (r *run) merge(ctx context.Context, m *Merge, met meeting) error {
	if len(met.bases) > 1 {
		r.onto.takeAttributes()
		return r.askGit(ctx, m, r.onto.attributes, git.Merge{Heads: [2]git.ID{r.onto.shadow, m.Tip}})
	}
	base := met.bases[0]
	in, err := r.sidesOf(ctx, base, m.Step)
	if err != nil {
		m.fail(err)
		return nil
	}
	if len(in.unplaced) > 0 {
		m.unplace(in.unplaced)
		return nil
	}
	if err := r.mergeSides(ctx, m, base, in); err != nil {
		return err
	}
	return r.checkPlaces(ctx, m, in)
}

// mergeSides merges what a step does.
func (r *run) mergeSides(ctx context.Context, m *Merge, base git.ID, in sides) error {
	a, err := r.try(ctx, in)
	if err == nil && a.onlyFiles() {
		if err := r.foresee(ctx); err != nil {
			return err
		}
		a, err = r.try(ctx, in)
	}
	switch {
	case err != nil:
		m.fail(err)
		return nil
	case a.reason.Decided():
		m.Outcome, m.Tree = Clean, a.tree
		m.By = ByIdentity
		if a.known {
			m.By = ByContents
		}
		return nil
	}
	// This is what Git makes of the two heads, too, and the line need not be
	// written for it.
	return r.askGit(ctx, m, r.onto.attributesFor(a), r.question(base, m.Step, in))
}

func (r *run) askGit(ctx context.Context, m *Merge, attributes git.ID, question git.Merge) error {
	for _, id := range []git.ID{question.Heads[0], m.Tip} {
		if err := r.objects.Spill(ctx, id); err != nil {
			return err
		}
	}
	answers, err := r.objects.MergeTrees(ctx, attributes, []git.Merge{question})
	if err != nil {
		return fmt.Errorf("merge %s: %w", m.Name, err)
	}
	m.By = ByGit
	return r.settle(ctx, m, answers[0])
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
	changed, err := r.onto.moveTo(ctx, c, met)
	r.contents.forget(changed)
	return err
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

// Decider says who made the tree of a step. All of them make the one that Git makes.
type Decider uint8

// Who made the tree of a step.
const (
	ByNobody   Decider = iota // nothing was merged
	ByIdentity                // no content was merged
	ByContents                // identity, with Git's merges of single files
	ByGit
)
