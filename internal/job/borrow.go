package job

import (
	"context"

	"mgit/internal/git"
	"mgit/internal/remote"
)

// borrowShared has a clone without an mgit branch read that of a remote, as a clone is that CI makes: HEAD detached, and
// references of a remote only. It is the branch that `mgit init` would adopt, and counts as much as one that was
// adopted: it is data, and what opens a gate waits to be confirmed. The site's branches are then the ones of that remote;
// which role it has is not known by that, so that nothing is pushed there.
func (s *Site) borrowShared(ctx context.Context, request OpenRequest) error {
	from, tip, err := s.borrowable(ctx)
	if err != nil || tip == git.ZeroID {
		return err
	}
	s.shared = tip
	if err := s.load(ctx, request); err != nil {
		return err
	}
	if s.roles.FetchRole(from) == remote.None {
		s.internal = append(s.internal, from.Name)
	}
	return nil
}

// borrowable is the remote whose mgit branch is read, and its tip; zero where none was fetched. Remotes that are called
// internal come first; one that is called anything else has no mgit branch of this site's. Of two remotes that both have
// one the second counts only where it is newer.
func (s *Site) borrowable(ctx context.Context) (from remote.Remote, tip git.ID, err error) {
	var first, then []remote.Remote
	for _, r := range remotes(s.git) {
		if git.CheckName(r.Name) != nil {
			continue
		}
		switch s.roles.FetchRole(r) {
		case remote.Internal:
			first = append(first, r)
		case remote.None:
			then = append(then, r)
		}
	}
	all := append(first, then...)
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = "refs/remotes/" + r.Name + "/mgit"
	}
	ids, err := s.Repo.ResolveAll(ctx, names)
	if err != nil {
		return from, tip, err
	}
	for i, theirs := range ids {
		newer := tip == git.ZeroID
		if !newer && theirs != git.ZeroID {
			if newer, err = s.descends(ctx, theirs, tip); err != nil {
				return from, tip, err
			}
		}
		if newer && theirs != git.ZeroID {
			from, tip = all[i], theirs
		}
	}
	return from, tip, nil
}
