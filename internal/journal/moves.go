package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
)

// How often, and how long at first, a transaction is tried again when another
// git has a reference locked; the pause doubles each time, to 2.5 s in all.
const (
	lockTries = 7
	lockPause = 20 * time.Millisecond
)

// group is the moves that stand or fall together.
type group struct {
	name  string
	moves []Move
}

func groupsOf(moves []Move) []group {
	var groups []group
	at := make(map[string]int)
	for _, m := range moves {
		i, ok := at[m.Group]
		if !ok {
			i = len(groups)
			at[m.Group] = i
			groups = append(groups, group{name: m.Group})
		}
		groups[i].moves = append(groups[i].moves, m)
	}
	return groups
}

// values are what the references name, by full name.
type values map[string]git.ID

func readValues(ctx context.Context, repo *git.Repo, patterns ...string) (values, error) {
	refs, err := repo.Refs(ctx, patterns...)
	if err != nil {
		return nil, err
	}
	v := make(values, len(refs))
	for _, ref := range refs {
		v[ref.Name] = ref.ID
	}
	return v, nil
}

// stand is how far a group has come.
type stand int

const (
	standTodo  stand = iota // nothing or a part is done, and the rest can be done
	standDone               // every reference is at its new value
	standStale              // a reference is neither at its old nor at its new value
)

// stand compares the group with what the references are now. The move is the
// first that is in the way of a stale group.
//
// What only has to be verified counts while nothing of the group is done: later
// it was verified already, and may have gone on.
func (g group) stand(now values) (stand, Move) {
	var todo, done int
	var astray []Move
	for _, m := range g.moves {
		at := now[m.Ref]
		switch {
		case m.IsVerify():
			if at != m.Old {
				astray = append(astray, m)
			}
		case at == m.New:
			done++
		case at == m.Old:
			todo++
		default:
			return standStale, m
		}
	}
	switch {
	case done > 0 && todo == 0:
		return standDone, Move{}
	case len(astray) > 0 && done == 0:
		return standStale, astray[0]
	default:
		return standTodo, Move{}
	}
}

// mover moves the references of one run.
type mover struct {
	lock    *Lock
	run     *Run
	pending []group
	now     values
	trees   worktrees
	tries   int // how often we waited; one allowance for all references
}

// move moves all references of the run, group by group as one transaction. A
// group that cannot be moved goes to run.TakenOut.
//
// Each round begins by reading all references anew, so that it does not matter
// how far an earlier round, or an earlier process, had come. What the last round
// read is returned.
func (l *Lock) move(ctx context.Context, run *Run) (values, error) {
	m := &mover{lock: l, run: run, pending: groupsOf(run.Moves)}
	run.TakenOut = nil
	for {
		if err := m.sift(ctx); err != nil {
			return nil, err
		}
		updates := m.updates()
		if len(updates) == 0 {
			break
		}
		err := l.repo.UpdateRefs(ctx, updates, m.reason())
		if err == nil {
			break
		}
		if err := m.blame(ctx, err); err != nil {
			return nil, err
		}
	}
	return m.now, m.followWorktrees(ctx)
}

// reason is what the reflogs say.
func (m *mover) reason() string { return reflogMessage(m.run) }

func reflogMessage(run *Run) string {
	command, _, _ := strings.Cut(run.Command, "\n")
	return fmt.Sprintf("mgit run %d: %s", run.Number, command)
}

// sift reads the references and the worktrees, and keeps the groups that are
// still to be moved and can be.
func (m *mover) sift(ctx context.Context) error {
	var err error
	if m.now, err = readValues(ctx, m.lock.repo); err != nil {
		return err
	}
	if m.trees, err = checkedOut(ctx, m.lock.repo); err != nil {
		return err
	}
	var rest []group
	for _, g := range m.pending {
		state, in := g.stand(m.now)
		if state == standStale {
			m.takeOut(g, in.Ref, CauseMoved, fmt.Sprintf("%s is at %s, and not at %s",
				in.Ref, describe(m.now[in.Ref]), describe(in.Old)))
			continue
		}
		if state == standDone {
			continue
		}
		ref, err := m.blockedBy(ctx, g)
		if err != nil {
			m.takeOut(g, ref, CauseCheckedOut, err.Error())
			continue
		}
		rest = append(rest, g)
	}
	m.pending = rest
	return nil
}

// blockedBy returns the reference that a worktree has checked out and that
// must not, or cannot, move with it.
func (m *mover) blockedBy(ctx context.Context, g group) (string, error) {
	for _, move := range g.moves {
		path, ok := m.trees[move.Ref]
		if !ok || move.IsVerify() || m.now[move.Ref] == move.New {
			continue
		}
		if move.Worktree == "" || move.New == git.ZeroID {
			return move.Ref, fmt.Errorf("%s is checked out in %s", move.Ref, path)
		}
		if err := m.trees.mayFollow(ctx, m.lock.repo, move.Ref); err != nil {
			return move.Ref, err
		}
	}
	return "", nil
}

func (m *mover) takeOut(g group, ref string, cause Cause, reason string) {
	m.run.TakenOut = append(m.run.TakenOut, TakenOut{Group: g.name, Ref: ref, Cause: cause, Reason: reason})
}

// updates is the transaction for all pending groups. References that a worktree
// must follow are not in it; what several groups verify is in it once.
//
// A branch that is checked out is not verified again either: sift has just read
// it, and Git would lock HEAD together with it. A HEAD.lock left behind by a
// kill could not be told from the user's own.
func (m *mover) updates() []git.RefUpdate {
	var updates []git.RefUpdate
	verified := make(map[string]bool)
	for _, g := range m.pending {
		started := slices.ContainsFunc(g.moves, func(mv Move) bool { return !mv.IsVerify() && m.now[mv.Ref] == mv.New })
		for _, move := range g.moves {
			switch {
			case move.IsVerify():
				if started || verified[move.Ref] || m.trees[move.Ref] != "" {
					continue
				}
				verified[move.Ref] = true
			case m.now[move.Ref] == move.New || m.trees[move.Ref] != "":
				continue
			}
			updates = append(updates, git.RefUpdate{Name: move.Ref, Old: move.Old, New: move.New})
		}
	}
	return updates
}

// blame decides what a rejected transaction means: wait, or take out the groups
// of the reference that git named. What has really moved the next sift finds.
func (m *mover) blame(ctx context.Context, err error) error {
	var refErr *git.RefError
	if !errors.As(err, &refErr) || !m.concerns(refErr.Name) {
		if m.tries++; m.tries >= m.lock.tries {
			return err
		}
		return pause(ctx, m.tries)
	}
	now, readErr := readValues(ctx, m.lock.repo)
	if readErr != nil {
		return readErr
	}
	if now[refErr.Name] != m.now[refErr.Name] {
		return nil
	}
	if isBusy(refErr) && m.tries < m.lock.tries {
		m.tries++
		return pause(ctx, m.tries)
	}
	m.pending = slices.DeleteFunc(m.pending, func(g group) bool {
		if !g.names(refErr.Name) {
			return false
		}
		m.takeOut(g, refErr.Name, CauseRefused, refErr.Text)
		return true
	})
	return nil
}

func (g group) names(ref string) bool {
	return slices.ContainsFunc(g.moves, func(m Move) bool { return m.Ref == ref })
}

func (m *mover) concerns(ref string) bool {
	return slices.ContainsFunc(m.pending, func(g group) bool { return g.names(ref) })
}

// isBusy reports whether git found the reference, or all of them, locked.
func isBusy(err *git.RefError) bool {
	return strings.Contains(err.Text, ".lock': File exists")
}

func pause(ctx context.Context, try int) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(lockPause << (try - 1)):
		return nil
	}
}

// followWorktrees fast-forwards the worktrees that have references of the run
// checked out.
func (m *mover) followWorktrees(ctx context.Context) error {
	for _, g := range m.pending {
		for _, move := range g.moves {
			if move.IsVerify() || m.now[move.Ref] == move.New || m.trees[move.Ref] == "" {
				continue
			}
			if err := m.trees.follow(ctx, m.lock.repo, move.Ref, move.New, m.reason()); err != nil {
				if ctx.Err() != nil {
					return err
				}
				m.takeOut(g, move.Ref, CauseCheckedOut, err.Error())
				break
			}
		}
	}
	return nil
}

// updateOne moves one of the journal's own references, or the shared branch.
func (l *Lock) updateOne(ctx context.Context, update git.RefUpdate, run *Run) error {
	for try := 1; ; try++ {
		err := l.repo.UpdateRefs(ctx, []git.RefUpdate{update}, reflogMessage(run))
		if err == nil {
			return nil
		}
		now, readErr := readValues(ctx, l.repo)
		if readErr != nil {
			return errors.Join(err, readErr)
		}
		if now[update.Name] == update.New {
			return nil
		}
		if now[update.Name] != update.Old || try >= l.tries {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

func describe(id git.ID) string {
	if id == git.ZeroID {
		return "nothing"
	}
	return id.String()[:12]
}
