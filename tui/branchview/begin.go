package branchview

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/config"
	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// begin asks what a new branch is to be: its type, its component, a short name, and why it is needed.
func (v *View) begin() tea.Cmd {
	a, known := v.status.Value()
	if !known {
		return screen.Says(theme.Attention, "the branches are not read yet")
	}
	if len(a.types) == 1 {
		return v.askComponent(job.NewRequest{Type: a.types[0]})
	}
	var choices []screen.Choice
	for i, name := range a.types {
		choices = append(choices, screen.Choice{Key: fmt.Sprint(i + 1), Text: name, Take: func() tea.Cmd {
			return v.askComponent(job.NewRequest{Type: name})
		}})
	}
	return screen.Offers("What kind of branch?", choices...)
}

func (v *View) askComponent(request job.NewRequest) tea.Cmd {
	var known []string
	for _, r := range v.table.Rows() {
		if r.Component != "" {
			known = append(known, r.Component)
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	return screen.Asks(screen.Prompt{
		Label: "Component, or set_{name}",
		Check: func(text string) string {
			if strings.TrimSpace(text) == "" {
				return "a component is a frankenstyle name such as mod_forum, or set_{name} for changes that belong together"
			}
			return ""
		},
		Complete: func(text string) []string {
			return slices.DeleteFunc(slices.Clone(known), func(c string) bool { return !strings.HasPrefix(c, text) })
		},
		Done: func(text string) tea.Cmd {
			request.Component = strings.TrimSpace(text)
			return v.askShort(request)
		},
	})
}

func (v *View) askShort(request job.NewRequest) tea.Cmd {
	return screen.Asks(screen.Prompt{Label: "Short name, or nothing", Done: func(text string) tea.Cmd {
		request.Short = strings.TrimSpace(text)
		return screen.Asks(screen.Prompt{Label: "Why does the site need it?", Done: func(text string) tea.Cmd {
			request.Record.Reason = text
			return screen.Start(v.newTask(request))
		}})
	}})
}

// begun is the branch that a run began.
type begun struct {
	report *job.NewReport
	run    int
	told   screen.Told
}

// newTask is the task that begins a branch. A tracker is told afterwards, as the command does.
func (v *View) newTask(request job.NewRequest) screen.Task {
	a, _ := v.status.Value()
	asked := v.series
	if v.all {
		asked = v.host.Series
	}
	settle := func(ctx context.Context, site *job.Site) (job.NewRequest, error) {
		var err error
		request := request
		request.Series, err = site.Series(ctx, asked)
		return request, err
	}
	return screen.Task{
		Title: "Begin a branch for " + request.Component, Command: newCommand(request, asked),
		Plan: func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
			request, err := settle(ctx, site)
			if err != nil {
				return screen.Preview{}, err
			}
			request.DryRun = true
			report, _, err := job.NewBranch(ctx, site, request)
			if err != nil {
				return screen.Preview{}, err
			}
			return previewNew(report, a.hasTracker), nil
		},
		Work: func(ctx context.Context, site *job.Site, p *screen.Progress) (any, error) {
			request, err := settle(ctx, site)
			if err != nil {
				return nil, err
			}
			report, run, err := job.NewBranch(ctx, site, request)
			made := begun{report: report, run: run}
			if err == nil && run != 0 && report.InUpgrade() {
				made.told = v.host.Tell(ctx, p, moodle.Series{}, []string{report.Branch})
			}
			return made, err
		},
		Done: func(result any) (string, tea.Cmd) {
			b := result.(begun)
			v.wanted = b.report.Branch
			return strings.TrimSpace(fmt.Sprintf("%s stands on %s. This was run %d. %s", b.report.Branch, b.report.Base.Tag, b.run, b.told.Text)), nil
		},
		Ended: func(result any) screen.Ending { return screen.EndingOf(false, result.(begun).told.Unreached) },
	}
}

func newCommand(request job.NewRequest, series string) []string {
	command := []string{"new", request.Type, request.Component}
	if request.Short != "" {
		command = append(command, "--short", request.Short)
	}
	if request.Record.Reason != "" {
		command = append(command, "--reason", request.Record.Reason)
	}
	if series != "" {
		command = append(command, "--series", series)
	}
	return command
}

func previewNew(report *job.NewReport, hasTracker bool) screen.Preview {
	p := screen.Preview{Moves: []screen.Move{{Ref: "refs/heads/" + report.Branch, New: report.Base.Commit.Short() + " (" + report.Base.Tag + ")"}}}
	switch {
	case report.Path != "" && report.Exists:
		p.Lines = append(p.Lines, report.Component+" lives in "+report.Path)
	case report.Path != "":
		p.Lines = append(p.Lines, report.Component+" is not part of "+report.Base.Tag+"; it will live in "+report.Path)
	}
	if report.RecordKept {
		p.Lines = append(p.Lines, "its record "+report.Record+" was there already and stays as it is")
	} else {
		p.Moves = append(p.Moves, screen.Move{Ref: sharedRef, Old: "as it is", New: byRun})
		p.Lines = append(p.Lines, "record: [branch."+config.FormatKey(report.Record)+"] in mgit.toml on the mgit branch")
	}
	if report.InUpgrade() {
		p.Lines = append(p.Lines, "the ledger of the upgrade that moves the series gets an entry for it")
	}
	if report.InUpgrade() && hasTracker {
		p.Lines = append(p.Lines, "The tracker is told of it afterwards.")
	}
	return p
}
