package pin

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/tree"
	"mgit/internal/upstream"
)

// diff calls visit for every path that two commits have differently; an absent
// side is the zero id. Commits that fit a tree alike differ in a few files, so
// this is much cheaper than looking at what they have.
func (f *finder) diff(ctx context.Context, a, b upstream.Commit, visit func(path string, from, to git.ID)) error {
	store := f.Repo.Store()
	commits, err := store.Commits(ctx, []git.ID{f.Index.ID(a), f.Index.ID(b)})
	if err != nil {
		return fmt.Errorf("compare two commits that fit: %w", err)
	}
	err = tree.Diff(ctx, store, commits[0].Tree, commits[1].Tree, func(c tree.Change) error {
		from, to := blobOf(c.From), blobOf(c.To)
		if from != to {
			visit(c.Path, from, to)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("compare %s with %s: %w", commits[0].ID, commits[1].ID, err)
	}
	return nil
}

// blobOf is what the index counts as a file: submodules are none.
func blobOf(e git.TreeEntry) git.ID {
	if e.Mode == git.ModeGitlink || e.Mode.IsTree() {
		return git.ZeroID
	}
	return e.ID
}

// list is all that a commit has.
func (f *finder) list(ctx context.Context, c upstream.Commit) (map[string]git.ID, error) {
	out, err := f.Repo.Cmd("ls-tree", "-r", "-z", "--full-tree", f.Index.ID(c).String()).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the files of the pin: %w", err)
	}
	files := make(map[string]git.ID, f.fit.Files(c))
	for line := range bytes.SplitSeq(out, []byte{0}) {
		// "100644 blob <id>\t<path>"
		head, path, ok := bytes.Cut(line, []byte{'\t'})
		fields := bytes.Fields(head)
		if !ok || len(fields) != 3 {
			if len(line) > 0 {
				return nil, errors.New("list the files of the pin: git ls-tree answers in another form")
			}
			continue
		}
		if string(fields[1]) != "blob" {
			continue
		}
		id, err := git.ParseID(string(fields[2]))
		if err != nil {
			return nil, fmt.Errorf("list the files of the pin: %w", err)
		}
		files[string(path)] = id
	}
	return files, nil
}

// paths are the files of the tree by path, read when they are first asked for.
func (f *finder) paths() map[string]git.ID {
	if f.byPath == nil {
		f.byPath = make(map[string]git.ID, f.fit.Known())
		for path, id := range f.Files {
			f.byPath[path] = id
		}
	}
	return f.byPath
}
