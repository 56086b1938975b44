package job

import (
	"slices"
	"strings"
	"time"

	"mgit/internal/tracker"
)

// describe adds what became of an upgrade to the report.
func (s *trackerSync) describe(w *trackerWork) {
	u := TrackerUpgrade{
		Series: w.ledger.Series, From: w.ledger.From, Branches: len(w.only), Writes: []TrackerWrite{},
		Incoming: []TrackerIncoming{}, Disagreements: []TrackerDisagreement{}, Ignored: []TrackerIgnored{}, Warnings: []Warning{},
	}
	if w.only == nil {
		u.Branches = len(w.upgrade.Branches)
	}
	u.Issue, u.URL, u.Issues = tracker.IssueName(w.upgradeIssue()), issueURL(s.tracker, w.upgradeIssue()), s.issues(w)
	if w.result == nil || w.result.Plan == nil {
		u.Writes = s.waiting(w)
	} else {
		s.describeResult(&u, w)
	}
	s.report.Upgrades = append(s.report.Upgrades, u)
}

// upgradeIssue is the id of the upgrade's own issue.
func (w *trackerWork) upgradeIssue() string {
	if w.result != nil && w.result.Mirror != nil && w.result.Mirror.Upgrade.Issue != "" {
		return w.result.Mirror.Upgrade.Issue
	}
	return w.mirror.Upgrade.Issue
}

func (s *trackerSync) describeResult(u *TrackerUpgrade, w *trackerWork) {
	r := w.result
	if s.request.DryRun {
		u.Writes = s.describeWrites(r.Plan.Writes, nil)
	} else {
		u.Writes = s.describeWrites(r.Waiting, r.Made)
	}
	for _, in := range r.Incoming {
		x := TrackerIncoming{Branch: in.Branch, Issue: tracker.IssueName(in.Issue), Key: in.Key, Old: in.Old, New: in.New, Reason: in.Reason, Who: in.Who}
		if !in.When.IsZero() {
			when := in.When.UTC().Truncate(time.Second)
			x.When = &when
		}
		u.Incoming = append(u.Incoming, x)
	}
	for _, d := range r.Disagreements {
		u.Disagreements = append(u.Disagreements, TrackerDisagreement{
			Branch: d.Branch, Issue: tracker.IssueName(d.Issue), Key: d.Key, Agreed: d.Agreed, Ledger: d.Ledger, Tracker: d.Tracker, LedgerCannotTake: d.LedgerCannotTake, Withheld: d.Withheld,
		})
	}
	for _, x := range r.Ignored {
		u.Ignored = append(u.Ignored, TrackerIgnored{
			Branch: x.Branch, Issue: tracker.IssueName(x.Issue), Key: x.Key, Wanted: x.Wanted, Is: x.Is, Reason: x.Reason, Before: wasBefore(r.Plan, x),
		})
	}
	if len(w.missing) > 0 {
		u.Warnings = append(u.Warnings, Warning{ID: "tracker-rights", Text: "the key's owner lacks in the tracker: " + strings.Join(w.missing, ", ")})
	}
	u.Writes = withoutIgnored(u.Writes, u.Ignored)
	for _, x := range r.Plan.Warnings {
		u.Warnings = append(u.Warnings, Warning{ID: x.ID, Text: x.Text})
	}
}

// describeWrites lists what was written and what was not, one a branch: what a sync writes
// in parts is one change to people.
func (s *trackerSync) describeWrites(waiting, made []tracker.Write) []TrackerWrite {
	all := []TrackerWrite{}
	for _, x := range made {
		i := slices.IndexFunc(all, func(w TrackerWrite) bool { return w.Branch == x.Branch })
		if i < 0 {
			i = len(all)
			all = append(all, TrackerWrite{Branch: x.Branch, Keys: []string{}, Made: true})
		}
		s.addWrite(&all[i], x)
	}
	for _, x := range waiting {
		if isDone := func(w tracker.Write) bool { return w.Branch == x.Branch && w.Draft != nil }; x.Draft != nil && slices.ContainsFunc(made, isDone) {
			continue
		}
		w := TrackerWrite{Branch: x.Branch, Keys: []string{}}
		s.addWrite(&w, x)
		all = append(all, w)
	}
	return all
}

func (s *trackerSync) addWrite(w *TrackerWrite, x tracker.Write) {
	w.New = w.New || x.Draft != nil
	w.Items += len(x.Items)
	if x.Issue != "" {
		w.Issue = tracker.IssueName(x.Issue)
	}
	for _, key := range x.Keys {
		if !slices.Contains(w.Keys, key) {
			w.Keys = append(w.Keys, key)
		}
	}
}

// withoutIgnored takes out of what was written what the tracker did not take.
func withoutIgnored(writes []TrackerWrite, ignored []TrackerIgnored) []TrackerWrite {
	for _, x := range ignored {
		for i, w := range writes {
			if w.Branch == x.Branch && w.Made && !x.Before {
				writes[i].Keys = slices.DeleteFunc(w.Keys, func(key string) bool { return key == x.Key })
			}
		}
	}
	return slices.DeleteFunc(writes, func(w TrackerWrite) bool { return w.Made && !w.New && len(w.Keys) == 0 })
}

// wasBefore reports whether a plan knew already that the tracker does not take something.
func wasBefore(p *tracker.Plan, x tracker.Ignored) bool {
	return slices.ContainsFunc(p.Ignored, func(y tracker.Ignored) bool { return y.Branch == x.Branch && y.Key == x.Key && y.Wanted == x.Wanted })
}
