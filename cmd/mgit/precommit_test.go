package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

// The real pre-commit calls mgit's hooks as docs/checks.md says, and at a push mgit is told all that is pushed, in whichever
// order the two were set up.
func TestWithPreCommit(t *testing.T) {
	t.Parallel()
	if os.Getenv("MGIT_MANAGERS") == "" {
		t.Skip("MGIT_MANAGERS is not set: managers of hooks are programs that take seconds")
	}
	manager, err := exec.LookPath("pre-commit")
	if err != nil {
		t.Skip("there is no pre-commit on the PATH")
	}
	g := newGuided(t)
	hooks, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ours := gittest.NewAt(t, filepath.Join(t.TempDir(), "mgit"))
	ours.Write(".pre-commit-hooks.yaml", string(hooks))
	ours.Commit("hooks")
	cache, bin := t.TempDir(), t.TempDir()
	if err := os.Symlink(g.program, filepath.Join(bin, "mgit")); err != nil {
		t.Fatal(err)
	}
	run := func(name string, words ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), name, words...)
		cmd.Dir = g.Path
		cmd.Env = append(g.Env(), "PATH="+bin+":"+os.Getenv("PATH"), "HOME="+cache, "PRE_COMMIT_HOME="+cache)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	must := func(name string, words ...string) string {
		t.Helper()
		out, err := run(name, words...)
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, words, err, out)
		}
		return out
	}
	refused := func(rule, name string, words ...string) {
		t.Helper()
		if out, err := run(name, words...); err == nil || !strings.Contains(out, rule) {
			t.Errorf("%s %q: %v\n%s", name, words, err, out)
		}
	}
	must("mgit", "init", "--yes")
	g.Write(".pre-commit-config.yaml", "repos:\n- repo: "+ours.Path+"\n  rev: "+ours.Git("rev-parse", "HEAD")+"\n  hooks:\n  - id: mgit-check\n  - id: mgit-message\n")
	must(manager, "install", "-t", "pre-commit", "-t", "commit-msg", "-t", "pre-push")
	must("mgit", "hooks", "install", "pre-push")

	// What is staged is judged, and not what lies in the working copy; then the message.
	const branch = "LUVLE-4.1-hack-mod_forum-subject"
	must("git", "checkout", "-q", branch)
	g.Write("mod/forum/words.txt", "<<<<<<< HEAD\n")
	must("git", "add", "mod/forum/words.txt")
	g.Write("mod/forum/words.txt", "mended\n")
	refused("mod/forum/words.txt:1: conflict marker", "git", "commit", "-q", "-m", "words")
	must("git", "add", "mod/forum/words.txt")
	must("mgit", "config", "edit", "check.tickets", `["LU-[0-9]+"]`)
	refused("message-ticket", "git", "commit", "-q", "-m", "words")
	must("git", "commit", "-q", "-m", "LU-1: words")

	// The second of two branches is the bad one: pre-commit itself says nothing of it.
	g.Grow("LUVLE-4.1-hack-mod_quiz-bad", "v4.1.0", "mod/quiz/words.txt", "<<<<<<< HEAD\n")
	both := []string{"push", "-q", "origin", branch, "LUVLE-4.1-hack-mod_quiz-bad"}
	refused("mod/quiz/words.txt:1: conflict marker", "git", both...)
	must(manager, "install", "-t", "pre-push")
	if said := must("mgit", "hooks", "status", "pre-push", "--json"); !strings.Contains(said, `"state": "calls"`) {
		t.Errorf("status: %s", said)
	}
	refused("mod/quiz/words.txt:1: conflict marker", "git", both...)
	must("git", "push", "-q", "origin", branch)
	must("git", "push", "-q", "origin", "--delete", branch)
	must("mgit", "hooks", "remove", "pre-push")
	must("git", both...)
	if left, err := filepath.Glob(filepath.Join(g.Path, ".git/hooks/pre-push*")); err != nil || len(left) != 1 {
		t.Errorf("left: %q, %v", left, err)
	}
}
