package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mgit/internal/git"
	"mgit/internal/job"
)

// The remote refuses the mgit branch. That is neither somebody's push nor a
// remote that is not there, and it is said as it is.
func TestSyncThatTheRemoteRefuses(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	origin.three()
	c := origin.colleague()
	c.rebaseAll()
	hook := filepath.Join(origin.Path, ".git", "hooks", "pre-receive")
	if err := os.MkdirAll(filepath.Dir(hook), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hook, []byte("#!/bin/sh\necho ask the owner first\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := job.Sync(t.Context(), c.open(""), false)
	var unreachable *job.UnreachableError
	if err == nil || errors.As(err, &unreachable) || !strings.Contains(err.Error(), "ask the owner first") {
		t.Errorf("error: %v", err)
	}
	if err := os.Remove(hook); err != nil {
		t.Fatal(err)
	}
	if s := c.sync(); !s.Remotes[0].Pushed {
		t.Errorf("sync: %+v", s)
	}
}

// Two clones begin the same file of settings, each on its own, and one of them
// takes a record back.
func TestSyncOfSettings(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	origin.three()
	here, there := origin.colleague(), origin.colleague()
	there.shared("mgit.toml", "format = 1\n\n[branch.mod_ouwiki]\nreason = \"wikis\"\n")
	there.sync()
	here.shared("mgit.toml", "format = 1\n\n[branch.mod_forum-subject]\nreason = \"long subjects\"\n")
	if s := here.sync(); len(s.Disagreements) != 0 {
		t.Errorf("disagreements: %+v", s.Disagreements)
	}
	text := origin.Git("show", "mgit:mgit.toml")
	if !strings.Contains(text, "wikis") || !strings.Contains(text, "long subjects") {
		t.Errorf("merged:\n%s", text)
	}
	there.sync()
	there.shared("mgit.toml", "format = 1\n\n[branch.mod_forum-subject]\nreason = \"long subjects\"\n")
	there.sync()
	here.shared("mgit.toml", strings.Replace(text, "reason = \"long", "ticket = \"LU-7\"\nreason = \"long", 1)+"\n")
	here.sync()
	if text = origin.Git("show", "mgit:mgit.toml"); strings.Contains(text, "mod_ouwiki") || !strings.Contains(text, "LU-7") {
		t.Errorf("merged:\n%s", text)
	}
}

// A remote is asked what it has, and fetched from only when that is something new.
func TestSyncFetchesWhatIsNew(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	here, there := origin.colleague(), origin.colleague()
	fetches := func() (n int) {
		t.Helper()
		var mu sync.Mutex
		site, err := job.Open(t.Context(), job.OpenRequest{Dir: here.Path, Git: git.Options{Env: here.Env(), Log: func(c git.Command) {
			mu.Lock()
			defer mu.Unlock()
			if c.Args[0] == "fetch" {
				n++
			}
		}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = job.Sync(t.Context(), site, false)
		if err := errors.Join(err, site.Close()); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := fetches(); n != 0 {
		t.Errorf("%d fetches of what a clone has", n)
	}
	there.shared("notes/theirs.txt", "theirs\n")
	there.sync()
	if n := fetches(); n != 1 || here.Git("show", "mgit:notes/theirs.txt") != "theirs" {
		t.Errorf("%d fetches of what is new, want 1", n)
	}
	if n := fetches(); n != 0 {
		t.Errorf("%d fetches of what was fetched", n)
	}
}

// A server that was made anew has lost the branch that was fetched from it before: it gets it again, with what a colleague had
// put there and nobody has merged.
func TestSyncToAServerMadeAnew(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	f := origin.colleague()
	f.shared("notes/note.txt", "one\n")
	f.sync()
	theirs := f.tip("refs/heads/mgit")
	f.Git("update-ref", "refs/heads/mgit", theirs+"^")
	origin.Git("update-ref", "-d", "refs/heads/mgit")
	report := f.sync()
	if r := report.Remotes[0]; !r.Pushed || git.ID(r.Old) != git.ZeroID || f.tipAt("origin", "refs/heads/mgit") != theirs {
		t.Errorf("%+v, and the remote has %s", r, f.tipAt("origin", "refs/heads/mgit"))
	}
	if report = f.sync(); report.Remotes[0].Pushed {
		t.Errorf("pushed again: %+v", report)
	}
}
