package job

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"mgit/internal/config"
	"mgit/internal/moodle"
	"mgit/internal/tracker"
)

// TrackerDial makes the client of the tracker that the settings name. An empty key is for
// questions that ask no server.
type TrackerDial func(t config.Tracker, key string) (tracker.Client, error)

// TrackerRequest says which ledgers are compared with the tracker, and how.
type TrackerRequest struct {
	// Branches by their old names or their new ones, or globs on the old names; none: all.
	Branches []string
	// Series of the upgrade; zero: all that are unfinished, and finished ones that the
	// tracker does not show so yet.
	Series  moodle.Series
	Offline bool         // status: ask no server
	DryRun  bool         // sync: plan only
	Take    tracker.Side // sync: whose values win where both changed
	Again   bool         // sync: try what the tracker refused before
	Anew    bool         // sync: make issues anew that are gone
	Many    bool         // take it also where very many branches are dropped or held at once

	Dial TrackerDial
	// Key is that of the environment; "" for none.
	Key string
	// Ask gets a key from a person, who sees the address; nil where nobody can be asked.
	Ask func(ctx context.Context, address string) (string, error)
	// Elsewhere allows to send Key to another host than before.
	Elsewhere bool
	// Progress is told of every write.
	Progress func(series string, p tracker.Progress)
	// Settle is how long a claim has to stand unchallenged; zero is package tracker's.
	Settle time.Duration
}

// TrackerReport is how the ledgers and the tracker differ, and what was done about it.
type TrackerReport struct {
	Kind    string `json:"kind"`
	URL     string `json:"url"`
	Project string `json:"project"`
	User    string `json:"user"` // whose key it was; "" when none was used
	// Reached is false where the tracker was not asked or could not be reached, and
	// Reason says why. Then only what waits here is known.
	Reached  bool             `json:"reached"`
	Reason   string           `json:"reason"`
	Upgrades []TrackerUpgrade `json:"upgrades"`
	Totals   TrackerTotals    `json:"totals"`
}

// TrackerTotals counts over all upgrades. Writes are Made or Waiting.
type TrackerTotals struct {
	Branches      int `json:"branches"`
	Writes        int `json:"writes"`
	Made          int `json:"made"`
	Waiting       int `json:"waiting"`
	Incoming      int `json:"incoming"`
	Disagreements int `json:"disagreements"`
	Ignored       int `json:"ignored"`
}

// TrackerUpgrade is one upgrade in the tracker.
type TrackerUpgrade struct {
	Series string `json:"series"`
	From   string `json:"from"`
	// Issue is the upgrade's own, as people write it; "" while there is none.
	Issue         string                `json:"issue"`
	Branches      int                   `json:"branches"` // that were compared
	URL           string                `json:"url"`      // of the upgrade's issue; "" where it is not known
	Issues        []TrackerIssue        `json:"issues"`   // of all branches, compared or not
	Writes        []TrackerWrite        `json:"writes"`
	Incoming      []TrackerIncoming     `json:"incoming"`
	Disagreements []TrackerDisagreement `json:"disagreements"`
	Ignored       []TrackerIgnored      `json:"ignored"`
	Warnings      []Warning             `json:"warnings"`
}

// TrackerWrite is one change of the tracker. Branch is "" for the upgrade's own issue, and
// "+2" for the second of those that stand between where a tracker limits what is below one.
type TrackerWrite struct {
	Branch string   `json:"branch"`
	Issue  string   `json:"issue"` // "" for one that is to be made
	New    bool     `json:"new"`   // the issue is made
	Keys   []string `json:"keys"`
	Items  int      `json:"items"` // that its note tells
	Made   bool     `json:"made"`
}

// TrackerIncoming is what somebody changed in the tracker.
type TrackerIncoming struct {
	Branch string     `json:"branch"`
	Issue  string     `json:"issue"`
	Key    string     `json:"key"` // state, owner or note
	Old    string     `json:"old"`
	New    string     `json:"new"`
	Reason string     `json:"reason"` // of a decision
	Who    string     `json:"who"`
	When   *time.Time `json:"when"` // null where the tracker does not tell
	Taken  bool       `json:"taken"`
}

// TrackerDisagreement is what the two sides changed differently. Nothing was done about it.
type TrackerDisagreement struct {
	Branch  string `json:"branch"`
	Issue   string `json:"issue"`
	Key     string `json:"key"`
	Agreed  string `json:"agreed"`
	Ledger  string `json:"ledger"`
	Tracker string `json:"tracker"`
	// LedgerCannotTake says that a run decides about this, and no person.
	LedgerCannotTake bool `json:"ledger_cannot_take"`
	// Withheld says that only the tracker changed, and that the branch would be one of too
	// many that are dropped or held at once.
	Withheld bool `json:"withheld"`
}

// TrackerIgnored is what the tracker did not take. Before says that this was so at an earlier
// sync, and that it was not tried again.
type TrackerIgnored struct {
	Branch string `json:"branch"`
	Issue  string `json:"issue"`
	Key    string `json:"key"`
	Wanted string `json:"wanted"`
	Is     string `json:"is"`
	Reason string `json:"reason"` // the tracker's words
	Before bool   `json:"before"`
}

// NeedsPerson reports whether the two sides stay different until somebody does something.
func (r *TrackerReport) NeedsPerson() bool { return r.Totals.Disagreements+r.Totals.Ignored > 0 }

// count adds the totals up.
func (r *TrackerReport) count() {
	var t TrackerTotals
	for _, u := range r.Upgrades {
		t.Branches += u.Branches
		t.Writes += len(u.Writes)
		for _, w := range u.Writes {
			if w.Made {
				t.Made++
			}
		}
		t.Incoming += len(u.Incoming)
		t.Disagreements += len(u.Disagreements)
		t.Ignored += len(u.Ignored)
	}
	t.Waiting = t.Writes - t.Made
	r.Totals = t
}

// tracker returns the tracker in force. The error is a *UsageError where none is set, or not
// all that it takes, and a *Refusal where one waits to be confirmed.
func (s *Site) tracker() (config.Tracker, error) {
	t := s.Config.Tracker
	needs := []struct{ key, value, like string }{
		{"kind", t.Kind, "redmine"}, {"url", t.URL, "https://redmine.example.org"}, {"project", t.Project, "moodle"},
	}
	var missing, hints []string
	for _, need := range needs {
		if need.value == "" {
			missing = append(missing, "tracker."+need.key)
			hints = append(hints, fmt.Sprintf("mgit config edit tracker.%s %s", need.key, need.like))
		}
	}
	isTracker := func(p config.PendingChange) bool { return strings.HasPrefix(p.Key, "tracker.") }
	switch {
	case len(missing) == 0:
		_, err := trackerAddress(t)
		return t, err
	case slices.ContainsFunc(s.Config.Pending(), isTracker):
		return t, &Refusal{
			ID: "tracker-pending", Final: true,
			Text: "the tracker on the mgit branch is not confirmed in this clone, so nothing is sent there",
		}
	case len(missing) == len(needs):
		return t, &UsageError{Text: "no tracker is set up", Hint: strings.Join(hints, "\n")}
	}
	return t, &UsageError{
		Text: fmt.Sprintf("the tracker is not set up: %s %s not set", joinAnd(missing), isOrAre(len(missing))),
		Hint: strings.Join(hints, "\n"),
	}
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// HasTracker reports whether a tracker is set and confirmed.
func (s *Site) HasTracker() bool {
	_, err := s.tracker()
	return err == nil
}

// trackerAddress reads the tracker's address.
func trackerAddress(t config.Tracker) (*url.URL, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, &UsageError{Text: "tracker.url is no address such as https://redmine.example.org"}
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	return u, nil
}
