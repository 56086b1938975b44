package job

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// readVersion reads version.php of a commit, from below public/ first as
// Moodle's release tools do.
func readVersion(ctx context.Context, s *git.Store, commit git.ID) (moodle.Version, error) {
	c, err := s.Commit(ctx, commit)
	if err != nil {
		return moodle.Version{}, err
	}
	for _, file := range []string{"public/version.php", "version.php"} {
		entry, err := s.Path(ctx, c.Tree, file)
		if errors.Is(err, git.ErrNotFound) {
			continue
		}
		if err != nil {
			return moodle.Version{}, err
		}
		data, err := s.Blob(ctx, entry.ID)
		if err != nil {
			return moodle.Version{}, err
		}
		return moodle.ParseVersion(data)
	}
	return moodle.Version{}, fmt.Errorf("commit %s %w", commit, errNoVersion)
}

// errNoVersion is wrapped by the error for a tree without version.php.
var errNoVersion = errors.New("has no version.php")

// isVersionless reports whether an error of [readVersion] is about the tree, which does
// not say which Moodle it is, and not about reading it.
func isVersionless(err error) bool {
	var format *moodle.FormatError
	return errors.Is(err, errNoVersion) || errors.Is(err, moodle.ErrNotCore) || errors.As(err, &format)
}
