package trackerview

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/tracker"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// options are how a sync is done, as the flags of the command have it.
type options struct {
	branches    []string // none: all
	take        tracker.Side
	again, anew bool
	many        bool
}

func (v *View) command(o options) []string {
	command := append([]string{"tracker", "sync"}, o.branches...)
	if v.host.Series != "" {
		command = append(command, "--series", v.host.Series)
	}
	if o.take != tracker.Neither {
		command = append(command, "--take", string(o.take))
	}
	if o.again {
		command = append(command, "--again")
	}
	if o.anew {
		command = append(command, "--anew")
	}
	allow := v.host.Allow
	if o.many {
		allow = append(allow[:len(allow):len(allow)], "many-dropped")
	}
	for _, name := range allow {
		command = append(command, "--allow", name)
	}
	return command
}

// chosen are the marked branches, or the selected one.
func (v *View) chosen() []string {
	var names []string
	for _, r := range v.table.Marked() {
		if !r.isUpgrade {
			names = append(names, r.Branch)
		}
	}
	return names
}

// mayAsk says why the tracker cannot be talked to; nil where it can.
func (v *View) mayAsk() tea.Cmd {
	switch {
	case v.report() == nil:
		return screen.Says(theme.Attention, "There is no tracker to talk to.")
	case v.host.Tracker == nil:
		return screen.Says(theme.Attention, "The tracker cannot be asked from here; `mgit tracker sync` does it.")
	}
	return nil
}

// offerSync shows the menu in which the flags are chosen.
func (v *View) offerSync(o options) tea.Cmd {
	if no := v.mayAsk(); no != nil {
		return no
	}
	box := func(on bool) string {
		if on {
			return "[x] "
		}
		return "[ ] "
	}
	again := func(o options) func() tea.Cmd { return func() tea.Cmd { return v.offerSync(o) } }
	some, all := o, o
	some.branches = v.chosen()
	choices := []screen.Choice{
		{Key: "u", Text: "sync all branches", Help: "asks the tracker first, and shows what would be written", Take: func() tea.Cmd { return screen.Start(v.syncTask(all)) }},
	}
	what := "sync the marked branches"
	if len(some.branches) == 1 {
		what = "sync " + some.branches[0]
	}
	if len(some.branches) > 0 {
		choices = append(choices, screen.Choice{Key: "b", Text: what, Help: "and no others", Take: func() tea.Cmd { return screen.Start(v.syncTask(some)) }})
	}
	next := o
	next.again = !o.again
	choices = append(choices, screen.Choice{Key: "g", Text: box(o.again) + "try again what was refused", Help: "--again", Take: again(next)})
	next = o
	next.anew = !o.anew
	choices = append(choices, screen.Choice{Key: "n", Text: box(o.anew) + "make issues anew that are gone", Help: "--anew", Take: again(next)})
	next = o
	next.many = !o.many
	choices = append(choices, screen.Choice{Key: "m", Text: box(o.many) + "drop and hold many branches at once", Help: "--allow many-dropped", Take: again(next)})
	return screen.Offers("Sync the ledger and the tracker", choices...)
}

// offerTake asks whose value wins for the branches that differ in both.
func (v *View) offerTake() tea.Cmd {
	if no := v.mayAsk(); no != nil {
		return no
	}
	var o options
	canTracker := false
	for _, r := range v.table.Marked() {
		if len(r.disagreements) > 0 && !r.isUpgrade {
			o.branches = append(o.branches, r.Branch)
		}
		for _, d := range r.disagreements {
			canTracker = canTracker || !d.LedgerCannotTake && !d.Withheld
		}
	}
	if len(o.branches) == 0 {
		return screen.Says(theme.Attention, "Nothing differs in both here. "+v.host.Keys.Key(keymap.TrackerAsk)+" asks the tracker.")
	}
	whose := o.branches[0]
	if n := len(o.branches); n > 1 {
		whose = fmt.Sprintf("%d branches", n)
	}
	take := func(side tracker.Side) func() tea.Cmd {
		with := o
		with.take = side
		return func() tea.Cmd { return screen.Start(v.syncTask(with)) }
	}
	cannot := ""
	if !canTracker {
		cannot = "in the ledger only a run decides about that"
	}
	return screen.Offers("Whose value is taken for "+whose+"?",
		screen.Choice{Key: "l", Text: "the ledger's", Help: "--take ledger: it is written to the tracker", Take: take(tracker.Ledger)},
		screen.Choice{Key: "t", Text: "the tracker's", Help: "--take tracker: it comes into the ledger", Disabled: cannot, Take: take(tracker.Tracker)},
	)
}

type synced struct {
	report *job.TrackerReport
	run    int
}

func (v *View) syncTask(o options) screen.Task {
	title := "Sync the ledger and the tracker"
	if len(o.branches) == 1 {
		title = "Sync " + o.branches[0]
	}
	sync := func(ctx context.Context, site *job.Site, p *screen.Progress, dry bool) (*job.TrackerReport, int, error) {
		request, err := v.request(site)
		if err != nil {
			return nil, 0, err
		}
		request.Branches, request.Take, request.Again, request.Anew = o.branches, o.take, o.again, o.anew
		request.Many, request.DryRun = request.Many || o.many, dry
		request.Progress = progressTo(p)
		return job.TrackerSync(ctx, site, request)
	}
	return screen.Task{
		Title:   title,
		Command: v.command(o),
		Plan: func(ctx context.Context, site *job.Site, p *screen.Progress) (screen.Preview, error) {
			p.Say("the tracker is asked")
			r, _, err := sync(ctx, site, p, true)
			if err != nil {
				return screen.Preview{}, err
			}
			return preview(r), nil
		},
		Work: func(ctx context.Context, site *job.Site, p *screen.Progress) (any, error) {
			r, run, err := sync(ctx, site, p, false)
			return synced{r, run}, err
		},
		Done: func(result any) (string, tea.Cmd) {
			done := result.(synced)
			text := report.TrackerSummary(done.report, false)
			if done.run != 0 {
				text += report.TrackerRunSentence(done.report, done.run)
			}
			if !done.report.Reached && len(done.report.Upgrades) > 0 {
				text = "The tracker could not be reached: " + done.report.Reason + ". " + text
			}
			return text, nil
		},
		Ended: func(result any) screen.Ending { return ending(result.(synced).report) },
	}
}

// progressTo tells of every write, and for whom a sync waits.
func progressTo(p *screen.Progress) func(series string, at tracker.Progress) {
	return func(series string, at tracker.Progress) {
		if at.Waiting != "" {
			p.Say(fmt.Sprintf("%s syncs the upgrade to %s at this moment; waiting for that", at.Waiting, series))
			return
		}
		p.Report(job.Event{Done: at.Made, Total: at.All, Branch: report.TrackerSubject(at.Write.Branch), Outcome: strings.Join(at.Write.Keys, ", ")})
	}
}

// ending is what a sync came to. A tracker that was not reached comes first: what it disagrees with is old then.
func ending(r *job.TrackerReport) screen.Ending {
	if !r.Reached && len(r.Upgrades) > 0 {
		return screen.Unreached
	}
	return screen.EndingOf(r.NeedsPerson(), false)
}

// preview says what a sync would write there and take from there.
func preview(r *job.TrackerReport) screen.Preview {
	p := screen.Preview{Ended: ending(r)}
	t := r.Totals
	summary := report.TrackerSummary(r, true)
	switch {
	case len(r.Upgrades) == 0:
		p.Nothing = "No upgrade is under way, so nothing was compared."
		return p
	case !r.Reached:
		p.Nothing = "The tracker could not be reached: " + r.Reason + ". " + summary
		return p
	case t.Writes+t.Incoming == 0:
		p.Nothing = summary + report.RunSentence(0, true)
		return p
	}
	p.Moves = append(p.Moves, screen.Move{Ref: "refs/heads/mgit", New: "what both sides agree on then"})
	p.Lines = append(p.Lines, summary)
	for _, u := range r.Upgrades {
		for _, w := range u.Writes {
			p.Lines = append(p.Lines, "→ "+report.TrackerAt(w.Branch, w.Issue)+": "+report.TrackerWriteWords(w))
		}
		for _, in := range u.Incoming {
			p.Lines = append(p.Lines, "← "+report.TrackerAt(in.Branch, in.Issue)+": "+report.TrackerIncomingWords(in))
		}
		for _, d := range u.Disagreements {
			p.Lines = append(p.Lines, "≠ "+report.TrackerAt(d.Branch, d.Issue)+": "+report.TrackerDisagreementWords(d))
		}
		for _, x := range u.Ignored {
			p.Lines = append(p.Lines, "x "+report.TrackerAt(x.Branch, x.Issue)+": "+report.TrackerIgnoredWords(x))
		}
		for _, w := range u.Warnings {
			p.Lines = append(p.Lines, "warning: "+w.Text)
		}
	}
	return p
}
