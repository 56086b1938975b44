package job_test

import (
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/rebase/rebasetest"
	"mgit/internal/tracker"
)

// The issues of 200 branches on Moodle's real history: what a sync needs to know where
// nothing is new, and how long all comparisons take. MGIT_MOODLE names a clone of Moodle.
func TestTrackerTextsOnMoodle(t *testing.T) {
	f := onMoodle(t, "+refs/heads/MOODLE_2*:refs/remotes/upstream/MOODLE_2*", "+refs/tags/v2.*:refs/tags/v2.*")
	repo, err := git.Open(t.Context(), f.Path, git.Options{Env: f.Env()})
	if err != nil {
		t.Fatal(err)
	}
	rebasetest.Load{Base: "v2.5.0", Version: "2.5", Branches: 200, Commits: 800, Hot: 12, Seed: 1}.Make(t, repo)
	if err := repo.Close(); err != nil {
		t.Fatal(err)
	}
	f.Git("commit-graph", "write", "--reachable")
	f.begin("2.8")
	site := f.open("")
	read := func(mirrors map[string]*tracker.Mirror, inFull, triage bool) (tracker.Upgrade, time.Duration) {
		began := time.Now()
		u, err := job.TrackerTexts(t.Context(), site, moodle.Series{Major: 2, Minor: 8}, mirrors, inFull, triage)
		if err != nil {
			t.Fatal(err)
		}
		return u, time.Since(began).Round(time.Millisecond)
	}
	u, took := read(nil, true, true)
	t.Logf("a triage of %d branches: %v", len(u.Branches), took)
	f.rebaseAll(func(r *job.RebaseAllRequest) { r.Tag = "v2.8.0" })
	site = f.open("")
	_, took = read(nil, false, false)
	t.Logf("the first time, without comparisons: %v", took)
	u, took = read(nil, true, false)
	items, states := 0, map[string]int{}
	for _, b := range u.Branches {
		items += len(b.Items)
		states[b.State]++
	}
	t.Logf("all %d comparisons: %v; %v", items, took, states)
	if items != 200 {
		t.Errorf("%d items", items)
	}
	mirrors := mirrorOf(u)
	best := time.Hour
	for range 3 {
		_, took := read(mirrors, true, false)
		best = min(best, took)
	}
	t.Logf("all told before: %v", best)
	if best > time.Second { // 0.15 s where nothing else is going on
		t.Errorf("%v, where nothing is new", best)
	}
}
