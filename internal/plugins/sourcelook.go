package plugins

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/git"
)

// candidate is a tag or branch that may be a release.
type candidate struct {
	name     string
	isBranch bool
	commit   git.ID // peeled
}

func (c candidate) ref() string {
	if c.isBranch {
		return "heads/" + c.name
	}
	return "tags/" + c.name
}

// refspec fetches it below refs/seen, where nothing else is.
func (c candidate) refspec() string { return "+refs/" + c.ref() + ":refs/seen/" + c.ref() }

// look asks one repository.
func (f *Fetcher) look(ctx context.Context, s Source, before *Seen) (*Seen, error) {
	c, err := f.open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer c.close()
	seen := &Seen{Source: s, When: f.now}
	all, err := c.list(ctx, seen)
	if err != nil {
		return nil, err
	}
	if seen.Problem == "" {
		if err := c.readReleases(ctx, seen, all, before); err != nil {
			return nil, err
		}
		seen.sort()
	}
	if err := seen.write(c.dir); err != nil {
		return nil, fmt.Errorf("keep what was seen of %s: %w", s.Component, err)
	}
	return seen, nil
}

// list finds the tags and branches that the patterns describe, or says in seen what is
// wrong with the repository.
func (c *cache) list(ctx context.Context, seen *Seen) ([]candidate, error) {
	out, err := c.command("ls-remote", "--heads", "--tags", "origin").Timeout(c.limits.Timeout).Output(ctx)
	if err != nil {
		return nil, err
	}
	tags, heads := make(map[string]git.ID), make(map[string]git.ID)
	for line := range strings.Lines(string(out)) {
		hex, ref, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		id, err := git.ParseID(hex)
		if err != nil {
			seen.Problem = "its repository names objects in a way that mgit does not read: " + hex
			return nil, nil
		}
		if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
			heads[name] = id
		}
		if name, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
			tags[strings.TrimSuffix(name, "^{}")] = id // "v1^{}" comes after "v1", with its commit
		}
	}
	if len(tags)+len(heads) == 0 {
		seen.Problem = "its repository is empty"
		return nil, nil
	}
	all := c.source.choose(tags, heads, seen)
	if len(all) == 0 {
		seen.Problem = c.source.noMatch(len(tags), len(heads))
	}
	return all, nil
}

// choose applies the patterns, the newest tag by name first.
func (s Source) choose(tags, heads map[string]git.ID, seen *Seen) []candidate {
	var all []candidate
	glob := s.Tags
	if glob == "" && s.Branches == "" {
		glob = "*"
	}
	for name, id := range tags {
		if glob != "" && MatchTag(glob, name) {
			all = append(all, candidate{name, false, id})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int { return CompareTags(b.name, a.name) })
	if n := len(all); n > maxTags {
		all, seen.Omitted = all[:maxTags], n-maxTags
	}
	var tips []candidate
	for name, id := range heads {
		if ok, err := path.Match(s.Branches, name); s.Branches != "" && err == nil && ok {
			tips = append(tips, candidate{name, true, id})
		}
	}
	slices.SortFunc(tips, func(a, b candidate) int { return CompareTags(b.name, a.name) })
	return append(all, tips[:min(len(tips), maxTags)]...)
}

func (s Source) noMatch(tags, heads int) string {
	switch {
	case s.Tags == "" && s.Branches == "" && tags == 0:
		return fmt.Sprintf("its repository has no tag; which of its %d branches are releases can stand in plugins.toml (branches)", heads)
	case s.Tags == "" && s.Branches == "":
		return fmt.Sprintf("all of its %d tags are betas or other stages before a release; tags in plugins.toml can name them", tags)
	case s.Branches == "":
		return fmt.Sprintf("none of its %d tags is a release like %q", tags, s.Tags)
	case s.Tags == "":
		return fmt.Sprintf("none of its %d branches is like %q", heads, s.Branches)
	default:
		return fmt.Sprintf("none of its %d tags is a release like %q, and none of its %d branches is like %q", tags, s.Tags, heads, s.Branches)
	}
}

// readReleases fetches what is new and reads every candidate's version.php. Trees come
// first, and of the files only those.
func (c *cache) readReleases(ctx context.Context, seen *Seen, all []candidate, before *Seen) error {
	var fresh []candidate
	for _, each := range all {
		if r, ok := before.find(each); ok {
			seen.Releases = append(seen.Releases, r)
		} else {
			fresh = append(fresh, each)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	var refspecs []string
	for _, each := range fresh {
		refspecs = append(refspecs, each.refspec())
	}
	if err := c.forget(ctx, all); err != nil {
		return err
	}
	if err := c.fetch(ctx, refspecs, "--depth=1", "--filter=blob:none"); err != nil {
		return err
	}
	repo, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer repo.Close()
	releases := make([]Release, len(fresh))
	blobs := make([]git.ID, len(fresh))
	var commits []git.ID
	for i, each := range fresh {
		releases[i], blobs[i] = readRelease(ctx, repo, each)
		if releases[i].Problem == "" {
			commits = append(commits, releases[i].Commit)
		}
	}
	lacks, err := c.missing(ctx, commits...)
	if err != nil {
		return err
	}
	wanted := make(map[git.ID]bool)
	for _, id := range blobs {
		if lacks[id] {
			wanted[id] = true
		}
	}
	if err := c.bring(ctx, wanted, refspecs); err != nil {
		return err
	}
	return c.readVersions(ctx, seen, releases, blobs)
}

// forget deletes the references to what is no candidate any more: a tag that became a folder
// of tags would stand in their way. The objects stay.
func (c *cache) forget(ctx context.Context, all []candidate) error {
	out, err := c.command("for-each-ref", "--format=%(refname)", "refs/seen/").Output(ctx)
	if err != nil {
		return err
	}
	known := make(map[string]bool)
	for _, each := range all {
		known["refs/seen/"+each.ref()] = true
	}
	var deletes strings.Builder
	for _, ref := range strings.Fields(string(out)) {
		if !known[ref] {
			fmt.Fprintf(&deletes, "delete %s\n", ref)
		}
	}
	if deletes.Len() == 0 {
		return nil
	}
	return c.command("update-ref", "--stdin").Stdin([]byte(deletes.String())).Run(ctx)
}

// readVersions reads the version.php of releases through a git that sees what was
// fetched last.
func (c *cache) readVersions(ctx context.Context, seen *Seen, releases []Release, blobs []git.ID) error {
	repo, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer repo.Close()
	var ids []string
	for i, r := range releases {
		if r.Problem == "" {
			ids = append(ids, blobs[i].String())
		}
	}
	sizes, err := c.sizes(ctx, ids)
	if err != nil {
		return err
	}
	for i, r := range releases {
		if sizes[blobs[i].String()] > VersionLimit {
			r.Problem = "has a version.php of more than 1 MB"
		}
		if r.Problem == "" {
			if r.source, err = repo.Store().Blob(ctx, blobs[i]); err != nil {
				return err
			}
			r.judge(c.source.Component)
		}
		seen.Releases = append(seen.Releases, r)
	}
	return nil
}

// find returns what was seen of a candidate that has not changed.
func (s *Seen) find(c candidate) (Release, bool) {
	if s == nil {
		return Release{}, false
	}
	for _, r := range s.Releases {
		if r.Name == c.name && r.IsBranch == c.isBranch && r.Commit == c.commit {
			return r, true
		}
	}
	return Release{}, false
}

// readRelease reads commit and tree of a candidate and finds its version.php.
func readRelease(ctx context.Context, repo *git.Repo, c candidate) (Release, git.ID) {
	r := Release{Name: c.name, IsBranch: c.isBranch, Commit: c.commit}
	commit, err := repo.Store().Commit(ctx, c.commit)
	if err != nil {
		r.Problem = "is no commit"
		return r, git.ZeroID
	}
	r.Tree, r.When = commit.Tree, commit.Committer.When
	entry, err := repo.Store().Path(ctx, commit.Tree, "version.php")
	switch {
	case errors.Is(err, git.ErrNotFound):
		r.Problem = "has no version.php at the top of the repository"
	case err != nil:
		r.Problem = "cannot be read: " + err.Error()
	case entry.Mode != git.ModeFile && entry.Mode != git.ModeExec:
		r.Problem = "has a version.php that is no regular file"
	default:
		return r, entry.ID
	}
	return r, git.ZeroID
}
