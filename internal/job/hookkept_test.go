package job

import (
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
