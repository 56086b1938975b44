package job

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/git"
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
	// Unread is what could not be read or understood in the trees, in sentences.
	Unread []string `json:"unread"`
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
	// Fate is one of the constants that begin with Fate.
	Fate   string `json:"fate"`
	Advice string `json:"advice"`
}

// The fates of a branch's component.
const (
	FateStandard      = "became-standard" // core ships the plugin that the branch adds
	FateRemoved       = "removed"         // core no longer ships the plugin that the branch changes
	FateRemovedBefore = "removed-before"  // the branch carries what core shipped once
	FateMoved         = "moved"
	FateOwnerRemoved  = "owner-removed" // core no longer ships the plugin that a sub-plugin belongs to
	FateTypeGone      = "type-gone"
	FateDeprecated    = "type-deprecated"
	FateDeleted       = "type-deleted"
)

// planComponents compares what core ships before and after the upgrade.
func planComponents(ctx context.Context, site *Site, req PlanRequest) (*PlanComponents, error) {
	v, err := viewUpgrade(ctx, site, req)
	if err != nil {
		return nil, err
	}
	section, err := v.components(ctx)
	return section, errors.Join(err, v.close())
}

// components makes the section.
func (v *upgradeView) components(ctx context.Context) (*PlanComponents, error) {
	section := &PlanComponents{
		From: v.base, To: v.plan.Onto,
		Entered: []ComponentFate{}, Left: []ComponentFate{}, Moved: []ComponentFate{},
		Types: []TypeFate{}, Branches: []BranchComponents{}, Unread: []string{},
	}
	if v.broken != nil {
		section.Unread = sentences(v.broken)
		return section, nil
	}
	fates := newFates(v.to.layout)
	changes, err := fates.between(v.from.layout)
	section.Unread = sentences(err)
	for _, p := range v.passed {
		section.Unread = append(section.Unread, p.Text+": "+p.Why)
	}
	touching := make(map[moodle.Component][]string)
	for _, b := range v.branches {
		concerned, all := fates.of(b.Component, b.base.layout, changedPaths(b))
		for _, c := range all {
			touching[c] = append(touching[c], b.Raw)
		}
		if len(concerned) > 0 {
			section.Branches = append(section.Branches, BranchComponents{Branch: b.Raw, Components: concerned})
		}
	}
	for _, c := range changes.Components {
		f := ComponentFate{
			Component: c.Component, From: c.From, To: c.To, Listed: c.Listed, Now: c.Now.String(),
			Branches: distinct(touching[c.Component]),
		}
		switch c.Fate {
		case moodle.Entered:
			section.Entered = append(section.Entered, f)
		case moodle.Left:
			section.Left = append(section.Left, f)
		case moodle.Moved:
			section.Moved = append(section.Moved, f)
		}
	}
	for _, t := range changes.Types {
		section.Types = append(section.Types, TypeFate{Type: t.Type, Fate: string(t.Fate), From: t.From, To: t.To, Owner: t.Owner.String()})
	}
	return section, ctx.Err()
}

// sentences are the lines of an error that joins several; none for nil.
func sentences(err error) []string {
	if err == nil {
		return []string{}
	}
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []string{err.Error()}
	}
	all := []string{}
	for _, e := range joined.Unwrap() {
		all = append(all, sentences(e)...)
	}
	return distinct(all)
}

func changedPaths(b upgradeBranch) []string {
	paths := make([]string, 0, len(b.changes))
	for _, c := range b.changes {
		paths = append(paths, c.Path)
	}
	return paths
}

// fates knows what becomes of components on the way to one tree.
type fates struct {
	to   *moodle.Layout
	list *moodle.StandardPlugins // nil for a tree without one
	done map[*moodle.Layout]fatesFrom
}

// fatesFrom is what changes from one tree on.
type fatesFrom struct {
	changes moodle.Changes
	ships   map[moodle.Component]bool // what the earlier tree has
	err     error
}

func newFates(to *moodle.Layout) *fates {
	list, err := to.StandardPlugins()
	if err != nil {
		list = nil // its absence, or that it is broken, is said by between
	}
	return &fates{to: to, list: list, done: make(map[*moodle.Layout]fatesFrom)}
}

// between compares the trees, once.
func (f *fates) between(from *moodle.Layout) (moodle.Changes, error) {
	d := f.from(from)
	return d.changes, d.err
}

func (f *fates) from(from *moodle.Layout) fatesFrom {
	d, known := f.done[from]
	if known {
		return d
	}
	d.changes, d.err = moodle.Between(from, f.to)
	d.ships = make(map[moodle.Component]bool)
	places, _ := from.Plugins() // what it could not list is in the error of between
	for _, p := range places {
		d.ships[p.Component] = true
	}
	f.done[from] = d
	return d
}

// of returns the components of a branch with which something happens, and all that it
// has: those of the paths that it changes, and the one that it is named for.
func (f *fates) of(named string, base *moodle.Layout, paths []string) (concerned []BranchComponent, all []moodle.Component) {
	from := f.from(base)
	for _, p := range paths {
		if c, _, ok := base.ComponentOf(p); ok && !c.IsCore() {
			all = append(all, c)
		}
	}
	if c, err := moodle.ParseComponent(named); err == nil && !c.IsCore() {
		all = append(all, c)
	}
	slices.SortFunc(all, moodle.Component.Compare)
	all = slices.Compact(all)
	for _, c := range all {
		if fate, advice := f.fate(from, c); fate != "" {
			concerned = append(concerned, BranchComponent{Component: c, Fate: fate, Advice: advice})
		}
	}
	return concerned, all
}

// fate says what becomes of one component and what to do; "" for nothing.
func (f *fates) fate(from fatesFrom, c moodle.Component) (fate, advice string) {
	if change, ok := from.changes.Of(c); ok {
		return f.fateOf(change)
	}
	if from.ships[c] {
		return "", "" // it stays where it is
	}
	t, ok := from.changes.OfType(c.Type)
	switch {
	case !ok:
	case t.Fate == moodle.RetiredDeleted:
		return FateDeleted, fmt.Sprintf("Moodle %s deletes the plugin type %s and does not upgrade while such a plugin is on disk: drop the branch, or turn it into a plugin of another type", f.to.Series(), c.Type)
	case t.Fate == moodle.RetiredDeprecated:
		return FateDeprecated, fmt.Sprintf("Moodle %s deprecates the plugin type %s: it still works, and a later release deletes it", f.to.Series(), c.Type)
	case t.Fate == moodle.Left && t.Owner != (moodle.Component{}):
		return FateOwnerRemoved, fmt.Sprintf("core no longer ships %s, which %s belongs to: carry that as a plugin too, or drop the branch", t.Owner, c)
	case t.Fate == moodle.Left:
		return FateTypeGone, fmt.Sprintf("Moodle %s knows no plugin type %s: it would not see %s", f.to.Series(), c.Type, c)
	case t.Fate == moodle.Moved:
		return FateMoved, fmt.Sprintf("plugins of the type %s live in %s and no longer in %s", c.Type, t.To, t.From)
	}
	if f.list != nil && f.list.Removed(c) {
		return FateRemovedBefore, fmt.Sprintf("%s was part of Moodle and is no longer: it is carried as a plugin, so look for a release that suits %s", c, f.to.Series())
	}
	return "", ""
}

// fateOf is about a component that core ships in one of the trees, or elsewhere.
func (f *fates) fateOf(change moodle.ComponentChange) (fate, advice string) {
	c := change.Component
	switch change.Fate {
	case moodle.Entered:
		return FateStandard, fmt.Sprintf("core ships %s from %s on: when it is the same plugin, drop the branch; when it is another one of this name, it has to be renamed", c, f.to.Series())
	case moodle.Moved:
		return FateMoved, fmt.Sprintf("core has %s in %s and no longer in %s", c, change.To, change.From)
	}
	advice = fmt.Sprintf("core no longer ships %s: to keep it, carry it as a plugin of its own with this change in it; otherwise uninstall it before the upgrade and drop the branch", c)
	if change.Now != (moodle.Component{}) {
		advice += fmt.Sprintf("; %s came at the same time and may be the same one", change.Now)
	}
	return FateRemoved, advice
}

// isNoMoodle reports whether an error is about what a tree holds, and not about
// reading it.
func isNoMoodle(err error) bool {
	var format *moodle.FormatError
	return errors.Is(err, moodle.ErrNotMoodle) || errors.As(err, &format)
}

// fatesOfBranches enters what becomes of each branch's components into a report, and what rules find on the new release.
func (r *RebaseReport) fatesOfBranches(ctx context.Context) error {
	v := &upgradeView{site: r.plan.site, plan: r.plan, scratch: r.scratch}
	to, err := v.pristine(ctx, git.ID(r.Onto.Commit))
	if isNoMoodle(err) {
		r.Warnings = append(r.Warnings, Warning{ID: "components-unread", Text: err.Error() + "; which components come and go is not known"})
		return nil
	}
	if err != nil {
		return err
	}
	all, bases := newFates(to.layout), make(map[git.ID]pristine)
	for i, d := range r.plan.branches {
		if r.results[i].Branch.Base == git.ZeroID {
			continue // it stands on nothing of upstream's
		}
		base, known := bases[r.results[i].Branch.Base]
		if !known {
			base, err = v.pristine(ctx, r.results[i].Branch.Base)
			if isNoMoodle(err) {
				r.Warnings = append(r.Warnings, Warning{ID: "components-unread", Text: d.Raw + ": " + err.Error()})
				continue
			}
			if err != nil {
				return err
			}
			bases[r.results[i].Branch.Base] = base
		}
		b := upgradeBranch{plannedBranch: d, base: base}
		if err := v.readBranch(ctx, &b); err != nil {
			return fmt.Errorf("read %s: %w", d.Raw, err)
		}
		concerned, _ := all.of(b.Component, base.layout, changedPaths(b))
		r.Branches[i].Components = append(r.Branches[i].Components, concerned...)
		if err := r.judgeOnto(ctx, v, to, b, &r.Branches[i]); err != nil {
			return err
		}
	}
	return nil
}
