package conflictview

import (
	"context"
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/keymap"
	"mgit/tui/screen"
)

// takeMenu offers everything that can be taken of the selected hunk and of its file.
func (v *View) takeMenu() tea.Cmd {
	d, p, cmd := v.chosen()
	if d == nil {
		return cmd
	}
	var choices []screen.Choice
	add := func(key, text string, request job.TakeRequest) {
		choices = append(choices, screen.Choice{Key: key, Text: text, Take: func() tea.Cmd { return v.take(d, p.file, request) }})
	}
	what := "the file"
	if p.hunk != nil {
		what = fmt.Sprintf("hunk %d", p.hunk.Number)
	} else if len(p.file.Hunks) > 0 {
		what = "every open hunk"
	}
	for _, c := range []struct{ key, side string }{{"u", d.Ours.Word}, {"b", d.Theirs.Word}, {"B", job.SideBoth}, {"o", job.SideBase}} {
		if c.side == job.SideBoth && len(p.file.Hunks) == 0 {
			continue
		}
		add(c.key, c.side+" for "+what, job.TakeRequest{Hunk: p.number(), Side: c.side})
	}
	if len(p.file.Hunks) > 0 {
		add("U", "the whole file as "+d.Ours.Word+" has it", job.TakeRequest{Side: d.Ours.Word, Whole: true})
		add("W", "the whole file as "+d.Theirs.Word+" has it", job.TakeRequest{Side: d.Theirs.Word, Whole: true})
	}
	add("x", "take it back: the file in conflict again, as git left it", job.TakeRequest{})
	return screen.Offers("Take of "+job.ShowPath(p.file.Raw), choices...)
}

// chosen is the hunk or file of which something is to be taken. Where the conflict is nil the command says what is missing.
func (v *View) chosen() (*job.ConflictDetail, place, tea.Cmd) {
	d, cmd := v.bench()
	p, found := v.places.Selected()
	if d != nil && (!v.inside || !found) {
		return nil, p, v.notYet("choose a hunk or a file first: %s shows them", v.host.Keys.Key(keymap.Open))
	}
	return d, p, cmd
}

// takeSide takes a side of the selected hunk, or of the file.
func (v *View) takeSide(side func(*job.ConflictDetail) string) tea.Cmd {
	d, p, cmd := v.chosen()
	if d == nil {
		return cmd
	}
	request := job.TakeRequest{Side: side(d)}
	if request.Side != "" {
		request.Hunk = p.number()
	}
	return v.take(d, p.file, request)
}

// take puts a side in its place, as mgit take does. It starts at once: it can be taken back. Where a file was
// edited by hand and would be replaced, a dialog asks first.
func (v *View) take(d *job.ConflictDetail, f *job.ConflictFile, request job.TakeRequest) tea.Cmd {
	request.Branch, request.Path = d.Subject(), f.Raw
	word := job.ShowPath(f.Raw)
	if n := request.Hunk; n > 0 {
		word += fmt.Sprintf(":%d", n)
		request.Seen = f.Hunks[n-1].Seen()
	}
	request.Overwrite = v.allows("edited")
	command := append([]string{"take"}, v.allowed("edited")...)
	switch {
	case request.Side == "":
		command = append(command, "--back", "--", d.Subject(), word)
	case request.Whole:
		command = append(command, "--whole", "--", d.Subject(), word, request.Side)
	default:
		command = append(command, "--", d.Subject(), word, request.Side)
	}
	return screen.Start(screen.Task{
		Title: "Take a side of " + word, Command: command,
		Work: func(ctx context.Context, site *job.Site, _ *screen.Progress) (any, error) {
			r, err := job.Take(ctx, site, request, false)
			if refusal, ok := errors.AsType[*job.Refusal](err); ok && refusal.ID == "edited" && !refusal.Final {
				return refusal, nil // nothing was done; somebody is asked
			}
			return r, err
		},
		Done: func(result any) (string, tea.Cmd) {
			if refusal, ok := result.(*job.Refusal); ok {
				return refusal.Text, v.overwrite(word, command, request, refusal.Text)
			}
			return v.taken(result.(*job.TakeReport)), nil
		},
	})
}

// overwrite takes a file as a whole or back although somebody has written in it, once that is agreed to: it is
// nowhere else.
func (v *View) overwrite(word string, command []string, request job.TakeRequest, why string) tea.Cmd {
	request.Overwrite = true
	return screen.Start(screen.Task{
		Title: "Let go what was written in " + word, Command: slices.Insert(slices.Clone(command), 1, "--allow", "edited"),
		Plan: func(ctx context.Context, site *job.Site, _ *screen.Progress) (screen.Preview, error) {
			_, err := job.Take(ctx, site, request, true)
			return screen.Preview{Lines: []string{why + ".", "What was written there is lost: no undo brings it back."}, Danger: "overwrite"}, err
		},
		Work: func(ctx context.Context, site *job.Site, _ *screen.Progress) (any, error) {
			return job.Take(ctx, site, request, false)
		},
		Done: func(result any) (string, tea.Cmd) { return v.taken(result.(*job.TakeReport)), nil },
	})
}

// taken says what was taken, and has the conflict read anew.
func (v *View) taken(r *job.TakeReport) string {
	v.about = ""
	message := report.TakeLine(r)
	if len(r.Left) == 0 {
		message += fmt.Sprintf(" Nothing is in conflict any more: %s goes on.", v.host.Keys.Key(keymap.ConflictContinue))
	}
	return message
}
