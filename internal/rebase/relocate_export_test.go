package rebase

import (
	"context"

	"mgit/internal/git"
	"mgit/internal/layout"
)

// Misplaced is the engine's check of a relocated step, for what it has made of it.
func Misplaced(ctx context.Context, objects Objects, move *layout.Move, ours, merged git.ID) ([]Conflict, error) {
	s := Step{Relocation: &Relocation{move: move}}
	return s.misplaced(ctx, objects, ours, merged)
}
