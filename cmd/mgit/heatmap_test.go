package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"mgit/internal/job"
	"mgit/internal/report/reporttest"
)

func drawn(r *job.ConflictsReport, all bool, width int, p palette) string {
	var out bytes.Buffer
	newHeatMap(r, all).writeTo(&out, p, width)
	return out.String()
}

func TestHeatMap(t *testing.T) {
	t.Parallel()
	want := `           1 2
1 subject
2 order    C
3 rating   l f

  C conflict   l same lines   f same file   · nothing in common
`
	if got := drawn(reporttest.Conflicts(), false, 80, newPalette(false)); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	colored := drawn(reporttest.Conflicts(), false, 80, newPalette(true))
	if ansi.Strip(colored) != want || colored == want {
		t.Errorf("colours change more than colours:\n%s", ansi.Strip(colored))
	}
}

// However many branches there are, no line is wider than the terminal, and every
// pair has its place.
func TestHeatMapFits(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 10, 27, 60, 120, 300} {
		for _, width := range []int{30, 80, 200} {
			text := drawn(reporttest.ManyConflicts(n), false, width, newPalette(false))
			for line := range strings.Lines(text) {
				if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > max(width, 70) { // 70: the legend
					t.Fatalf("%d branches at %d columns: a line of %d:\n%s", n, width, w, line)
				}
			}
			if got := strings.Count(text, "C") - 1; got != n-1 { // one is the legend's
				t.Errorf("%d branches at %d columns: %d conflicts, want %d\n%s", n, width, got, n-1, text)
			}
			for row := range n {
				if !strings.Contains(text, fmt.Sprintf("%d n%04d", row+1, row)) {
					t.Errorf("%d branches at %d columns: row %d is missing", n, width, row+1)
				}
			}
		}
	}
}

// One branch that stands on another is marked, and is no conflict.
func TestHeatMapStands(t *testing.T) {
	t.Parallel()
	r := reporttest.ManyConflicts(3)
	r.Branches[2].StandsOn = []string{r.Branches[0].Name}
	if text := drawn(r, false, 80, newPalette(false)); !strings.Contains(text, "3 n0002  s C\n") || !strings.Contains(text, "s stands on the other") {
		t.Errorf("\n%s", text)
	}
}
