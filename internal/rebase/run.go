package rebase

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/merge"
)

// Run replays every branch of the request and returns a result for each, in
// order. A conflict, or an object missing under one branch, is that branch's
// result; the error is for what stops all of them.
//
// Branches advance side by side. One that needs Git waits while the others go
// on; what waits is asked in few processes, since starting one costs more than
// most merges. Merges that may look for renames take a hundred times longer
// than others, so they start first and each in a process of its own.
func Run(ctx context.Context, objects Objects, request Request) ([]Result, error) {
	r := &run{
		objects: objects,
		request: request,
		jobs:    request.Jobs,
		results: make([]Result, len(request.Branches)),
		picks:   make(map[pickKey]*pick),
	}
	if r.jobs <= 0 {
		r.jobs = runtime.GOMAXPROCS(0)
	}
	if err := r.plan(ctx); err != nil {
		return nil, err
	}
	if err := r.replay(ctx); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.results, nil
}

type run struct {
	objects Objects
	request Request
	jobs    int
	results []Result
	lines   []*line

	lock  sync.Mutex
	picks map[pickKey]*pick
}

// replay drives all lines to their ends.
func (r *run) replay(ctx context.Context) error {
	type answer struct {
		picks []*pick
		err   error
	}
	answers := make(chan answer, r.jobs+1) // nobody waits to be heard, also where a panic ends this
	var asked crew.Group
	ask := func(picks []*pick) {
		a := answer{picks, errBroken}
		asked.Do(func() { a.err = r.askGit(ctx, picks) })
		answers <- a
	}

	ready := r.lines
	waiting := make(map[*pick][]*line)
	var slow, quick []*pick // not asked yet
	running := 0
	var failed error
	for {
		r.advanceAll(ctx, ready)
		for _, l := range ready {
			p := l.waitingFor
			if p == nil {
				r.finish(l)
				continue
			}
			waiting[p] = append(waiting[p], l)
			switch {
			case len(waiting[p]) > 1: // a stacked branch: asked already
			case p.reason.MayRename():
				slow = append(slow, p)
			default:
				quick = append(quick, p)
			}
		}
		ready = nil
		for ; failed == nil && running < r.jobs && len(slow) > 0; running++ {
			picks := slow[:1]
			asked.Go(func() { ask(picks) })
			slow = slow[1:]
		}
		for ; failed == nil && running <= r.jobs && len(quick) > 0; running++ {
			var batch []*pick
			batch, quick = nextBatch(quick, r.jobs-running)
			asked.Go(func() { ask(batch) })
		}
		if running == 0 {
			asked.Wait() // for nobody: it tells of a panic
			return failed
		}
		a := <-answers
		running--
		failed = errors.Join(failed, a.err)
		for _, p := range a.picks {
			p.known = true // here, where no line is advancing
			ready = append(ready, waiting[p]...)
			delete(waiting, p)
		}
		if failed != nil {
			ready = nil
		}
	}
}

// errBroken stands for the answer of an asking that ended in a panic, which follows.
var errBroken = errors.New("asking git ended in a panic")

// nextBatch takes from the queue what one process should answer: picks of one
// set of attributes, an even share of the free processes, but not so few that
// starting the process costs more than the merges.
func nextBatch(queue []*pick, free int) (batch, rest []*pick) {
	const worthAProcess = 4
	most := max(len(queue)/max(free, 1), worthAProcess)
	for _, p := range queue {
		if len(batch) < most && p.attributes == queue[0].attributes {
			batch = append(batch, p)
		} else {
			rest = append(rest, p)
		}
	}
	return batch, rest
}

// advanceAll lets every line go on until it is done or needs Git.
func (r *run) advanceAll(ctx context.Context, lines []*line) {
	next := make(chan *line)
	var all crew.Group
	for range min(r.jobs, len(lines)) {
		all.Go(func() {
			for l := range next {
				all.Do(func() { r.advance(ctx, l) })
			}
		})
	}
	for _, l := range lines {
		next <- l
	}
	close(next)
	all.Wait()
}

func (r *run) advance(ctx context.Context, l *line) {
	l.waitingFor = nil
	if l.result.Branch.Skip {
		return
	}
	for l.next < len(l.result.Steps) && l.result.Err == nil && !l.result.Parked() {
		step := &l.result.Steps[l.next]
		if step.Fate == Replaced {
			l.next++
			continue
		}
		p, err := r.pick(ctx, *step, l)
		if err != nil {
			l.result.Err = err
			return
		}
		if !p.known {
			l.waitingFor = p
			return
		}
		l.take(step, p)
	}
}

// take enters the outcome of a pick into the line.
func (l *line) take(step *Step, p *pick) {
	res := l.result
	step.Base, step.Theirs, step.Relocation = p.step.Base, p.step.Theirs, p.step.Relocation
	if p.err != nil {
		res.Err = p.err
		return
	}
	if len(p.conflicts) > 0 {
		res.Conflicts = p.conflicts
		return
	}
	res.Resolutions = append(res.Resolutions, p.used...)
	res.Rebuild = append(res.Rebuild, p.rebuild...)
	step.Fate = p.fate
	if p.fate == Kept {
		step.New = p.commit
		l.on = p.commit
		res.Tip = p.commit
	}
	l.next++
}

func (r *run) finish(l *line) {
	if r.request.Progress != nil {
		r.request.Progress(*l.result)
	}
}

// askGit answers the picks; they share their attributes.
func (r *run) askGit(ctx context.Context, picks []*pick) error {
	questions := make([]git.Merge, len(picks))
	for i, p := range picks {
		questions[i] = p.question
	}
	answers, err := r.objects.MergeTrees(ctx, picks[0].attributes, questions)
	if err != nil {
		return fmt.Errorf("merge: %w", err)
	}
	for i, p := range picks {
		if err := r.settle(ctx, p, answers[i]); err != nil {
			return err
		}
	}
	return nil
}

// identity is merge.Identity with the empty tree spelt out in its answer.
func (r *run) identity(ctx context.Context, base, ours, theirs git.ID) (git.ID, merge.Reason, error) {
	id, reason, err := merge.Identity(ctx, r.objects, base, ours, theirs)
	if id == git.ZeroID {
		id = git.EmptyTree
	}
	return id, reason, err
}
