package job

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mgit/internal/git"
)

// envRepository is the work tree that an .env file belongs to, which may be of another
// repository than the site's.
type envRepository struct {
	repo *git.Repo // runs git, in other folders than its own
	root string    // of the work tree
	path string    // of the file, from the root
}

// holderOf finds the work tree that a file is in. The error is a *UsageError where there is none.
func (s *Site) holderOf(ctx context.Context, e *openedEnv) (*envRepository, error) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(e.name))
	if err != nil {
		return nil, fmt.Errorf("look for the repository of %s: %w", ShowPath(e.name), err)
	}
	out, err := s.Repo.Cmd("rev-parse", "--show-toplevel").Dir(dir).Output(ctx)
	var exit *git.ExitError
	if errors.As(err, &exit) {
		return nil, &UsageError{Text: fmt.Sprintf("%s is in no work tree of Git, so it cannot be committed: %s", ShowPath(e.name), strings.TrimSpace(exit.Stderr)), Hint: "leave --commit away"}
	}
	if err != nil {
		return nil, err
	}
	h := &envRepository{repo: s.Repo, root: filepath.FromSlash(strings.TrimSuffix(string(out), "\n"))}
	if h.path, err = filepath.Rel(h.root, filepath.Join(dir, filepath.Base(e.name))); err != nil || !filepath.IsLocal(h.path) {
		return nil, &UsageError{Text: fmt.Sprintf("where %s is in its repository cannot be told", ShowPath(e.name)), Hint: "leave --commit away, and commit it yourself"}
	}
	return h, nil
}

func (h *envRepository) git(args ...string) *git.Cmd {
	return h.repo.Cmd(args...).Dir(h.root).Env("GIT_LITERAL_PATHSPECS=1")
}

// mayCommit refuses what would make the commit say something else than it should: changes of the
// file that nobody committed, a file that Git does not know, an unfinished merge, and a tag
// that exists.
func (h *envRepository) mayCommit(ctx context.Context, tag string) error {
	out, err := h.git("status", "--porcelain", "-z", "--ignored", "--untracked-files=all", "--", h.path).Output(ctx)
	if err != nil {
		return fmt.Errorf("look at %s: %w", ShowPath(h.path), err)
	}
	switch state := string(out); {
	case strings.HasPrefix(state, "??"), strings.HasPrefix(state, "!!"):
		return h.dirty("Git does not know it", "git add it and commit it once, or leave --commit away")
	case state != "":
		return h.dirty("it has changes that are not committed", "commit them, or leave --commit away")
	}
	out, err = h.git("rev-parse", "--path-format=absolute", "--git-dir").Output(ctx)
	if err != nil {
		return fmt.Errorf("look at %s: %w", ShowPath(h.root), err)
	}
	for _, sign := range []string{"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"} {
		if _, err := os.Lstat(filepath.Join(strings.TrimSuffix(string(out), "\n"), sign)); err == nil {
			return h.dirty("a merge, rebase or cherry-pick is not finished there", "finish it, or leave --commit away")
		}
	}
	if err := h.git("var", "GIT_COMMITTER_IDENT").Run(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return fmt.Errorf("commit in %s: %w", ShowPath(h.root), git.ErrNoIdent)
	}
	return h.mayTag(ctx, tag)
}

// isOnBranch reports whether a commit moves a branch. On none it is soon out of sight.
func (h *envRepository) isOnBranch(ctx context.Context) (bool, error) {
	var exit *git.ExitError
	switch err := h.git("symbolic-ref", "--quiet", "HEAD").Run(ctx); {
	case err == nil:
		return true, nil
	case errors.As(err, &exit) && exit.Code == 1:
		return false, nil
	default:
		return false, err
	}
}

func (h *envRepository) dirty(why, hint string) error {
	return &Refusal{ID: "worktree-dirty", Text: fmt.Sprintf("%s in %s cannot be committed: %s", ShowPath(h.path), ShowPath(h.root), why), Hint: hint}
}

func (h *envRepository) mayTag(ctx context.Context, tag string) error {
	if tag == "" {
		return nil
	}
	err := git.CheckName(tag)
	if err == nil {
		err = h.git("check-ref-format", "refs/tags/"+tag).Run(ctx)
	}
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return &UsageError{Text: fmt.Sprintf("%q cannot be the name of a tag", tag)}
	}
	var exit *git.ExitError
	switch err := h.git("show-ref", "--verify", "--quiet", "refs/tags/"+tag).Run(ctx); {
	case err == nil:
		return &Refusal{ID: "tag-exists", Text: fmt.Sprintf("%s has a tag %s", ShowPath(h.root), ShowPath(tag)), Hint: "give another name"}
	case errors.As(err, &exit):
		return nil
	default:
		return err
	}
}

// commit commits the file alone, whatever else is staged, and tags the commit. The
// repository's hooks run, as they do for everybody.
func (h *envRepository) commit(ctx context.Context, message, tag string) (id string, err error) {
	err = h.git("commit", "--quiet", "--only", "--cleanup=whitespace", "--file=-", "--", h.path).Stdin([]byte(message)).Run(ctx)
	if err != nil {
		return "", fmt.Errorf("%s is written, and not committed: %w", ShowPath(h.path), err)
	}
	out, err := h.git("rev-parse", "--verify", "HEAD").Output(ctx)
	if err != nil {
		return "", fmt.Errorf("find the commit of %s: %w", ShowPath(h.path), err)
	}
	id = strings.TrimSpace(string(out))
	if tag == "" {
		return id, nil
	}
	if err := h.git("tag", "--annotate", "--cleanup=whitespace", "--file=-", "--", tag, id).Stdin([]byte(message)).Run(ctx); err != nil {
		return id, fmt.Errorf("%s is committed as %s, and not tagged: %w", ShowPath(h.path), id, err)
	}
	return id, nil
}
