package assemble

import (
	"context"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/history"
)

// sight is the history of a target that is in force.
type sight struct {
	commits map[git.ID]*git.Commit // own ones of the tip, also those not in force
	joins   map[git.ID]git.ID      // from a join to the fresh line
	// order has the commits in force after all that they reach, a first parent's
	// line before what is merged into it.
	order []*git.Commit
	at    map[git.ID]int  // where in order a commit stands
	enter map[git.ID]int  // the length of order when a commit was met
	chain map[git.ID]bool // those on the line of first parents
	edge  []git.ID        // the commits of upstream that these stand on
	met   map[git.ID]int  // of those, the length of order when one was met
	base  git.ID          // that which the chain stands on
}

// look reads the history of a target.
func look(ctx context.Context, objects Objects, h *history.Own, tip git.ID) (*sight, error) {
	s := &sight{
		commits: make(map[git.ID]*git.Commit),
		joins:   make(map[git.ID]git.ID),
		at:      make(map[git.ID]int),
		enter:   make(map[git.ID]int),
		met:     make(map[git.ID]int),
		chain:   make(map[git.ID]bool),
	}
	for _, c := range h.Of(tip, git.ZeroID) {
		s.commits[c.ID] = c
		fresh, is, err := Fresh(ctx, objects, c)
		if err != nil {
			return nil, err
		}
		if is {
			s.joins[c.ID] = fresh
		}
	}
	s.base = tip
	for c := s.commits[tip]; c != nil; c = s.commits[s.base] {
		s.chain[c.ID] = true
		s.base = git.ZeroID
		if p := s.parents(c); len(p) > 0 {
			s.base = p[0]
		}
	}
	s.sort(tip)
	return s, nil
}

// parents are the parents of a commit that count.
func (s *sight) parents(c *git.Commit) []git.ID {
	if fresh, is := s.joins[c.ID]; is {
		return []git.ID{fresh}
	}
	return c.Parents
}

// sort fills order and edge: a walk that notes a commit when it leaves it.
func (s *sight) sort(tip git.ID) {
	type visit struct {
		c    *git.Commit
		next int // of its parents
	}
	walked := map[git.ID]bool{tip: true}
	if s.commits[tip] == nil {
		s.edge = []git.ID{tip}
		return
	}
	for stack := []visit{{c: s.commits[tip]}}; len(stack) > 0; {
		v := &stack[len(stack)-1]
		parents := s.parents(v.c)
		if v.next == len(parents) {
			s.at[v.c.ID] = len(s.order)
			s.order = append(s.order, v.c)
			stack = stack[:len(stack)-1]
			continue
		}
		p := parents[v.next]
		v.next++
		if walked[p] {
			continue
		}
		walked[p] = true
		if c := s.commits[p]; c != nil {
			s.enter[p] = len(s.order)
			stack = append(stack, visit{c: c})
		} else {
			s.edge = append(s.edge, p)
			s.met[p] = len(s.order)
		}
	}
}

// baseOf returns the merge base of a merge on the chain, zero where there is not just
// one to be seen: the only commit that what the merge brought stands on, if the
// first parent reaches it.
//
//	F ── … ── P ── M       all that M has beyond P stands on F alone
//	 \            /
//	  … ──── tip ┘
func (s *sight) baseOf(c *git.Commit) git.ID {
	if !s.chain[c.ID] || len(c.Parents) != 2 {
		return git.ZeroID
	}
	brought := make(map[git.ID]bool)
	for _, b := range s.brings(c) {
		brought[b.ID] = true
	}
	base := git.ZeroID
	if !brought[c.Parents[1]] {
		base = c.Parents[1]
	}
	for id := range brought {
		for _, p := range s.parents(s.commits[id]) {
			switch {
			case brought[p] || p == base:
			case base != git.ZeroID:
				return git.ZeroID
			default:
				base = p
			}
		}
	}
	first := c.Parents[0]
	at, isOwn := s.at[first]
	if !isOwn {
		if base != first {
			return git.ZeroID
		}
		return base
	}
	if met, is := s.met[base]; is && met > at {
		return git.ZeroID
	}
	return base
}

// brings returns the commits that a merge has beyond those of its first parent.
func (s *sight) brings(c *git.Commit) []*git.Commit {
	from := s.enter[c.ID]
	if len(c.Parents) > 0 {
		if at, in := s.at[c.Parents[0]]; in {
			from = max(from, at+1)
		}
	}
	return s.order[from:s.at[c.ID]]
}

// isExplained reports whether a branch reaches the commit.
func (l *Line) isExplained(id git.ID) bool {
	for _, own := range l.own {
		if own[id] {
			return true
		}
	}
	return false
}

// link makes the links, without what only their contents tell.
func (l *Line) link(tags func(git.ID) string) {
	for _, c := range l.seen.order {
		onChain := l.seen.chain[c.ID]
		if l.isExplained(c.ID) {
			if onChain {
				l.Links = append(l.Links, Link{Commit: c, Kind: Part})
			}
			continue
		}
		k := Link{Commit: c, Aside: !onChain, Kind: Direct}
		parents := l.seen.parents(c)
		if _, is := l.seen.joins[c.ID]; is {
			k.Kind = Join
		} else if len(parents) > 1 {
			k.Named = named(c.Message)
			l.step(&k, parents[1:], tags)
		}
		l.Links = append(l.Links, k)
	}
	l.endParts()
}

// step fills the steps and the kind of a merge.
func (l *Line) step(k *Link, merged []git.ID, tags func(git.ID) string) {
	rank := map[LinkKind]int{Direct: 0, MergeOfUpstream: 1, MergeOfBranch: 2, MergeOfLine: 3, MergeOfOther: 4}
	for _, p := range merged {
		s, kind := Step{Tip: p}, MergeOfBranch
		switch i := l.attribute(p, l.branches, l.own); {
		case i >= 0:
			s = l.branches[i]
			s.Tip = p
		case !l.Has(p):
			s.Name, s.Upstream, kind = tags(p), true, MergeOfUpstream
		case slices.ContainsFunc(l.seen.brings(k.Commit), l.isOther):
			kind = MergeOfOther
		default:
			kind = MergeOfLine
		}
		k.Steps = append(k.Steps, s)
		if rank[kind] > rank[k.Kind] {
			k.Kind = kind
		}
	}
}

// endParts gives the last Part of every fast-forward the state it ends in.
func (l *Line) endParts() {
	for i := range l.Links {
		k := &l.Links[i]
		if k.Kind != Part || i+1 < len(l.Links) && l.Links[i+1].Kind == Part {
			continue
		}
		s := l.branches[l.attribute(k.Commit.ID, l.branches, l.own)]
		s.Tip = k.Commit.ID
		k.Steps = []Step{s}
	}
}

// isOther reports whether a commit is of nobody, no merge, and may change anything.
func (l *Line) isOther(c *git.Commit) bool {
	if len(c.Parents) > 1 || l.isExplained(c.ID) {
		return false
	}
	if len(c.Parents) == 0 {
		return c.Tree != git.EmptyTree
	}
	p := l.seen.commits[c.Parents[0]]
	return p == nil || p.Tree != c.Tree
}

// named is the first branch or tag that the message of a merge names.
func named(message string) string {
	const trailer = "\nMgit-Branch: "
	if i := strings.LastIndex(message, trailer); i >= 0 {
		name, _, _ := strings.Cut(message[i+len(trailer):], "\n")
		return strings.TrimSpace(name)
	}
	rest, isMerge := strings.CutPrefix(subject(message), "Merge ")
	what, rest, _ := strings.Cut(strings.TrimPrefix(rest, "remote-tracking "), " '")
	name, _, isNamed := strings.Cut(rest, "'")
	what = strings.TrimSuffix(strings.TrimSuffix(what, "es"), "s")
	if !isMerge || !isNamed || what != "branch" && what != "tag" && what != "commit" {
		return ""
	}
	return name
}
