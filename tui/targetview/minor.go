package targetview

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/screen"
)

// minorRequest asks for the newest patch release for one target, as `mgit minor --into` does.
func (v *View) minorRequest(t job.TargetStatus) job.MinorRequest {
	return job.MinorRequest{
		Series: v.seriesOf(t), Into: []string{t.Name}, Now: v.host.Now(), Allow: v.host.Allow,
		UpdateWorktrees: slices.Contains(v.host.Allow, "checked-out"),
	}
}

// offerMinor says which patch release there is for the target, and takes it.
func (v *View) offerMinor(t job.TargetStatus, update bool) tea.Cmd {
	a := v.of(t.Name)
	m, known := a.minor.Value()
	switch {
	case !known && a.minor.Err() != nil:
		text, hint := v.host.Explain(a.minor.Err())
		return says(strings.TrimSpace(text + ". " + hint))
	case !known:
		return says("Which patch releases there are is not known yet.")
	case !m.Wanted() && len(m.Targets) > 0:
		line, _ := report.MinorLine(m, m.Targets[0], true)
		return says(line)
	}
	box := "[ ] "
	if update {
		box = "[x] "
	}
	return screen.Offers("Moodle "+m.Tag+" into "+t.Name,
		screen.Choice{Key: "m", Text: "merge " + m.Tag, Help: "shows first what would move", Take: func() tea.Cmd {
			return screen.Start(v.minorTask(t, update))
		}},
		screen.Choice{Key: "u", Text: box + "move it together with a clean worktree", Help: "--update-worktrees", Take: func() tea.Cmd {
			return v.offerMinor(t, !update)
		}},
	)
}

// merged is what became of a patch release, and what the user's own command said afterwards.
type merged struct {
	report *job.MinorReport
	hook   string
}

func (v *View) minorTask(t job.TargetStatus, update bool) screen.Task {
	request := v.minorRequest(t)
	request.UpdateWorktrees = request.UpdateWorktrees || update
	command := []string{"minor", "--into", t.Name}
	if series := v.seriesOf(t); series != "" {
		command = append(command, "--series", series)
	}
	if update {
		command = append(command, "--update-worktrees")
	}
	return screen.Task{
		Title:   "Merge a patch release into " + t.Name,
		Command: v.allowed(command),
		Plan: func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
			report, err := job.Minor(ctx, site, request, true)
			if err != nil {
				return screen.Preview{}, err
			}
			return previewMinor(report), nil
		},
		Work: func(ctx context.Context, site *job.Site, _ *screen.Progress) (any, error) {
			made, err := job.Minor(ctx, site, request, false)
			merged := merged{report: made}
			if v.host.AfterMinor != nil {
				merged.hook = v.host.AfterMinor(ctx, site, made, err)
			}
			return merged, err
		},
		Done: func(result any) (string, tea.Cmd) {
			m := result.(merged)
			return strings.TrimSpace(minorLines(m.report) + " " + m.hook), nil
		},
		Ended: func(result any) screen.Ending { return screen.EndingOf(result.(merged).report.NeedsPerson(), false) },
	}
}

// minorLines are how it went with every target, in one line.
func minorLines(r *job.MinorReport) string {
	var lines []string
	for _, t := range r.Targets {
		line, isMoved := report.MinorLine(r, t, false)
		if isMoved {
			line += report.RunSentence(t.Run, false)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, " ")
}

func previewMinor(r *job.MinorReport) screen.Preview {
	p := screen.Preview{}
	if r.Tag == "" {
		p.Nothing = fmt.Sprintf("There is no patch release of %s to take.", r.Series)
		return p
	}
	for _, t := range r.Targets {
		line, isMoved := report.MinorLine(r, t, false)
		p.Lines = append(p.Lines, line)
		if isMoved {
			p.Moves = append(p.Moves, screen.Move{Ref: "refs/heads/" + t.Target, Old: t.OldTip.String(), New: made})
		}
		if t.Outcome == "conflict" {
			p.Lines = append(p.Lines, fmt.Sprintf("`mgit resolve %s --merge %s` opens the conflict in a worktree of its own.", t.Target, r.Tag))
		}
		p.Lines = append(p.Lines, report.MergeLines(job.MergedStep{
			Branch: r.Tag, Conflicts: t.Conflicts, Against: t.Against, Resolutions: t.Resolutions, Rebuild: t.Rebuild,
		})...)
	}
	if len(p.Moves) == 0 {
		p.Nothing, p.Ended = strings.Join(p.Lines, " "), screen.EndingOf(r.NeedsPerson(), false)
	}
	return p
}
