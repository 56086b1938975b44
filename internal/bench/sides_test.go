package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/rebase/rebasetest"
)

// TestSidesBars measures how soon the sides of a conflict are there, on conflicts of real history: what 2.5
// fixed in its later releases, moved to 2.8. The same work goes on to find who changed them upstream.
func TestSidesBars(t *testing.T) {
	skipUnlessAsked(t)
	var all []rebasetest.Clash
	site := newSite(t, moodleClone(t), func(repo *git.Repo) {
		all = rebasetest.Clashes{Base: "v2.5.0", As: "v2.5.9", Onto: "v2.8.0", Version: "2.5", One: 8, Two: 8}.Make(t, repo)
	})
	run(t, site, buildMgit(t), []string{"rebase-all", "v2.8.0"}, finished)
	for _, files := range []int{1, 2} {
		var sides, both []time.Duration
		for _, c := range all {
			if len(c.Paths) != files {
				continue
			}
			for range 3 {
				s, b := looked(t, site, c)
				sides, both = append(sides, s), append(both, b)
			}
		}
		name := fmt.Sprintf("files in conflict: %d", files)
		bar(t, name+": until the sides are there", median(sides).Seconds(), 1, " s")
		s, b := &work{name: name + ", the sides", took: sides}, &work{name: name + ", who changed them too", took: both}
		say(t, "%v\n%v", s, b)
	}
}

// looked is the time from opening the site until a conflict's sides are there, and until everything is.
func looked(t *testing.T, r *gittest.Repo, c rebasetest.Clash) (sides, all time.Duration) {
	t.Helper()
	begun := time.Now()
	site, err := job.Open(t.Context(), job.OpenRequest{Dir: r.Path, Git: git.Options{Env: r.Env()}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	d, err := job.ReadConflict(t.Context(), site, job.ConflictRequest{Branch: c.Branch, Shown: func(d *job.ConflictDetail) {
		sides = time.Since(begun)
		for _, f := range d.Files {
			if len(f.Hunks) == 0 || !slices.Contains(c.Paths, f.Raw) {
				t.Errorf("%s: what is in conflict is %v, not %s", c.Branch, c.Paths, f.Raw)
			}
		}
	}})
	if err != nil || len(d.Files) != len(c.Paths) || sides == 0 {
		t.Fatalf("%s: %v; %+v", c.Branch, err, d)
	}
	return sides, time.Since(begun)
}
