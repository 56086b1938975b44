package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/remote"
)

// The push guard is a pre-push hook that asks `mgit check --push` first and the
// hook that was there before second.

// chained is what the hook that was there before is called from then on.
const chained = "pre-push.before-mgit"

// guardMark tells our hook from others.
const guardMark = "# Push guard of mgit."

// guardEdit installs or removes the push guard.
//
// Where, and for which program, is not in the journal: a run could come from
// elsewhere, and a hook is a program.
type guardEdit struct {
	Install bool `json:"install"`

	program string
}

func (e *guardEdit) reverse() *guardEdit {
	if e == nil {
		return nil
	}
	return &guardEdit{Install: !e.Install}
}

// Guard says how the push guard stands.
type Guard struct {
	State  string `json:"state"` // one of the constants below
	Reason string `json:"reason"`
	Hook   string `json:"hook"` // the file; "" where none is needed

	edit *guardEdit
}

// The states of the push guard.
const (
	GuardNotNeeded = "not-needed" // no remote is public
	GuardPresent   = "present"
	GuardProposed  = "proposed" // will be installed
	GuardMissing   = "missing"  // cannot be installed here
)

// guardFor says what is to be done so that git push asks mgit first.
func (s *Site) guardFor(ctx context.Context, hasPublic bool, program string) (Guard, error) {
	if !hasPublic {
		return Guard{State: GuardNotNeeded, Reason: "no remote is public"}, nil
	}
	dir, err := s.hooksDir(ctx)
	if err != nil {
		return Guard{}, err
	}
	g := Guard{State: GuardProposed, Hook: filepath.Join(dir, "pre-push"), Reason: "a remote is public"}
	present, err := os.ReadFile(g.Hook)
	switch {
	case err == nil && bytes.Contains(present, []byte(guardMark)) && !isProgram(g.Hook):
		g.State, g.Reason = GuardMissing, "git does not run "+g.Hook+", which is not executable; chmod +x makes it so"
		return g, nil
	case err == nil && bytes.Contains(present, []byte(guardMark)):
		return Guard{State: GuardPresent, Hook: g.Hook, Reason: "the hook is there"}, nil
	case err == nil:
		g.Reason += "; the hook that is there is called after it"
	case !errors.Is(err, fs.ErrNotExist):
		return Guard{}, fmt.Errorf("look for the push guard: %w", err)
	}
	if reason := s.cannotGuard(dir); reason != "" {
		g.State, g.Reason = GuardMissing, reason
		return g, nil
	}
	g.edit = &guardEdit{Install: true, program: program}
	return g, nil
}

// isProgram reports whether git would run the hook in a file.
func isProgram(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode()&0o111 != 0
}

// hooksDir is where git looks for hooks here, absolute.
func (s *Site) hooksDir(ctx context.Context) (string, error) {
	out, err := s.Repo.Cmd("rev-parse", "--path-format=absolute", "--git-path", "hooks").Output(ctx)
	if err != nil {
		return "", fmt.Errorf("find the hooks: %w", err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// cannotGuard says why no hook can be written to dir, "" when it can.
func (s *Site) cannotGuard(dir string) string {
	for _, e := range s.git.Entries {
		if e.Key == "core.hookspath" && e.Scope != "local" && e.Scope != "worktree" {
			return "core.hooksPath sends Git to " + dir + ", which is not this clone's alone"
		}
	}
	inside, err := filepath.Rel(s.Repo.WorkTree(), dir)
	inGitDir, gitErr := filepath.Rel(s.Repo.CommonDir(), dir)
	if s.Repo.WorkTree() != "" && err == nil && filepath.IsLocal(inside) && (gitErr != nil || !filepath.IsLocal(inGitDir)) {
		return "core.hooksPath sends Git to " + inside + " in the working copy, which mgit does not change"
	}
	if _, err := os.Lstat(filepath.Join(dir, chained)); err == nil {
		return chained + " is there already, so that the present hook cannot be kept"
	}
	return ""
}

// applyGuard installs or removes the hook.
func (s *Site) applyGuard(ctx context.Context, e *guardEdit) error {
	if e == nil {
		return nil
	}
	dir, err := s.hooksDir(ctx)
	if err != nil {
		return err
	}
	hook, before := filepath.Join(dir, "pre-push"), filepath.Join(dir, chained)
	present, err := os.ReadFile(hook)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("push guard: %w", err)
	}
	exists, ours := err == nil, bytes.Contains(present, []byte(guardMark))
	if e.Install == ours {
		return nil
	}
	if !e.Install {
		return removeGuard(hook, before, isOurs(string(present)))
	}
	if s.cannotGuard(dir) != "" {
		return nil // known to the plan, which proposed nothing
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("push guard: %w", err)
	}
	if exists {
		// A link fails where the name is taken, and keeps the hook in place until ours is.
		if err := os.Link(hook, before); err != nil {
			return fmt.Errorf("keep the hook that is there: %w", err)
		}
	}
	if err := writeProgram(hook, guardScript(e.program)); err != nil {
		return fmt.Errorf("push guard: %w", err)
	}
	return nil
}

// removeGuard puts things back. A hook that somebody changed stays.
func removeGuard(hook, before string, unchanged bool) error {
	if !unchanged {
		return nil
	}
	err := os.Rename(before, hook)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.Remove(hook)
	}
	if err != nil {
		return fmt.Errorf("remove the push guard: %w", err)
	}
	return nil
}

// writeProgram makes an executable file in one step.
func writeProgram(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o755); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// guardScript is the hook. Without mgit it lets nothing out: a guard that sleeps
// is none.
func guardScript(program string) string {
	if program == "" {
		program = "mgit"
	}
	return `#!/bin/sh
` + guardMark + ` It refuses what must not leave this clone for a remote; see "mgit check --help".
# The hook that was here before is ` + chained + ` and is called after it.
pushed=$(cat; echo .)
pushed=${pushed%.}
mgit=` + shellQuote(program) + `
command -v "$mgit" >/dev/null 2>&1 || mgit=mgit
if ! command -v "$mgit" >/dev/null 2>&1; then
	echo "pre-push: mgit is not on the PATH, so nobody checks what is pushed; --no-verify pushes all the same" >&2
	exit 1
fi
printf '%s' "$pushed" | "$mgit" check --push "$1" "$2" || exit $?
before=$(dirname "$0")/` + chained + `
if [ -x "$before" ]; then
	printf '%s' "$pushed" | "$before" "$@"
fi
`
}

// isOurs reports whether text is the hook as it was installed, for whatever
// program: a hook that somebody extended is theirs.
func isOurs(text string) bool {
	_, after, _ := strings.Cut(text, "\nmgit=")
	_, after, _ = strings.Cut(after, "\n")
	_, want, _ := strings.Cut(guardScript(""), "\nmgit='mgit'\n")
	return strings.Contains(text, guardMark) && after == want
}

// hasPublic reports whether a push to some remote of the clone would reach a public
// repository, by the roles in force. A remote with several URLs may have no role as
// a whole.
func (s *Site) hasPublic() bool {
	return slices.ContainsFunc(remotes(s.git), func(r remote.Remote) bool {
		return slices.ContainsFunc(r.PushURLs, func(url string) bool { return s.roles.RoleOf(url) == remote.Public })
	})
}
