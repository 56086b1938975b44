package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// defaultTimeout bounds a command that names no time-out of its own: a git that
// hangs must not hang us for good.
const defaultTimeout = 10 * time.Minute

// killDelay is how long a cancelled git may take to remove its lock files.
const killDelay = 3 * time.Second

// Command is one git command that was run, for the command log. Secrets in
// URLs and headers are replaced.
type Command struct {
	Args     []string
	Dir      string
	Duration time.Duration
	ExitCode int // -1 when it was killed or did not start
	// Env are the variables ("NAME=value") that it had beside those of every git command.
	Env []string
	// Input is how many bytes it read from its standard input; -1: it answered what was asked there.
	Input int
}

// ExitError is git saying no. Code is -1 when git died of a signal.
type ExitError struct {
	Args   []string
	Code   int
	Stderr string
}

func (e *ExitError) Error() string {
	name := "git"
	if len(e.Args) > 0 {
		name += " " + e.Args[0]
	}
	said := strings.TrimSpace(e.Stderr)
	switch {
	case e.Code < 0 && said == "":
		return name + ": killed by a signal"
	case said == "":
		return fmt.Sprintf("%s: exit code %d", name, e.Code)
	default:
		return name + ": " + said
	}
}

// Cmd is a git command that is not started yet.
type Cmd struct {
	repo    *Repo
	config  []string
	args    []string
	stdin   []byte
	env     []string
	private [][2]string // settings
	dir     string
	talks   bool // it answers on standard output what is asked on standard input
	timeout time.Duration
}

// Cmd prepares `git args…` in the repository's work tree, or in its git
// directory when it has none. Settings ("-c", "name=value") may stand first.
// The repository's hooks run where git runs them; aliases cannot, because git
// has no alias for its own commands.
func (r *Repo) Cmd(args ...string) *Cmd {
	c := &Cmd{repo: r, dir: r.home(), timeout: defaultTimeout}
	for len(args) > 1 && args[0] == "-c" {
		c.config = append(c.config, args[:2]...)
		args = args[2:]
	}
	c.args = args
	return c
}

// Stdin sets what the command reads; without it, it reads nothing.
func (c *Cmd) Stdin(b []byte) *Cmd { c.stdin = b; return c }

// Env adds variables ("NAME=value") which win over all others.
func (c *Cmd) Env(kv ...string) *Cmd { c.env = append(c.env, kv...); return c }

// Setting adds a setting that no list of processes and no log shows.
func (c *Cmd) Setting(key, value string) *Cmd {
	c.private = append(c.private, [2]string{key, value})
	return c
}

// Dir sets the directory in which the command runs.
func (c *Cmd) Dir(d string) *Cmd { c.dir = d; return c }

// Timeout sets how long the command may take.
func (c *Cmd) Timeout(d time.Duration) *Cmd { c.timeout = d; return c }

// Run is [Cmd.Output] without the output.
func (c *Cmd) Run(ctx context.Context) error {
	_, err := c.Output(ctx)
	return err
}

// Output runs the command and returns its standard output, also when it failed.
// The error is an *ExitError when git said no; a cancelled context or a passed
// time-out gives an error that wraps the context's.
func (c *Cmd) Output(ctx context.Context) ([]byte, error) {
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := c.process(within)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if c.stdin != nil {
		cmd.Stdin = bytes.NewReader(c.stdin)
	}
	start := time.Now()
	err := cmd.Run()
	c.repo.log(c, cmd.ProcessState, time.Since(start))
	switch {
	case err == nil:
		return stdout.Bytes(), nil
	case ctx.Err() != nil:
		return stdout.Bytes(), fmt.Errorf("git %s: %w", c.name(), context.Cause(ctx))
	case within.Err() != nil:
		return stdout.Bytes(), fmt.Errorf("git %s: no end after %v: %w", c.name(), c.timeout, within.Err())
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("%w: %w", ErrNoGit, err)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return stdout.Bytes(), &ExitError{Args: redact(c.args), Code: exit.ExitCode(), Stderr: redactText(stderr.String())}
	}
	return stdout.Bytes(), fmt.Errorf("git %s: %w", c.name(), err)
}

func (c *Cmd) name() string {
	if len(c.args) == 0 {
		return ""
	}
	return c.args[0]
}

// fixedConfig comes before every command's own settings. Background housekeeping is
// off not only because it surprises: it would outlive us and keep the lock that
// children inherit (see Hold).
func fixedConfig() []string {
	return []string{
		"-c", "core.fsmonitor=false",
		"-c", "protocol.ext.allow=never",
		"-c", "gc.auto=0",
		"-c", "maintenance.auto=false",
		"-c", "advice.graftFileDeprecated=false", // there are none, see environment
	}
}

// process makes the child. It stays in our process group, so that Ctrl-C on the
// terminal reaches it as well, unless it is to be kept apart from the terminal: a
// session of its own has none, not even by the name /dev/tty.
func (c *Cmd) process(ctx context.Context) *exec.Cmd {
	args := append(fixedConfig(), c.config...)
	cmd := exec.CommandContext(ctx, c.repo.program, append(args, c.args...)...)
	cmd.Dir = c.dir
	cmd.Env = append(append(environment(os.Environ()), c.repo.env...), c.env...)
	cmd.Env = withSettings(cmd.Env, c.private)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = killDelay
	if c.repo.apart {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		cmd.Env = append(cmd.Env, "GPG_TTY=") // by it gpg's agent, which is not our child, would find the terminal
	}
	if f := c.repo.inherited(); f != nil {
		cmd.ExtraFiles = []*os.File{f}
	}
	return cmd
}

// withSettings adds settings to those that the environment has; see GIT_CONFIG_COUNT in
// git-config(1).
func withSettings(env []string, settings [][2]string) []string {
	if len(settings) == 0 {
		return env
	}
	count := 0
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, "GIT_CONFIG_COUNT="); ok {
			count, _ = strconv.Atoi(value) // git refuses what is no number, and says so
		}
	}
	for _, s := range settings {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", count, s[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", count, s[1]))
		count++
	}
	return append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", count))
}

// environment returns what git inherits of base and adds what is fixed.
func environment(base []string) []string {
	env := make([]string, 0, len(base)+8)
	for _, kv := range base {
		name, _, _ := strings.Cut(kv, "=")
		if !isDropped(name) {
			env = append(env, kv)
		}
	}
	return append(env,
		"LC_ALL=C",
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_TERMINAL_PROMPT=0",
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_GRAFT_FILE="+os.DevNull, // a graft hides commits from walks, and from nothing else
		"GIT_PAGER=cat",
		"GIT_EDITOR=:",
		"GIT_SEQUENCE_EDITOR=:",
	)
}

// isDropped tells the variables that would send git to another repository,
// index or object store, or change what a command prints, and the key of the
// tracker, which is not for hooks and helpers to see. Configuration by
// environment (GIT_CONFIG_COUNT and its like) is the user's and stays.
func isDropped(name string) bool {
	switch name {
	case "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_IMPLICIT_WORK_TREE",
		"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_NAMESPACE",
		"GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_REPLACE_REF_BASE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_CONFIG",
		"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
		"GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_ATTR_SOURCE", "GIT_REFLOG_ACTION", "GIT_DEFAULT_HASH",
		"GIT_INDEX_VERSION", "GIT_MERGE_AUTOEDIT", "GIT_MERGE_VERBOSITY", "LANGUAGE",
		"MGIT_TRACKER_TOKEN":
		return true
	}
	return false
}

// log hands the finished command to the command log.
func (r *Repo) log(c *Cmd, state *os.ProcessState, took time.Duration) {
	if r.logger == nil {
		return
	}
	code := -1
	if state != nil {
		code = state.ExitCode()
	}
	input := len(c.stdin)
	if c.talks {
		input = -1
	}
	r.logger(Command{
		Args: redact(append(append([]string{}, c.config...), c.args...)), Dir: c.dir, Duration: took, ExitCode: code,
		Env: redact(append(append([]string{}, r.env...), c.env...)), Input: input,
	})
}
