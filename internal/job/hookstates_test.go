package job_test

import (
	"os"
	"path/filepath"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// How a hook stands is said by its text, its mode and, where a program looks after it, by the settings of that.
func TestStatesOfHooks(t *testing.T) {
	t.Parallel()
	const (
		lefthook = "#!/bin/sh\ncall_lefthook run \"pre-push\" \"$@\"\n"
		sleeps   = "git does not run it, since it is not executable"
	)
	plain := newFixture(t)
	for name, test := range map[string]struct {
		hook          string
		text          string
		mode          os.FileMode
		kept          string            // what is kept of another
		link          string            // what the hook is a link to
		files         map[string]string // in the work tree
		state, reason string
	}{
		"none":                             {hook: "pre-push", state: job.HookAbsent},
		"gone, beside what was kept":       {hook: "pre-push", kept: "#!/bin/sh\n", state: job.HookAbsent, reason: "it is gone, and pre-push.before-mgit is there, which nobody calls"},
		"changed and asleep":               {hook: "pre-push", text: oldGuard("mgit") + "more\n", mode: 0o644, state: job.HookChanged, reason: "somebody has changed it since it was installed, and " + sleeps},
		"theirs":                           {hook: "pre-push", text: "#!/bin/sh\n", mode: 0o755, state: job.HookForeign},
		"theirs, asleep":                   {hook: "pre-push", text: "#!/bin/sh\nmgit check --push\n", mode: 0o644, state: job.HookForeign, reason: sleeps},
		"calls mgit":                       {hook: "pre-push", text: "#!/bin/sh\nmgit check --push\n", mode: 0o755, state: job.HookCalls, reason: "it calls mgit by itself"},
		"a link to ours":                   {hook: "pre-push", text: oldGuard("mgit"), mode: 0o755, link: "other", state: job.HookCalls, reason: "it is a link to other, and it calls mgit by itself"},
		"a link to what sleeps":            {hook: "pre-push", text: "#!/bin/sh\n", mode: 0o644, link: "other", state: job.HookForeign, reason: "it is a link to other, and " + sleeps},
		"a link to one that calls mgit":    {hook: "pre-push", text: "mgit check --push\n", mode: 0o755, link: "other", state: job.HookCalls, reason: "it is a link to other, and it calls mgit by itself"},
		"a link to nothing":                {hook: "pre-push", link: "other", state: job.HookForeign, reason: "it is a link to other, which is not there"},
		"a link to a folder":               {hook: "pre-push", link: ".", state: job.HookForeign, reason: "it is a link to ."},
		"a manager's":                      {hook: "pre-push", text: lefthook, mode: 0o755, state: job.HookForeign, reason: "it belongs to lefthook, which is set up in lefthook.yml"},
		"a manager's that calls mgit":      {hook: "pre-push", text: lefthook, mode: 0o755, files: map[string]string{".lefthook.yml": "run: mgit check --push"}, state: job.HookCalls, reason: "it belongs to lefthook, and .lefthook.yml calls mgit"},
		"a manager's that calls it asleep": {hook: "pre-push", text: lefthook, mode: 0o644, files: map[string]string{"lefthook.yml": "run: mgit check --push"}, state: job.HookForeign, reason: sleeps + ", and it belongs to lefthook, which is set up in lefthook.yml"},
		"a manager's that speaks of mgit":  {hook: "pre-push", text: lefthook, mode: 0o755, files: map[string]string{"lefthook.yml": "# run: mgit check --push"}, state: job.HookForeign, reason: "it belongs to lefthook, which is set up in lefthook.yml"},
		"a manager's for another hook":     {hook: "pre-push", text: lefthook, mode: 0o755, files: map[string]string{"lefthook.yml": "run: mgit check --staged"}, state: job.HookForeign, reason: "it belongs to lefthook, which is set up in lefthook.yml"},
		"settings that are a folder":       {hook: "pre-push", text: lefthook, mode: 0o755, files: map[string]string{"lefthook.yml/a": "run: mgit check --push"}, state: job.HookForeign, reason: "it belongs to lefthook, which is set up in lefthook.yml"},
		"by its id":                        {hook: "pre-commit", text: preCommitsHook, mode: 0o755, files: map[string]string{".pre-commit-config.yaml": "- id: mgit-check\n"}, state: job.HookCalls, reason: "it belongs to pre-commit, and .pre-commit-config.yaml calls mgit"},
		"by the id of another hook":        {hook: "commit-msg", text: preCommitsHook, mode: 0o755, files: map[string]string{".pre-commit-config.yaml": "- id: mgit-check\n"}, state: job.HookForeign, reason: "it belongs to pre-commit, which is set up in .pre-commit-config.yaml"},
		"by a longer id":                   {hook: "pre-commit", text: preCommitsHook, mode: 0o755, files: map[string]string{".pre-commit-config.yaml": "- id: mgit-checks\n"}, state: job.HookForeign, reason: "it belongs to pre-commit, which is set up in .pre-commit-config.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := plain.copy(t)
			file := test.hook
			if test.link != "" {
				file = "other"
				f.writeHook("keep", "", 0o644)
				if err := os.Symlink(test.link, filepath.Join(f.hooksDir(), test.hook)); err != nil {
					t.Fatal(err)
				}
			}
			if test.text != "" {
				f.writeHook(file, test.text, test.mode)
			}
			if test.kept != "" {
				f.writeHook(test.hook+".before-mgit", test.kept, 0o755)
			}
			for name, text := range test.files {
				f.Write(name, text)
			}
			stands(t, f, test.hook, test.state, test.reason)
		})
	}
}

// Nobody's settings are those of a repository without a work tree, such as what lies where mgit was called.
func TestStateOfHookInBareRepository(t *testing.T) {
	f := &fixture{gittest.NewAt(t, filepath.Join(t.TempDir(), "server.git"), "--bare"), t}
	file := filepath.Join(f.Path, "hooks", "pre-receive")
	here := t.TempDir()
	for name, text := range map[string]string{file: "#!/bin/sh\ncall_lefthook\n", filepath.Join(here, "lefthook.yml"): "run: mgit check --receive\n"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(here)
	stands(t, f, "pre-receive", job.HookForeign, "it belongs to lefthook, which is set up in lefthook.yml")
}

func stands(t *testing.T, f *fixture, hook, state, reason string) {
	t.Helper()
	report, err := job.HooksStatus(t.Context(), f.open(""), job.HooksRequest{Names: []string{hook}})
	if err != nil {
		t.Fatal(err)
	}
	if h := report.Hooks[0]; h.State != state || h.Reason != reason {
		t.Errorf("it is %s: %q, want %s: %q", h.State, h.Reason, state, reason)
	}
}
