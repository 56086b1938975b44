package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
)

// ErrNoRun says that there is no run of that number.
var ErrNoRun = errors.New("no such run")

// Runs returns all runs, oldest first. Damaged ones are left out and reported:
// the error then holds a *DamagedError for each, and the rest is returned.
func Runs(ctx context.Context, repo *git.Repo) ([]Run, error) {
	refs, err := runRefs(ctx, repo)
	if err != nil {
		return nil, err
	}
	var runs []Run
	var faults []error
	for _, ref := range refs {
		run, err := read(ctx, repo.Store(), ref.name, ref.id)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		runs = append(runs, *run)
	}
	return runs, errors.Join(faults...)
}

// Read returns run n. The errors are ErrNoRun and *DamagedError.
func Read(ctx context.Context, repo *git.Repo, n int) (*Run, error) {
	refs, err := runRefs(ctx, repo)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if ref.number == n {
			return read(ctx, repo.Store(), ref.name, ref.id)
		}
	}
	return nil, fmt.Errorf("run %d: %w", n, ErrNoRun)
}

// numbered is a reference of the journal.
type numbered struct {
	number int
	name   string
	id     git.ID
}

// runRefs lists the journal's references by number. Names that are not ours
// ("refs/mgit/runs/old") are passed over.
func runRefs(ctx context.Context, repo *git.Repo) ([]numbered, error) {
	refs, err := repo.Refs(ctx, RunPrefix)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return runsAmong(refs), nil
}

// runsAmong picks the journal's own out of any references.
func runsAmong(refs []git.Ref) []numbered {
	var all []numbered
	for _, ref := range refs {
		n, err := strconv.Atoi(strings.TrimPrefix(ref.Name, RunPrefix))
		if err != nil || runRef(n) != ref.Name {
			continue
		}
		all = append(all, numbered{n, ref.Name, ref.ID})
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	return all
}
