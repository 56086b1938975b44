package job

import (
	"strings"
	"testing"
	"unsafe"
)

// A report of five thousand findings would keep five thousand files in memory if its lines were parts of them.
func TestShownLinesAreCopies(t *testing.T) {
	t.Parallel()
	file := strings.Repeat("// a line of Moodle\n", 1000)
	line, _, _ := strings.Cut(file, "\n")
	shown := showLines([]string{line + "\r", line, "\xff"})
	if got := strings.Join(shown, "|"); got != line+"|"+line+"|\uFFFD" {
		t.Fatalf("shown are %q", got)
	}
	for _, text := range shown[:2] {
		at, begin := uintptr(unsafe.Pointer(unsafe.StringData(text))), uintptr(unsafe.Pointer(unsafe.StringData(file)))
		if at >= begin && at < begin+uintptr(len(file)) {
			t.Error("a line that is shown keeps its whole file")
		}
	}
}
