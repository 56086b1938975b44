package job

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/tree"
)

// longFile is the size from which a file is not compared line by line: what is
// said of it is said of the whole.
const longFile = 8 << 20

// changedPaths lists the files that a commit changes: those that differ from all
// its parents, since a file that one parent has is that parent's.
func (s *Site) changedPaths(ctx context.Context, c *git.Commit) ([]fileChange, error) {
	store := s.Repo.Store()
	parents := []git.ID{git.ZeroID}
	if len(c.Parents) > 0 {
		commits, err := store.Commits(ctx, c.Parents)
		if err != nil {
			return nil, err
		}
		parents = parents[:0]
		for _, p := range commits {
			parents = append(parents, p.Tree)
		}
	}
	count := make(map[string]int)
	changes := make(map[string]fileChange)
	for _, p := range parents {
		err := tree.Diff(ctx, store, p, c.Tree, func(change tree.Change) error {
			count[change.Path]++
			if _, there := changes[change.Path]; !there {
				changes[change.Path] = fileChange{path: change.Path, from: change.From, to: change.To}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look at commit %s: %w", c.ID, err)
		}
	}
	maps.DeleteFunc(changes, func(path string, _ fileChange) bool { return count[path] < len(parents) })
	var all []fileChange
	for _, path := range slices.Sorted(maps.Keys(changes)) {
		all = append(all, changes[path])
	}
	return all, nil
}

// changesOf is changedPaths with what changes in the files. Of a merge it is
// what differs from the first parent, in files that differ from all.
func (s *Site) changesOf(ctx context.Context, c *git.Commit) ([]fileChange, error) {
	changes, err := s.changedPaths(ctx, c)
	if err != nil {
		return nil, err
	}
	for i := range changes {
		change := &changes[i]
		old, err := s.content(ctx, change.from)
		if err != nil {
			return nil, fmt.Errorf("read %s of commit %s: %w", ShowPath(change.path), c.ID, err)
		}
		now, err := s.content(ctx, change.to)
		if err != nil {
			return nil, fmt.Errorf("read %s of commit %s: %w", ShowPath(change.path), c.ID, err)
		}
		if len(old) > longFile || len(now) > longFile || hunk.IsBinary(now) || hunk.IsBinary(old) {
			change.added = []string{string(now)}
			change.hunks = []hunk.Hunk{{Old: []string{change.from.ID.String()}, New: []string{change.to.ID.String()}}}
			continue
		}
		change.hunks = hunk.Diff(old, now)
		for _, h := range change.hunks {
			change.added = append(change.added, strings.Join(h.New, ""))
		}
	}
	return changes, nil
}

// content is what a file, link or submodule holds; the commit of a submodule is
// elsewhere.
func (s *Site) content(ctx context.Context, e git.TreeEntry) ([]byte, error) {
	if e.Mode == 0 || e.Mode == git.ModeGitlink {
		return nil, nil
	}
	return s.Repo.Store().Blob(ctx, e.ID)
}
