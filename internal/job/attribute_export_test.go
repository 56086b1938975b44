package job

import (
	"context"

	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/moodle"
)

// Attribution is attribution for the tests that build repositories.
type Attribution struct{ *attribution }

func NewAttribution(ctx context.Context, site *Site, series moodle.Series) (Attribution, error) {
	a, err := site.attribution(ctx, series, site.releaseLike(ctx, series))
	return Attribution{a}, err
}

func (a Attribution) Touched(path string) []string             { return a.touched(path) }
func (a Attribution) Paths() []string                          { return a.paths() }
func (a Attribution) Target() string                           { return a.target() }
func (a Attribution) Bringing(path string, blob git.ID) string { return a.bringing(path, blob) }
func (a Attribution) Removing(path string) string              { return a.removing(path) }
func (a Attribution) Merged(branch string) bool                { return a.merged[branch] }
func (a Attribution) Changes(ctx context.Context, path string) ([]hunk.Change, error) {
	return a.changes(ctx, path)
}

func (a Attribution) DeployedChanges(ctx context.Context, path string) ([]hunk.Change, error) {
	return a.deployedChanges(ctx, path)
}

func (a Attribution) TargetFile(ctx context.Context, path string) ([]byte, error) {
	return a.targetFile(ctx, path)
}

func (a Attribution) CommitOf(ctx context.Context, path string, change hunk.Change, line string) (git.ID, error) {
	return a.commitOf(ctx, path, change, pieceOf(line), 0)
}

// pieceOf is a piece of one added line, or of none for "".
func pieceOf(line string) hunk.Piece {
	var p hunk.Piece
	if line != "" {
		p.New = []string{line}
	}
	return p
}
