package job

import (
	"context"

	"mgit/internal/moodle"
)

// PlanComponents is the section of a plan about the components that core ships in
// one of the two releases only, or elsewhere.
type PlanComponents struct {
	From Commit `json:"from"` // the upstream tags that are compared
	To   Commit `json:"to"`
	// Entered, Left and Moved are all of core's; Types are the types of plugins.
	Entered []ComponentFate `json:"entered"`
	Left    []ComponentFate `json:"left"`
	Moved   []ComponentFate `json:"moved"`
	Types   []TypeFate      `json:"types"`
	// Branches are the site's branches that are concerned.
	Branches []BranchComponents `json:"branches"`
}

// ComponentFate is what becomes of one component of core.
type ComponentFate struct {
	Component moodle.Component `json:"component"`
	From      string           `json:"from_dir"` // "" where it is not there
	To        string           `json:"to_dir"`
	// Listed says that the release's own list names it as removed.
	Listed bool `json:"listed_as_removed"`
	// Now is the component it probably became; "" for none.
	Now string `json:"now"`
	// Branches change it or carry it.
	Branches []string `json:"branches"`
}

// TypeFate is what becomes of a type of plugins.
type TypeFate struct {
	Type  string `json:"type"`
	Fate  string `json:"fate"` // entered, left, moved, deprecated or deleted
	From  string `json:"from_dir"`
	To    string `json:"to_dir"`
	Owner string `json:"owner"` // of sub-plugins
}

// BranchComponents are the components of a branch with which something happens.
type BranchComponents struct {
	Branch     string            `json:"branch"`
	Components []BranchComponent `json:"components"`
}

// BranchComponent is a component of a branch, what becomes of it upstream, and what
// that means for the branch.
type BranchComponent struct {
	Component moodle.Component `json:"component"`
	// Fate is one of became-standard, removed, moved, owner-removed, type-gone,
	// type-deprecated, type-deleted and removed-before.
	Fate   string `json:"fate"`
	Advice string `json:"advice"`
}

// planComponents compares what core ships before and after the upgrade.
func planComponents(ctx context.Context, site *Site, req PlanRequest) (*PlanComponents, error) {
	panic("not yet")
}
