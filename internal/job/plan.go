package job

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mgit/internal/moodle"
)

// PlanRequest asks for the whole upgrade to an upstream tag on one page.
type PlanRequest struct {
	Tag string // "v4.5.0"
	// From is the series to move from; the zero Series is the newest older one
	// that has branches.
	From moodle.Series
	// Now is the day on which support dates are looked at.
	Now time.Time
	// Live is the folder of the live tree to look into; "" for the one that
	// sites.toml gives for production, where that is on this machine.
	Live string
	// SkipLive looks into no live tree.
	SkipLive bool
	// Progress is told of every branch that is done, from one goroutine at a time.
	Progress func(Event)
}

// UpgradePlan is an upgrade before it begins.
type UpgradePlan struct {
	Onto Commit        `json:"onto"`
	From moodle.Series `json:"from"`
	To   moodle.Series `json:"to"`
	When time.Time     `json:"when"`

	Hops       *PlanHops       `json:"hops"`
	Work       *PlanWork       `json:"work"`
	Components *PlanComponents `json:"components"`
	Plugins    *PlanPlugins    `json:"plugins"`
	Steps      *PlanSteps      `json:"steps"`
	Live       *PlanLive       `json:"live"` // nil: none was looked into

	Warnings []Warning `json:"-"`
}

// Plan looks at an upgrade from all sides. It writes nothing.
//
// The errors are those of [PlanRebaseAll] and of reading the repository. What one
// section cannot tell is said there; the others are complete.
func Plan(ctx context.Context, site *Site, request PlanRequest) (*UpgradePlan, error) {
	p, err := PlanRebaseAll(ctx, site, RebaseAllRequest{Tag: request.Tag, From: request.From, OtherTag: true, Evidence: true, Offline: true, Progress: request.Progress})
	if err != nil {
		return nil, err
	}
	request.From = p.From
	plan := &UpgradePlan{Onto: p.Onto, From: p.From, To: p.To, When: request.Now}
	if plan.Hops, err = planHops(ctx, site, request); err != nil {
		return nil, fmt.Errorf("plan the way: %w", err)
	}
	if plan.Work, err = planWork(ctx, p); err != nil {
		return nil, fmt.Errorf("plan the branches: %w", err)
	}
	if plan.Components, err = planComponents(ctx, site, request); err != nil {
		return nil, fmt.Errorf("plan the components: %w", err)
	}
	if plan.Plugins, err = planPlugins(ctx, site, request); err != nil {
		return nil, fmt.Errorf("plan the plugins: %w", err)
	}
	if plan.Steps, err = planSteps(ctx, site, request); err != nil {
		return nil, fmt.Errorf("plan the steps of the database: %w", err)
	}
	if plan.Live, err = planLive(ctx, site, request); err != nil {
		return nil, err
	}
	return plan, nil
}

// The efforts that a branch can take, in the order of how much that is.
const (
	EffortNone   = "none"   // it arrives or stays away by itself
	EffortLook   = "look"   // it arrives, and somebody should look at it
	EffortDecide = "decide" // somebody has to say what is to become of it
	EffortSmall  = "small"  // at most 3 conflicts in files
	EffortMedium = "medium" // at most 10
	EffortLarge  = "large"  // more
)

// Efforts lists the efforts, the least first.
func Efforts() []string {
	return []string{EffortNone, EffortLook, EffortDecide, EffortSmall, EffortMedium, EffortLarge}
}

// effortOf sizes conflicts: files to resolve, over all commits of a branch.
func effortOf(files int) string {
	switch {
	case files <= 3:
		return EffortSmall
	case files <= 10:
		return EffortMedium
	}
	return EffortLarge
}

// rankEffort orders efforts, the most first.
func rankEffort(effort string) int { return -slices.Index(Efforts(), effort) }
