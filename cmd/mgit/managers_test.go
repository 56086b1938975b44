package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

// managed is the demo's clone of somebody who has mgit and a program that looks after hooks on the PATH.
type managed struct {
	*guided
	t         *testing.T
	bin, home string
}

func newManaged(t *testing.T) *managed {
	t.Helper()
	m := &managed{newGuided(t), t, t.TempDir(), t.TempDir()}
	if err := os.Symlink(m.program, filepath.Join(m.bin, "mgit")); err != nil {
		t.Fatal(err)
	}
	m.must("mgit", "init", "--yes")
	m.Write(".git/mgit/config.toml", "[check]\ntickets = [\"LU-[0-9]+\"]\n")
	m.Git("checkout", "-q", managedBranch)
	return m
}

const managedBranch = "LUVLE-4.1-hack-mod_forum-subject"

// manager is the real program, without which, or without MGIT_MANAGERS, the test is skipped.
func manager(t *testing.T, name string) string {
	t.Helper()
	if os.Getenv("MGIT_MANAGERS") == "" {
		t.Skip("MGIT_MANAGERS is not set: managers of hooks are programs that take seconds")
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("there is no %s on the PATH", name)
	}
	return path
}

func (m *managed) run(name string, words ...string) (string, error) {
	cmd := exec.CommandContext(m.t.Context(), name, words...)
	cmd.Dir = m.Path
	cmd.Env = append(m.Env(), "PATH="+m.bin+":"+os.Getenv("PATH"), "HOME="+m.home, "PRE_COMMIT_HOME="+m.home)
	if name == "mgit" {
		cmd.Path = m.program
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (m *managed) must(name string, words ...string) string {
	m.t.Helper()
	out, err := m.run(name, words...)
	if err != nil {
		m.t.Fatalf("%s %q: %v\n%s", name, words, err, out)
	}
	return out
}

func (m *managed) refused(rule, name string, words ...string) {
	m.t.Helper()
	if out, err := m.run(name, words...); err == nil || !strings.Contains(out, rule) {
		m.t.Errorf("%s %q: %v\n%s", name, words, err, out)
	}
}

// writeProgram writes a program, as a manager writes its hooks.
func (m *managed) writeProgram(path, text string) {
	m.t.Helper()
	m.Write(path, text)
	if err := os.Chmod(filepath.Join(m.Path, path), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// commits says what is told at commits: what is staged is judged, and not what lies in the working copy; then the message.
func (m *managed) commits() {
	m.t.Helper()
	m.Write("mod/forum/words.txt", "<<<<<<< HEAD\n")
	m.must("git", "add", "mod/forum/words.txt")
	m.Write("mod/forum/words.txt", "mended\n")
	m.refused("mod/forum/words.txt:1: conflict marker", "git", "commit", "-q", "-m", "LU-1: words")
	m.must("git", "add", "mod/forum/words.txt")
	m.refused("message-ticket", "git", "commit", "-q", "-m", "words")
	m.must("git", "commit", "-q", "-m", "LU-1: words")
}

// both pushes two branches, of which the second is bad.
func (m *managed) both() []string {
	const bad = "LUVLE-4.1-hack-mod_quiz-bad"
	if _, err := m.TryGit("rev-parse", "--verify", "--quiet", bad); err != nil {
		m.Grow(bad, "v4.1.0", "mod/quiz/words.txt", "<<<<<<< HEAD\n")
	}
	return []string{"push", "-q", "origin", managedBranch, bad}
}

// pushes says what is told at pushes: of all branches, and of one that is gone.
func (m *managed) pushes() {
	m.t.Helper()
	m.refused("mod/quiz/words.txt:1: conflict marker", "git", m.both()...)
	m.must("git", "push", "-q", "origin", managedBranch)
	m.must("git", "push", "-q", "origin", "--delete", managedBranch)
}

// settled says that status finds mgit called before commits and pushes.
func (m *managed) settled() {
	m.t.Helper()
	if said := m.must("mgit", "hooks", "status", "--json"); strings.Count(said, `"state": "calls"`) != 3 {
		m.t.Errorf("status: %s", said)
	}
}

// settings are the lines for lefthook in docs/checks.md, and what stands there for husky, by hook.
func settingsInDocs(t *testing.T) (lefthook string, husky map[string]string) {
	t.Helper()
	_, part, _ := strings.Cut(docs(t)["docs/checks.md"], "### With lefthook\n")
	block, rest, found := strings.Cut(part, "\nWith [husky]")
	calls := regexp.MustCompile("`(mgit check --(message|push) [^`]+)`").FindAllStringSubmatch(rest, 2)
	if !found || len(calls) != 2 {
		t.Fatalf("docs/checks.md has no lines for lefthook and husky: %q", calls)
	}
	return strings.ReplaceAll(strings.TrimPrefix(block, "\n"), "\n    ", "\n"), map[string]string{
		"pre-commit": "mgit check --staged", "commit-msg": calls[0][1], "pre-push": calls[1][1],
	}
}

// Hooks of the same kind as lefthook's and husky's call what docs/checks.md says in the way in which those do: lefthook gives a
// command standard input only when it is told to, and puts arguments in its place; husky runs a script of the hook's name.
func TestManagersCallMgit(t *testing.T) {
	t.Parallel()
	lefthook, husky := settingsInDocs(t)
	t.Run("lefthook", func(t *testing.T) {
		t.Parallel()
		m := newManaged(t)
		m.Write("lefthook.yml", lefthook)
		for hook := range husky {
			_, command, _ := strings.Cut(lefthook, hook+":\n")
			command, _, _ = strings.Cut(command, "\n\n")
			_, command, _ = strings.Cut(command, "run: ")
			command, options, _ := strings.Cut(command, "\n")
			if !strings.HasPrefix(strings.TrimSpace(options), "use_stdin: true") {
				command += " </dev/null"
			}
			command = strings.NewReplacer("{1}", `"$3"`, "{2}", `"$4"`).Replace(command)
			m.writeProgram(".git/hooks/"+hook, "#!/bin/sh\ncall_lefthook()\n{\n"+command+"\n}\ncall_lefthook run \""+hook+"\" \"$@\"\n")
		}
		m.calls()
	})
	t.Run("husky", func(t *testing.T) {
		t.Parallel()
		m := newManaged(t)
		m.Git("config", "core.hooksPath", ".husky/_")
		m.Write(".husky/_/h", `sh -e "${0%/*}/../${0##*/}" "$@"; exit $?`)
		for hook, command := range husky {
			m.Write(".husky/"+hook, command+"\n")
			m.writeProgram(".husky/_/"+hook, "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"")
		}
		m.calls()
	})
}

// calls says in short what commits, pushes and settled say at length.
func (m *managed) calls() {
	m.t.Helper()
	m.settled()
	m.Write("mod/forum/words.txt", "<<<<<<< HEAD\n")
	m.must("git", "add", "mod/forum/words.txt")
	m.refused("mod/forum/words.txt:1: conflict marker", "git", "commit", "-q", "-m", "LU-1: words")
	m.must("git", "reset", "-q")
	m.refused("message-ticket", "git", "commit", "-q", "--allow-empty", "-m", "words")
	m.refused("mod/quiz/words.txt:1: conflict marker", "git", m.both()...)
}

// The real pre-commit calls mgit's hooks as docs/checks.md says, and at a push mgit is told all that is pushed, in whichever
// order the two were set up.
func TestWithPreCommit(t *testing.T) {
	t.Parallel()
	program := manager(t, "pre-commit")
	m := newManaged(t)
	hooks, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ours := gittest.NewAt(t, filepath.Join(t.TempDir(), "mgit"))
	ours.Write(".pre-commit-hooks.yaml", string(hooks))
	ours.Commit("hooks")
	m.Write(".pre-commit-config.yaml", "repos:\n- repo: "+ours.Path+"\n  rev: "+ours.Git("rev-parse", "HEAD")+"\n  hooks:\n  - id: mgit-check\n  - id: mgit-message\n")
	m.must(program, "install", "-t", "pre-commit", "-t", "commit-msg", "-t", "pre-push")
	m.must("mgit", "hooks", "install", "pre-push")
	m.commits()

	// Of two branches pre-commit itself is told the first.
	m.refused("mod/quiz/words.txt:1: conflict marker", "git", m.both()...)
	m.must(program, "install", "-t", "pre-push")
	m.settled()
	m.pushes()
	m.must("mgit", "hooks", "remove", "pre-push")
	m.must("git", m.both()...)
	if left, err := filepath.Glob(filepath.Join(m.Path, ".git/hooks/pre-push*")); err != nil || len(left) != 1 {
		t.Errorf("left: %q, %v", left, err)
	}
}

// So do the real lefthook, and the real husky, of which `npm install husky` is somewhere above the folder that
// MGIT_HUSKY names.
func TestWithLefthook(t *testing.T) {
	t.Parallel()
	program := manager(t, "lefthook")
	m := newManaged(t)
	settings, _ := settingsInDocs(t)
	m.Write("lefthook.yml", settings)
	m.must(program, "install")
	m.settled()
	m.commits()
	m.pushes()
}

func TestWithHusky(t *testing.T) {
	t.Parallel()
	manager(t, "node")
	husky := os.Getenv("MGIT_HUSKY")
	if husky == "" {
		t.Skip("MGIT_HUSKY is not set: the folder node_modules/husky after `npm install husky`")
	}
	m := newManaged(t)
	m.must("node", filepath.Join(husky, "bin.js"))
	_, scripts := settingsInDocs(t)
	for hook, command := range scripts {
		m.Write(".husky/"+hook, command+"\n")
	}
	m.settled()
	m.commits()
	m.pushes()
}
