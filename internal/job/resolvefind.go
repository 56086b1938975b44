package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// parkedBranch is a branch with its entry in the ledger of an upgrade.
type parkedBranch struct {
	name   string // the old branch
	entry  *upgrade.Entry
	ledger *upgrade.Ledger
}

// ledgers reads the ledgers of all upgrades, in the order of their names.
func (s *Site) ledgers(ctx context.Context) ([]*upgrade.Ledger, error) {
	w, err := newSharedWriter(ctx, s.Repo, s.shared)
	if err != nil || w.tree == git.ZeroID {
		return nil, err
	}
	folder, err := w.store.Path(ctx, w.tree, "upgrades")
	if errors.Is(err, git.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledgers: %w", err)
	}
	files, err := w.store.Tree(ctx, folder.ID)
	if err != nil {
		return nil, fmt.Errorf("read the ledgers: %w", err)
	}
	var all []*upgrade.Ledger
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name, ".toml")
		series, err := moodle.ParseSeries(name)
		if !ok || err != nil || f.Mode.IsTree() {
			continue
		}
		l, err := s.readLedger(ctx, series)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// entries lists the ledgers' entries that pass the filter, by ledger and name.
func (s *Site) entries(ctx context.Context, series moodle.Series, keep func(parkedBranch) bool) ([]parkedBranch, error) {
	all, err := s.ledgers(ctx)
	if err != nil {
		return nil, err
	}
	var kept []parkedBranch
	for _, l := range all {
		if !series.IsZero() && l.Series != series.String() {
			continue
		}
		for _, name := range sortedNames(l.Entries) {
			if b := (parkedBranch{name, l.Entries[name], l}); keep(b) {
				kept = append(kept, b)
			}
		}
	}
	return kept, nil
}

func isParked(b parkedBranch) bool { return b.entry.State == upgrade.StateParked }

// findParked finds the parked branch that a name means. The error is a
// *UsageError that says what the branch is instead.
func (s *Site) findParked(ctx context.Context, name string, series moodle.Series) (*parkedBranch, error) {
	named, err := s.findNamed(ctx, name, series)
	if err != nil {
		return nil, err
	}
	parked := slices.DeleteFunc(slices.Clone(named), func(b parkedBranch) bool { return !isParked(b) })
	switch {
	case len(parked) == 1:
		return &parked[0], nil
	case len(parked) > 1:
		return nil, &UsageError{
			Text: fmt.Sprintf("%s is parked in more than one upgrade", name),
			Hint: "name the new branch: " + strings.Join(newNames(parked), ", "),
		}
	}
	hint, err := s.hintParked(ctx)
	if err != nil {
		return nil, err
	}
	return nil, &UsageError{Text: name + " is not parked: " + describeEntry(named[0]), Hint: hint}
}

// findNamed finds the entries that have the name as their old branch or their
// new one; at least one.
func (s *Site) findNamed(ctx context.Context, name string, series moodle.Series) ([]parkedBranch, error) {
	named, err := s.entries(ctx, series, func(b parkedBranch) bool { return b.name == name || b.entry.NewName == name })
	if err != nil || len(named) > 0 {
		return named, err
	}
	hint, err := s.hintParked(ctx)
	if err != nil {
		return nil, err
	}
	if _, _, ok := s.refs.present(name, s.internal); ok {
		return nil, &UsageError{Text: name + " is not parked: no upgrade has moved it", Hint: hint}
	}
	return nil, &UsageError{Text: fmt.Sprintf("there is no branch %q", name), Hint: hint}
}

func newNames(all []parkedBranch) []string {
	names := make([]string, len(all))
	for i, b := range all {
		names[i] = b.entry.NewName
	}
	return names
}

// hintParked says which branches are parked.
func (s *Site) hintParked(ctx context.Context) (string, error) {
	parked, err := s.entries(ctx, moodle.Series{}, isParked)
	if err != nil {
		return "", err
	}
	if len(parked) == 0 {
		return "no branch is parked", nil
	}
	return "parked are " + strings.Join(newNames(parked), ", "), nil
}

// describeEntry says what the ledger knows of a branch.
func describeEntry(b parkedBranch) string {
	e := b.entry
	switch {
	case e.State == upgrade.StateTodo:
		return fmt.Sprintf("it is still to be moved to %s", b.ledger.Onto)
	case e.Outcome == "":
		return fmt.Sprintf("its state in the upgrade to %s is %s", b.ledger.Series, e.State)
	case e.NewTip == git.ZeroID:
		return fmt.Sprintf("its state in the upgrade to %s is %s (%s)", b.ledger.Series, e.State, e.Outcome)
	default:
		return fmt.Sprintf("its state in the upgrade to %s is %s (%s), as %s", b.ledger.Series, e.State, e.Outcome, e.NewName)
	}
}
