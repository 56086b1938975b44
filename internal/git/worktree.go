package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Worktree is a directory in which a branch of the repository is checked out.
type Worktree struct {
	Path   string
	Branch string // "refs/heads/…"; "" when detached or bare
	Head   ID     // zero when the branch has no commit yet
	GitDir string // "" when it cannot be found
	// Unfinished are the branches that a rebase or a bisection in progress
	// there will come back to. Git counts them as checked out.
	Unfinished                       []string
	Bare, Detached, Locked, Prunable bool
}

// Worktrees lists the main worktree, then the linked ones.
func (r *Repo) Worktrees(ctx context.Context) ([]Worktree, error) {
	if only, ok := r.onlyWorktree(); ok {
		return []Worktree{only}, nil
	}
	out, err := r.Cmd("worktree", "list", "--porcelain", "-z").Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("list worktrees: %w", err)
	}
	gitDirs := r.linkedGitDirs()
	var all []Worktree
	for block := range strings.SplitSeq(string(out), "\x00\x00") {
		if block == "" {
			continue
		}
		w, err := parseWorktree(block)
		if err != nil {
			return nil, fmt.Errorf("list worktrees: %w", err)
		}
		if len(all) == 0 {
			w.GitDir = r.common
		} else {
			w.GitDir = gitDirs[filepath.Clean(w.Path)]
		}
		w.Unfinished = unfinished(w.GitDir)
		all = append(all, w)
	}
	return all, nil
}

// onlyWorktree reads the main worktree from the files of the repository, where there are
// no linked ones and nothing is out of the ordinary: the common case, for which no git has
// to be started. It is false where git has to be asked.
func (r *Repo) onlyWorktree() (Worktree, bool) {
	if r.bare || r.gitDir != r.common || r.worktree == "" || r.common != filepath.Join(r.worktree, ".git") {
		return Worktree{}, false
	}
	if _, err := os.Lstat(filepath.Join(r.common, "worktrees")); !errors.Is(err, fs.ErrNotExist) {
		return Worktree{}, false
	}
	w := Worktree{Path: r.worktree, GitDir: r.common, Unfinished: unfinished(r.common)}
	head, ok := readRefFile(filepath.Join(r.common, "HEAD"))
	if !ok {
		return Worktree{}, false
	}
	branch, named := strings.CutPrefix(head, "ref: ")
	if named {
		if CheckName(branch) != nil || !strings.HasPrefix(branch, "refs/heads/") || strings.Contains(branch, "..") {
			return Worktree{}, false
		}
		if head, ok = readRefFile(filepath.Join(r.common, filepath.FromSlash(branch))); !ok {
			return Worktree{}, false // packed, or without a commit
		}
		w.Branch = branch
	}
	id, err := ParseID(head)
	w.Head, w.Detached = id, !named
	return w, err == nil && id != ZeroID
}

// readRefFile reads a reference that is a plain file of one line.
func readRefFile(path string) (string, bool) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	data, err := os.ReadFile(path)
	line, rest, ok := strings.Cut(string(data), "\n")
	return line, err == nil && ok && rest == ""
}

// parseWorktree reads one block of `git worktree list --porcelain -z`.
func parseWorktree(block string) (Worktree, error) {
	var w Worktree
	for line := range strings.SplitSeq(block, "\x00") {
		name, value, _ := strings.Cut(line, " ")
		var err error
		switch name {
		case "worktree":
			w.Path = filepath.FromSlash(value)
		case "HEAD":
			w.Head, err = ParseID(value)
		case "branch":
			w.Branch = value
		case "bare":
			w.Bare = true
		case "detached":
			w.Detached = true
		case "locked":
			w.Locked = true
		case "prunable":
			w.Prunable = true
		}
		if err != nil {
			return w, err
		}
	}
	return w, nil
}

// linkedGitDirs maps the paths of linked worktrees to their git directories,
// see "DETAILS" in git-worktree(1).
func (r *Repo) linkedGitDirs() map[string]string {
	parent := filepath.Join(r.common, "worktrees")
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil
	}
	found := make(map[string]string)
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		data, err := os.ReadFile(filepath.Join(dir, "gitdir"))
		if err != nil {
			continue
		}
		link := strings.TrimSuffix(string(data), "\n")
		if !filepath.IsAbs(link) {
			link = filepath.Join(dir, link)
		}
		found[filepath.Dir(filepath.Clean(link))] = dir
	}
	return found
}

// unfinished reads where a rebase or a bisection in gitDir started.
func unfinished(gitDir string) []string {
	if gitDir == "" {
		return nil
	}
	var branches []string
	for _, file := range []string{"rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"} {
		data, err := os.ReadFile(filepath.Join(gitDir, file))
		name := strings.TrimSpace(string(data))
		if err != nil || name == "" || name == "detached HEAD" || isHex(name) {
			continue
		}
		if file == "BISECT_START" && !strings.HasPrefix(name, "refs/") {
			name = "refs/heads/" + name
		}
		branches = append(branches, name)
	}
	return branches
}

// WorktreeClean reports whether the worktree at path could be moved to another
// commit without loss: nothing staged, nothing changed, no merge, rebase or
// other operation in progress. Untracked files do not count.
func (r *Repo) WorktreeClean(ctx context.Context, path string) (bool, error) {
	out, err := r.Cmd("rev-parse", "--path-format=absolute", "--git-dir").Dir(path).Output(ctx)
	if err != nil {
		return false, fmt.Errorf("look at worktree %s: %w", path, err)
	}
	gitDir := strings.TrimSuffix(string(out), "\n")
	for _, sign := range []string{"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", "rebase-merge", "rebase-apply", "sequencer", "index.lock"} {
		if _, err := os.Lstat(filepath.Join(gitDir, sign)); err == nil {
			return false, nil
		}
	}
	out, err = r.Cmd("status", "--porcelain", "-z", "--untracked-files=no").Dir(path).Output(ctx)
	if err != nil {
		return false, fmt.Errorf("look at worktree %s: %w", path, err)
	}
	return len(out) == 0, nil
}
