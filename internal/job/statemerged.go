package job

import (
	"context"
	"errors"
	"slices"

	"mgit/internal/git"
)

// stateMerges are those of some commits that have a commit of the mgit branch among their parents, in the order
// of the commits.
func (s *Site) stateMerges(ctx context.Context, commits []*git.Commit) ([]git.ID, error) {
	var parents []git.ID
	for _, c := range commits {
		if len(c.Parents) > 1 {
			parents = append(parents, c.Parents...)
		}
	}
	ofState, err := s.ofState(ctx, parents)
	if err != nil || len(ofState) == 0 {
		return nil, err
	}
	var merges []git.ID
	for _, c := range commits {
		isOfState := func(p git.ID) bool { return ofState[p] }
		isOther := func(p git.ID) bool { return !ofState[p] }
		// What merges only commits of the mgit branch is one of its own.
		if len(c.Parents) > 1 && slices.ContainsFunc(c.Parents, isOfState) && slices.ContainsFunc(c.Parents, isOther) {
			merges = append(merges, c.ID)
		}
	}
	return merges, nil
}

// ofState tells which commits are of the mgit branch: those whose tree has its settings and no Moodle, and those that are in
// its history here, whatever they hold.
func (s *Site) ofState(ctx context.Context, ids []git.ID) (map[git.ID]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	store := s.Repo.Store()
	commits, err := store.Commits(ctx, ids)
	if err != nil {
		return nil, err
	}
	has := func(tree git.ID, path string) (bool, error) {
		_, err := store.Path(ctx, tree, path)
		if errors.Is(err, git.ErrNotFound) || tree == git.EmptyTree {
			return false, nil
		}
		return err == nil, err
	}
	of := make(map[git.ID]bool)
	var unclear []git.ID // no Moodle, and no settings either
	for _, c := range commits {
		isMoodle := false
		for _, path := range []string{"version.php", "public/version.php"} {
			found, err := has(c.Tree, path)
			if err != nil {
				return nil, err
			}
			isMoodle = isMoodle || found
		}
		if isMoodle {
			continue
		}
		isState, err := has(c.Tree, settingsFile)
		if err != nil {
			return nil, err
		}
		if isState {
			of[c.ID] = true
		} else {
			unclear = append(unclear, c.ID)
		}
	}
	if len(unclear) > 0 && s.shared != git.ZeroID {
		history, err := s.Repo.RevList(ctx, []git.ID{s.shared}, nil)
		if err != nil {
			return nil, err
		}
		for _, id := range history {
			of[id] = of[id] || slices.Contains(unclear, id)
		}
	}
	return of, nil
}

// mergesStateNow reports whether the merge that is going on has the mgit branch in it.
func (s *Site) mergesStateNow(ctx context.Context, merging []git.ID) (bool, error) {
	of, err := s.ofState(ctx, merging)
	return len(of) > 0 && slices.ContainsFunc(merging, func(id git.ID) bool { return of[id] }), err
}
