package main

import (
	"fmt"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

// Lines break at spaces and never inside a name, however long it is.
func TestWrapWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text                 string
		width, first, indent int
		want                 string
	}{
		{"", 20, 2, 6, ""},
		{"short", 20, 2, 6, "short"},
		{"LUVLE-4.1-hack-mod_forum: has no commits", 31, 2, 6, "LUVLE-4.1-hack-mod_forum: has\n      no commits"},
		{"one two three", 9, 2, 4, "one two\n    three"},
		{"a very-long-name-that-does-not-fit b", 12, 0, 2, "a\n  very-long-name-that-does-not-fit\n  b"},
		{"\x1b[31mred\x1b[0m and more", 12, 0, 2, "\x1b[31mred\x1b[0m and more"},
	}
	for _, test := range tests {
		if got := wrapWords(test.text, test.width, test.first, test.indent); got != test.want {
			t.Errorf("wrapWords(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

// A colour never says anything that is not there without it too.
func TestStatusWithoutColour(t *testing.T) {
	t.Parallel()
	targets := []job.TargetStatus{{Name: "LUVLE-4.1-test"}, {Name: "LUVLE-4.1-pre"}, {Name: "LUVLE-4.1-deployment"}}
	b := job.BranchStatus{
		Name: "LUVLE-4.1-hack-\x1b[2Jcore", Commits: 3, Base: job.Commit{Tag: "v4.1.3"}, Exception: job.BaseMinor,
		Targets: []string{"LUVLE-4.1-test"}, Stale: []job.StaleThere{{Target: "LUVLE-4.1-pre", Missing: 2}}, Ticket: "LU-1",
		Checks: &job.BranchChecks{Errors: 2, Warnings: 1, Waived: 3},
	}
	const want = `LUVLE-4.1-hack-\033[2Jcore|3|! v4.1.3|in|older|-|LU-1`
	if got := strings.Join(statusRow(newPalette(false), b, targets), "|"); got != want {
		t.Errorf("row %q, want %q", got, want)
	}
	words := strings.Join(remarks(b), "|")
	if words != "stands on v4.1.3, not on the first release of the series|x 2 errors, 1 warning; mgit show lists them|LUVLE-4.1-pre has an older state of it, 2 commits missing" {
		t.Errorf("remarks %q", words)
	}
}

// A few branches are named; of many that have the same remark it is said once,
// unless --verbose wants their names.
func TestStatusSumsUp(t *testing.T) {
	t.Parallel()
	report := func(n int) *job.StatusReport {
		series := moodle.Series{Major: 4, Minor: 1}
		u := job.UpgradeStatus{From: "4.1", Onto: "v4.5.0"}
		r := &job.StatusReport{Series: []moodle.Series{series}}
		for i := range n {
			name := fmt.Sprintf("LUVLE-4.1-hack-core-b%d", i)
			r.Branches = append(r.Branches, job.BranchStatus{Name: name, Version: series, Commits: 1, Remote: "origin"})
			u.Undecided = append(u.Undecided, name)
		}
		r.Branches = append(r.Branches, job.BranchStatus{Name: "LUVLE-4.1-hack-core-far", Version: series, Commits: 1, Remote: "backup"})
		r.Upgrades = []job.UpgradeStatus{u}
		return r
	}
	for _, test := range []struct {
		branches      int
		verbose, sums bool
	}{{mostNamed, false, false}, {mostNamed + 1, false, true}, {mostNamed + 1, true, false}} {
		c := &call{}
		c.flags.verbose = test.verbose
		var out strings.Builder
		if err := c.writeStatus(&out, newPalette(false), report(test.branches)); err != nil {
			t.Fatal(err)
		}
		named := 0
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, "-b") && (strings.Contains(line, "only at") || strings.Contains(line, "todo")) {
				named++
			}
		}
		sums := strings.Contains(out.String(), "4 branches are only at origin") && strings.Contains(out.String(), "todo 4 branches: no run has moved them")
		if sums != test.sums || (named == 0) != test.sums || !test.sums && named != 2*test.branches {
			t.Errorf("%+v: %d lines with names\n%s", test, named, out.String())
		}
		if !strings.Contains(out.String(), "core-far: only at backup") {
			t.Errorf("%+v: the one at backup is not named\n%s", test, out.String())
		}
	}
}
