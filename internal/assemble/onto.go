package assemble

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/history"
)

// onto is the commit that steps are merged onto, and what it has already.
//
// Where a join is among the first parents, merges are made on its fresh line.
// The commits above the join do not exist on that line; shadows of them stand for
// them there, with the same trees:
//
//	BASE ── M1 ── M2 ── M3 ───── J ── M4      the target
//	  \                         /
//	   F1 ── F2 ── F3 ─────────┘
//	                 \
//	                  M4'                     the shadow of M4
type onto struct {
	objects  Objects
	history  *history.Own
	upstream *upstream

	tip    git.ID
	tree   git.ID
	shadow git.ID // the commit that stands for tip; tip itself without a join

	attributes git.ID   // a tree with the .gitattributes files of tree
	stale      []string // except for those of these folders

	has      map[git.ID]bool // own commits that the shadow reaches
	stands   []git.ID        // the newest commits of upstream that it reaches
	shadowed map[git.ID]bool // commits that have a shadow, and joins
}

// standOn reads what the commit tip has.
func standOn(ctx context.Context, objects Objects, bases Bases, own *history.Own, tip git.ID) (*onto, error) {
	c, err := objects.Commit(ctx, tip)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", tip, err)
	}
	o := &onto{
		objects: objects, history: own,
		upstream: &upstream{bases: bases, common: make(map[[2]git.ID][]git.ID)},
		tip:      tip, tree: c.Tree, attributes: c.Tree,
		has: make(map[git.ID]bool), shadowed: make(map[git.ID]bool),
	}
	reached, err := o.leaveOldLines(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the line of %s: %w", tip, err)
	}
	var edge []git.ID
	for _, id := range reached {
		own, upstream := o.walk(id)
		o.add(own)
		edge = append(edge, upstream...)
	}
	if o.stands, err = o.upstream.newest(ctx, edge); err != nil {
		return nil, fmt.Errorf("find what %s stands on: %w", tip, err)
	}
	return o, nil
}

// leaveOldLines finds the shadow of the tip. It returns commits of the
// repository that together reach what the shadow reaches.
func (o *onto) leaveOldLines(ctx context.Context) ([]git.ID, error) {
	var line []*git.Commit // down to the lowest join
	var lowest int
	joins := make(map[git.ID]bool)
	for c := o.history.Commit(o.tip); c != nil && len(c.Parents) > 0; {
		fresh, join, err := Fresh(ctx, o.objects, c)
		if err != nil {
			return nil, err
		}
		line = append(line, c)
		if join {
			joins[c.ID] = true
			lowest = len(line)
			c = o.history.Commit(fresh)
		} else {
			c = o.history.Commit(c.Parents[0])
		}
	}
	o.shadow = o.tip
	reached := []git.ID{o.tip}
	if lowest > 0 {
		o.shadow = line[lowest-1].Parents[1]
		reached = []git.ID{o.shadow}
	}
	for i := lowest - 1; i >= 0; i-- {
		c := line[i]
		o.shadowed[c.ID] = true
		if joins[c.ID] {
			continue // the fresh line goes on
		}
		o.shadow = o.putShadow(c)
		reached = append(reached, c.Parents[1:]...)
	}
	return reached, nil
}

// putShadow makes the commit that stands for c on the fresh line.
func (o *onto) putShadow(c *git.Commit) git.ID {
	return o.objects.PutCommit(&git.Commit{
		Tree:      c.Tree,
		Parents:   append([]git.ID{o.shadow}, c.Parents[1:]...),
		Author:    c.Author,
		Committer: c.Committer,
		Message:   "Shadow of " + c.ID.String() + "\n",
	})
}

// walk returns the own commits that tip reaches and the line lacks, and the
// upstream commits that these stand on.
func (o *onto) walk(tip git.ID) (own, edge []git.ID) {
	own, edge, _ = o.walkTo([]git.ID{tip}, o.has)
	return own, edge
}

// walkTo returns the own commits that tips reach without passing through those
// in end, the upstream commits that these stand on, and the commits of end at
// which the walk ended.
func (o *onto) walkTo(tips []git.ID, end map[git.ID]bool) (own, edge, ended []git.ID) {
	seen := make(map[git.ID]bool)
	for stack := slices.Clone(tips); len(stack) > 0; {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[id] {
			continue
		}
		seen[id] = true
		c := o.history.Commit(id)
		switch {
		case end[id]:
			ended = append(ended, id)
		case c == nil:
			edge = append(edge, id)
		default:
			own = append(own, id)
			stack = append(stack, c.Parents...)
		}
	}
	return own, edge, ended
}

func (o *onto) add(own []git.ID) {
	for _, id := range own {
		o.has[id] = true
	}
}

// meeting is how the history of a tip meets that of the line.
type meeting struct {
	has   bool     // the line reaches the tip
	bases []git.ID // otherwise the best common ancestors, as git-merge-base(1) has them
	own   []git.ID // the own commits that the tip brings
	edge  []git.ID // the newest upstream commits that these stand on
}

// meet finds out how tip meets the line. Upstream's history is long and left to
// Git; the own commits are in memory.
func (o *onto) meet(ctx context.Context, tip git.ID) (meeting, error) {
	if o.has[tip] || o.shadowed[tip] {
		return meeting{has: true}, nil
	}
	own, edge, ended := o.walkTo([]git.ID{tip}, o.has)
	edge, err := o.upstream.newest(ctx, edge)
	if err != nil {
		return meeting{}, err
	}
	if !o.history.Owns(tip) {
		has, err := o.upstream.reaches(ctx, o.stands, tip)
		if err != nil || has {
			return meeting{has: has}, err
		}
	}
	var common []git.ID
	for _, a := range o.stands {
		for _, b := range edge {
			bases, err := o.upstream.mergeBases(ctx, a, b)
			if err != nil {
				return meeting{}, err
			}
			common = append(common, bases...)
		}
	}
	if common, err = o.upstream.newest(ctx, common); err != nil {
		return meeting{}, err
	}
	bases, err := o.best(ctx, ended, common)
	return meeting{bases: bases, own: own, edge: edge}, err
}

// best returns those common ancestors that no other of them reaches. An own
// commit may reach another own one and upstream's, never the reverse.
func (o *onto) best(ctx context.Context, own, common []git.ID) ([]git.ID, error) {
	if len(own) == 0 || len(own) == 1 && len(common) == 0 {
		return append(own, common...), nil
	}
	var parents []git.ID
	for _, id := range own {
		parents = append(parents, o.history.Commit(id).Parents...)
	}
	below, edge, _ := o.walkTo(parents, nil)
	reached := make(map[git.ID]bool)
	for _, id := range below {
		reached[id] = true
	}
	var best []git.ID
	for _, id := range own {
		if !reached[id] {
			best = append(best, id)
		}
	}
	for _, id := range common {
		under, err := o.upstream.reaches(ctx, edge, id)
		if err != nil {
			return nil, err
		}
		if !under {
			best = append(best, id)
		}
	}
	return best, nil
}

// moveTo enters a merge commit of tip into the line. It returns the folders
// whose attributes it changes.
func (o *onto) moveTo(ctx context.Context, merged *git.Commit, met meeting) ([]string, error) {
	changed, err := changedRules(ctx, o.objects, o.tree, merged.Tree)
	if err != nil {
		return nil, fmt.Errorf("compare the attributes of %s: %w", merged.ID, err)
	}
	o.stale = append(o.stale, changed...)
	if o.stands, err = o.upstream.newest(ctx, append(met.edge, o.stands...)); err != nil {
		return nil, fmt.Errorf("find what %s stands on: %w", merged.ID, err)
	}
	if o.shadow == o.tip {
		o.shadow = merged.ID
	} else {
		o.shadow = o.putShadow(merged)
	}
	o.tip, o.tree = merged.ID, merged.Tree
	o.add(met.own)
	return changed, nil
}
