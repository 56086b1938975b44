package upgradeview

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/report"
	"mgit/internal/upgrade"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// madeByRun stands for an id that is not known before: what a run makes has its time in it.
const madeByRun = "made by this run"

// sharedRef is where ledgers are.
const sharedRef = "refs/heads/mgit"

// done is what a task's work has brought.
type done[R any] struct {
	report R
	run    int
	told   screen.Told
}

// runWords say by which run something was written, as the commands do.
func runWords(run int) string {
	if run == 0 {
		return "Nothing changes."
	}
	return fmt.Sprintf("This was run %d.", run)
}

func (v *View) noRelease() tea.Cmd {
	return screen.Says(theme.Attention, "no release is chosen: "+v.host.Keys.Key(keymap.UpgradeReleases)+" lists them")
}

// beginWord is what `mgit upgrade begin` is given for a release: the series, or the tag where that is not its
// first release.
func beginWord(r job.UpgradeRelease) string {
	if r.First {
		return r.Series
	}
	return r.Tag
}

// begin makes the ledger of the upgrade to the chosen release, or enters the branches that it lacks.
func (v *View) begin() tea.Cmd {
	r, found := v.release()
	if !found {
		return v.noRelease()
	}
	request := job.BeginRequest{To: beginWord(r), From: v.from()}
	if u, begun := v.begun(); begun && (u.Onto == v.tag() || u.Onto == "") {
		request.To, request.From = u.Series, v.from()
	}
	command := append([]string{"upgrade", "begin", request.To}, v.fromFlag()...)
	hasTracker := false
	if all, known := v.releases.Value(); known {
		hasTracker = all.HasTracker
	}
	return screen.Start(screen.Task{
		Title: "Begin the upgrade to " + request.To, Command: command,
		Plan: func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
			dry := request
			dry.DryRun = true
			report, _, err := job.BeginUpgrade(ctx, site, dry)
			if err != nil {
				return screen.Preview{}, err
			}
			if len(report.Added) == 0 {
				return screen.Preview{Nothing: beginWords(report) + " Nothing changes."}, nil
			}
			lines := []string{beginWords(report), "No branch moves."}
			for _, e := range report.Added {
				lines = append(lines, e.Branch+": to "+e.Disposition)
			}
			if hasTracker {
				lines = append(lines, "The tracker is told of them afterwards.")
			}
			return screen.Preview{Moves: v.ledgerMove(ctx, site), Lines: lines}, nil
		},
		Work: func(ctx context.Context, site *job.Site, p *screen.Progress) (any, error) {
			report, run, err := job.BeginUpgrade(ctx, site, request)
			made := done[*job.BeginReport]{report: report, run: run}
			if err != nil || run == 0 {
				return made, err
			}
			series, err := moodle.ParseSeries(report.Series)
			if err != nil {
				return made, err
			}
			made.told = v.host.Tell(ctx, p, series, nil)
			return made, nil
		},
		Done: func(result any) (string, tea.Cmd) {
			d := result.(done[*job.BeginReport])
			v.page = pageBoard
			return strings.TrimSpace(beginWords(d.report) + " " + runWords(d.run) + " " + d.told.Text), nil
		},
		Ended: func(result any) screen.Ending {
			return screen.EndingOf(false, result.(done[*job.BeginReport]).told.Unreached)
		},
	})
}

// beginWords say what beginning an upgrade entered, as the command does.
func beginWords(r *job.BeginReport) string {
	onto := "a release that is not fetched yet"
	if r.Onto.Tag != "" {
		onto = r.Onto.Tag
	}
	parts := []string{}
	counts := make(map[string]int)
	for _, e := range r.Added {
		counts[e.Disposition]++
	}
	for _, d := range []string{upgrade.DispositionRebase, upgrade.DispositionReplace} {
		if n := counts[d]; n > 0 {
			parts = append(parts, plural(n, "branch", "branches")+" entered, to "+d)
		}
	}
	if r.Known > 0 {
		parts = append(parts, plural(r.Known, "branch", "branches")+" known before")
	}
	return fmt.Sprintf("Upgrade to %s from %s, onto %s: %s.", r.Series, r.From, onto, strings.Join(parts, ", "))
}

// ledgerMove is the move of the branch with the ledgers, as the lock is taken from there.
func (v *View) ledgerMove(ctx context.Context, site *job.Site) []screen.Move {
	old := ""
	if id, err := site.Repo.Resolve(ctx, sharedRef); err == nil {
		old = job.ID(id).Short()
	}
	return []screen.Move{{Ref: sharedRef, Old: old, New: madeByRun}}
}

// rebaseRequest is what `mgit rebase-all TAG` asks for.
func (v *View) rebaseRequest(tag string) job.RebaseAllRequest {
	return job.RebaseAllRequest{
		Tag: tag, From: v.from(),
		UpdateWorktrees: v.allows("checked-out"),
		OtherTag:        v.allows("other-tag"),
	}
}

// rebaseCommand is the command line that makes the same request.
func (v *View) rebaseCommand(r job.RebaseAllRequest) []string {
	command := append([]string{"rebase-all", r.Tag}, v.fromFlag()...)
	if r.UpdateWorktrees {
		command = append(command, "--update-worktrees")
	}
	if r.OtherTag {
		command = append(command, "--allow", "other-tag")
	}
	return command
}

// rebaseAll moves the branches: a dry run says what would move, and the run is the same once more.
func (v *View) rebaseAll() tea.Cmd {
	tag := v.tag()
	if tag == "" {
		return v.noRelease()
	}
	request := v.rebaseRequest(tag)
	return screen.Start(screen.Task{
		Title: "Move the branches to " + tag, Command: v.rebaseCommand(request),
		Plan: func(ctx context.Context, site *job.Site, p *screen.Progress) (screen.Preview, error) {
			dry := request
			dry.Progress = p.Report
			report, _, err := v.ask.rebase(ctx, site, dry, true)
			if err != nil {
				return screen.Preview{}, err
			}
			return v.rebasePreview(ctx, site, report)
		},
		Work: func(ctx context.Context, site *job.Site, p *screen.Progress) (any, error) {
			run := request
			run.Progress = p.Report
			report, number, err := v.ask.rebase(ctx, site, run, false)
			return done[*job.RebaseReport]{report: report, run: number}, err
		},
		Done: func(result any) (string, tea.Cmd) {
			d := result.(done[*job.RebaseReport])
			v.keep(d.report)
			v.page, v.entered = pageBoard, true
			if d.report.NeedsPerson() {
				v.page = pageWaiting
			}
			v.fill()
			words := report.RebaseSummary(d.report, false, d.run)
			for _, w := range d.report.Warnings {
				words += " " + w.Text
			}
			if n := len(d.report.Unreachable); n > 0 {
				words += " Not reached: " + strings.Join(d.report.Unreachable, ", ") + "."
			}
			return words, nil
		},
		Ended: func(result any) screen.Ending {
			r := result.(done[*job.RebaseReport]).report
			return screen.EndingOf(r.NeedsPerson(), len(r.Unreachable) > 0)
		},
	})
}

// rebasePreview says what a run of rebase-all would move.
func (v *View) rebasePreview(ctx context.Context, site *job.Site, r *job.RebaseReport) (screen.Preview, error) {
	empty, err := r.IsEmpty()
	if err != nil {
		return screen.Preview{}, err
	}
	if empty {
		ended := screen.EndingOf(r.NeedsPerson(), len(r.Unreachable) > 0)
		return screen.Preview{Nothing: report.RebaseSummary(r, false, 0), Ended: ended}, nil
	}
	var p screen.Preview
	for _, m := range r.Moves {
		move := screen.Move{Ref: m.Ref, Old: m.Old.Short()}
		if git.ID(m.New) != git.ZeroID {
			move.New = madeByRun
		}
		p.Moves = append(p.Moves, move)
	}
	p.Moves = append(p.Moves, v.ledgerMove(ctx, site)...)
	p.Lines = []string{strings.TrimSuffix(report.RebaseSummary(r, true, 0), " Nothing was written."), "Nothing is pushed, and undo takes the whole run back."}
	for _, o := range []struct{ outcome, words string }{
		{upgrade.OutcomeConflict, "would be parked for a person"},
		{upgrade.OutcomeDiverged, "would stay as they are, since they went apart"},
		{upgrade.OutcomeFailed, "cannot be moved"},
		{upgrade.OutcomeLanded, "landed, and nothing is left to be moved"},
		{upgrade.OutcomeDropped, "would be left behind"},
		{upgrade.OutcomeHeld, "would be left for now"},
	} {
		var names []string
		for _, b := range r.Branches {
			if b.Outcome == o.outcome {
				names = append(names, b.Name)
			}
		}
		if len(names) > 0 {
			p.Lines = append(p.Lines, plural(len(names), "branch", "branches")+" "+o.words+":")
			for _, name := range names {
				p.Lines = append(p.Lines, "  "+name)
			}
		}
	}
	for _, w := range r.Warnings {
		p.Lines = append(p.Lines, w.Text)
	}
	return p, nil
}

// errNoUpgrade says that there is nothing to write a decision to.
var errNoUpgrade = errors.New("no release is chosen")

// series of the chosen release, for --for.
func (v *View) seriesWord() (string, error) {
	r, found := v.release()
	if !found {
		return "", errNoUpgrade
	}
	return r.Series, nil
}

// marked are the old names of the branches that are marked on the page, or of the selected one.
func (v *View) marked() []string {
	var names []string
	switch v.page {
	case pageTriage:
		for _, r := range v.triageTable.Marked() {
			names = append(names, r.name)
		}
	case pageBoard:
		for _, r := range v.board.Marked() {
			names = append(names, r.OldName)
		}
	case pageWaiting:
		for _, r := range v.waiting.Marked() {
			if r.branch != "" && !slices.Contains(names, r.branch) {
				names = append(names, r.branch)
			}
		}
	}
	return names
}
