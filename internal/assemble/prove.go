package assemble

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"mgit/internal/git"
)

// Proof is what a target lacks of what is wanted and has beyond it. One that has
// neither Missing nor Strangers, Dropped nor Unread proves the target.
type Proof struct {
	// Missing are wanted steps that are not in, or not with their tip.
	Missing []Missing
	// Ahead are branches of which more is in than wanted, in their order.
	Ahead []Ahead
	// Strangers are commits of the target that no wanted branch explains, and
	// merges with content that nothing explains, oldest first.
	Strangers []Stranger
	// Undone are strangers that others took back to the byte, and these. Together
	// they change nothing.
	Undone []Stranger
	// Dropped is what strangers took away from branches and from upstream, by
	// wanted branch in their order and then by path.
	Dropped []Dropped
	// Decided are paths in conflict that were resolved when a branch was merged,
	// oldest first. They are no fault.
	Decided []Decided
	// Unread are commits that could not be judged, a merge that could not be made
	// again for one. Nothing is known of their content.
	Unread []Unread
	// Contains are wanted branches that reach another branch without requiring it.
	// It is no fault, but worth a look: a branch that the target was merged into
	// explains all that was in the target then.
	Contains []Contains
}

// OK reports whether the target is what was wanted.
func (p *Proof) OK() bool {
	return len(p.Missing)+len(p.Strangers)+len(p.Dropped)+len(p.Unread) == 0
}

// Missing is a wanted step whose tip is not in.
type Missing struct {
	Step
	// Has is the newest older state that is in; zero: none. Of upstream it is the
	// newest commit that is in.
	Has git.ID
	// Commits counts the branch's own commits that are not in.
	Commits int
}

// Ahead is a branch that is in with a newer state than the one wanted.
type Ahead struct {
	Step        // as wanted
	Has  git.ID // what is in
}

// StrangerKind says what is strange about a commit.
type StrangerKind string

// The kinds of strangers.
const (
	// StrangeCommit is a commit made on the target: a revert, an edit, a
	// cherry-pick, a squashed branch.
	StrangeCommit StrangerKind = "commit"
	// StrangeBranch is a branch that is known and not wanted, merged or
	// fast-forwarded to.
	StrangeBranch StrangerKind = "branch"
	// StrangeMerge merges commits that no known branch reaches: of somebody's own
	// branch, or of a state of a branch that was rewritten since.
	StrangeMerge StrangerKind = "merge"
	// StrangeContent is a merge of what is wanted, with a tree that Git would not
	// have made of it.
	StrangeContent StrangerKind = "content"
)

// Stranger is something in the target that no wanted branch explains.
type Stranger struct {
	Kind    StrangerKind
	Commit  git.ID
	Subject string
	// Branch is the branch that is not wanted, or whose merge has content of its
	// own; "" for the others.
	Branch string
	// Named is what a merge's message names; it is shown and never believed.
	Named string
	// Merged is the tip of what was merged; zero for a commit.
	Merged git.ID
	// Commits counts the commits that nothing wanted explains, Commit not among them
	// where it is a merge.
	Commits int
	// Edits are what changed on the line by it, by path.
	Edits []Edit
}

// Decided is a path in conflict and how it was resolved.
type Decided struct {
	Commit git.ID // the merge
	Branch string // what it merged
	File
	Side Side
}

// Side says which side of a conflict a resolution took.
type Side string

// The sides.
const (
	Both   Side = "both"   // a file that neither side had
	Ours   Side = "ours"   // the target's file, nothing of what was merged
	Theirs Side = "theirs" // the file of what was merged
)

// Contains is a branch that reaches the state of another one that is in the target,
// or the other one's tip.
type Contains struct {
	Branch string
	Others []string
}

// Unread is a commit that could not be judged.
type Unread struct {
	Commit git.ID
	Err    error
}

// Prove holds the line against what is wanted in it: the branches with their
// tips, and the upstream tag. A wanted tip can be another one than the line was
// read with: that which another target has, of a branch that was rewritten or deleted
// since. A branch without commits of its own is in.
//
// It judges contents: neither what a message names counts, nor that a commit is
// reachable when its content was taken out again. What a merge should look like
// Git says, with its usual options; one that was made with others (-X
// ignore-space-change) has content of its own. Strangers that cancel out to the
// byte are Undone and not Strangers: the target is as if they had not been.
//
// A branch that the target itself was merged into reaches everything that was in
// the target then, and so explains it all; see [Proof.Contains]. What a stranger
// took away from a file that was renamed in the target is seen as the stranger
// alone.
func (l *Line) Prove(ctx context.Context, objects Workshop, bases Bases, wanted []Step) (*Proof, error) {
	if l.shape {
		return nil, fmt.Errorf("prove %s: %w", l.Tip, errShape)
	}
	v := &prover{line: l, objects: objects, bases: bases, wanted: wanted, empty: make(map[git.ID]bool)}
	v.choose()
	if err := v.missing(ctx); err != nil {
		return nil, err
	}
	if err := v.strange(ctx); err != nil {
		return nil, fmt.Errorf("look for strangers in %s: %w", l.Tip, err)
	}
	v.decided()
	v.contains()
	if err := v.dropped(ctx); err != nil {
		return nil, fmt.Errorf("look for what was dropped from %s: %w", l.Tip, err)
	}
	return &v.proof, nil
}

// prover makes one Proof.
type prover struct {
	line    *Line
	objects Workshop
	bases   Bases
	wanted  []Step
	proof   Proof

	branches []Step            // wanted ones, at their present tips
	own      []map[git.ID]bool // their own commits
	known    []bool            // whether the line was read with the wanted state
	states   []state           // what of them is in
	touches  []touch
	empty    map[git.ID]bool // merges in conflict that took nothing
}

// touch is content that a commit of a stranger changed.
type touch struct {
	by       git.ID
	stranger git.ID
	Edit
}

// choose finds the wanted branches among those that the line was read with. A
// state that none of these reaches has its own history.
func (v *prover) choose() {
	l := v.line
	for _, w := range v.wanted {
		if w.Upstream {
			continue
		}
		branch, own := Step{}, make(map[git.ID]bool)
		known := false
		for i, b := range l.branches {
			if b.Name != w.Name {
				continue
			}
			if branch.Name == "" || b.Tip == w.Tip {
				branch = b
			}
			known = known || b.Tip == w.Tip || l.own[i][w.Tip]
			maps.Copy(own, l.own[i])
		}
		if !known {
			branch = w
			for _, c := range l.history.Of(w.Tip, git.ZeroID) {
				own[c.ID] = true
			}
		}
		v.branches = append(v.branches, branch)
		v.own = append(v.own, own)
		v.known = append(v.known, known)
	}
	v.states = l.states(v.branches, v.own)
}

// contains finds branches within branches.
func (v *prover) contains() {
	for i, b := range v.branches {
		required := v.requiredBy(b)
		var others []string
		for j, o := range v.branches {
			tip := v.states[j].tip
			if j != i && !required[o.Name] && o.Tip != b.Tip && (v.own[i][o.Tip] || v.own[i][tip]) {
				others = append(others, o.Name)
			}
		}
		if len(others) > 0 {
			v.proof.Contains = append(v.proof.Contains, Contains{b.Name, others})
		}
	}
}

// requiredBy returns the branches that one requires, and that those require.
func (v *prover) requiredBy(b Step) map[string]bool {
	required := make(map[string]bool)
	for todo := slices.Clone(b.Requires); len(todo) > 0; {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if required[name] {
			continue
		}
		required[name] = true
		if i := slices.IndexFunc(v.branches, func(o Step) bool { return o.Name == name }); i >= 0 {
			todo = append(todo, v.branches[i].Requires...)
		}
	}
	return required
}

func (v *prover) missing(ctx context.Context) error {
	at := 0
	for _, w := range v.wanted {
		if w.Upstream {
			in, err := v.reachesUpstream(ctx, w.Tip)
			if err != nil {
				return err
			}
			if !in {
				v.proof.Missing = append(v.proof.Missing, Missing{Step: w, Has: v.newestUpstream()})
			}
			continue
		}
		has, present, known := v.states[at].tip, v.branches[at].Tip, v.known[at]
		at++
		switch {
		case v.line.Has(w.Tip):
			if has != w.Tip && present != w.Tip {
				v.proof.Ahead = append(v.proof.Ahead, Ahead{Step: w, Has: has})
			}
		case v.line.history.Owns(w.Tip):
			m := Missing{Step: w, Has: has}
			for _, c := range v.line.history.Of(w.Tip, git.ZeroID) {
				if !v.line.Has(c.ID) {
					m.Commits++
				}
			}
			v.proof.Missing = append(v.proof.Missing, m)
		case !known:
			in, err := v.reachesUpstream(ctx, w.Tip)
			if err != nil {
				return err
			}
			if !in {
				v.proof.Missing = append(v.proof.Missing, Missing{Step: w, Has: has})
			}
		}
	}
	return nil
}

func (v *prover) newestUpstream() git.ID {
	if v.line.upstream.Tip != git.ZeroID {
		return v.line.upstream.Tip
	}
	return v.line.Base
}

// reachesUpstream reports whether the line has a commit of upstream.
func (v *prover) reachesUpstream(ctx context.Context, id git.ID) (bool, error) {
	edge := v.line.Upstreams
	if slices.Contains(edge, id) {
		return true, nil
	}
	newest, err := v.bases.Independent(ctx, append(slices.Clone(edge), id))
	if err != nil {
		return false, fmt.Errorf("look for upstream commit %s: %w", id, err)
	}
	return !slices.Contains(newest, id), nil
}

// isWanted reports whether a wanted branch reaches the commit.
func (v *prover) isWanted(id git.ID) bool {
	return slices.ContainsFunc(v.own, func(own map[git.ID]bool) bool { return own[id] })
}

// decided lists the resolutions of conflicts.
func (v *prover) decided() {
	for _, k := range v.line.Links {
		if v.empty[k.Commit.ID] {
			continue
		}
		for _, f := range k.Files {
			s := Decided{Commit: k.Commit.ID, Branch: v.merges(k), File: f, Side: Both}
			switch f {
			case stageOf(k, f.Path, 2):
				s.Side = Ours
			case stageOf(k, f.Path, 3):
				s.Side = Theirs
			}
			v.proof.Decided = append(v.proof.Decided, s)
		}
	}
}

func stageOf(k Link, path string, stage int) File {
	for _, s := range k.stages {
		if s.Path == path && s.Stage == stage {
			return File{Path: path, Mode: s.Mode, ID: s.ID}
		}
	}
	return File{Path: path}
}

// errShape says that a line was read without its contents.
var errShape = errors.New("the line was read without contents")
