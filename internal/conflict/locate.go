package conflict

import (
	"slices"
	"strings"

	"mgit/internal/hunk"
)

// AddBase gives hunks the base that Git left out in its plain style, from the same file in Git's diff3 style.
// There hunks are as large as what a side changed; in the plain style lines that both sides have are no part
// of a hunk. A part of such a hunk gets its whole base, as in Git's zdiff3 style.
func (t *Text) AddBase(diff3 *Text) {
	_, here := t.with(Ours)
	_, there := diff3.with(Ours)
	lines, base := diff3.with(Base)
	i := 0
	for _, p := range t.pieces {
		if p.hunk == nil {
			continue
		}
		at := here[i]
		i++
		first, last := covering(there, at)
		if first < 0 {
			continue
		}
		before, after := max(0, there[first].from-at.from), max(0, at.to-there[last].to)
		from, to := max(0, base[first].from-before), min(len(lines), base[last].to+after)
		p.hunk.Base.Lines = lines[from:to:to]
	}
}

// covering finds the hunks that overlap the lines, or touch them where there are none that do; -1 for none.
func covering(hunks []span, at span) (first, last int) {
	find := func(fits func(h span) bool) (first, last int) {
		first = slices.IndexFunc(hunks, fits)
		if first < 0 {
			return -1, -1
		}
		last = first
		for last+1 < len(hunks) && fits(hunks[last+1]) {
			last++
		}
		return first, last
	}
	if first, last = find(func(h span) bool { return h.from < at.to && at.from < h.to }); first >= 0 {
		return first, last
	}
	return find(func(h span) bool { return h.from <= at.to && at.from <= h.to })
}

// Locate finds the lines of the hunks in the files of the sides.
func (t *Text) Locate(base, ours, theirs []byte) {
	t.locate(Base, base, func(h *Hunk) *Part { return &h.Base })
	t.locate(Ours, ours, func(h *Hunk) *Part { return &h.Ours })
	t.locate(Theirs, theirs, func(h *Hunk) *Part { return &h.Theirs })
}

func (t *Text) locate(side Side, file []byte, of func(*Hunk) *Part) {
	lines, at := t.with(side)
	merged := []byte(strings.Join(lines, ""))
	hunks := hunk.Diff(merged, file)
	in := Lines(file)
	i := 0
	for _, p := range t.pieces {
		if p.hunk == nil {
			continue
		}
		part := of(p.hunk)
		part.Start = nearest(in, part.Lines, moved(hunks, at[i].from)) + 1
		i++
	}
	// A hunk that ends the file ends those of the sides, too.
	n := len(t.pieces)
	if n < 2 || len(t.pieces[n-1].clean) > 0 {
		return
	}
	part := of(t.pieces[n-2].hunk)
	if at := len(in) - len(part.Lines); at >= 0 && slices.EqualFunc(in[at:], part.Lines, same) {
		part.Start = at + 1
		part.noEnd = len(file) > 0 && file[len(file)-1] != '\n'
	}
}

// moved is where a line of the old file, counted from 0, stands in the new one.
func moved(hunks []hunk.Hunk, line int) int {
	shift := 0
	for _, h := range hunks {
		if h.OldStart-1 > line || h.OldStart-1 == line && len(h.Old) == 0 {
			break
		}
		if end := h.OldStart - 1 + len(h.Old); line < end {
			return h.NewStart - 1 + min(line-(h.OldStart-1), len(h.New))
		}
		shift = h.NewStart + len(h.New) - h.OldStart - len(h.Old)
	}
	return line + shift
}

// nearest is where the lines stand in the file, of several places the one nearest to want; want itself where
// they stand nowhere.
func nearest(file, lines []string, want int) int {
	want = max(0, min(want, len(file)))
	for far := range len(file) + 1 {
		for _, at := range []int{want - far, want + far} {
			if at >= 0 && at+len(lines) <= len(file) && slices.EqualFunc(file[at:at+len(lines)], lines, same) {
				return at
			}
		}
	}
	return want
}

// same reports whether two lines differ at most in how they end.
func same(a, b string) bool {
	return strings.TrimRight(a, "\r\n") == strings.TrimRight(b, "\r\n")
}
