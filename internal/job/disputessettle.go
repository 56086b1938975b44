package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// SettleRequest chooses between two values.
type SettleRequest struct {
	// IDs of disputes, or beginnings of ids that fit one.
	IDs []string
	// Other takes the other value; else what was kept stays.
	Other  bool
	DryRun bool
}

// SettleReport is what was chosen.
type SettleReport struct {
	Settled []Dispute `json:"settled"`
	Taken   string    `json:"taken"` // "kept" or "other"
	Open    int       `json:"open"`  // disputes that are left
}

// Settle chooses between values that two clones set differently, as one run. The error
// is a *UsageError for an id that fits no dispute or several.
func Settle(ctx context.Context, site *Site, request SettleRequest) (report *SettleReport, run int, err error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	command := "disputes settle " + strings.Join(request.IDs, " ") + " kept"
	if request.Other {
		command = strings.TrimSuffix(command, "kept") + "other"
	}
	release, lock, err := site.lockShared(ctx, command, request.DryRun)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	open, err := site.openDisputes(ctx, site.shared)
	if err != nil {
		return nil, 0, err
	}
	report = &SettleReport{Settled: []Dispute{}, Taken: "kept"}
	if request.Other {
		report.Taken = "other"
	}
	for _, id := range request.IDs {
		d, err := chooseDispute(open, id)
		if err != nil {
			return nil, 0, err
		}
		if !slices.Contains(report.Settled, d) {
			report.Settled = append(report.Settled, d)
		}
	}
	report.Open = len(open) - len(report.Settled)
	edit, err := site.settleEdit(ctx, report.Settled, request.Other)
	if err != nil || request.DryRun {
		return report, 0, err
	}
	run, err = site.applyEdit(ctx, lock, command, nil, edit)
	return report, run, err
}

func chooseDispute(open []Dispute, id string) (Dispute, error) {
	var found []Dispute
	for _, d := range open {
		if id != "" && strings.HasPrefix(d.ID, id) {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Dispute{}, &UsageError{Text: fmt.Sprintf("there is no dispute %q", id), Hint: "mgit disputes lists them"}
	}
	return Dispute{}, &UsageError{Text: fmt.Sprintf("%q fits %d disputes", id, len(found)), Hint: "give more of its digits"}
}

// settleEdit is the edit that takes disputes out of the list and, with other, puts
// their other values in their places.
func (s *Site) settleEdit(ctx context.Context, disputes []Dispute, other bool) (sharedEdit, error) {
	was, err := newSharedWriter(ctx, s.Repo, s.shared)
	if err != nil {
		return sharedEdit{}, err
	}
	now := *was
	if other {
		for _, d := range disputes {
			if err := s.takeOther(ctx, &now, d); err != nil {
				return sharedEdit{}, err
			}
		}
	}
	err = now.dropDisputes(ctx, func(d Dispute) bool {
		return slices.ContainsFunc(disputes, func(o Dispute) bool { return o.ID == d.ID })
	})
	if err != nil {
		return sharedEdit{}, err
	}
	var edit sharedEdit
	err = tree.Diff(ctx, was.store, was.tree, now.tree, func(c tree.Change) error {
		before, err := was.read(ctx, c.Path)
		if err != nil {
			return err
		}
		after, err := now.read(ctx, c.Path)
		if err != nil {
			return err
		}
		if isLedgerFile(c.Path) && before != nil && after != nil {
			edit.Ledgers = append(edit.Ledgers, ledgerEdit{Path: c.Path, Old: string(before), New: string(after)})
			return nil
		}
		edit.Files = append(edit.Files, changeFile(c.Path, before, after))
		return nil
	})
	// The list comes last: taken back, the run changes the values first, and that must
	// not settle what comes onto the list again.
	slices.SortStableFunc(edit.Files, func(a, b fileEdit) int {
		return cmp.Compare(strings.Count(a.Path, disputesFile), strings.Count(b.Path, disputesFile))
	})
	return edit, err
}

// takeOther puts the other value of a dispute into its place.
func (s *Site) takeOther(ctx context.Context, w *sharedWriter, d Dispute) error {
	from, err := newSharedWriter(ctx, s.Repo, git.ID(d.Commit))
	if err != nil {
		return fmt.Errorf("read the other value of %s: %w", d.Where(), err)
	}
	theirs, err := from.read(ctx, d.File)
	if err != nil {
		return err
	}
	ours, err := w.read(ctx, d.File)
	if err != nil {
		return err
	}
	var merged []byte
	switch {
	case d.Key == "":
		merged = theirs
	case isLedgerFile(d.File):
		merged, err = takeLedgerPart(d, ours)
	default:
		merged, err = takeKey(d, ours, theirs)
	}
	if err != nil {
		return fmt.Errorf("take the other value of %s: %w", d.Where(), err)
	}
	return w.write(ctx, d.File, merged)
}

func takeLedgerPart(d Dispute, ours []byte) ([]byte, error) {
	l, err := upgrade.Parse(d.File, ours)
	if err != nil {
		return nil, err
	}
	if err := l.SetPart(d.Entry, d.Key, d.Other); err != nil {
		return nil, err
	}
	return l.Encode()
}

func takeKey(d Dispute, ours, theirs []byte) ([]byte, error) {
	docs, err := parseSettings(d.File, ours, theirs)
	if err != nil {
		return nil, err
	}
	path := splitKey(d.Key)
	value, ok := docs[1].Get(path...)
	table, isTable := value.(map[string]any)
	switch {
	case !ok:
		err = docs[0].Remove(path...)
	case isTable:
		if err = docs[0].Remove(path...); err == nil {
			err = docs[0].AppendTable(path, keyValues(table)...)
		}
	default:
		err = docs[0].SetValue(value, path...)
	}
	return docs[0].Bytes(), err
}

func keyValues(table map[string]any) []config.KeyValue {
	var all []config.KeyValue
	for _, key := range sortedNames(table) {
		all = append(all, config.KeyValue{Key: key, Value: table[key]})
	}
	return all
}

func isLedgerFile(name string) bool {
	return strings.HasPrefix(name, "upgrades/") && strings.HasSuffix(name, ".toml")
}
