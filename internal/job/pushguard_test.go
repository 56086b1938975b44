package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/job"
)

const nothing = "0000000000000000000000000000000000000000"

// unjudged leaves the checks out of what the guard says, where a test is about roles and what may be seen.
func unjudged() []string { return []string{"push-errors"} }

// guardAt asks the guard about a plain push of an object to a URL.
func (f *fixture) guardAt(dir, url, object string) error {
	f.t.Helper()
	line := object + " " + f.tip(object) + " refs/tags/x " + nothing + "\n"
	_, err := job.CheckPush(f.t.Context(), f.open(dir), job.GuardRequest{Remote: url, URL: url, Lines: []byte(line), Allow: unjudged()})
	return err
}

func wantRefusal(t *testing.T, what string, err error, id, text string) {
	t.Helper()
	var refusal *job.Refusal
	if !errors.As(err, &refusal) || refusal.ID != id || !strings.Contains(refusal.Text, text) {
		t.Errorf("%s: %v", what, err)
	}
}

// Another way of writing a repository's address is the same repository.
func TestGuardOfOtherAddresses(t *testing.T) {
	t.Parallel()
	f := offering(t)
	fork := f.at("fork").Path
	f.Git("config", "mgit.remote.web.url", "https://git.example.org/luvle/moodle")
	f.Git("config", "mgit.remote.web.role", "public")
	back, err := filepath.Rel(f.Path, fork)
	if err != nil {
		t.Fatal(err)
	}
	f.Git("config", "mgit.remote.fork.url", back)
	for _, url := range []string{
		fork, "file://" + fork, fork + "/.", back, strings.TrimSuffix(fork, ".git"), filepath.Dir(fork) + "/x/../fork.git",
		"http://git.example.org/luvle/moodle.git", "git://git.example.org/luvle/moodle", "https://git.example.org/Luvle/moodle",
		"git+ssh://git@git.example.org/luvle/moodle",
	} {
		wantRefusal(t, url, f.guardAt("", url, secret), "push-not-public", "")
	}
	linked := filepath.Join(t.TempDir(), "deep", "linked")
	f.Git("worktree", "add", "-q", "--detach", linked)
	wantRefusal(t, "in a linked worktree", f.guardAt(linked, fork, secret), "push-not-public", "")
}

// What is no commit has no branch that could be public, and a tag on a commit of
// upstream's is not upstream's.
func TestGuardOfObjects(t *testing.T) {
	t.Parallel()
	f := offering(t)
	fork := f.at("fork").Path
	f.Git("tag", "-a", "-m", "for LU-7", "worded", "v4.1.0^{commit}")
	f.Git("tag", "-a", "-m", "outer", "around", "worded")
	f.Git("tag", "-a", "-m", "a file", "file", secret+":lib.php")
	f.Git("tag", "-a", "-m", "nothing of ours", "harmless", "v4.1.0^{commit}")
	for object, id := range map[string]string{
		secret + ":lib.php": "push-not-public", secret + "^{tree}": "push-not-public", "v4.1.0:lib.php": "push-not-public",
		"file": "push-not-public", "worded": "push-content", "around": "push-content",
	} {
		wantRefusal(t, object, f.guardAt("", fork, object), id, "")
	}
	for _, object := range []string{"harmless", "v4.1.0", "v4.1.0^{commit}"} {
		if err := f.guardAt("", fork, object); err != nil {
			t.Errorf("%s: %v", object, err)
		}
	}
}

// A password stays out of what is said.
func TestGuardRedacts(t *testing.T) {
	t.Parallel()
	f := offering(t)
	f.Git("config", "mgit.remote.web.url", "https://git.example.org/luvle/moodle")
	f.Git("config", "mgit.remote.web.role", "public")
	url := "https://ann:hidden@git.example.org/luvle/moodle"
	line := secret + " " + f.tip(secret) + " refs/heads/x " + nothing + "\n"
	report, err := job.CheckPush(t.Context(), f.open(""), job.GuardRequest{
		Remote: url, URL: url, Lines: []byte(line), Allow: append(unjudged(), "push-not-public", "push-content"),
	})
	if err != nil || strings.Contains(report.Remote, "hidden") {
		t.Errorf("%+v, %v", report, err)
	}
}

// What was fetched under a remote's name may be another repository's.
func TestGuardOfRemoteThatWasRedirected(t *testing.T) {
	t.Parallel()
	f := offering(t)
	f.Git("update-ref", "refs/remotes/fork/old", secret)
	f.Git("branch", "-f", forum, secret)
	f.on(forum, "new.php", "new\n")
	wantRefusal(t, "redirected", f.guard("refs/heads/"+forum, "refs/heads/MDL-1-main"), "push-content", "is of "+secret)
}

// A guard that git does not run is none, and one is needed where any of a remote's
// addresses is public.
func TestGuardThatSleeps(t *testing.T) {
	t.Parallel()
	f := offering(t)
	hook := filepath.Join(f.Git("rev-parse", "--path-format=absolute", "--git-path", "hooks"), "pre-push")
	if err := os.MkdirAll(filepath.Dir(hook), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hook, []byte("#!/bin/sh\n# Push guard of mgit.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if c := f.checked("push-guard"); c.State != job.DoctorProblem || !strings.Contains(c.Text, "not executable") {
		t.Errorf("%+v", c)
	}
	if err := os.Chmod(hook, 0o755); err != nil {
		t.Fatal(err)
	}
	if c := f.checked("push-guard"); c.State != job.DoctorOK {
		t.Errorf("%+v", c)
	}
	if err := os.Remove(hook); err != nil {
		t.Fatal(err)
	}
	f.Git("config", "remote.both.url", f.at("origin").Path)
	f.Git("config", "--add", "remote.both.pushurl", f.at("origin").Path)
	f.Git("config", "--add", "remote.both.pushurl", f.at("fork").Path)
	f.Git("remote", "remove", "fork")
	if c := f.checked("push-guard"); c.State != job.DoctorProblem {
		t.Errorf("a remote with two addresses: %+v", c)
	}
}

// This clone's own references stay in it, also by git push --mirror.
func TestGuardOfOwnRefs(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	f.push()
	own := f.Git("for-each-ref", "--format=%(refname)", "--count=1", "refs/mgit/pushed/")
	line := own + " " + f.tip(own) + " " + own + " 0000000000000000000000000000000000000000\n"
	for remote, id := range map[string]string{"origin": "push-own-refs", "fork": "push-not-public"} {
		_, err := job.CheckPush(t.Context(), f.open(""), job.GuardRequest{Remote: remote, URL: f.at(remote).Path, Lines: []byte(line)})
		var refusal *job.Refusal
		if !errors.As(err, &refusal) || refusal.ID != id {
			t.Errorf("%s: %v", remote, err)
		}
	}
}

// The mgit branch is merged into nothing, and is nothing else's name, whatever remote it is for.
func TestGuardOfMergedState(t *testing.T) {
	t.Parallel()
	f := offering(t)
	tree := f.Git("rev-parse", secret+"^{tree}")
	merge := f.Git("commit-tree", "-p", secret, "-p", "mgit", "-m", "merge", tree)
	f.Git("update-ref", "refs/heads/LUVLE-4.1-test", f.Git("commit-tree", "-p", merge, "-m", "on top", tree))
	before, ours := f.Git("commit-tree", "-m", "begun without a file", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"), f.Git("rev-parse", "mgit^{tree}")
	for name, test := range map[string]struct {
		object, to string
		text       string // "" where nothing is against it
	}{
		"a merge below":              {"LUVLE-4.1-test", "refs/heads/LUVLE-4.1-test", merge[:10] + " merges the mgit branch"},
		"as a tag":                   {"LUVLE-4.1-test", "refs/tags/x", "merges the mgit branch"},
		"as a branch of the site":    {"mgit", "refs/heads/" + secret, "would be " + secret},
		"a branch as it":             {secret, "refs/heads/mgit", "would be it there"},
		"itself":                     {"mgit", "refs/heads/mgit", ""},
		"a copy of it":               {"mgit", "refs/heads/backup", ""},
		"two people's changes":       {f.Git("commit-tree", "-p", "mgit", "-p", f.Git("commit-tree", "-p", "mgit", "-m", "theirs", ours), "-m", "both", ours), "refs/heads/mgit", ""},
		"a branch":                   {secret, "refs/heads/" + secret, ""},
		"a merge of something else":  {f.Git("commit-tree", "-p", secret, "-p", "v4.1.1^{commit}", "-m", "minor", tree), "refs/heads/" + secret, ""},
		"a merge of a foreign start": {f.Git("commit-tree", "-p", secret, "-p", before, "-m", "foreign", tree), "refs/heads/" + secret, ""},
	} {
		for remote, url := range map[string]string{"origin": f.at("origin").Path, "elsewhere": t.TempDir()} {
			line := "HEAD " + f.tip(test.object) + " " + test.to + " " + nothing + "\n"
			request := job.GuardRequest{Remote: remote, URL: url, Lines: []byte(line), Allow: unjudged()}
			_, err := job.CheckPush(t.Context(), f.open(""), request)
			if test.text == "" {
				if err != nil {
					t.Errorf("%s to %s: %v", name, remote, err)
				}
				continue
			}
			wantRefusal(t, name+" to "+remote, err, "push-merged", test.text)
			request.Allow = append(unjudged(), "mgit-merged")
			if _, err := job.CheckPush(t.Context(), f.open(""), request); err != nil {
				t.Errorf("%s, waived: %v", name, err)
			}
		}
	}
}

// What is new to a remote has no errors of the checks, or they are let pass by their names; what was there is not
// asked about again.
func TestGuardOfErrors(t *testing.T) {
	t.Parallel()
	f := offering(t)
	const name = "LUVLE-4.1-hack-mod_forum-words"
	f.branch(name, "v4.1.0", "mod/forum/lib.php", "<?php\n<<<<<<< HEAD\n")
	line := func(old string) []byte {
		return []byte("refs/heads/" + name + " " + f.tip(name) + " refs/heads/" + name + " " + old + "\n")
	}
	push := func(lines []byte, allow ...string) error {
		_, err := job.CheckPush(t.Context(), f.open(""), job.GuardRequest{Remote: "origin", URL: f.at("origin").Path, Lines: lines, Allow: allow})
		return err
	}
	wantRefusal(t, "a conflict", push(line(nothing)), "push-errors", "mod/forum/lib.php:2: conflict marker")
	for what, err := range map[string]error{
		"waived":   push(line(nothing), "conflict-marker", "php-syntax"),
		"is there": push(line(f.tip(name))),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := job.CheckPush(t.Context(), f.open(""), job.GuardRequest{Remote: "x", URL: t.TempDir(), Lines: line(nothing)}); err != nil {
		t.Errorf("to a remote without a role: %v", err)
	}
}
