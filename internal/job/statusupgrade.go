package job

import (
	"slices"
	"time"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// Carried is how an old branch stands to what an upgrade took from it.
type Carried string

// The ways it can stand.
const (
	CarriedNot      Carried = "not"         // nothing was taken yet
	CarriedAll      Carried = "all"         // its present tip was taken
	CarriedOlder    Carried = "older"       // it has new commits since
	CarriedRewrite  Carried = "rewritten"   // what was taken is no longer in it
	CarriedVanished Carried = "old-deleted" // the old branch is gone
)

// BranchUpgrade is a branch's entry in the ledger of an upgrade.
type BranchUpgrade struct {
	Series      string `json:"series"` // moved to
	From        string `json:"from"`
	Onto        string `json:"onto"` // tag
	OldName     string `json:"old_name"`
	NewName     string `json:"new_name"`
	Disposition string `json:"disposition"` // "" while nobody has decided
	Reason      string `json:"reason"`
	State       string `json:"state"`
	Outcome     string `json:"outcome"` // of the last run; "" before
	Run         int    `json:"run"`     // 0: none
	Ticket      string `json:"ticket"`
	Owner       string `json:"owner"` // who sees to it in this upgrade
	// OldTip was carried and became NewTip; OldPresent is where the old branch
	// is now. Carried compares the two.
	OldTip     ID          `json:"old_tip"`
	NewTip     ID          `json:"new_tip"`
	OldPresent ID          `json:"old_present"`
	Carried    Carried     `json:"carried"`
	Parked     *ParkedWork `json:"parked"` // null unless it is parked
	Notes      []Remark    `json:"notes"`
}

// ParkedWork is where the work on a parked branch stopped.
type ParkedWork struct {
	Commit   ID       `json:"commit"` // that conflicts
	Paths    []string `json:"paths"`  // as ShowPath writes them
	Waiting  int      `json:"waiting"`
	Worktree string   `json:"worktree"` // where it is being resolved in this clone; "" when nowhere
	Standing Standing `json:"standing"` // of the work there
}

// Remark is a note that somebody made.
type Remark struct {
	When time.Time `json:"when"`
	Who  string    `json:"who"`
	Text string    `json:"text"`
}

func (u BranchUpgrade) isLanded() bool { return u.Outcome == upgrade.OutcomeLanded }

// UpgradeStatus is how far an upgrade is.
type UpgradeStatus struct {
	Series string         `json:"series"`
	From   string         `json:"from"`
	Onto   string         `json:"onto"`
	States map[string]int `json:"states"` // how many branches are in which
	Landed int            `json:"landed"` // those of the dropped that upstream has all of
	// Parked wait for a person; Behind have new commits that were not carried
	// yet; Undecided have no disposition, so the upgrade cannot be finished.
	// All are names of old branches.
	Parked    []BranchUpgrade `json:"parked"`
	Behind    []string        `json:"behind"`
	Undecided []string        `json:"undecided"`
}

// readUpgrades takes the ledgers apart, by the names that take part.
func (v *view) readUpgrades() {
	slices.SortStableFunc(v.ledgers, func(a, b *upgrade.Ledger) int { return compareSeries(a.Series, b.Series) })
	v.upgrades = make(map[string][]BranchUpgrade)
	for _, l := range v.ledgers {
		for _, old := range sortedNames(l.Entries) {
			u := v.entry(l, old, l.Entries[old])
			v.upgrades[old] = append(v.upgrades[old], u)
			if u.NewName != "" && u.NewName != old {
				v.upgrades[u.NewName] = append(v.upgrades[u.NewName], u)
			}
		}
	}
}

func compareSeries(a, b string) int {
	x, _ := moodle.ParseSeries(a)
	y, _ := moodle.ParseSeries(b)
	return x.Compare(y)
}

func (v *view) entry(l *upgrade.Ledger, old string, e *upgrade.Entry) BranchUpgrade {
	u := BranchUpgrade{
		Series: l.Series, From: l.From, Onto: l.Onto, OldName: old, NewName: e.NewName,
		Disposition: e.Disposition, Reason: e.Reason, State: e.State, Outcome: e.Outcome, Run: e.Run, Ticket: e.Ticket, Owner: e.Owner,
		OldTip: ID(e.OldTip), NewTip: ID(e.NewTip), Notes: []Remark{},
	}
	ref, _, present := v.site.refs.present(old, v.site.internal)
	u.OldPresent = ID(ref.Peeled)
	switch {
	case e.OldTip == git.ZeroID:
		u.Carried = CarriedNot
	case !present:
		u.Carried = CarriedVanished
	case e.OldTip == ref.Peeled:
		u.Carried = CarriedAll
	case v.history.Contains(ref.Peeled, e.OldTip):
		u.Carried = CarriedOlder
	default:
		u.Carried = CarriedRewrite
	}
	if e.State == upgrade.StateParked {
		u.Parked = &ParkedWork{Paths: []string{}, Standing: StandingNone}
		if b, ok := v.resolving[e.NewName]; ok {
			u.Parked.Worktree, u.Parked.Standing = b.path, b.standing
		}
		if p := e.Parked; p != nil {
			u.Parked.Commit, u.Parked.Waiting = ID(p.Commit), p.Waiting
			for _, path := range p.Paths {
				u.Parked.Paths = append(u.Parked.Paths, ShowPath(path))
			}
		}
	}
	for _, n := range e.Notes {
		u.Notes = append(u.Notes, Remark{When: n.When, Who: n.Who, Text: n.Text})
	}
	return u
}

// upgradeStatus lists the upgrades that begin or end at a series looked at and
// still want something, and apart from them those that are finished while what
// they began at is in production still.
func (v *view) upgradeStatus() (unfinished, finished []UpgradeStatus) {
	unfinished, finished = []UpgradeStatus{}, []UpgradeStatus{}
	for _, l := range v.ledgers {
		u := UpgradeStatus{
			Series: l.Series, From: l.From, Onto: l.Onto, States: make(map[string]int),
			Parked: []BranchUpgrade{}, Behind: []string{},
		}
		from, _ := moodle.ParseSeries(l.From)
		var names []string
		for _, b := range v.listing.Of(from) {
			names = append(names, b.Raw)
		}
		u.Undecided = append([]string{}, l.Undecided(names)...)
		for _, old := range sortedNames(l.Entries) {
			e := v.entry(l, old, l.Entries[old])
			u.States[e.State]++
			if e.State == upgrade.StateDropped && e.isLanded() {
				u.Landed++
			}
			if e.Parked != nil {
				u.Parked = append(u.Parked, e)
			}
			if e.Disposition == upgrade.DispositionRebase && e.Carried == CarriedOlder {
				u.Behind = append(u.Behind, old)
			}
		}
		switch {
		case !l.IsFinished(names) || len(u.Behind) > 0:
			if v.concerns(l) {
				unfinished = append(unfinished, u)
			}
		case len(l.Entries) > 0 && slices.Contains(v.series, from) && v.isInProduction(from):
			finished = append(finished, u)
		}
	}
	return unfinished, finished
}

// isInProduction reports whether the series is in production, as far as anybody
// has said which one is.
func (v *view) isInProduction(series moodle.Series) bool {
	return v.site.Config.Series.IsZero() || v.site.Config.Series == series
}

// concerns reports whether an upgrade begins or ends at a series looked at.
func (v *view) concerns(l *upgrade.Ledger) bool {
	return slices.ContainsFunc(v.series, func(s moodle.Series) bool {
		return s.String() == l.Series || s.String() == l.From
	})
}

// States lists the states of work on a branch, in the order of the work.
func States() []string { return upgrade.States() }
