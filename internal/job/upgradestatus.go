package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// Fault is why a branch of an upgrade is not accounted for.
type Fault string

// The faults that a branch can have.
const (
	FaultNoEntry   Fault = "no-entry"  // the ledger does not know it
	FaultUndecided Fault = "undecided" // nobody has decided, and no run has done anything
	FaultNoReason  Fault = "no-reason" // it is dropped or held, and nobody has said why
	FaultBehind    Fault = "behind"    // it has commits that were not carried
	FaultRewritten Fault = "rewritten" // what was carried is no longer in it
	FaultOldGone   Fault = "old-gone"  // it is gone, and was never carried
	FaultNewGone   Fault = "new-gone"  // it was carried, and the new branch is nowhere
	FaultDiverged  Fault = "diverged"  // the new branch is another one than was made
	FaultMisnamed  Fault = "misnamed"  // its name is nearly of the scheme, so that no run takes it
	FaultDisputed  Fault = "disputed"  // two people set something differently
)

// UpgradeAccount is an upgrade as a whole: what became of every branch of the old
// series.
type UpgradeAccount struct {
	Series string `json:"series"`
	From   string `json:"from"`
	Onto   Commit `json:"onto"`
	// Complete says that every branch is accounted for, Finished that none is left
	// to be done either.
	Complete bool            `json:"complete"`
	Finished bool            `json:"finished"`
	States   map[string]int  `json:"states"` // how many branches are in which
	Branches []UpgradeBranch `json:"branches"`
	// Forgotten names what is not accounted for.
	Forgotten []Forgotten `json:"forgotten"`
	// Waiting is what is left to be done, by who sees to it.
	Waiting []WaitingFor `json:"waiting"`
	// New are branches of the new series that come from none of the old one.
	New      []string  `json:"new"`
	Disputes []Dispute `json:"disputes"` // about the whole ledger and its entries
}

// UpgradeBranch is a branch of the old series in an upgrade.
type UpgradeBranch struct {
	BranchUpgrade
	Type          string        `json:"type"`
	Owner         string        `json:"owner"` // of the entry, else of the record
	Present       bool          `json:"present"`
	Known         bool          `json:"known"` // the ledger has an entry
	Justification Justification `json:"justification"`
	// Expired and Unjustified concern the types of branch that must be justified.
	Expired     bool     `json:"expired"`
	Unjustified []string `json:"unjustified"` // what is missing

	isOpen bool // something is left to be done
}

// Forgotten is a branch that is not accounted for, and why.
type Forgotten struct {
	Branch string `json:"branch"`
	Fault  Fault  `json:"fault"`
	Text   string `json:"text"`
}

// WaitingFor is what waits for somebody.
type WaitingFor struct {
	Owner string   `json:"owner"` // "" is nobody in particular
	Todo  []string `json:"todo"`
	// Parked wait for a person to resolve a conflict.
	Parked []string `json:"parked"`
}

// CheckUpgrade looks whether every branch of the old series is accounted for in an
// upgrade: the one to a series, or for the zero series the only one that is unfinished,
// else the newest. It fetches nothing and writes nothing.
func CheckUpgrade(ctx context.Context, site *Site, series moodle.Series) (*UpgradeAccount, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	ledger, err := site.ledgerToRead(ctx, series)
	if err != nil {
		return nil, err
	}
	from, err := moodle.ParseSeries(ledger.From)
	if err != nil {
		return nil, fmt.Errorf("the ledger of the upgrade to %s: from: %w", ledger.Series, err)
	}
	to, err := moodle.ParseSeries(ledger.Series)
	if err != nil {
		return nil, err
	}
	listing := site.refs.listing(site.Scheme, site.internal)
	v, err := readView(ctx, site, listing, []moodle.Series{from, to})
	if err != nil {
		return nil, err
	}
	a := &UpgradeAccount{
		Series: ledger.Series, From: ledger.From, Onto: Commit{ledger.Onto, ID(ledger.OntoCommit)}, States: make(map[string]int),
		Branches: []UpgradeBranch{}, Forgotten: []Forgotten{}, Waiting: []WaitingFor{}, New: []string{}, Disputes: []Dispute{},
	}
	for _, s := range upgrade.States() {
		a.States[s] = 0
	}
	if err := a.readBranches(ctx, v, ledger, from, to); err != nil {
		return nil, err
	}
	a.findNew(v, ledger, to)
	a.findMisnamed(listing, from)
	if err := a.findDisputes(ctx, site, ledgerPath(to)); err != nil {
		return nil, err
	}
	slices.SortStableFunc(a.Forgotten, func(x, y Forgotten) int { return cmp.Compare(x.Branch, y.Branch) })
	a.wait()
	a.Complete = len(a.Forgotten) == 0 && len(a.Disputes) == 0
	a.Finished = a.Complete && len(a.Waiting) == 0
	return a, nil
}

// ledgerToRead chooses a ledger to be looked at.
func (s *Site) ledgerToRead(ctx context.Context, series moodle.Series) (*upgrade.Ledger, error) {
	all, err := s.ledgers(ctx)
	if err != nil {
		return nil, err
	}
	const hint = "mgit upgrade begin SERIES begins one"
	if !series.IsZero() {
		for _, l := range all {
			if l.Series == series.String() {
				return l, nil
			}
		}
		return nil, &UsageError{Text: fmt.Sprintf("there is no upgrade to %s", series), Hint: hint}
	}
	if len(all) == 0 {
		return nil, &UsageError{Text: "no upgrade has been begun", Hint: hint}
	}
	slices.SortFunc(all, func(a, b *upgrade.Ledger) int { return compareSeries(a.Series, b.Series) })
	var open []*upgrade.Ledger
	var names []string
	for _, l := range all {
		if !l.IsFinished(s.branchesOf(l.From)) {
			open, names = append(open, l), append(names, l.Series)
		}
	}
	switch len(open) {
	case 0:
		return all[len(all)-1], nil
	case 1:
		return open[0], nil
	}
	return nil, &UsageError{Text: "which upgrade is meant?", Hint: "name its series; unfinished are those to " + strings.Join(names, ", ")}
}

// readBranches enters every branch of the old series, and every entry whose branch is
// gone.
func (a *UpgradeAccount) readBranches(ctx context.Context, v *view, ledger *upgrade.Ledger, from, to moodle.Series) error {
	present := make(map[string]branches.Branch)
	for _, b := range v.listing.Of(from) {
		present[b.Raw] = b
	}
	names := make(map[string]bool)
	for name := range ledger.Entries {
		names[name] = true
	}
	for name := range present {
		names[name] = true
	}
	for _, name := range sortedNames(names) {
		b, isPresent := present[name]
		entry := ledger.Entries[name]
		u := UpgradeBranch{Present: isPresent, Known: entry != nil, Unjustified: []string{}}
		if !isPresent {
			if parsed, err := v.site.Scheme.Parse(name); err == nil {
				b.Name = parsed
			}
		}
		if entry == nil {
			u.BranchUpgrade = BranchUpgrade{
				Series: ledger.Series, From: ledger.From, Onto: ledger.Onto, OldName: name, State: upgrade.StateTodo,
				OldPresent: ID(b.Tip), Carried: CarriedNot, Notes: []Remark{},
			}
		} else {
			u.BranchUpgrade = v.entry(ledger, name, entry)
		}
		a.States[u.State]++
		u.Type = b.Type
		if err := u.justify(ctx, v, b, entry, to); err != nil {
			return err
		}
		u.isOpen = entry == nil || entry.IsOpen()
		a.Branches = append(a.Branches, u)
		for _, f := range u.faults(v.site, entry) {
			a.Forgotten = append(a.Forgotten, Forgotten{Branch: name, Fault: f, Text: faultText(f, u)})
		}
		if err := a.compareTips(ctx, v, u, entry); err != nil {
			return err
		}
	}
	return nil
}

// justify enters who sees to the branch, and why it is there.
func (u *UpgradeBranch) justify(ctx context.Context, v *view, b branches.Branch, entry *upgrade.Entry, to moodle.Series) error {
	key := ""
	if b.Raw != "" || b.Component != "" {
		key = b.Key()
	}
	record := v.site.Config.Records[key]
	u.Owner = record.Owner
	if entry != nil && entry.Owner != "" {
		u.Owner = entry.Owner
	}
	u.Ticket = cmp.Or(u.Ticket, record.Ticket)
	mustBe := slices.Contains(v.site.Config.Justified, b.Type)
	var ids []git.ID
	for _, c := range v.own[b.Tip] {
		ids = append(ids, c.ID)
	}
	var commits []*git.Commit
	if len(ids) > 0 && mustBe {
		var err error
		if commits, err = v.site.Repo.Store().Commits(ctx, ids); err != nil {
			return fmt.Errorf("read the commits of %s: %w", b.Raw, err)
		}
	}
	u.Justification = v.site.justify(key, entry, commits)
	if mustBe && u.isCarriedOn() {
		u.Expired = u.Justification.IsExpired(to)
		u.Unjustified = append(u.Unjustified, u.Justification.lacks()...)
	}
	return nil
}

// isCarriedOn reports whether the new version has or will have the branch.
func (u UpgradeBranch) isCarriedOn() bool {
	return u.Disposition != upgrade.DispositionDrop && u.State != upgrade.StateDropped
}

// faults lists why the branch is not accounted for. Work that waits is: it is known
// and shown.
func (u UpgradeBranch) faults(s *Site, e *upgrade.Entry) []Fault {
	if e == nil {
		return []Fault{FaultNoEntry}
	}
	var faults []Fault
	isLeft := e.Disposition == upgrade.DispositionDrop || e.Disposition == upgrade.DispositionHold
	switch {
	case e.Disposition == "" && e.Outcome == "":
		faults = append(faults, FaultUndecided)
	case isLeft && strings.TrimSpace(e.Reason) == "", !isLeft && u.State == upgrade.StateDropped && u.isOpen:
		faults = append(faults, FaultNoReason)
	}
	if isLeft {
		return faults
	}
	switch {
	case u.Carried == CarriedOlder:
		faults = append(faults, FaultBehind)
	case u.Carried == CarriedRewrite:
		faults = append(faults, FaultRewritten)
	case !u.Present && u.Carried == CarriedNot:
		faults = append(faults, FaultOldGone)
	}
	if e.Outcome == upgrade.OutcomeDiverged {
		faults = append(faults, FaultDiverged)
	}
	if e.NewTip != git.ZeroID && e.State != upgrade.StateDropped {
		if _, _, ok := s.refs.present(e.NewName, s.internal); !ok {
			faults = append(faults, FaultNewGone)
		}
	}
	return faults
}

func faultText(f Fault, u UpgradeBranch) string {
	switch f {
	case FaultNoEntry:
		return "the ledger does not know it"
	case FaultUndecided:
		return "nobody has decided what becomes of it"
	case FaultNoReason:
		if u.State == upgrade.StateDropped && u.Disposition != upgrade.DispositionDrop {
			return "dropped, and nobody has decided that"
		}
		return u.Disposition + " without a reason"
	case FaultBehind:
		return "it has new commits since it was carried"
	case FaultRewritten:
		return "it was rewritten since it was carried"
	case FaultOldGone:
		return "it is gone, and was never carried"
	case FaultNewGone:
		return "it was carried, and " + u.NewName + " is neither here nor at a remote"
	case FaultDiverged:
		return u.NewName + " has other content than was carried"
	}
	return "two people set something differently"
}

// findNew names the branches of the new series that no entry leads to.
func (a *UpgradeAccount) findNew(v *view, ledger *upgrade.Ledger, to moodle.Series) {
	made := make(map[string]bool)
	from, _ := moodle.ParseSeries(ledger.From)
	for name, e := range ledger.Entries {
		made[e.NewName] = true
		if n, err := v.site.Scheme.Parse(name); err == nil && n.Version == from {
			if new, err := v.site.Scheme.Format(n.WithVersion(to)); err == nil {
				made[new] = true
			}
		}
	}
	for _, b := range v.listing.Of(to) {
		if !made[b.Raw] {
			a.New = append(a.New, b.Raw)
		}
	}
}

// findDisputes enters what two people set differently in this ledger.
func (a *UpgradeAccount) findDisputes(ctx context.Context, s *Site, file string) error {
	open, err := Disputes(ctx, s)
	if err != nil {
		return err
	}
	for _, d := range open {
		if d.File != file {
			continue
		}
		a.Disputes = append(a.Disputes, d)
		if d.Entry != "" {
			a.Forgotten = append(a.Forgotten, Forgotten{Branch: d.Entry, Fault: FaultDisputed, Text: "two people set its " + d.Key + " differently"})
		}
	}
	return nil
}

// wait lists what is left to be done by who sees to it, nobody last.
func (a *UpgradeAccount) wait() {
	for _, u := range a.Branches {
		if !u.isOpen {
			continue
		}
		i := slices.IndexFunc(a.Waiting, func(w WaitingFor) bool { return w.Owner == u.Owner })
		if i < 0 {
			i = len(a.Waiting)
			a.Waiting = append(a.Waiting, WaitingFor{Owner: u.Owner, Todo: []string{}, Parked: []string{}})
		}
		if w := &a.Waiting[i]; u.State == upgrade.StateParked {
			w.Parked = append(w.Parked, u.OldName)
		} else {
			w.Todo = append(w.Todo, u.OldName)
		}
	}
	slices.SortStableFunc(a.Waiting, func(x, y WaitingFor) int {
		if (x.Owner == "") != (y.Owner == "") {
			return strings.Compare(y.Owner, x.Owner)
		}
		return strings.Compare(x.Owner, y.Owner)
	})
}

// Unjustified counts the branches that nobody has justified, and those whose time is
// up.
func (a *UpgradeAccount) Unjustified() (unjustified, expired int) {
	for _, u := range a.Branches {
		if len(u.Unjustified) > 0 {
			unjustified++
		}
		if u.Expired {
			expired++
		}
	}
	return unjustified, expired
}
