package tracker_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
)

// quick is a server that needs a fifth of a second for a request.
func quick(trackertest.Call) (before, after time.Duration) {
	return 100 * time.Millisecond, 100 * time.Millisecond
}

// TestRequests counts what 200 branches cost: a first sync with a note and a link each, one
// without changes, one with a single change.
func TestRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const branches = 200
		w := &server{Fake: trackertest.New(trackertest.Options{Latency: quick}), made: map[string]int{}}
		w.Join("ada", trackertest.Rights{})
		ticket := w.Add("ada", "", tracker.Draft{Subject: "A ticket"})
		u := ledger(branches, "one")
		for i := range u.Branches {
			u.Branches[i].Links = []string{ticket}
		}
		begun, before := time.Now(), w.Count()
		spent := func() trackertest.Count {
			is := w.Count()
			was := before
			before = is
			return trackertest.Count{Requests: is.Requests - was.Requests, Writes: is.Writes - was.Writes}
		}
		r := w.sync(t, "ada", u, nil, tracker.Options{})
		n := spent()
		t.Logf("a first sync of %d branches with a note and a link each: %+v in %v", branches, n, time.Since(begun))
		if n.Writes > 3*branches+3 || n.Requests-n.Writes > branches+20 || len(r.Ignored) > 0 {
			t.Errorf("a first sync: %+v, ignored %v", n, r.Ignored)
		}
		time.Sleep(time.Hour)
		again := w.sync(t, "ada", u, r.Mirror, tracker.Options{})
		if n := spent(); n.Writes > 0 || n.Requests > 8 {
			t.Errorf("a sync without changes: %+v", n)
		}
		again = w.sync(t, "ada", u, again.Mirror, tracker.Options{})
		if n := spent(); n.Writes > 0 || n.Requests != 4 {
			t.Errorf("one more: %+v", n)
		}
		u.Branches[7].State = "moved"
		r = w.sync(t, "ada", u, again.Mirror, tracker.Options{})
		if n := spent(); n.Writes != 3 || n.Requests > 25 || len(r.Made) != 1 {
			t.Errorf("a sync with one change: %+v, made %d", n, len(r.Made))
		}
		w.sync(t, "ada", u, r.Mirror, tracker.Options{})
		if n := spent(); n.Writes > 0 || n.Requests > 8 {
			t.Errorf("a sync after it: %+v", n)
		}
		// A lost mirror costs a request an issue, and no write.
		w.sync(t, "ada", u, nil, tracker.Options{})
		if n := spent(); n.Writes > 0 || n.Requests > branches+12 {
			t.Errorf("a sync that lost its mirror: %+v", n)
		}
	})
}

// TestManyBranches: where a tracker limits children, groups stand between, and nothing is
// above its limit.
func TestManyBranches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		can := trackertest.Redmine()
		can.MaxChildren = 100
		w := newStill(trackertest.Options{Capabilities: can})
		u := ledger(250)
		r := w.sync(t, "ada", u, nil, tracker.Options{})
		if faults := w.faults(u); len(faults) > 0 || len(r.Ignored) > 0 {
			t.Errorf("%s, ignored %v", strings.Join(faults, "\n"), r.Ignored)
		}
		children := map[string]int{}
		for _, issue := range w.Issues() {
			children[issue.Parent]++
		}
		if fmt.Sprint(children) != "map[:1 1:92 2:100 3:60]" {
			t.Errorf("children by parent: %v", children)
		}
		if again := w.sync(t, "ben", u, r.Mirror, tracker.Options{}); len(again.Made) > 0 {
			t.Errorf("made %v", again.Made)
		}
	})
}
