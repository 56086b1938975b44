package job

import (
	"context"

	"mgit/internal/moodle"
)

// PlanSteps is the section of a plan about what the upgrade will do to the database.
type PlanSteps struct {
	From PlanCode `json:"from"`
	To   PlanCode `json:"to"`
	// Weight is that of the heaviest step: light, medium or heavy.
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

// PlanCode is a code base that is compared: an upstream release with the plugins of the site.
type PlanCode struct {
	// Name is what was read: a target, or an upstream tag.
	Name    string `json:"name"`
	Tag     string `json:"tag"` // the newest upstream release in it, "" when it cannot be told
	Commit  ID     `json:"commit"`
	Version string `json:"version"`
	Release string `json:"release"`
	// Branches are those whose plugins were put into it, by component.
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
	Queued     int `json:"queued"`     // tasks that run after the upgrade
}

// PlanUpgrade is a component with steps.
type PlanUpgrade struct {
	PlanVersion
	File   string     `json:"file"`
	Weight string     `json:"weight"`
	Steps  []PlanStep `json:"steps"`
}

// PlanVersion is a component and its versions before and after; "" where it is not.
type PlanVersion struct {
	Component moodle.Component `json:"component"`
	Dir       string           `json:"dir"`
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
	Queues    []string         `json:"queues"`
	Condition string           `json:"condition"` // what else must hold
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
	In     string   `json:"in"` // the function that does it
}

// PlanBefore is something that can be done before the outage.
type PlanBefore struct {
	// What is upgrade-plugin, no-outage or tasks-after.
	What      string `json:"what"`
	Component string `json:"component"`
	Version   string `json:"version"`
	Text      string `json:"text"`
	Heavy     bool   `json:"heavy"` // it takes heavy steps out of the outage
}

// PlanFirst is a plugin that is worth having before others, best first.
type PlanFirst struct {
	Component moodle.Component `json:"component"`
	Branch    string           `json:"branch"`
	Why       string           `json:"why"`
	Needs     []string         `json:"needed_by"` // plugins of the site that depend on it
}

// PlanCollision is a branch whose change to the database meets upstream's.
type PlanCollision struct {
	Branch    string           `json:"branch"`
	Component moodle.Component `json:"component"`
	Path      Path             `json:"path"`
	// Kind is same-number, would-be-skipped, above-release, step, same-table, same-field,
	// or version.
	Kind   string   `json:"kind"`
	Number string   `json:"number"`
	Below  string   `json:"below"` // upstream's step next below and next above
	Above  string   `json:"above"`
	Others []string `json:"others"` // numbers or names concerned
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
	panic("not yet")
}
