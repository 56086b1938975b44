package trackerview

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// patience is how long the tracker may take for all of it. A sync has no such limit: it can be cancelled.
const patience = 2 * time.Minute

// request is the one that `mgit tracker` makes, but that it never asks a person for the key.
func (v *View) request(site *job.Site) (job.TrackerRequest, error) {
	r := job.TrackerRequest{
		Dial: v.host.Tracker, Settle: v.host.Settle, Elsewhere: slices.Contains(v.host.Allow, "token-elsewhere"), Many: slices.Contains(v.host.Allow, "many-dropped"),
	}
	if v.host.Tracker == nil {
		return r, &job.UsageError{Text: "the screen was opened without a tracker", Hint: "mgit tracker status"}
	}
	var err error
	if v.host.Series != "" {
		if r.Series, err = moodle.ParseSeries(v.host.Series); err != nil {
			return r, &job.UsageError{Text: err.Error()}
		}
	}
	if v.host.Key != nil {
		r.Key, err = v.host.Key(site.Config.Tracker)
	}
	return r, err
}

// askLocal reads what is known without asking the tracker.
func (v *View) askLocal() tea.Cmd {
	return v.local.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (known, error) {
		request, err := v.request(site)
		if err != nil {
			return known{}, err
		}
		request.Offline = true
		k := known{notes: make(map[string]map[string][]job.Remark)}
		if k.report, err = job.TrackerStatus(ctx, site, request); err != nil {
			return k, err
		}
		for _, u := range k.report.Upgrades {
			series, err := moodle.ParseSeries(u.Series)
			if err != nil {
				return k, err
			}
			account, err := job.CheckUpgrade(ctx, site, series)
			if err != nil {
				return k, fmt.Errorf("read the notes of the upgrade to %s: %w", u.Series, err)
			}
			notes := make(map[string][]job.Remark)
			for _, b := range account.Branches {
				notes[b.OldName] = b.Notes
			}
			k.notes[u.Series] = notes
		}
		return k, nil
	})
}

// ask asks the tracker what changed there.
func (v *View) ask() tea.Cmd {
	if v.host.Tracker == nil {
		return screen.Says(theme.Attention, "The tracker cannot be asked from here; `mgit tracker status` does it.")
	}
	return v.asked.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.TrackerReport, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, patience, errSlow)
		defer cancel()
		request, err := v.request(site)
		if err != nil {
			return nil, err
		}
		report, err := job.TrackerStatus(ctx, site, request)
		if err != nil && context.Cause(ctx) == errSlow {
			return nil, errSlow
		}
		return report, err
	})
}

// errSlow says that the tracker took too long.
const errSlow = slow(patience)

type slow time.Duration

func (s slow) Error() string {
	return fmt.Sprintf("the tracker did not answer within %s; `mgit tracker status` waits longer", time.Duration(s))
}
