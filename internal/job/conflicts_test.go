package job_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
)

func (f *fixture) conflicts(request job.ConflictsRequest) *job.ConflictsReport {
	f.t.Helper()
	r, err := job.Conflicts(f.t.Context(), f.open(""), request)
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// said is every pair in a line: names without what is common, level, paths.
func said(r *job.ConflictsReport) string {
	var lines []string
	for _, p := range r.Pairs {
		line := strings.TrimPrefix(p.A, "LUVLE-4.1-hack-") + " " + strings.TrimPrefix(p.B, "LUVLE-4.1-hack-") + " " + p.Level
		for _, c := range p.Conflicts {
			line += " " + c.Path
		}
		if p.ByBase {
			line += " by base"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// Branches that stand on others, on a later release, or on a common branch are
// compared with what that means.
func TestConflicts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-a", "v4.1.0", "lib.php", text(40, map[int]string{10: "a"}))
	f.branch("LUVLE-4.1-hack-core-b", "LUVLE-4.1-hack-core-a", "lib.php", text(40, map[int]string{10: "b"}))
	f.branch("LUVLE-4.1-hack-core-c", "v4.1.0", "lib.php", text(40, map[int]string{11: "c", 30: "c"}))
	// Both stand on a, and change other files beyond that.
	f.branch("LUVLE-4.1-hack-core-d", "LUVLE-4.1-hack-core-a", "course/lib.php", text(40, map[int]string{3: "d"}))
	f.branch("LUVLE-4.1-hack-core-e", "LUVLE-4.1-hack-core-a", "mod/forum/lib.php", text(40, map[int]string{3: "e"}))
	// One changes what upstream changes in the minor on which the other one stands.
	f.branch("LUVLE-4.1-hack-core-f", "v4.1.0", "version.php", "<?php // Ours\n")
	f.branch("LUVLE-4.1-hack-core-g", "v4.1.1", "local/g/version.php", "<?php\n")
	r := f.conflicts(job.ConflictsRequest{})
	want := `core-a core-c conflict lib.php
core-b core-c conflict lib.php
core-c core-d conflict lib.php
core-c core-e conflict lib.php
core-f core-g conflict version.php by base`
	if got := said(r); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	// b, d and e stand on a: three pairs of 21 are none.
	if n := r.Totals; n.Pairs != 18 || n.Conflict != 5 || n.Apart != 13 || n.Branches != 7 {
		t.Errorf("%+v", n)
	}
	if got := r.Branches[1].StandsOn; !slices.Equal(got, []string{"LUVLE-4.1-hack-core-a"}) {
		t.Errorf("b stands on %q", got)
	}
	at := func(short string) int { return slices.Index(r.Order, "LUVLE-4.1-hack-core-"+short) }
	if len(r.Order) != 7 || at("a") > at("b") || at("a") > at("d") || at("c") < at("e") {
		t.Errorf("order %q", r.Order)
	}
	if len(r.Sets) != 1 || len(r.Sets[0]) != 5 {
		t.Errorf("sets %q", r.Sets) // what conflicts by its base alone is not one
	}
	if l := r.Pairs[0].Lines; len(l) != 1 || len(l[0].Ranges) != 1 || l[0].Ranges[0] != (job.ConflictRange{Start: 11, Lines: 2}) {
		t.Errorf("lines %+v", l)
	}
}

// A group is no proposal where a set holds it together already.
func TestConflictsInASet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-mod_forum-a", "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "a"}))
	f.branch("LUVLE-4.1-feature-set_forum", "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "b"}))
	if r := f.conflicts(job.ConflictsRequest{}); len(r.Sets) != 1 {
		t.Errorf("sets %q", r.Sets)
	}
	f.shared("mgit.toml", "format = 1\n\n[branch.\"set_forum\"]\nmembers = [\"mod_forum\"]\n")
	if r := f.conflicts(job.ConflictsRequest{}); len(r.Sets) != 0 || r.Totals.Conflict != 1 {
		t.Errorf("sets %q", r.Sets)
	}
}

// What cannot be read is said, and the other pairs are compared all the same.
func TestConflictsWithoutObjects(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("checkout", "-q", "-b", "LUVLE-4.1-hack-core-a", "v4.1.0")
	f.add("lib.php", text(40, map[int]string{10: "a"})) // every object a file of its own
	f.branch("LUVLE-4.1-hack-core-b", "v4.1.0", "lib.php", text(40, map[int]string{30: "b"}))
	f.branch("LUVLE-4.1-hack-core-c", "v4.1.0", "course/lib.php", text(40, map[int]string{10: "c"}))
	f.branch("LUVLE-4.1-hack-core-d", "v4.1.0", "course/lib.php", text(40, map[int]string{10: "d"}))
	blob := f.Git("rev-parse", "LUVLE-4.1-hack-core-a:lib.php")
	if err := os.Remove(filepath.Join(f.Path, ".git", "objects", blob[:2], blob[2:])); err != nil {
		t.Fatal(err)
	}
	r := f.conflicts(job.ConflictsRequest{})
	if got, want := said(r), "core-a core-b conflict\ncore-c core-d conflict course/lib.php"; got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	var ids []string
	for _, w := range r.Warnings {
		ids = append(ids, w.ID)
	}
	if !slices.Equal(ids, []string{"not-merged", "not-read"}) || r.Pairs[0].Error == "" || !slices.Equal(r.Pairs[0].Unread, job.Paths{"lib.php"}) {
		t.Errorf("warnings %q, pair %+v", ids, r.Pairs[0])
	}
}

// Which branches are meant, and what is said of those that are not there.
func TestConflictsChosen(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, short := range []string{"a", "b", "c"} {
		f.branch("LUVLE-4.1-hack-core-"+short, "v4.1.0", "lib.php", text(40, map[int]string{10: short}))
	}
	f.branch("LUVLE-4.5-hack-core-a", "v4.5.0", "lib.php", text(40, map[int]string{10: "a"}))
	for _, c := range []struct {
		only        []string
		pairs, left int
		order       int
	}{
		{nil, 3, 3, 3},
		{[]string{"LUVLE-4.1-hack-core-a"}, 2, 3, 0},
		{[]string{"LUVLE-4.1-hack-core-a", "*-b"}, 1, 2, 2},
		{[]string{"*-[ab]"}, 1, 2, 2},
	} {
		r := f.conflicts(job.ConflictsRequest{Series: "4.1", Only: c.only})
		if len(r.Pairs) != c.pairs || len(r.Branches) != c.left || len(r.Order) != c.order {
			t.Errorf("%q: %d pairs of %d branches, %d in order", c.only, len(r.Pairs), len(r.Branches), len(r.Order))
		}
	}
	for name, want := range map[string]string{
		"LUVLE-4.5-hack-core-a": "is a branch of 4.5, not of 4.1", "LUVLE-4.1-hack-core-x": "there is no branch", "x*": "matches", "[": "is no pattern",
	} {
		_, err := job.Conflicts(t.Context(), f.open(""), job.ConflictsRequest{Series: "4.1", Only: []string{name}})
		var usage *job.UsageError
		if !errors.As(err, &usage) || !strings.Contains(usage.Text, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestConflictsInterrupted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-a", "v4.1.0", "lib.php", text(40, map[int]string{10: "a"}))
	f.branch("LUVLE-4.1-hack-core-b", "v4.1.0", "lib.php", text(40, map[int]string{10: "b"}))
	site := f.open("")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := job.Conflicts(ctx, site, job.ConflictsRequest{Series: "4.1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if left, err := filepath.Glob(filepath.Join(f.Path, ".git", "mgit", "tmp", "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
