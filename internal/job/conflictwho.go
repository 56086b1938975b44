package job

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/hunk"
)

// mostSlide is how many lines around a hunk are looked at where nobody has changed its own.
const mostSlide = 3

// mostUpstream is how many commits are named for a file that has no hunks, or for one hunk.
const mostUpstream = 20

// readUpstream names the commits of our side, of upstream or of the target, that changed what is in conflict.
func (r *conflictReader) readUpstream(ctx context.Context) error {
	if r.stop.to == git.ZeroID {
		return nil
	}
	changed, err := r.allChangers(ctx)
	if err != nil {
		return err
	}
	var all []git.ID // each once, described together: one git for all
	for _, c := range changed {
		all = append(all, c.file...)
	}
	order := func(a, b git.ID) int { return strings.Compare(a.String(), b.String()) }
	slices.SortFunc(all, order)
	all = slices.Compact(all)
	described, err := r.site.describeCommits(ctx, all)
	if err != nil {
		return err
	}
	find := func(ids []git.ID) []WhyCommit {
		commits := []WhyCommit{}
		for _, id := range ids {
			at, _ := slices.BinarySearchFunc(all, id, order)
			commits = append(commits, described[at])
		}
		return commits
	}
	for i := range r.detail.Files {
		f := &r.detail.Files[i]
		f.Upstream = find(changed[i].file)
		for n, ids := range changed[i].hunks {
			f.Hunks[n].Upstream = find(ids)
		}
	}
	return nil
}

// changers are the commits of our side that changed a file's hunks, or the file where it has none.
type changers struct {
	file  []git.ID
	hunks [][]git.ID
}

// allChangers finds those of every file. Git needs longest for this, and answers for each file by itself: as
// many are asked at a time as there are processors.
func (r *conflictReader) allChangers(ctx context.Context) ([]changers, error) {
	found, failed := make([]changers, len(r.detail.Files)), make([]error, len(r.detail.Files))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all crew.Group
	for i := range r.detail.Files {
		f := &r.detail.Files[i]
		if !strings.HasPrefix(f.Kind, "CONFLICT") {
			continue
		}
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if found[i], failed[i] = r.changers(ctx, f); failed[i] != nil {
				failed[i] = fmt.Errorf("find who changed %s: %w", ShowPath(f.Raw), failed[i])
			}
		})
	}
	all.Wait()
	return found, errors.Join(failed...)
}

func (r *conflictReader) changers(ctx context.Context, f *ConflictFile) (c changers, err error) {
	t := &tracer{site: r.site, paths: placesOf(f.Raw), from: r.stop.from, to: r.stop.to}
	if err := t.read(ctx); err != nil {
		return c, err
	}
	if len(f.Hunks) == 0 {
		for _, one := range t.history {
			c.file = append(c.file, one.id)
		}
		c.file = c.file[:min(len(c.file), mostUpstream)]
		return c, nil
	}
	ours, err := r.content(ctx, f.Ours)
	if err != nil {
		return c, err
	}
	at, err := t.fileAt(ctx, t.to)
	if err != nil {
		return c, err
	}
	own := hunk.Diff(at, ours) // what earlier commits of the branch have changed
	for _, h := range f.Hunks {
		place := lines{h.Ours.Start, h.Ours.Start + len(h.Ours.Lines)}.back(own)
		ids := t.trace(place)
		// Of a block that was removed among lines like its own, git may say that it stood a little further up or
		// down than in the merge.
		for far := 1; len(ids) == 0 && far <= mostSlide; far++ {
			ids = t.trace(lines{max(1, place.first-far), place.end + far})
		}
		c.hunks = append(c.hunks, ids)
		for _, id := range ids {
			if !slices.Contains(c.file, id) {
				c.file = append(c.file, id)
			}
		}
	}
	return c, nil
}

// placesOf are the paths that a file may have had before or after Moodle moved its code below public/.
func placesOf(name string) []string {
	if below, ok := strings.CutPrefix(name, "public/"); ok {
		return []string{name, below}
	}
	return []string{name, "public/" + name}
}

func (t *tracer) fileAt(ctx context.Context, commit git.ID) ([]byte, error) {
	if commit == git.ZeroID {
		return nil, nil
	}
	store := t.site.Repo.Store()
	c, err := store.Commit(ctx, commit)
	if err != nil {
		return nil, err
	}
	for _, path := range t.paths {
		e, err := store.Path(ctx, c.Tree, path)
		if errors.Is(err, git.ErrNotFound) || err == nil && !hasLines(e.Mode) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return store.Blob(ctx, e.ID)
	}
	return nil, nil
}

// describeCommits says what there is to know about commits, with the first release that has each.
func (s *Site) describeCommits(ctx context.Context, ids []git.ID) ([]WhyCommit, error) {
	all, err := s.describeOwn(ctx, ids)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	releases, err := s.firstReleases(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		all[i].Release = releases[id]
	}
	return all, nil
}

// describeOwn does so for commits that no release has: they are the site's own.
func (s *Site) describeOwn(ctx context.Context, ids []git.ID) ([]WhyCommit, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	commits, err := s.Repo.Store().Commits(ctx, ids)
	if err != nil {
		return nil, err
	}
	described, err := s.ownCommits(ctx, commits)
	if err != nil {
		return nil, err
	}
	all := make([]WhyCommit, len(ids))
	for i, d := range described {
		all[i] = WhyCommit{
			Commit: d.Commit, Author: d.Author, Date: d.Date, Subject: d.Subject,
			MDL: mdlNumber().FindString(commits[i].Message),
		}
	}
	return all, nil
}

// firstReleases names the first release of upstream that has each commit, as rebase does for what has landed;
// betas and candidates do not count.
func (s *Site) firstReleases(ctx context.Context, ids []git.ID) (map[git.ID]string, error) {
	args := []string{"name-rev", "--tags", "--refs=v[0-9]*", "--exclude=*-*"}
	for _, id := range ids {
		args = append(args, id.String())
	}
	out, err := s.Repo.Cmd(args...).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("name the releases of commits: %w", err)
	}
	releases := make(map[git.ID]string)
	for line := range strings.Lines(string(out)) {
		word, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		id, err := git.ParseID(word)
		if name = strings.TrimPrefix(name, "tags/"); err == nil && name != "undefined" {
			releases[id] = name[:strings.IndexAny(name+"~", "~^")]
		}
	}
	return releases, nil
}
