package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// hookPlace is a folder for hooks.
type hookPlace struct {
	dir string // absolute
	// team says that others have it too, so that a hook in it must not name a program of this machine.
	team bool
	// unread says that git looks elsewhere.
	unread string
	// own is the clone's own folder where a setting sends git elsewhere from all its worktrees; "" where git looks in it.
	own string
	// closed says why mgit writes nothing there; nil: it may.
	closed *Refusal
	// missing is how many folders have to be made, this one and those that it is in.
	missing int
}

// The names of the refusals of `mgit hooks`.
const (
	refuseHooksPath   = "hooks-path"
	refuseHookManager = "hook-manager"
	refuseHookKept    = "hook-kept"
)

// hookPlace finds the folder in which git looks for hooks here, or takes the one that somebody names.
func (s *Site) hookPlace(ctx context.Context, into string) (hookPlace, error) {
	p, err := s.gitsHooks(ctx)
	if err != nil {
		return p, err
	}
	if into != "" {
		p = s.namedHooks(into, p)
	}
	info, err := os.Stat(p.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.missing = len(missingFolders(p.dir))
	case err != nil && !errors.Is(err, fs.ErrPermission):
		return p, fmt.Errorf("look for the hooks: %w", err)
	case err == nil && !info.IsDir():
		hint := "put a folder in its place"
		if p.own != "" {
			hint = "`git config --unset core.hooksPath`, in the settings that say so, lets it look in this clone again"
		}
		p.closed = closedHooks(p.dir+" is no folder, and so git runs no hook here", hint)
	}
	return p, nil
}

// missingFolders are a folder that is not there, and those that it would be in and that are not there either.
func missingFolders(dir string) []string {
	var all []string
	for _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist); _, err = os.Lstat(dir) {
		all = append(all, dir)
		dir = filepath.Dir(dir)
	}
	return all
}

// tryWriting finds out whether files can be made in the folder, or where it is to be made.
func (p hookPlace) tryWriting() error {
	dir := p.dir
	if missing := missingFolders(dir); len(missing) > 0 {
		dir = filepath.Dir(missing[len(missing)-1])
	}
	f, err := os.CreateTemp(dir, ".mgit-*")
	if err != nil {
		return fmt.Errorf("write to the folder for hooks: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// namedHooks is the folder that somebody names, beside that in which git looks.
func (s *Site) namedHooks(into string, gits hookPlace) hookPlace {
	if !filepath.IsAbs(into) {
		into = filepath.Join(s.Repo.Dir(), into)
	}
	p := hookPlace{dir: filepath.Clean(into), team: true}
	if p.dir != gits.dir {
		p.unread = gits.dir
	} else if gits.closed != nil && gits.closed.Final {
		p.closed = gits.closed
	}
	return p
}

// gitsHooks is where git looks for hooks here, and why mgit writes nothing there by itself.
func (s *Site) gitsHooks(ctx context.Context) (p hookPlace, err error) {
	own := filepath.Join(s.Repo.CommonDir(), "hooks")
	scope, value := s.hooksPathSetting()
	if slices.Contains([]string{"system", "global", "local"}, scope) { // others are for one worktree, or for one command
		p.own = own
	}
	if scope != "" && value == "" {
		p.dir = s.Repo.CommonDir()
		p.closed = closedHooks("core.hooksPath is set to nothing, and so git runs no hook here", "`git config --unset core.hooksPath` lets it look in this clone again")
		return p, nil
	}
	if p.dir, err = s.hooksDir(ctx); err != nil {
		return p, err
	}
	if p.dir == own || isSameFolder(p.dir, own) {
		p.own = ""
	}
	p.closed = s.closedTo(p.dir, scope)
	return p, nil
}

// hooksPathSetting is what git config says of core.hooksPath, and where it says so; scope is "" where nothing does.
func (s *Site) hooksPathSetting() (scope, value string) {
	for _, e := range s.git.Entries {
		if e.Key == "core.hookspath" {
			scope, value = e.Scope, e.Value
		}
	}
	return scope, value
}

// closedTo says why mgit writes nothing by itself in the folder in which git looks because of a setting of that scope, or, where
// scope is "", by itself; nil: it may.
func (s *Site) closedTo(dir, scope string) *Refusal {
	own := filepath.Join(s.Repo.CommonDir(), "hooks")
	leads, instead := "core.hooksPath sends Git to ", "git config core.hooksPath "+shellName(own)
	if scope == "" {
		if s.isInGitFolder(dir) {
			return nil
		}
		leads, instead = own+" is a link to ", "put a folder in the place of the link"
	}
	if inside := s.insideWorkTree(dir); inside != "" {
		return &Refusal{
			ID: refuseHooksPath, Text: leads + inside + " in the working copy, which mgit does not change by itself",
			Hint: fmt.Sprintf("if these hooks are the team's: mgit hooks install --into %s, and commit what it writes\nif a program looks after them, its settings are the place to call mgit: see docs/checks.md", shellName(inside)),
		}
	}
	if scope == "local" || scope == "worktree" {
		return nil
	}
	return closedHooks(leads+dir+", which is not this clone's alone",
		"give this clone hooks of its own: "+instead+"\nor let the hooks there call mgit: see docs/checks.md")
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
	if s.isInGitFolder(dir) {
		return ""
	}
	return inside
}

// isInGitFolder reports whether dir is in the folder that all worktrees of the clone share, and that is nobody else's.
func (s *Site) isInGitFolder(dir string) bool {
	inside, err := filepath.Rel(s.Repo.CommonDir(), dir)
	return err == nil && filepath.IsLocal(inside)
}

// hooksDir is where git looks for hooks here, absolute and with links followed, also one that leads to where nothing is yet.
func (s *Site) hooksDir(ctx context.Context) (string, error) {
	out, err := s.Repo.Cmd("rev-parse", "--path-format=absolute", "--git-path", "hooks").Output(ctx)
	if err != nil {
		return "", fmt.Errorf("find the hooks: %w", err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
