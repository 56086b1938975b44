package job

import (
	"context"

	"mgit/internal/git"
	"mgit/internal/release"
)

// OtherChange is a commit that no branch explains, and that one of two releases
// has: a change that somebody made on the target itself, or a merge of what is no
// branch.
type OtherChange struct {
	Change  string `json:"change"` // came, went
	Kind    string `json:"kind"`   // change, commit: as the steps of a manifest
	Commit  ID     `json:"commit"`
	Subject string `json:"subject"`
}

// addOthers lists what came and went by no branch. It would be missing from the
// branches, and who decides about a release must see it.
func (d *ReleaseDiff) addOthers(ctx context.Context, site *Site) error {
	came, err := otherSteps(ctx, site, d.To, d.From)
	if err != nil {
		return err
	}
	went, err := otherSteps(ctx, site, d.From, d.To)
	if err != nil {
		return err
	}
	for _, list := range []struct {
		change string
		steps  []release.Step
	}{{BranchCame, came}, {BranchWent, went}} {
		for _, s := range list.steps {
			d.Others = append(d.Others, OtherChange{list.change, string(s.Kind), ID(s.Tip), s.Name})
		}
	}
	return nil
}

// otherSteps are the steps of a release that are of no branch and not in another
// release.
func otherSteps(ctx context.Context, site *Site, of, without ReleaseSide) ([]release.Step, error) {
	has := make(map[git.ID]bool)
	for _, s := range without.manifest.Steps {
		has[s.Tip] = true
	}
	var steps []release.Step
	for _, s := range of.manifest.Steps {
		if s.Kind != release.ByHand && s.Kind != release.Foreign || has[s.Tip] {
			continue
		}
		if without.manifest.Form == release.Short {
			// The short form leaves out what cancelled itself, such as a revert
			// that was reverted. In its history it is all the same.
			outside, err := site.Repo.RevList(ctx, []git.ID{s.Tip}, []git.ID{git.ID(without.Commit)})
			if err != nil {
				return nil, err
			}
			if len(outside) == 0 {
				continue
			}
		}
		steps = append(steps, s)
	}
	return steps, nil
}
