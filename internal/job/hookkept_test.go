package job

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A hook may be a program of any size. Two that only begin alike are two.
func TestLongHooksAreNotTakenForEachOther(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		size int
		end  string
		want bool
	}{
		"short and alike":     {10, "", true},
		"short and different": {10, "x", false},
		"long and different":  {maxHook, "x", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pre-push")
			text := strings.Repeat("#", test.size)
			for path, text := range map[string]string{file: text, file + keptSuffix: text + test.end} {
				if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if got := (&Hook{File: file, Before: file + keptSuffix, text: text}).isKept(); got != test.want {
				t.Errorf("taken for the same: %v", got)
			}
		})
	}
}

// What was kept meanwhile, since the plan was made, is not written over.
func TestKeptHookIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pre-push")
	want := map[string]string{file: "newer", file + keptSuffix: "kept"}
	for path, text := range want {
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := (&Hook{Name: "pre-push", File: file, State: HookForeign, text: "newer"}).install("ours"); err == nil {
		t.Error("there is no error")
	}
	for path, text := range want {
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%s holds %q, %v", filepath.Base(path), got, err)
		}
	}
}

// Removing takes no more than is there, says what it could not do, and goes no further then.
func TestRemovingHooks(t *testing.T) {
	t.Parallel()
	made := func(n int) string { return hookScript{name: "pre-push", made: n}.text() }
	for name, test := range map[string]struct {
		files   map[string]string // of the folder hooks
		hook    Hook
		removed bool
		left    map[string]string // nil: the folder goes, too
	}{
		"ours":                        {map[string]string{"pre-push": "ours", "more": ""}, Hook{State: HookInstalled, text: made(1)}, true, map[string]string{"more": ""}},
		"with its folder":             {map[string]string{"pre-push": "ours"}, Hook{State: HookInstalled, text: made(1)}, true, nil},
		"in a folder that was there":  {map[string]string{"pre-push": "ours"}, Hook{State: HookInstalled, text: made(0)}, true, map[string]string{}},
		"gone meanwhile":              {map[string]string{"more": ""}, Hook{State: HookInstalled, text: made(1)}, true, map[string]string{"more": ""}},
		"with one before":             {map[string]string{"pre-push": "ours", "pre-push.before-mgit": "theirs"}, Hook{State: HookInstalled, Before: "pre-push.before-mgit"}, true, map[string]string{"pre-push": "theirs"}},
		"with itself before":          {map[string]string{"pre-push": "ours", "pre-push.before-mgit": "ours"}, Hook{State: HookInstalled, Before: "pre-push.before-mgit", text: "ours"}, true, map[string]string{"pre-push": "ours"}},
		"never written":               {map[string]string{"pre-push": "theirs", "pre-push.before-mgit": "theirs"}, Hook{State: HookForeign, Before: "pre-push.before-mgit", text: "theirs"}, true, map[string]string{"pre-push": "theirs"}},
		"behind a manager's":          {map[string]string{"pre-push": "manager", "pre-push.legacy": "ours"}, Hook{State: HookCalls, behind: "pre-push.legacy", text: "manager"}, true, map[string]string{"pre-push": "manager"}},
		"behind one that was kept":    {map[string]string{"pre-push": "manager", "pre-push.legacy": "ours", "pre-push.before-mgit": "manager"}, Hook{State: HookCalls, behind: "pre-push.legacy", Before: "pre-push.before-mgit", text: "manager"}, true, map[string]string{"pre-push": "manager"}},
		"behind one, gone meanwhile":  {map[string]string{"pre-push": "manager", "pre-push.before-mgit": "manager"}, Hook{State: HookCalls, behind: "pre-push.legacy", Before: "pre-push.before-mgit", text: "manager"}, false, map[string]string{"pre-push": "manager", "pre-push.before-mgit": "manager"}},
		"what was kept has gone":      {map[string]string{"pre-push": "ours"}, Hook{State: HookInstalled, Before: "pre-push.before-mgit", text: made(1)}, false, map[string]string{"pre-push": "ours"}},
		"two folders, one with more":  {map[string]string{"pre-push": "ours"}, Hook{State: HookInstalled, text: made(3)}, true, nil},
		"beside a hook of their own":  {map[string]string{"pre-push": "ours", "pre-commit": "theirs"}, Hook{State: HookOutdated, text: made(2)}, true, map[string]string{"pre-commit": "theirs"}},
		"what sleeps, and one before": {map[string]string{"pre-push": "ours", "pre-push.before-mgit": "theirs"}, Hook{State: HookAsleep, Before: "pre-push.before-mgit", text: "ours"}, true, map[string]string{"pre-push": "theirs"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			dir := filepath.Join(root, "hooks")
			if err := os.WriteFile(filepath.Join(root, "beside"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			for file, text := range test.files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			h := test.hook
			h.Name, h.File = "pre-push", filepath.Join(dir, "pre-push")
			for _, name := range []*string{&h.Before, &h.behind} {
				if *name != "" {
					*name = filepath.Join(dir, *name)
				}
			}
			if err := h.remove(); (err == nil) != test.removed {
				t.Errorf("removed: %v", err)
			}
			entries, err := os.ReadDir(dir)
			if (err != nil) != (test.left == nil) {
				t.Errorf("the folder: %v", err)
			}
			left := make(map[string]string)
			for _, e := range entries {
				text, _ := os.ReadFile(filepath.Join(dir, e.Name()))
				left[e.Name()] = string(text)
			}
			if test.left != nil && !maps.Equal(left, test.left) {
				t.Errorf("left: %q, want %q", left, test.left)
			}
			if _, err := os.Stat(filepath.Join(root, "beside")); err != nil {
				t.Error(err)
			}
		})
	}
}
