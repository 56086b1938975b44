package clash

import (
	"context"
	"slices"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// readAhead reads what the views will want, a level of folders at a time: every
// question that git answers alone is a wait for another process, and on a busy
// machine that is most of what a comparison costs.
func (f *finder) readAhead(ctx context.Context, views []view) error {
	var commits []git.ID
	for _, v := range views {
		for _, id := range []git.ID{v.from, f.request.Branches[v.branch].Tip} {
			if id != git.ZeroID {
				commits = append(commits, id)
			}
		}
	}
	if _, err := f.objects.Commits(ctx, commits); err != nil {
		return err
	}
	level := make(map[[2]git.ID]bool)
	for _, v := range views {
		from, err := f.treeOf(ctx, v.from)
		if err != nil {
			return err
		}
		to, err := f.treeOf(ctx, f.request.Branches[v.branch].Tip)
		if err != nil {
			return err
		}
		level[[2]git.ID{from, to}] = true
	}
	for len(level) > 0 {
		below, err := f.readLevel(ctx, level)
		if err != nil {
			return err
		}
		level = below
	}
	return nil
}

// readLevel reads pairs of folders, and returns the pairs below them that differ.
func (f *finder) readLevel(ctx context.Context, level map[[2]git.ID]bool) (map[[2]git.ID]bool, error) {
	var ids []git.ID
	for pair := range level {
		if pair[0] != pair[1] {
			ids = append(ids, pair[0], pair[1])
		}
	}
	slices.SortFunc(ids, compareIDs)
	if err := f.objects.ReadTrees(ctx, slices.Compact(ids)); err != nil {
		return nil, err
	}
	below := make(map[[2]git.ID]bool)
	for pair := range level {
		if pair[0] == pair[1] {
			continue
		}
		var sides [2]git.Tree
		for i, id := range pair {
			var err error
			if sides[i], err = tree.Read(ctx, f.objects, id); err != nil {
				return nil, err
			}
		}
		err := tree.Zip(sides[:], func(_ string, at []tree.Node) error {
			if at[0].Dir != at[1].Dir {
				below[[2]git.ID{at[0].Dir, at[1].Dir}] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return below, nil
}
