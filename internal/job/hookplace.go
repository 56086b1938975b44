package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// hookPlace is a folder for hooks.
type hookPlace struct {
	dir string // absolute
	// team says that others have it too, so that a hook in it must not name a program of this machine.
	team bool
	// unread says that git looks elsewhere.
	unread string
	// closed says why mgit writes nothing there; nil: it may.
	closed *Refusal
	exists bool
}

// The names of the refusals of `mgit hooks`.
const (
	refuseHooksPath   = "hooks-path"
	refuseHookManager = "hook-manager"
	refuseHookKept    = "hook-kept"
)

// hookPlace finds the folder in which git looks for hooks here, or takes the one that somebody names.
func (s *Site) hookPlace(ctx context.Context, into string) (hookPlace, error) {
	dir, closed, err := s.gitsHooks(ctx)
	if err != nil {
		return hookPlace{}, err
	}
	p := hookPlace{dir: dir, closed: closed}
	if into != "" {
		if !filepath.IsAbs(into) {
			into = filepath.Join(s.Repo.Dir(), into)
		}
		p = hookPlace{dir: filepath.Clean(into), team: true}
		if p.dir != dir {
			p.unread = dir
		} else if closed != nil && closed.Final {
			p.closed = closed
		}
	}
	info, err := os.Stat(p.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil && !errors.Is(err, fs.ErrPermission):
		return p, fmt.Errorf("look for the hooks: %w", err)
	case err == nil && !info.IsDir():
		p.closed = closedHooks(p.dir+" is no folder, and so git runs no hook here", "`git config --unset core.hooksPath`, in the settings that say so, lets it look in this clone again")
	default:
		p.exists = err == nil
	}
	return p, nil
}

// gitsHooks is where git looks for hooks here, absolute, and why mgit writes nothing there by itself.
func (s *Site) gitsHooks(ctx context.Context) (dir string, closed *Refusal, err error) {
	scope, value, isSet := "", "", false
	for _, e := range s.git.Entries {
		if e.Key == "core.hookspath" {
			scope, value, isSet = e.Scope, e.Value, true
		}
	}
	if isSet && value == "" {
		return s.Repo.CommonDir(), closedHooks("core.hooksPath is set to nothing, and so git runs no hook here", "`git config --unset core.hooksPath` lets it look in this clone again"), nil
	}
	if dir, err = s.hooksDir(ctx); err != nil {
		return dir, nil, err
	}
	if !isSet {
		return dir, s.linkedAway(dir), nil
	}
	if scope != "local" && scope != "worktree" {
		return dir, closedHooks("core.hooksPath sends Git to "+dir+", which is not this clone's alone",
			fmt.Sprintf("give this clone hooks of its own: git config core.hooksPath %s\nor let the hooks there call mgit: see docs/checks.md", shellName(filepath.Join(s.Repo.CommonDir(), "hooks")))), nil
	}
	if inside := s.insideWorkTree(dir); inside != "" {
		return dir, &Refusal{
			ID: refuseHooksPath, Text: "core.hooksPath sends Git to " + inside + " in the working copy, which mgit does not change by itself",
			Hint: fmt.Sprintf("if these hooks are the team's: mgit hooks install --into %s, and commit what it writes\nif a program looks after them, its settings are the place to call mgit: see docs/checks.md", shellName(inside)),
		}, nil
	}
	return dir, nil, nil
}

// linkedAway says why nothing is written where the folder for hooks is a link out of the repository: to a folder of the work
// tree, which others get, or to one that other clones may have, too. nil: it is none.
func (s *Site) linkedAway(dir string) *Refusal {
	target, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil // there is none yet
	}
	own, err := filepath.EvalSymlinks(s.Repo.CommonDir())
	if err != nil {
		return nil
	}
	if inside, err := filepath.Rel(own, target); err == nil && filepath.IsLocal(inside) {
		return nil
	}
	return closedHooks(dir+" is a link to "+target+", which is not this clone's alone",
		"let the hooks there call mgit: see docs/checks.md\nor give this clone hooks of its own: put a folder in the place of the link")
}

func closedHooks(text, hint string) *Refusal {
	return &Refusal{ID: refuseHooksPath, Text: text, Hint: hint, Final: true}
}

// insideWorkTree is the path of dir in the work tree, "" where it is not in there or belongs to git itself.
func (s *Site) insideWorkTree(dir string) string {
	if s.Repo.WorkTree() == "" {
		return ""
	}
	inside, err := filepath.Rel(s.Repo.WorkTree(), dir)
	if err != nil || !filepath.IsLocal(inside) {
		return ""
	}
	if own, err := filepath.Rel(s.Repo.CommonDir(), dir); err == nil && filepath.IsLocal(own) {
		return ""
	}
	return inside
}

// hooksDir is where git looks for hooks here, absolute.
func (s *Site) hooksDir(ctx context.Context) (string, error) {
	out, err := s.Repo.Cmd("rev-parse", "--path-format=absolute", "--git-path", "hooks").Output(ctx)
	if err != nil {
		return "", fmt.Errorf("find the hooks: %w", err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
