package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// ContinueRequest names the branch to go on with; "" is every branch that is
// being resolved in this clone.
type ContinueRequest struct {
	Branch string
	Series moodle.Series
	// AllowMissing finishes a branch also when commits are missing that nobody
	// was asked about; they count as dropped.
	AllowMissing bool
	// UpdateWorktrees moves a target together with a clean worktree that has it
	// checked out.
	UpdateWorktrees bool
	// Note is said about what was resolved, to whoever meets the same conflict.
	Note string
}

// Continue goes on where people have resolved conflicts, whatever they did it
// with, and moves the branches that are finished. The worktree of a finished
// branch is removed, and so is one that was given up with git rebase --abort or
// deleted by hand: its branch is parked as before.
//
// A dry run says where the worktrees stand and replays what waits in memory. Errors are as those of [Resolve]. One of them
// does not stop the other branches, whose report comes with it.
func Continue(ctx context.Context, site *Site, request ContinueRequest, dryRun bool) (*ResolveReport, error) {
	command := strings.TrimSpace("continue " + request.Branch)
	lock, err := site.lockUnless(ctx, dryRun, command)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	r := &resolver{site: site, lock: lock, dryRun: dryRun, command: command, allowMissing: request.AllowMissing, note: request.Note, updateWorktrees: request.UpdateWorktrees}
	report := ofTarget(nil)
	// All worktrees are listed before one of them goes, which may be the folder that
	// this command was given in.
	merges, err := site.mergeBenches(ctx)
	if err != nil {
		return nil, err
	}
	if target, ok := site.targetNamed(ctx, request.Branch, request.Series); ok {
		merges = slices.DeleteFunc(merges, func(b *mergeBench) bool { return b.record.Target != target })
		report.Targets, err = r.continueMerges(ctx, merges)
		return report, err
	}
	benches, err := r.chosenBenches(ctx, request.Branch, request.Series)
	if err != nil {
		return nil, err
	}
	var faults []error
	if request.Branch == "" {
		if report.Targets, err = r.continueMerges(ctx, merges); err != nil {
			faults = append(faults, err)
		}
	}
	for _, b := range benches {
		branch, err := r.continueOne(ctx, b)
		if branch != nil {
			report.Branches = append(report.Branches, *branch)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("continue %s: %w", b.record.NewName, err))
		}
	}
	return report, errors.Join(faults...)
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
		at.placed = at.placing // who goes on has seen to it
		if r.dryRun {
			return r.tellStop(ctx, b, at)
		}
		return r.goOn(ctx, b, at, settled{})
	case StandingFinished:
		return r.finish(ctx, b, at, settled{})
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
	if len(at.conflicts) > 0 || at.placing && !at.placed {
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

// settled is what was decided without a person.
type settled struct {
	used    []string // recorded resolutions
	rebuild []string // generated files, with upstream's side
}

func (b *ResolvedBranch) add(s settled) {
	b.Resolutions = append(b.Resolutions, s.used...)
	b.Rebuild = append(b.Rebuild, s.rebuild...)
}

// goOn follows a rebase that has just run to where a person is needed, or to
// its end. A stop whose conflicts recorded resolutions have settled is no stop.
func (r *resolver) goOn(ctx context.Context, b *bench, at *benchState, done settled) (*ResolvedBranch, error) {
	for at.standing == StandingStopped {
		rebuild, err := b.takeGenerated(ctx, at)
		if err != nil {
			return nil, err
		}
		done.rebuild = append(done.rebuild, rebuild...)
		waits, err := r.mustWait(ctx, b, at)
		if err != nil {
			return nil, err
		}
		if waits != nil {
			waits.add(done)
			return waits, nil
		}
		next, more, err := b.runRebase(ctx, b.command("rebase", "--continue"), at)
		if err != nil {
			return r.refusedByGit(ctx, b, err)
		}
		at, done.used = next, append(done.used, more...)
	}
	if at.standing == StandingFinished {
		return r.finish(ctx, b, at, done)
	}
	return b.report(at), nil
}

// takeGenerated settles a stop whose only conflicts are in generated files, as
// the engine does: with upstream's side, to be built again.
func (b *bench) takeGenerated(ctx context.Context, at *benchState) (paths []string, err error) {
	for _, c := range at.conflicts {
		if !moodle.IsGenerated(string(c.Path)) || c.Kind != kindContents {
			return nil, nil
		}
		paths = append(paths, string(c.Path))
	}
	if len(paths) == 0 {
		return nil, nil
	}
	for _, args := range [][]string{{"checkout", "--quiet", "--ours", "--"}, {"add", "--"}} {
		if err := b.command(append(args, paths...)...).Env("GIT_LITERAL_PATHSPECS=1").Run(ctx); err != nil {
			return nil, err
		}
	}
	at.conflicts = nil
	return paths, nil
}

// runRebase runs a rebase command and looks where it came to. That git stops at
// another commit is no error; that nothing came of it is one. It returns the
// files for which git used a recorded resolution.
func (b *bench) runRebase(ctx context.Context, cmd *git.Cmd, before *benchState) (at *benchState, used []string, err error) {
	if b.recordsAnew() {
		if err := b.rerere(ctx); err != nil {
			return nil, nil, err
		}
	}
	out, err := cmd.Output(ctx)
	var exit *git.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, nil, err
	}
	at, lookErr := b.look(ctx)
	if lookErr == nil && b.recordsAnew() && len(at.conflicts) > 0 {
		lookErr = b.recordAnew(ctx, at)
	}
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
				used = append(used, "for "+ShowPath(path))
			}
		}
	}
	return used
}
