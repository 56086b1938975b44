package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"mgit/internal/git"
)

// halfway is a worktree in which a fast-forward was killed: its files are
// those of the old commit or of the new one, its index is that of one of them,
// its branch has not moved.
type halfway struct {
	lock   *Lock
	path   string
	gitDir string
	move   Move
}

// completeWorktrees finishes the fast-forwards that were killed midway, and
// returns the lock files that it removed for that. A worktree in which anything
// else is changed is left as it is; moving its branch will be refused.
func (l *Lock) completeWorktrees(ctx context.Context, run *Run) ([]string, error) {
	var removed []string
	for _, m := range run.Moves {
		if m.Worktree == "" || m.IsVerify() || m.New == git.ZeroID {
			continue
		}
		h, err := l.findHalfway(ctx, m)
		if err != nil {
			return removed, err
		}
		if h == nil {
			continue
		}
		locks, err := h.complete(ctx, run)
		removed = append(removed, locks...)
		if err != nil {
			return removed, fmt.Errorf("finish the fast-forward of %s: %w", h.path, err)
		}
	}
	return removed, nil
}

// findHalfway returns nil where no fast-forward stands midway.
func (l *Lock) findHalfway(ctx context.Context, m Move) (*halfway, error) {
	now, err := readValues(ctx, l.repo, m.Ref)
	if err != nil || now[m.Ref] != m.Old {
		return nil, err
	}
	all, err := l.repo.Worktrees(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		if w.Bare || w.Branch != m.Ref || len(w.Unfinished) > 0 || w.GitDir == "" {
			continue
		}
		clean, err := l.repo.WorktreeClean(ctx, w.Path)
		if err != nil || clean {
			return nil, nil //nolint:nilerr // a worktree that cannot be read is for move to refuse
		}
		h := &halfway{lock: l, path: w.Path, gitDir: w.GitDir, move: m}
		ours, err := h.isOurs(ctx)
		if err != nil || !ours {
			return nil, err
		}
		return h, nil
	}
	return nil, nil
}

// isOurs reports whether everything in the worktree is either of the two commits',
// so that nothing is lost by going on to the new one.
func (h *halfway) isOurs(ctx context.Context) (bool, error) {
	atOld, err := h.indexIs(ctx, h.move.Old)
	if err != nil {
		return false, err
	}
	atNew, err := h.indexIs(ctx, h.move.New)
	if err != nil || !atOld && !atNew {
		return false, err
	}
	changes, err := h.changes(ctx)
	if err != nil {
		return false, err
	}
	out, err := h.git("diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--name-only", "-z").Output(ctx)
	if err != nil {
		return false, err
	}
	for path := range strings.SplitSeq(string(out), "\x00") {
		if _, ok := changes[path]; !ok && path != "" {
			return false, nil
		}
	}
	stored, err := h.hashes(ctx, changes)
	if err != nil {
		return false, err
	}
	for path, c := range changes {
		if id, ok := stored[path]; ok && (id == c.old || id == c.new) {
			continue
		}
		ok, err := h.isOnItsWay(ctx, path, c)
		if err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// git prepares a command in the worktree that runs no hooks.
func (h *halfway) git(args ...string) *git.Cmd {
	return h.lock.repo.Cmd(append([]string{"-c", "core.hooksPath=" + os.DevNull, "-c", "submodule.recurse=false"}, args...)...).Dir(h.path)
}

func (h *halfway) indexIs(ctx context.Context, commit git.ID) (bool, error) {
	out, err := h.git("diff-index", "--cached", "--no-renames", "--name-only", "-z", commit.String()).Output(ctx)
	return len(out) == 0, err
}

// Modes of `git diff-tree --raw`.
const (
	modeLink      = "120000"
	modeSubmodule = "160000"
)

// change is what the fast-forward does to one path. A side without the path is
// zero.
type change struct {
	oldMode, newMode string
	old, new         git.ID
}

// changes reads `git diff-tree --raw -z`:
//
//	:<old mode> <new mode> <old id> <new id> <status> NUL <path> NUL
func (h *halfway) changes(ctx context.Context) (map[string]change, error) {
	out, err := h.git("diff-tree", "-r", "--raw", "--no-abbrev", "--no-renames", "-z",
		h.move.Old.String(), h.move.New.String()).Output(ctx)
	if err != nil {
		return nil, err
	}
	all := make(map[string]change)
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		words := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		if len(words) != 5 {
			return nil, fmt.Errorf("git diff-tree answered %q", fields[i])
		}
		c := change{oldMode: words[0], newMode: words[1]}
		if c.old, err = git.ParseID(words[2]); err != nil {
			return nil, err
		}
		if c.new, err = git.ParseID(words[3]); err != nil {
			return nil, err
		}
		all[fields[i+1]] = c
	}
	return all, nil
}

// hashes returns what the regular files among the changes would be if Git stored
// them: line endings and filters count. Names that cannot be written on a line
// are left out.
func (h *halfway) hashes(ctx context.Context, changes map[string]change) (map[string]git.ID, error) {
	var paths []string
	for path := range changes {
		info, err := os.Lstat(h.file(path))
		if err == nil && info.Mode().IsRegular() && !strings.ContainsAny(path, "\n\"") {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return nil, nil
	}
	out, err := h.git("hash-object", "--stdin-paths").Stdin([]byte(strings.Join(paths, "\n") + "\n")).Output(ctx)
	if err != nil {
		return nil, err
	}
	lines := strings.Fields(string(out))
	if len(lines) != len(paths) {
		return nil, fmt.Errorf("git hash-object answered %d of %d", len(lines), len(paths))
	}
	ids := make(map[string]git.ID, len(paths))
	for i, path := range paths {
		if ids[path], err = git.ParseID(lines[i]); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (h *halfway) file(path string) string { return filepath.Join(h.path, filepath.FromSlash(path)) }

// isOnItsWay reports whether the file is missing, holds a part of the new one,
// byte for byte, or is a link to where the old or the new one leads.
func (h *halfway) isOnItsWay(ctx context.Context, path string, c change) (bool, error) {
	info, err := os.Lstat(h.file(path))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	isLink := info.Mode()&fs.ModeSymlink != 0
	if !isLink && !info.Mode().IsRegular() {
		return false, nil
	}
	var data []byte
	if isLink {
		var target string
		target, err = os.Readlink(h.file(path))
		data = []byte(target)
	} else {
		data, err = os.ReadFile(h.file(path))
	}
	if err != nil {
		return false, err
	}
	if isLink && c.oldMode == modeLink {
		if old, err := h.lock.repo.Store().Blob(ctx, c.old); err != nil || bytes.Equal(old, data) {
			return err == nil, err
		}
	}
	if c.new == git.ZeroID || c.newMode == modeSubmodule || isLink != (c.newMode == modeLink) {
		return false, nil
	}
	next, err := h.lock.repo.Store().Blob(ctx, c.new)
	return err == nil && bytes.HasPrefix(next, data), err
}

// complete brings files, index and branch to the new commit, in this order: a
// kill in between leaves a worktree that isOurs again.
func (h *halfway) complete(ctx context.Context, run *Run) ([]string, error) {
	in := func(name string) string { return filepath.Join(h.gitDir, name) }
	removed, err := h.lock.removeLeft(ctx, run, []staleLock{
		{path: in("index.lock"), any: true},
		{path: in("HEAD.lock")},
		{path: in("ORIG_HEAD.lock"), want: h.move.Old},
	})
	if err != nil {
		return removed, err
	}
	if stat(in("index.lock")) != nil {
		return removed, nil // somebody is at work there
	}
	if err := h.git("read-tree", "--reset", "-u", h.move.New.String()).Run(ctx); err != nil {
		return removed, err
	}
	return removed, h.git("update-ref", "-m", reflogMessage(run), h.move.Ref, h.move.New.String(), h.move.Old.String()).Run(ctx)
}
