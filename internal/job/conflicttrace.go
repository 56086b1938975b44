package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
	"mgit/internal/hunk"
)

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
	at := map[git.ID][]lines{t.history[0].id: {place}}
	follow := func(r traced, i int, here []lines) {
		if i < len(r.parents) {
			at[r.parents[i]] = join(append(at[r.parents[i]], back(here, r.hunks[i])...))
		}
	}
	var found []git.ID
	for _, r := range t.history {
		here, follows := at[r.id]
		if !follows || len(found) == mostUpstream {
			continue
		}
		same := slices.IndexFunc(r.hunks, func(hunks []hunk.Hunk) bool {
			return !slices.ContainsFunc(here, func(l lines) bool { return l.meets(hunks) })
		})
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

// back is where several places stood before the hunks.
func back(places []lines, hunks []hunk.Hunk) []lines {
	var old []lines
	for _, l := range places {
		old = append(old, l.back(hunks))
	}
	return old
}

// join makes one place of those that overlap or touch. Others stay apart: a commit may be reached on several
// ways, on which diffs have followed the same lines to different places, and what stands between these has
// nothing to do with them.
func join(places []lines) []lines {
	slices.SortFunc(places, func(a, b lines) int { return cmp.Or(a.first-b.first, a.end-b.end) })
	joined := places[:1]
	for _, l := range places[1:] {
		if last := &joined[len(joined)-1]; l.first <= last.end {
			last.end = max(last.end, l.end)
			continue
		}
		joined = append(joined, l)
	}
	return joined
}

// meets reports whether a hunk changes one of the lines, or removed what stood between or beside them.
func (l lines) meets(hunks []hunk.Hunk) bool {
	return slices.ContainsFunc(hunks, func(h hunk.Hunk) bool {
		n := linesOf(h)
		return l.overlaps(h) || n.first == n.end && n.first <= l.end && l.first <= n.end
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
		case l.overlaps(h):
			if !isMet {
				old.first = min(old.first, was.first)
			}
			old.end, isMet = max(was.end, l.end+shift), true
		case n.end <= l.first:
			old = lines{l.first + shift, l.end + shift}
		case n.first < l.first: // no lines, among those that the hunk has put in
			return lines{was.first, was.first}
		default:
			return old
		}
	}
	return old
}

// overlaps reports whether a hunk has changed lines of these, or removed some from between them.
//
// Where there are no lines, because they were removed or because nobody had added them yet, it is a hunk that
// left fewer lines there or beside than it found. Who only changed the line beside, which is the last "}" of a
// class as often as not, has nothing to do with what was added before it later.
func (l lines) overlaps(h hunk.Hunk) bool {
	n := linesOf(h)
	switch {
	case l.first == l.end && n.first < l.first && l.first < n.end:
		return len(h.Old) > 0
	case l.first == l.end:
		return n.first <= l.first && l.first <= n.end && len(h.Old) > len(h.New)
	case n.first == n.end:
		return l.first < n.first && n.first < l.end
	}
	return n.first < l.end && l.first < n.end
}
