package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// LedgerRequest names a branch of an upgrade, and what is to be written about it.
type LedgerRequest struct {
	Branch string // the old name or the new one
	// For is the series of the upgrade; zero for the only one that is unfinished.
	For    moodle.Series
	DryRun bool

	Disposition, Reason string // of Dispose
	Text                string // of Note
}

// LedgerReport is what the ledger says about a branch after dispose or note.
type LedgerReport struct {
	Series      string     `json:"series"`
	Branch      string     `json:"branch"` // the old name
	Disposition string     `json:"disposition"`
	Reason      string     `json:"reason"`
	State       string     `json:"state"`
	Notes       []NoteInfo `json:"notes"`
	Changed     bool       `json:"changed"`
}

// NoteInfo is a remark in the ledger.
type NoteInfo struct {
	When time.Time `json:"when"`
	Who  string    `json:"who"`
	Text string    `json:"text"`
}

// Dispose decides what is to become of a branch in an upgrade. An upgrade that has
// no ledger yet gets one where it is named.
func Dispose(ctx context.Context, site *Site, request LedgerRequest) (*LedgerReport, int, error) {
	d := request.Disposition
	if !slices.Contains(upgrade.Dispositions(), d) {
		return nil, 0, &UsageError{Text: fmt.Sprintf("%q is no disposition", d), Hint: "it is one of " + strings.Join(upgrade.Dispositions(), ", ")}
	}
	if needsReason := d == upgrade.DispositionDrop || d == upgrade.DispositionHold; needsReason && request.Reason == "" {
		return nil, 0, &UsageError{Text: d + " needs a reason: in a year nobody knows why the branch is gone", Hint: "--reason TEXT"}
	}
	return site.changeEntry(ctx, "dispose "+request.Branch+" "+d, request, func(e *upgrade.Entry) error {
		if e.Disposition == d && e.Reason == request.Reason {
			return nil
		}
		e.Disposition, e.Reason = d, request.Reason
		if byDecision := e.Outcome == upgrade.OutcomeDropped || e.Outcome == upgrade.OutcomeHeld; byDecision && (e.State == upgrade.StateDropped || e.State == upgrade.StateHeld) {
			e.State = upgrade.StateTodo // the run that acted on the old decision has to be made again
		}
		return nil
	})
}

// Note adds a remark to a branch's entry.
func Note(ctx context.Context, site *Site, request LedgerRequest) (*LedgerReport, int, error) {
	text := strings.TrimSpace(request.Text)
	if text == "" {
		return nil, 0, &UsageError{Text: "a note without text says nothing"}
	}
	return site.changeEntry(ctx, "note "+request.Branch, request, func(e *upgrade.Entry) error {
		who, err := site.Repo.Ident(ctx)
		if err != nil {
			return err
		}
		e.Notes = append(e.Notes, upgrade.Note{When: who.When.UTC().Truncate(time.Second), Who: who.Name, Text: text})
		return nil
	})
}

// changeEntry changes one entry of a ledger.
func (s *Site) changeEntry(ctx context.Context, command string, request LedgerRequest, change func(*upgrade.Entry) error) (report *LedgerReport, run int, err error) {
	if err := s.initialised(); err != nil {
		return nil, 0, err
	}
	release, lock, err := s.lockShared(ctx, command, request.DryRun)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	ledger, err := s.chooseLedger(ctx, request)
	if err != nil {
		return nil, 0, err
	}
	name, err := s.oldName(ledger, request.Branch)
	if err != nil {
		return nil, 0, err
	}
	before, after := ledgerOf(ledger), ledgerOf(ledger)
	entry := &upgrade.Entry{State: upgrade.StateTodo}
	if old := ledger.Entries[name]; old != nil {
		before.Entries[name], entry = old, old.Clone()
	}
	if err := change(entry); err != nil {
		return nil, 0, err
	}
	after.Entries[name] = entry
	report = describeLedgerEntry(ledger, name, entry)
	report.Changed = before.Entries[name] == nil || !entry.Equal(before.Entries[name])
	if request.DryRun || !report.Changed {
		return report, 0, nil
	}
	series, err := moodle.ParseSeries(ledger.Series)
	if err != nil {
		return nil, 0, err
	}
	edit, err := editLedger(series, before, after)
	if err != nil {
		return nil, 0, err
	}
	run, err = s.applyEdit(ctx, lock, command, nil, edit)
	return report, run, err
}

// lockShared takes the lock of an operation that writes to the mgit branch, and reads
// that once more if another mgit has written to it since the site was opened: what it
// wrote would win over this run otherwise. A dry run takes no lock.
func (s *Site) lockShared(ctx context.Context, command string, dryRun bool) (release func() error, lock *journal.Lock, err error) {
	if dryRun {
		return func() error { return nil }, nil, nil
	}
	if lock, err = s.Lock(ctx, command); err != nil {
		return nil, nil, err
	}
	tip, err := s.Repo.Resolve(ctx, journal.SharedRef)
	if err == nil && tip != s.shared {
		s.refs, err = readSnapshot(ctx, s.Repo)
		s.shared = tip
	}
	if err != nil {
		return nil, nil, errors.Join(err, lock.Release())
	}
	return lock.Release, lock, nil
}

func describeLedgerEntry(l *upgrade.Ledger, name string, e *upgrade.Entry) *LedgerReport {
	r := &LedgerReport{Series: l.Series, Branch: name, Disposition: e.Disposition, Reason: e.Reason, State: e.State, Notes: []NoteInfo{}}
	for _, n := range e.Notes {
		r.Notes = append(r.Notes, NoteInfo{n.When, n.Who, n.Text})
	}
	return r
}

// chooseLedger returns the ledger of the upgrade that is meant, a new one where it
// is named and there is none.
func (s *Site) chooseLedger(ctx context.Context, request LedgerRequest) (*upgrade.Ledger, error) {
	if !request.For.IsZero() {
		l, err := s.readLedger(ctx, request.For)
		if err != nil || l != nil {
			return l, err
		}
		return s.beginLedger(request)
	}
	all, err := s.ledgers(ctx)
	if err != nil {
		return nil, err
	}
	var unfinished []*upgrade.Ledger
	var names []string
	for _, l := range all {
		if !l.IsFinished(s.branchesOf(l.From)) {
			unfinished = append(unfinished, l)
			names = append(names, l.Series)
		}
	}
	switch len(unfinished) {
	case 1:
		return unfinished[0], nil
	case 0:
		return nil, &UsageError{Text: "no upgrade is under way", Hint: "--for SERIES names the series that is moved to, and begins its ledger"}
	}
	return nil, &UsageError{Text: "which upgrade is meant?", Hint: "--for; unfinished are those to " + strings.Join(names, ", ")}
}

// branchesOf lists the branches of a series by name.
func (s *Site) branchesOf(series string) []string {
	version, err := moodle.ParseSeries(series)
	if err != nil {
		return nil
	}
	var names []string
	for _, b := range s.refs.listing(s.Scheme, s.internal).Of(version) {
		names = append(names, b.Raw)
	}
	return names
}

// beginLedger is an empty ledger of the upgrade that the request names: from the
// version of the branch, or from the newest older one when that is the new name,
// to the first release of the series.
func (s *Site) beginLedger(request LedgerRequest) (*upgrade.Ledger, error) {
	n, err := s.Scheme.Parse(request.Branch)
	if err != nil {
		return nil, &UsageError{Text: fmt.Sprintf("%q: %v", request.Branch, err)}
	}
	from := n.Version
	if from.Compare(request.For) >= 0 {
		from = moodle.Series{}
		for _, v := range s.refs.listing(s.Scheme, s.internal).Versions() {
			if v.Compare(request.For) < 0 {
				from = v
			}
		}
	}
	if from.IsZero() {
		return nil, &UsageError{Text: fmt.Sprintf("%s is not of a series older than %s", request.Branch, request.For)}
	}
	tag := request.For.FirstTag().String()
	onto := s.refs.commit("refs/tags/" + tag)
	if onto == git.ZeroID {
		tag = ""
	}
	return upgrade.New(request.For.String(), from.String(), tag, onto), nil
}

// oldName finds the branch that a name, old or new, means in an upgrade.
func (s *Site) oldName(l *upgrade.Ledger, name string) (string, error) {
	if l.Entries[name] != nil {
		return name, nil
	}
	for _, old := range sortedNames(l.Entries) {
		if l.Entries[old].NewName == name {
			return old, nil
		}
	}
	n, err := s.Scheme.Parse(name)
	if err != nil {
		return "", &UsageError{Text: fmt.Sprintf("%q: %v", name, err)}
	}
	from, err := moodle.ParseSeries(l.From)
	if err != nil {
		return "", fmt.Errorf("the ledger of the upgrade to %s: from: %w", l.Series, err)
	}
	old, err := s.Scheme.Format(n.WithVersion(from))
	if err != nil {
		return "", &UsageError{Text: err.Error()}
	}
	isOfUpgrade := n.Version.Compare(from) == 0 || n.Version.String() == l.Series
	if _, _, ok := s.refs.present(old, s.internal); !ok || !isOfUpgrade {
		return "", &UsageError{
			Text: fmt.Sprintf("%s is no branch of the upgrade from %s to %s", name, l.From, l.Series),
			Hint: "mgit status lists the branches",
		}
	}
	return old, nil
}
