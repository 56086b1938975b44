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
