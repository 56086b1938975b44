package job

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/journal"
	"mgit/internal/resolution"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// continueMerges goes on with merges into targets. An error with one of them does
// not stop the others.
func (r *resolver) continueMerges(ctx context.Context, benches []*mergeBench) ([]ResolvedTarget, error) {
	done := []ResolvedTarget{}
	var faults []error
	for _, b := range benches {
		report, err := r.continueMerge(ctx, b)
		if report != nil {
			done = append(done, *report)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("continue %s: %w", b.record.Target, err))
		}
	}
	return done, errors.Join(faults...)
}

// continueMerge commits the merge when it is resolved, whoever resolved it, and moves
// the target.
func (r *resolver) continueMerge(ctx context.Context, b *mergeBench) (*ResolvedTarget, error) {
	at, err := b.look(ctx)
	if err != nil {
		return nil, err
	}
	report := b.report(at)
	switch at.standing {
	case StandingGivenUp, StandingDeleted:
		report.Outcome, report.Reason = "", "it was given up there; the target stays without it"
		return report, r.leaveMerge(ctx, b, report)
	case StandingAstray:
		return report, nil
	}
	if at.standing == StandingStopped {
		report.Uncommitted = append(report.Uncommitted, at.unstaged...)
	}
	if len(at.conflicts)+len(report.Uncommitted) > 0 {
		return report, nil
	}
	scratch, err := r.site.Repo.NewScratch(ctx)
	if err != nil {
		return nil, err
	}
	defer scratch.Close()
	made, err := b.merged(ctx, at, scratch)
	if err != nil {
		return nil, err
	}
	if report.Markers, err = b.markers(ctx, made, scratch.Store); err != nil || len(report.Markers) > 0 {
		return report, err
	}
	if now := r.site.refs.commit("refs/heads/" + b.record.Target); now != git.ID(b.record.Start) {
		report.Standing, report.Reason = StandingAstray, "the target has moved on meanwhile; give it up with mgit abort and begin anew"
		return report, nil
	}
	if err := r.site.mayMove(ctx, "refs/heads/"+b.record.Target, r.updateWorktrees); err != nil {
		return report, err
	}
	if r.dryRun {
		report.Outcome = upgrade.OutcomeResolved
		return report, nil
	}
	if at.standing == StandingStopped {
		// What was resolved is recorded before the merge is committed, as git commit
		// does; not earlier, since a file with markers in it is no resolution.
		if err := b.command("rerere").Run(ctx); err != nil {
			return report, err
		}
	}
	if err := r.applyMerge(ctx, b, report, at, made, scratch); err != nil {
		return report, err
	}
	return report, r.leaveMerge(ctx, b, report)
}

// leaveMerge removes the worktree.
func (r *resolver) leaveMerge(ctx context.Context, b *mergeBench, report *ResolvedTarget) error {
	if r.dryRun {
		return nil
	}
	if err := b.remove(ctx); err != nil {
		return err
	}
	report.Worktree, report.Removed = "", b.path
	return nil
}

// merged is the tree that the person made: of the commit, or of the index. Files that
// are changed and not added count as not committed. New trees go into the scratch,
// and git gets a copy of the index, so that a dry run leaves nothing behind.
func (b *mergeBench) merged(ctx context.Context, at *benchState, scratch *git.Scratch) (git.ID, error) {
	if at.standing == StandingFinished {
		c, err := b.site.Repo.Store().Commit(ctx, at.head)
		if err != nil {
			return git.ZeroID, err
		}
		return c.Tree, nil
	}
	index, err := os.ReadFile(filepath.Join(b.gitDir, "index"))
	if err != nil {
		return git.ZeroID, fmt.Errorf("read what was added at %s: %w", b.path, err)
	}
	copied := filepath.Join(scratch.Dir(), "index")
	if err := os.WriteFile(copied, index, 0o600); err != nil {
		return git.ZeroID, err
	}
	out, err := b.command("write-tree").Env(scratch.Env()...).Env("GIT_INDEX_FILE=" + copied).Output(ctx)
	if err != nil {
		return git.ZeroID, err
	}
	return git.ParseID(strings.TrimSpace(string(out)))
}

// markers lists the files that hold conflict markers which neither side has.
func (b *mergeBench) markers(ctx context.Context, made git.ID, store *git.Store) ([]File, error) {
	start, err := store.Commit(ctx, git.ID(b.record.Start))
	if err != nil {
		return nil, err
	}
	marked := []File{}
	err = tree.Diff(ctx, store, start.Tree, made, func(c tree.Change) error {
		if c.To.Mode == 0 || !hasLines(c.To.Mode) {
			return nil
		}
		text, err := store.Blob(ctx, c.To.ID)
		if err != nil || len(countMarkers(text)) == 0 {
			return err
		}
		sides, err := b.site.sides(ctx, c.Path, git.ID(b.record.Start), git.ID(b.record.Tip))
		if err == nil && addsMarkers(text, sides...) {
			marked = append(marked, File{Path(c.Path)})
		}
		return err
	})
	return marked, err
}

// applyMerge commits the merge with the message that an assembly would give it,
// moves the target, and shares what was resolved.
func (r *resolver) applyMerge(ctx context.Context, b *mergeBench, report *ResolvedTarget, at *benchState, made git.ID, scratch *git.Scratch) error {
	plan := &AssemblePlan{site: r.site}
	var err error
	if plan.recipe, err = r.site.readRecipe(ctx, b.record.Target, ""); err != nil {
		return err
	}
	commit, err := b.mergeCommit(ctx, plan, at, made)
	if err != nil {
		return err
	}
	id := scratch.PutCommit(commit)
	if sign := r.site.signer(scratch); sign != nil {
		if id, err = sign(ctx, commit); err != nil {
			return err
		}
	}
	edit, err := plan.recipe.enterStates(&AssembleReport{Merged: []MergedStep{{Branch: b.record.Name, Outcome: upgrade.OutcomeResolved}}})
	if err != nil {
		return err
	}
	var files []fileEdit
	if report.Saved, files, err = b.newResolutions(ctx, made, scratch.Store); err != nil {
		return err
	}
	edit.Files = append(edit.Files, files...)
	payload, err := edit.encode()
	if err != nil {
		return err
	}
	move := journal.Move{
		Group: b.record.Target, Ref: "refs/heads/" + b.record.Target, Old: git.ID(b.record.Start), New: id,
		Worktree: r.site.checkedOut("refs/heads/" + b.record.Target),
	}
	done, err := journal.Apply(ctx, r.site.Repo, r.lock.Lock, scratch, journal.Draft{Command: r.command, Moves: []journal.Move{move}, Payload: payload}, shareIfMoved(r.site.Repo))
	if err == nil {
		err = stayed(done)
	}
	if err != nil {
		return err
	}
	report.Outcome, report.NewTip, report.Run, report.Standing = upgrade.OutcomeResolved, ID(id), done.Number, StandingFinished
	return nil
}

// newResolutions collects what was resolved in the worktree; see [bench.newResolutions].
func (b *mergeBench) newResolutions(ctx context.Context, made git.ID, store *git.Store) (names []string, edits []fileEdit, err error) {
	start, err := store.Commit(ctx, git.ID(b.record.Start))
	if err != nil {
		return nil, nil, err
	}
	written := make(map[git.ID][]string)
	err = tree.Diff(ctx, store, start.Tree, made, func(c tree.Change) error {
		if c.To.Mode != 0 {
			written[c.To.ID] = append(written[c.To.ID], c.Path)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return b.site.freshResolutions(ctx, b.record.Cache, written, resolution.Meta{Branch: b.record.Name, Onto: b.record.Target}, nil)
}

// abortMerges gives up the merges of targets, or of all; what was done in their
// worktrees goes. One that is finished, or that holds other commits, goes only when its
// target was named.
func (r *resolver) abortMerges(ctx context.Context, benches []*mergeBench, targets []string, all bool) ([]ResolvedTarget, error) {
	done := []ResolvedTarget{}
	for _, b := range benches {
		if !all && !slices.Contains(targets, b.record.Target) {
			continue
		}
		at, err := b.look(ctx)
		if err != nil {
			return done, err
		}
		report := b.report(at)
		if all && (at.standing == StandingFinished || at.standing == StandingAstray) {
			if at.standing == StandingFinished {
				report.Reason = "it is finished; mgit continue moves the target"
			}
			done = append(done, *report)
			continue
		}
		report.Outcome, report.Standing, report.Reason = "", StandingNone, "the target stays without it"
		report.Conflicts, report.Uncommitted = []ConflictIn{}, []File{}
		if err := r.leaveMerge(ctx, b, report); err != nil {
			return done, err
		}
		done = append(done, *report)
	}
	return done, nil
}
