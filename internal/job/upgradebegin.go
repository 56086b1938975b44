package job

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// BeginRequest asks for the ledger of an upgrade.
type BeginRequest struct {
	// To is a series, "4.5", or the tag of a release in it, "v4.5.1". Of a series it is
	// the first release.
	To string
	// From is the series to move from; zero: the newest older one that has branches.
	From   moodle.Series
	DryRun bool
}

// BeginReport is what beginning an upgrade entered.
type BeginReport struct {
	Series string        `json:"series"`
	From   string        `json:"from"`
	Onto   Commit        `json:"onto"` // both empty while this clone does not have the release
	Began  bool          `json:"began"`
	Added  []LedgerEntry `json:"added"` // entries that were not there
	Known  int           `json:"known"` // entries that were
}

// BeginUpgrade makes the ledger of an upgrade: an entry for each branch of the old
// series, to be done, with the disposition that its record proposes. Entries that are
// there stay as they are, so that it may be given again when there are new branches.
func BeginUpgrade(ctx context.Context, site *Site, request BeginRequest) (report *BeginReport, run int, err error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	to, tag, err := site.seriesOrTag(request.To)
	if err != nil {
		return nil, 0, err
	}
	command := "upgrade begin " + request.To
	release, lock, err := site.lockShared(ctx, command, request.DryRun)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	report, edit, err := site.planBegin(ctx, to, tag, request.From)
	if err != nil || request.DryRun || edit.isEmpty() {
		return report, 0, err
	}
	run, err = site.applyEdit(ctx, lock, command, nil, edit)
	return report, run, err
}

// seriesOrTag reads what an upgrade goes to; tag is "" for a series.
func (s *Site) seriesOrTag(text string) (series moodle.Series, tag string, err error) {
	if series, err = moodle.ParseSeries(text); err == nil {
		return series, "", nil
	}
	t, tagErr := moodle.ParseTag(text)
	if tagErr != nil {
		return series, "", &UsageError{Text: fmt.Sprintf("%q is neither a series such as 4.5 nor the tag of a release such as v4.5.0", text)}
	}
	if s.refs.commit("refs/tags/"+text) == git.ZeroID {
		return series, "", &UsageError{
			Text: fmt.Sprintf("there is no tag %q in this repository", text),
			Hint: "git fetch upstream --tags brings Moodle's releases",
		}
	}
	return t.Series, text, nil
}

func (s *Site) planBegin(ctx context.Context, to moodle.Series, tag string, from moodle.Series) (*BeginReport, sharedEdit, error) {
	was, err := s.readLedger(ctx, to)
	if err != nil {
		return nil, sharedEdit{}, err
	}
	listing := s.refs.listing(s.Scheme, s.internal)
	ledger := was
	if was == nil {
		if ledger, err = s.firstLedger(listing, to, from); err != nil {
			return nil, sharedEdit{}, err
		}
	}
	if !from.IsZero() && ledger.From != from.String() {
		return nil, sharedEdit{}, &UsageError{Text: fmt.Sprintf("the upgrade to %s moves the branches of %s", to, ledger.From)}
	}
	before, after := ledgerOf(ledger), ledgerOf(ledger)
	if tag != "" && len(ledger.Entries) == 0 {
		after.Onto, after.OntoCommit = tag, s.refs.commit("refs/tags/"+tag)
	}
	if tag != "" && after.Onto != tag {
		return nil, sharedEdit{}, &Refusal{
			ID: "other-tag", Final: true,
			Text: fmt.Sprintf("the upgrade to %s goes to %s; on %s some branches would have another base", to, after.Onto, tag),
			Hint: "mgit upgrade begin " + to.String() + " adds what is missing to it",
		}
	}
	report := &BeginReport{
		Series: to.String(), From: ledger.From, Onto: Commit{after.Onto, ID(after.OntoCommit)},
		Began: was == nil, Added: []LedgerEntry{}, Known: len(ledger.Entries),
	}
	series, err := moodle.ParseSeries(ledger.From)
	if err != nil {
		return nil, sharedEdit{}, fmt.Errorf("the ledger of the upgrade to %s: from: %w", to, err)
	}
	for _, b := range listing.Of(series) {
		if ledger.Entries[b.Raw] == nil {
			e := s.firstEntry(b)
			after.Entries[b.Raw] = e
			report.Added = append(report.Added, describeLedgerEntry(b.Raw, e))
		}
	}
	edit, err := editLedger(to, before, after)
	if len(after.Entries) == 0 {
		edit = sharedEdit{}
	}
	return report, edit, err
}

func (s *Site) firstLedger(listing branches.Listing, to, from moodle.Series) (*upgrade.Ledger, error) {
	switch {
	case from.IsZero():
		if from = s.newestBefore(to); from.IsZero() {
			return nil, &UsageError{Text: fmt.Sprintf("there are no branches of a series older than %s", to), Hint: listVersions(listing)}
		}
	case from == to:
		return nil, &UsageError{Text: fmt.Sprintf("the branches of %s are on %s already", from, to)}
	case len(listing.Of(from)) == 0:
		return nil, &UsageError{Text: fmt.Sprintf("there are no branches of %s", from), Hint: listVersions(listing)}
	}
	return s.newLedger(from, to), nil
}

// firstEntry is the entry of a branch of which nobody has said anything yet.
func (s *Site) firstEntry(b branches.Branch) *upgrade.Entry {
	return newEntry(s.Config.Records[b.Key()].Origin == config.OriginExternal)
}

func newEntry(external bool) *upgrade.Entry {
	e := &upgrade.Entry{Disposition: upgrade.DispositionRebase, State: upgrade.StateTodo}
	if external {
		e.Disposition = upgrade.DispositionReplace
	}
	return e
}

// enterInUpgrades is the edit that enters branches which a run makes into every upgrade
// that moves their series, so that one made in the weeks of an upgrade is not forgotten.
// The map says which of them somebody else maintains.
func (s *Site) enterInUpgrades(ctx context.Context, made map[string]bool) ([]ledgerEdit, error) {
	ledgers, err := s.ledgers(ctx)
	if err != nil {
		return nil, err
	}
	var edits []ledgerEdit
	for _, l := range ledgers {
		before, after := ledgerOf(l), ledgerOf(l)
		for name, external := range made {
			n, err := s.Scheme.Parse(name)
			if err == nil && n.Version.String() == l.From && l.Entries[name] == nil {
				after.Entries[name] = newEntry(external)
			}
		}
		if len(after.Entries) == 0 {
			continue
		}
		to, err := moodle.ParseSeries(l.Series)
		if err != nil {
			return nil, err
		}
		edit, err := editLedger(to, before, after)
		if err != nil {
			return nil, err
		}
		edits = append(edits, edit.Ledgers...)
	}
	return edits, nil
}
