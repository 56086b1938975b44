package assemble

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// Recalled is how a line settled a conflict that arises again.
type Recalled struct {
	Tree  git.ID
	Files []RecalledFile // one a path in conflict, by path
}

// RecalledFile is a settled path and the merge that settled it.
type RecalledFile struct {
	File
	Commit git.ID
}

// Recall settles a conflict as a merge of the line has settled the same one: the
// same three versions of every path, whatever branches brought them. It is false
// where the line never had one of them, and where Git did more than leave a path
// in conflict (renames, folders in the place of files). Generated files are not
// recalled: they are to be built again, and that must be said each time.
//
// The line must have been read with its contents.
func (l *Line) Recall(ctx context.Context, s tree.Store, m git.Merged) (Recalled, bool, error) {
	if m.Err != nil || m.Clean || len(m.Conflicts) == 0 {
		return Recalled{}, false, nil
	}
	r := Recalled{Tree: m.Tree}
	for _, c := range m.Conflicts {
		found, ok := l.recallPath(c, stagesOf(m.Stages, c.Path))
		if !ok {
			return Recalled{}, false, nil
		}
		var err error
		if r.Tree, err = tree.Set(ctx, s, r.Tree, c.Path, tree.File{Mode: found.Mode, ID: found.ID}); err != nil {
			return Recalled{}, false, fmt.Errorf("settle %s as before: %w", c.Path, err)
		}
		r.Files = append(r.Files, found)
	}
	return r, true, nil
}

// recallPath finds the newest merge of the line that had the conflict.
func (l *Line) recallPath(c git.Conflict, stages []git.Stage) (RecalledFile, bool) {
	if moodle.IsGenerated(c.Path) {
		return RecalledFile{}, false
	}
	switch c.Kind {
	case "CONFLICT (contents)", "CONFLICT (modify/delete)", "CONFLICT (add/add)", "CONFLICT (binary)":
	default:
		return RecalledFile{}, false
	}
	for _, k := range slices.Backward(l.Links) {
		if k.Err != nil || k.nothing || len(k.Hand) > 0 || !slices.Equal(stagesOf(k.stages, c.Path), stages) {
			continue
		}
		if i := slices.IndexFunc(k.Files, func(f File) bool { return f.Path == c.Path }); i >= 0 {
			return RecalledFile{File: k.Files[i], Commit: k.Commit.ID}, true
		}
	}
	return RecalledFile{}, false
}

// stagesOf are the versions of a path in conflict.
func stagesOf(all []git.Stage, path string) []git.Stage {
	return slices.DeleteFunc(slices.Clone(all), func(s git.Stage) bool { return s.Path != path })
}
