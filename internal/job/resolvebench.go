package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/rebase"
	"mgit/internal/resolution"
)

// A bench is the private worktree in which a person resolves a parked branch,
// with an ordinary `git rebase` in progress:
//
//	onto ── clean ── P          P: refs/mgit/parked/<new name>
//	                  ·
//	                  ·  pick what waits
//	                  ·
//	base ── a ── b ── c ── S    S: the sentinel, with the tree of P
//	                  │
//	                  the old branch
//
// The rebase goes from S onto P. The two have the same tree, so that beginning
// touches no file, and they tell the ends apart: HEAD is S again when somebody
// gave up, and P or above when the rebase has come through, also when every
// commit was left out.
//
// S stands above the old branch, which keeps the commits that wait. What else
// the rebase needs is kept by refs/mgit/resolving/<new name>.
type bench struct {
	site   *Site
	path   string
	gitDir string
	record *benchRecord
}

func holdRef(newName string) string { return holdPrefix + newName }

const holdPrefix = "refs/mgit/resolving/"

func (s *Site) benchPath(newName string) string {
	return filepath.Join(s.Repo.StateDir(), "worktrees", filepath.FromSlash(newName))
}

// resolving returns the worktree in which a branch is being resolved in this
// clone. It reads two small files and starts no git.
func (s *Site) resolving(newName string) (path string, ok bool) {
	path = s.benchPath(newName)
	link, err := os.ReadFile(filepath.Join(path, ".git"))
	if err != nil {
		return "", false
	}
	gitDir := strings.TrimSpace(strings.TrimPrefix(string(link), "gitdir: "))
	if !filepath.IsAbs(gitDir) {
		gitDir = filepath.Join(path, gitDir)
	}
	_, err = os.Stat(filepath.Join(gitDir, recordFile))
	return path, err == nil
}

// benches lists the worktrees in which branches are being resolved, those
// that somebody deleted included, in the order of their new names. What a
// killed resolve or a `git worktree prune` left is not among them.
func (s *Site) benches(ctx context.Context) ([]*bench, error) {
	all, err := s.Repo.Worktrees(ctx)
	if err != nil {
		return nil, err
	}
	found := make(map[string]*bench)
	for _, w := range all {
		record, err := readBenchRecord(w.GitDir)
		if err != nil {
			return nil, err
		}
		if record != nil {
			found[record.NewName] = &bench{site: s, path: w.Path, gitDir: w.GitDir, record: record}
		}
	}
	var benches []*bench
	for _, name := range sortedNames(found) {
		benches = append(benches, found[name])
	}
	return benches, nil
}

// benches lists the worktrees and removes what those have left that are gone
// without a trace: deleted and pruned by hand, or never made by a resolve that
// was killed.
func (r *resolver) benches(ctx context.Context) ([]*bench, error) {
	all, err := r.site.benches(ctx)
	if err != nil || r.dryRun {
		return all, err
	}
	refs, err := r.site.Repo.Refs(ctx, holdPrefix)
	if err != nil {
		return nil, err
	}
	var stale []git.RefUpdate
	for _, ref := range refs {
		used := slices.ContainsFunc(all, func(b *bench) bool { return holdRef(b.record.NewName) == ref.Name })
		if !used {
			stale = append(stale, git.RefUpdate{Name: ref.Name, Old: ref.ID})
		}
	}
	return all, r.site.Repo.UpdateRefs(ctx, stale, "mgit: its worktree is gone")
}

// benchOf returns the worktree of one branch, nil when there is none.
func (r *resolver) benchOf(ctx context.Context, newName string) (*bench, error) {
	all, err := r.benches(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		if b.record.NewName == newName {
			return b, nil
		}
	}
	return nil, nil
}

// open makes the worktree of a branch that was replayed up to a conflict and
// starts the rebase of what waits. It returns the resolutions that this used.
func (r *resolver) open(ctx context.Context, run *RebaseReport) (*bench, *benchState, []string, error) {
	b := &bench{site: r.site, path: r.site.benchPath(run.Branches[0].NewName)}
	if err := b.sweep(ctx, run.Branches[0].NewName); err != nil {
		return nil, nil, nil, err
	}
	hold, err := b.prepare(ctx, run)
	b.record.NoResolutions = r.noResolutions
	if err == nil {
		err = b.write(ctx, run.scratch, hold)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("prepare a worktree for %s: %w", b.record.NewName, err)
	}
	at, used, err := b.start(ctx)
	if err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("begin to resolve %s: %w", b.record.NewName, err), b.remove(context.WithoutCancel(ctx)))
	}
	return b, at, used, nil
}

// sweep removes what a resolve that was killed may have left of a worktree.
func (b *bench) sweep(ctx context.Context, newName string) error {
	if _, err := os.Lstat(b.path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if _, used := b.site.resolving(newName); used {
		return fmt.Errorf("%s is in use", b.path)
	}
	// It has no record, so no rebase was begun in it.
	if err := os.RemoveAll(b.path); err != nil {
		return err
	}
	return b.site.Repo.Cmd("worktree", "prune").Dir(b.site.Repo.CommonDir()).Run(ctx)
}

// prepare fills the record and makes the objects that the rebase needs, in
// memory. It returns the commit that keeps them.
func (b *bench) prepare(ctx context.Context, run *RebaseReport) (hold git.ID, err error) {
	from, result, repo := run.Branches[0], run.results[0], b.site.Repo
	b.record = &benchRecord{
		Branch: from.Name, NewName: from.NewName, Series: run.plan.To.String(),
		Base: nameOf(from.Base), Onto: run.Onto.Tag, OntoCommit: hexID(run.Onto.Commit), OldTip: hexID(from.OldTip),
		NewBase: hexID(run.plan.branches[0].newRef.Peeled), Parked: hexID(result.Tip),
		Commits: recordAccount{from.Commits.In, from.Commits.Kept, from.Commits.Landed, from.Commits.Emptied, from.Commits.Replaced},
		Merges:  recordMerges(from.Merges),
	}
	if from.Release != nil {
		b.record.Release = from.Release.Name
	}
	who, err := repo.Ident(ctx)
	if err != nil {
		return git.ZeroID, err
	}
	tip, err := run.scratch.Commit(ctx, result.Tip)
	if err != nil {
		return git.ZeroID, err
	}
	sentinel := run.scratch.PutCommit(&git.Commit{
		Tree: tip.Tree, Parents: []git.ID{git.ID(from.OldTip)}, Author: who, Committer: who,
		Message: "mgit: resolving " + from.NewName + "\n",
	})
	b.record.Sentinel = hexID(sentinel)
	held := []git.ID{sentinel, result.Tip}
	for _, s := range result.Steps {
		if s.Fate != rebase.Waiting {
			continue
		}
		pick := s.Old
		if s.ByHand || s.Relocation != nil {
			pick = standIn(run.scratch, s, who)
			held = append(held, pick)
		} else if run.scratch.IsNew(pick) {
			held = append(held, pick) // made of several commits
		}
		step := recordStep{Commit: hexID(s.Old), Pick: hexID(pick), ByHand: s.ByHand}
		if s.Relocation != nil {
			step.Places = recordPlaces(s.Relocation.Unplaced)
			wrong, err := s.Misplaced(ctx, run.scratch)
			if err != nil {
				return git.ZeroID, err
			}
			if len(b.record.Steps) == 0 && len(wrong) == 0 {
				wrong = result.Conflicts
			}
			step.Places = append(step.Places, recordMisplaced(wrong)...)
		}
		b.record.Steps = append(b.record.Steps, step)
	}
	return run.scratch.PutCommit(&git.Commit{
		Tree: git.EmptyTree, Parents: held, Author: who, Committer: who, Message: "mgit: kept for resolving " + from.NewName + "\n",
	}), nil
}

// write puts the commit hold and all that it keeps into the repository.
func (b *bench) write(ctx context.Context, scratch *git.Scratch, hold git.ID) error {
	pack, err := scratch.WritePack(ctx, []git.ID{hold})
	if err != nil {
		return err
	}
	if pack.Objects > 0 {
		if err := b.site.Repo.InstallPack(pack); err != nil {
			return err
		}
	}
	return b.hold(ctx, hold)
}

// nameOf names a commit by its tag where it has one.
func nameOf(c Commit) string { return cmp.Or(c.Tag, c.Commit.String()) }

// standIn makes a commit whose difference to its parent is the step's. A merge has no
// parent of which that is true, and a commit that was moved to another layout has its
// trees in the old one.
func standIn(store *git.Scratch, s rebase.Step, now git.Signature) git.ID {
	c := s.Commit()
	what := "what " + s.Old.String() + " stands on, in the new layout"
	if s.ByHand {
		what = "merge " + s.Old.String() + " as git makes it"
	}
	base := store.PutCommit(&git.Commit{Tree: s.Base, Author: now, Committer: now, Message: "mgit: " + what + "\n"})
	return store.PutCommit(&git.Commit{
		Tree: s.Theirs, Parents: []git.ID{base}, Author: c.Author, AuthorLine: c.AuthorLine, Committer: now,
		Encoding: c.Encoding, Message: s.Message(),
	})
}

// hold lets the reference that keeps the worktree's objects name the commit;
// zero removes it.
func (b *bench) hold(ctx context.Context, commit git.ID) error {
	name := holdRef(b.record.NewName)
	refs, err := b.site.Repo.Refs(ctx, name)
	if err != nil {
		return err
	}
	var old git.ID
	for _, ref := range refs {
		if ref.Name == name {
			old = ref.ID
		}
	}
	if old == commit {
		return nil
	}
	return b.site.Repo.UpdateRefs(ctx, []git.RefUpdate{{Name: name, Old: old, New: commit}}, "mgit: resolve "+b.record.NewName)
}

// start makes the worktree and stops where git stops.
func (b *bench) start(ctx context.Context) (at *benchState, used []string, err error) {
	repo := b.site.Repo
	if b.site.Config.Resolutions.Use {
		set, err := b.site.readResolutions(ctx)
		if err != nil {
			return nil, nil, err
		}
		if _, err := resolution.Feed(repo, set); err != nil {
			return nil, nil, err
		}
	}
	if b.record.Cache, err = resolution.TakeSnapshot(repo); err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(filepath.Dir(b.path), 0o777); err != nil {
		return nil, nil, err
	}
	sentinel := git.ID(b.record.Sentinel).String()
	// Forced twice, since a killed `git worktree add` leaves its place locked.
	if err := b.command("worktree", "add", "--force", "--force", "--quiet", "--detach", "--", b.path, sentinel).Dir(repo.CommonDir()).Run(ctx); err != nil {
		return nil, nil, err
	}
	out, err := repo.Cmd("rev-parse", "--path-format=absolute", "--git-dir").Dir(b.path).Output(ctx)
	if err != nil {
		return nil, nil, err
	}
	b.gitDir = filepath.FromSlash(strings.TrimSuffix(string(out), "\n"))
	if err := b.record.write(b.gitDir); err != nil {
		return nil, nil, err
	}
	return b.startRebase(ctx)
}

func (b *bench) startRebase(ctx context.Context) (*benchState, []string, error) {
	var todo strings.Builder
	for _, s := range b.record.Steps {
		word := "pick"
		if len(s.Places) > 0 {
			word = "edit" // a person says where its paths belong
		}
		fmt.Fprintf(&todo, "%s %s\n", word, git.ID(s.Pick))
	}
	list := filepath.Join(b.gitDir, "mgit-todo")
	if err := os.WriteFile(list, []byte(todo.String()), 0o644); err != nil {
		return nil, nil, err
	}
	cmd := b.command("rebase", "--interactive", "--onto", git.ID(b.record.Parked).String(), "--empty=drop", "--keep-empty",
		"--no-autosquash", "--no-autostash", "--no-fork-point", "--no-rebase-merges", "--no-update-refs", "--no-verify",
		"--no-stat", "--rerere-autoupdate", git.ID(b.record.Sentinel).String())
	// Git hands the value and the file to edit to a shell.
	before := &benchState{standing: StandingGivenUp, head: git.ID(b.record.Sentinel)}
	return b.runRebase(ctx, cmd.Env("GIT_SEQUENCE_EDITOR=cp "+shellQuote(list)), before)
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// command prepares git for the worktree: without hooks, and with the settings
// that would change what a rebase means.
func (b *bench) command(args ...string) *git.Cmd {
	settings := []string{
		"core.hooksPath=" + os.DevNull,
		"merge.directoryRenames=false", "merge.renames=true",
		// Git cannot record resolutions without using them; see recordAnew.
		fmt.Sprintf("rerere.enabled=%t", b.site.Config.Resolutions.Use && !b.record.NoResolutions), "rerere.autoUpdate=true",
		"rebase.autoStash=false", "rebase.autoSquash=false", "rebase.backend=merge", "rebase.forkPoint=false",
		"rebase.missingCommitsCheck=ignore", "rebase.rebaseMerges=false", "rebase.updateRefs=false",
		// Messages are kept byte for byte; git adds nothing that it would have to
		// take out again.
		"commit.cleanup=verbatim", "commit.status=false", "commit.verbose=false",
		"submodule.recurse=false",
	}
	var all []string
	for _, s := range settings {
		all = append(all, "-c", s)
	}
	return b.site.Repo.Cmd(append(all, args...)...).Dir(b.path)
}

// remove takes the worktree away with all that is in it. It comes last in an
// operation: it may be the directory in which mgit was started.
func (b *bench) remove(ctx context.Context) error {
	if err := b.hold(ctx, git.ZeroID); err != nil {
		return fmt.Errorf("remove the worktree of %s: %w", b.record.NewName, err)
	}
	repo := b.site.Repo
	if b.gitDir != "" {
		err := repo.Cmd("worktree", "remove", "--force", "--force", "--", b.path).Dir(repo.CommonDir()).Run(ctx)
		if err != nil {
			return fmt.Errorf("remove the worktree of %s: %w", b.record.NewName, err)
		}
	}
	b.site.removeEmptyFolders(filepath.Dir(b.path))
	return nil
}

// removeEmptyFolders removes a folder of the state directory, and those above it,
// as far as they are empty.
func (s *Site) removeEmptyFolders(dir string) {
	state := s.Repo.StateDir()
	for ; dir != state && strings.HasPrefix(dir, state); dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil {
			break
		}
	}
}
