package clash

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/merge"
)

// undecided returns the encounters that identity does not decide. Those that
// make Git look for renames come first: they take the longest.
func (f *finder) undecided(ctx context.Context, encounters []*encounter) ([]*encounter, error) {
	var slow, quick []*encounter
	for _, e := range encounters {
		reason := merge.DeletedOnOne // who knows
		if !e.anchor.several {
			var err error
			if _, reason, err = merge.Identity(ctx, f.objects, e.trees[0], e.trees[1], e.trees[2]); err != nil {
				return nil, err
			}
		}
		switch {
		case reason.Decided():
		case reason.MayRename():
			slow = append(slow, e)
		default:
			quick = append(quick, e)
		}
	}
	for _, some := range [][]*encounter{slow, quick} {
		slices.SortStableFunc(some, func(x, y *encounter) int { return compareIDs(x.attributes, y.attributes) })
	}
	return append(slow, quick...), nil
}

// askGit merges the encounters, several processes at a time.
func (f *finder) askGit(ctx context.Context, asks []*encounter) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := batches(asks, f.request.jobs())
	var lock sync.Mutex
	var done int
	take := func() []*encounter {
		lock.Lock()
		defer lock.Unlock()
		return next()
	}
	report := func(n int) {
		lock.Lock()
		defer lock.Unlock()
		done += n
		if f.request.Progress != nil {
			f.request.Progress(done, len(asks))
		}
	}
	var all crew.Group
	for range f.request.jobs() {
		all.Go(func() {
			for {
				batch := take()
				if len(batch) == 0 || ctx.Err() != nil {
					return
				}
				if err := f.askBatch(ctx, batch); err != nil {
					stop(err)
					return
				}
				report(len(batch))
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("merge pairs of branches: %w", err)
	}
	return nil
}

// batches hands the encounters out in runs with the same attributes, shorter the
// fewer are left, so that all processes end at about the same time. A process
// takes as long to start as for a few merges.
func batches(rest []*encounter, jobs int) func() []*encounter {
	const shortest, longest = 16, 256
	return func() []*encounter {
		size := min(len(rest), max(shortest, min(longest, len(rest)/(2*jobs))))
		n := 0
		for n < size && rest[n].attributes == rest[0].attributes {
			n++
		}
		batch := rest[:n]
		rest = rest[n:]
		return batch
	}
}

func (f *finder) askBatch(ctx context.Context, batch []*encounter) error {
	merges := make([]git.Merge, len(batch))
	for i, e := range batch {
		merges[i].Heads = [2]git.ID{f.request.Branches[e.A].Tip, f.request.Branches[e.B].Tip}
	}
	answers, err := f.objects.MergeTrees(ctx, batch[0].attributes, merges)
	if err != nil {
		return err
	}
	for i, e := range batch {
		e.answer = &answers[i]
	}
	return nil
}

// settle draws the conclusion.
func (e *encounter) settle() {
	switch {
	case len(e.Lines) > 0:
		e.Level = SameLine
	case len(e.Files) > 0:
		e.Level = File
	}
	if e.answer == nil || e.answer.Clean {
		return
	}
	e.Level, e.Conflicts, e.Err = Conflict, e.answer.Conflicts, e.answer.Err
	e.ByBase = e.Err == nil && len(e.Files) == 0 && e.clash == 0
}
