package conflictview

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/journal"
	"mgit/internal/report"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// allows reports whether a refusal was waived on the command line.
func (v *View) allows(id string) bool { return slices.Contains(v.host.Allow, id) }

// allowed are the flags that waive those of these refusals that were waived on the command line.
func (v *View) allowed(ids ...string) []string {
	var flags []string
	for _, id := range ids {
		if v.allows(id) {
			flags = append(flags, "--allow", id)
		}
	}
	return flags
}

// worked is what resolve, continue, skip or abort have reported, and an error beside it.
type worked struct {
	report *job.ResolveReport
	err    error
}

// words is what the command says first about what it was given.
func (v *View) words(w worked) string {
	var lines []string
	for _, b := range w.report.Branches {
		line := report.ResolvedHeadline(b)
		if n := len(b.Markers); n > 0 {
			line += " Conflict markers are left in " + paths(b.Markers) + "."
		}
		if n := len(b.Uncommitted); n > 0 {
			line += " Not committed: " + paths(b.Uncommitted) + "."
		}
		if b.Reason != "" {
			line += " " + b.Reason
		}
		lines = append(lines, line)
	}
	for _, t := range w.report.Targets {
		line := report.TargetHeadline(t)
		if t.Reason != "" {
			line += " " + t.Reason
		}
		lines = append(lines, line)
	}
	if w.err != nil {
		text, _ := v.host.Explain(w.err)
		lines = append(lines, text)
	}
	if len(lines) == 0 {
		return "No branch is being resolved in this clone."
	}
	return strings.Join(lines, " ")
}

func paths(files []job.File) string {
	var all []string
	for _, f := range files {
		all = append(all, job.ShowPath(string(f.Path)))
	}
	return strings.Join(all, ", ")
}

// atBench is the task of resolve, continue, skip or abort: its plan is the same code, run dry.
func (v *View) atBench(title string, command []string, danger string, do func(ctx context.Context, site *job.Site, dryRun bool) (*job.ResolveReport, error), done func(*job.ResolveReport) tea.Cmd) tea.Cmd {
	return screen.Start(screen.Task{
		Title: title, Command: command,
		Plan: func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
			r, err := do(ctx, site, true)
			if err != nil {
				return screen.Preview{}, err
			}
			p, err := preview(ctx, site, r, danger != "")
			p.Danger = danger
			return p, err
		},
		Work: func(ctx context.Context, site *job.Site, _ *screen.Progress) (any, error) {
			r, err := do(ctx, site, false)
			if r == nil {
				return nil, err
			}
			return worked{r, err}, nil // what was done is shown also when something else went wrong
		},
		Done: func(result any) (string, tea.Cmd) {
			w := result.(worked)
			message := v.words(w)
			next := done(w.report)
			if w.err != nil { // it is no success, although something was done
				next = tea.Batch(next, screen.Says(theme.Bad, message))
			}
			return message, next
		},
		Ended: func(result any) screen.Ending {
			r := result.(worked).report
			return screen.EndingOf(r.NeedsPerson() || r.Failed(), false)
		},
	})
}

// resolve opens the conflict of the selected item in a worktree, as mgit resolve does.
func (v *View) resolve(without bool) tea.Cmd {
	it, found := v.items.Selected()
	if !found {
		return nil
	}
	if d := v.known(); d != nil && d.Worktree != "" {
		v.editing = ""
		return v.notYet("it is being resolved in %s; %s opens a shell there", d.Worktree, v.host.Keys.Key(keymap.ConflictShell))
	}
	command := []string{"resolve", it.name()}
	if without {
		command = []string{"resolve", "--no-resolutions", it.name()}
	}
	if it.target != nil {
		for _, name := range v.host.Allow {
			command = append(command, "--allow", name)
		}
	}
	do := func(ctx context.Context, site *job.Site, dryRun bool) (*job.ResolveReport, error) {
		if it.target != nil {
			return job.ResolveTarget(ctx, site, job.ResolveTargetRequest{AssembleRequest: job.AssembleRequest{
				Target: it.name(), NoResolutions: without, Allow: v.host.Allow, UpdateWorktrees: v.allows("checked-out"),
			}}, dryRun)
		}
		return job.Resolve(ctx, site, job.ResolveRequest{Branch: it.name(), NoResolutions: without}, dryRun)
	}
	return v.atBench("Resolve "+it.name(), command, "", do, func(r *job.ResolveReport) tea.Cmd {
		v.settle(it, r)
		return nil
	})
}

// settle goes where a person looks next: into the conflict while it waits, and on to the next item when it is
// finished.
func (v *View) settle(it item, r *job.ResolveReport) {
	v.about = ""
	if r.NeedsPerson() {
		v.wanted = it.name()
		return
	}
	v.inside, v.editing, v.panes.Second = false, "", false
	shown := v.items.Shown()
	at := slices.IndexFunc(shown, func(o item) bool { return o.id() == it.id() })
	for _, next := range slices.Concat(shown[at+1:], shown[:max(at, 0)]) {
		if next.name() != it.name() {
			v.wanted = next.name()
			return
		}
	}
}

// proceed goes on, as mgit continue does.
func (v *View) proceed() tea.Cmd {
	d, cmd := v.bench()
	if d == nil {
		return cmd
	}
	it, _ := v.items.Selected()
	request := job.ContinueRequest{Branch: it.name(), AllowMissing: v.allows("missing-commits"), UpdateWorktrees: v.allows("checked-out")}
	do := func(ctx context.Context, site *job.Site, dryRun bool) (*job.ResolveReport, error) {
		return job.Continue(ctx, site, request, dryRun)
	}
	return v.atBench("Continue "+it.name(), append([]string{"continue", it.name()}, v.allowed("missing-commits", "checked-out")...), "", do, func(r *job.ResolveReport) tea.Cmd {
		v.settle(it, r)
		return nil
	})
}

// skip asks for the reason and leaves the commit out, as mgit skip does.
func (v *View) skip() tea.Cmd {
	it, found := v.items.Selected()
	switch {
	case !found:
		return nil
	case it.target != nil:
		return v.notYet("a target has no commit to leave out; hold the branch back instead: mgit dispose %s hold", it.target.Branch)
	}
	return screen.Asks(screen.Prompt{
		Label: "Reason to do without this commit",
		Check: func(text string) string {
			if strings.TrimSpace(text) == "" {
				return "a commit is left out only with a reason"
			}
			return ""
		},
		Done: func(reason string) tea.Cmd {
			do := func(ctx context.Context, site *job.Site, dryRun bool) (*job.ResolveReport, error) {
				return job.Skip(ctx, site, job.SkipRequest{Branch: it.name(), Reason: reason}, dryRun)
			}
			return v.atBench("Leave a commit of "+it.name()+" out", []string{"skip", it.name(), "--reason", reason}, "", do, func(r *job.ResolveReport) tea.Cmd {
				v.settle(it, r)
				return nil
			})
		},
	})
}

// abort gives the worktree up, as mgit abort does. What was done in it cannot be brought back.
func (v *View) abort() tea.Cmd {
	d, cmd := v.bench()
	if d == nil {
		return cmd
	}
	it, _ := v.items.Selected()
	do := func(ctx context.Context, site *job.Site, dryRun bool) (*job.ResolveReport, error) {
		return job.Abort(ctx, site, job.AbortRequest{Branches: []string{it.name()}}, dryRun)
	}
	return v.atBench("Give up the worktree of "+it.name(), []string{"abort", it.name()}, "abort", do, func(*job.ResolveReport) tea.Cmd {
		v.about, v.inside, v.wanted = "", false, it.name()
		return nil
	})
}

// forget takes a recorded resolution away, as mgit resolutions forget does.
func (v *View) forget(id string) tea.Cmd {
	type forgotten struct {
		all []job.ResolutionInfo
		run int
	}
	return screen.Start(screen.Task{
		Title: "Forget the resolution " + id, Command: []string{"resolutions", "forget", id},
		Plan: func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
			all, _, err := job.ForgetResolutions(ctx, site, []string{id}, true)
			p := screen.Preview{Moves: []screen.Move{{Ref: journal.SharedRef, New: screen.MadeByRun}}}
			if err != nil {
				return p, err
			}
			for _, r := range all {
				p.Lines = append(p.Lines, fmt.Sprintf("%s, by %s on %s, for %s", r.ID, r.Author, r.Created.Format("2006-01-02"), r.Branch))
			}
			return withValues(ctx, site, p)
		},
		Work: func(ctx context.Context, site *job.Site, _ *screen.Progress) (any, error) {
			all, run, err := job.ForgetResolutions(ctx, site, []string{id}, false)
			return forgotten{all, run}, err
		},
		Done: func(result any) (string, tea.Cmd) {
			r := result.(forgotten)
			v.about = ""
			return fmt.Sprintf("%d forgotten. This was run %d.", len(r.all), r.run), nil
		},
	})
}
