package assemble

import (
	"context"
	"errors"
	"path"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// sameAttributes reports whether a checkout of both trees has the same
// .gitattributes files. As long as it has, one folder of them serves all merges.
func sameAttributes(ctx context.Context, r tree.Reader, a, b git.ID) (bool, error) {
	err := tree.Diff(ctx, r, a, b, func(c tree.Change) error {
		if path.Base(c.Path) == ".gitattributes" {
			return errOther
		}
		return nil
	})
	if errors.Is(err, errOther) {
		return false, nil
	}
	return err == nil, err
}

// errOther ends a walk that has found a difference.
var errOther = errors.New("the attributes differ")
