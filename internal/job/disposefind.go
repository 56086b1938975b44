package job

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// chooseLedger returns the ledger of the upgrade that is meant, a new one where it
// is named and there is none.
func (s *Site) chooseLedger(ctx context.Context, request LedgerRequest) (*upgrade.Ledger, error) {
	if !request.For.IsZero() {
		l, err := s.readLedger(ctx, request.For)
		if err != nil || l != nil {
			return l, err
		}
		return s.beginLedger(request.Branches, request.For)
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
		if len(all) == 1 {
			return all[0], nil // it is finished, and still the only one that can be meant
		}
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

// beginLedger is an empty ledger of the upgrade to a series: from the version of the
// first branch that is named, or from the newest older one when that is a new name.
func (s *Site) beginLedger(named []string, to moodle.Series) (*upgrade.Ledger, error) {
	var from moodle.Series
	for _, name := range named {
		if isGlob(name) {
			continue
		}
		n, err := s.Scheme.Parse(name)
		if err != nil {
			return nil, &UsageError{Text: fmt.Sprintf("%q: %v", name, err)}
		}
		if from.IsZero() {
			from = n.Version
		}
	}
	if from.IsZero() || from.Compare(to) >= 0 {
		from = s.newestBefore(to)
	}
	if from.IsZero() {
		return nil, &UsageError{Text: fmt.Sprintf("%s is not of a series older than %s", strings.Join(named, ", "), to)}
	}
	return s.newLedger(from, to), nil
}

// newestBefore is the newest series with branches that is older than to; zero for none.
func (s *Site) newestBefore(to moodle.Series) moodle.Series {
	var from moodle.Series
	for _, v := range s.refs.listing(s.Scheme, s.internal).Versions() {
		if v.Compare(to) < 0 {
			from = v
		}
	}
	return from
}

// newLedger is an empty ledger of an upgrade to the first release of a series, as far
// as this clone has that.
func (s *Site) newLedger(from, to moodle.Series) *upgrade.Ledger {
	tag := to.FirstTag().String()
	onto := s.refs.commit("refs/tags/" + tag)
	if onto == git.ZeroID {
		tag = ""
	}
	return upgrade.New(to.String(), from.String(), tag, onto)
}

func isGlob(name string) bool { return strings.ContainsAny(name, "*?[") }

// oldNames finds the branches that names, old or new, and globs mean in an upgrade; each
// once, in the order in which they are named.
func (s *Site) oldNames(l *upgrade.Ledger, named []string) ([]string, error) {
	var names []string
	for _, name := range named {
		if !isGlob(name) {
			old, err := s.oldName(l, name)
			if err != nil {
				return nil, err
			}
			names = append(names, old)
			continue
		}
		all := slices.Concat(sortedNames(l.Entries), s.branchesOf(l.From))
		slices.Sort(all)
		before := len(names)
		for _, old := range slices.Compact(all) {
			match, err := path.Match(name, old)
			if err != nil {
				return nil, &UsageError{Text: fmt.Sprintf("%q: %v", name, err)}
			}
			if match {
				names = append(names, old)
			}
		}
		if len(names) == before {
			return nil, &UsageError{Text: fmt.Sprintf("no branch of the upgrade from %s to %s matches %q", l.From, l.Series, name), Hint: "mgit upgrade status lists the branches"}
		}
	}
	if len(names) == 0 {
		return nil, &UsageError{Text: "no branch is named"}
	}
	seen := make(map[string]bool)
	return slices.DeleteFunc(names, func(name string) bool {
		was := seen[name]
		seen[name] = true
		return was
	}), nil
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
