package job_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
)

// hooksOf is all that there is in a folder: by name its kind, mode, time and content.
func hooksOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err == nil {
		all["."] = "folder"
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		content, _ := os.ReadFile(path)
		target, _ := os.Readlink(path)
		all[e.Name()] = fmt.Sprint(info.Mode(), info.ModTime().UnixNano(), target, string(content))
	}
	return all
}

func (f *fixture) hooksDir() string { return filepath.Join(f.Path, ".git", "hooks") }

func (f *fixture) writeHook(name, text string, mode fs.FileMode) {
	f.t.Helper()
	if err := os.MkdirAll(f.hooksDir(), 0o777); err != nil {
		f.t.Fatal(err)
	}
	path := filepath.Join(f.hooksDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) installHooks(request job.HooksRequest) (*job.HooksReport, int, error) {
	f.t.Helper()
	return job.InstallHooks(f.t.Context(), f.open(""), request)
}

func (f *fixture) removeHooks(request job.HooksRequest) (*job.HooksReport, int, error) {
	f.t.Helper()
	return job.RemoveHooks(f.t.Context(), f.open(""), request)
}

func becameOf(r *job.HooksReport) string {
	var all []string
	for _, h := range r.Hooks {
		all = append(all, h.Name+" "+h.Outcome)
	}
	return strings.Join(all, ", ")
}

// warned are the names of what a report warns of, but for that of PHP, which is there or not.
func warned(r *job.HooksReport) string {
	var all []string
	for _, w := range r.Warnings {
		if w.ID != "no-php" {
			all = append(all, w.ID)
		}
	}
	return strings.Join(all, ", ")
}

const allInstalled = "pre-commit installed, commit-msg installed, pre-push installed, post-checkout installed"

// Whatever is there: it is kept, doing it twice changes nothing, and removing, or undo, puts it back to the last bit.
func TestHooksLeaveEverythingAsItWas(t *testing.T) {
	t.Parallel()
	plain := newFixture(t)
	for name, prepare := range map[string]func(f *fixture){
		"nothing, not even the folder": func(f *fixture) {
			if err := os.RemoveAll(f.hooksDir()); err != nil {
				f.t.Fatal(err)
			}
		},
		"an empty folder":  func(f *fixture) { f.Git("init", "-q") },
		"a program":        func(f *fixture) { f.writeHook("pre-commit", "#!/bin/sh\nexit 0\n", 0o755) },
		"for its owner":    func(f *fixture) { f.writeHook("pre-commit", "\x7fELF\x00\xff", 0o700) },
		"not executable":   func(f *fixture) { f.writeHook("commit-msg", "#!/bin/sh\nexit 1\n", 0o644) },
		"empty, read only": func(f *fixture) { f.writeHook("pre-push", "", 0o444) },
		"links": func(f *fixture) {
			f.writeHook("shared", "#!/bin/sh\n", 0o755)
			for hook, target := range map[string]string{"pre-commit": "shared", "commit-msg": "/nowhere/at all", "pre-push": "."} {
				if err := os.Symlink(target, filepath.Join(f.hooksDir(), hook)); err != nil {
					f.t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := plain.copy(t)
			prepare(f)
			before := hooksOf(t, f.hooksDir())
			same := func(when string, want map[string]string) {
				t.Helper()
				if got := hooksOf(t, f.hooksDir()); !maps.Equal(got, want) {
					t.Errorf("%s there is\n%q, want\n%q", when, got, want)
				}
			}
			report, run, err := f.installHooks(job.HooksRequest{Program: "/opt/it's mine/mgit", DryRun: true})
			if err != nil || run != 0 || becameOf(report) != allInstalled {
				t.Fatalf("dry run: %+v, run %d, %v", report, run, err)
			}
			same("after a dry run", before)
			report, run, err = f.installHooks(job.HooksRequest{Program: "/opt/it's mine/mgit"})
			if err != nil || run != 1 || becameOf(report) != allInstalled {
				t.Fatalf("%+v, run %d, %v", report, run, err)
			}
			installed := hooksOf(t, f.hooksDir())
			for _, h := range report.Hooks {
				if h.State != job.HookInstalled || (h.Before != "") != (before[h.Name] != "") {
					t.Errorf("%+v", h)
				}
				if kept := installed[h.Name+".before-mgit"]; kept != before[h.Name] {
					t.Errorf("kept of %s: %q, want %q", h.Name, kept, before[h.Name])
				}
			}
			if report, run, err = f.installHooks(job.HooksRequest{Program: "/opt/it's mine/mgit"}); err != nil || run != 0 || len(report.Changed()) > 0 {
				t.Errorf("twice: %+v, run %d, %v", report, run, err)
			}
			same("after the second time", installed)
			if _, _, err := job.UndoRun(t.Context(), f.open(""), 1, false); err != nil {
				t.Fatal(err)
			}
			same("after undo", before)
			if _, _, err := f.installHooks(job.HooksRequest{}); err != nil {
				t.Fatal(err)
			}
			report, run, err = f.removeHooks(job.HooksRequest{})
			if err != nil || run == 0 {
				t.Errorf("remove: %+v, run %d, %v", report, run, err)
			}
			same("after remove", before)
			if report, run, err = f.removeHooks(job.HooksRequest{}); err != nil || run != 0 || len(report.Changed()) > 0 {
				t.Errorf("removed twice: %+v, run %d, %v", report, run, err)
			}
		})
	}
}

// oldGuard is the push guard as mgit init has installed it before there were other hooks.
func oldGuard(program string) string {
	return `#!/bin/sh
# Push guard of mgit. It refuses what must not leave this clone for a remote; see "mgit check --help".
# The hook that was here before is pre-push.before-mgit and is called after it.
pushed=$(cat; echo .)
pushed=${pushed%.}
mgit='` + program + `'
command -v "$mgit" >/dev/null 2>&1 || mgit=mgit
if ! command -v "$mgit" >/dev/null 2>&1; then
	echo "pre-push: mgit is not on the PATH, so nobody checks what is pushed; --no-` + `verify pushes all the same" >&2
	exit 1
fi
printf '%s' "$pushed" | "$mgit" check --push "$1" "$2" || exit $?
before=$(dirname "$0")/pre-push.before-mgit
if [ -x "$before" ]; then
	printf '%s' "$pushed" | "$before" "$@"
fi
`
}

// The guard of an older mgit is taken over, with what was there before it; undo of what came with it leaves it in place,
// since it was there.
func TestHooksTakeOldGuardOver(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writeHook("pre-push", oldGuard("/usr/local/bin/mgit"), 0o755)
	f.writeHook("pre-push.before-mgit", "#!/bin/sh\nexit 0\n", 0o750)
	status, err := job.HooksStatus(t.Context(), f.open(""), job.HooksRequest{Names: []string{"pre-push"}})
	if err != nil || status.Hooks[0].State != job.HookOutdated {
		t.Fatalf("%+v, %v", status, err)
	}
	if c := f.checked("hooks"); c.State != job.DoctorHint || !strings.Contains(c.Text, "another version") {
		t.Errorf("doctor: %+v", c)
	}
	report, run, err := f.installHooks(job.HooksRequest{})
	if err != nil || becameOf(report) != "pre-commit installed, commit-msg installed, pre-push renewed, post-checkout installed" {
		t.Fatalf("%+v, %v", report, err)
	}
	if c := f.checked("hooks"); c.State != job.DoctorOK {
		t.Errorf("doctor: %+v", c)
	}
	if _, _, err := job.UndoRun(t.Context(), f.open(""), run, false); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(hooksOf(t, f.hooksDir()))); !slices.Equal(got, []string{".", "pre-push", "pre-push.before-mgit"}) {
		t.Errorf("after undo there is %q", got)
	}
	if _, _, err := f.removeHooks(job.HooksRequest{}); err != nil {
		t.Fatal(err)
	}
	if got := hooksOf(t, f.hooksDir()); !strings.HasPrefix(got["pre-push"], "-rwxr-x---") || len(got) != 2 {
		t.Errorf("after remove there is %q", got)
	}
}

// A hook that somebody has changed is theirs, and so is one that cannot be kept.
func TestHooksOfOthersStay(t *testing.T) {
	t.Parallel()
	plain := newFixture(t)
	for name, test := range map[string]struct {
		prepare func(f *fixture)
		refusal string // "" for none
		outcome string
		state   string
	}{
		"ours, and changed": {
			func(f *fixture) { f.writeHook("pre-push", oldGuard("mgit")+"echo more\n", 0o755) }, "", job.HookLeft, job.HookChanged,
		},
		"ours, and asleep": {
			func(f *fixture) { f.writeHook("pre-push", oldGuard("mgit"), 0o644) }, "", job.HookRenewed, job.HookInstalled,
		},
		"calls mgit by itself": {
			func(f *fixture) {
				f.writeHook("pre-push", "#!/bin/sh\nexec /opt/mgit check --push \"$1\" \"$2\"\n", 0o755)
			}, "", job.HookLeft, job.HookCalls,
		},
		"would call mgit, and sleeps": {
			func(f *fixture) { f.writeHook("pre-push", "#!/bin/sh\nexec mgit check --push \"$1\" \"$2\"\n", 0o644) }, "", job.HookMade, job.HookInstalled,
		},
		"speaks of mgit": {
			func(f *fixture) { f.writeHook("pre-push", "#!/bin/sh\n# mgit check --push\n", 0o755) }, "", job.HookMade, job.HookInstalled,
		},
		"written over by others": {
			func(f *fixture) {
				f.writeHook("pre-push", "#!/bin/sh\n", 0o755)
				f.writeHook("pre-push.before-mgit", "#!/bin/sh\n# theirs\n", 0o755)
			}, "hook-kept", "", job.HookForeign,
		},
		"taken away by others": {
			func(f *fixture) { f.writeHook("pre-push.before-mgit", "#!/bin/sh\n", 0o755) }, "", job.HookMade, job.HookInstalled,
		},
		"a folder": {
			func(f *fixture) { f.writeHook("pre-push/file", "", 0o644) }, "hook-kept", "", job.HookForeign,
		},
		"of pre-commit": {
			func(f *fixture) { f.writeHook("commit-msg", preCommitsHook, 0o755) }, "hook-manager", "", job.HookForeign,
		},
		"of pre-commit, which tells of one reference only": {
			func(f *fixture) {
				f.writeHook("pre-push", preCommitsHook, 0o755)
				f.Write(".pre-commit-config.yaml", "repos:\n- repo: local\n  hooks:\n  - id: mgit-push\n    entry: mgit check --push\n")
			}, "", job.HookMade, job.HookInstalled,
		},
		"of pre-commit, which calls ours": {
			func(f *fixture) {
				f.writeHook("pre-push.legacy", oldGuard("mgit"), 0o755)
				f.writeHook("pre-push", preCommitsHook, 0o755)
			}, "", job.HookLeft, job.HookCalls,
		},
		"of husky, whose script calls mgit": {
			func(f *fixture) {
				f.writeHook("pre-push", "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"", 0o755)
				f.Write(".husky/pre-push", "mgit check --push \"$1\" \"$2\"\n")
			}, "", job.HookLeft, job.HookCalls,
		},
		"asks for its own name": {
			func(f *fixture) {
				f.writeHook("pre-push", "#!/bin/sh\nexec \"${0%/*}/all/$(basename \"$0\")\"\n", 0o755)
			}, "", job.HookMade, job.HookInstalled,
		},
		"of husky, without a script": {
			func(f *fixture) { f.writeHook("pre-push", "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"", 0o755) }, "hook-manager", "", job.HookForeign,
		},
		"of pre-commit, beside one that sleeps": {
			func(f *fixture) {
				f.writeHook("pre-push.legacy", oldGuard("mgit"), 0o644)
				f.writeHook("pre-push", preCommitsHook, 0o755)
			}, "", job.HookMade, job.HookInstalled,
		},
		"of lefthook, whose settings call mgit": {
			func(f *fixture) {
				f.writeHook("pre-push", "#!/bin/sh\ncall_lefthook run \"pre-push\" \"$@\"\n", 0o755)
				f.Write("lefthook.yml", "pre-push:\n  commands:\n    mgit:\n      run: mgit check --push {1} {2}\n      use_stdin: true\n")
			}, "", job.HookLeft, job.HookCalls,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := plain.copy(t)
			if strings.Contains(name, "folder") {
				if err := os.MkdirAll(filepath.Join(f.hooksDir(), "pre-push"), 0o777); err != nil {
					t.Fatal(err)
				}
			}
			test.prepare(f)
			before := hooksOf(t, f.hooksDir())
			report, _, err := f.installHooks(job.HooksRequest{})
			if test.refusal != "" {
				wantRefusal(t, name, err, test.refusal, "")
				if got := hooksOf(t, f.hooksDir()); !maps.Equal(got, before) {
					t.Errorf("although it is refused there is %q", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if asks := strings.Contains(name, "asks for its own name"); strings.Contains(warned(report), "hook-name") != asks {
				t.Errorf("warned of %q", warned(report))
			}
			if h := report.Hooks[2]; h.Outcome != test.outcome || h.State != test.state {
				t.Errorf("%+v", h)
			}
			if test.outcome == job.HookLeft && hooksOf(t, f.hooksDir())["pre-push"] != before["pre-push"] {
				t.Error("it was changed all the same")
			}
		})
	}
}

// What was kept is put back, or named where something else is in its place; what is as it was leaves no copy behind, as after an
// installation that was killed half-way.
func TestHooksThatOthersChangedMeanwhile(t *testing.T) {
	t.Parallel()
	plain := newFixture(t)
	const theirs, newer = "#!/bin/sh\n# theirs\n", "#!/bin/sh\n# theirs, newer\n"
	names := []string{"pre-push"}
	for name, test := range map[string]struct {
		meanwhile func(f *fixture)
		left      map[string]string
		warning   string
		installs  bool // it can be installed anew before it is removed
	}{
		"nothing":                   {func(*fixture) {}, map[string]string{"pre-push": theirs}, "", true},
		"theirs was changed behind": {func(f *fixture) { f.writeHook("pre-push.before-mgit", newer, 0o755) }, map[string]string{"pre-push": newer}, "", true},
		"theirs was put back by them": {
			func(f *fixture) { f.writeHook("pre-push", theirs, 0o755) }, map[string]string{"pre-push": theirs}, "", true,
		},
		"ours was written over": {
			func(f *fixture) { f.writeHook("pre-push", newer, 0o755) }, map[string]string{"pre-push": newer, "pre-push.before-mgit": theirs}, "nobody calls", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := plain.copy(t)
			f.writeHook("pre-push", theirs, 0o755)
			if _, _, err := f.installHooks(job.HooksRequest{Names: names}); err != nil {
				t.Fatal(err)
			}
			test.meanwhile(f)
			again := plain.copy(t)
			if err := os.CopyFS(again.hooksDir(), os.DirFS(f.hooksDir())); err != nil {
				t.Fatal(err)
			}
			if _, _, err := again.installHooks(job.HooksRequest{Names: names}); (err == nil) != test.installs {
				t.Errorf("installed again: %v", err)
			}
			for _, f := range []*fixture{f, again} {
				report, _, err := f.removeHooks(job.HooksRequest{Names: names})
				if err != nil || (len(report.Warnings) > 0) != (test.warning != "") || test.warning != "" && !strings.Contains(report.Warnings[0].Text, test.warning) {
					t.Errorf("%+v, %v", report, err)
				}
				left := make(map[string]string)
				for hook := range hooksOf(t, f.hooksDir()) {
					if hook != "." {
						text, _ := os.ReadFile(filepath.Join(f.hooksDir(), hook))
						left[hook] = string(text)
					}
				}
				if !maps.Equal(left, test.left) {
					t.Errorf("left: %q", left)
				}
			}
		})
	}
}

const preCommitsHook = "#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n"

// A manager that keeps ours and calls it has it taken away again, with what was kept of its own; somebody's own hook that
// is called by nobody any more is named.
func TestHooksBehindManager(t *testing.T) {
	t.Parallel()
	plain := newFixture(t)
	for kept, want := range map[string][]string{
		"":                      {"pre-push"},
		preCommitsHook:          {"pre-push"},
		"#!/bin/sh\n# theirs\n": {"pre-push", "pre-push.before-mgit"},
	} {
		f := plain.copy(t)
		f.writeHook("pre-push.legacy", oldGuard("mgit"), 0o755)
		f.writeHook("pre-push", preCommitsHook, 0o755)
		if kept != "" {
			f.writeHook("pre-push.before-mgit", kept, 0o755)
		}
		isTheirs := len(want) > 1
		status, err := job.HooksStatus(t.Context(), f.open(""), job.HooksRequest{Names: []string{"pre-push"}})
		if err != nil || strings.Contains(status.Hooks[0].Reason, "nobody calls pre-push.before-mgit") != isTheirs {
			t.Errorf("%q: %+v, %v", kept, status, err)
		}
		report, _, err := f.removeHooks(job.HooksRequest{Names: []string{"pre-push"}})
		if err != nil || report.Hooks[0].Outcome != job.HookRemoved || report.Hooks[0].State != job.HookForeign {
			t.Errorf("%q: %+v, %v", kept, report, err)
		}
		hooks := hooksOf(t, f.hooksDir())
		delete(hooks, ".")
		if left := slices.Sorted(maps.Keys(hooks)); !slices.Equal(left, want) {
			t.Errorf("%q: left: %q", kept, left)
		}
	}
}

// A manager's hook is kept like any other where somebody wants that.
func TestHooksBesideManager(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writeHook("pre-commit", "#!/bin/sh\n. \"$(dirname -- \"$0\")/husky.sh\"\n", 0o755)
	_, _, err := f.installHooks(job.HooksRequest{})
	wantRefusal(t, "husky", err, "hook-manager", "belongs to husky")
	report, _, err := f.installHooks(job.HooksRequest{Allow: []string{"hook-manager"}})
	if err != nil || report.Hooks[0].Before == "" {
		t.Errorf("%+v, %v", report, err)
	}
}

// One that knows by its name which hook it is would do nothing behind mgit's.
func TestHooksThatGoByTheirNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.writeHook("pre-commit", "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"", 0o755)
	_, _, err := f.installHooks(job.HooksRequest{Allow: []string{"hook-manager"}})
	wantRefusal(t, "husky", err, "hook-manager", "belongs to husky")
	if refusal, is := errors.AsType[*job.Refusal](err); is && !refusal.Final {
		t.Error("it can be waived")
	}
}

// A run that came from elsewhere names no hooks by their files, and its undo touches nothing but hooks.
func TestHooksByUnknownNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, _, err := f.installHooks(job.HooksRequest{Names: []string{"../../evil"}})
	var usage *job.UsageError
	if !errors.As(err, &usage) {
		t.Errorf("%v", err)
	}
	report, err := job.HooksStatus(t.Context(), f.open(""), job.HooksRequest{Server: true})
	if err != nil || len(report.Hooks) != 1 || report.Hooks[0].Name != "pre-receive" {
		t.Errorf("of a server: %+v, %v", report, err)
	}
}
