package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
	"mgit/internal/hunk"
)

// mostUpstream is how many commits are named for a file that has no hunks, or for one hunk.
const mostUpstream = 20

// readUpstream names the commits of our side, of upstream or of the target, that changed what is in conflict.
func (r *conflictReader) readUpstream(ctx context.Context) error {
	if r.stop.to == git.ZeroID {
		return nil
	}
	named := make([][]git.ID, len(r.detail.Files))           // by file
	byHunk := make([][][]git.ID, len(r.detail.Files))        // by file and hunk
	var all []git.ID                                         // each once
	note := func(ids []git.ID) { all = append(all, ids...) } // described together: one git for all
	for i := range r.detail.Files {
		f := &r.detail.Files[i]
		if !strings.HasPrefix(f.Kind, "CONFLICT") {
			continue
		}
		var err error
		if named[i], byHunk[i], err = r.changers(ctx, f); err != nil {
			return fmt.Errorf("find who changed %s: %w", ShowPath(f.Raw), err)
		}
		note(named[i])
	}
	slices.SortFunc(all, func(a, b git.ID) int { return strings.Compare(a.String(), b.String()) })
	all = slices.Compact(all)
	described, err := r.site.describeCommits(ctx, all)
	if err != nil {
		return err
	}
	find := func(ids []git.ID) []WhyCommit {
		commits := []WhyCommit{}
		for _, id := range ids {
			at, _ := slices.BinarySearchFunc(all, id, func(a, b git.ID) int { return strings.Compare(a.String(), b.String()) })
			commits = append(commits, described[at])
		}
		return commits
	}
	for i := range r.detail.Files {
		f := &r.detail.Files[i]
		f.Upstream = find(named[i])
		for n := range byHunk[i] {
			f.Hunks[n].Upstream = find(byHunk[i][n])
		}
	}
	return nil
}

// changers are the commits of our side that changed a file's hunks, or the file where it has none.
func (r *conflictReader) changers(ctx context.Context, f *ConflictFile) (file []git.ID, hunks [][]git.ID, err error) {
	t := &tracer{site: r.site, paths: placesOf(f.Raw), from: r.stop.from, to: r.stop.to}
	if err := t.read(ctx); err != nil {
		return nil, nil, err
	}
	if len(f.Hunks) == 0 {
		for _, c := range t.history {
			file = append(file, c.id)
		}
		return file[:min(len(file), mostUpstream)], nil, nil
	}
	ours, err := r.content(ctx, f.Ours)
	if err != nil {
		return nil, nil, err
	}
	at, err := t.fileAt(ctx, t.to)
	if err != nil {
		return nil, nil, err
	}
	own := hunk.Diff(at, ours) // what earlier commits of the branch have changed
	for _, h := range f.Hunks {
		place := lines{h.Ours.Start, h.Ours.Start + len(h.Ours.Lines)}
		ids, err := t.trace(ctx, place.before(own))
		if err != nil {
			return nil, nil, err
		}
		hunks = append(hunks, ids)
		for _, id := range ids {
			if !slices.Contains(file, id) {
				file = append(file, id)
			}
		}
	}
	return file, hunks, nil
}

// placesOf are the paths that a file may have had before or after Moodle moved its code below public/.
func placesOf(name string) []string {
	if below, ok := strings.CutPrefix(name, "public/"); ok {
		return []string{name, below}
	}
	return []string{name, "public/" + name}
}

// tracer follows lines of a file back through the commits that changed it.
type tracer struct {
	site     *Site
	paths    []string // the first that a commit has is the file
	from, to git.ID   // history is what to has and from has not
	history  []revision
}

// read lists the commits that changed the file, each before its parents.
func (t *tracer) read(ctx context.Context) error {
	args := []string{"--literal-pathspecs", "rev-list", "--topo-order", "--parents", "-n", strconv.Itoa(mostRevisions), t.to.String()}
	if t.from != git.ZeroID {
		args = append(args, "^"+t.from.String())
	}
	out, err := t.site.Repo.Cmd(append(append(args, "--"), t.paths...)...).Output(ctx)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		var ids []git.ID
		for name := range strings.FieldsSeq(line) {
			id, err := git.ParseID(name)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		t.history = append(t.history, revision{ids[0], ids[1:]})
	}
	return nil
}

// trace lists the commits that changed lines of the file as the end of the history has it, or that removed
// what stood there; newest first. Merges only bring what their sides have done.
func (t *tracer) trace(ctx context.Context, place lines) ([]git.ID, error) {
	if len(t.history) == 0 {
		return nil, nil
	}
	at := map[git.ID]lines{t.history[0].id: place}
	var found []git.ID
	for _, r := range t.history {
		here, follows := at[r.id]
		if !follows || len(found) == mostUpstream {
			continue
		}
		file, err := t.fileAt(ctx, r.id)
		if err != nil {
			return nil, err
		}
		parents := r.parents
		if len(parents) == 0 {
			parents = []git.ID{git.ZeroID}
		}
		for _, parent := range parents {
			before, err := t.fileAt(ctx, parent)
			if err != nil {
				return nil, err
			}
			hunks := hunk.Diff(before, file)
			if len(r.parents) < 2 && here.meets(hunks) {
				found = append(found, r.id)
			}
			at[parent] = here.before(hunks)
		}
	}
	return found, nil
}

// meets reports whether a hunk changes one of the lines, or stands between them. Where there are no lines it
// is one that stands there.
func (l lines) meets(hunks []hunk.Hunk) bool {
	return slices.ContainsFunc(hunks, func(h hunk.Hunk) bool {
		n := linesOf(h)
		if l.first == l.end || n.first == n.end {
			return n.first <= l.end && l.first <= n.end
		}
		return n.first < l.end && l.first < n.end
	})
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
	releases, err := s.firstReleases(ctx, ids)
	if err != nil {
		return nil, err
	}
	all := make([]WhyCommit, len(ids))
	for i, d := range described {
		all[i] = WhyCommit{
			Commit: d.Commit, Author: d.Author, Date: d.Date, Subject: d.Subject,
			MDL: mdlNumber().FindString(commits[i].Message), Release: releases[ids[i]],
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
