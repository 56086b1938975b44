package job

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

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
		if !r.dryRun {
			if err := benches[0].remove(ctx); err != nil {
				return nil, nil, err
			}
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
	if r.dryRun {
		report, err := r.foreseeSkip(ctx, found, request.Reason)
		return nil, report, err
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
	if at.standing != StandingStopped || !ok || !at.pending && !at.placing && len(at.conflicts) == 0 {
		report := b.report(at)
		if report.Reason == "" {
			report.Reason = "no commit waits there to be left out"
		}
		return report, nil
	}
	c, err := r.site.Repo.Store().Commit(ctx, git.ID(step.Pick))
	if err != nil {
		return nil, err
	}
	b.record.drop(step, subject(c), reason)
	if r.dryRun {
		return r.foresee(ctx, b, at, true)
	}
	if at.placing && !at.pending {
		ok, err := b.takeBack(ctx, at)
		if err != nil {
			return nil, err
		}
		if !ok {
			report := b.report(at)
			report.Reason = "there are commits on top of the one to be left out: git reset --hard takes them back, in that folder"
			return report, b.addStop(ctx, report, at)
		}
	}
	if err := b.record.write(b.gitDir); err != nil {
		return nil, err
	}
	next, used, err := b.runRebase(ctx, b.command("rebase", "--skip"), at)
	if err != nil {
		return r.refusedByGit(ctx, b, err)
	}
	return r.goOn(ctx, b, next, settled{used: used})
}

// takeBack removes the commit that git has made of a pick and that waits for a person to
// place its paths. It is not ok when the person has made commits on top of it.
func (b *bench) takeBack(ctx context.Context, at *benchState) (ok bool, err error) {
	noted, err := os.ReadFile(filepath.Join(b.gitDir, "rebase-merge", "amend"))
	if err != nil || strings.TrimSpace(string(noted)) != at.head.String() {
		return false, err
	}
	return true, b.command("reset", "--quiet", "--hard", "HEAD^").Run(ctx)
}
