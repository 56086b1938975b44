package rebase

import (
	"context"
	"errors"
	"path"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// chooseAttributes makes the line obey its own attributes when one of its
// commits changes a .gitattributes file: a checkout would have them in place
// from that commit on. All other lines share those of the new base, which
// makes one folder and one process serve them all.
func (r *run) chooseAttributes(ctx context.Context, l *line) error {
	if l.on != r.request.Onto {
		l.attributes = git.ZeroID
		return nil
	}
	for _, s := range l.result.Steps {
		touched, err := changesAttributes(ctx, r.objects, s.Base, s.Theirs)
		if err != nil {
			return err
		}
		if touched {
			l.attributes = git.ZeroID
			return nil
		}
	}
	return nil
}

func changesAttributes(ctx context.Context, s tree.Reader, a, b git.ID) (bool, error) {
	err := tree.Diff(ctx, s, a, b, func(c tree.Change) error {
		if path.Base(c.Path) == ".gitattributes" {
			return errStop
		}
		return nil
	})
	if errors.Is(err, errStop) {
		return true, nil
	}
	return false, err
}

// errStop ends a walk that has found what it looked for.
var errStop = errors.New("found")
