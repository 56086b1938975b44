package journal

import (
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
)

// undo plans and applies the undo of run n.
func (f *fixture) undo(n int) (Undo, *Run) {
	f.t.Helper()
	run, err := Read(f.t.Context(), f.repo, n)
	if err != nil {
		f.t.Fatal(err)
	}
	undo, err := PlanUndo(f.t.Context(), f.repo, run)
	if err != nil {
		f.t.Fatal(err)
	}
	done, err := f.applyDraft(func(*git.Scratch) Draft { return undo.Draft("mgit undo", []byte("back")) })
	if err != nil {
		f.t.Fatal(err)
	}
	return undo, done
}

func TestUndoTakesAllBackAndAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 4)
	before := f.refs()
	f.mustApply(4, nil)
	after := f.refs()

	undo, run := f.undo(1)
	if len(undo.Moves) != 4 || len(undo.Left)+len(undo.Refused) != 0 || run.Undoes != 1 || run.Number != 2 {
		t.Fatalf("undo %+v gave run %+v", undo, run)
	}
	if got := f.refs(); !slices.Equal(got, before) {
		t.Errorf("after undo:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(before, "\n"))
	}
	if read, err := Read(t.Context(), f.repo, 2); err != nil || read.Undoes != 1 {
		t.Errorf("read back %+v, %v", read, err)
	}

	twice, err := PlanUndo(t.Context(), f.repo, mustRead(f, 1))
	if err != nil || len(twice.Moves)+len(twice.Left)+len(twice.Refused) != 0 {
		t.Errorf("second undo: %+v, %v", twice, err)
	}

	if _, run := f.undo(2); run.Undoes != 2 {
		t.Errorf("redo: %+v", run)
	}
	if got := f.refs(); !slices.Equal(got, after) {
		t.Errorf("after undo of undo:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(after, "\n"))
	}
	f.sound()
}

func mustRead(f *fixture, n int) *Run {
	f.t.Helper()
	run, err := Read(f.t.Context(), f.repo, n)
	if err != nil {
		f.t.Fatal(err)
	}
	return run
}

func TestUndoLeavesWhatHasMovedSince(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 5)
	f.git.Git("update-ref", newRef(4), f.git.Git("commit-tree", "-m", "before us", "main^{tree}"))
	mine := f.value(newRef(4))
	f.mustApply(5, nil)
	f.git.Git("update-ref", newRef(1), f.git.Git("commit-tree", "-m", "more", "-p", newRef(1), "main^{tree}"))
	more := f.value(newRef(1))
	f.git.Git("symbolic-ref", "HEAD", newRef(2))
	f.git.Git("update-ref", "-d", newRef(3))

	undo, run := f.undo(1)
	if len(undo.Moves) != 1 || len(run.TakenOut) != 0 {
		t.Errorf("moves %+v, taken out %+v", undo.Moves, run.TakenOut)
	}
	if len(undo.Left) != 1 || undo.Left[0].Ref != newRef(1) || undo.Left[0].Now.String() != more {
		t.Errorf("left: %+v", undo.Left)
	}
	if len(undo.Refused) != 1 || undo.Refused[0].Ref != newRef(2) || undo.Refused[0].Worktree != f.git.Path {
		t.Errorf("refused: %+v", undo.Refused)
	}
	for ref, want := range map[string]string{
		newRef(0): "", newRef(1): more, newRef(2): mustRead(f, 1).Moves[5].New.String(), newRef(3): "", newRef(4): mine,
	} {
		if got := f.value(ref); got != want {
			t.Errorf("%s = %q, want %q", ref, got, want)
		}
	}
}

func TestUndoRestoresWhatWasDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 1)
	f.git.Git("update-ref", "refs/heads/gone", f.git.Git("commit-tree", "-m", "only here", "main^{tree}"))
	gone := f.value("refs/heads/gone")
	id, err := git.ParseID(gone)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.applyDraft(func(*git.Scratch) Draft { return Draft{Moves: []Move{{Ref: "refs/heads/gone", Old: id}}} }); err != nil {
		t.Fatal(err)
	}
	if f.value("refs/heads/gone") != "" {
		t.Fatal("it was not deleted")
	}
	f.git.Git("reflog", "expire", "--expire=now", "--all")
	f.git.Git("gc", "-q", "--prune=now")
	f.undo(1)
	if got := f.value("refs/heads/gone"); got != gone {
		t.Errorf("gone = %q, want %q", got, gone)
	}
}

func TestUndoRefusesAnUnfinishedRun(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 1)
	if undo, err := PlanUndo(t.Context(), f.repo, &Run{Number: 7}); err == nil {
		t.Errorf("planned %+v", undo)
	}
}
