package job

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mgit/internal/git"
	"mgit/internal/resolution"
	"mgit/internal/tree"
	"mgit/internal/upgrade"
)

// A dry run must not go on with a rebase in somebody's worktree. What would
// become of the branch is computed in memory: the commit that waits as it is
// staged, and then one pick after the other.

// foresight is a rebase that goes on in memory.
type foresight struct {
	scratch  *git.Scratch
	replayer *resolution.Replayer // nil: resolutions are not used
	commits  []*git.Commit        // above the clean part
	on       *git.Commit          // where the next pick goes
	done     settled
}

// tellStop says what a continue would come to.
func (r *resolver) tellStop(ctx context.Context, b *bench, at *benchState) (*ResolvedBranch, error) {
	if waits, err := r.mustWait(ctx, b, at); waits != nil || err != nil {
		return waits, err
	}
	return r.foresee(ctx, b, at, false)
}

// foresee replays what waits in a worktree, with or without the commit at which
// it is stopped.
func (r *resolver) foresee(ctx context.Context, b *bench, at *benchState, isSkipping bool) (*ResolvedBranch, error) {
	scratch, err := b.site.Repo.NewScratch(ctx)
	if err != nil {
		return nil, err
	}
	defer scratch.Close()
	f := &foresight{scratch: scratch}
	if f.commits, err = b.commitsTo(ctx, scratch, at.head); err != nil {
		return nil, err
	}
	if f.on, err = scratch.Commit(ctx, at.head); err != nil {
		return nil, err
	}
	if at.placing && !at.pending {
		if err := b.placeStaged(ctx, f, at, isSkipping); err != nil {
			return nil, fmt.Errorf("read what is staged in %s: %w", b.path, err)
		}
	}
	if at.pending && !isSkipping {
		if err := b.addStaged(ctx, f, at); err != nil {
			return nil, fmt.Errorf("read what is staged in %s: %w", b.path, err)
		}
	}
	return r.replayRest(ctx, b, at, f)
}

// foreseeSkip tells what leaving out the first conflict of a branch would come
// to that nobody has begun to resolve.
func (r *resolver) foreseeSkip(ctx context.Context, found *parkedBranch, reason string) (*ResolvedBranch, error) {
	plan, err := r.plan(ctx, found, 0)
	if err != nil {
		return nil, err
	}
	run, err := plan.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	report := replayed(found, run, 0)
	if report.Outcome != upgrade.OutcomeConflict {
		return report, nil
	}
	b := &bench{site: r.site}
	if _, err := b.prepare(ctx, run); err != nil {
		return nil, err
	}
	f := &foresight{scratch: run.scratch}
	if f.on, err = run.scratch.Commit(ctx, git.ID(b.record.Parked)); err != nil {
		return nil, err
	}
	first := b.record.Steps[0]
	c, err := run.scratch.Commit(ctx, git.ID(first.Pick))
	if err != nil {
		return nil, err
	}
	b.record.drop(first, subject(c), reason)
	at := &benchState{standing: StandingNone, head: f.on.ID, stopped: git.ID(first.Pick)}
	return r.replayRest(ctx, b, at, f)
}

// addStaged adds the commit that waits, as the index has it. One that changes
// nothing git leaves out.
func (b *bench) addStaged(ctx context.Context, f *foresight, at *benchState) error {
	staged, err := b.stagedTree(ctx, f)
	if err != nil || staged == f.on.Tree {
		return err
	}
	pick, err := f.scratch.Commit(ctx, at.stopped)
	if err != nil {
		return err
	}
	return f.add(ctx, pick, staged)
}

// placeStaged makes the commit that waits for its paths to be placed again as the index
// has it, or takes it back.
func (b *bench) placeStaged(ctx context.Context, f *foresight, at *benchState, isSkipping bool) error {
	staged, err := b.stagedTree(ctx, f)
	n := len(f.commits)
	if err != nil || n == 0 || len(f.on.Parents) != 1 || staged == f.on.Tree && !isSkipping {
		return err
	}
	if f.on, err = f.scratch.Commit(ctx, f.on.Parents[0]); err != nil {
		return err
	}
	f.commits = f.commits[:n-1]
	if isSkipping {
		return nil
	}
	pick, err := f.scratch.Commit(ctx, at.stopped)
	if err != nil {
		return err
	}
	return f.add(ctx, pick, staged)
}

// stagedTree is the tree of the index.
func (b *bench) stagedTree(ctx context.Context, f *foresight) (git.ID, error) {
	// git write-tree may write into the index it reads.
	index, err := os.ReadFile(filepath.Join(b.gitDir, "index"))
	if err != nil {
		return git.ZeroID, err
	}
	copied := filepath.Join(f.scratch.Dir(), "index")
	if err := os.WriteFile(copied, index, 0o600); err != nil {
		return git.ZeroID, err
	}
	out, err := b.command("write-tree").Env(f.scratch.Env()...).Env("GIT_INDEX_FILE=" + copied).Output(ctx)
	if err != nil {
		return git.ZeroID, err
	}
	return git.ParseID(strings.TrimSpace(string(out)))
}

// add puts a commit on top, made of a pick.
func (f *foresight) add(ctx context.Context, pick *git.Commit, root git.ID) error {
	c := *pick
	c.Tree, c.Parents = root, []git.ID{f.on.ID}
	made, err := f.scratch.Commit(ctx, f.scratch.PutCommit(&c))
	if err != nil {
		return err
	}
	f.on, f.commits = made, append(f.commits, made)
	return nil
}

// replayRest replays the steps behind the one at which the branch is stopped.
func (r *resolver) replayRest(ctx context.Context, b *bench, at *benchState, f *foresight) (*ResolvedBranch, error) {
	if !b.record.NoResolutions {
		if err := f.useResolutions(ctx, r.site); err != nil {
			return nil, err
		}
	}
	report := b.report(at)
	report.Conflicts = []ConflictAt{}
	_, number, _ := b.record.step(at.stopped)
	for i := number; i < len(b.record.Steps); i++ {
		step := b.record.Steps[i]
		pick, err := f.scratch.Commit(ctx, git.ID(step.Pick))
		if err != nil {
			return nil, err
		}
		conflicts, err := f.replay(ctx, pick)
		if err != nil {
			return nil, fmt.Errorf("replay %s: %w", git.ID(step.Commit), err)
		}
		if len(conflicts)+len(step.Places) == 0 {
			continue
		}
		report.Conflicts = append(report.Conflicts, step.unplaced()...)
		for _, c := range conflicts {
			report.Conflicts = append(report.Conflicts, ConflictAt{Commit: ID(step.Commit), Path: Path(c.Path), Kind: c.Kind})
		}
		report.add(f.done)
		report.Reason = "it would go on and stop there"
		report.Stop = &Stop{Commit: ID(step.Commit), Subject: subject(pick), ByHand: step.ByHand, Number: i + 1, Of: len(b.record.Steps)}
		return report, nil
	}
	report.add(f.done)
	m, err := b.compare(ctx, f.scratch, f.commits, f.on.ID)
	if err != nil {
		return nil, err
	}
	_, err = r.judge(ctx, b, report, m)
	return report, err
}

func (f *foresight) useResolutions(ctx context.Context, site *Site) error {
	if !site.Config.Resolutions.Use {
		return nil
	}
	set, err := site.readResolutions(ctx)
	if err != nil {
		return err
	}
	place := func(ctx context.Context, root git.ID, path string, mode git.Mode, blob git.ID) (git.ID, error) {
		return tree.Set(ctx, f.scratch, root, path, tree.File{Mode: mode, ID: blob})
	}
	f.replayer = resolution.NewReplayer(site.Repo, f.scratch, set, place)
	return nil
}

// replay puts one pick on top; the conflicts are what is left for a person.
func (f *foresight) replay(ctx context.Context, pick *git.Commit) ([]git.Conflict, error) {
	base, err := baseOf(ctx, f.scratch, pick)
	if err != nil {
		return nil, err
	}
	answers, err := f.scratch.MergeTrees(ctx, f.on.Tree, []git.Merge{{Base: base, Ours: f.on.Tree, Theirs: pick.Tree}})
	if err != nil {
		return nil, err
	}
	m := answers[0]
	if m.Err != nil {
		return nil, m.Err
	}
	var known resolution.Answer
	if f.replayer != nil {
		if known, err = f.replayer.Replay(ctx, m); err != nil {
			return nil, err
		}
	}
	root := known.Tree
	switch {
	case known.OK:
		for _, use := range known.Used {
			f.done.used = append(f.done.used, use.Name+" for "+ShowPath(use.Path))
		}
	default:
		if root, err = mergedTree(ctx, f.scratch, m); err != nil {
			return nil, err
		}
		if root == git.ZeroID {
			return m.Conflicts, nil
		}
		for _, c := range m.Conflicts {
			f.done.rebuild = append(f.done.rebuild, c.Path)
		}
	}
	if root == f.on.Tree && base != pick.Tree {
		return nil, nil // nothing is left of it
	}
	return nil, f.add(ctx, pick, root)
}
