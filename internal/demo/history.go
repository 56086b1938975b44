package demo

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// file is a file of a tree: its Git mode and its bytes, or the target of a link.
type file struct {
	mode string
	data string
}

const (
	modeFile = "100644"
	modeExec = "100755"
	modeLink = "120000"
)

// person is who wrote or applied a change.
type person struct{ name, email string }

// meta is what a commit says besides its tree.
type meta struct {
	author    person
	authored  time.Time
	committer person
	committed time.Time
	message   string
	encoding  string // of author and message; "" is UTF-8
}

// commit is a commit that was written to the stream.
type commit struct {
	mark    int
	parents []*commit
	meta    meta
	edits   []edit
	changes map[string]*file // against the first parent; nil is gone
	moved   bool             // the code stands below public/
}

// file returns what stands at path, nil for nothing.
func (c *commit) file(path string) *file {
	for c != nil {
		if f, ok := c.changes[path]; ok {
			return f
		}
		c = c.first()
	}
	return nil
}

func (c *commit) first() *commit {
	if len(c.parents) == 0 {
		return nil
	}
	return c.parents[0]
}

// files returns the whole tree.
func (c *commit) files() map[string]*file {
	all := make(map[string]*file)
	for ; c != nil; c = c.first() {
		for path, f := range c.changes {
			if _, seen := all[path]; !seen {
				all[path] = f
			}
		}
	}
	maps.DeleteFunc(all, func(_ string, f *file) bool { return f == nil })
	return all
}

// since returns the edits that were made on the way from base to c, along first
// parents, oldest first.
func (c *commit) since(base *commit) []edit {
	var groups [][]edit
	for ; c != nil && c != base; c = c.first() {
		groups = append(groups, c.edits)
	}
	slices.Reverse(groups)
	return slices.Concat(groups...)
}

// history writes commits as a stream for `git fast-import`. After the first
// error it writes nothing more; err holds it.
type history struct {
	out  io.Writer
	ids  *ids
	last int // the last mark given
	err  error
}

// newHistory begins a history.
func newHistory(out io.Writer) *history {
	return &history{out: out, ids: newIDs()}
}

// continued goes on in another stream, which knows the marks of this one.
func (h *history) continued(out io.Writer) *history {
	return &history{out: out, ids: h.ids, last: h.last}
}

func (h *history) fail(format string, args ...any) {
	if h.err == nil {
		h.err = fmt.Errorf(format, args...)
	}
}

func (h *history) printf(format string, args ...any) {
	if h.err != nil {
		return
	}
	if _, err := fmt.Fprintf(h.out, format, args...); err != nil {
		h.fail("write history: %w", err)
	}
}

// data writes a counted text.
func (h *history) data(text string) {
	h.printf("data %d\n%s\n", len(text), text)
}

// commit writes a commit on parents, the first of which is edited, and moves ref
// to it.
func (h *history) commit(ref string, m meta, parents []*commit, edits ...edit) *commit {
	h.last++
	c := &commit{mark: h.last, parents: parents, meta: m, edits: edits, changes: make(map[string]*file)}
	if first := c.first(); first != nil {
		c.moved = first.moved
	}
	for _, e := range edits {
		if err := e.apply(c); err != nil {
			h.fail("commit %q on %s: %w", subject(m.message), ref, err)
		}
	}
	h.write(ref, c)
	return c
}

// pick writes the change of c again onto tip, as `git cherry-pick` does: the
// same author, date, message and edits.
func (h *history) pick(ref string, c, tip *commit, committer person, when time.Time) *commit {
	m := c.meta
	m.committer, m.committed = committer, when
	return h.commit(ref, m, []*commit{tip}, c.edits...)
}

// resolution is what a person did in a merge: the changes of theirs that were
// left out, and what took their place.
type resolution struct{ without, with []edit }

// merge writes the merge of theirs into ours; base is their merge base.
func (h *history) merge(ref string, m meta, ours, theirs, base *commit, byHand resolution) *commit {
	edits := append(mergeEdits(ours, theirs, base, byHand.without), byHand.with...)
	return h.commit(ref, m, []*commit{ours, theirs}, edits...)
}

// mergeEdits returns the edits that turn ours into the merge. A file that ours
// has left alone becomes theirs. On one that both have changed, theirs' edits
// are made again, which fails where they touch the same lines.
func mergeEdits(ours, theirs, base *commit, without []edit) []edit {
	made := make(map[string][]edit)
	for _, e := range theirs.since(base) {
		path := e.target(ours)
		made[path] = append(made[path], e)
	}
	var edits []edit
	for _, path := range slices.Sorted(maps.Keys(made)) {
		was, is, mine := base.file(path), theirs.file(path), ours.file(path)
		if same(was, is) || same(mine, is) {
			continue
		}
		again := slices.DeleteFunc(made[path], func(e edit) bool { return slices.Contains(without, e) })
		if same(mine, was) && len(without) == 0 && !gives(ours, again, path, is) {
			again = []edit{set(path, is)}
		}
		edits = append(edits, again...)
	}
	return edits
}

// gives tells whether the edits, made on tip, make the file at path what it
// should be. Edits are preferred to whole files because they can be made again
// elsewhere.
func gives(tip *commit, edits []edit, path string, want *file) bool {
	c := &commit{parents: []*commit{tip}, changes: make(map[string]*file), moved: tip.moved}
	for _, e := range edits {
		if e.apply(c) != nil {
			return false
		}
	}
	return same(c.file(path), want)
}

func same(a, b *file) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// write puts a finished commit into the stream.
func (h *history) write(ref string, c *commit) {
	h.printf("commit %s\nmark :%d\n", ref, c.mark)
	h.printf("author %s\ncommitter %s\n", signature(c.meta.author, c.meta.authored), signature(c.meta.committer, c.meta.committed))
	if c.meta.encoding != "" {
		h.printf("encoding %s\n", c.meta.encoding)
	}
	h.data(c.meta.message)
	for i, parent := range c.parents {
		h.printf("%s :%d\n", []string{"from", "merge"}[min(i, 1)], parent.mark)
	}
	h.changes(c)
	h.printf("\n")
}

// changes writes what c changes: first what goes, so that a folder can take a
// file's place.
func (h *history) changes(c *commit) {
	paths := slices.Sorted(maps.Keys(c.changes))
	for _, path := range paths {
		if c.changes[path] == nil && c.first().file(path) != nil {
			h.printf("D %s\n", path)
		}
	}
	for _, path := range paths {
		if f := c.changes[path]; f != nil {
			h.printf("M %s inline %s\n", f.mode, path)
			h.data(f.data)
		}
	}
}

// point makes ref point at c.
func (h *history) point(ref string, c *commit) {
	h.printf("reset %s\nfrom :%d\n\n", ref, c.mark)
}

// tag writes an annotated tag.
func (h *history) tag(name string, c *commit, tagger person, when time.Time, message string) {
	h.printf("tag %s\nfrom :%d\ntagger %s\n", name, c.mark, signature(tagger, when))
	h.data(message)
}

// signature is who and when, as commits and tags have it.
func signature(p person, t time.Time) string {
	return fmt.Sprintf("%s <%s> %d %s", p.name, p.email, t.Unix(), t.Format("-0700"))
}

func subject(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	return line
}
