package screen

import (
	"context"
	"fmt"

	"mgit/internal/job"
	"mgit/internal/journal"
)

// MadeByRun stands for a value that is not known before the run.
const MadeByRun = "made by this run"

// SharedMove is the move of the mgit branch by a run that enters something there.
func SharedMove(ctx context.Context, site *job.Site) (Move, error) {
	m := Move{Ref: journal.SharedRef, New: MadeByRun}
	if site == nil { // tests lend none
		return m, nil
	}
	tip, err := site.Repo.Resolve(ctx, journal.SharedRef)
	if err != nil {
		return m, fmt.Errorf("find the mgit branch: %w", err)
	}
	m.Old = tip.String()
	return m, nil
}
