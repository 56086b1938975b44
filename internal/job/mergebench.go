package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/resolution"
)

// A mergeBench is the private worktree in which a person resolves a merge that was
// left out of a target, with an ordinary `git merge` in progress:
//
//	target ── M       M: what the person makes of it
//	         /
//	     tip          of the branch, or of upstream
//
// How far the work is, is read from the worktree itself: anybody may go on there
// with git.
type mergeBench struct {
	site   *Site
	path   string
	gitDir string
	record *mergeRecord
}

// mergeRecordFile stands in the git directory of such a worktree.
const mergeRecordFile = "mgit-merge.toml"

// mergeRecord says what the worktree is for.
type mergeRecord struct {
	Format   int    `toml:"format"`
	Target   string `toml:"target"`
	Name     string `toml:"name"` // of the branch, or of the tag of upstream
	Upstream bool   `toml:"upstream,omitempty"`
	Start    hexID  `toml:"start"` // the target as it was
	Tip      hexID  `toml:"tip"`   // what is merged
	// NoResolutions says that recorded resolutions are not used here.
	NoResolutions bool `toml:"no_resolutions,omitempty"`

	Cache resolution.Snapshot `toml:"cache,omitempty"` // of rr-cache, from before
}

func readMergeRecord(gitDir string) (*mergeRecord, error) {
	if gitDir == "" {
		return nil, nil
	}
	name := filepath.Join(gitDir, mergeRecordFile)
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what a worktree is for: %w", err)
	}
	var r mergeRecord
	if _, err := toml.Decode(string(data), &r); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if r.Format > recordFormat {
		return nil, fmt.Errorf("read %s: format %d was written by a newer mgit", name, r.Format)
	}
	return &r, nil
}

func (r *mergeRecord) write(gitDir string) error {
	r.Format = recordFormat
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(r); err != nil {
		return fmt.Errorf("write what a worktree is for: %w", err)
	}
	return os.WriteFile(filepath.Join(gitDir, mergeRecordFile), text.Bytes(), 0o644)
}

// mergeBenches lists the worktrees in which merges are being resolved, by target.
func (s *Site) mergeBenches(ctx context.Context) ([]*mergeBench, error) {
	all, err := s.Repo.Worktrees(ctx)
	if err != nil {
		return nil, err
	}
	var found []*mergeBench
	for _, w := range all {
		record, err := readMergeRecord(w.GitDir)
		if err != nil {
			return nil, err
		}
		if record != nil {
			found = append(found, &mergeBench{site: s, path: w.Path, gitDir: w.GitDir, record: record})
		}
	}
	slices.SortFunc(found, func(a, b *mergeBench) int { return strings.Compare(a.record.Target, b.record.Target) })
	return found, nil
}

// open makes the worktree on the target and begins the merge, with what was resolved
// before.
func (b *mergeBench) open(ctx context.Context) error {
	repo := b.site.Repo
	if _, err := os.Lstat(b.path); err == nil {
		// It has no record, so no merge was begun in it.
		if err := os.RemoveAll(b.path); err != nil {
			return err
		}
		if err := repo.Cmd("worktree", "prune").Dir(repo.CommonDir()).Run(ctx); err != nil {
			return err
		}
	}
	if err := b.feed(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(b.path), 0o777); err != nil {
		return err
	}
	start := git.ID(b.record.Start).String()
	// Forced twice, since a killed `git worktree add` leaves its place locked.
	if err := b.command("worktree", "add", "--force", "--force", "--quiet", "--detach", "--", b.path, start).Dir(repo.CommonDir()).Run(ctx); err != nil {
		return err
	}
	out, err := repo.Cmd("rev-parse", "--path-format=absolute", "--git-dir").Dir(b.path).Output(ctx)
	if err != nil {
		return err
	}
	b.gitDir = filepath.FromSlash(strings.TrimSuffix(string(out), "\n"))
	if err := b.record.write(b.gitDir); err != nil {
		return err
	}
	err = b.command("merge", "--no-ff", "--no-commit", "--no-verify", "--no-stat", "--no-edit", "--no-autostash", "--rerere-autoupdate",
		"-m", b.subject(), git.ID(b.record.Tip).String()).Run(ctx)
	var exit *git.ExitError
	if errors.As(err, &exit) && exit.Code == 1 {
		return nil // a conflict, which is what it is for
	}
	return err
}

// feed gives git's rerere what the team has recorded.
func (b *mergeBench) feed(ctx context.Context) error {
	if b.site.Config.Resolutions.Use {
		set, err := b.site.readResolutions(ctx)
		if err != nil {
			return err
		}
		if _, err := resolution.Feed(b.site.Repo, set); err != nil {
			return err
		}
	}
	var err error
	b.record.Cache, err = resolution.TakeSnapshot(b.site.Repo)
	return err
}

func (b *mergeBench) subject() string {
	what := "branch"
	if b.record.Upstream {
		what = "tag"
		if _, err := moodle.ParseTag(b.record.Name); err != nil {
			what = "commit"
		}
	}
	return fmt.Sprintf("Merge %s '%s' into %s", what, b.record.Name, b.record.Target)
}

// command prepares git for the worktree: without hooks, and merging as mgit does.
func (b *mergeBench) command(args ...string) *git.Cmd {
	settings := []string{
		"-c", "core.hooksPath=" + os.DevNull, "-c", "merge.directoryRenames=false", "-c", "merge.renames=true", "-c", "merge.ff=false",
		"-c", fmt.Sprintf("rerere.enabled=%t", b.site.Config.Resolutions.Use && !b.record.NoResolutions), "-c", "rerere.autoUpdate=true",
		"-c", "submodule.recurse=false",
	}
	return b.site.Repo.Cmd(append(settings, args...)...).Dir(b.path)
}

// look reads where the worktree stands.
func (b *mergeBench) look(ctx context.Context) (*benchState, error) {
	at := &benchState{}
	if _, err := os.Stat(filepath.Join(b.path, ".git")); errors.Is(err, os.ErrNotExist) {
		at.standing = StandingDeleted
		return at, nil
	}
	err := at.readStatus(ctx, b.command, git.ID(b.record.Tip))
	if err == nil && at.standing == "" {
		err = b.readMerge(ctx, at)
	}
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", b.path, err)
	}
	return at, nil
}

// readMerge tells what became of the merge.
func (b *mergeBench) readMerge(ctx context.Context, at *benchState) error {
	start, tip := git.ID(b.record.Start), git.ID(b.record.Tip)
	merging, err := os.ReadFile(filepath.Join(b.gitDir, "MERGE_HEAD"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	isMerging := strings.TrimSpace(string(merging)) == tip.String()
	c, err := b.site.Repo.Store().Commit(ctx, at.head)
	if err != nil {
		return err
	}
	switch {
	case at.head == start && isMerging:
		at.standing = StandingStopped
	case at.head == start && len(merging) == 0 && len(at.conflicts)+len(at.uncommitted) == 0:
		at.standing = StandingGivenUp
	case slices.Equal(c.Parents, []git.ID{start, tip}):
		at.standing = StandingFinished
	default:
		at.standing, at.reason = StandingAstray, fmt.Sprintf("its HEAD is %s, which is not the merge of %s into %s", at.head, b.record.Name, b.record.Target)
	}
	return nil
}

// remove takes the worktree away. It comes last: it may be where mgit was started.
func (b *mergeBench) remove(ctx context.Context) error {
	repo := b.site.Repo
	if err := repo.Cmd("worktree", "remove", "--force", "--force", "--", b.path).Dir(repo.CommonDir()).Run(ctx); err != nil {
		return fmt.Errorf("remove the worktree of %s: %w", b.record.Target, err)
	}
	b.site.removeEmptyFolders(filepath.Dir(b.path))
	return nil
}
