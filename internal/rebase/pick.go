package rebase

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/merge"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// pickKey names a pick: what is replayed, and onto what. Stacked branches meet
// in it, so that a commit they share is rebased once and its conflict is one.
type pickKey struct {
	old    git.ID
	byHand bool
	on     git.ID
	// base and theirs tell apart moves from different releases.
	base, theirs git.ID
}

// pick is one step replayed onto one commit.
type pick struct {
	step       Step
	on         *git.Commit
	attributes git.ID
	reason     merge.Reason
	question   git.Merge

	known     bool // the fields below are set
	fate      Fate
	commit    git.ID
	conflicts []Conflict
	used      []string // resolutions
	rebuild   []string // generated files
	err       error
}

// pick returns the pick of step onto the line's commit. When identity decides
// it the answer is known at once, otherwise Git is to be asked.
func (r *run) pick(ctx context.Context, step Step, l *line) (*pick, error) {
	key := pickKey{old: step.Old, byHand: step.ByHand, on: l.on, base: step.Base, theirs: step.Theirs}
	r.lock.Lock()
	p := r.picks[key]
	r.lock.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := r.newPick(ctx, step, l)
	if err != nil {
		return nil, err
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	if first := r.picks[key]; first != nil {
		return first, nil
	}
	r.picks[key] = p
	return p, nil
}

func (r *run) newPick(ctx context.Context, step Step, l *line) (*pick, error) {
	on, err := r.objects.Commit(ctx, l.on)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", l.on, err)
	}
	if err := r.place(ctx, &step, on.Tree); err != nil {
		return nil, err
	}
	p := &pick{step: step, on: on, attributes: l.attributes}
	if p.attributes == git.ZeroID {
		p.attributes = on.Tree
	}
	if p.conflicts = step.unplaced(); len(p.conflicts) > 0 {
		p.known = true
		return p, nil
	}
	if !r.request.Anew && !step.ByHand && step.Relocation == nil && len(step.commit.Parents) == 1 && step.commit.Parents[0] == on.ID {
		p.known, p.fate, p.commit = true, Kept, step.Old // it stands there already
		return p, nil
	}
	merged, reason, err := r.identity(ctx, step.Base, on.Tree, step.Theirs)
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", step.Old, err)
	}
	p.reason = reason
	if reason.Decided() {
		p.known = true
		return p, r.commit(ctx, p, merged)
	}
	p.question = git.Merge{Base: step.Base, Ours: on.Tree, Theirs: step.Theirs}
	if !step.ByHand && step.Relocation == nil && len(step.commit.Parents) == 1 {
		p.question.Parent, p.question.Commit = step.commit.Parents[0], step.Old
	}
	return p, nil
}

// settle enters Git's answer into the pick.
func (r *run) settle(ctx context.Context, p *pick, m git.Merged) error {
	switch {
	case errors.Is(m.Err, git.ErrCrash):
		p.conflicts = []Conflict{{Commit: p.step.Old, Kind: "CONFLICT (git crashed)"}}
		return nil
	case m.Err != nil:
		p.err = fmt.Errorf("replay %s: %w", p.step.Old, m.Err)
		return nil
	case m.Clean:
		return r.commit(ctx, p, m.Tree)
	}
	if r.request.Resolve != nil {
		res, ok, err := r.request.Resolve(ctx, Unresolved{Step: p.step, Onto: p.on.Tree, Merged: m})
		if err != nil {
			return fmt.Errorf("use a recorded resolution: %w", err)
		}
		if ok {
			p.used = res.Used
			return r.commit(ctx, p, res.Tree)
		}
	}
	if id, ok, err := r.takeGenerated(ctx, p, m); err != nil || ok {
		return errors.Join(err, r.commitIf(ctx, p, id, ok))
	}
	if len(m.Conflicts) == 0 { // Git has such: a conflict that it does not place
		m.Conflicts = []git.Conflict{{Kind: "CONFLICT"}}
	}
	for _, c := range m.Conflicts {
		p.conflicts = append(p.conflicts, Conflict{Commit: p.step.Old, Path: c.Path, Kind: c.Kind})
	}
	return nil
}

func (r *run) commitIf(ctx context.Context, p *pick, id git.ID, ok bool) error {
	if !ok {
		return nil
	}
	return r.commit(ctx, p, id)
}

// commit makes the new commit of a clean pick. A step that changed something
// and now changes nothing has become empty; one that was empty before is kept,
// as git rebase keeps it.
func (r *run) commit(ctx context.Context, p *pick, merged git.ID) error {
	if p.step.Base != p.step.Theirs {
		empty, err := tree.Same(ctx, r.objects, merged, p.on.Tree)
		if err != nil {
			return fmt.Errorf("compare what %s became: %w", p.step.Old, err)
		}
		if empty {
			p.fate = Emptied
			return nil
		}
	}
	misplaced, err := p.step.misplaced(ctx, r.objects, p.on.Tree, merged)
	if err != nil {
		return fmt.Errorf("check where %s puts things: %w", p.step.Old, err)
	}
	if len(misplaced) > 0 {
		p.conflicts = misplaced
		return nil
	}
	p.fate = Kept
	if id, ok := r.known(ctx, p, merged); ok {
		p.commit = id
		return nil
	}
	old := p.step.commit
	c := &git.Commit{
		Tree:       merged,
		Parents:    []git.ID{p.on.ID},
		Author:     old.Author,
		AuthorLine: old.AuthorLine,
		Committer:  r.request.Committer,
		Encoding:   old.Encoding,
		Message:    p.step.Message(),
	}
	if r.request.Commit == nil {
		p.commit = r.objects.PutCommit(c)
		return nil
	}
	id, err := r.request.Commit(ctx, c)
	p.commit = id
	return err
}

// known finds the commit an earlier run made of this step, if it is the one
// that would be made now.
func (r *run) known(ctx context.Context, p *pick, merged git.ID) (git.ID, bool) {
	id, ok := r.request.Known[p.step.Old]
	if !ok || p.step.ByHand {
		return git.ZeroID, false
	}
	c, err := r.objects.Commit(ctx, id)
	if err != nil || c.Tree != merged || len(c.Parents) != 1 || c.Parents[0] != p.on.ID {
		return git.ZeroID, false
	}
	return id, true
}

// takeGenerated settles a merge whose only conflicts are in generated files by
// taking upstream's side of them: merging built JavaScript by hand makes no
// sense, building it again does. The report says so.
func (r *run) takeGenerated(ctx context.Context, p *pick, m git.Merged) (git.ID, bool, error) {
	if len(m.Conflicts) == 0 {
		return git.ZeroID, false, nil
	}
	for _, c := range m.Conflicts {
		if !moodle.IsGenerated(c.Path) || c.Kind != "CONFLICT (contents)" {
			return git.ZeroID, false, nil
		}
	}
	id := m.Tree
	for _, s := range m.Stages {
		if s.Stage != 2 {
			continue
		}
		var err error
		if id, err = tree.Set(ctx, r.objects, id, s.Path, tree.File{Mode: s.Mode, ID: s.ID}); err != nil {
			return git.ZeroID, false, fmt.Errorf("take upstream's %s: %w", s.Path, err)
		}
		p.rebuild = append(p.rebuild, s.Path)
	}
	return id, true, nil
}
