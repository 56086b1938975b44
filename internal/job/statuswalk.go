package job

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"mgit/internal/git"
)

// walk lists the site's own commits with their parents, times and subjects, in one
// git process. It answers what [history.Read] asks.
//
// Which commits are not upstream's is a question about all of upstream: git has
// to go back from every tip of Moodle to the age of the oldest branch, tens of
// thousands of commits. So what was found is kept: the upstream commits that
// branches stand on, and the first own commits above them. While upstream's
// references stay the same, both stay true, and the next walk needs to go down
// to the former only. What it finds is the site's own as far as it stands on
// the latter:
//
//	UPSTREAM ── edge ── root ── … ── tip    a descendant of a commit that
//	                                        upstream cannot reach, upstream
//	                                        cannot reach either
//
// When something stands on anything else, a new branch for instance, all is
// walked once more.
type walk struct {
	repo    *git.Repo
	file    string // of what was found before; "" keeps nothing
	commits map[git.ID]*git.Commit
}

func newWalk(repo *git.Repo) *walk {
	w := &walk{repo: repo}
	if !repo.Shallow() { // where history is cut off, it can grow at its old end
		w.file = filepath.Join(repo.StateDir(), "cache", "own-commits")
	}
	return w
}

// RevList lists the commits that include reaches and upstream does not.
func (w *walk) RevList(ctx context.Context, include, upstream []git.ID) ([]git.ID, error) {
	upstream = slices.Compact(slices.SortedFunc(slices.Values(upstream), compareIDs))
	of := fingerprint(upstream)
	before, ok := w.recall(of)
	if ok {
		// An edge that is not there any more is no error, only a reason to walk all.
		ids, err := w.list(ctx, without(include, upstream), slices.Collect(maps.Keys(before.edges)))
		if err == nil && w.standsOn(ids, before.roots) {
			return ids, nil
		}
		if err != nil {
			before = found{}
		}
	}
	ids, err := w.list(ctx, include, upstream)
	if err == nil {
		w.keep(of, before, include, ids)
	}
	return ids, err
}

// Commits returns listed commits. They have their parents, the author's time, and of
// their message the subject.
func (w *walk) Commits(_ context.Context, ids []git.ID) ([]*git.Commit, error) {
	all := make([]*git.Commit, len(ids))
	for i, id := range ids {
		if all[i] = w.commits[id]; all[i] == nil {
			return nil, fmt.Errorf("read commit %s: %w", id, git.ErrNotFound)
		}
	}
	return all, nil
}

func (w *walk) list(ctx context.Context, include, exclude []git.ID) ([]git.ID, error) {
	w.commits = make(map[git.ID]*git.Commit)
	if len(include) == 0 {
		return nil, nil
	}
	var in bytes.Buffer
	for _, id := range include {
		fmt.Fprintf(&in, "%s\n", id)
	}
	for _, id := range exclude {
		fmt.Fprintf(&in, "^%s\n", id)
	}
	out, err := w.repo.Cmd("rev-list", "--stdin", "--no-commit-header", "--format=%H %P%x09%at%x09%s").Stdin(in.Bytes()).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("list commits: %w", err)
	}
	var ids []git.ID
	for line := range strings.Lines(string(out)) {
		names, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		when, subject, _ := strings.Cut(rest, "\t")
		c := &git.Commit{Message: subject}
		// A commit can hold a date that is none; the zero time stands for it.
		if seconds, err := strconv.ParseInt(when, 10, 64); err == nil {
			c.Author.When = time.Unix(seconds, 0).UTC()
		}
		for i, name := range strings.Fields(names) {
			id, err := git.ParseID(name)
			if err != nil {
				return nil, fmt.Errorf("list commits: %w", err)
			}
			if i == 0 {
				c.ID = id
			} else {
				c.Parents = append(c.Parents, id)
			}
		}
		w.commits[c.ID] = c
		ids = append(ids, c.ID)
	}
	return ids, nil
}

// found is what walks brought to light.
type found struct {
	edges map[git.ID]bool // commits of upstream
	roots map[git.ID]bool
}

// keep writes down what stands on what, with what was known before: of other series,
// whose branches are looked at in turn with these. A failure to write is none: the
// next walk takes longer.
func (w *walk) keep(of string, before found, include, ids []git.ID) {
	if w.file == "" {
		return
	}
	edges, roots := make(map[git.ID]bool), make(map[git.ID]bool)
	maps.Copy(edges, before.edges)
	maps.Copy(roots, before.roots)
	for _, id := range ids {
		parents := w.commits[id].Parents
		if len(parents) == 0 {
			roots[id] = true
		}
		for _, p := range parents {
			if w.commits[p] == nil {
				roots[id], edges[p] = true, true
			}
		}
	}
	for _, tip := range include {
		if w.commits[tip] == nil {
			edges[tip] = true
		}
	}
	var text strings.Builder
	fmt.Fprintln(&text, of)
	for id := range edges {
		fmt.Fprintln(&text, "edge", id)
	}
	for id := range roots {
		fmt.Fprintln(&text, "root", id)
	}
	_ = replaceFile(w.file, text.String())
}

// replaceFile writes a file that is at no time half there.
func replaceFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "*.tmp")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// recall reads what was found for the same upstream.
func (w *walk) recall(of string) (found, bool) {
	f := found{edges: make(map[git.ID]bool), roots: make(map[git.ID]bool)}
	if w.file == "" {
		return f, false
	}
	data, err := os.ReadFile(w.file)
	if err != nil {
		return f, false
	}
	first, rest, _ := strings.Cut(string(data), "\n")
	if first != of {
		return f, false
	}
	for line := range strings.Lines(rest) {
		kind, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		id, err := git.ParseID(name)
		switch {
		case err != nil:
			return f, false
		case kind == "edge":
			f.edges[id] = true
		case kind == "root":
			f.roots[id] = true
		default:
			return f, false
		}
	}
	return f, true
}

// standsOn reports whether every listed commit stands on the roots alone.
func (w *walk) standsOn(ids []git.ID, roots map[git.ID]bool) bool {
	for _, id := range ids {
		parents := w.commits[id].Parents
		isRoot := len(parents) == 0 || slices.ContainsFunc(parents, func(p git.ID) bool { return w.commits[p] == nil })
		if isRoot && !roots[id] {
			return false
		}
	}
	return true
}

// fingerprint names a set of commits, which must be sorted.
func fingerprint(ids []git.ID) string {
	h := sha256.New()
	for _, id := range ids {
		h.Write(id[:])
	}
	return fmt.Sprintf("mgit own-commits 1 %x", h.Sum(nil))
}

func compareIDs(a, b git.ID) int { return bytes.Compare(a[:], b[:]) }

// without returns ids without those of a sorted list.
func without(ids, sorted []git.ID) []git.ID {
	var kept []git.ID
	for _, id := range ids {
		if _, ok := slices.BinarySearchFunc(sorted, id, compareIDs); !ok {
			kept = append(kept, id)
		}
	}
	return kept
}
