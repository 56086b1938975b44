package tui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// runsRead are the runs of the journal, for somebody who wants to take one back.
type runsRead struct {
	runs   []job.RunInfo
	choose bool
	err    error
}

// undo takes the last run back that can be, or lets the person choose one.
func (f *frame) undo(choose bool) tea.Cmd {
	ctx := f.ctx
	return func() tea.Msg {
		m := runsRead{choose: choose}
		m.err = f.host.Sites.Do(ctx, func(site *job.Site) (err error) {
			m.runs, err = job.Runs(ctx, site)
			return err
		})
		return m
	}
}

func (f *frame) runsRead(m runsRead) tea.Cmd {
	switch {
	case m.err != nil:
		text, _ := f.host.Explain(m.err)
		f.say(theme.Bad, text)
		return nil
	case m.choose:
		f.offerRuns(m.runs)
		return nil
	}
	for _, r := range m.runs {
		if r.UndoneBy == 0 && r.Undoes == 0 {
			return f.start(undoTask(r))
		}
	}
	f.say(theme.Attention, "there is no run to take back")
	return nil
}

func (f *frame) offerRuns(runs []job.RunInfo) {
	var choices []screen.Choice
	for _, r := range runs {
		c := screen.Choice{
			Text: fmt.Sprintf("%4d  %s", r.Number, r.Command),
			Help: fmt.Sprintf("%s, %s", r.When.Format(time.DateTime), branchCount(r.Branches)),
			Take: func() tea.Cmd { return f.start(undoTask(r)) },
		}
		if r.UndoneBy != 0 {
			c.Disabled = fmt.Sprintf("taken back by run %d", r.UndoneBy)
		}
		choices = append(choices, c)
	}
	f.offer("Which run is taken back?", choices)
}

func branchCount(n int) string {
	if n == 1 {
		return "1 branch"
	}
	return fmt.Sprintf("%d branches", n)
}

// undoTask takes a run back, as `mgit undo` does.
func undoTask(r job.RunInfo) screen.Task {
	return screen.Task{
		Title:   fmt.Sprintf("Take back run %d: mgit %s", r.Number, r.Command),
		Command: []string{"undo", strconv.Itoa(r.Number)},
		Plan: func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
			report, err := job.PlanUndo(ctx, site, r.Number)
			if err != nil {
				return screen.Preview{}, err
			}
			shared, err := screen.SharedMove(ctx, site)
			return undoPreview(report, shared), err
		},
		Work: func(ctx context.Context, site *job.Site, _ *screen.Progress) (any, error) {
			report, run, err := job.UndoRun(ctx, site, r.Number, false)
			return undone{report, run}, err
		},
		Done:  func(result any) (string, tea.Cmd) { return result.(undone).String(), nil },
		Ended: func(result any) screen.Ending { return screen.EndingOf(len(result.(undone).report.Refused) > 0, false) },
	}
}

func undoPreview(report *job.UndoReport, shared screen.Move) screen.Preview {
	var p screen.Preview
	for _, m := range report.Moves {
		p.Moves = append(p.Moves, screen.Move{Ref: m.Ref, Old: m.Old.String(), New: m.New.String()})
	}
	if report.Shared {
		p.Moves = append(p.Moves, shared)
		p.Lines = append(p.Lines, "Its entries on the mgit branch are changed back.")
	}
	for _, l := range report.Left {
		p.Lines = append(p.Lines, shortRef(l.Ref)+" stays: "+l.Reason)
	}
	for _, l := range report.Refused {
		p.Lines = append(p.Lines, "! "+shortRef(l.Ref)+" stays: "+l.Reason)
	}
	if len(report.Moves) == 0 && !report.Shared {
		p.Ended = screen.EndingOf(len(report.Refused) > 0, false)
		p.Nothing = fmt.Sprintf("There is nothing left of run %d to take back.", report.Undoes)
		if len(p.Lines) > 0 {
			p.Nothing = fmt.Sprintf("Nothing of run %d can be taken back: %s", report.Undoes, p.Lines[0])
		}
	}
	return p
}

// undone is what taking a run back has done.
type undone struct {
	report *job.UndoReport
	run    int
}

func (u undone) String() string {
	stay := len(u.report.Left) + len(u.report.Refused)
	switch {
	case u.run == 0 && stay > 0:
		return fmt.Sprintf("Nothing of run %d was taken back.", u.report.Undoes)
	case u.run == 0:
		return fmt.Sprintf("There was nothing left of run %d to take back.", u.report.Undoes)
	}
	text := fmt.Sprintf("Run %d is taken back; this was run %d.", u.report.Undoes, u.run)
	for _, l := range slices.Concat(u.report.Left, u.report.Refused) {
		text += fmt.Sprintf(" %s stays: %s.", shortRef(l.Ref), l.Reason)
	}
	return text
}
