package job

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/forecast"
	"mgit/internal/moodle"
)

// PlanSteps is the section of a plan about what the upgrade will do to the database.
type PlanSteps struct {
	From PlanCode `json:"from"`
	To   PlanCode `json:"to"`
	// Weight is that of the heaviest step: light, medium or heavy. A site of any size
	// does light steps at once; no time is given, since nobody has measured any.
	Weight string     `json:"weight"`
	Totals StepTotals `json:"totals"`
	// Stops are steps that refuse to upgrade from a version that old: a hop is needed.
	Stops []PlanStep `json:"stops"`
	// Upgrades are the components with work to do, in the order in which Moodle does it.
	Upgrades   []PlanUpgrade   `json:"upgrades"`
	Installs   []PlanVersion   `json:"installs"`
	Gone       []PlanVersion   `json:"gone"`
	Downgrades []PlanVersion   `json:"downgrades"`
	Before     []PlanBefore    `json:"before"`
	First      []PlanFirst     `json:"first"`
	Collisions []PlanCollision `json:"collisions"`
	Unread     []PlanUnread    `json:"unread"`
}

// PlanCode is a code base that is compared: an upstream release with the plugins of
// the site.
type PlanCode struct {
	// Name is what was read: a target, or an upstream tag.
	Name string `json:"name"`
	// Tag is the newest upstream release in it that this clone has; "" for none.
	Tag     string `json:"tag"`
	Commit  ID     `json:"commit"`
	Version string `json:"version"`
	Release string `json:"release"`
	// Branches are those whose plugins were put into it, by component. A target has
	// its plugins already.
	Branches []CodePlugin `json:"branches"`
}

// CodePlugin is a plugin of the site in a code base, and the branch it was read from.
type CodePlugin struct {
	Component moodle.Component `json:"component"`
	Branch    string           `json:"branch"`
}

// StepTotals counts steps by weight, and components.
type StepTotals struct {
	Steps      int `json:"steps"`
	Light      int `json:"light"`
	Medium     int `json:"medium"`
	Heavy      int `json:"heavy"`
	Core       int `json:"core"`       // of the steps, those of core
	Components int `json:"components"` // that have steps
	Raised     int `json:"raised"`     // whose version rises
	Queued     int `json:"queued"`     // kinds of tasks that run after the upgrade
}

// PlanUpgrade is a component with steps.
type PlanUpgrade struct {
	PlanVersion
	File   Path       `json:"file"`
	Weight string     `json:"weight"`
	Steps  []PlanStep `json:"steps"`
	// Always is what its upgrade does besides its steps.
	Always []PlanReason `json:"always"`
}

// PlanVersion is a component and its versions before and after; "" where it is not.
type PlanVersion struct {
	Component moodle.Component `json:"component"`
	Dir       Path             `json:"dir"`
	From      string           `json:"from_version"`
	To        string           `json:"to_version"`
	Branch    string           `json:"branch"` // that brings it; "" for core's own
}

// PlanStep is one step.
type PlanStep struct {
	Component moodle.Component `json:"component"`
	Version   string           `json:"version"` // of the `if`; "" for an else
	From      string           `json:"from"`    // least old version, "" for any
	Line      int              `json:"line"`
	Weight    string           `json:"weight"`
	Reasons   []PlanReason     `json:"reasons"`
	Queues    []string         `json:"queues"`    // tasks that run after the upgrade
	Condition string           `json:"condition"` // what else must hold, in PHP
	Savepoint string           `json:"savepoint"`
	Says      string           `json:"says"`    // of a stop: what it prints
	Remarks   []string         `json:"remarks"` // no savepoint, another number …
}

// PlanReason is one thing that a step does.
type PlanReason struct {
	Weight string   `json:"weight"`
	Does   string   `json:"does"`
	Tables []string `json:"tables"`
	Line   int      `json:"line"`
	In     string   `json:"in"` // the function that does it, "" for the step itself
}

// PlanBefore is something that takes work out of the outage.
type PlanBefore struct {
	What      string `json:"what"` // upgrade-plugin, no-outage or tasks-after
	Component string `json:"component"`
	Version   string `json:"version"`
	Text      string `json:"text"`
	Steps     int    `json:"steps"` // that it takes out
	Heavy     int    `json:"heavy"` // and how many of them are heavy
}

// PlanFirst is a plugin that is worth having before others, best first.
type PlanFirst struct {
	Component moodle.Component `json:"component"`
	Branch    string           `json:"branch"`
	Why       string           `json:"why"`
	NeededBy  []string         `json:"needed_by"` // plugins of the site that depend on it
}

// PlanCollision is a branch whose change to the database meets upstream's.
type PlanCollision struct {
	Branch    string           `json:"branch"`
	Component moodle.Component `json:"component"`
	Path      Path             `json:"path"`
	// Kind is one of the constants that begin with Collision.
	Kind   string   `json:"kind"`
	Number string   `json:"number"` // of the branch's step, or its version
	Below  string   `json:"below"`  // upstream's next step below
	Above  string   `json:"above"`  // and above it
	Others []string `json:"others"` // upstream's numbers concerned, or names of tables and fields
	Text   string   `json:"text"`
}

// PlanUnread is a place that was not understood.
type PlanUnread struct {
	Component moodle.Component `json:"component"`
	Path      Path             `json:"path"`
	Line      int              `json:"line"`
	Text      string           `json:"text"`
	Why       string           `json:"why"`
}

// planSteps says what the upgrade will do to the database, core first.
func planSteps(ctx context.Context, site *Site, req PlanRequest) (*PlanSteps, error) {
	v, err := viewUpgrade(ctx, site, req)
	if err != nil {
		return nil, err
	}
	section, err := v.steps(ctx)
	return section, errors.Join(err, v.close())
}

// steps makes the section.
func (v *upgradeView) steps(ctx context.Context) (*PlanSteps, error) {
	s := &PlanSteps{
		From: PlanCode{Name: v.base.Tag, Commit: v.base.Commit, Branches: []CodePlugin{}}, Weight: string(forecast.Light),
		To:    PlanCode{Name: v.plan.Onto.Tag, Commit: v.plan.Onto.Commit, Branches: []CodePlugin{}},
		Stops: []PlanStep{}, Upgrades: []PlanUpgrade{}, Before: []PlanBefore{}, First: []PlanFirst{},
		Installs: []PlanVersion{}, Gone: []PlanVersion{}, Downgrades: []PlanVersion{},
		Collisions: []PlanCollision{}, Unread: append([]PlanUnread{}, v.passed...),
	}
	if v.broken != nil {
		s.Unread = append(s.Unread, PlanUnread{Component: moodle.Component{Type: moodle.CoreType}, Why: v.broken.Error()})
		return s, nil
	}
	before, err := v.before(ctx)
	if err != nil {
		return nil, err
	}
	after, err := v.after(ctx)
	if err != nil {
		return nil, err
	}
	s.From, s.To = before.PlanCode, after.PlanCode
	f, err := forecast.Between(ctx, v.files(ctx, before.root), v.files(ctx, after.root))
	if err != nil {
		return nil, fmt.Errorf("compare %s with %s: %w", before.Name, after.Name, err)
	}
	s.enter(f, after)
	if err := v.ease(ctx, s, f, after); err != nil {
		return nil, err
	}
	if err := v.rank(ctx, s, after); err != nil {
		return nil, err
	}
	return s, v.collisions(ctx, s)
}

// enter takes over the forecast.
func (s *PlanSteps) enter(f *forecast.Forecast, after *codeBase) {
	weight := forecast.Light
	s.Totals.Raised = len(f.Upgrades)
	for _, u := range f.Upgrades {
		s.enterUpgrade(u, after)
		if u.Weight().Compare(weight) > 0 {
			weight = u.Weight()
		}
	}
	s.Weight = string(weight)
	s.Installs, s.Gone, s.Downgrades = versions(f.Installs, after), versions(f.Gone, after), versions(f.Downgrades, after)
	for _, u := range f.Unread {
		unread := PlanUnread{Component: u.Component, Path: Path(u.Path), Why: u.Why}
		if !slices.Contains(s.Unread, unread) { // the same in both trees
			s.Unread = append(s.Unread, unread)
		}
	}
}

func versions(all []forecast.Component, after *codeBase) []PlanVersion {
	list := make([]PlanVersion, 0, len(all))
	for _, c := range all {
		list = append(list, versionOf(c, after))
	}
	return list
}

func versionOf(c forecast.Component, after *codeBase) PlanVersion {
	return PlanVersion{Component: c.Component, Dir: Path(c.Dir), From: c.From, To: c.To, Branch: after.plugins[c.Component].branch}
}

// enterUpgrade enters a component, when it has anything to do or to say.
func (s *PlanSteps) enterUpgrade(u forecast.Upgrade, after *codeBase) {
	for _, unread := range u.Script.Unread {
		s.Unread = append(s.Unread, PlanUnread{
			Component: u.Component.Component, Path: Path(u.File), Line: unread.Line, Text: unread.Text, Why: unread.Why,
		})
	}
	all := PlanUpgrade{
		PlanVersion: versionOf(u.Component, after), File: Path(u.File), Weight: string(u.Weight()),
		Steps: []PlanStep{}, Always: reasonsOf(u.Script.Always),
	}
	for _, step := range u.Steps {
		p := stepOf(u, step)
		if step.Stops {
			s.Stops = append(s.Stops, p)
			continue
		}
		all.Steps = append(all.Steps, p)
		s.count(u, step)
	}
	if len(all.Steps) > 0 {
		s.Totals.Components++
	}
	if len(all.Steps) > 0 || len(all.Always) > 0 {
		s.Upgrades = append(s.Upgrades, all)
	}
}

func (s *PlanSteps) count(u forecast.Upgrade, step forecast.Step) {
	s.Totals.Steps++
	switch step.Weight {
	case forecast.Heavy:
		s.Totals.Heavy++
	case forecast.Medium:
		s.Totals.Medium++
	default:
		s.Totals.Light++
	}
	if u.Component.Component.IsCore() {
		s.Totals.Core++
	}
	s.Totals.Queued += len(step.Queues)
}

func stepOf(u forecast.Upgrade, step forecast.Step) PlanStep {
	p := PlanStep{
		Component: u.Component.Component, Version: step.Below, From: step.From, Line: step.Line, Weight: string(step.Weight),
		Reasons: reasonsOf(step.Reasons), Queues: append([]string{}, step.Queues...), Condition: step.Condition, Says: step.Says,
		Remarks: append([]string{}, step.Remarks(u.Script.HasSavepoints())...),
	}
	if len(step.Savepoints) > 0 {
		p.Savepoint = step.Savepoints[len(step.Savepoints)-1]
	}
	if !step.Stops {
		p.Says = ""
	}
	return p
}

func reasonsOf(reasons []forecast.Reason) []PlanReason {
	all := make([]PlanReason, 0, len(reasons))
	for _, r := range reasons {
		all = append(all, PlanReason{
			Weight: string(r.Weight), Does: r.Does, Tables: append([]string{}, r.Tables...), Line: r.Line, In: r.In,
		})
	}
	return all
}
