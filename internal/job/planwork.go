package job

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
)

// PlanWork is what would become of the branches, and what that leaves for people.
type PlanWork struct {
	Branches int            `json:"branches"`
	Totals   map[string]int `json:"totals"`  // one key for each outcome
	Efforts  map[string]int `json:"efforts"` // branches by effort
	// Files are the conflicts that somebody has to resolve: a file counts once for
	// each commit in which it conflicts. A commit that several branches share
	// counts once.
	Files int `json:"files"`
	// Settled are branches that arrive because of recorded resolutions.
	Settled int `json:"settled"`
	// ToDo lists the branches with an effort, the greatest first.
	ToDo []PlannedWork `json:"to_do"`
}

// PlannedWork is a branch that somebody has to do something about.
type PlannedWork struct {
	Name    string `json:"name"`
	NewName string `json:"new_name"`
	Outcome string `json:"outcome"`
	Effort  string `json:"effort"`
	// Commits and Files count conflicts, those behind the first included.
	Commits int      `json:"commits"`
	Files   int      `json:"files"`
	Why     []string `json:"why"`
	Paths   Paths    `json:"paths"`
}

// planWork replays the branches as triage does. Those that conflict are replayed
// once more with the conflicts passed by, to count what comes behind the first.
func planWork(ctx context.Context, p *RebasePlan) (*PlanWork, error) {
	report, err := p.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer report.Close()
	conflicts, err := p.conflictsBeyond(ctx, report)
	if err != nil {
		return nil, fmt.Errorf("look behind the first conflicts: %w", err)
	}
	work := &PlanWork{
		Branches: len(report.Branches), Totals: maps.Clone(report.Totals),
		Efforts: make(map[string]int), ToDo: []PlannedWork{},
	}
	delete(work.Totals, "branches")
	for _, e := range Efforts() {
		work.Efforts[e] = 0
	}
	for _, paths := range conflicts.paths {
		work.Files += len(paths)
	}
	for i, b := range report.Branches {
		if b.Outcome == upgrade.OutcomeResolved {
			work.Settled++
		}
		w := planBranch(b, conflicts.of(report.results[i]))
		work.Efforts[w.Effort]++
		if w.Effort != EffortNone {
			work.ToDo = append(work.ToDo, w)
		}
	}
	slices.SortStableFunc(work.ToDo, func(a, b PlannedWork) int {
		return cmp.Or(cmp.Compare(rankEffort(a.Effort), rankEffort(b.Effort)), cmp.Compare(b.Files, a.Files))
	})
	return work, nil
}

// planBranch says what there is to do about one branch.
func planBranch(b BranchReport, conflicts []stepConflict) PlannedWork {
	w := PlannedWork{Name: b.Name, NewName: b.NewName, Outcome: b.Outcome, Effort: EffortNone, Why: []string{}, Paths: Paths{}}
	look := func(why string) {
		w.Why = append(w.Why, why)
		if w.Effort == EffortNone {
			w.Effort = EffortLook
		}
	}
	switch b.Outcome {
	case upgrade.OutcomeConflict:
		for _, c := range conflicts {
			w.Commits++
			w.Files += len(c.paths)
			w.Paths = append(w.Paths, c.paths...)
		}
		if w.Commits == 0 { // somebody is resolving it, say
			w.Commits, w.Files = 1, len(b.Conflicts)
			for _, c := range b.Conflicts {
				w.Paths = append(w.Paths, string(c.Path))
			}
		}
		slices.Sort(w.Paths)
		w.Paths = slices.Compact(w.Paths)
		w.Effort = effortOf(w.Files)
		switch {
		case b.Release != nil:
			w.Why = append(w.Why, "its own changes meet "+b.Reason)
		case b.Reason != "":
			w.Why = append(w.Why, b.Reason)
		}
	case upgrade.OutcomeDiverged, upgrade.OutcomeFailed, upgrade.OutcomeMoved:
		w.Effort = EffortDecide
		w.Why = append(w.Why, b.Reason)
	case upgrade.OutcomeHeld:
		w.Effort = EffortDecide
		w.Why = append(w.Why, "held: "+cmp.Or(b.Reason, "nobody said why"))
	case upgrade.OutcomeResolved:
		look("recorded resolutions were used")
	}
	if n := evidenceIn(b); n > 0 && b.Outcome != upgrade.OutcomeLanded {
		look(upstreamHas(n, b.Commits.In))
	}
	if len(b.Rebuild) > 0 {
		look("generated files must be built again")
	}
	if b.Merges.ByHand > 0 {
		look("changes made by hand in merges are replayed as commits")
	}
	return w
}

func upstreamHas(n, of int) string {
	switch {
	case of == 1:
		return "upstream seems to have its commit"
	case n >= of:
		return fmt.Sprintf("upstream seems to have all its %d commits", of)
	}
	return fmt.Sprintf("upstream seems to have %d of its %d commits", n, of)
}

// evidenceIn counts the commits of a branch of which upstream seems to have its own.
func evidenceIn(b BranchReport) int {
	n := 0
	for _, l := range b.Landed {
		if l.How != rebase.ByEmpty && !l.Reverted {
			n++
		}
	}
	return n
}

// beyond collects the conflicts of a replay that passes them by.
type beyond struct {
	lock  sync.Mutex
	paths map[git.ID][]string // of the commits that conflict
}

type stepConflict struct {
	commit git.ID
	paths  []string
}

// of lists the conflicts of a branch in the order of its commits.
func (b *beyond) of(result rebase.Result) []stepConflict {
	var found []stepConflict
	for _, s := range result.Steps {
		if paths, ok := b.paths[s.Old]; ok {
			found = append(found, stepConflict{s.Old, paths})
		}
	}
	return found
}

// pass notes a conflict and takes the tree with the markers in it for the next
// commit to go onto. What is behind is then as likely to conflict as it will be
// with a resolution that nobody knows yet.
func (b *beyond) pass(c rebase.Unresolved) (rebase.Resolved, bool) {
	var paths []string
	generated := len(c.Merged.Conflicts) > 0
	for _, at := range c.Merged.Conflicts {
		paths = append(paths, at.Path)
		generated = generated && moodle.IsGenerated(at.Path)
	}
	if generated || c.Merged.Tree == git.ZeroID {
		return rebase.Resolved{}, false
	}
	slices.Sort(paths)
	b.lock.Lock()
	defer b.lock.Unlock()
	b.paths[c.Step.Old] = slices.Compact(paths)
	return rebase.Resolved{Tree: c.Merged.Tree}, true
}

// conflictsBeyond replays the branches that conflict with all conflicts passed by.
func (p *RebasePlan) conflictsBeyond(ctx context.Context, report *RebaseReport) (*beyond, error) {
	found := &beyond{paths: make(map[git.ID][]string)}
	again := *p
	again.branches = nil
	for i, d := range p.branches {
		if report.results[i].Parked() {
			again.branches = append(again.branches, d)
		}
	}
	if len(again.branches) == 0 {
		return found, nil
	}
	again.request.Progress, again.request.Evidence, again.request.beyond = nil, false, found
	run, err := again.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	// Where it stopped all the same, git crashed or a path has no certain place.
	for _, result := range run.results {
		for _, c := range result.Conflicts {
			if paths := found.paths[c.Commit]; !slices.Contains(paths, c.Path) {
				found.paths[c.Commit] = append(paths, c.Path)
			}
		}
	}
	return found, nil
}
