package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mgit/internal/git"
	"mgit/internal/tree"
	"mgit/internal/upstream"
)

// openIndex opens the index of all that is upstream's in this clone; see
// [Site.upstreamTips]. The error is a *UsageError where nothing is.
func (s *Site) openIndex(ctx context.Context, progress func(done, total int)) (*upstream.Index, error) {
	tips, err := s.upstreamTips(ctx)
	if err != nil {
		return nil, err
	}
	if len(tips) == 0 {
		return nil, &UsageError{
			Text: "this clone has nothing of Moodle's own history to compare with",
			Hint: "git remote add upstream https://github.com/moodle/moodle.git\ngit fetch upstream --tags",
		}
	}
	return upstream.Open(ctx, s.Repo, upstream.Request{Tips: tips, Progress: progress})
}

// isCutOff reports whether upstream's history ends where this clone does, because
// it is shallow.
func (s *Site) isCutOff(index *upstream.Index) (bool, error) {
	if !s.Repo.Shallow() {
		return false, nil
	}
	data, err := os.ReadFile(filepath.Join(s.Repo.CommonDir(), "shallow"))
	if errors.Is(err, fs.ErrNotExist) { // it was deepened meanwhile
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find out where the history ends: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if id, err := git.ParseID(strings.TrimSpace(line)); err == nil {
			if _, ok := index.Find(id); ok {
				return true, nil
			}
		}
	}
	return false, nil
}

// upstreamTips are the commits that upstream's history ends in: the branches of
// the remotes with the role upstream, and Moodle's release tags.
//
// A clone that is not set up for mgit has no roles. There, beside the tags, the
// remote counts that `mgit init` would propose; without one, the branches that
// Moodle has, of any remote, and of the clone itself when it has no remote, as a
// mirror does. Names do not tell whether a site has committed there: so only
// branches count that end as Moodle publishes them, in a commit that begins a
// build.
func (s *Site) upstreamTips(ctx context.Context) ([]git.ID, error) {
	tips := s.refs.upstream(s.upstream)
	if s.Scheme != nil || len(s.upstream) > 0 {
		return tips, nil
	}
	found, areOfficial := s.moodleRefs()
	if !areOfficial {
		var err error
		if found, err = s.builds(ctx, found); err != nil {
			return nil, err
		}
	}
	tips = append(tips, found...)
	slices.SortFunc(tips, compareIDs)
	return slices.Compact(tips), nil
}

// moodleBranch are the branches that Moodle publishes.
var moodleBranch = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(MOODLE_[0-9]+_STABLE|master|main)$`) })

// moodleRefs are the tips of branches that may be Moodle's in a clone without
// roles, with areOfficial true when they come from where Moodle publishes them.
func (s *Site) moodleRefs() (tips []git.ID, areOfficial bool) {
	all := (&InitPlan{site: s}).look(nil)
	if u := upstreamOf(all); u != nil {
		return s.moodleBranches("refs/remotes/" + u.Name + "/"), officialRank(u.Remote) >= byPath
	}
	for _, r := range all {
		tips = append(tips, s.moodleBranches("refs/remotes/"+r.Name+"/")...)
	}
	if len(tips) == 0 {
		tips = s.moodleBranches("refs/heads/")
	}
	return tips, false
}

// moodleBranches are the tips of the branches below a prefix that have names of
// Moodle's.
func (s *Site) moodleBranches(prefix string) []git.ID {
	var found []git.ID
	for _, r := range s.refs.refs {
		name, ok := strings.CutPrefix(r.Name, prefix)
		if ok && r.Symref == "" && r.Peeled != git.ZeroID && moodleBranch().MatchString(name) {
			found = append(found, r.Peeled)
		}
	}
	return found
}

// builds are those commits that begin a build: that have another version.php
// than all of their parents.
func (s *Site) builds(ctx context.Context, tips []git.ID) ([]git.ID, error) {
	commits, err := s.Repo.Store().Commits(ctx, tips)
	if err != nil {
		return nil, fmt.Errorf("look at the tips of branches: %w", err)
	}
	var found []git.ID
	for _, c := range commits {
		does, err := s.beginsBuild(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("look at the tip of a branch: %w", err)
		}
		if does {
			found = append(found, c.ID)
		}
	}
	return found, nil
}

func (s *Site) beginsBuild(ctx context.Context, c *git.Commit) (bool, error) {
	says, err := s.versionBlob(ctx, c)
	if err != nil || says == git.ZeroID {
		return false, err
	}
	for _, id := range c.Parents {
		p, err := s.Repo.Store().Commit(ctx, id)
		if errors.Is(err, git.ErrNotFound) { // the end of a shallow history
			continue
		}
		if err != nil {
			return false, err
		}
		if before, err := s.versionBlob(ctx, p); err != nil || before == says {
			return false, err
		}
	}
	return true, nil
}

// versionBlob is the version.php that a commit has, zero when it has none.
func (s *Site) versionBlob(ctx context.Context, c *git.Commit) (git.ID, error) {
	for _, path := range []string{"public/version.php", "version.php"} {
		at, err := tree.At(ctx, s.Repo.Store(), c.Tree, path)
		if err != nil || at.File.ID != git.ZeroID {
			return at.File.ID, err
		}
	}
	return git.ZeroID, nil
}

// mostHistory bounds the walk over a tree's own commits. No site has so many.
const mostHistory = 200_000

// historyOf are the upstream commits that the history of a tree stands on: of a
// ref, of this clone's work tree, or of whatever repository a folder has.
func (s *Site) historyOf(ctx context.Context, index *upstream.Index, t *openedTree) ([]git.ID, error) {
	if t.CommitID == git.ZeroID {
		return nil, nil
	}
	if _, ok := index.Find(t.CommitID); ok {
		return []git.ID{t.CommitID}, nil
	}
	edges, err := s.edges(ctx, index, t.CommitID)
	if errors.Is(err, git.ErrNotFound) && t.live != nil {
		// The folder is a clone of its own.
		stop := func(id git.ID) bool { _, ok := index.Find(id); return ok }
		id, err := t.live.History(ctx, stop)
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil || id == git.ZeroID {
			return nil, nil // it is broken, or strange: other evidence has to do
		}
		return []git.ID{id}, nil
	}
	return edges, err
}

// edges are the upstream commits below a commit of the site, without those that
// others of them reach. The index tells which commits are upstream's, so that
// only the site's own have to be walked. The error wraps git.ErrNotFound when
// the commit is not in this repository.
func (s *Site) edges(ctx context.Context, index *upstream.Index, from git.ID) ([]git.ID, error) {
	var found []upstream.Commit
	seen := map[git.ID]bool{from: true}
	next := []git.ID{from}
	for len(next) > 0 && len(seen) < mostHistory {
		commits, err := s.Repo.Store().Commits(ctx, next)
		if err != nil && len(seen) > 1 && errors.Is(err, git.ErrNotFound) {
			break // the end of a shallow history
		}
		if err != nil {
			return nil, err
		}
		next = nil
		for _, c := range commits {
			for _, p := range c.Parents {
				if seen[p] {
					continue
				}
				seen[p] = true
				if u, ok := index.Find(p); ok {
					found = append(found, u)
				} else {
					next = append(next, p)
				}
			}
		}
	}
	return ids(index, newest(index, found)), nil
}

// mostEdges bounds the commits of which the newest are found; the latest matter.
const mostEdges = 32

// newest are the commits that no other one reaches.
func newest(index *upstream.Index, all []upstream.Commit) []upstream.Commit {
	slices.SortFunc(all, func(a, b upstream.Commit) int { return cmp.Compare(b, a) })
	all = all[:min(len(all), mostEdges)]
	var kept []upstream.Commit
	for _, c := range all {
		if !slices.ContainsFunc(kept, func(k upstream.Commit) bool { return index.IsAncestor(c, k) }) {
			kept = append(kept, c)
		}
	}
	return kept
}

func ids(index *upstream.Index, commits []upstream.Commit) []git.ID {
	all := make([]git.ID, len(commits))
	for i, c := range commits {
		all[i] = index.ID(c)
	}
	return all
}
