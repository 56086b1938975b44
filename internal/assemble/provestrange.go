package assemble

import (
	"context"
	"slices"
	"strings"

	"mgit/internal/git"
)

// strange goes over the links and lists what no wanted branch explains.
func (v *prover) strange(ctx context.Context) error {
	var all []Stranger
	var run []Link // of parts that are not wanted
	for _, k := range v.line.Links {
		if k.Err != nil {
			v.proof.Unread = append(v.proof.Unread, Unread{k.Commit.ID, k.Err})
		}
		if k.Kind == Part && !v.isWanted(k.Commit.ID) {
			run = append(run, k)
			continue
		}
		if len(run) > 0 {
			s, err := v.part(ctx, run)
			if err := v.unread(ctx, s.Commit, err); err != nil {
				return err
			}
			all, run = append(all, s), nil
		}
		s, is, err := v.judge(ctx, k)
		if err := v.unread(ctx, k.Commit.ID, err); err != nil {
			return err
		}
		if is {
			all = append(all, s)
		}
	}
	if len(run) > 0 {
		s, err := v.part(ctx, run)
		if err := v.unread(ctx, s.Commit, err); err != nil {
			return err
		}
		all = append(all, s)
	}
	v.cancel(all)
	return nil
}

// unread notes that a commit could not be judged. Nothing but the end of the work
// keeps the others from being.
func (v *prover) unread(ctx context.Context, id git.ID, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		v.proof.Unread = append(v.proof.Unread, Unread{id, err})
	}
	return nil
}

// judge says whether a link is a stranger.
func (v *prover) judge(ctx context.Context, k Link) (Stranger, bool, error) {
	switch k.Kind {
	case Part, Join:
		return Stranger{}, false, nil
	case Direct:
		if k.Aside || len(k.Hand) == 0 || v.isWanted(k.Commit.ID) {
			return Stranger{}, false, nil // it is shown with the merge that brought it
		}
		s := strangerOf(k, StrangeCommit)
		s.Commits, s.Edits = 1, k.Hand
		v.touch(k.Commit.ID, k.Commit.ID, k.Hand)
		return s, true, nil
	case MergeOfOther:
		if k.Aside {
			return Stranger{}, false, nil
		}
		if len(v.strangeAsides(k)) > 0 {
			s, err := v.other(ctx, k)
			return s, true, err
		}
	}
	if i := slices.IndexFunc(k.Steps, func(s Step) bool { return !s.Upstream && s.Name != "" && !v.isWanted(s.Tip) }); i >= 0 {
		s := strangerOf(k, StrangeBranch)
		s.Branch, s.Merged = k.Steps[i].Name, k.Steps[i].Tip
		for _, c := range v.line.seen.brings(k.Commit) {
			if v.isOfUnwanted(c.ID) {
				s.Commits++
			}
		}
		var err error
		s.Edits, err = v.sinceFirstParent(ctx, k.Commit)
		v.touch(k.Commit.ID, k.Commit.ID, s.Edits)
		return s, true, err
	}
	edits, err := v.leftOut(ctx, k)
	if err != nil {
		return Stranger{}, false, err
	}
	edits = append(slices.Clone(k.Hand), edits...)
	if len(edits) == 0 {
		return Stranger{}, false, nil
	}
	slices.SortFunc(edits, func(a, b Edit) int { return strings.Compare(a.Path, b.Path) })
	s := strangerOf(k, StrangeContent)
	s.Branch, s.Edits = v.merges(k), edits
	v.touch(k.Commit.ID, k.Commit.ID, edits)
	return s, true, nil
}

// merges is the first name of what a merge brought.
func (v *prover) merges(k Link) string {
	for _, s := range k.Steps {
		if s.Name != "" {
			return s.Name
		}
		if i := v.line.attribute(s.Tip, v.branches, v.own); i >= 0 {
			return v.branches[i].Name
		}
	}
	return ""
}

// leftOut returns what a merge in conflict left out of what it merged, if it took
// nothing at all: then the resolutions of its conflicts are none. What the target
// had already is not left out.
func (v *prover) leftOut(ctx context.Context, k Link) ([]Edit, error) {
	if !k.nothing {
		return nil, nil
	}
	var all []Edit
	for _, f := range k.Files {
		change := Edit{Path: f.Path, From: stageOf(k, f.Path, 1), To: stageOf(k, f.Path, 3)}
		took, err := v.loses(ctx, k.Named, change, change.To, f)
		if err != nil {
			return nil, err
		}
		if took.any {
			all = append(all, Edit{Path: f.Path, From: change.To, To: f})
		}
	}
	if len(all) > 0 {
		v.empty[k.Commit.ID] = true
	}
	return all, nil
}

func (v *prover) isOfUnwanted(id git.ID) bool {
	return v.line.isExplained(id) && !v.isWanted(id)
}

// part makes a stranger of a fast-forward to a branch that is not wanted.
func (v *prover) part(ctx context.Context, run []Link) (Stranger, error) {
	last := run[len(run)-1].Commit
	s := Stranger{Kind: StrangeBranch, Commit: last.ID, Subject: subject(last.Message), Merged: last.ID}
	if i := v.line.attribute(last.ID, v.line.branches, v.line.own); i >= 0 {
		s.Branch = v.line.branches[i].Name
	}
	seen := v.line.seen
	from := seen.enter[run[0].Commit.ID]
	for _, c := range seen.order[from : seen.at[last.ID]+1] {
		if v.isOfUnwanted(c.ID) {
			s.Commits++
		}
	}
	before, err := seen.treeOf(ctx, v.objects, firstParent(run[0].Commit))
	if err != nil {
		return s, err
	}
	s.Edits, err = editsOf(ctx, v.objects, before, last.Tree)
	v.touch(last.ID, last.ID, s.Edits)
	return s, err
}

// other makes a stranger of a merge with commits of nobody. Each of these is
// held responsible for what it changed itself. The merge is for what they touch and
// for its resolutions: the rest of what it brought may be merges of branches.
func (v *prover) other(ctx context.Context, k Link) (Stranger, error) {
	s := strangerOf(k, StrangeMerge)
	s.Branch = ""
	asides := v.strangeAsides(k)
	s.Commits = len(asides)
	touched := make(map[string]bool)
	for _, l := range append(asides, k) {
		for _, e := range l.Hand {
			touched[e.Path] = true
		}
		for _, f := range l.Files {
			touched[f.Path] = true
		}
	}
	var err error
	if s.Edits, err = v.sinceFirstParent(ctx, k.Commit); err != nil {
		return s, err
	}
	for _, e := range s.Edits {
		if touched[e.Path] {
			v.touch(k.Commit.ID, k.Commit.ID, []Edit{e})
		}
	}
	v.touch(k.Commit.ID, k.Commit.ID, k.Hand)
	for _, aside := range asides { // last, since the last one that took something away is named
		v.touch(aside.Commit.ID, k.Commit.ID, aside.Hand)
	}
	return s, nil
}

// strangeAsides are the commits of nobody that a merge brought.
func (v *prover) strangeAsides(k Link) []Link {
	brought := make(map[git.ID]bool)
	for _, c := range v.line.seen.brings(k.Commit) {
		brought[c.ID] = true
	}
	var all []Link
	for _, l := range v.line.Links {
		if brought[l.Commit.ID] && !v.isWanted(l.Commit.ID) && (l.Kind == Direct || l.Kind == MergeOfOther) {
			all = append(all, l)
		}
	}
	return all
}

// sinceFirstParent are the edits that a merge makes to its first parent.
func (v *prover) sinceFirstParent(ctx context.Context, c *git.Commit) ([]Edit, error) {
	before, err := v.line.seen.treeOf(ctx, v.objects, firstParent(c))
	if err != nil {
		return nil, err
	}
	return editsOf(ctx, v.objects, before, c.Tree)
}

func strangerOf(k Link, kind StrangerKind) Stranger {
	s := Stranger{Kind: kind, Commit: k.Commit.ID, Subject: subject(k.Commit.Message), Named: k.Named}
	for _, step := range k.Steps {
		s.Merged = step.Tip
		if s.Branch == "" {
			s.Branch = step.Name
		}
	}
	return s
}

func subject(message string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(message, "\n"), "\n")
	return line
}

func (v *prover) touch(by, stranger git.ID, edits []Edit) {
	for _, e := range edits {
		v.touches = append(v.touches, touch{by, stranger, e})
	}
}

// cancel parts the strangers that together change nothing from the others. A
// change takes back the last one of its path when it leads from where that led to
// where that came from.
func (v *prover) cancel(all []Stranger) {
	type change struct {
		by int
		Edit
	}
	open := make(map[string][]change)
	left := make([]int, len(all)) // changes of each that stand
	for i, s := range all {
		left[i] = len(s.Edits)
		for _, e := range s.Edits {
			stack := open[e.Path]
			if n := len(stack) - 1; n >= 0 && stack[n].From == e.To && stack[n].To == e.From {
				left[i]--
				left[stack[n].by]--
				open[e.Path] = stack[:n]
				continue
			}
			open[e.Path] = append(stack, change{i, e})
		}
	}
	undone := make(map[git.ID]bool)
	for i, s := range all {
		if left[i] == 0 && len(s.Edits) > 0 {
			undone[s.Commit] = true
			v.proof.Undone = append(v.proof.Undone, s)
		} else {
			v.proof.Strangers = append(v.proof.Strangers, s)
		}
	}
	v.touches = slices.DeleteFunc(v.touches, func(t touch) bool { return undone[t.stranger] })
}
