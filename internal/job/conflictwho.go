package job

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
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

// tracer follows lines of a file back through the commits that changed it.
type tracer struct {
	site     *Site
	paths    []string // that the file may have
	from, to git.ID   // history is what to has and from has not
	history  []traced
}

// traced is a commit that changed the file, with what it changed against each of its parents.
type traced struct {
	revision
	hunks [][]hunk.Hunk // by parent; of lines only how many there are
}

// read lists the commits that changed the file, each before its parents, with what they changed: one git for
// all of them. A file that moved below public/ is the same.
//
// Merges are simplified away as far as they bring nothing of their own. Without that a history of Moodle is
// hundreds of merges a file, since -m keeps all of them: they would be all that the most revisions have.
func (t *tracer) read(ctx context.Context) error {
	args := []string{
		"--literal-pathspecs", "log", "--topo-order", "--parents", "--simplify-merges", "-n", strconv.Itoa(mostRevisions), "--pretty=raw", "--no-notes",
		"--no-decorate", "--no-show-signature", "--patch", "-m", "--unified=0", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-color",
		"--no-indent-heuristic", t.to.String(),
	}
	if t.from != git.ZeroID {
		args = append(args, "^"+t.from.String())
	}
	out, err := t.site.Repo.Cmd(append(append(args, "--"), t.paths...)...).Output(ctx)
	if err != nil {
		return err
	}
	parent := 0 // that the lines are compared with
	for line := range strings.Lines(string(out)) {
		switch {
		case strings.HasPrefix(line, "commit "):
			if parent, err = t.commit(strings.TrimSpace(line)); err != nil {
				return err
			}
		case strings.HasPrefix(line, "@@ -") && len(t.history) > 0:
			h, err := t.hunkOf(line)
			if err != nil {
				return err
			}
			hunks := t.history[len(t.history)-1].hunks
			hunks[parent] = append(hunks[parent], h)
		}
	}
	return nil
}

// commit reads "commit ID PARENT…", and for a merge, which comes once for each parent that has the file
// otherwise, "(from PARENT)" behind it.
func (t *tracer) commit(line string) (parent int, err error) {
	head, from, _ := strings.Cut(strings.TrimPrefix(line, "commit "), " (from ")
	var ids []git.ID
	for name := range strings.FieldsSeq(head) {
		id, err := git.ParseID(name)
		if err != nil {
			return 0, t.unreadable(line)
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return 0, t.unreadable(line)
	}
	if n := len(t.history); n == 0 || t.history[n-1].id != ids[0] {
		t.history = append(t.history, traced{revision{ids[0], ids[1:]}, make([][]hunk.Hunk, max(1, len(ids)-1))})
	}
	if from == "" {
		return 0, nil
	}
	id, err := git.ParseID(strings.TrimSuffix(from, ")"))
	if parent = slices.Index(ids[1:], id); err != nil || parent < 0 {
		return 0, t.unreadable(line)
	}
	return parent, nil
}

func (t *tracer) unreadable(line string) error { return fmt.Errorf("git log answered %q", line) }

// hunkOf reads the head of a hunk: "@@ -12,3 +14 @@".
func (t *tracer) hunkOf(line string) (h hunk.Hunk, err error) {
	f := strings.Fields(line)
	if len(f) < 3 {
		return h, t.unreadable(line)
	}
	if h.OldStart, h.Old, err = patched(f[1]); err == nil {
		h.NewStart, h.New, err = patched(f[2])
	}
	if err != nil {
		return h, t.unreadable(line)
	}
	return h, nil
}

// patched reads one side of a hunk's head. Git numbers the line before where there are none.
func patched(word string) (start int, lines []string, err error) {
	first, many, isMany := strings.Cut(word[1:], ",")
	n := 1
	if isMany {
		if n, err = strconv.Atoi(many); err != nil {
			return 0, nil, err
		}
	}
	if start, err = strconv.Atoi(first); err == nil && n == 0 {
		start++
	}
	return start, make([]string, n), err
}

// trace lists the commits that changed lines of the file as the end of the history has it, or that removed
// what stood there; newest first. Merges only bring what their sides have done: where one side has the lines as
// they are, it is the one that is followed, as `git blame` does.
func (t *tracer) trace(place lines) []git.ID {
	if len(t.history) == 0 {
		return nil
	}
	at := map[git.ID]lines{t.history[0].id: place}
	follow := func(r traced, i int, here lines) {
		if i >= len(r.parents) {
			return
		}
		there := here.back(r.hunks[i])
		if before, known := at[r.parents[i]]; known {
			there = lines{min(before.first, there.first), max(before.end, there.end)}
		}
		at[r.parents[i]] = there
	}
	var found []git.ID
	for _, r := range t.history {
		here, follows := at[r.id]
		if !follows || len(found) == mostUpstream {
			continue
		}
		same := slices.IndexFunc(r.hunks, func(hunks []hunk.Hunk) bool { return !here.meets(hunks) })
		switch {
		case same >= 0:
			follow(r, same, here)
			continue
		case len(r.parents) < 2:
			found = append(found, r.id)
		}
		for i := range r.hunks {
			follow(r, i, here)
		}
	}
	return found
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

// back is where the lines stood before the hunks. What a hunk that overlaps them has replaced belongs to them;
// what was changed or removed beside them does not.
func (l lines) back(hunks []hunk.Hunk) lines {
	old := l
	isMet := false
	for _, h := range hunks {
		n, was := linesOf(h), lines{h.OldStart, h.OldStart + len(h.Old)}
		shift := was.end - n.end // of what comes after the hunk
		switch {
		case l.overlaps(n):
			if !isMet {
				old.first = min(old.first, was.first)
			}
			old.end, isMet = max(was.end, l.end+shift), true
		case n.end <= l.first:
			old = lines{l.first + shift, l.end + shift}
		default:
			return old
		}
	}
	return old
}

// overlaps reports whether lines are among these, or, of places without lines, stand between them. Where there
// are no lines it is what stands there or beside it.
func (l lines) overlaps(n lines) bool {
	switch {
	case l.first == l.end:
		return n.first <= l.end && l.first <= n.end
	case n.first == n.end:
		return l.first < n.first && n.first < l.end
	}
	return n.first < l.end && l.first < n.end
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
