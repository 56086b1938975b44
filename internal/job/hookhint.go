package job

import (
	"context"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/upgrade"
)

// HookHint is what somebody who has checked a branch out should know of it, in a short line: that its move to
// another series is parked, or that it was changed since it was moved there. It is "" for a branch that there is nothing to
// say of, and where no branch is checked out.
func HookHint(ctx context.Context, site *Site) (string, error) {
	ref, tip, err := site.Repo.Head(ctx)
	if err != nil || ref == "" || tip == git.ZeroID || site.shared == git.ZeroID {
		return "", err
	}
	ledgers, err := site.ledgers(ctx)
	if err != nil {
		return "", err
	}
	slices.SortStableFunc(ledgers, func(a, b *upgrade.Ledger) int { return compareSeries(b.Series, a.Series) })
	name := shortBranch(ref)
	for _, l := range ledgers {
		if e := l.Entries[name]; e != nil {
			if text := hintOf(l, e, tip); text != "" {
				return name + " " + text, nil
			}
		}
	}
	return "", nil
}

// hintOf words what an upgrade has made of an old branch.
func hintOf(l *upgrade.Ledger, e *upgrade.Entry, tip git.ID) string {
	switch {
	case e.Disposition != "" && e.Disposition != upgrade.DispositionRebase:
		return "" // somebody has decided that it is not carried, and no run will take it over
	case e.State == upgrade.StateParked && e.NewName != "":
		return fmt.Sprintf("is parked on its way to %s: mgit resolve %s", l.Series, e.NewName)
	case e.State == upgrade.StateHeld, e.State == upgrade.StateDropped, e.OldTip == git.ZeroID || e.OldTip == tip || e.NewName == "":
		return ""
	}
	return fmt.Sprintf("has changed since it was moved to %s as %s: mgit rebase-all %s takes that over", l.Series, e.NewName, l.Onto)
}
