package journal

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"mgit/internal/git"
)

func TestMovesRoundTrip(t *testing.T) {
	t.Parallel()
	moves := []Move{
		{Group: "refs/heads/a", Ref: "refs/heads/b", Old: git.ID{1}, New: git.ID{2}},
		{Group: "refs/heads/\"q\"", Ref: "refs/heads/\\", New: git.ID{3}, Worktree: "/tree with\nline \x00 and \xff\t"},
		{Group: "ümlaut", Ref: "refs/x", Old: git.ID{4}},
	}
	got, err := decodeMoves(encodeMoves(moves))
	if err != nil || !reflect.DeepEqual(got, moves) {
		t.Errorf("got %+v, %v", got, err)
	}
	if n := strings.Count(string(encodeMoves(moves)), "\n"); n != len(moves)+1 {
		t.Errorf("%d lines for %d moves", n, len(moves))
	}
}

func TestOutcomeRoundTrip(t *testing.T) {
	t.Parallel()
	want := Run{
		SharedOld: git.ID{1}, SharedNew: git.ID{2},
		TakenOut: []TakenOut{{Group: "g g", Ref: "refs/heads/r", Cause: CauseMoved, Reason: "two\nlines"}},
	}
	var got Run
	if err := decodeOutcome(encodeOutcome(&want), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMessageRoundTrip(t *testing.T) {
	t.Parallel()
	for _, want := range []Run{{Number: 1}, {Number: 12, Done: true}, {Number: 300, Done: true, Undoes: 12}} {
		number, done, undoes, err := parseMessage(message(&want))
		if err != nil || number != want.Number || done != want.Done || undoes != want.Undoes {
			t.Errorf("%+v read back as %d %v %d, %v", want, number, done, undoes, err)
		}
	}
}

func TestDecodeRefusesDamage(t *testing.T) {
	t.Parallel()
	id := git.ID{1}.String()
	for _, text := range []string{
		"", "mgit moves 1", "mgit moves 2\n",
		movesFormat + "\n" + id,
		movesFormat + "\n" + id + " " + id + " \"r\" \"g\"\n",
		movesFormat + "\n" + id + " " + id + " \"r\" \"g\" \"\" more\n",
		movesFormat + "\n" + id + " 123 \"r\" \"g\" \"\"\n",
		movesFormat + "\n" + id + " " + id + " \"r\" 'g' \"\"\n",
	} {
		if moves, err := decodeMoves([]byte(text)); err == nil {
			t.Errorf("%q read as %+v", text, moves)
		}
	}
	for _, text := range []string{"", outcomeFormat + "\nwhat 1\n", outcomeFormat + "\nshared x y\n", outcomeFormat + "\nout moved \"a\"\n"} {
		if err := decodeOutcome([]byte(text), &Run{}); err == nil {
			t.Errorf("%q was read", text)
		}
	}
	for _, text := range []string{"", "mgit run x: done", "mgit run 1: half\n", "mgit run 1 done\n", "a run", "mgit run 1: done\n\nUndoes-run: x\n"} {
		if _, _, _, err := parseMessage(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func FuzzDecodeMoves(f *testing.F) {
	f.Add(string(encodeMoves([]Move{{Group: "g", Ref: "refs/heads/b", New: git.ID{2}, Worktree: "/\xff"}})))
	f.Add(movesFormat + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		moves, err := decodeMoves([]byte(text))
		if err != nil {
			return
		}
		again, err := decodeMoves(encodeMoves(moves))
		if err != nil || !reflect.DeepEqual(again, moves) {
			t.Errorf("%q: %+v became %+v, %v", text, moves, again, err)
		}
	})
}

func TestDamagedRunsAreNamed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 1)
	f.mustApply(1, nil)
	tree := f.git.Git("rev-parse", "refs/mgit/runs/1^{tree}")
	f.git.Git("update-ref", "refs/mgit/runs/2", f.git.Git("commit-tree", "-m", "mgit run 2: done", "main^{tree}"))
	f.git.Git("update-ref", "refs/mgit/runs/3", f.git.Git("commit-tree", "-m", "mgit run 1: done", tree))
	f.git.Git("update-ref", "refs/mgit/runs/4", "main^{tree}")
	f.git.Git("update-ref", "refs/mgit/runs/notes", "main")
	for _, n := range []int{2, 3, 4} {
		_, err := Read(t.Context(), f.repo, n)
		var fault *DamagedError
		if !errors.As(err, &fault) || fault.Ref != runRef(n) || !strings.Contains(fault.WayBack, fault.Ref) {
			t.Errorf("run %d: %v", n, err)
		}
	}
	runs, err := Runs(t.Context(), f.repo)
	var fault *DamagedError
	if !errors.As(err, &fault) || len(runs) != 1 || runs[0].Number != 1 {
		t.Errorf("runs = %+v, %v", runs, err)
	}
	if _, err := Read(t.Context(), f.repo, 5); !errors.Is(err, ErrNoRun) {
		t.Errorf("run 5: %v", err)
	}
	if _, err := Mend(t.Context(), f.repo, nil); !errors.As(err, &fault) || fault.Ref != runRef(4) {
		t.Errorf("mend: %v", err)
	}
	// The way back is one.
	for _, n := range []int{4, 3, 2} {
		_, err := Read(t.Context(), f.repo, n)
		if !errors.As(err, &fault) {
			t.Fatal(err)
		}
		command, _, _ := strings.Cut(fault.WayBack, " takes ")
		f.git.Git(strings.Fields(command)[1:]...)
	}
	if runs, err := Runs(t.Context(), f.repo); err != nil || len(runs) != 1 {
		t.Errorf("after the way back: %+v, %v", runs, err)
	}
}
