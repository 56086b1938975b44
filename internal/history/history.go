// Package history knows which commits are a site's own, and what they stand on.
//
// What those commits do to files is left to others.
package history

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"mgit/internal/git"
)

// Own holds the commits that belong to a site and not to upstream: those
// reachable from its branches and from no ref of upstream.
//
// A stable branch's commits that came in by merging a minor release are not
// ancestors of the next major, yet they are upstream's. `BASE..BRANCH` would
// take them for the branch's own and replay them.
type Own struct {
	own map[git.ID]*git.Commit
}

// Revisions lists commits; [git.Repo] does.
type Revisions interface {
	RevList(ctx context.Context, include, exclude []git.ID) ([]git.ID, error)
}

// Commits reads commits; [git.Store] does.
type Commits interface {
	Commits(ctx context.Context, ids []git.ID) ([]*git.Commit, error)
}

// Read reads the own commits of all tips with one walk. Upstream are
// the tips of all upstream branches and tags.
func Read(ctx context.Context, r Revisions, s Commits, tips, upstream []git.ID) (*Own, error) {
	h := &Own{own: make(map[git.ID]*git.Commit)}
	if len(tips) == 0 {
		return h, nil
	}
	ids, err := r.RevList(ctx, tips, upstream)
	if err != nil {
		return nil, fmt.Errorf("list the branches' own commits: %w", err)
	}
	commits, err := s.Commits(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read the branches' own commits: %w", err)
	}
	for i, id := range ids {
		h.own[id] = commits[i]
	}
	return h, nil
}

// Owns reports whether the commit is the site's own.
func (h *Own) Owns(id git.ID) bool { return h.own[id] != nil }

// With returns the own commits together with new ones, which were made of them.
func (h *Own) With(commits ...*git.Commit) *Own {
	both := &Own{own: maps.Clone(h.own)}
	for _, c := range commits {
		both.own[c.ID] = c
	}
	return both
}

// Commit returns the own commit id, nil for any other.
func (h *Own) Commit(id git.ID) *git.Commit { return h.own[id] }

// Of returns the own commits of tip that without cannot reach, merges
// included, oldest first in the order of `git rev-list --topo-order --reverse`,
// which is the order of git rebase. A zero without leaves out nothing.
//
// Git's order shows a commit after all its children. Of the parents of a merge
// it follows the last one first, so that in reverse the first parent's line
// comes first:
//
//	A ── B ── M        M, C, B, A reversed: A B C M
//	 \       /
//	  C ────┘
func (h *Own) Of(tip, without git.ID) []*git.Commit {
	skip := h.reach(without, nil)
	in := h.reach(tip, skip)
	if len(in) == 0 {
		return nil
	}
	children := make(map[git.ID]int, len(in))
	for id := range in {
		for _, p := range h.own[id].Parents {
			if in[p] {
				children[p]++
			}
		}
	}
	order := make([]*git.Commit, 0, len(in))
	for stack := []git.ID{tip}; len(stack) > 0; {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		c := h.own[id]
		order = append(order, c)
		for _, p := range c.Parents {
			if !in[p] {
				continue
			}
			if children[p]--; children[p] == 0 {
				stack = append(stack, p)
			}
		}
	}
	slices.Reverse(order)
	return order
}

// Contains reports whether the own commits of tip include id, or id is tip.
func (h *Own) Contains(tip, id git.ID) bool {
	return tip == id || h.reach(tip, nil)[id]
}

// Boundary returns the commits of upstream that the own commits of tip stand
// on, in no useful order; tip itself when it is upstream's.
func (h *Own) Boundary(tip git.ID) []git.ID {
	if !h.Owns(tip) {
		return []git.ID{tip}
	}
	var edge []git.ID
	for id := range h.reach(tip, nil) {
		for _, p := range h.own[id].Parents {
			if !h.Owns(p) && !slices.Contains(edge, p) {
				edge = append(edge, p)
			}
		}
	}
	return edge
}

// Independents finds which commits no other one reaches; [git.Repo] does.
type Independents interface {
	Independent(ctx context.Context, ids []git.ID) ([]git.ID, error)
}

// Base returns the upstream commit that tip stands on: the newest where it
// merged a later one, zero where it has none.
func Base(ctx context.Context, r Independents, h *Own, tip git.ID) (git.ID, error) {
	edge := h.Boundary(tip)
	if len(edge) < 2 {
		return append(edge, git.ZeroID)[0], nil
	}
	newest, err := r.Independent(ctx, edge)
	if err != nil {
		return git.ZeroID, fmt.Errorf("find the base of %s: %w", tip, err)
	}
	return newest[0], nil
}

// reach is the set of own commits reachable from tip and not in skip.
func (h *Own) reach(tip git.ID, skip map[git.ID]bool) map[git.ID]bool {
	in := make(map[git.ID]bool)
	for stack := []git.ID{tip}; len(stack) > 0; {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if in[id] || skip[id] || !h.Owns(id) {
			continue
		}
		in[id] = true
		stack = append(stack, h.own[id].Parents...)
	}
	return in
}
