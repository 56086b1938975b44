package check

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mgit/internal/hunk"
)

// What is compared of two files only between their first and their last difference has the same lines as what is
// compared as a whole, and as many as can be told apart by their numbers.
func TestLinesChangedAreThoseOfADiff(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 8))
	text := func() []byte {
		var b strings.Builder
		for range random.IntN(12) {
			b.WriteString([]string{"a\n", "b\n", "\n", "c\r\n", strings.Repeat("long ", 150) + "\n"}[random.IntN(5)])
		}
		if random.IntN(3) == 0 {
			b.WriteString("the end")
		}
		return []byte(b.String())
	}
	for range 20_000 {
		old := text()
		now := slicesOf(random, old)
		if random.IntN(4) == 0 {
			now = text()
		}
		var want []string
		for _, h := range hunk.Diff(old, now) {
			want = append(want, h.New...)
		}
		lines := bytes.SplitAfter(now, []byte("\n"))
		got := linesChanged(old, now)
		if len(got) != len(want) {
			t.Fatalf("%q to %q: %d lines, want %d", old, now, len(got), len(want))
		}
		last := 0
		for _, line := range got {
			if line.Number <= last || !bytes.Equal(line.Text, lines[line.Number-1]) {
				t.Fatalf("%q to %q: line %d is %q", old, now, line.Number, line.Text)
			}
			last = line.Number
		}
		if kept := without(lines, got); !isPartOf(kept, old) {
			t.Fatalf("%q to %q: %q is not in the old one", old, now, kept)
		}
	}
}

// slicesOf is a text with some of its lines gone, doubled or new.
func slicesOf(random *rand.Rand, text []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		switch random.IntN(10) {
		case 0:
		case 1:
			b.Write(line)
			b.Write(line)
		case 2:
			fmt.Fprintf(&b, "new %d\n", random.IntN(3))
			b.Write(line)
		default:
			b.Write(line)
		}
	}
	return b.Bytes()
}

// without is the lines of a file that were not added.
func without(lines [][]byte, added []Line) [][]byte {
	isAdded := make(map[int]bool)
	for _, line := range added {
		isAdded[line.Number] = true
	}
	var kept [][]byte
	for i, line := range lines {
		if !isAdded[i+1] && len(line) > 0 {
			kept = append(kept, line)
		}
	}
	return kept
}

// isPartOf reports whether lines stand in a text in this order.
func isPartOf(lines [][]byte, text []byte) bool {
	for line := range bytes.Lines(text) {
		if len(lines) > 0 && bytes.Equal(line, lines[0]) {
			lines = lines[1:]
		}
	}
	return len(lines) == 0
}
