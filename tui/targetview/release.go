package targetview

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/release"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// releaseOf is how a target is to be released.
type releaseOf struct {
	tag  string // "" is the next one by the template
	sign job.SignMode
}

// offerRelease asks how. A tag that is signed may want a passphrase, for which the screen has no place: that is
// done in a shell, which has the terminal.
func (v *View) offerRelease(t job.TargetStatus) tea.Cmd {
	f, _ := v.site.Value()
	start := func(r releaseOf) func() tea.Cmd {
		return func() tea.Cmd { return screen.Start(v.releaseTask(t, r)) }
	}
	plain := releaseOf{}
	text := "release it"
	var choices []screen.Choice
	if f.signsTags {
		plain.sign, text = job.SignNever, "release it without a signature"
		choices = append(choices, screen.Choice{
			Key: "s", Text: "sign it, in a shell", Help: "tag.gpgSign is set, and signing may ask for a passphrase",
			Take: func() tea.Cmd { return v.inShell(v.allowed([]string{"release", t.Name})) },
		})
	}
	choices = append(choices,
		screen.Choice{Key: "r", Text: text, Help: "with the next free name", Take: start(plain)},
		screen.Choice{Key: "n", Text: text + ", by another name", Help: "--tag", Take: func() tea.Cmd {
			return screen.Asks(screen.Prompt{
				Label: "Name of the release",
				Check: func(name string) string {
					if err := release.CheckTag(name); err != nil {
						return err.Error()
					}
					return ""
				},
				Done: func(name string) tea.Cmd {
					named := plain
					named.tag = name
					return start(named)()
				},
			})
		}},
	)
	return screen.Offers("Release "+t.Name, choices...)
}

type released struct {
	report *job.ReleaseReport
	run    int
}

func (v *View) releaseTask(t job.TargetStatus, r releaseOf) screen.Task {
	request := job.ReleaseRequest{Target: t.Name, Series: v.host.Series, Tag: r.tag, Sign: r.sign, Tool: v.tool(), Allow: v.host.Allow}
	command := []string{"release", t.Name}
	if r.tag != "" {
		command = append(command, "--tag", r.tag)
	}
	if r.sign == job.SignNever {
		command = append(command, "--sign=false")
	}
	return screen.Task{
		Title:   "Release " + t.Name,
		Command: v.allowed(command),
		Plan: func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
			dry := request
			dry.DryRun = true
			report, _, err := job.Release(ctx, site, dry)
			if err != nil {
				return screen.Preview{}, err
			}
			return previewRelease(report), nil
		},
		Work: func(ctx context.Context, site *job.Site, _ *screen.Progress) (any, error) {
			report, run, err := job.Release(ctx, site, request)
			return released{report, run}, err
		},
		Done: func(result any) (string, tea.Cmd) {
			done := result.(released)
			return fmt.Sprintf("%s is %s now. This was run %d. It is local: nothing was pushed.", done.report.Target, done.report.Tag, done.run), nil
		},
	}
}

func (v *View) tool() string { return "mgit " + v.host.Version }

// previewRelease says what the tag would be, and what stands in its manifest.
func previewRelease(r *job.ReleaseReport) screen.Preview {
	p := screen.Preview{Moves: []screen.Move{{Ref: "refs/tags/" + r.Tag, New: made}}}
	add := func(format string, args ...any) { p.Lines = append(p.Lines, fmt.Sprintf(format, args...)) }
	add("%s would be %s.", r.Target, r.Tag)
	add("commit    %s", r.Commit)
	add("Moodle    %s", r.Upstream.Tag)
	add("branches  %d", r.Branches)
	add("manifest  the %s form, %d steps; made again from it, the tree is the same", r.Form, len(r.Steps))
	add("The tag is local: nothing is pushed.")
	for _, w := range r.Warnings {
		add("warning: %s", w.Text)
	}
	for _, s := range r.Steps {
		line := s.Kind + "  " + s.Name
		if s.Ticket != "" {
			line += "  " + s.Ticket
		}
		add("%s", line)
	}
	return p
}

// says is a refusal that needs no dialog.
func says(text string) tea.Cmd { return screen.Says(theme.Attention, text) }
