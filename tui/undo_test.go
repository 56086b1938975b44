package tui

import (
	"context"
	"errors"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/tui/screen"
)

func TestUndoPreview(t *testing.T) {
	t.Parallel()
	old, err := git.ParseID(hex)
	if err != nil {
		t.Fatal(err)
	}
	report := &job.UndoReport{
		Undoes: 7, Shared: true,
		Moves:   []job.RefMove{{Ref: "refs/heads/LUVLE-4.5-hack-mod_forum", Old: job.ID(old)}, {Ref: "refs/heads/LUVLE-4.5-test", Old: job.ID(old), New: job.ID(old)}},
		Left:    []job.LeftHere{{Ref: "refs/heads/LUVLE-4.5-hack-core", Reason: "it has moved since the run"}},
		Refused: []job.LeftHere{{Ref: "refs/heads/LUVLE-4.5-hack-mod_quiz", Reason: "it is checked out at /srv/site"}},
	}
	d := drive(t, siteless(t))
	task := undoTask(job.RunInfo{Number: 7, Command: "rebase-all v4.5.0"})
	task.Plan = func(context.Context, *job.Site, *screen.Progress) (screen.Preview, error) {
		return undoPreview(report, screen.Move{Ref: "refs/heads/mgit", Old: hex, New: screen.MadeByRun}), nil
	}
	d.do(screen.Start(task))
	d.goldens("undo")

	report.Moves, report.Shared = nil, false
	if p := undoPreview(report, screen.Move{Ref: "refs/heads/mgit", Old: hex, New: screen.MadeByRun}); p.Nothing != "Nothing of run 7 can be taken back: LUVLE-4.5-hack-core stays: it has moved since the run" {
		t.Errorf("%q", p.Nothing)
	}
	report.Left, report.Refused = nil, nil
	if p := undoPreview(report, screen.Move{Ref: "refs/heads/mgit", Old: hex, New: screen.MadeByRun}); p.Nothing != "There is nothing left of run 7 to take back." {
		t.Errorf("%q", p.Nothing)
	}
	for run, want := range map[int]string{0: "There was nothing left of run 7 to take back.", 8: "Run 7 is taken back; this was run 8."} {
		if got := (undone{report, run}).String(); got != want {
			t.Errorf("%q", got)
		}
	}
}

func TestUndoChoosesARun(t *testing.T) {
	t.Parallel()
	when := time.Date(2025, 2, 4, 21, 0, 0, 0, time.UTC)
	runs := []job.RunInfo{
		{Number: 9, Command: "undo 8", Branches: 24, Undoes: 8, When: when},
		{Number: 8, Command: "rebase-all v4.5.0", Branches: 24, UndoneBy: 9, When: when},
		{Number: 7, Command: "new hack mod_forum", Branches: 1, When: when},
	}
	d := drive(t, siteless(t))
	d.send(runsRead{runs: runs})
	if d.f.task == nil || d.f.task.task.Title != "Take back run 7: mgit new hack mod_forum" {
		t.Fatalf("%+v", d.f.task)
	}
	d.f.endTask()
	d.send(runsRead{runs: runs, choose: true})
	d.goldens("runs")
	d.press("down", "enter")
	d.shows("taken back by run 9")
	d.press("esc")
	d.send(runsRead{runs: runs[1:2]})
	d.shows("there is no run to take back")
	d.send(runsRead{err: errors.New("the journal is damaged")})
	d.shows("the journal is damaged")
}
