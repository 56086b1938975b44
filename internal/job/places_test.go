package job_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// The main job works where people work. Each place is a way to stand in the
// same site; the outcome must not depend on it.
func TestWorksWherePeopleWork(t *testing.T) {
	t.Parallel()
	clone := func(f *fixture, args ...string) string {
		dir := filepath.Join(t.TempDir(), "clone with spaces")
		f.Git(append(append([]string{"clone", "-q"}, args...), f.Path, dir)...)
		c := gittest.At(f.t, dir)
		c.Git("fetch", "-q", "origin", "+refs/*:refs/*", "--update-head-ok")
		for _, line := range strings.Split(f.Git("config", "--local", "--get-regexp", "^mgit"), "\n") {
			key, value, _ := strings.Cut(line, " ")
			c.Git("config", key, value)
		}
		c.Git("config", "remote.upstream.url", "https://example.org/moodle.git")
		return dir
	}
	for name, place := range map[string]func(f *fixture) string{
		"a subdirectory": func(f *fixture) string {
			f.Git("checkout", "-q", "v4.1.0")
			return filepath.Join(f.Path, "mod", "forum")
		},
		"a linked worktree": func(f *fixture) string {
			dir := filepath.Join(t.TempDir(), "linked")
			f.Git("worktree", "add", "-q", "--detach", dir, "v4.1.0")
			return dir
		},
		"a bare repository": func(f *fixture) string { return clone(f, "--bare") },
		"alternates":        func(f *fixture) string { return clone(f, "--shared") },
		"a sparse checkout": func(f *fixture) string {
			f.Git("checkout", "-q", "v4.1.0")
			f.Git("sparse-checkout", "set", "course")
			return f.Path
		},
		"a dirty work tree": func(f *fixture) string {
			f.Git("checkout", "-q", "-b", "private", "v4.1.0")
			f.Write("lib.php", "half an idea\n")
			f.Write("untracked.php", "new\n")
			return f.Path
		},
		"the old branch checked out": func(f *fixture) string {
			f.Git("checkout", "-q", plugin)
			return f.Path
		},
		"a merge tool and odd settings": func(f *fixture) string {
			for k, v := range map[string]string{
				"merge.conflictStyle": "diff3", "merge.directoryRenames": "true", "core.quotePath": "true", "rebase.autoStash": "true",
				"commit.template": "/nowhere", "core.abbrev": "4", "log.showSignature": "true", "diff.noprefix": "true", "color.ui": "always",
				"core.hooksPath": "/nowhere", "alias.merge-tree": "!false", "i18n.commitEncoding": "ISO-8859-1", "core.autocrlf": "true",
			} {
				f.Git("config", k, v)
			}
			return f.Path
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.three()
			dir := place(f)
			status := worktreeStatus(f, dir)
			report, _ := f.rebaseAllIn(dir)
			f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict"})
			in := gittest.At(t, dir)
			if got := in.Git("log", "--format=%s", "v4.5.0..LUVLE-4.5-hack-mod_forum-subject"); got != "change mod/forum/lib.php" {
				t.Errorf("new branch: %q", got)
			}
			if now := worktreeStatus(f, dir); now != status {
				t.Errorf("the work tree was touched:\n%s\nbefore:\n%s", now, status)
			}
		})
	}
}

func worktreeStatus(f *fixture, dir string) string {
	out, err := gittest.At(f.t, dir).TryGit("status", "--porcelain=v2", "--branch")
	if err != nil {
		return "" // bare
	}
	return out
}

func TestPartialClone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.Git("config", "uploadpack.allowFilter", "true")
	f.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	dir := filepath.Join(t.TempDir(), "partial")
	f.Git("clone", "-q", "--filter=blob:none", "--no-checkout", "file://"+f.Path, dir)
	c := gittest.At(t, dir)
	c.Git("fetch", "-q", "origin", "+refs/heads/*:refs/heads/*", "--update-head-ok")
	c.Git("config", "mgit.customer", "LUVLE")
	report, _ := f.rebaseAllIn(dir)
	f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict"})
}

func TestShallowCloneIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	dir := filepath.Join(t.TempDir(), "shallow")
	f.Git("clone", "-q", "--depth=1", "--branch", plugin, "file://"+f.Path, dir)
	gittest.At(t, dir).Git("config", "mgit.customer", "LUVLE")
	_, err := job.PlanRebaseAll(t.Context(), f.open(dir), job.RebaseAllRequest{Tag: "v4.5.0"})
	var refusal *job.Refusal
	if !errors.As(err, &refusal) || refusal.ID != "shallow" {
		t.Errorf("%v, want the refusal shallow", err)
	}
}

func TestNobodyIsNobody(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.Git("config", "user.useConfigOnly", "true")
	var env []string
	for _, kv := range f.Env() {
		if !strings.HasPrefix(kv, "GIT_COMMITTER_") && !strings.HasPrefix(kv, "GIT_AUTHOR_") && !strings.HasPrefix(kv, "EMAIL=") {
			env = append(env, kv)
		}
	}
	f.TryGit("config", "--unset", "user.name")
	f.TryGit("config", "--unset", "user.email")
	// The test's own environment may name somebody.
	env = append(env, "GIT_COMMITTER_NAME=", "GIT_COMMITTER_EMAIL=")
	site, err := job.Open(t.Context(), job.OpenRequest{Dir: f.Path, Git: git.Options{Env: env}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	before := f.refs()
	_, _, err = job.RebaseAll(t.Context(), site, job.RebaseAllRequest{Tag: "v4.5.0"}, false)
	if !errors.Is(err, git.ErrNoIdent) {
		t.Errorf("%v, want %v", err, git.ErrNoIdent)
	}
	if f.refs() != before {
		t.Error("something moved")
	}
}

// A branch below somebody's feet moves only with a clean worktree, and only
// when it is allowed to.
func TestCheckedOutBranches(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.rebaseAll()
	dir := filepath.Join(t.TempDir(), "linked")
	f.Git("worktree", "add", "-q", dir, "LUVLE-4.5-feature-mod_ouwiki")
	f.on(plugin, "mod/ouwiki/late.php", "late\n")
	at := f.Git("rev-parse", "LUVLE-4.5-feature-mod_ouwiki")
	allow := func(r *job.RebaseAllRequest) { r.UpdateWorktrees = true }

	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "failed", hack: "unchanged", stuck: "conflict"})
	if reason := report.Branches[0].Reason; !strings.Contains(reason, "checked-out") || !strings.Contains(reason, "--update-worktrees") {
		t.Errorf("reason %q", reason)
	}
	linked := gittest.At(t, dir)
	linked.Write("lib.php", "half an idea\n")
	report, _ = f.rebaseAll(allow)
	f.want(report, map[string]string{plugin: "failed", hack: "unchanged", stuck: "conflict"})
	if f.Git("rev-parse", "LUVLE-4.5-feature-mod_ouwiki") != at {
		t.Error("a branch moved below a dirty worktree")
	}
	linked.Git("checkout", "-q", "lib.php")
	report, _ = f.rebaseAll(allow)
	f.want(report, map[string]string{plugin: "updated", hack: "unchanged", stuck: "conflict"})
	if out := linked.Git("status", "--porcelain"); out != "" {
		t.Errorf("the worktree did not follow: %s", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "mod", "ouwiki", "late.php")); err != nil {
		t.Error(err)
	}
}

// In a fresh clone all branches but one exist at the remote only.
func TestFreshClone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	dir := filepath.Join(t.TempDir(), "fresh")
	f.Git("clone", "-q", "--no-checkout", "file://"+f.Path, dir)
	c := gittest.At(t, dir)
	c.Git("config", "mgit.customer", "LUVLE")
	c.Git("config", "mgit.remote.origin.url", "file://"+f.Path)
	c.Git("config", "mgit.remote.origin.role", "internal")
	c.Git("update-ref", "refs/heads/mgit", "refs/remotes/origin/mgit")
	report, _ := f.rebaseAllIn(dir)
	f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict"})
	if got := c.Git("for-each-ref", "--format=%(refname:short)", "refs/heads/LUVLE-4.5-*"); got != "LUVLE-4.5-feature-mod_ouwiki\nLUVLE-4.5-hack-mod_forum-subject" {
		t.Errorf("new branches: %s", got)
	}
	// A colleague, who fetched both, finds the work done.
	c.Git("push", "-q", "origin", "LUVLE-4.5-feature-mod_ouwiki", "LUVLE-4.5-hack-mod_forum-subject", "mgit")
	other := filepath.Join(t.TempDir(), "other")
	f.Git("clone", "-q", "--no-checkout", "file://"+f.Path, other)
	o := gittest.At(t, other)
	o.Git("config", "mgit.customer", "LUVLE")
	o.Git("config", "mgit.remote.origin.url", "file://"+f.Path)
	o.Git("config", "mgit.remote.origin.role", "internal")
	o.Git("update-ref", "refs/heads/mgit", "refs/remotes/origin/mgit")
	report, _ = f.rebaseAllIn(other)
	f.want(report, map[string]string{plugin: "unchanged", hack: "unchanged", stuck: "conflict"})
}

// Names and paths that are no text.
func TestOddNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	odd := "mod/ouwiki/caf\xe9 \"x\".php"
	f.branch(plugin, "v4.1.0", odd, "<?php\n")
	f.branch(stuck, "v4.1.0", "lib.php", text(40, map[int]string{5: "ours"}))
	f.Git("update-ref", "refs/heads/-option", "v4.1.0^0")
	f.Git("update-ref", "refs/heads/LUVLE-4.1-hack-\xff", "v4.1.0^0")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "clean", stuck: "conflict"})
	if got := f.Git("ls-tree", "-r", "-z", "--name-only", "LUVLE-4.5-feature-mod_ouwiki"); !strings.Contains(got, odd) {
		t.Errorf("files: %q", got)
	}
	if _, err := job.PlanRebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "--upload-pack=touch pwned"}); err == nil {
		t.Error("a tag that is an option was taken")
	}
}

// Commits are signed where the user signs commits.
func TestSignedCommits(t *testing.T) {
	t.Parallel()
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("ssh-keygen is not installed: nothing to sign with")
	}
	f := newFixture(t)
	f.three()
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f.Git("config", "gpg.format", "ssh")
	f.Git("config", "user.signingKey", key)
	f.Git("config", "commit.gpgSign", "true")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict"})
	for _, rev := range []string{"LUVLE-4.5-feature-mod_ouwiki", "LUVLE-4.5-feature-mod_ouwiki~1"} {
		if raw := f.Git("cat-file", "commit", rev); !strings.Contains(raw, "gpgsig -----BEGIN SSH SIGNATURE-----") {
			t.Errorf("%s is not signed:\n%s", rev, raw)
		}
	}
	if got := f.Git("log", "-1", "--format=%an <%ae> %at", "LUVLE-4.5-feature-mod_ouwiki"); got != f.Git("log", "-1", "--format=%an <%ae> %at", plugin) {
		t.Errorf("author of the signed commit: %s", got)
	}
}

func TestUndoTakesARunBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.Git("fsck")
	before := f.Git("for-each-ref", "refs/heads/LUVLE-*", "refs/mgit/parked")
	_, run := f.rebaseAll()
	report, undo, err := job.UndoRun(t.Context(), f.open(""), run, false)
	if err != nil || undo != 2 || len(report.Moves) != 3 {
		t.Fatalf("undo is run %d with %d moves: %v", undo, len(report.Moves), err)
	}
	if after := f.Git("for-each-ref", "refs/heads/LUVLE-*", "refs/mgit/parked"); after != before {
		t.Errorf("after the undo:\n%s\nbefore the run:\n%s", after, before)
	}
	if ledger, err := f.TryGit("show", "mgit:upgrades/4.5.toml"); err == nil {
		t.Errorf("the ledger of an upgrade that was taken back:\n%s", ledger)
	}
	if _, again, err := job.UndoRun(t.Context(), f.open(""), run, false); err != nil || again != 0 {
		t.Errorf("undone twice: run %d, %v", again, err)
	}
	redone, _ := f.rebaseAll()
	f.want(redone, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict"})
}

// What was committed after the run is never lost by undoing it.
func TestUndoLeavesBranchesThatMovedOn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	_, run := f.rebaseAll()
	f.on("LUVLE-4.5-feature-mod_ouwiki", "mod/ouwiki/new.php", "work on 4.5\n")
	report, _, err := job.UndoRun(t.Context(), f.open(""), run, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Left) != 1 || report.Left[0].Ref != "refs/heads/LUVLE-4.5-feature-mod_ouwiki" {
		t.Errorf("left: %+v", report.Left)
	}
	if got := f.log("v4.5.0", "LUVLE-4.5-feature-mod_ouwiki"); !strings.HasSuffix(got, "change mod/ouwiki/new.php") {
		t.Errorf("the branch that moved on: %s", got)
	}
	if ledger := f.Git("show", "mgit:upgrades/4.5.toml"); !strings.Contains(ledger, plugin) || strings.Contains(ledger, hack) {
		t.Errorf("the ledger after the undo:\n%s", ledger)
	}
}
