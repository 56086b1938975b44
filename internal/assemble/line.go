package assemble

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/history"
)

// Workshop is the object store in which a line is read and proved. [git.Scratch]
// is one.
type Workshop interface {
	Objects
	Blob(ctx context.Context, id git.ID) ([]byte, error)
}

// Line is what a target's history says about how the target was made.
//
// Of the target's commits it looks at those in force: reachable from its tip
// where a join counts as if it had its second parent alone. Those that a branch
// reaches from its present tip are the branch's. Every other one is a link, and
// so are a branch's commits that lie on the line itself, which a
// fast-forward puts there.
type Line struct {
	Tip  git.ID
	Base git.ID // the commit of upstream that the line begins on; zero: none
	// Links in the order in which they came about, oldest first: a link comes after
	// all links that it reaches.
	Links []Link
	// Upstreams are the commits of upstream in the line of which none reaches
	// another, most often one.
	Upstreams []git.ID

	history  *history.Own
	branches []Step
	upstream Step
	seen     *sight
	own      []map[git.ID]bool // by branch, its own commits
	shape    bool              // without contents
}

// LinkKind is what a link of a line is.
type LinkKind string

// The kinds of links.
const (
	// MergeOfBranch merges a state of a branch, or of several at once.
	MergeOfBranch LinkKind = "branch"
	// MergeOfUpstream merges a commit of upstream.
	MergeOfUpstream LinkKind = "upstream"
	// MergeOfLine merges another line of merges, which two people make who work
	// on the same target and pull. The merges of that line are links themselves.
	MergeOfLine LinkKind = "line"
	// MergeOfOther merges commits that are of no branch.
	MergeOfOther LinkKind = "other"
	// Join puts a fresh line on top of an older one.
	Join LinkKind = "join"
	// Part is a branch's own commit, on the line by a fast-forward.
	Part LinkKind = "part"
	// Direct is a commit made on the target itself.
	Direct LinkKind = "direct"
)

// Link is one commit of a line.
type Link struct {
	Commit *git.Commit
	Kind   LinkKind
	// Aside tells that the link is not on the line of first parents but came in
	// with the next link that is.
	Aside bool
	// Steps are what a merge brought, one a parent but the first; of a Part that
	// ends a fast-forward the state of the branch it ends in. The tip of a step is
	// the commit that was merged. The name is that of the branch it belongs to,
	// or of the upstream tag there; it is empty where there is none.
	Steps []Step
	// Named is the branch or tag that the message of a merge names. It is shown
	// and never believed.
	Named string

	// Conflicts are the paths that Git cannot merge in this merge.
	Conflicts []git.Conflict
	// Files are how those paths look in it: a person's or a recorded resolution.
	Files []File
	// Hand is the content that a merge has beyond what Git makes of its parents
	// and beyond resolutions of conflicts, and of a Direct link all that it
	// changes. From is what Git made, To what stands there.
	Hand []Edit
	// Err is set when the merge could not be made again.
	Err error

	stages  []git.Stage
	nothing bool // a merge in conflict that took nothing of what it merged
}

// Edit is a path whose file was changed by hand. The zero mode means no file.
type Edit struct {
	Path     string
	From, To File
}

// LineRequest says what to read.
type LineRequest struct {
	// Tip is the target's tip.
	Tip git.ID
	// History holds the own commits of Tip and of every branch's tip.
	History *history.Own
	// Branches are all branches that can be in the target, at their present tips:
	// those that belong to it and all others that are known. Where several
	// explain a commit equally well the first is named.
	Branches []Step
	// Tags returns the tag of a commit of upstream, or ""; nil knows none.
	Tags func(git.ID) string
	// ShapeOnly leaves out the contents: no merge is made again, Conflicts, Files
	// and Hand stay empty, and Prove cannot be asked.
	ShapeOnly bool
}

// ReadLine reads the line of a target and makes every merge of it again. An
// error is one of the repository; a merge that cannot be made again because
// objects are missing has its own.
func ReadLine(ctx context.Context, objects Workshop, bases Bases, request LineRequest) (*Line, error) {
	if request.Tags == nil {
		request.Tags = func(git.ID) string { return "" }
	}
	l := &Line{Tip: request.Tip, history: request.History, branches: request.Branches, shape: request.ShapeOnly}
	var err error
	if l.seen, err = look(ctx, objects, request.History, request.Tip); err != nil {
		return nil, fmt.Errorf("read the line of %s: %w", request.Tip, err)
	}
	l.Base = l.seen.base
	l.own = ownOf(request.History, request.Branches)
	l.link(request.Tags)
	if err := l.findUpstream(ctx, objects, bases, request.Tags); err != nil {
		return nil, err
	}
	if request.ShapeOnly {
		return l, nil
	}
	if err := l.remake(ctx, objects, bases); err != nil {
		return nil, fmt.Errorf("make the merges of %s again: %w", request.Tip, err)
	}
	return l, nil
}

// ownOf returns the own commits of every branch.
func ownOf(h *history.Own, branches []Step) []map[git.ID]bool {
	own := make([]map[git.ID]bool, len(branches))
	for i, b := range branches {
		own[i] = make(map[git.ID]bool)
		for _, c := range h.Of(b.Tip, git.ZeroID) {
			own[i][c.ID] = true
		}
	}
	return own
}

// Has reports whether the commit is in the line, by the history in force. For a
// commit of upstream see [Line.Upstreams].
func (l *Line) Has(id git.ID) bool {
	_, in := l.seen.at[id]
	return in
}

// Upstream is the newest commit of upstream that is in the line beyond its base,
// with its tag where it has one; zero when there is none. Where that is not one
// commit, it is the one merged last.
func (l *Line) Upstream() Step { return l.upstream }

// Steps returns what is in the line, in the order in which each came in first:
// of every branch the state that is in, and the newest commit of upstream. It is
// the recipe of the target on its Base.
//
// A branch is in with its present tip where the line reaches that; otherwise
// with the newest older state that was merged. A state that several branches
// reach counts for the one that it is the tip of, else for one whose tip is in,
// else for the one that has the least beyond it.
//
// What commits of the target itself took away is not looked at; see [Line.Prove].
func (l *Line) Steps() []Step {
	type placed struct {
		Step
		at int
	}
	var all []placed
	for i, s := range l.states(l.branches, l.own) {
		if s.tip != git.ZeroID {
			step := l.branches[i]
			step.Tip = s.tip
			all = append(all, placed{step, s.first})
		}
	}
	if l.upstream.Tip != git.ZeroID {
		all = append(all, placed{l.upstream, l.firstUpstream()})
	}
	slices.SortStableFunc(all, func(a, b placed) int { return a.at - b.at })
	steps := make([]Step, len(all))
	for i, p := range all {
		steps[i] = p.Step
	}
	return steps
}

// firstUpstream is the place in the line where it first has a commit of upstream
// besides its base.
func (l *Line) firstUpstream() int {
	for i, c := range l.seen.order {
		for _, p := range l.seen.parents(c) {
			if !l.Has(p) && p != l.Base {
				return i
			}
		}
	}
	return len(l.seen.order)
}

// state is what of a branch is in a line; the zero tip is nothing.
type state struct {
	tip   git.ID
	first int // the place in the line of its first state
}

// states returns for each of the branches, whose own commits are given, what is in.
func (l *Line) states(branches []Step, own []map[git.ID]bool) []state {
	all := make([]state, len(branches))
	for i, b := range branches {
		if at, in := l.seen.at[b.Tip]; in {
			all[i] = state{b.Tip, at}
		}
	}
	for _, p := range l.arrivals() {
		i := l.attribute(p, branches, own)
		if i < 0 {
			continue
		}
		at := l.seen.at[p]
		switch s := &all[i]; {
		case s.tip == git.ZeroID:
			*s = state{p, at}
		case s.tip != branches[i].Tip && at > l.seen.at[s.tip]:
			s.tip = p
			s.first = min(s.first, at)
		default:
			s.first = min(s.first, at)
		}
	}
	return all
}

// arrivals are the states that came in, in the order of the links.
func (l *Line) arrivals() []git.ID {
	var all []git.ID
	for _, k := range l.Links {
		for _, s := range k.Steps {
			if l.Has(s.Tip) {
				all = append(all, s.Tip)
			}
		}
	}
	return all
}

// attribute returns which of the branches a state that came in belongs to, -1
// when none reaches it.
func (l *Line) attribute(id git.ID, branches []Step, own []map[git.ID]bool) int {
	best, rank, size := -1, 0, 0
	for i, b := range branches {
		if !own[i][id] {
			continue
		}
		r := 1
		switch {
		case b.Tip == id:
			r = 3
		case l.Has(b.Tip):
			r = 2
		}
		// All of them reach id, so that the smallest has the least beyond it.
		if best < 0 || r > rank || r == rank && len(own[i]) < size {
			best, rank, size = i, r, len(own[i])
		}
	}
	return best
}

// findUpstream finds the newest commits of upstream in the line.
func (l *Line) findUpstream(ctx context.Context, objects Objects, bases Bases, tags func(git.ID) string) error {
	edge := l.seen.edge
	if len(edge) > 1 {
		var err error
		if edge, err = bases.Independent(ctx, edge); err != nil {
			return fmt.Errorf("find the newest upstream commit of %s: %w", l.Tip, err)
		}
	}
	l.Upstreams = edge
	var best git.ID
	var when int64
	for _, id := range edge {
		if id == l.Base {
			continue
		}
		c, err := objects.Commit(ctx, id)
		if err != nil {
			return fmt.Errorf("read upstream commit %s: %w", id, err)
		}
		if at := c.Committer.When.Unix(); best == git.ZeroID || at > when {
			best, when = id, at
		}
	}
	for _, k := range slices.Backward(l.Links) {
		for _, s := range k.Steps {
			if s.Upstream && s.Tip != l.Base && slices.Contains(edge, s.Tip) {
				l.upstream = s
				return nil
			}
		}
	}
	if best != git.ZeroID {
		l.upstream = Step{Name: tags(best), Upstream: true, Tip: best}
	}
	return nil
}
