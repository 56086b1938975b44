package job

import (
	"context"
	"errors"
	"fmt"

	"mgit/internal/assemble"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// ResolvedTarget is a merge that was left out of a target, and what became of it.
type ResolvedTarget struct {
	Target   string `json:"target"`
	Branch   string `json:"branch"`   // the branch, or the tag of upstream, that is merged
	Upstream bool   `json:"upstream"` // it is a tag of upstream
	Tip      ID     `json:"tip"`
	OldTip   ID     `json:"old_tip"` // the target before the merge
	NewTip   ID     `json:"new_tip"` // null unless the target has it now
	// Outcome is "conflict" while a person is needed, "resolved" once the target has
	// the merge, "clean" when there was no conflict, and "" when it was given up.
	Outcome  string   `json:"outcome"`
	Standing Standing `json:"standing"`
	Reason   string   `json:"reason"`
	Run      int      `json:"run"`
	Worktree string   `json:"worktree"`
	Removed  string   `json:"removed"`

	Conflicts   []ConflictIn `json:"conflicts"`
	Markers     []File       `json:"markers"`
	Uncommitted []File       `json:"uncommitted"`
	Saved       []string     `json:"saved"` // resolutions that were recorded
}

// ResolveTargetRequest names the target whose conflict a person wants to resolve.
type ResolveTargetRequest struct {
	AssembleRequest
	// Merge is a tag of upstream to be merged in place of the target's branches.
	Merge string
}

// IsTarget reports whether a name means a target and no branch.
func (s *Site) IsTarget(ctx context.Context, name string, series moodle.Series) bool {
	_, ok := s.targetNamed(ctx, name, series)
	return ok
}

// targetNamed returns the full name of the target that a name means, if it is one.
func (s *Site) targetNamed(ctx context.Context, name string, series moodle.Series) (full string, ok bool) {
	if name == "" || s.initialised() != nil {
		return "", false
	}
	asked := ""
	if !series.IsZero() {
		asked = series.String()
	}
	t, err := s.findTarget(name, s.seriesOf(ctx, asked))
	return t.Raw, err == nil
}

// ResolveTarget begins to resolve the first conflict of a target: the target is
// brought as far as it goes, then a worktree is made with the merge in progress.
//
// With dryRun nothing is written. The errors are those of [PlanAssemble], and a
// *ResolvingError.
func ResolveTarget(ctx context.Context, site *Site, request ResolveTargetRequest, dryRun bool) (*ResolveReport, error) {
	lock, err := site.lockUnless(ctx, dryRun, "resolve "+request.Target)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	t, err := site.findTarget(request.Target, site.seriesOf(ctx, request.Series))
	if err != nil {
		return nil, err
	}
	if report, done, err := site.revisitMerge(ctx, t.Raw, dryRun); err != nil || done {
		return ofTarget(report), err
	}
	if request.Merge != "" {
		tags, err := site.datedTags(ctx, t.Version)
		if err != nil {
			return nil, err
		}
		name, err := namedRelease(tags, t.Version, request.Merge)
		if err != nil {
			return nil, err
		}
		request.only = &assemble.Step{Name: name, Upstream: true, Tip: site.refs.commit("refs/tags/" + name)}
	}
	request.command = "resolve " + request.Target
	plan, err := PlanAssemble(ctx, site, request.AssembleRequest)
	if err != nil {
		return nil, err
	}
	defer plan.Close()
	assembly, err := plan.Run(ctx)
	if err != nil {
		return nil, err
	}
	if request.Merge != "" && !assembly.NeedsPerson() {
		// Merging it is for minor, which asks whether test has it.
		report := emptyTarget(t.Raw)
		report.Branch, report.Upstream, report.OldTip = request.Merge, true, assembly.OldTip
		report.Outcome, report.Reason = string(assemble.Clean), request.Merge+" merges without a conflict; mgit minor merges it"
		return ofTarget(report), nil
	}
	run := 0
	if !dryRun {
		if run, err = assembly.Apply(ctx, lock.Lock); err != nil {
			return nil, err
		}
	}
	report, err := site.beginMerge(ctx, assembly, run, request.NoResolutions, dryRun)
	return ofTarget(report), err
}

func ofTarget(t *ResolvedTarget) *ResolveReport {
	r := &ResolveReport{Branches: []ResolvedBranch{}, Targets: []ResolvedTarget{}}
	if t != nil {
		r.Targets = append(r.Targets, *t)
	}
	return r
}

// revisitMerge looks at the worktree that an earlier resolve has made. It is done
// when somebody is at work there.
func (s *Site) revisitMerge(ctx context.Context, target string, dryRun bool) (report *ResolvedTarget, done bool, err error) {
	benches, err := s.mergeBenches(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, b := range benches {
		if b.record.Target != target {
			continue
		}
		at, err := b.look(ctx)
		if err != nil {
			return nil, false, err
		}
		if at.standing == StandingGivenUp || at.standing == StandingDeleted {
			if dryRun {
				return nil, false, nil
			}
			return nil, false, b.remove(ctx)
		}
		if b.gitDir != s.Repo.GitDir() {
			return nil, true, &ResolvingError{Branch: target, Path: b.path}
		}
		return b.report(at), true, nil
	}
	return nil, false, nil
}

// beginMerge makes the worktree for the first conflict of an assembly.
func (s *Site) beginMerge(ctx context.Context, assembly *AssembleReport, run int, noResolutions, dryRun bool) (*ResolvedTarget, error) {
	report := emptyTarget(assembly.Target)
	report.OldTip, report.NewTip, report.Run = assembly.OldTip, assembly.NewTip, run
	var first *MergedStep
	for i, m := range assembly.Merged {
		if m.Outcome == string(assemble.Conflict) {
			first = &assembly.Merged[i]
			break
		}
	}
	if first == nil {
		report.Outcome, report.Reason = string(assemble.Clean), "there is no conflict in it"
		return report, nil
	}
	report.Branch, report.Upstream, report.Tip = first.Branch, first.Upstream, first.Tip
	report.Outcome, report.Conflicts = upgrade.OutcomeConflict, first.Conflicts
	report.OldTip, report.NewTip = assembly.NewTip, ID{}
	if dryRun {
		return report, nil
	}
	b := &mergeBench{site: s, path: s.benchPath(assembly.Target), record: &mergeRecord{
		Target: assembly.Target, Name: first.Branch, Upstream: first.Upstream,
		Start: hexID(assembly.NewTip), Tip: hexID(first.Tip), NoResolutions: noResolutions,
	}}
	if err := b.open(ctx); err != nil {
		err = fmt.Errorf("begin to resolve %s: %w", assembly.Target, err)
		if b.gitDir != "" {
			err = errors.Join(err, b.remove(context.WithoutCancel(ctx)))
		}
		return nil, err
	}
	at, err := b.look(ctx)
	if err != nil {
		return nil, err
	}
	opened := b.report(at)
	opened.Run = run
	return opened, nil
}

// emptyTarget has no null where JSON promises a list.
func emptyTarget(name string) *ResolvedTarget {
	return &ResolvedTarget{
		Target: name, Standing: StandingNone,
		Conflicts: []ConflictIn{}, Markers: []File{}, Uncommitted: []File{}, Saved: []string{},
	}
}

// report says where the worktree stands.
func (b *mergeBench) report(at *benchState) *ResolvedTarget {
	r := emptyTarget(b.record.Target)
	r.Branch, r.Upstream, r.Tip, r.OldTip = b.record.Name, b.record.Upstream, ID(b.record.Tip), ID(b.record.Start)
	r.Outcome, r.Standing, r.Reason, r.Worktree = upgrade.OutcomeConflict, at.standing, at.reason, b.path
	for _, c := range at.conflicts {
		r.Conflicts = append(r.Conflicts, ConflictIn{Path: c.Path, Kind: c.Kind})
	}
	if at.standing != StandingStopped {
		r.Uncommitted = append(r.Uncommitted, at.uncommitted...)
	}
	return r
}
