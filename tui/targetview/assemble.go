package targetview

import (
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// assembly is how a target is to be assembled, as the flags of the command have it.
type assembly struct {
	fresh         bool
	from          string // a target's full name; "" takes the branches
	update        bool
	noResolutions bool
}

// request is the one that the command makes of these flags.
func (v *View) request(t job.TargetStatus, a assembly) job.AssembleRequest {
	return job.AssembleRequest{
		Target: t.Name, Series: v.host.Series, Fresh: a.fresh, From: a.from, NoResolutions: a.noResolutions,
		UpdateWorktrees: a.update || slices.Contains(v.host.Allow, "checked-out"), Allow: v.host.Allow,
	}
}

// command is what to type for the same.
func (v *View) command(t job.TargetStatus, a assembly) []string {
	command := []string{"assemble", t.Name}
	if a.fresh {
		command = append(command, "--fresh")
	}
	if a.from != "" {
		command = append(command, "--from", a.from)
	}
	if a.noResolutions {
		command = append(command, "--no-resolutions")
	}
	if a.update {
		command = append(command, "--update-worktrees")
	}
	return v.allowed(command)
}

// allowed adds the refusals that were waived when the screen was opened.
func (v *View) allowed(command []string) []string {
	for _, name := range v.host.Allow {
		command = append(command, "--allow", name)
	}
	return command
}

// offerAssembly shows the menu in which the flags are chosen. It comes back until it is to be done.
func (v *View) offerAssembly(t job.TargetStatus, a assembly) tea.Cmd {
	again := func(a assembly) func() tea.Cmd { return func() tea.Cmd { return v.offerAssembly(t, a) } }
	box := func(on bool) string {
		if on {
			return "[x] "
		}
		return "[ ] "
	}
	choices := []screen.Choice{{
		Key: "a", Text: "assemble", Help: "shows first what would move", Take: func() tea.Cmd { return screen.Start(v.assembleTask(t, a)) },
	}}
	if f, _ := v.site.Value(); f.signsCommits {
		choices[0].Help = "commit.gpgSign is set: for a key that asks for no passphrase"
		choices = append(choices, screen.Choice{
			Key: "s", Text: "assemble, in a shell", Help: "where signing may ask for a passphrase", Take: func() tea.Cmd { return v.inShell(v.command(t, a)) },
		})
	}
	next := a
	next.fresh = !a.fresh
	choices = append(choices, screen.Choice{
		Key: "f", Text: box(a.fresh) + "make it afresh from its base", Help: "--fresh", Disabled: notBuilt(t), Take: again(next),
	})
	for i, other := range v.others(t) {
		next := a
		if next.from = other; a.from == other {
			next.from = ""
		}
		choices = append(choices, screen.Choice{
			Key: fmt.Sprint(i + 1), Text: box(a.from == other) + "exactly what " + other + " has", Help: "--from", Take: again(next),
		})
	}
	next = a
	next.update = !a.update
	help := "--update-worktrees"
	if t.Worktree != "" {
		help += "; it is checked out at " + t.Worktree
	}
	choices = append(choices, screen.Choice{Key: "u", Text: box(a.update) + "move it together with a clean worktree", Help: help, Take: again(next)})
	next = a
	next.noResolutions = !a.noResolutions
	choices = append(choices, screen.Choice{Key: "n", Text: box(a.noResolutions) + "leave all conflicts to a person", Help: "--no-resolutions", Take: again(next)})
	return screen.Offers("Assemble "+t.Name, choices...)
}

// inShell leaves a command to a person's shell, which has the terminal: the screen has no place to ask for a
// passphrase.
func (v *View) inShell(command []string) tea.Cmd {
	f, _ := v.site.Value()
	return func() tea.Msg {
		return screen.ShellMsg{Dir: f.dir, Hint: "mgit " + screen.ShellWords(command) + "    is to be typed here; exit comes back", Then: screen.Changed{}}
	}
}

func notBuilt(t job.TargetStatus) string {
	if t.Tip == (job.ID{}) {
		return "it is not built yet"
	}
	return ""
}

// others are the built targets whose contents this one can take.
func (v *View) others(t job.TargetStatus) []string {
	var names []string
	for _, o := range v.targets.Rows() {
		if o.Name != t.Name && o.Version == t.Version && o.Tip != (job.ID{}) {
			names = append(names, o.Name)
		}
	}
	return names
}

// assembled is what the work of a task gave.
type assembled struct {
	report *job.AssembleReport
	run    int
}

func (v *View) assembleTask(t job.TargetStatus, a assembly) screen.Task {
	request := v.request(t, a)
	return screen.Task{
		Title:   "Assemble " + t.Name,
		Command: v.command(t, a),
		Plan: func(ctx context.Context, site *job.Site, p *screen.Progress) (screen.Preview, error) {
			r := request
			r.Progress = p.Report
			report, _, err := job.Assemble(ctx, site, r, true)
			if err != nil {
				return screen.Preview{}, err
			}
			shared, err := screen.SharedMove(ctx, site)
			return previewAssembly(report, shared), err
		},
		Work: func(ctx context.Context, site *job.Site, p *screen.Progress) (any, error) {
			r := request
			r.Progress = p.Report
			report, run, err := job.Assemble(ctx, site, r, false)
			return assembled{report, run}, err
		},
		Done: func(result any) (string, tea.Cmd) {
			done := result.(assembled)
			return report.AssemblySummary(done.report) + report.RunSentence(done.run, false), afterAssembly(done.report)
		},
		Ended: func(result any) screen.Ending { return screen.EndingOf(result.(assembled).report.NeedsPerson(), false) },
	}
}

// afterAssembly opens the first conflict that waits for a person.
func afterAssembly(r *job.AssembleReport) tea.Cmd {
	if r.Count("conflict") > 0 {
		return screen.Opens(keymap.Conflict, r.Target)
	}
	return nil
}

// made stands for the commit that a run makes: its id has the time in it.
const made = "made by this run"

// previewAssembly says what an assembly would move, and what it would leave out.
func previewAssembly(r *job.AssembleReport, shared screen.Move) screen.Preview {
	p := screen.Preview{}
	arrivals := r.Arrivals()
	if r.OldTip != r.NewTip {
		move := screen.Move{Ref: "refs/heads/" + r.Target, New: made}
		if r.OldTip != (job.ID{}) {
			move.Old = r.OldTip.String()
		}
		p.Moves = append(p.Moves, move)
	}
	if len(arrivals) > 0 {
		p.Moves = append(p.Moves, shared)
	}
	add := func(format string, args ...any) { p.Lines = append(p.Lines, fmt.Sprintf(format, args...)) }
	add("%s", report.AssemblySummary(r))
	for _, m := range r.Merged {
		if m.Outcome == "unchanged" {
			continue
		}
		sign, _ := theme.Sign(m.Outcome)
		add("%s %-8s  %s  %s", sign, m.Outcome, m.Branch, m.Tip.Short())
	}
	for _, m := range r.Merged {
		p.Lines = append(p.Lines, report.MergeLines(m)...)
	}
	for _, s := range r.Strangers {
		add("%s", report.StrangerLine(s))
	}
	for _, l := range r.LeftOut {
		add("not in: %s: %s", l.Branch, l.Reason)
	}
	for _, a := range arrivals {
		add("ledger: %s is %s, was %s", a.Branch, a.To, a.From)
	}
	for _, w := range r.Warnings {
		add("warning: %s", w.Text)
	}
	if len(p.Moves) == 0 {
		p.Nothing = report.AssemblySummary(r) + report.RunSentence(0, false)
		if r.NeedsPerson() {
			p.Ended = screen.Waiting
			p.Nothing += " `mgit resolve " + r.Target + "` opens the first conflict."
		}
	}
	return p
}
