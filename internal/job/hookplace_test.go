package job_test

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// What is in a folder that others have, too, is taken away for everybody, and so only where somebody names the folder; and undo
// of what was done before git was sent there leaves it alone.
func TestHooksOfOtherClonesStay(t *testing.T) {
	t.Parallel()
	plain := newFixture(t)
	for name, test := range map[string]struct{ dir, scope, refusal string }{
		"of all clones":    {t.TempDir(), "--global", "not this clone's alone"},
		"in the work tree": {filepath.Join(plain.Path, ".githooks"), "--local", "in the working copy"},
	} {
		f := plain.copyTo(t, t.TempDir())
		if test.scope == "--local" {
			test.dir = filepath.Join(f.Path, ".githooks")
		}
		if _, run, err := f.installHooks(job.HooksRequest{}); err != nil || run != 1 {
			t.Fatalf("run %d, %v", run, err)
		}
		if _, _, err := f.installHooks(job.HooksRequest{Into: test.dir}); err != nil {
			t.Fatal(err)
		}
		there := hooksOf(t, test.dir)
		f.Git("config", test.scope, "core.hooksPath", test.dir)
		_, _, err := f.removeHooks(job.HooksRequest{})
		wantRefusal(t, name, err, "hooks-path", test.refusal)
		if _, _, err := job.UndoRun(t.Context(), f.open(""), 1, false); err != nil {
			t.Error(err)
		}
		if left := hooksOf(t, filepath.Join(f.Path, ".git", "hooks")); len(left) > 1 {
			t.Errorf("%s: undo leaves %q", name, left)
		}
		if got := hooksOf(t, test.dir); len(there) != 5 || !maps.Equal(got, there) {
			t.Errorf("%s: there is %q, want %q", name, got, there)
		}
		for _, into := range []string{test.dir, ""} { // the second time there is nothing to be removed
			if _, _, err := f.removeHooks(job.HooksRequest{Into: into}); err != nil {
				t.Errorf("%s, by the name %q: %v", name, into, err)
			}
		}
		if left := hooksOf(t, test.dir); len(left) > 1 {
			t.Errorf("%s: left: %q", name, left)
		}
	}
}

// Undo takes hooks from where its run put them, and from nowhere else: not from where git looks now, if that is another folder.
func TestUndoOfHooksElsewhere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, run, err := f.installHooks(job.HooksRequest{}); err != nil || run != 1 {
		t.Fatalf("run %d, %v", run, err)
	}
	elsewhere := t.TempDir()
	f.Git("config", "core.hooksPath", elsewhere)
	if _, run, err := f.installHooks(job.HooksRequest{}); err != nil || run != 2 {
		t.Fatalf("run %d, %v", run, err)
	}
	own, others := hooksOf(t, f.hooksDir()), hooksOf(t, elsewhere)
	f.Git("config", "--unset", "core.hooksPath")
	_, _, err := job.UndoRun(t.Context(), f.open(""), 2, false)
	wantRefusal(t, "undo", err, "hooks-path", elsewhere)
	if got := hooksOf(t, f.hooksDir()); !maps.Equal(got, own) {
		t.Errorf("in the clone's own folder: %q, want %q", got, own)
	}
	if got := hooksOf(t, elsewhere); !maps.Equal(got, others) {
		t.Errorf("in the folder of the run: %q, want %q", got, others)
	}
	if _, _, err := f.removeHooks(job.HooksRequest{Into: elsewhere}); err != nil || len(hooksOf(t, elsewhere)) > 1 {
		t.Errorf("what the hint says leaves %q, %v", hooksOf(t, elsewhere), err)
	}
}

// A clone can be moved between an installation and its undo.
func TestUndoOfHooksInAMovedClone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, run, err := f.installHooks(job.HooksRequest{}); err != nil || run != 1 {
		t.Fatalf("run %d, %v", run, err)
	}
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(f.Path, moved); err != nil {
		t.Fatal(err)
	}
	if _, _, err := job.UndoRun(t.Context(), f.open(moved), 1, false); err != nil {
		t.Error(err)
	}
	if left := hooksOf(t, filepath.Join(moved, ".git", "hooks")); len(left) > 1 {
		t.Errorf("undo leaves %q", left)
	}
}

// Somebody sets husky up after mgit: git does not look at mgit's hooks from then on, which is said until they are gone, and the
// way is the one that goes with husky.
func TestHooksThatGitDoesNotLookAtAnyMore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, _, err := f.installHooks(job.HooksRequest{}); err != nil {
		t.Fatal(err)
	}
	f.Git("config", "core.hooksPath", ".husky/_")
	for _, name := range job.HookNames() {
		f.Write(".husky/_/"+name, "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"")
		if err := os.Chmod(filepath.Join(f.Path, ".husky/_", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	status := func(want string) {
		t.Helper()
		if report, err := job.HooksStatus(t.Context(), f.open(""), job.HooksRequest{}); err != nil || warned(report) != want {
			t.Errorf("status: %+v, %v; want warnings of %q", report, err, want)
		}
	}
	status("hooks-path, hooks-unread")
	_, _, err := f.installHooks(job.HooksRequest{})
	wantRefusal(t, "husky", err, "hook-manager", "belongs to husky")
	if c := f.checked("hooks"); c.State != job.DoctorHint || !strings.Contains(c.Hint, "docs/checks.md") {
		t.Errorf("doctor: %+v", c)
	}
	report, run, err := f.removeHooks(job.HooksRequest{})
	if err != nil || run != 0 || len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0].Text, "(pre-commit, commit-msg, pre-push, post-checkout)") {
		t.Errorf("remove: %+v, run %d, %v", report, run, err)
	}
	f.Write(".husky/pre-commit", "mgit check --staged\n")
	f.Write(".husky/commit-msg", "mgit check --message \"$1\"\n")
	f.Write(".husky/pre-push", "mgit check --push \"$1\" \"$2\"\n")
	status("hooks-unread")
	if _, _, err := f.removeHooks(job.HooksRequest{Into: f.hooksDir()}); err != nil {
		t.Error(err)
	}
	status("")
	if c := f.checked("hooks"); c.State != job.DoctorOK {
		t.Errorf("doctor: %+v", c)
	}
}

// A folder that is a link is somebody else's, as core.hooksPath would be.
func TestHooksFolderThatIsALink(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	shared := t.TempDir()
	if err := os.Symlink(shared, f.hooksDir()); err != nil {
		t.Fatal(err)
	}
	_, _, err := f.installHooks(job.HooksRequest{})
	wantRefusal(t, "to elsewhere", err, "hooks-path", f.hooksDir()+" is a link to "+shared)
	if left, err := os.ReadDir(shared); err != nil || len(left) > 0 {
		t.Errorf("written: %v, %v", left, err)
	}
	lead := func(to string) {
		if err := errors.Join(os.Remove(f.hooksDir()), os.Symlink(to, f.hooksDir())); err != nil {
			t.Fatal(err)
		}
	}
	lead(filepath.Join(shared, "not there yet"))
	_, _, err = f.installHooks(job.HooksRequest{})
	wantRefusal(t, "to where nothing is", err, "hooks-path", "is a link to")
	lead("../.githooks")
	_, _, err = f.installHooks(job.HooksRequest{})
	wantRefusal(t, "into the work tree", err, "hooks-path", "in the working copy")
	if _, run, err := f.installHooks(job.HooksRequest{Into: ".githooks"}); err != nil || run != 0 {
		t.Errorf("into the work tree, wanted: run %d, %v", run, err)
	}
	if err := errors.Join(os.Remove(f.hooksDir()), os.Mkdir(filepath.Join(f.Path, ".git", "own"), 0o777), os.Symlink("own", f.hooksDir())); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.installHooks(job.HooksRequest{}); err != nil {
		t.Errorf("within the clone: %v", err)
	}
}

// Where git looks decides; mgit writes neither for all clones nor, unasked, into the work tree.
func TestHooksPath(t *testing.T) {
	t.Parallel()
	plain := newFixture(t)
	for name, test := range map[string]struct {
		value   string
		into    string
		scope   string
		refusal string
	}{
		"a folder of its own":      {value: "../hooks"},
		"in the git folder":        {value: ".git/own hooks"},
		"far below what is there":  {value: "../a/b/hooks"},
		"in the work tree":         {value: ".githooks", refusal: "in the working copy"},
		"the work tree itself":     {value: ".", refusal: "in the working copy"},
		"in the work tree, wanted": {value: ".githooks", into: ".githooks"},
		"in the work tree of each": {value: ".githooks", into: ".githooks", scope: "--global"},
		"nothing":                  {value: "", refusal: "set to nothing"},
		"no folder":                {value: "/dev/null", refusal: "is no folder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := plain.copy(t)
			before := hooksOf(t, filepath.Dir(f.Path))
			f.Git("config", cmp.Or(test.scope, "--local"), "core.hooksPath", test.value)
			report, run, err := f.installHooks(job.HooksRequest{Into: test.into, Program: "/opt/mgit"})
			if test.refusal != "" {
				wantRefusal(t, name, err, "hooks-path", test.refusal)
				if status, err := job.HooksStatus(t.Context(), f.open(""), job.HooksRequest{}); err != nil || warned(status) != "hooks-path" {
					t.Errorf("status: %+v, %v", status, err)
				}
				return
			}
			if err != nil || (run == 0) != (test.into != "") || warned(report) != "" {
				t.Fatalf("%+v, run %d, %v", report, run, err)
			}
			text, err := os.ReadFile(filepath.Join(f.Path, filepath.FromSlash(test.value), "pre-commit"))
			if err != nil || strings.Contains(string(text), "/opt/mgit") != (test.into == "") {
				t.Errorf("%q, %v", text, err)
			}
			if _, _, err := f.removeHooks(job.HooksRequest{Into: test.into}); err != nil {
				t.Fatal(err)
			}
			if left := hooksOf(t, filepath.Join(f.Path, filepath.FromSlash(test.value))); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
			if left := slices.Collect(maps.Keys(hooksOf(t, filepath.Dir(f.Path)))); len(left) != len(before) {
				t.Errorf("left above: %q", left)
			}
		})
	}
	f := plain.copy(t)
	report, _, err := f.installHooks(job.HooksRequest{Into: "tools/hooks"})
	if err != nil || warned(report) != "hooks-unread" {
		t.Errorf("a folder in which git does not look: %+v, %v", report, err)
	}
}

// Where nothing can be written there is no run. A folder of the name that a hook would be kept by is in nobody's way.
func TestHooksWhereSomethingIsInTheWay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("config", "core.hooksPath", "/proc/mgit/hooks") // where nobody makes files, root neither
	if _, run, err := f.installHooks(job.HooksRequest{}); err == nil || !strings.Contains(err.Error(), "folder for hooks") || run != 0 {
		t.Errorf("where nothing can be written: run %d, %v", run, err)
	}
	f.Git("config", "--unset", "core.hooksPath")
	if err := os.MkdirAll(filepath.Join(f.hooksDir(), "pre-commit.before-mgit"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, run, err := f.installHooks(job.HooksRequest{Program: "true"}); err != nil || run != 1 {
		t.Errorf("beside a folder: run %d, %v", run, err)
	}
	if out, err := exec.CommandContext(t.Context(), filepath.Join(f.hooksDir(), "pre-commit")).CombinedOutput(); err != nil {
		t.Errorf("the hook beside a folder: %v\n%s", err, out)
	}
	report, _, err := f.removeHooks(job.HooksRequest{})
	if left := hooksOf(t, f.hooksDir()); err != nil || report.Hooks[0].Outcome != job.HookRemoved || len(left) != 2 {
		t.Errorf("%+v, %v; left: %q", report, err, left)
	}
}

// In a bare repository nobody commits; one with linked worktrees is worked in.
func TestHooksOfBareRepository(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "server.git")
	bare := gittest.NewAt(t, dir, "--bare")
	f := &fixture{bare, t}
	report, _, err := f.installHooks(job.HooksRequest{})
	if err != nil || becameOf(report) != "pre-receive installed" {
		t.Fatalf("%+v, %v", report, err)
	}
	f.Git("worktree", "add", "-q", "--detach", "../linked", f.Git("commit-tree", "-m", "root", f.Git("hash-object", "-t", "tree", "-w", "/dev/null")))
	if report, _, err = f.installHooks(job.HooksRequest{}); err != nil || becameOf(report) != allInstalled {
		t.Errorf("%+v, %v", report, err)
	}
}
