package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"mgit/internal/git"
)

// Mended is what [Mend] found of a killed run, and what it did about it.
type Mended struct {
	Number  int
	Command string
	// Run is the finished run; nil when it was killed before its commit point,
	// and in a repository that cannot be written to.
	Run *Run
	// Pending of Total branches were still to move.
	Pending, Total int
	// Locks are the lock files of dead git processes that were removed.
	Locks []string
	// ReadOnly says that nothing was done because nothing can be written.
	ReadOnly bool
}

// String is a sentence for people.
func (m *Mended) String() string {
	switch {
	case m.ReadOnly:
		return fmt.Sprintf("run %d was killed and is not finished; this repository cannot be written to", m.Number)
	case m.Run == nil:
		return fmt.Sprintf("run %d was killed before it began to move branches; nothing was changed", m.Number)
	default:
		return fmt.Sprintf("finished run %d, which was killed: %d of %d branches were still to move", m.Number, m.Pending, m.Total)
	}
}

// Mend finishes a run that was killed, or removes what is left of it when it was
// killed before its commit point. It returns nil when there is nothing to tell:
// no killed run, or one that is not dead but at work. Every command calls it
// first; without a killed run it reads little and writes nothing.
//
// An *UnfinishedError says that it could not, a *DamagedError that it cannot.
func Mend(ctx context.Context, repo *git.Repo, shared Shared) (*Mended, error) {
	refs, err := repo.Refs(ctx, RunPrefix)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return MendAmong(ctx, repo, refs, shared)
}

// MendAmong is [Mend] for who has just read the references, those below [RunPrefix]
// among them. They only decide whether anything is looked at more closely: what is
// done is decided with the lock held, by what the references are then.
func MendAmong(ctx context.Context, repo *git.Repo, refs []git.Ref, shared Shared) (*Mended, error) {
	rec := peekRecord(repo)
	killed, err := newestUnfinished(ctx, repo, runsAmong(refs))
	if err != nil {
		return nil, err
	}
	if rec.PID == 0 && rec.Intent == nil && killed == nil {
		return nil, nil
	}
	lock, err := tryLock(repo)
	var held *LockedError
	switch {
	case errors.As(err, &held):
		return nil, nil
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return readOnly(rec, killed), nil
	case err != nil:
		return nil, fmt.Errorf("finish a killed run: %w", err)
	}
	dead := lock.record.PID
	if err := lock.claim("mend"); err != nil {
		return nil, fmt.Errorf("finish a killed run: %w", err)
	}
	mended, err := lock.Mend(ctx, shared)
	if dead != 0 {
		lock.sweep(dead)
	}
	return mended, errors.Join(err, lock.Release())
}

func peekRecord(repo *git.Repo) record {
	file, err := os.Open(filepath.Join(repo.StateDir(), "lock"))
	if err != nil {
		return record{}
	}
	defer file.Close()
	return readRecord(file)
}

func readOnly(rec record, killed *Run) *Mended {
	switch {
	case killed != nil:
		return &Mended{Number: killed.Number, Command: killed.Command, ReadOnly: true}
	case rec.Intent != nil:
		return &Mended{Number: rec.Intent.Number, Command: rec.Intent.Command, ReadOnly: true}
	default:
		return nil
	}
}

// Mend is [Mend] for who has the lock already.
func (l *Lock) Mend(ctx context.Context, shared Shared) (*Mended, error) {
	refs, err := runRefs(ctx, l.repo)
	if err != nil {
		return nil, err
	}
	return l.mendAmong(ctx, refs, shared)
}

// mendAmong is Mend for who has read the journal's references with the lock held.
func (l *Lock) mendAmong(ctx context.Context, refs []numbered, shared Shared) (*Mended, error) {
	mended, err := l.begun(ctx, refs)
	if err != nil || mended == nil {
		return nil, err
	}
	run := mended.Run
	if run == nil {
		l.removeScratch(l.record.Intent.Scratch)
		return mended, l.discard()
	}
	// A run half mended is a run killed once more: it is gone on with to the end.
	ctx = context.WithoutCancel(ctx)
	if err := l.mend(ctx, mended, shared); err != nil {
		return nil, &UnfinishedError{Run: run.Number, Err: err}
	}
	return mended, nil
}

func (l *Lock) mend(ctx context.Context, mended *Mended, shared Shared) error {
	run := mended.Run
	l.who = nil // whoever began it was another process
	var err error
	if mended.Locks, err = l.removeStaleLocks(ctx, run); err != nil {
		return err
	}
	now, err := readValues(ctx, l.repo)
	if err != nil {
		return err
	}
	if now[run.Ref()] != run.Commit {
		if err := l.createRunRef(ctx, run); err != nil {
			return err
		}
	}
	for _, g := range groupsOf(run.Moves) {
		mended.Total++
		if state, _ := g.stand(now); state == standTodo {
			mended.Pending++
		}
	}
	locks, err := l.completeWorktrees(ctx, run)
	if err != nil {
		return err
	}
	mended.Locks = append(mended.Locks, locks...)
	scratch := ""
	if l.record.Intent != nil {
		scratch = l.record.Intent.Scratch
	}
	if err := l.finish(ctx, run, shared); err != nil {
		return err
	}
	l.removeScratch(scratch)
	return nil
}

// begun returns what is to be mended: the run of the intent, or the newest of the
// journal when it is not done. Run is nil when it never reached its commit
// point.
func (l *Lock) begun(ctx context.Context, refs []numbered) (*Mended, error) {
	killed, err := newestUnfinished(ctx, l.repo, refs)
	if err != nil {
		return nil, err
	}
	if killed != nil {
		return &Mended{Number: killed.Number, Command: killed.Command, Run: killed}, nil
	}
	in := l.record.Intent
	if in == nil {
		return nil, nil
	}
	mended := &Mended{Number: in.Number, Command: in.Command}
	id, err := git.ParseID(in.Commit)
	if err != nil {
		return mended, nil
	}
	_, err = Read(ctx, l.repo, in.Number)
	if err == nil {
		// Done, but for the lock file: or another run took the number.
		l.record.Intent = nil
		return nil, l.save()
	}
	if !errors.Is(err, ErrNoRun) {
		return nil, err
	}
	// The objects are visible all together or not at all, whichever pack they are
	// in by now.
	_, err = l.repo.Store().Object(ctx, id)
	if errors.Is(err, git.ErrNotFound) {
		return mended, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read run %d: %w", in.Number, err)
	}
	if mended.Run, err = read(ctx, l.repo.Store(), runRef(in.Number), id); err != nil {
		return nil, err
	}
	return mended, nil
}

// newestUnfinished returns the newest run when it is not done. Older ones are: no run
// begins before.
func newestUnfinished(ctx context.Context, repo *git.Repo, refs []numbered) (*Run, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	newest := refs[len(refs)-1]
	commit, err := repo.Store().Commit(ctx, newest.id)
	if err != nil {
		return nil, unreadable(ctx, newest.name, err)
	}
	_, done, _, err := parseMessage(commit.Message)
	if err != nil {
		return nil, damaged(newest.name, "%v", err)
	}
	if done {
		return nil, nil
	}
	return read(ctx, repo.Store(), newest.name, newest.id)
}

// discard removes what a run left that did not reach its commit point. The index
// goes first: without it a pack is only a file.
func (l *Lock) discard() error {
	in := l.record.Intent
	if in == nil {
		return nil
	}
	var faults []error
	if in.Pack != "" && filepath.Base(in.Pack) == in.Pack {
		pack := filepath.Join(l.repo.CommonDir(), "objects", "pack", in.Pack)
		for _, suffix := range []string{".idx", ".rev", ".pack"} {
			if err := os.Remove(pack + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				faults = append(faults, err)
			}
		}
	}
	l.record.Intent = nil
	return errors.Join(append(faults, l.save())...)
}

// sweep removes the scratch directories of the dead process that had the lock.
func (l *Lock) sweep(dead int) {
	if syscall.Kill(dead, 0) == nil {
		return // alive, or another process with the same number
	}
	dirs, err := filepath.Glob(filepath.Join(l.scratchParent(), fmt.Sprintf("%d-*", dead)))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		l.removeScratch(dir)
	}
}

func (l *Lock) scratchParent() string { return filepath.Join(l.repo.StateDir(), "tmp") }

// removeScratch removes a scratch directory, if it is one. What cannot be removed
// is in nobody's way.
func (l *Lock) removeScratch(dir string) {
	name, ok := strings.CutPrefix(dir, l.scratchParent()+string(filepath.Separator))
	if !ok || name == "" || name != filepath.Base(name) {
		return
	}
	_ = os.RemoveAll(dir) // left over, it costs disk only
	_ = os.Remove(l.scratchParent())
}
