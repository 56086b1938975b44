package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/corehack"
	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/remote"
	"mgit/internal/tree"
)

// publicJudge says what of a branch must not be seen by the community although its
// record is public. It looks at the commits that a push would publish and at
// nothing else, and it is read once for all branches of a push.
type publicJudge struct {
	site  *Site
	rules *remote.ContentRules
	// upstream are the tips of what is Moodle's for sure.
	upstream []git.ID
	// state are the commits of the mgit branch, stateFiles the files that it ever had.
	state, stateFiles map[git.ID]bool
	owners            *owners
}

// newPublicJudge reads the rules and whose commits are whose.
func newPublicJudge(ctx context.Context, site *Site) (*publicJudge, error) {
	if site.Repo.Shallow() {
		return nil, &Refusal{ID: "shallow", Text: "the clone is shallow, so that nobody can tell which commits a push would publish"}
	}
	rules, err := site.contentRules()
	if err != nil {
		return nil, err
	}
	j := &publicJudge{site: site, rules: rules, upstream: site.surelyUpstream()}
	if err := j.readState(ctx); err != nil {
		return nil, err
	}
	j.owners, err = site.readOwners(ctx, j.upstream)
	return j, err
}

// contentRules are what the settings say of texts and paths.
func (s *Site) contentRules() (*remote.ContentRules, error) {
	public := s.Config.Public
	paths, err := corehack.ParsePatterns(public.InternalPaths)
	if err != nil {
		return nil, fmt.Errorf("public.internal_paths: %w", err)
	}
	return remote.NewContentRules(public.InternalTickets, public.InternalWords, paths)
}

// surelyUpstream are the branches of remotes that are Moodle's. A tag can be made
// by anybody under a name of Moodle's, so tags count only where there is no such
// branch.
func (s *Site) surelyUpstream() []git.ID {
	if tips := s.upstreamBranches(); len(tips) > 0 {
		return tips
	}
	return s.refs.upstream(s.upstream)
}

// upstreamBranches are the tips of Moodle's branches as they were fetched.
func (s *Site) upstreamBranches() []git.ID {
	var tips []git.ID
	for _, r := range s.refs.refs {
		isTheirs := slices.ContainsFunc(s.upstream, func(name string) bool { return strings.HasPrefix(r.Name, "refs/remotes/"+name+"/") })
		if isTheirs && r.Symref == "" && r.Peeled != git.ZeroID {
			tips = append(tips, r.Peeled)
		}
	}
	return tips
}

// readState reads the commits of the mgit branch and the files of all of them, here
// and where it was fetched from.
func (j *publicJudge) readState(ctx context.Context) error {
	j.state, j.stateFiles = make(map[git.ID]bool), make(map[git.ID]bool)
	var tips []git.ID
	for _, r := range j.site.refs.refs {
		name, isTheirs := cutRemote(r.Name)
		if (isTheirs && name == "mgit" || isState(r.Name)) && r.Peeled != git.ZeroID && !strings.HasPrefix(r.Name, "refs/mgit/") {
			tips = append(tips, r.Peeled)
		}
	}
	ids, err := j.site.Repo.RevList(ctx, tips, nil)
	if err != nil {
		return err
	}
	store := j.site.Repo.Store()
	commits, err := store.Commits(ctx, ids)
	if err != nil {
		return err
	}
	trees := make(map[git.ID]git.ID, len(commits))
	for _, c := range commits {
		j.state[c.ID] = true
		trees[c.ID] = c.Tree
	}
	for _, c := range commits {
		before := git.ZeroID
		if len(c.Parents) > 0 {
			before = trees[c.Parents[0]]
		}
		err := tree.Diff(ctx, store, before, c.Tree, func(change tree.Change) error {
			if change.To.Mode != 0 {
				j.stateFiles[change.To.ID] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// emptyBlob is the id of the empty file, which says nothing about where it is from.
const emptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"

// leaks lists why what tip has and neither upstream nor the remote has (its
// tips are has) must not be published; none when nothing is against it.
func (j *publicJudge) leaks(ctx context.Context, tip git.ID, has []git.ID) ([]string, error) {
	known, err := j.site.present(ctx, has)
	if err != nil {
		return nil, err
	}
	ids, err := j.site.Repo.RevList(ctx, []git.ID{tip}, slices.Concat(j.upstream, known))
	if err != nil {
		return nil, err
	}
	commits, err := j.site.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return nil, err
	}
	slices.Reverse(commits) // oldest first: that is where a leak began
	var found []string
	published := newChangePrints()
	for _, c := range commits {
		if reason := j.whose(c.ID); reason != "" {
			found = append(found, fmt.Sprintf("commit %s %s", shortID(c.ID), reason))
			continue
		}
		words, err := j.site.wordsOf(ctx, c)
		if err != nil {
			return nil, err
		}
		if reason := j.rules.Text(words); reason != "" {
			found = append(found, fmt.Sprintf("the message of commit %s holds %s", shortID(c.ID), reason))
		}
		changes, err := j.site.changesOf(ctx, c)
		if err != nil {
			return nil, err
		}
		for _, change := range changes {
			if reason := j.against(change); reason != "" {
				found = append(found, fmt.Sprintf("commit %s: %s: %s", shortID(c.ID), ShowPath(change.path), reason))
			}
		}
		published.add(c.ID, changes)
	}
	copied, err := j.copies(ctx, published)
	return append(found, copied...), err
}

func shortID(id git.ID) string { return id.String()[:10] }

// wordsOf is what a commit says: its message, in another encoding too, and its
// further headers, which hold the message of a tag that was merged.
func (s *Site) wordsOf(ctx context.Context, c *git.Commit) (string, error) {
	words := c.Message
	for _, h := range c.Extra {
		words += "\n" + h.Value
	}
	if c.Encoding == "" {
		return words, nil
	}
	out, err := s.Repo.Cmd("log", "-1", "--no-show-signature", "--encoding=UTF-8", "--format=%B", c.ID.String()).Output(ctx)
	if err != nil {
		return "", fmt.Errorf("read the message of commit %s: %w", c.ID, err)
	}
	return words + "\n" + string(out), nil
}

// whose says whose a commit is where the community must not see that.
func (j *publicJudge) whose(id git.ID) string {
	if j.state[id] {
		return "is of the mgit branch"
	}
	return j.owners.against(id)
}

// against says why the community must not see a change of a file.
func (j *publicJudge) against(c fileChange) string {
	if reason := j.rules.Path(c.path); reason != "" {
		return reason
	}
	if j.stateFiles[c.to.ID] && c.to.ID.String() != emptyBlob {
		return "a file of the mgit branch"
	}
	for _, text := range c.added {
		if reason := j.rules.Text(text); reason != "" {
			return "a line holds " + reason
		}
	}
	return ""
}

// present are those of ids that this clone has as commits.
func (s *Site) present(ctx context.Context, ids []git.ID) ([]git.ID, error) {
	var known []git.ID
	for _, id := range ids {
		if id == git.ZeroID {
			continue
		}
		commit, err := s.Repo.Resolve(ctx, id.String())
		if errors.Is(err, git.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		known = append(known, commit)
	}
	return known, nil
}

// fileChange is what a commit does to a file.
type fileChange struct {
	path  string
	from  git.TreeEntry
	to    git.TreeEntry
	added []string // lines, or whole files that are too long for that
	hunks []hunk.Hunk
}
