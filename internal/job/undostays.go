package job

import (
	"context"
	"fmt"
	"strings"

	"mgit/internal/journal"
)

// staying is a branch of a run that taking the run back must leave alone
// although its references alone do not tell.
type staying struct {
	group string
	LeftHere
}

// whatStays returns the branches of the run that somebody resolves in a worktree
// of this clone, and those that a later run went on with.
func whatStays(ctx context.Context, site *Site, run *journal.Run) ([]staying, error) {
	groups := movedGroups(run)
	benches, err := site.benches(ctx)
	if err != nil {
		return nil, err
	}
	var all []staying
	for _, b := range benches {
		if groups[b.record.Branch] {
			all = append(all, staying{b.record.Branch, LeftHere{parkedRef(b.record.NewName), "being resolved in " + b.path}})
		}
	}
	later, err := journal.Runs(ctx, site.Repo)
	if err != nil {
		return nil, err
	}
	undone := make(map[int]bool)
	for i := len(later) - 1; i >= 0 && later[i].Number > run.Number; i-- {
		r := &later[i]
		if undone[r.Number] {
			continue
		}
		if r.Undoes != 0 {
			undone[r.Undoes] = true
			continue
		}
		moved := movedGroups(r)
		named := make(map[string]bool)
		// A new branch says more than that its parked part is gone.
		for _, isBranch := range []bool{true, false} {
			for _, m := range r.Moves {
				if m.IsVerify() || strings.HasPrefix(m.Ref, "refs/heads/") != isBranch || named[m.Group] || !moved[m.Group] || !groups[m.Group] {
					continue
				}
				named[m.Group] = true
				all = append(all, staying{m.Group, LeftHere{m.Ref, fmt.Sprintf("run %d has moved it since", r.Number)}})
			}
		}
	}
	return all, nil
}
