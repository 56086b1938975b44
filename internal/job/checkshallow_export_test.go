package job

import (
	"context"

	"mgit/internal/git"
)

// RangeIsHere is rangeIsHere with names.
func RangeIsHere(ctx context.Context, repo *git.Repo, from, to string, a, b git.ID) error {
	return rangeIsHere(ctx, repo, rangeEnd{from, a}, rangeEnd{to, b})
}

// CommitIsNotHere is commitIsNotHere.
func CommitIsNotHere(repo *git.Repo, name string) error { return commitIsNotHere(repo, name) }
