package clash

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/hunk"
	"mgit/internal/tree"
)

// spans are the lines of a file that a branch changes, as places in the
// ancestor's file.
type spans struct {
	whole  bool // there are no lines to compare
	unread bool // an object is missing
	ranges []Range
}

// compareLines fills in where both sides of the encounters change the same lines.
func (f *finder) compareLines(ctx context.Context, encounters []*encounter) error {
	var wanted [][2]git.ID
	for _, e := range encounters {
		for _, path := range e.Files {
			for _, side := range e.both[path] {
				if hasLines(side.From.Mode) && hasLines(side.To.Mode) && areComparable(e.both[path]) {
					wanted = append(wanted, [2]git.ID{side.From.ID, side.To.ID})
				}
			}
		}
	}
	if err := f.readSpans(ctx, wanted); err != nil {
		return fmt.Errorf("compare the lines of files: %w", err)
	}
	for _, e := range encounters {
		for _, path := range e.Files {
			f.comparePath(e, path)
		}
	}
	return nil
}

// areComparable reports whether two changes of a file have lines that can be the
// same: a mode here and lines there have none, nor have places in different files
// (see meetUnanchored).
func areComparable(sides [2]tree.Change) bool {
	return changesContent(sides[0]) && changesContent(sides[1]) && sides[0].From == sides[1].From
}

func (f *finder) comparePath(e *encounter, path string) {
	sides := e.both[path]
	if !areComparable(sides) {
		return
	}
	first, second := f.spansOf(sides[0]), f.spansOf(sides[1])
	switch {
	case first.unread || second.unread:
		e.Unread = append(e.Unread, path)
	case first.whole || second.whole:
		e.Lines = append(e.Lines, Lines{Path: path, Whole: true})
	default:
		if same := overlaps(first.ranges, second.ranges); len(same) > 0 {
			e.Lines = append(e.Lines, Lines{Path: path, Ranges: same})
		}
	}
}

func changesContent(c tree.Change) bool {
	const kind = 0o170000
	return c.From.ID != c.To.ID || c.From.Mode&kind != c.To.Mode&kind
}

func (f *finder) spansOf(c tree.Change) spans {
	if !hasLines(c.From.Mode) || !hasLines(c.To.Mode) {
		return spans{whole: true}
	}
	return f.spans[[2]git.ID{c.From.ID, c.To.ID}]
}

// filesAtOnce is how many pairs of files are held at a time.
const filesAtOnce = 64

// readSpans compares pairs of files, each once.
func (f *finder) readSpans(ctx context.Context, pairs [][2]git.ID) error {
	slices.SortFunc(pairs, func(p, q [2]git.ID) int { return cmp.Or(compareIDs(p[0], q[0]), compareIDs(p[1], q[1])) })
	for some := range slices.Chunk(slices.Compact(pairs), filesAtOnce) {
		var ids []git.ID
		for _, p := range some {
			ids = append(ids, p[0], p[1])
		}
		slices.SortFunc(ids, compareIDs)
		ids = slices.Compact(ids)
		files := make(map[git.ID][]byte, len(ids))
		err := f.objects.Blobs(ctx, ids, func(i int, data []byte, found bool) error {
			if found {
				files[ids[i]] = data
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, p := range some {
			f.spans[p] = compareFiles(files, p)
		}
	}
	return nil
}

func compareFiles(files map[git.ID][]byte, pair [2]git.ID) spans {
	before, ok := files[pair[0]]
	after, also := files[pair[1]]
	if !ok || !also {
		return spans{unread: true}
	}
	if hunk.IsBinary(before) || hunk.IsBinary(after) {
		return spans{whole: true}
	}
	var s spans
	for _, h := range hunk.Diff(before, after) {
		s.ranges = append(s.ranges, Range{Start: h.OldStart, Lines: len(h.Old)})
	}
	return s
}

func hasLines(m git.Mode) bool {
	return slices.Contains([]git.Mode{git.ModeFile, git.ModeExec}, tree.Canonical(m))
}

// overlaps returns the places where ranges of both meet: they have a line in
// common, or no line between them. That is how near edits must be for Git to see a
// conflict. A place spans all ranges that meet there.
func overlaps(left, right []Range) []Range {
	var all []Range
	for len(left) > 0 && len(right) > 0 {
		l, r := left[0], right[0]
		if meets(l, r) {
			all = addRange(all, hull(l, r))
		}
		if l.Start+l.Lines < r.Start+r.Lines {
			left = left[1:]
		} else {
			right = right[1:]
		}
	}
	return all
}

func meets(l, r Range) bool {
	return l.Start <= r.Start+r.Lines && r.Start <= l.Start+l.Lines
}

func hull(l, r Range) Range {
	start := min(l.Start, r.Start)
	return Range{start, max(l.Start+l.Lines, r.Start+r.Lines) - start}
}

func addRange(all []Range, r Range) []Range {
	if last := len(all) - 1; last >= 0 && meets(all[last], r) {
		all[last] = hull(all[last], r)
		return all
	}
	return append(all, r)
}
