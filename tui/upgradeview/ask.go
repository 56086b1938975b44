package upgradeview

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/screen"
)

// asks are the operations that the view calls; tests put others there.
type asks struct {
	releases func(ctx context.Context, site *job.Site, request job.ReleasesRequest) (*job.ReleasesReport, error)
	plan     func(ctx context.Context, site *job.Site, request job.PlanRequest) (*job.UpgradePlan, error)
	rebase   func(ctx context.Context, site *job.Site, request job.RebaseAllRequest, dryRun bool) (*job.RebaseReport, int, error)
	account  func(ctx context.Context, site *job.Site, series moodle.Series) (*job.UpgradeAccount, error)
	history  func(ctx context.Context, site *job.Site, series moodle.Series) (*job.UpgradeHistory, error)
}

func jobs() asks {
	return asks{releases: job.Releases, plan: job.Plan, rebase: job.RebaseAll, account: job.CheckUpgrade, history: job.ReadUpgradeHistory}
}

func (v *View) askReleases() tea.Cmd {
	request := job.ReleasesRequest{Series: v.host.Series, Now: v.host.Now()}
	return v.releases.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.ReleasesReport, error) {
		return v.ask.releases(ctx, site, request)
	})
}

// restMsg says that a selection has stayed where it is.
type restMsg struct{ resting int }

// moved is called when another release may be chosen: what was asked about the one before is not wanted any
// more, and about this one something is asked when the selection has come to rest.
func (v *View) moved() tea.Cmd {
	r, found := v.release()
	for tag, q := range v.plans {
		if !found || tag != r.Tag {
			q.Cancel()
		}
	}
	v.resting++
	if v.rest == 0 {
		return v.settled()
	}
	msg := restMsg{v.resting}
	return tea.Tick(v.rest, func(time.Time) tea.Msg { return msg })
}

// settled asks what is not known about the chosen release.
func (v *View) settled() tea.Cmd {
	v.fill()
	return tea.Batch(v.askAccount(), v.askPlan())
}

// askAccount asks for the account of the chosen release's upgrade, where one was begun, and for how its ledger
// came to say what it says.
func (v *View) askAccount() tea.Cmd {
	u, found := v.begun()
	if !found || u.Series == v.of {
		return nil
	}
	series, err := moodle.ParseSeries(u.Series)
	if err != nil {
		return nil // the list of upgrades has only what was parsed
	}
	v.of = u.Series
	return tea.Batch(
		v.account.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.UpgradeAccount, error) {
			return v.ask.account(ctx, site, series)
		}),
		v.history.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.UpgradeHistory, error) {
			return v.ask.history(ctx, site, series)
		}),
	)
}

// askPlan asks for the plan of the chosen release while the list of releases is looked at. One that was made,
// or that failed, is kept until everything is asked anew.
func (v *View) askPlan() tea.Cmd {
	r, found := v.release()
	if !found || v.page != pageReleases {
		return nil
	}
	q := v.plans[r.Tag]
	if q == nil {
		q = new(screen.Question[*job.UpgradePlan])
		v.plans[r.Tag] = q
	}
	if _, known := q.Value(); known || q.Err() != nil || q.IsOpen() {
		return nil
	}
	request := job.PlanRequest{Tag: r.Tag, From: v.from(), Now: v.host.Now()}
	return q.Ask(v.host, func(ctx context.Context, site *job.Site, p *screen.Progress) (*job.UpgradePlan, error) {
		request.Progress = p.Report
		return v.ask.plan(ctx, site, request)
	})
}

// askTriage looks at what would become of every branch on the chosen release, with the request that
// `mgit triage` makes.
func (v *View) askTriage(tag string) tea.Cmd {
	request := job.RebaseAllRequest{
		Tag: tag, From: v.from(), Evidence: true, Offline: true, OtherTag: true,
		UpdateWorktrees: v.allows("checked-out"),
	}
	v.triaged, v.outdated, v.events = tag, false, 0
	v.only[pageTriage] = ""
	cmd := v.triage.Ask(v.host, func(ctx context.Context, site *job.Site, p *screen.Progress) (*job.RebaseReport, error) {
		request.Progress = p.Report
		report, _, err := v.ask.rebase(ctx, site, request, true)
		return report, err
	})
	v.fillTriage()
	return cmd
}

// from is the series to move from, where it has to be said: that of --series, as the commands take it, if the
// chosen release is newer; or the one that the upgrade under way moves, if another one is meant without
// saying. The zero series leaves it to the job.
func (v *View) from() moodle.Series {
	r, found := v.release()
	if !found {
		return moodle.Series{}
	}
	text := v.host.Series
	to, err := moodle.ParseSeries(r.Series)
	if err != nil {
		return moodle.Series{}
	}
	if u, begun := v.begun(); begun {
		text = u.From
		if text == r.From {
			text = ""
		}
	}
	from, err := moodle.ParseSeries(text)
	if err != nil || from.Compare(to) >= 0 {
		return moodle.Series{}
	}
	return from
}

// allows reports whether a refusal was waived on the command line.
func (v *View) allows(name string) bool { return slices.Contains(v.host.Allow, name) }
