package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mgit/internal/git"
)

// Apply makes the draft a run: it finishes a killed one first, stores this one
// with all its objects, which scratch holds, and moves the references.
//
// A group with a move that cannot be made is taken out, and the others go on;
// see Run.TakenOut. An *UnfinishedError comes with the run: it stands past its
// commit point and the next command goes on with it. With any other error
// nothing was moved. Past the commit point a cancelled ctx changes nothing any
// more.
func Apply(ctx context.Context, repo *git.Repo, lock *Lock, scratch *git.Scratch, draft Draft, shared Shared) (*Run, error) {
	refs, err := lock.mendBefore(ctx, repo, shared)
	if err != nil {
		return nil, err
	}
	moves, err := checkMoves(draft.Moves)
	if err != nil {
		return nil, fmt.Errorf("apply: %w", err)
	}
	run := &Run{Command: draft.Command, Moves: moves, Payload: draft.Payload, Undoes: draft.Undoes}
	if err := lock.begin(ctx, run, refs, shared != nil); err != nil {
		return nil, fmt.Errorf("apply: %w", err)
	}
	if err := lock.commit(ctx, scratch, run); err != nil {
		return nil, fmt.Errorf("apply run %d: %w", run.Number, err)
	}
	if err := lock.finish(context.WithoutCancel(ctx), run, shared); err != nil {
		return run, &UnfinishedError{Run: run.Number, Err: err}
	}
	return run, nil
}

// checkMoves returns the moves with their groups filled in. It refuses what can
// only be a mistake of the caller.
func checkMoves(moves []Move) ([]Move, error) {
	checked := make([]Move, 0, len(moves))
	seen := make(map[string]Move, len(moves))
	for _, m := range moves {
		if err := git.CheckName(m.Ref); err != nil {
			return nil, err
		}
		switch {
		case !strings.HasPrefix(m.Ref, "refs/"):
			return nil, fmt.Errorf("%q is not the full name of a reference", m.Ref)
		case strings.HasPrefix(m.Ref, RunPrefix), m.Ref == SharedRef && !m.IsVerify():
			return nil, fmt.Errorf("%s is not for a run to move", m.Ref)
		}
		if other, ok := seen[m.Ref]; ok && (!m.IsVerify() || !other.IsVerify() || m.Old != other.Old) {
			return nil, fmt.Errorf("%s has two moves in one run", m.Ref)
		}
		seen[m.Ref] = m
		if m.Group == "" {
			m.Group = m.Ref
		}
		checked = append(checked, m)
	}
	return checked, nil
}

// mendBefore finishes a killed run and returns the journal's references.
func (l *Lock) mendBefore(ctx context.Context, repo *git.Repo, shared Shared) ([]numbered, error) {
	refs, err := runRefs(ctx, repo)
	if err != nil {
		return nil, err
	}
	mended, err := l.mendAmong(ctx, refs, shared)
	if err != nil || mended == nil {
		return refs, err
	}
	return runRefs(ctx, repo)
}

// begin gives the run its number, which follows the runs of refs, and its author, and
// makes sure that the shared branch will be free to move.
func (l *Lock) begin(ctx context.Context, run *Run, refs []numbered, withShared bool) error {
	repo := l.repo
	who, err := repo.Ident(ctx)
	if err != nil {
		return err
	}
	run.Who, run.When = who, who.When.Truncate(time.Second)
	run.Who.When = run.When
	l.who = &run.Who
	run.Number = 1
	if len(refs) > 0 {
		run.Number = refs[len(refs)-1].number + 1
	}
	if !withShared {
		return nil
	}
	trees, err := checkedOut(ctx, repo)
	if err != nil {
		return err
	}
	return trees.mayFollow(ctx, repo, SharedRef)
}

// commit takes the run past its commit point: from the installed pack on, it
// will be finished.
func (l *Lock) commit(ctx context.Context, scratch *git.Scratch, run *Run) error {
	parents, err := tips(ctx, scratch.Store, run.Moves)
	if err != nil {
		return err
	}
	if run.Commit, err = put(scratch.Store, run, parents, run.Who); err != nil {
		return err
	}
	objects := []git.ID{run.Commit}
	for _, m := range run.Moves {
		if m.New != git.ZeroID && !m.IsVerify() {
			objects = append(objects, m.New) // a new tag is no parent of the run's commit
		}
	}
	pack, err := scratch.WritePack(ctx, objects)
	if err != nil {
		return err
	}
	l.record.Intent = &intent{
		Number: run.Number, Command: run.Command, Commit: run.Commit.String(), Pack: pack.Name,
		Scratch: scratch.Dir(), PID: l.record.PID, Started: time.Now(),
	}
	ctx = context.WithoutCancel(ctx)
	err = l.save()
	if err == nil {
		err = l.repo.InstallPack(pack)
	}
	if err == nil {
		err = l.createRunRef(ctx, run)
	}
	if err != nil {
		// A run that could not begin must not begin later, unasked.
		return errors.Join(err, l.discard())
	}
	return nil
}

func (l *Lock) createRunRef(ctx context.Context, run *Run) error {
	return l.updateOne(ctx, git.RefUpdate{Name: run.Ref(), New: run.Commit}, run)
}

// tips returns the commits that the moves name, tags taken off, each once: the
// parents that keep everything from being pruned.
func tips(ctx context.Context, store *git.Store, moves []Move) ([]git.ID, error) {
	var parents []git.ID
	seen := map[git.ID]bool{git.ZeroID: true}
	for _, m := range moves {
		for _, id := range []git.ID{m.Old, m.New} {
			if seen[id] {
				continue
			}
			seen[id] = true
			commit, err := peel(ctx, store, id)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.Ref, err)
			}
			if commit == id || !seen[commit] {
				parents = append(parents, commit)
			}
			seen[commit] = true
		}
	}
	return parents, nil
}

// peel takes the tags off id. What is below must be a commit.
func peel(ctx context.Context, store *git.Store, id git.ID) (git.ID, error) {
	for {
		o, err := store.Object(ctx, id)
		if err != nil {
			return git.ZeroID, err
		}
		switch o.Type {
		case "commit":
			return id, nil
		case "tag":
			head, _, _ := strings.Cut(string(o.Data), "\n")
			if id, err = git.ParseID(strings.TrimPrefix(head, "object ")); err != nil {
				return git.ZeroID, fmt.Errorf("read tag %s: %w", o.ID, err)
			}
		default:
			return git.ZeroID, fmt.Errorf("%s is a %s, and no commit", id, o.Type)
		}
	}
}

// finish does everything after the commit point. Every step may have been done
// before.
func (l *Lock) finish(ctx context.Context, run *Run, shared Shared) error {
	now, err := l.move(ctx, run)
	if err != nil {
		return err
	}
	if shared != nil {
		if err := l.share(ctx, run, shared, now[SharedRef]); err != nil {
			return fmt.Errorf("add to the shared branch: %w", err)
		}
	}
	if err := l.markDone(ctx, run); err != nil {
		return err
	}
	l.record.Intent = nil
	return l.save()
}

// finisher is who finishes the run: who began it a moment ago, or else who came by. The
// run had an author; who comes by may have no name.
func (l *Lock) finisher(ctx context.Context, run *Run) git.Signature {
	if l.who != nil {
		return *l.who
	}
	who, err := l.repo.Ident(ctx)
	if err != nil {
		return run.Who
	}
	return who
}

// markDone moves the run's reference to a commit that says what came of it.
func (l *Lock) markDone(ctx context.Context, run *Run) error {
	applying := run.Commit
	who := l.finisher(ctx, run)
	done := *run
	done.Done = true
	var err error
	if done.Commit, err = put(l.repo.Store(), &done, []git.ID{applying}, who); err != nil {
		return err
	}
	if err := l.repo.Keep(ctx, done.Commit); err != nil {
		return err
	}
	if err := l.updateOne(ctx, git.RefUpdate{Name: run.Ref(), Old: applying, New: done.Commit}, run); err != nil {
		return err
	}
	*run = done
	return nil
}
