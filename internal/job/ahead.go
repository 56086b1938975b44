package job

import (
	"context"
	"os"
	"path/filepath"

	"mgit/internal/live"
)

// Ahead is the list of the files of a folder, on its way while the site is opened:
// both wait for the system, and neither needs the other. A nil Ahead is none.
type Ahead struct {
	path string
	tree func() (*live.Tree, error)
}

// ReadAhead begins to list the folder that arg means, as seen from dir. It is nil
// where arg is no folder.
func ReadAhead(ctx context.Context, dir, arg string, jobs int) *Ahead {
	if arg == "" {
		return nil
	}
	path := arg
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return nil
	}
	return &Ahead{path: path, tree: inBackground(func() (*live.Tree, error) {
		return live.Scan(ctx, path, live.Options{Jobs: jobs})
	})}
}

// take returns the listed tree of the folder at path; not ok when that is not the
// one.
func (a *Ahead) take(path string) (tree *live.Tree, ok bool, err error) {
	if a == nil || a.path != filepath.Clean(path) {
		return nil, false, nil
	}
	tree, err = a.tree()
	return tree, true, err
}
