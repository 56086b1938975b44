package job

import (
	"context"
	"errors"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// ContinueRequest names the branch to go on with; "" is every branch that is
// being resolved in this clone.
type ContinueRequest struct {
	Branch string
	Series moodle.Series
}

// Continue goes on where people have resolved conflicts, whatever they did it
// with, and moves the branches that are finished. The worktree of a finished
// branch is removed, and so is one that was given up with git rebase --abort or
// deleted by hand: its branch is parked as before.
//
// A dry run says where the worktrees stand and what finishing would do; it
// does not go on with a rebase. Errors are as those of [Resolve].
func Continue(ctx context.Context, site *Site, request ContinueRequest, dryRun bool) (*ResolveReport, error) {
	command := strings.TrimSpace("continue " + request.Branch)
	lock, err := site.lockUnless(ctx, dryRun, command)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	r := &resolver{site: site, lock: lock, dryRun: dryRun, command: command}
	benches, err := r.chosenBenches(ctx, request.Branch, request.Series)
	if err != nil {
		return nil, err
	}
	report := &ResolveReport{Branches: []ResolvedBranch{}}
	for _, b := range benches {
		branch, err := r.continueOne(ctx, b)
		if branch != nil {
			report.Branches = append(report.Branches, *branch)
		}
		if err != nil {
			return report, err
		}
	}
	return report, nil
}

// chosenBenches returns the worktree of the branch, or all when there is no
// name.
func (r *resolver) chosenBenches(ctx context.Context, name string, series moodle.Series) ([]*bench, error) {
	all, err := r.benches(ctx)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return all, nil
	}
	var named []*bench
	for _, b := range all {
		fits := series.IsZero() || b.record.Series == series.String()
		if fits && (b.record.Branch == name || b.record.NewName == name) {
			named = append(named, b)
		}
	}
	switch len(named) {
	case 0:
	case 1:
		return named, nil
	default:
		return nil, &UsageError{
			Text: name + " is being resolved for more than one upgrade",
			Hint: "name the new branch: " + named[0].record.NewName + ", " + named[1].record.NewName,
		}
	}
	found, err := r.site.findParked(ctx, name, series)
	if err != nil {
		return nil, err
	}
	return nil, &UsageError{
		Text: name + " is parked, and nobody has begun to resolve it in this clone",
		Hint: "mgit resolve " + found.entry.NewName,
	}
}

// continueOne goes on with one worktree from wherever it stands.
func (r *resolver) continueOne(ctx context.Context, b *bench) (*ResolvedBranch, error) {
	at, err := b.look(ctx)
	if err != nil {
		return nil, err
	}
	switch at.standing {
	case StandingStopped:
		if waits, err := r.mustWait(ctx, b, at); waits != nil || err != nil {
			return waits, err
		}
		if r.dryRun {
			report := b.report(at)
			report.Reason = "nothing is in the way; the rebase would go on"
			return report, b.addStop(ctx, report, at)
		}
		next, used, err := b.runRebase(ctx, b.command("rebase", "--continue"), at)
		if err != nil {
			return r.refusedByGit(ctx, b, err)
		}
		return r.goOn(ctx, b, next, used)
	case StandingFinished:
		return r.finish(ctx, b, at, nil)
	case StandingGivenUp, StandingDeleted:
		return r.giveUp(ctx, b, at)
	default:
		return b.report(at), nil
	}
}

// mustWait reports a stop at which a person has something left to do; nil when
// the rebase can go on.
func (r *resolver) mustWait(ctx context.Context, b *bench, at *benchState) (*ResolvedBranch, error) {
	report := b.report(at)
	if err := b.addStop(ctx, report, at); err != nil {
		return nil, err
	}
	if len(at.conflicts) > 0 {
		return report, nil
	}
	marked, err := b.staged(ctx, at)
	if err != nil || len(marked) == 0 {
		return nil, err
	}
	report.Markers = marked
	return report, nil
}

// refusedByGit reports a rebase that git would not go on with, for example
// because files are changed and not added: a person has to look.
func (r *resolver) refusedByGit(ctx context.Context, b *bench, err error) (*ResolvedBranch, error) {
	var exit *git.ExitError
	if !errors.As(err, &exit) {
		return nil, err
	}
	at, lookErr := b.look(ctx)
	if lookErr != nil {
		return nil, errors.Join(err, lookErr)
	}
	report := b.report(at)
	report.Reason = "git rebase: " + firstError(exit.Stderr)
	report.Uncommitted = append([]File{}, at.uncommitted...)
	return report, b.addStop(ctx, report, at)
}

// firstError is the line of git's answer that says what is wrong.
func firstError(stderr string) string {
	lines := strings.FieldsFunc(stderr, func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range lines {
		for _, mark := range []string{"error: ", "fatal: "} {
			if text, ok := strings.CutPrefix(line, mark); ok {
				return text
			}
		}
	}
	if len(lines) == 0 {
		return "it did not go on"
	}
	return lines[0]
}

// goOn follows a rebase that has just run to where a person is needed, or to
// its end. A stop whose conflicts recorded resolutions have settled is no stop.
func (r *resolver) goOn(ctx context.Context, b *bench, at *benchState, used []string) (*ResolvedBranch, error) {
	for at.standing == StandingStopped {
		waits, err := r.mustWait(ctx, b, at)
		if err != nil {
			return nil, err
		}
		if waits != nil {
			waits.Resolutions = append(waits.Resolutions, used...)
			return waits, nil
		}
		next, more, err := b.runRebase(ctx, b.command("rebase", "--continue"), at)
		if err != nil {
			return r.refusedByGit(ctx, b, err)
		}
		at, used = next, append(used, more...)
	}
	if at.standing == StandingFinished {
		return r.finish(ctx, b, at, used)
	}
	return b.report(at), nil
}

// runRebase runs a rebase command and looks where it came to. That git stops at
// another commit is no error; that nothing came of it is one. It returns the
// files for which git used a recorded resolution.
func (b *bench) runRebase(ctx context.Context, cmd *git.Cmd, before *benchState) (at *benchState, used []string, err error) {
	out, err := cmd.Output(ctx)
	var exit *git.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, nil, err
	}
	at, lookErr := b.look(ctx)
	if lookErr != nil {
		return nil, nil, errors.Join(err, lookErr)
	}
	if exit == nil {
		return at, nil, nil
	}
	if at.standing == before.standing && at.head == before.head && at.stopped == before.stopped && len(at.conflicts) == 0 {
		return nil, nil, err
	}
	return at, usedResolutions(string(out) + exit.Stderr), nil
}

// usedResolutions reads from git's messages which files it resolved.
func usedResolutions(said string) []string {
	var used []string
	for line := range strings.FieldsFuncSeq(said, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line, ok := strings.CutSuffix(line, "' using previous resolution.")
		for _, verb := range []string{"Resolved '", "Staged '"} {
			if path, isUse := strings.CutPrefix(line, verb); ok && isUse {
				used = append(used, "recorded for "+ShowPath(path))
			}
		}
	}
	return used
}

// SkipRequest leaves out the commit at which a branch is stopped.
type SkipRequest struct {
	Branch string
	Reason string // why; must be given
	Series moodle.Series
}

// Skip leaves out the commit that conflicts, with the reason, and goes on as
// Continue does. Where nobody has begun to resolve the branch it begins.
func Skip(ctx context.Context, site *Site, request SkipRequest, dryRun bool) (*ResolveReport, error) {
	if strings.TrimSpace(request.Reason) == "" {
		return nil, &UsageError{Text: "a commit is left out only with a reason", Hint: "--reason says why " + request.Branch + " does without it"}
	}
	lock, err := site.lockUnless(ctx, dryRun, "skip "+request.Branch)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	r := &resolver{site: site, lock: lock, dryRun: dryRun, command: "skip " + request.Branch}
	b, report, err := r.benchToSkip(ctx, request)
	if err != nil || b == nil {
		return one(report), err
	}
	report, err = r.skipIn(ctx, b, request.Reason)
	return one(report), err
}

// benchToSkip finds the worktree of the branch or makes it. Without a worktree
// the report says why there is nothing to skip.
func (r *resolver) benchToSkip(ctx context.Context, request SkipRequest) (*bench, *ResolvedBranch, error) {
	benches, err := r.chosenBenches(ctx, request.Branch, request.Series)
	if err == nil {
		at, err := benches[0].look(ctx)
		if err != nil {
			return nil, nil, err
		}
		if at.standing != StandingGivenUp && at.standing != StandingDeleted {
			return benches[0], nil, nil
		}
		if r.dryRun {
			return nil, benches[0].report(at), nil
		}
		if err := benches[0].remove(ctx); err != nil {
			return nil, nil, err
		}
	}
	var usage *UsageError
	if err != nil && !errors.As(err, &usage) {
		return nil, nil, err
	}
	found, err := r.site.findParked(ctx, request.Branch, request.Series)
	if err != nil {
		return nil, nil, err
	}
	report, err := r.begin(ctx, found, 0)
	if err != nil || report.Standing != StandingStopped {
		return nil, report, err
	}
	b, err := r.benchOf(ctx, report.NewName)
	return b, report, err
}

func (r *resolver) skipIn(ctx context.Context, b *bench, reason string) (*ResolvedBranch, error) {
	at, err := b.look(ctx)
	if err != nil {
		return nil, err
	}
	step, _, ok := b.record.step(at.stopped)
	if at.standing != StandingStopped || !ok || !at.pending && len(at.conflicts) == 0 {
		report := b.report(at)
		if report.Reason == "" {
			report.Reason = "no commit waits there to be left out"
		}
		return report, nil
	}
	if r.dryRun {
		report := b.report(at)
		report.Reason = "the rest would be replayed without this commit"
		return report, b.addStop(ctx, report, at)
	}
	c, err := r.site.Repo.Store().Commit(ctx, git.ID(step.Pick))
	if err != nil {
		return nil, err
	}
	b.record.drop(step, subject(c), reason)
	if err := b.record.write(b.gitDir); err != nil {
		return nil, err
	}
	next, used, err := b.runRebase(ctx, b.command("rebase", "--skip"), at)
	if err != nil {
		return r.refusedByGit(ctx, b, err)
	}
	return r.goOn(ctx, b, next, used)
}
