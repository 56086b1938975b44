package assemble

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/layout"
	"mgit/internal/merge"
	"mgit/internal/tree"
)

// remaker makes the merges of a line again, as Git would have made them: by identity
// where that decides, otherwise Git makes them.
//
// Git looks for the base of a merge in all of history, the old side of a join
// included. So that it does not see that, the commits above a join are made
// again without it, with the trees they have:
//
//	O1 ── O2 ── J ── M4          F3 ── M4'
//	           /    /                 /
//	     … ── F3   tip              tip
//
// J itself has the tree of F3, which stands for it.
type remaker struct {
	objects    Workshop
	seen       *sight
	clear      map[git.ID]git.ID // by commit, the one without old sides
	attributes map[git.ID]git.ID // by commit, a tree with its attributes
	mover      *mover
	bases      Bases
}

// question is one merge to be made again.
type question struct {
	link       int
	attributes git.ID
	merge      git.Merge
}

// remake fills what of the links their contents tell.
func (l *Line) remake(ctx context.Context, objects Workshop, bases Bases) error {
	r := &remaker{objects: objects, bases: bases, seen: l.seen, clear: make(map[git.ID]git.ID), attributes: make(map[git.ID]git.ID), mover: newMover(objects, layout.Places{})}
	if err := r.clearJoins(ctx); err != nil {
		return err
	}
	var questions []question
	for i := range l.Links {
		k := &l.Links[i]
		switch k.Kind {
		case Join, Part:
		case Direct:
			k.Err = r.direct(ctx, k)
		default:
			attributes, err := r.attributesOf(ctx, k.Commit.Parents[0])
			switch {
			case ctx.Err() != nil:
				return err
			case err != nil:
				k.Err = err
			case len(k.Commit.Parents) > 2:
				r.octopus(ctx, k, attributes)
			default:
				if asked, ok := r.identity(ctx, k); !ok {
					questions = append(questions, question{i, attributes, asked})
				}
			}
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
	}
	if err := r.ask(ctx, l.Links, questions); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// identity makes a merge again where identity decides it, and reports whether it
// does; else it returns what Git is to be asked. Where objects are missing, Git says so.
func (r *remaker) identity(ctx context.Context, k *Link) (git.Merge, bool) {
	asked := git.Merge{Heads: [2]git.ID{r.of(k.Commit.Parents[0]), r.of(k.Commit.Parents[1])}}
	base := r.baseOf(ctx, k)
	if base == git.ZeroID {
		return asked, false
	}
	var trees [3]git.ID
	for i, id := range []git.ID{base, k.Commit.Parents[0], k.Commit.Parents[1]} {
		var err error
		if trees[i], err = r.seen.treeOf(ctx, r.objects, id); err != nil {
			return asked, false
		}
	}
	if k.Kind != MergeOfUpstream {
		in, err := r.mover.sides(ctx, trees[1], trees[0], trees[2], k.Commit.Tree)
		if err != nil {
			return asked, false
		}
		if in.move != nil {
			trees[0], trees[2] = in.base, in.theirs
			asked = git.Merge{Base: trees[0], Ours: trees[1], Theirs: trees[2]}
		}
	}
	id, reason, err := merge.Identity(ctx, r.objects, trees[0], trees[1], trees[2])
	if err != nil || !reason.Decided() {
		return asked, false
	}
	r.compare(ctx, k, git.Merged{Tree: id, Clean: true})
	return asked, true
}

// baseOf is the one merge base of a merge, zero where identity has to do without. Git
// is asked for it only where the two sides differ in their layout, since it would merge
// those as they are.
func (r *remaker) baseOf(ctx context.Context, k *Link) git.ID {
	base := r.seen.baseOf(k.Commit)
	if base != git.ZeroID || k.Kind == MergeOfUpstream || len(k.Commit.Parents) != 2 {
		return base
	}
	var public [2]bool
	for i, p := range k.Commit.Parents {
		root, err := r.seen.treeOf(ctx, r.objects, p)
		if err == nil {
			public[i], err = r.mover.isPublic(ctx, root)
		}
		if err != nil {
			return git.ZeroID
		}
	}
	if public[0] == public[1] {
		return git.ZeroID
	}
	bases, err := r.bases.MergeBases(ctx, k.Commit.Parents[0], k.Commit.Parents[1])
	if err != nil || len(bases) != 1 {
		return git.ZeroID
	}
	return bases[0]
}

// clearJoins makes the commits above joins again.
func (r *remaker) clearJoins(ctx context.Context) error {
	if len(r.seen.joins) == 0 {
		return nil
	}
	for _, c := range r.seen.order {
		if fresh, is := r.seen.joins[c.ID]; is {
			r.clear[c.ID] = r.of(fresh)
			continue
		}
		parents := make([]git.ID, len(c.Parents))
		for i, p := range c.Parents {
			parents[i] = r.of(p)
		}
		if slices.Equal(parents, c.Parents) {
			continue
		}
		without := *c
		without.Parents = parents
		id := r.objects.PutCommit(&without)
		if err := r.objects.Spill(ctx, id); err != nil {
			return err
		}
		r.clear[c.ID] = id
	}
	return nil
}

// of is the commit that stands for id.
func (r *remaker) of(id git.ID) git.ID {
	if c, is := r.clear[id]; is {
		return c
	}
	return id
}

// ask has the merges made. All that share their attributes are asked about in one
// go, by as many processes as there are processors.
func (r *remaker) ask(ctx context.Context, links []Link, questions []question) error {
	byAttributes := make(map[git.ID][]question)
	for _, q := range questions {
		byAttributes[q.attributes] = append(byAttributes[q.attributes], q)
		for _, head := range q.merge.Heads {
			if head == git.ZeroID {
				continue
			}
			if err := r.objects.Spill(ctx, head); err != nil {
				return err
			}
		}
	}
	const few = 8 // of which a process of their own is not worth its start
	var parts [][]question
	for _, all := range byAttributes {
		share := (len(all) + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0)
		parts = slices.AppendSeq(parts, slices.Chunk(all, max(few, share)))
	}
	errs := make([]error, len(parts))
	var all crew.Group
	for i, part := range parts {
		all.Go(func() { errs[i] = r.askPart(ctx, links, part) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func (r *remaker) askPart(ctx context.Context, links []Link, part []question) error {
	merges := make([]git.Merge, len(part))
	for i, q := range part {
		merges[i] = q.merge
	}
	answers, err := r.objects.MergeTrees(ctx, part[0].attributes, merges)
	if err != nil {
		return err
	}
	for i, m := range answers {
		r.compare(ctx, &links[part[i].link], m)
	}
	return nil
}

// octopus makes a merge of three and more parents again, one after the other.
// Git's own way refuses every conflict, so that what it recorded is the sum of
// clean merges. Where they do not merge clean nobody's rules made the commit, and
// the difference to the sum of those that do counts as made by hand.
func (r *remaker) octopus(ctx context.Context, k *Link, attributes git.ID) {
	sum := r.of(k.Commit.Parents[0])
	for _, p := range k.Commit.Parents[1:] {
		next := r.of(p)
		if k.Err = errors.Join(r.objects.Spill(ctx, sum), r.objects.Spill(ctx, next)); k.Err != nil {
			return
		}
		answers, err := r.objects.MergeTrees(ctx, attributes, []git.Merge{{Heads: [2]git.ID{sum, next}}})
		if err == nil {
			err = answers[0].Err
		}
		if err != nil {
			k.Err = err
			return
		}
		if !answers[0].Clean {
			k.Conflicts = append(k.Conflicts, answers[0].Conflicts...)
			continue
		}
		c := git.Commit{Tree: answers[0].Tree, Parents: []git.ID{sum, next}, Author: k.Commit.Author, Committer: k.Commit.Committer, Message: "octopus\n"}
		sum = r.objects.PutCommit(&c)
	}
	last, err := r.objects.Commit(ctx, sum)
	if err != nil {
		k.Err = err
		return
	}
	k.Hand, k.Err = editsOf(ctx, r.objects, last.Tree, k.Commit.Tree)
}

// direct reads what a commit made on the target itself changes.
func (r *remaker) direct(ctx context.Context, k *Link) (err error) {
	before, err := r.seen.treeOf(ctx, r.objects, firstParent(k.Commit))
	if err != nil {
		return err
	}
	k.Hand, err = editsOf(ctx, r.objects, before, k.Commit.Tree)
	return err
}

func firstParent(c *git.Commit) git.ID {
	if len(c.Parents) == 0 {
		return git.ZeroID
	}
	return c.Parents[0]
}

// compare holds what Git makes of a merge against what was recorded.
func (r *remaker) compare(ctx context.Context, k *Link, m git.Merged) {
	if m.Err != nil {
		k.Err = m.Err
		return
	}
	edits, err := editsOf(ctx, r.objects, m.Tree, k.Commit.Tree)
	if err != nil {
		k.Err = err
		return
	}
	if m.Clean {
		k.Hand = edits
		return
	}
	k.Conflicts, k.stages = m.Conflicts, m.Stages
	settled := r.settled(k, m)
	for _, e := range edits {
		if !settled[r.plain(k, e.Path)] {
			k.Hand = append(k.Hand, e)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(settled)) {
		at, err := tree.At(ctx, r.objects, k.Commit.Tree, p)
		if err != nil {
			k.Err = err
			return
		}
		k.Files = append(k.Files, File{Path: p, Mode: at.File.Mode, ID: at.File.ID})
	}
	// A merge in conflict that leaves the tree as it was took nothing of what it
	// merged, whatever the history says, as after `git merge -s ours`.
	first, err := r.seen.treeOf(ctx, r.objects, firstParent(k.Commit))
	if err == nil {
		k.nothing, err = tree.Same(ctx, r.objects, first, k.Commit.Tree)
	}
	k.Err = err
}

// settled returns the paths of a merge that were in conflict.
func (r *remaker) settled(k *Link, m git.Merged) map[string]bool {
	paths := make(map[string]bool)
	for _, c := range m.Conflicts {
		paths[r.plain(k, c.Path)] = true
	}
	for _, s := range m.Stages {
		paths[r.plain(k, s.Path)] = true
	}
	return paths
}

// plain takes off a path what Git puts there for a file that stands in a
// directory's way: "path~<commit>".
func (r *remaker) plain(k *Link, name string) string {
	for _, p := range k.Commit.Parents {
		if at := strings.LastIndex(name, "~"+r.of(p).String()); at >= 0 {
			return name[:at]
		}
	}
	return name
}

// editsOf are the paths that differ between two trees.
func editsOf(ctx context.Context, objects tree.Reader, from, to git.ID) ([]Edit, error) {
	var all []Edit
	err := tree.Diff(ctx, objects, from, to, func(c tree.Change) error {
		all = append(all, editOf(c))
		return nil
	})
	return all, err
}

func editOf(c tree.Change) Edit {
	return Edit{
		Path: c.Path,
		From: File{Path: c.Path, Mode: c.From.Mode, ID: c.From.ID},
		To:   File{Path: c.Path, Mode: c.To.Mode, ID: c.To.ID},
	}
}

// attributesOf returns a tree with the attributes of a commit. Few commits of a
// target change those, so that the tree of its base serves nearly all.
func (r *remaker) attributesOf(ctx context.Context, id git.ID) (git.ID, error) {
	var above []*git.Commit
	for c := r.seen.commits[id]; c != nil && r.attributes[id] == git.ZeroID; c = r.seen.commits[id] {
		above = append(above, c)
		if len(c.Parents) == 0 {
			break
		}
		id = r.seen.parents(c)[0]
	}
	if r.attributes[id] == git.ZeroID {
		t, err := r.seen.treeOf(ctx, r.objects, id)
		if err != nil {
			return git.ZeroID, err
		}
		r.attributes[id] = t
	}
	attributes := r.attributes[id]
	for _, c := range slices.Backward(above) {
		before, err := r.seen.treeOf(ctx, r.objects, id)
		if err != nil {
			return git.ZeroID, err
		}
		changed, err := changedRules(ctx, r.objects, before, c.Tree)
		if err != nil {
			return git.ZeroID, err
		}
		if len(changed) > 0 {
			attributes = c.Tree
		}
		id = c.ID
		r.attributes[id] = attributes
	}
	return attributes, nil
}

// treeOf is the tree of a commit, the empty one of no commit.
func (s *sight) treeOf(ctx context.Context, objects Objects, id git.ID) (git.ID, error) {
	if id == git.ZeroID {
		return git.EmptyTree, nil
	}
	if c := s.commits[id]; c != nil {
		return c.Tree, nil
	}
	c, err := objects.Commit(ctx, id)
	if err != nil {
		return git.ZeroID, fmt.Errorf("read commit %s: %w", id, err)
	}
	return c.Tree, nil
}
