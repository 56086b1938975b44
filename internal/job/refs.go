package job

import (
	"context"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/moodle"
)

// snapshot is the repository's references as one command saw them, read once.
type snapshot struct {
	refs []git.Ref
	ref  map[string]git.Ref
	// tagOf names commits by the upstream tag that points to them.
	tagOf map[git.ID]string
}

func snapshotPrefixes() []string {
	return []string{"refs/heads/", "refs/remotes/", "refs/tags/", "refs/mgit/parked/"}
}

func readSnapshot(ctx context.Context, repo *git.Repo) (*snapshot, error) {
	refs, err := repo.Refs(ctx, snapshotPrefixes()...)
	if err != nil {
		return nil, err
	}
	return newSnapshot(refs), nil
}

// readWithRuns is readSnapshot which lists the journal's references too, in one go.
func readWithRuns(ctx context.Context, repo *git.Repo) (s *snapshot, runs []git.Ref, err error) {
	all, err := repo.Refs(ctx, append(snapshotPrefixes(), journal.RunPrefix)...)
	if err != nil {
		return nil, nil, err
	}
	var refs []git.Ref
	for _, r := range all {
		if strings.HasPrefix(r.Name, journal.RunPrefix) {
			runs = append(runs, r)
		} else {
			refs = append(refs, r)
		}
	}
	return newSnapshot(refs), runs, nil
}

func newSnapshot(refs []git.Ref) *snapshot {
	s := &snapshot{refs: refs, ref: make(map[string]git.Ref, len(refs)), tagOf: make(map[git.ID]string)}
	for _, r := range refs {
		s.ref[r.Name] = r
		if name, ok := strings.CutPrefix(r.Name, "refs/tags/"); ok && isUpstreamTag(name) {
			s.tagOf[r.Peeled] = name
		}
	}
	return s
}

// IsUntouched reports whether all references are what they were when the site
// was opened. When that cannot be found out they are not. It may be asked of a
// site that is closed.
func (s *Site) IsUntouched(ctx context.Context) bool {
	now, err := s.Repo.Refs(ctx, snapshotPrefixes()...)
	return err == nil && slices.Equal(now, s.refs.refs)
}

// isUpstreamTag reports whether a tag is one of Moodle's releases. The site's
// own release tags are not.
func isUpstreamTag(name string) bool {
	_, err := moodle.ParseTag(name)
	return err == nil
}

// commit is the commit a reference names, zero when there is no such reference.
func (s *snapshot) commit(ref string) git.ID { return s.ref[ref].Peeled }

// describe names a commit for a report.
func (s *snapshot) describe(id git.ID) Commit { return Commit{Tag: s.tagOf[id], Commit: ID(id)} }

// upstream returns the tips of all that is upstream's: the branches of its
// remotes and Moodle's release tags.
func (s *snapshot) upstream(remotes []string) []git.ID {
	var tips []git.ID
	for _, r := range s.refs {
		if r.Peeled != git.ZeroID && r.Symref == "" && isUpstreamRef(r.Name, remotes) {
			tips = append(tips, r.Peeled)
		}
	}
	slices.SortFunc(tips, func(a, b git.ID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(tips)
}

func isUpstreamRef(name string, remotes []string) bool {
	if tag, ok := strings.CutPrefix(name, "refs/tags/"); ok {
		return isUpstreamTag(tag)
	}
	return slices.ContainsFunc(remotes, func(remote string) bool {
		return strings.HasPrefix(name, "refs/remotes/"+remote+"/")
	})
}

// present finds a branch by its name: the local one, else that of the first
// internal remote that has it.
func (s *snapshot) present(name string, internal []string) (ref git.Ref, local, ok bool) {
	if r, ok := s.ref["refs/heads/"+name]; ok {
		return r, true, true
	}
	for _, remote := range internal {
		if r, ok := s.ref["refs/remotes/"+remote+"/"+name]; ok {
			return r, false, true
		}
	}
	return git.Ref{}, false, false
}

// listing parses the branches of the site out of the snapshot.
func (s *snapshot) listing(scheme *branches.Scheme, internal []string) branches.Listing {
	return scheme.List(s.refs, internal)
}
