package siteview

import (
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// notUndone is what everybody has to know who changes an .env file.
const notUndone = "z does not take this back: the file is in the work tree, and git checkout is"

// bump brings the pins of the selected site up to date.
func (v *View) bump() tea.Cmd {
	s, problem := v.withPins()
	if problem != nil {
		return problem
	}
	do := func(ctx context.Context, site *job.Site, p *screen.Progress, dryRun bool) (*job.EnvBumpReport, error) {
		p.Say("asking the plugins' repositories")
		return v.asks.bump(ctx, site, job.EnvBumpRequest{
			EnvRequest: job.EnvRequest{Site: s.Name, Progress: screen.Reading(p)}, Timeout: timeout, Now: v.host.Now(), DryRun: dryRun,
			AllowDuplicate: v.allows("duplicate-key"), AllowDowngrade: v.allows("downgrade"),
		})
	}
	return screen.Start(screen.Task{
		Title:   "Bring the pins of " + s.Name + " up to date",
		Command: append([]string{"env", "bump", "--site", s.Name}, v.allowFlags()...),
		Plan: func(ctx context.Context, site *job.Site, p *screen.Progress) (screen.Preview, error) {
			r, err := do(ctx, site, p, true)
			if err != nil {
				return screen.Preview{}, err
			}
			return previewOfBump(r), nil
		},
		Work: func(ctx context.Context, site *job.Site, p *screen.Progress) (any, error) {
			return do(ctx, site, p, false)
		},
		Done: func(result any) (string, tea.Cmd) {
			n := 0
			for _, f := range result.(*job.EnvBumpReport).Files {
				n += len(f.Changes)
			}
			return report.Count(n, "pin", "pins") + " changed.", nil
		},
		Ended: func(result any) screen.Ending {
			return screen.EndingOf(false, len(result.(*job.EnvBumpReport).Unreachable) > 0)
		},
	})
}

func (v *View) allows(name string) bool { return slices.Contains(v.host.Allow, name) }

func (v *View) allowFlags() []string {
	var flags []string
	for _, name := range []string{"duplicate-key", "downgrade"} {
		if v.allows(name) {
			flags = append(flags, "--allow", name)
		}
	}
	return flags
}

func previewOfBump(r *job.EnvBumpReport) screen.Preview {
	p := screen.Preview{}
	changes := 0
	for _, f := range r.Files {
		p.Lines = append(p.Lines, f.Path)
		p.Lines = append(p.Lines, changeLines(f.Changes)...)
		changes += len(f.Changes)
		for _, kept := range f.Kept {
			p.Lines = append(p.Lines, fmt.Sprintf("  = %s stays: %s", kept.Variable, kept.Text))
		}
	}
	for _, u := range r.Unreachable {
		p.Lines = append(p.Lines, fmt.Sprintf("  x the repository of %s did not answer: %s", u.Component, u.Reason))
	}
	for _, w := range r.Warnings {
		p.Lines = append(p.Lines, "  ! "+w.Text)
	}
	if changes == 0 {
		p.Nothing = "every pin is up to date, or stays for a reason"
		p.Ended = screen.EndingOf(false, len(r.Unreachable) > 0)
		for _, f := range r.Files {
			for _, kept := range f.Kept {
				p.Nothing += "; " + kept.Variable + ": " + kept.Text
			}
		}
		return p
	}
	p.Lines = append(p.Lines, notUndone)
	return p
}

func changeLines(changes []job.EnvChange) []string {
	var lines []string
	for _, c := range changes {
		lines = append(lines,
			fmt.Sprintf("  line %d - %s=%s%s", c.Line, c.Variable, c.Old, inBrackets(c.OldRelease)),
			fmt.Sprintf("         + %s=%s%s", c.Variable, c.New, inBrackets(c.NewRelease)))
	}
	return lines
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return "  (" + text + ")"
}

// offerPromote asks which other site gets the pins of the selected one.
func (v *View) offerPromote() tea.Cmd {
	s, problem := v.withPins()
	if problem != nil {
		return problem
	}
	var choices []screen.Choice
	for _, other := range v.list.Rows() {
		if other.Name == s.Name || other.EnvFile == "" {
			continue
		}
		choices = append(choices,
			screen.Choice{Text: other.Name, Help: other.EnvFile, Take: func() tea.Cmd { return v.promote(s, other, false) }},
			screen.Choice{Text: other.Name + ", with the pins that it lacks", Help: other.EnvFile, Take: func() tea.Cmd { return v.promote(s, other, true) }})
	}
	if len(choices) == 0 {
		return screen.Says(theme.Attention, "no other site has an .env file; `mgit env promote "+s.Name+" FILE` takes a file anywhere")
	}
	return screen.Offers("Which site gets the pins of "+s.Name+"?", choices...)
}

func (v *View) promote(from, to *job.SiteReport, add bool) tea.Cmd {
	do := func(ctx context.Context, site *job.Site, p *screen.Progress, dryRun bool) (*job.EnvPromoteReport, error) {
		return v.asks.promote(ctx, site, job.EnvPromoteRequest{
			From: from.Name, To: to.Name, Add: add, DryRun: dryRun, Progress: screen.Reading(p),
			AllowDuplicate: v.allows("duplicate-key"), AllowDowngrade: v.allows("downgrade"),
		})
	}
	command := []string{"env", "promote", from.Name, to.Name}
	if add {
		command = append(command, "--add")
	}
	return screen.Start(screen.Task{
		Title:   "Take the pins of " + from.Name + " over to " + to.Name,
		Command: append(command, v.allowFlags()...),
		Plan: func(ctx context.Context, site *job.Site, p *screen.Progress) (screen.Preview, error) {
			r, err := do(ctx, site, p, true)
			if err != nil {
				return screen.Preview{}, err
			}
			return previewOfPromote(r), nil
		},
		Work: func(ctx context.Context, site *job.Site, p *screen.Progress) (any, error) {
			return do(ctx, site, p, false)
		},
		Done: func(result any) (string, tea.Cmd) {
			r := result.(*job.EnvPromoteReport)
			return report.Count(len(r.Changes)+len(r.Added), "pin", "pins") + " changed. Nothing was committed.", nil
		},
	})
}

func previewOfPromote(r *job.EnvPromoteReport) screen.Preview {
	p := screen.Preview{Lines: append([]string{r.To.Path}, changeLines(r.Changes)...)}
	for _, a := range r.Added {
		p.Lines = append(p.Lines, fmt.Sprintf("  new    + %s=%s%s", a.Variable, a.Value, inBrackets(a.Release)))
	}
	for _, m := range r.Missing {
		p.Lines = append(p.Lines, fmt.Sprintf("  ? %s=%s is not there", m.Variable, m.Value))
	}
	for _, x := range r.Extra {
		p.Lines = append(p.Lines, fmt.Sprintf("  = %s=%s is there only, and stays", x.Variable, x.Value))
	}
	for _, w := range r.Warnings {
		p.Lines = append(p.Lines, "  ! "+w.Text)
	}
	if r.IsEmpty() {
		p.Nothing = r.To.Path + " has these pins already"
		return p
	}
	p.Lines = append(p.Lines, "nothing is committed; "+notUndone)
	return p
}
