package rebase

import (
	"context"

	"mgit/internal/git"
)

// NewStep is a step for tests that ask about commits without moving them.
func NewStep(c *git.Commit, base git.ID) Step {
	return Step{Old: c.ID, Base: base, Theirs: c.Tree, commit: c}
}

// Patches are equal for commits that make the same patch.
func Patches(ctx context.Context, r Runner, commits []git.ID) (map[git.ID][32]byte, error) {
	changes, err := readChanges(ctx, r, commits, place)
	all := make(map[git.ID][32]byte)
	for id, c := range changes {
		all[id] = c.patch
	}
	return all, err
}
