package job

import (
	"context"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// compareTips looks whether the new branch still has what was carried to it, and whether
// internal remotes have commits of the old one that were not carried.
func (a *UpgradeAccount) compareTips(ctx context.Context, v *view, u UpgradeBranch, e *upgrade.Entry) error {
	if e == nil || e.Disposition == upgrade.DispositionDrop || e.Disposition == upgrade.DispositionHold {
		return nil
	}
	forget := func(f Fault, text string) {
		a.Forgotten = append(a.Forgotten, Forgotten{Branch: u.OldName, Fault: f, Text: text})
	}
	if tips := v.site.tipsOf(e.NewName); len(tips) > 0 && e.NewTip != git.ZeroID && e.State != upgrade.StateDropped && e.Outcome != upgrade.OutcomeDiverged {
		found := false
		for _, tip := range tips {
			has, err := v.hasCommit(ctx, tip.id, e.NewTip)
			if err != nil {
				return err
			}
			found = found || has
		}
		if !found {
			forget(FaultDiverged, faultText(FaultDiverged, u))
		}
	}
	if e.OldTip == git.ZeroID || u.Carried != CarriedAll {
		return nil // to be done, or said already
	}
	for _, tip := range v.site.tipsOf(u.OldName) {
		if tip.remote == "" {
			continue
		}
		has, err := v.hasCommit(ctx, e.OldTip, tip.id)
		if err != nil {
			return err
		}
		if !has {
			forget(FaultBehind, tip.remote+" has commits of it that were not carried")
		}
	}
	return nil
}

// placedTip is where a branch stands here, or at an internal remote.
type placedTip struct {
	id     git.ID
	remote string // "" is here
}

// tipsOf lists where a branch stands, here first.
func (s *Site) tipsOf(branch string) []placedTip {
	tips := []placedTip{{s.refs.commit("refs/heads/" + branch), ""}}
	for _, remote := range s.internal {
		tips = append(tips, placedTip{s.refs.commit("refs/remotes/" + remote + "/" + branch), remote})
	}
	return slices.DeleteFunc(tips, func(t placedTip) bool { return t.id == git.ZeroID })
}

// hasCommit reports whether tip reaches a commit, which may be upstream's by now, or not
// be here at all.
func (v *view) hasCommit(ctx context.Context, tip, id git.ID) (bool, error) {
	if v.history.Contains(tip, id) {
		return true, nil
	}
	if here, err := v.site.has(ctx, id); err != nil || !here {
		return false, err
	}
	if here, err := v.site.has(ctx, tip); err != nil || !here {
		return false, err
	}
	bases, err := v.site.Repo.MergeBases(ctx, tip, id)
	return slices.Contains(bases, id), err
}

// findMisnamed names branches whose names have the old series in them and are nearly of
// the scheme: no run takes them, and nobody notices.
func (a *UpgradeAccount) findMisnamed(listing branches.Listing, from moodle.Series) {
	for _, m := range listing.Misnamed {
		if slices.Contains(strings.FieldsFunc(m.Name, func(r rune) bool { return r == '-' || r == '/' || r == '_' }), from.String()) {
			a.Forgotten = append(a.Forgotten, Forgotten{Branch: m.Name, Fault: FaultMisnamed, Text: "its name is not of the scheme: " + m.Reason})
		}
	}
}
