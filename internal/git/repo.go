package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"mgit/internal/crew"
)

// Options are the optional parts of [Open].
type Options struct {
	// Program is the git to run; "git" by default, looked up in PATH.
	Program string
	// Env is added to the fixed environment of every command.
	Env []string
	// Log is told every command that was run. It may be called from several
	// goroutines at once.
	Log func(Command)
	// Inherit is kept open in every child; see [Repo.Hold].
	Inherit *os.File
	// Apart runs git without a terminal: what it starts, and a passphrase program that waits for nobody
	// there, cannot write on the caller's or read its keys.
	Apart bool
	// Hook looks up the variables by which git tells a hook what it means: the repository, the index that is about to
	// be committed, objects that are only just arriving. Nil follows none of them.
	Hook func(name string) string
	// AnyVersion leaves the git program's version unasked: Version is then zero, and a git that is too old
	// fails at the first option that it does not know.
	AnyVersion bool
}

// Repo is an opened repository, seen from one of its worktrees. It is safe for
// concurrent use.
type Repo struct {
	program  string
	env      []string
	logger   func(Command)
	apart    bool
	dir      string
	gitDir   string
	common   string
	worktree string
	version  Version
	bare     bool
	shallow  bool
	partial  func() bool
	store    *Store

	mu   sync.Mutex
	hold *os.File
}

// Open finds the repository that dir is in, as git does, and checks that it is
// one mgit can work with. It starts two short git processes, side by side, and
// reads nothing else; a git program that told its version once is not asked
// again. The errors are ErrNotRepository, ErrNoGit, ErrTooOld, ErrUnsafe and
// ErrUnsupported.
func Open(ctx context.Context, dir string, opt Options) (*Repo, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open repository %q: %w", dir, err)
	}
	r := &Repo{program: opt.Program, env: opt.Env, logger: opt.Log, hold: opt.Inherit, apart: opt.Apart, dir: abs}
	hook := hookVariables(opt.Hook)
	r.env = append(slices.Clip(r.env), hook...)
	if r.program == "" {
		r.program = "git"
	}
	var answer versionAnswer
	var versions crew.Group
	if !opt.AnyVersion {
		ask := r.Cmd("version").Dir("")
		versions.Go(func() { answer = knownVersion(ctx, ask) })
	}
	err = r.locate(ctx)
	versions.Wait()
	r.version = answer.version
	// An old git fails on options it does not know: its age is the better answer.
	if answer.err != nil {
		return nil, answer.err
	}
	if err != nil {
		return nil, err
	}
	r.env = append(slices.Clip(r.env), r.settleHook(hook)...)
	r.partial = sync.OnceValue(r.hasPromisorPacks)
	r.store = newStore(r, nil)
	return r, nil
}

// OpenOther opens another repository with the program and the environment of this one,
// to which env is added. It must be closed by itself.
func (r *Repo) OpenOther(ctx context.Context, dir string, env ...string) (*Repo, error) {
	return Open(ctx, dir, Options{
		Program: r.program, Env: append(slices.Clone(r.env), env...), Log: r.logger, Inherit: r.inherited(), Apart: r.apart,
	})
}

// locate asks git where everything is. --show-toplevel stands last because it
// fails where there is no work tree, and everything before it has been printed
// by then. --show-ref-format is echoed by a git that does not know it (before
// 2.45), and such a git refuses everything but the files format itself.
func (r *Repo) locate(ctx context.Context) error {
	out, err := r.Cmd("rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--is-bare-repository",
		"--is-shallow-repository", "--show-object-format", "--show-ref-format", "--show-toplevel").Dir(r.dir).Output(ctx)
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	var exit *ExitError
	switch {
	case err == nil && len(lines) == 7:
		r.worktree = filepath.FromSlash(lines[6])
	case errors.As(err, &exit) && len(lines) == 6 && strings.Contains(exit.Stderr, "work tree"):
		// Bare, or inside the git directory.
	case err != nil:
		return r.openError(err)
	default:
		return fmt.Errorf("%w: the path of the repository at %q holds a line break", ErrUnsupported, r.dir)
	}
	r.gitDir, r.common = filepath.FromSlash(lines[0]), filepath.FromSlash(lines[1])
	r.bare, r.shallow = lines[2] == "true", lines[3] == "true"
	if lines[4] != "sha1" {
		return fmt.Errorf("%w: the objects of %s are named by %s, mgit knows only sha1", ErrUnsupported, r.gitDir, lines[4])
	}
	if format := lines[5]; format != "files" && format != "--show-ref-format" {
		return fmt.Errorf("%w: the references of %s are stored as %s, mgit knows only files", ErrUnsupported, r.gitDir, format)
	}
	return nil
}

// openError turns git's refusal into one of our errors, keeping git's advice.
func (r *Repo) openError(err error) error {
	var exit *ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("open repository %s: %w", r.dir, err)
	}
	said := strings.TrimSpace(strings.TrimPrefix(exit.Stderr, "fatal: "))
	switch {
	case strings.Contains(said, "dubious ownership") || strings.Contains(said, "safe.bareRepository"):
		return fmt.Errorf("%w: %s", ErrUnsafe, said)
	case strings.Contains(said, "not a git repository") || strings.Contains(said, "not a git repo"):
		return fmt.Errorf("%s: %w", r.dir, ErrNotRepository)
	case strings.Contains(said, "unknown repository extension") || strings.Contains(said, "repo version") ||
		strings.Contains(said, "unknown repository object format") || strings.Contains(said, "unknown ref storage format"):
		return fmt.Errorf("%w: %s", ErrUnsupported, strings.Join(strings.Fields(said), " "))
	default:
		return fmt.Errorf("open repository %s: %w", r.dir, err)
	}
}

// Close ends the processes that read the repository.
func (r *Repo) Close() error { return r.store.close() }

// Dir is the directory that was opened, absolute.
func (r *Repo) Dir() string { return r.dir }

// GitDir is the git directory of this worktree, absolute: .git, or
// .git/worktrees/<name> of a linked worktree.
func (r *Repo) GitDir() string { return r.gitDir }

// CommonDir is the git directory that all worktrees share.
func (r *Repo) CommonDir() string { return r.common }

// WorkTree is the root of the work tree; "" in a bare repository, and when the
// repository was opened from inside its git directory.
func (r *Repo) WorkTree() string { return r.worktree }

// StateDir is where mgit keeps its lock and its caches. It need not exist.
func (r *Repo) StateDir() string { return filepath.Join(r.common, "mgit") }

// Version is the version of the git program.
func (r *Repo) Version() Version { return r.version }

// Bare reports whether the repository has no work tree of its own.
func (r *Repo) Bare() bool { return r.bare }

// Shallow reports whether the history is cut off somewhere.
func (r *Repo) Shallow() bool { return r.shallow }

// Partial reports whether objects may be missing that git fetches on demand.
func (r *Repo) Partial() bool { return r.partial() }

// Store is the store that reads the repository and keeps new objects in memory.
func (r *Repo) Store() *Store { return r.store }

// Hold makes f stay open in all git children started from now on. With a lock
// of flock(2) on f, the lock lasts until the last child has ended, even when
// we are killed. A nil f ends it.
func (r *Repo) Hold(f *os.File) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hold = f
}

func (r *Repo) inherited() *os.File {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hold
}

// home is where commands run.
func (r *Repo) home() string {
	switch {
	case r.worktree != "":
		return r.worktree
	case r.gitDir != "":
		return r.gitDir
	default:
		return r.dir
	}
}

func (r *Repo) objectDir() string { return filepath.Join(r.common, "objects") }

// hasPromisorPacks looks for what a partial clone always has: a pack whose
// missing links somebody promised to deliver.
func (r *Repo) hasPromisorPacks() bool {
	entries, err := os.ReadDir(filepath.Join(r.objectDir(), "pack"))
	if err != nil {
		return false
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".promisor") {
			return true
		}
	}
	return false
}
