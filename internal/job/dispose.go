package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// LedgerRequest names branches of an upgrade, and what is to be written about them.
type LedgerRequest struct {
	// Branches by their old names or their new ones, or globs on the old names.
	Branches []string
	// For is the series of the upgrade; zero for the only one that is unfinished.
	For    moodle.Series
	DryRun bool

	// Of Dispose. What is nil stays as it is, and an empty value takes away what
	// stands there. Disposition "" stays too.
	Disposition, Reason                    string
	Ticket, Owner, Justification, ReviewBy *string
	Upstream                               []string

	Text string // of Note
}

// LedgerReport is what the ledger says after dispose or note: about the first branch,
// and about all of them in Branches.
type LedgerReport struct {
	Series string `json:"series"`
	LedgerEntry
	Branches []LedgerEntry `json:"branches"`
}

// HasChanged reports whether the ledger says something else than before.
func (r *LedgerReport) HasChanged() bool {
	return slices.ContainsFunc(r.Branches, func(e LedgerEntry) bool { return e.Changed })
}

// LedgerEntry is what the ledger says about a branch.
type LedgerEntry struct {
	Branch        string     `json:"branch"` // the old name
	Disposition   string     `json:"disposition"`
	Reason        string     `json:"reason"`
	State         string     `json:"state"`
	Ticket        string     `json:"ticket"`
	Owner         string     `json:"owner"`
	Justification string     `json:"justification"`
	Upstream      []string   `json:"upstream"`
	ReviewBy      string     `json:"review_by"`
	Notes         []NoteInfo `json:"notes"`
	Changed       bool       `json:"changed"`
}

// NoteInfo is a remark in the ledger.
type NoteInfo struct {
	When time.Time `json:"when"`
	Who  string    `json:"who"`
	Text string    `json:"text"`
}

// Dispose decides what is to become of branches in an upgrade, and who sees to them. An
// upgrade that has no ledger yet gets one where it is named.
func Dispose(ctx context.Context, site *Site, request LedgerRequest) (*LedgerReport, int, error) {
	change, err := request.change()
	if err != nil {
		return nil, 0, err
	}
	command := strings.TrimSpace("dispose " + strings.Join(request.Branches, " ") + " " + request.Disposition)
	return site.changeEntries(ctx, command, request, request.keys(), change)
}

// Check reports what [Dispose] would refuse of the request itself, whatever the ledger
// says, such as a drop without a reason. The error is a *UsageError.
func (r LedgerRequest) Check() error {
	_, err := r.change()
	return err
}

// keys are the parts of an entry that the request decides about, whether or not they
// change by that.
func (r LedgerRequest) keys() []string {
	var keys []string
	for key, isSet := range map[string]bool{
		"disposition": r.Disposition != "", "ticket": r.Ticket != nil, "owner": r.Owner != nil,
		"justification": r.Justification != nil, "review_by": r.ReviewBy != nil, "upstream": r.Upstream != nil,
	} {
		if isSet {
			keys = append(keys, key)
		}
	}
	return keys
}

// change checks what is to be decided and returns what it does to an entry.
func (r LedgerRequest) change() (func(*upgrade.Entry) error, error) {
	d := r.Disposition
	switch {
	case d == "" && len(r.keys()) == 0:
		return nil, &UsageError{Text: "nothing is decided", Hint: "give a disposition (" + strings.Join(upgrade.Dispositions(), ", ") + ") or one of the flags"}
	case d != "" && !slices.Contains(upgrade.Dispositions(), d):
		return nil, &UsageError{Text: fmt.Sprintf("%q is no disposition", d), Hint: "it is one of " + strings.Join(upgrade.Dispositions(), ", ")}
	case (d == upgrade.DispositionDrop || d == upgrade.DispositionHold) && strings.TrimSpace(r.Reason) == "":
		return nil, &UsageError{Text: d + " needs a reason: in a year nobody knows why the branch is gone", Hint: "--reason TEXT"}
	case d == "" && r.Reason != "":
		return nil, &UsageError{Text: "a reason belongs to a disposition", Hint: "mgit note BRANCH TEXT adds a remark"}
	}
	if err := r.checkTexts(); err != nil {
		return nil, err
	}
	var review moodle.Series
	if r.ReviewBy != nil && *r.ReviewBy != "" {
		var err error
		if review, err = moodle.ParseSeries(*r.ReviewBy); err != nil {
			return nil, &UsageError{Text: fmt.Sprintf("--review-by %q: %v", *r.ReviewBy, err)}
		}
	}
	if j := r.Justification; j != nil && *j != "" && !slices.Contains(upgrade.Justifications(), *j) {
		return nil, &UsageError{Text: fmt.Sprintf("--justification %q is not known", *j), Hint: "it is one of " + strings.Join(upgrade.Justifications(), ", ")}
	}
	return func(e *upgrade.Entry) error {
		for from, to := range map[*string]*string{r.Ticket: &e.Ticket, r.Owner: &e.Owner, r.Justification: &e.Justification} {
			if from != nil {
				*to = *from
			}
		}
		if r.ReviewBy != nil {
			e.ReviewBy = review
		}
		if r.Upstream != nil {
			e.Upstream = slices.DeleteFunc(slices.Clone(r.Upstream), func(s string) bool { return s == "" })
			if len(e.Upstream) == 0 {
				e.Upstream = nil
			}
		}
		if d == "" || e.Disposition == d && e.Reason == r.Reason {
			return nil
		}
		e.Disposition, e.Reason = d, r.Reason
		reopen(e)
		return nil
	}, nil
}

// reopen makes work of a branch whose state comes from a decision that is not there any
// more: the run that acted on it has to be made again.
func reopen(e *upgrade.Entry) {
	byDecision := e.Outcome == upgrade.OutcomeDropped || e.Outcome == upgrade.OutcomeHeld
	if byDecision && (e.State == upgrade.StateDropped || e.State == upgrade.StateHeld) {
		e.State = upgrade.StateTodo
	}
}

// checkTexts refuses what the file of a ledger cannot hold.
func (r LedgerRequest) checkTexts() error {
	texts := append([]string{r.Reason, r.Text}, r.Upstream...)
	for _, text := range []*string{r.Ticket, r.Owner} {
		if text != nil {
			texts = append(texts, *text)
		}
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return &UsageError{Text: fmt.Sprintf("%q is not UTF-8, and the ledger holds nothing else", text)}
		}
	}
	return nil
}

// Note adds a remark to the entries of branches.
func Note(ctx context.Context, site *Site, request LedgerRequest) (*LedgerReport, int, error) {
	text := strings.TrimSpace(request.Text)
	if text == "" {
		return nil, 0, &UsageError{Text: "a note without text says nothing"}
	}
	if err := request.checkTexts(); err != nil {
		return nil, 0, err
	}
	return site.changeEntries(ctx, "note "+strings.Join(request.Branches, " "), request, nil, func(e *upgrade.Entry) error {
		who, err := site.Repo.Ident(ctx)
		if err != nil {
			return err
		}
		e.Notes = append(e.Notes, upgrade.Note{When: who.When.UTC().Truncate(time.Second), Who: who.Name, Text: text})
		return nil
	})
}

// changeEntries changes entries of a ledger as one run. It settles the disputes about
// their keys also where the value stays: whoever names it has chosen it.
func (s *Site) changeEntries(ctx context.Context, command string, request LedgerRequest, keys []string, change func(*upgrade.Entry) error) (report *LedgerReport, run int, err error) {
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
	names, err := s.oldNames(ledger, request.Branches)
	if err != nil {
		return nil, 0, err
	}
	series, err := moodle.ParseSeries(ledger.Series)
	if err != nil {
		return nil, 0, err
	}
	settled, err := s.disputesAbout(ctx, ledgerPath(series), names, keys)
	if err != nil {
		return nil, 0, err
	}
	report = &LedgerReport{Series: ledger.Series}
	before, after := ledgerOf(ledger), ledgerOf(ledger)
	for _, name := range names {
		entry := &upgrade.Entry{State: upgrade.StateTodo}
		old := ledger.Entries[name]
		if old != nil {
			before.Entries[name], entry = old, old.Clone()
		}
		if err := change(entry); err != nil {
			return nil, 0, err
		}
		after.Entries[name] = entry
		e := describeLedgerEntry(name, entry)
		e.Changed = old == nil || !entry.Equal(old) || slices.ContainsFunc(settled, func(d Dispute) bool { return d.Entry == name })
		report.Branches = append(report.Branches, e)
	}
	report.LedgerEntry = report.Branches[0]
	if request.DryRun || !report.HasChanged() {
		return report, 0, nil
	}
	edit, err := s.settleEdit(ctx, settled, false)
	if err != nil {
		return nil, 0, err
	}
	entries, err := editLedger(series, before, after)
	if err != nil {
		return nil, 0, err
	}
	edit.Ledgers = entries.Ledgers
	run, err = s.applyEdit(ctx, lock, command, nil, edit)
	return report, run, err
}

// disputesAbout lists the open disputes about keys of entries of a ledger.
func (s *Site) disputesAbout(ctx context.Context, file string, names, keys []string) ([]Dispute, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	open, err := s.openDisputes(ctx, s.shared)
	return slices.DeleteFunc(open, func(d Dispute) bool {
		return d.File != file || !slices.Contains(names, d.Entry) || !slices.Contains(keys, d.Key)
	}), err
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

func describeLedgerEntry(name string, e *upgrade.Entry) LedgerEntry {
	r := LedgerEntry{
		Branch: name, Disposition: e.Disposition, Reason: e.Reason, State: e.State, Ticket: e.Ticket, Owner: e.Owner,
		Justification: e.Justification, Upstream: append([]string{}, e.Upstream...), ReviewBy: e.ReviewBy.String(), Notes: []NoteInfo{},
	}
	for _, n := range e.Notes {
		r.Notes = append(r.Notes, NoteInfo{n.When, n.Who, n.Text})
	}
	return r
}
