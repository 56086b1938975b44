// Package gittest builds repositories for tests.
//
// They are made by the real git in the test's temporary directory, with a fixed
// identity and clock and without anybody's configuration, so that the same
// calls give the same object ids everywhere. It is for tests only; what is
// built is judged by the tests themselves.
package gittest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Start is the time of a repository's first commit; each further one is a
// minute later.
const Start = "2026-01-01T00:00:00Z"

// Repo is a repository being built. It fails its test when git does. It is for
// one goroutine.
type Repo struct {
	// Path is the root of the work tree, or the directory of a bare repository.
	Path string
	t    testing.TB
	env  []string
	now  time.Time
}

// New makes an empty repository with the branch main checked out.
func New(t testing.TB) *Repo {
	t.Helper()
	return NewAt(t, filepath.Join(t.TempDir(), "repo"))
}

// NewAt is New in a directory of the caller's choice.
func NewAt(t testing.TB, dir string, initArgs ...string) *Repo {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	r := At(t, dir)
	r.Git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	return r
}

// At goes on with the repository that is in dir, for example a clone.
func At(t testing.TB, dir string) *Repo {
	t.Helper()
	start, err := time.Parse(time.RFC3339, Start)
	if err != nil {
		t.Fatal(err)
	}
	return &Repo{Path: dir, t: t, env: fixedEnv(t), now: start}
}

// Config is the whole configuration of git outside of the repositories. Without it
// every commit, merge, fetch and push starts git twice more, to find that there is
// nothing to tidy up yet.
const Config = "[maintenance]\n\tauto = false\n[gc]\n\tauto = 0\n[receive]\n\tautoGC = false\n"

// fixedEnv is the whole environment of git: HOME is empty but for [Config], and of
// the process's own variables only those that let a program run are kept.
func fixedEnv(t testing.TB) []string {
	home := t.TempDir()
	config := filepath.Join(home, ".gitconfig")
	if err := os.WriteFile(config, []byte(Config), 0o666); err != nil {
		t.Fatal(err)
	}
	env := []string{
		"HOME=" + home,
		"XDG_CONFIG_HOME=" + os.DevNull,
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=" + config,
		"GIT_TEMPLATE_DIR=" + home, // nothing in it is copied: no sample hooks, in no copy of a repository
		"GIT_AUTHOR_NAME=Ann Author",
		"GIT_AUTHOR_EMAIL=ann@example.org",
		"GIT_COMMITTER_NAME=Carl Committer",
		"GIT_COMMITTER_EMAIL=carl@example.org",
		"GIT_TERMINAL_PROMPT=0",
		"GIT_EDITOR=:",
		"LC_ALL=C",
		"TZ=UTC",
	}
	for _, name := range []string{"PATH", "TMPDIR", "SYSTEMROOT"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// Env is the environment that makes git forget the machine it runs on, with the
// repository's current time. It is what git.Options.Env wants.
func (r *Repo) Env() []string {
	stamp := r.now.Format(time.RFC3339)
	return append(append([]string{}, r.env...), "GIT_AUTHOR_DATE="+stamp, "GIT_COMMITTER_DATE="+stamp)
}

// Git runs git in the repository and returns what it printed, without the last
// line break. The test fails when git does.
func (r *Repo) Git(args ...string) string {
	r.t.Helper()
	out, err := r.TryGit(args...)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// Input is Git for a command that reads text.
func (r *Repo) Input(text string, args ...string) string {
	r.t.Helper()
	out, err := r.run(strings.NewReader(text), args)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// TryGit is Git for commands that may fail; the error holds what git said.
func (r *Repo) TryGit(args ...string) (string, error) { return r.run(nil, args) }

func (r *Repo) run(stdin io.Reader, args []string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Stdin = stdin
	cmd.Dir, cmd.Env = r.Path, r.Env()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("git %s: %w\n%s%s", strings.Join(args, " "), err, stdout.Bytes(), stderr.Bytes())
	}
	return strings.TrimSuffix(stdout.String(), "\n"), nil
}

// Write writes a file of the work tree; path is slash-separated.
func (r *Repo) Write(path, text string) {
	r.t.Helper()
	file := filepath.Join(r.Path, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		r.t.Fatal(err)
	}
}

// Remove deletes a file or directory of the work tree.
func (r *Repo) Remove(path string) {
	r.t.Helper()
	if err := os.RemoveAll(filepath.Join(r.Path, filepath.FromSlash(path))); err != nil {
		r.t.Fatal(err)
	}
}

// Commit commits the whole work tree, also when nothing changed, and returns
// the commit's id.
func (r *Repo) Commit(message string) string {
	r.t.Helper()
	r.Git("add", "-A")
	r.Git("commit", "-q", "--allow-empty", "--allow-empty-message", "--no-verify", "-m", message)
	r.Tick()
	return r.Head()
}

// Head is the commit of HEAD. It is read from the files that git writes, which saves
// a process for every commit; where they do not tell, git is asked.
func (r *Repo) Head() string {
	r.t.Helper()
	dir := filepath.Join(r.Path, ".git")
	common := dir
	if file, err := os.ReadFile(dir); err == nil { // a linked worktree
		dir = strings.TrimSpace(strings.TrimPrefix(string(file), "gitdir: "))
		common = filepath.Join(dir, "..", "..")
	}
	said, err := os.ReadFile(filepath.Join(dir, "HEAD"))
	if name, ok := strings.CutPrefix(string(said), "ref: "); ok {
		said, err = os.ReadFile(filepath.Join(common, strings.TrimSpace(name)))
	}
	if id := strings.TrimSpace(string(said)); err == nil && len(id) == 40 {
		return id
	}
	return r.Git("rev-parse", "HEAD")
}

// Detach takes HEAD off its branch, as `git checkout --detach` does. Nothing but the file
// HEAD changes, which saves a process.
func (r *Repo) Detach() {
	r.t.Helper()
	file := filepath.Join(r.Path, ".git", "HEAD")
	if _, err := os.Stat(file); err != nil { // a linked worktree
		r.Git("checkout", "-q", "--detach")
		return
	}
	if err := os.WriteFile(file, []byte(r.Head()+"\n"), 0o666); err != nil {
		r.t.Fatal(err)
	}
}

// Tick lets a minute pass.
func (r *Repo) Tick() { r.now = r.now.Add(time.Minute) }

// Program writes an executable shell script, for tests that need a git that
// misbehaves, and returns its path. A child writes the file: were it open for
// writing here, a process that another test starts at this moment would inherit
// it and make it busy.
func Program(t testing.TB, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "git")
	cmd := exec.Command("sh", "-c", `cat >"$1" && chmod +x "$1"`, "sh", file)
	cmd.Stdin = strings.NewReader("#!/bin/sh\n" + body + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("write a program: %v\n%s", err, out)
	}
	return file
}
