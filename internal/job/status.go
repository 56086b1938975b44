package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/branches"
	"mgit/internal/moodle"
)

// StatusRequest says which branches are wanted.
type StatusRequest struct {
	Series string // as typed; "" is the series in use
	All    bool   // those of all series instead
	// Check asks the rules about the branches of which nothing is kept, and Progress is told of each.
	Check    bool
	Progress func(Event)
}

// StatusReport is what there is in a site: its branches, its targets, and its
// upgrades.
type StatusReport struct {
	Series   []moodle.Series `json:"series"` // that were looked at, oldest first
	Branches []BranchStatus  `json:"branches"`
	Targets  []TargetStatus  `json:"targets"`
	// Upgrades from or to these series that still want something.
	Upgrades []UpgradeStatus `json:"upgrades"`
	// Finished upgrades from these series, which are in production still.
	Finished []UpgradeStatus `json:"finished"`
	// Misnamed branches of any series are nearly of the naming scheme.
	Misnamed []Misnamed `json:"misnamed"`
	// Warnings are reasons not to trust what is said here.
	Warnings []Warning `json:"-"`
}

// BranchStatus is one branch.
type BranchStatus struct {
	Name      string        `json:"name"`
	Version   moodle.Series `json:"version"`
	Type      string        `json:"type"`
	Component string        `json:"component"` // frankenstyle, or set_{name}
	Short     string        `json:"short"`
	Ref       string        `json:"ref"`
	Remote    string        `json:"remote"` // the only place that has it; "" for a local branch
	Tip       ID            `json:"tip"`
	// Date is when its newest commit was written, which moving it to another release
	// does not change; nil while it has no commits of its own.
	Date *time.Time `json:"date"`
	// Base is the upstream commit it stands on, the newest of Bases. Where that
	// is not the first release of its series, Exception says how.
	Base      Commit        `json:"base"`
	Bases     []Commit      `json:"bases"`
	Exception BaseException `json:"exception"`
	// Commits that are its own, merges included; Merges of them are merges.
	Commits int `json:"commits"`
	Merges  int `json:"merges"`
	// Targets that have its tip, and those that have an older one.
	Targets []string     `json:"targets"`
	Stale   []StaleThere `json:"stale"`
	// Landed names the release or the commit of upstream that has all of it; ""
	// when none has, and while it has no commits yet.
	Landed string `json:"landed"`
	Ticket string `json:"ticket"`
	Owner  string `json:"owner"` // in the newest upgrade that names one, else of its record
	// State of the work on it in the newest upgrade that knows it, or "".
	State    string `json:"state"`
	Worktree string `json:"worktree"` // where it is checked out; "" when nowhere
	// Upgrades it takes part in, oldest first.
	Upgrades []BranchUpgrade `json:"upgrades"`
	// Checks sum up what the rules of [Check] find in it; nil while it was not judged as it is now.
	Checks *BranchChecks `json:"checks"`
}

// StaleThere is a target that was made from an older state of a branch.
type StaleThere struct {
	Target  string `json:"target"`
	Missing int    `json:"missing"` // own commits of the branch that the target lacks
}

// TargetStatus is a target, built or not.
type TargetStatus struct {
	Name     string        `json:"name"`
	Short    string        `json:"short"`
	Version  moodle.Series `json:"version"`
	Remote   string        `json:"remote"`
	Tip      ID            `json:"tip"`  // null when it is not built yet
	Base     Commit        `json:"base"` // the newest upstream commit that is merged
	Worktree string        `json:"worktree"`
	// Published says where it is on remotes, as far as was fetched; by the remote's name.
	Published []PublishedTarget `json:"published"`
}

// PublishedTarget is a target as a remote had it when it was last asked.
type PublishedTarget struct {
	Remote string `json:"remote"`
	Tip    ID     `json:"tip"`
}

// Status reads the state of the branches. It writes nothing but what it keeps for the next time. What the rules of
// [Check] find it knows of branches that were judged as they are now; to judge the others takes its time and is done
// where that is asked for. The error is a
// *UsageError where mgit is not set up, and where it is not clear which series is
// meant.
func Status(ctx context.Context, site *Site, request StatusRequest) (*StatusReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	listing := site.refs.listing(site.Scheme, site.internal)
	series, err := statusSeries(ctx, site, listing, request)
	if err != nil {
		return nil, err
	}
	v, err := readView(ctx, site, listing, series)
	if err != nil {
		return nil, err
	}
	report := &StatusReport{
		Series: series, Branches: []BranchStatus{}, Targets: []TargetStatus{}, Misnamed: []Misnamed{},
	}
	report.Upgrades, report.Finished = v.upgradeStatus()
	if request.Check {
		if report.Warnings, err = v.judge().judgeAll(ctx, request.Progress); err != nil {
			return nil, err
		}
	}
	for _, b := range v.branches {
		status, err := v.status(ctx, b)
		if err != nil {
			return nil, err
		}
		report.Branches = append(report.Branches, status)
	}
	for _, s := range series {
		targets, err := v.targetStatus(ctx, s)
		if err != nil {
			return nil, err
		}
		report.Targets = append(report.Targets, targets...)
	}
	for _, m := range listing.Misnamed {
		report.Misnamed = append(report.Misnamed, Misnamed{Name: m.Name, Reason: m.Reason})
	}
	report.Warnings = append(report.Warnings, site.historyWarnings()...)
	return report, nil
}

// statusSeries settles which series are looked at.
func statusSeries(ctx context.Context, site *Site, l branches.Listing, request StatusRequest) ([]moodle.Series, error) {
	switch {
	case request.All && request.Series != "":
		return nil, &UsageError{Text: "--all and --series contradict each other", Hint: "--all shows the branches of every series"}
	case request.All:
		all := append([]moodle.Series{}, l.Versions()...)
		for _, t := range l.Targets {
			all = append(all, t.Version)
		}
		slices.SortFunc(all, moodle.Series.Compare)
		return slices.Compact(all), nil
	case request.Series == "" && len(l.Branches) == 0 && site.Config.Series.IsZero():
		return []moodle.Series{}, nil // nothing there that could be meant
	}
	series, err := site.Series(ctx, request.Series)
	if err != nil {
		return nil, err
	}
	return []moodle.Series{series}, nil
}

// historyWarnings says what makes the history of this clone incomplete.
func (s *Site) historyWarnings() []Warning {
	if !s.Repo.Shallow() {
		return nil
	}
	return []Warning{{
		ID:   "shallow",
		Text: "this clone is shallow: where the history is cut off, bases and commits may be wrong; git fetch --unshallow brings the rest",
	}}
}

// status puts together what is known of a branch.
func (v *view) status(ctx context.Context, b branches.Branch) (BranchStatus, error) {
	s := BranchStatus{
		Name: b.Raw, Version: b.Version, Type: b.Type, Component: b.Component, Short: b.Short,
		Ref: b.Ref, Remote: b.Remote, Tip: ID(b.Tip), Worktree: v.worktrees[b.Ref],
		Targets: []string{}, Stale: []StaleThere{}, Upgrades: append([]BranchUpgrade{}, v.upgrades[b.Raw]...),
	}
	standing, err := v.standing(ctx, b.Version, b.Tip)
	if err != nil {
		return s, fmt.Errorf("find what %s stands on: %w", b.Raw, err)
	}
	s.Base, s.Bases, s.Exception = standing.base, standing.bases, standing.exception
	own := v.own[b.Tip]
	s.Commits = len(own)
	if tip := v.history.Commit(b.Tip); tip != nil && !tip.Author.When.IsZero() {
		s.Date = &tip.Author.When
	}
	for _, c := range own {
		if len(c.Parents) > 1 {
			s.Merges++
		}
	}
	for _, t := range v.targets {
		if t.Version != b.Version {
			continue
		}
		switch in, missing := t.has(v, b); in {
		case inWhole:
			s.Targets = append(s.Targets, t.Raw)
		case inPart:
			s.Stale = append(s.Stale, StaleThere{Target: t.Raw, Missing: missing})
		}
	}
	s.Landed = landed(b, s)
	s.Ticket = v.site.Config.Records[b.Key()].Ticket
	for _, u := range slices.Backward(s.Upgrades) {
		if s.State == "" {
			s.State = u.State
		}
		if s.Ticket == "" {
			s.Ticket = u.Ticket
		}
		if s.Owner == "" {
			s.Owner = u.Owner
		}
	}
	s.Owner = cmp.Or(s.Owner, v.site.Config.Records[b.Key()].Owner)
	s.Checks = v.judge().known(b)
	return s, nil
}

// landed says what of upstream has all of a branch: its own tip, when upstream
// took that as it is, or the release of an upgrade that left nothing of it. A
// branch that stands on a release and has no commits was only just made, and of
// that nothing can land.
func landed(b branches.Branch, s BranchStatus) string {
	if s.Commits == 0 {
		if s.Exception == BaseWeekly {
			return tagOrID(s.Base)
		}
		return ""
	}
	for _, u := range s.Upgrades {
		if u.OldName == b.Raw && u.isLanded() && u.OldTip == s.Tip {
			return u.Onto
		}
	}
	return ""
}

// tagOrID is a commit's tag, or where it has none its short id.
func tagOrID(c Commit) string {
	if c.Tag != "" {
		return c.Tag
	}
	return c.Commit.Short()
}

// targetStatus lists the targets of a series: those that are there, and those
// that the settings want.
func (v *view) targetStatus(ctx context.Context, series moodle.Series) ([]TargetStatus, error) {
	var all []TargetStatus
	for _, t := range v.targets {
		if t.Version != series {
			continue
		}
		standing, err := v.standing(ctx, series, t.Tip)
		if err != nil {
			return nil, fmt.Errorf("find what %s stands on: %w", t.Raw, err)
		}
		all = append(all, TargetStatus{
			Name: t.Raw, Short: t.Short, Version: series, Remote: t.Remote, Tip: ID(t.Tip),
			Base: standing.base, Worktree: v.worktrees[t.Ref], Published: v.site.published(t.Raw),
		})
	}
	for _, short := range v.site.Config.TargetsOf(series) {
		if slices.ContainsFunc(all, func(t TargetStatus) bool { return t.Short == short }) {
			continue
		}
		name, err := v.site.Scheme.FormatTarget(branches.Target{Customer: v.site.Config.Customer, Version: series, Short: short})
		if err != nil {
			continue // a name that the scheme cannot have; config check says so
		}
		all = append(all, TargetStatus{Name: name, Short: short, Version: series, Published: []PublishedTarget{}})
	}
	order := v.site.Config.TargetsOf(series)
	slices.SortStableFunc(all, func(a, b TargetStatus) int {
		return position(order, a.Short) - position(order, b.Short)
	})
	return all, nil
}

// published lists the remotes that have a branch, by name.
func (s *Site) published(name string) []PublishedTarget {
	found := []PublishedTarget{}
	for _, r := range s.refs.refs {
		rest, isRemote := strings.CutPrefix(r.Name, "refs/remotes/")
		remote, branch, _ := strings.Cut(rest, "/")
		if isRemote && branch == name {
			found = append(found, PublishedTarget{Remote: remote, Tip: ID(r.Peeled)})
		}
	}
	return found
}

// position is where a word stands in a list, behind its end when it does not.
func position(list []string, word string) int {
	if i := slices.Index(list, word); i >= 0 {
		return i
	}
	return len(list)
}
