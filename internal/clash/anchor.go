package clash

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"

	"mgit/internal/git"
	"mgit/internal/history"
)

// couple names two branches by index, the smaller first.
type couple struct{ a, b int }

func (c couple) compare(d couple) int { return cmp.Or(c.a-d.a, c.b-d.b) }

func comparePairs(p, q Pair) int { return couple{p.A, p.B}.compare(couple{q.A, q.B}) }

// anchor is the common ancestor over which two branches are merged.
type anchor struct {
	commit git.ID // zero: their histories are unrelated
	// several tells that there is more than one best common ancestor. Git merges
	// those first, and nothing is known of the merge without it.
	several bool
	// shared tells that it is one of the site's own commits: both stand on it.
	shared bool
}

// anchors has the anchor of every pair that is compared.
type anchors struct {
	of map[couple]anchor
	on [][]int // by branch: those whose tip it contains
}

// findAnchors finds the common ancestors of all pairs, most of them without Git:
//
//   - Branches without an own commit in common have in common what the upstream
//     commits have on which they stand. Git is asked once for every two sets of
//     these; where both stand on the same one, that is the answer.
//   - Where own commits are common, the newest of them is the ancestor, if there is
//     only one newest and if upstream's part of both is what it stands on itself.
//   - Everything else Git is asked for.
func findAnchors(ctx context.Context, bases Bases, r Request) (*anchors, error) {
	a := &anchors{of: make(map[couple]anchor), on: make([][]int, len(r.Branches))}
	common := commonCommits(r)
	edges := make([][]git.ID, len(r.Branches))
	for i, b := range r.Branches {
		edges[i] = slices.SortedFunc(slices.Values(r.History.Boundary(b.Tip)), compareIDs)
	}
	known := make(map[string]anchor)
	below := newBelow(r.History)
	for i := range r.Branches {
		for j := i + 1; j < len(r.Branches); j++ {
			pair := couple{i, j}
			switch {
			case r.Of != nil && !slices.Contains(r.Of, i) && !slices.Contains(r.Of, j):
				continue
			case a.stacked(r, common, pair):
				continue
			}
			var err error
			if shared := common[pair]; len(shared) > 0 {
				a.of[pair], err = sharedAnchor(ctx, bases, r, pair, shared, edges, below)
			} else {
				a.of[pair], err = upstreamAnchor(ctx, bases, known, edges[i], edges[j])
			}
			if err != nil {
				return nil, fmt.Errorf("find what %s and %s have in common: %w", r.Branches[i].Name, r.Branches[j].Name, err)
			}
		}
	}
	return a, nil
}

// stacked notes where one of a pair has all of the other's commits.
func (a *anchors) stacked(r Request, common map[couple][]git.ID, pair couple) bool {
	first, second := r.Branches[pair.a].Tip, r.Branches[pair.b].Tip
	if first != second && len(common[pair]) == 0 {
		return false
	}
	onSecond := first == second || slices.Contains(common[pair], second)
	onFirst := first == second || slices.Contains(common[pair], first)
	if onSecond {
		a.on[pair.a] = append(a.on[pair.a], pair.b)
	}
	if onFirst && !onSecond {
		a.on[pair.b] = append(a.on[pair.b], pair.a)
	}
	return onFirst || onSecond
}

// commonCommits lists by pair the own commits that both have, where they have some.
func commonCommits(r Request) map[couple][]git.ID {
	holders := make(map[git.ID][]int)
	for i, b := range r.Branches {
		for _, c := range r.History.Of(b.Tip, git.ZeroID) {
			holders[c.ID] = append(holders[c.ID], i)
		}
	}
	common := make(map[couple][]git.ID)
	for id, who := range holders {
		for x, i := range who {
			for _, j := range who[x+1:] {
				common[couple{i, j}] = append(common[couple{i, j}], id)
			}
		}
	}
	return common
}

// sharedAnchor is the anchor of two branches with own commits in common.
func sharedAnchor(ctx context.Context, bases Bases, r Request, pair couple, shared []git.ID, edges [][]git.ID, below *below) (anchor, error) {
	for _, id := range shared {
		b := below.of(id)
		if b.own == len(shared) && slices.Equal(b.edge, edges[pair.a]) && slices.Equal(b.edge, edges[pair.b]) {
			return anchor{commit: id, shared: true}, nil // all that is common is reachable from it
		}
	}
	found, err := bases.MergeBases(ctx, r.Branches[pair.a].Tip, r.Branches[pair.b].Tip)
	if err != nil {
		return anchor{}, err
	}
	a := only(found)
	a.shared = a.commit != git.ZeroID && r.History.Owns(a.commit)
	return a, nil
}

// below remembers what stands below own commits. Where a site has everything on one
// long line, every pair asks for the same ones.
type below struct {
	history *history.Own
	known   map[git.ID]footing
}

// footing is how many own commits a commit reaches, itself among them, and the
// upstream commits that they stand on, sorted.
type footing struct {
	own  int
	edge []git.ID
}

func newBelow(h *history.Own) *below { return &below{history: h, known: make(map[git.ID]footing)} }

func (b *below) of(id git.ID) footing {
	f, ok := b.known[id]
	if !ok {
		f = footing{own: len(b.history.Of(id, git.ZeroID)), edge: slices.SortedFunc(slices.Values(b.history.Boundary(id)), compareIDs)}
		b.known[id] = f
	}
	return f
}

// upstreamAnchor is the anchor of two branches whose common commits are all
// upstream's: reachable from one of left and from one of right.
func upstreamAnchor(ctx context.Context, bases Bases, known map[string]anchor, left, right []git.ID) (anchor, error) {
	if len(left) == 1 && slices.Equal(left, right) {
		return anchor{commit: left[0]}, nil
	}
	key := edgesKey(left, right)
	if a, ok := known[key]; ok {
		return a, nil
	}
	var all []git.ID
	for _, l := range left {
		for _, r := range right {
			found := []git.ID{l}
			if l != r {
				var err error
				if found, err = bases.MergeBases(ctx, l, r); err != nil {
					return anchor{}, err
				}
			}
			for _, id := range found {
				if !slices.Contains(all, id) {
					all = append(all, id)
				}
			}
		}
	}
	if len(all) > 1 {
		var err error
		if all, err = bases.Independent(ctx, all); err != nil {
			return anchor{}, err
		}
	}
	known[key] = only(all)
	return known[key], nil
}

func edgesKey(left, right []git.ID) string {
	var key bytes.Buffer
	for _, id := range left {
		key.Write(id[:])
	}
	key.WriteByte('|')
	for _, id := range right {
		key.Write(id[:])
	}
	return key.String()
}

func only(found []git.ID) anchor {
	switch len(found) {
	case 0:
		return anchor{}
	case 1:
		return anchor{commit: found[0]}
	}
	return anchor{several: true}
}

func compareIDs(a, b git.ID) int { return bytes.Compare(a[:], b[:]) }

func (o Options) jobs() int { return cmp.Or(o.Jobs, runtime.GOMAXPROCS(0)) }
