package job

import (
	"context"
	"fmt"
	"path"
	"slices"
	"time"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// MinorRequest asks for the newest eligible patch release of a series.
type MinorRequest struct {
	Tag    string // "" is the newest eligible one
	Series string // as typed; "" is the series in use
	// Into names targets; none is the first target of the series.
	Into []string
	// Now decides how old a release is.
	Now time.Time
	// Check only looks for one.
	Check           bool
	NoResolutions   bool
	UpdateWorktrees bool
	Allow           []string
}

const refuseUntested = "untested-minor" // waived: deployment gets a release that test has not

// MinorReport is a patch release and what became of it.
type MinorReport struct {
	Series string `json:"series"`
	// Tag is the release that is taken; "" when there is none.
	Tag      string `json:"tag"`
	Commit   ID     `json:"commit"`
	Security bool   `json:"security"` // the settings take it at once
	// Waiting are newer releases that are not eligible yet.
	Waiting []WaitingRelease `json:"waiting"`
	Targets []MinorTarget    `json:"targets"`

	Warnings []Warning `json:"-"`

	plan []minorPlan
}

// WaitingRelease is a release that is not old enough.
type WaitingRelease struct {
	Tag      string    `json:"tag"`
	Released time.Time `json:"released"`
	From     time.Time `json:"from"` // when it becomes eligible
}

// MinorTarget is a target and what the release meant for it.
type MinorTarget struct {
	Target string `json:"target"`
	Has    string `json:"has"`   // the newest of upstream it had: a tag, or a short id where that has none
	Wants  bool   `json:"wants"` // it did not have the release
	OldTip ID     `json:"old_tip"`
	NewTip ID     `json:"new_tip"`
	Run    int    `json:"run"`
	// Outcome is as that of a merge of [AssembleReport]; "" while nothing was tried.
	Outcome     string       `json:"outcome"`
	Reason      string       `json:"reason"`
	Conflicts   []ConflictIn `json:"conflicts"`
	Against     []string     `json:"against"` // branches that change a path in conflict
	Resolutions []string     `json:"resolutions"`
	Rebuild     Paths        `json:"rebuild"`
}

type minorPlan struct {
	name string
	plan *AssemblePlan
}

// Minor merges a patch release of upstream into targets: the newest eligible one,
// or the one that is named. It moves targets only, never a branch, so that it
// can run while branches of an upgrade are parked.
//
// A release goes into the first target of the series, and into another one when
// that is asked for and the first has it. Where Git cannot merge it, that target
// and those behind it stay as they are.
func Minor(ctx context.Context, site *Site, request MinorRequest, dryRun bool) (*MinorReport, error) {
	lock, err := site.lockUnless(ctx, dryRun || request.Check, "minor")
	if err != nil {
		return nil, err
	}
	defer lock.release()
	r, err := planMinor(ctx, site, request)
	if r != nil {
		defer r.close()
	}
	if err != nil || request.Check || r.Tag == "" {
		return r, err
	}
	for i, p := range r.plan {
		t := &r.Targets[i]
		if !t.Wants {
			t.Outcome, t.NewTip = string(assemble.Unchanged), t.OldTip
			continue
		}
		if i > 0 && !r.Targets[i-1].isIn() {
			t.Outcome, t.Reason = string(assemble.Held), "it waits for "+r.Targets[i-1].Target
			continue
		}
		if err := r.merge(ctx, lock, p, t, dryRun); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *MinorReport) close() {
	for _, p := range r.plan {
		_ = p.plan.Close() // a scratch that stays behind is swept later
	}
}

func (t MinorTarget) isIn() bool { return isIn(assemble.Outcome(t.Outcome)) }

// merge merges the release into one target.
func (r *MinorReport) merge(ctx context.Context, lock optionalLock, p minorPlan, t *MinorTarget, dryRun bool) error {
	assembly, err := p.plan.Run(ctx)
	if err != nil {
		return fmt.Errorf("merge %s into %s: %w", r.Tag, t.Target, err)
	}
	step := assembly.Merged[0]
	t.Outcome, t.Reason, t.NewTip = step.Outcome, step.Reason, assembly.NewTip
	t.Conflicts, t.Against, t.Resolutions, t.Rebuild = step.Conflicts, step.Against, step.Resolutions, step.Rebuild
	r.Warnings = append(r.Warnings, assembly.Warnings...)
	if dryRun {
		return nil
	}
	t.Run, err = assembly.Apply(ctx, lock.Lock)
	return err
}

// planMinor finds the release and the targets that want it.
func planMinor(ctx context.Context, site *Site, request MinorRequest) (*MinorReport, error) {
	series, err := site.Series(ctx, request.Series)
	if err != nil {
		return nil, err
	}
	r := &MinorReport{Series: series.String(), Waiting: []WaitingRelease{}, Targets: []MinorTarget{}}
	if err := r.findRelease(ctx, site, series, request); err != nil {
		return nil, err
	}
	names := request.Into
	if len(names) == 0 {
		names = site.Config.TargetsOf(series)[:1]
	}
	for _, name := range names {
		if err := r.addTarget(ctx, site, name, request); err != nil {
			return r, err
		}
	}
	return r, r.refuseUntested(ctx, site, series, request)
}

// findRelease finds the release: the one named, or the newest eligible one.
func (r *MinorReport) findRelease(ctx context.Context, site *Site, series moodle.Series, request MinorRequest) error {
	tags, err := site.datedTags(ctx, series)
	if err != nil {
		return err
	}
	policy := site.Config.Minor
	isSecurity := func(tag string) bool {
		return slices.ContainsFunc(policy.Security, func(glob string) bool { ok, _ := path.Match(glob, tag); return ok })
	}
	for _, glob := range policy.Security {
		if _, err := path.Match(glob, ""); err != nil {
			return &UsageError{Text: fmt.Sprintf("minor.security: %q is no pattern", glob), Hint: "`mgit config edit` changes it"}
		}
	}
	eligible := moodle.Eligible(tags, series, request.Now, policy.MinAgeDays, isSecurity)
	if request.Tag == "" && len(eligible) > 0 {
		r.Tag = eligible[0].String()
	}
	if request.Tag != "" {
		if r.Tag, err = namedRelease(tags, series, request.Tag); err != nil {
			return err
		}
	}
	for _, t := range tags {
		chosen, err := moodle.ParseTag(r.Tag)
		isNewer := err != nil || t.Compare(chosen) > 0
		if t.Pre == "" && isNewer && !slices.ContainsFunc(eligible, func(e moodle.DatedTag) bool { return e.Tag == t.Tag }) {
			r.Waiting = append(r.Waiting, WaitingRelease{Tag: t.String(), Released: t.When, From: t.When.AddDate(0, 0, policy.MinAgeDays)})
		}
	}
	r.Commit, r.Security = ID(site.refs.commit("refs/tags/"+r.Tag)), r.Tag != "" && isSecurity(r.Tag)
	return nil
}

// namedRelease is the release that somebody named.
func namedRelease(tags []moodle.DatedTag, series moodle.Series, name string) (string, error) {
	tag, err := moodle.ParseTag(name)
	switch {
	case err != nil:
		return "", &UsageError{Text: err.Error()}
	case tag.Series.Compare(series) != 0:
		return "", &UsageError{Text: fmt.Sprintf("%s is not a release of %s", name, series), Hint: "another series is an upgrade: mgit rebase-all " + name}
	case tag.Pre != "":
		return "", &UsageError{Text: name + " comes before the first release of its series"}
	case !slices.ContainsFunc(tags, func(t moodle.DatedTag) bool { return t.Tag == tag }):
		return "", &UsageError{Text: fmt.Sprintf("there is no tag %s in this repository", name), Hint: "git fetch upstream --tags brings Moodle's releases"}
	}
	return name, nil
}

// datedTags are upstream's tags of a series, newest release first, with the date of
// the commits they name: that of a tag is not in every clone, and a colleague's
// clock is in none of them.
func (s *Site) datedTags(ctx context.Context, series moodle.Series) ([]moodle.DatedTag, error) {
	var found []moodle.DatedTag
	for _, r := range s.refs.refs {
		name, ok := cutTag(r.Name)
		tag, err := moodle.ParseTag(name)
		if !ok || err != nil || tag.Series.Compare(series) != 0 || r.Peeled == git.ZeroID {
			continue
		}
		c, err := s.Repo.Store().Commit(ctx, r.Peeled)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		found = append(found, moodle.DatedTag{Tag: tag, When: c.Committer.When})
	}
	slices.SortFunc(found, func(a, b moodle.DatedTag) int { return b.Compare(a.Tag) })
	return found, nil
}

// addTarget plans the merge into one target.
func (r *MinorReport) addTarget(ctx context.Context, site *Site, name string, request MinorRequest) error {
	assembly := AssembleRequest{
		Target: name, Series: r.Series, NoResolutions: request.NoResolutions, UpdateWorktrees: request.UpdateWorktrees,
		Allow: request.Allow, command: fmt.Sprintf("minor %s --into %s", r.Tag, name),
	}
	if r.Tag != "" {
		assembly.only = &assemble.Step{Name: r.Tag, Upstream: true, Tip: git.ID(r.Commit)}
	}
	plan, err := PlanAssemble(ctx, site, assembly)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(r.Targets, func(t MinorTarget) bool { return t.Target == plan.recipe.target.Raw }) {
		return plan.Close() // named twice
	}
	r.plan = append(r.plan, minorPlan{name: name, plan: plan})
	if plan.start == git.ZeroID {
		return &UsageError{Text: plan.recipe.target.Raw + " is not built yet", Hint: "mgit assemble " + name}
	}
	has := plan.recipe.upstreamIn(site, plan.line)
	t := MinorTarget{
		Target: plan.recipe.target.Raw, OldTip: ID(plan.start), NewTip: ID(plan.start),
		Conflicts: []ConflictIn{}, Against: []string{}, Resolutions: []string{}, Rebuild: Paths{},
	}
	if has.Tip == git.ZeroID {
		has.Name, has.Tip = plan.recipe.base.Tag, git.ID(plan.recipe.base.Commit)
	}
	t.Has = upstreamName(has)
	if r.Tag != "" {
		bases, err := site.Repo.MergeBases(ctx, has.Tip, git.ID(r.Commit))
		if err != nil {
			return fmt.Errorf("compare %s with %s: %w", t.Has, r.Tag, err)
		}
		t.Wants = !slices.Contains(bases, git.ID(r.Commit))
	}
	r.Targets = append(r.Targets, t)
	if !t.Wants || request.Check {
		return nil
	}
	// This is asked before the first target moves.
	return site.mayMove(ctx, plan.recipe.target.localRef(), request.UpdateWorktrees)
}

// refuseUntested refuses to bring a release into another target before the first
// one of the series has it.
func (r *MinorReport) refuseUntested(ctx context.Context, site *Site, series moodle.Series, request MinorRequest) error {
	if request.Check || r.Tag == "" || slices.Contains(request.Allow, refuseUntested) {
		return nil
	}
	first, err := site.findTarget(site.Config.TargetsOf(series)[0], func() (moodle.Series, error) { return series, nil })
	if err != nil || first.tip() == git.ZeroID || r.Targets[0].Target == first.Raw {
		return err
	}
	bases, err := site.Repo.MergeBases(ctx, first.tip(), git.ID(r.Commit))
	if err != nil {
		return fmt.Errorf("look for %s in %s: %w", r.Tag, first.Raw, err)
	}
	wants := slices.ContainsFunc(r.Targets, func(t MinorTarget) bool { return t.Wants })
	if slices.Contains(bases, git.ID(r.Commit)) || !wants {
		return nil
	}
	return &Refusal{
		ID:   refuseUntested,
		Text: fmt.Sprintf("%s does not have %s yet, so nobody has tried it", first.Raw, r.Tag),
		Hint: fmt.Sprintf("mgit minor %s brings it there; test it, then give --into again", r.Tag),
	}
}

// Wanted reports whether a target lacks the release: exit code 100 of a check.
func (r *MinorReport) Wanted() bool {
	return slices.ContainsFunc(r.Targets, func(t MinorTarget) bool { return t.Wants })
}

// NeedsPerson reports whether a target could not take the release: exit code 4.
func (r *MinorReport) NeedsPerson() bool {
	return slices.ContainsFunc(r.Targets, func(t MinorTarget) bool { return t.Outcome != "" && !t.isIn() })
}
