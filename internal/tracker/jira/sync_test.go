package jira_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/jira"
	"mgit/internal/web"
)

// ledger is an upgrade of some branches, of all states.
func ledger(branches int) tracker.Upgrade {
	states := []string{"todo", "parked", "moved", "tested", "in-test", "in-deployment", "dropped", "held"}
	u := tracker.Upgrade{Site: "LU VLE", Series: "4.5", From: "4.1", Subject: "Upgrade", Description: tracker.Text{{Lines: []string{"An upgrade."}}}}
	for n := range branches {
		name := fmt.Sprintf("LUVLE-4.1-hack-mod_forum-%03d", n)
		u.Branches = append(u.Branches, tracker.Branch{
			Name: name, State: states[n%len(states)], Owner: "Bob Example", Subject: name,
			Description: tracker.Text{{Kind: tracker.List, Lines: []string{"{code} is none", "[~ann] is not called"}}},
			Items:       []tracker.Item{{ID: tracker.ItemID("run", name), When: time.Now(), Who: "Ann", Text: tracker.Text{{Lines: []string{"moved by run 1"}}}}},
		})
	}
	return u
}

// offline is a client that asks without a network.
func (f *fake) offline(t *testing.T, key string) *jira.Client {
	t.Helper()
	if !f.isCloud {
		key = strings.ReplaceAll(key, ":", "-")
	}
	s, err := web.New("http://jira.example", web.Options{Insecure: true, Header: jira.Header(key), Tries: 1, Transport: stripped{f}})
	if err != nil {
		t.Fatal(err)
	}
	return jira.New(s, jira.Options{Project: "MOODLE"})
}

// stripped asks a fake below the path where it expects to be.
type stripped struct{ f *fake }

func (s stripped) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Path = "/jira" + r.URL.Path
	if r.Body == nil {
		r.Body = http.NoBody
	}
	return s.f.RoundTrip(r)
}

// inBubbles runs a test on both Jiras, in a time of its own.
func inBubbles(t *testing.T, test func(*testing.T, *fake)) {
	t.Helper()
	for _, isCloud := range []bool{true, false} {
		t.Run(fmt.Sprintf("cloud %v", isCloud), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(isCloud)
				f.now, f.clock = time.Now(), time.Now
				test(t, f)
			})
		})
	}
}

// A whole sync with an index that learns nothing: what is made, that nothing is ignored,
// that a second sync of what did not change writes nothing, and what a person's change
// comes in as.
func TestSync(t *testing.T) {
	t.Parallel()
	inBubbles(t, func(t *testing.T, f *fake) {
		const branches = 64
		f.isLate = true
		u := ledger(branches)
		settings := tracker.Settings{Clone: "here", Who: "ann", Version: "5.1", People: map[string]string{"Bob Example": f.users[bob].id}}
		first, err := tracker.Sync(t.Context(), f.offline(t, ann), u, nil, settings, tracker.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(first.Ignored) > 0 || len(first.Waiting) > 0 || len(first.Disagreements) > 0 || len(first.Mirror.Branches) != branches {
			t.Errorf("ignored %+v, waiting %d, %+v, %d branches", first.Ignored, len(first.Waiting), first.Disagreements, len(first.Mirror.Branches))
		}
		writes := 0
		for _, sent := range f.requests() {
			isRead := strings.HasPrefix(sent, "GET ") || strings.Contains(sent, "search") || strings.Contains(sent, "bulkfetch")
			if !isRead {
				writes++
			}
		}
		if most := 3*branches + 10; writes > most { // the claim
			t.Errorf("%d writes for %d branches", writes, branches)
		}
		f.learn()
		time.Sleep(time.Minute)
		second, err := tracker.Sync(t.Context(), f.offline(t, ann), u, first.Mirror, settings, tracker.Options{})
		if err != nil || len(second.Plan.Writes) > 0 || len(second.Incoming) > 0 || len(second.Ignored) > 0 || len(f.issues) != branches+1 {
			t.Fatalf("again: %v, %+v, %+v, %+v, %d issues", err, second.Plan.Writes, second.Incoming, second.Ignored, len(f.issues))
		}
		if sent := f.requests(); len(sent) > 8 {
			t.Errorf("%d requests: %v", len(sent), sent)
		}
		time.Sleep(time.Minute)
		moved, rejected := u.Branches[2].Name, "Rejected"
		if err := f.offline(t, bob).Update(t.Context(), first.Mirror.Branches[moved].Issue, tracker.Change{Status: &rejected, Note: "nobody needs it"}); err != nil {
			t.Fatal(err)
		}
		settings.Status = map[string]string{"dropped": rejected}
		third, err := tracker.Sync(t.Context(), f.offline(t, ann), u, second.Mirror, settings, tracker.Options{DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(third.Incoming, func(in tracker.Incoming) bool { return in.Key == "state" }); i < 0 || third.Incoming[i].New != "dropped" || third.Incoming[i].Branch != moved {
			t.Errorf("incoming: %+v", third.Incoming)
		}
		if i := slices.IndexFunc(third.Incoming, func(in tracker.Incoming) bool { return in.Key == "note" }); i < 0 || third.Incoming[i].New != "nobody needs it" {
			t.Errorf("incoming: %+v", third.Incoming)
		}
	})
}

// twice are the markers that more than one issue has.
func (f *fake) twice() []string {
	var twice []string
	seen := map[tracker.Marker]bool{}
	for _, e := range f.issues {
		m, ok := tracker.FindMarker(e.description)
		if ok && seen[m] {
			twice = append(twice, m.String())
		}
		seen[m] = ok
	}
	return twice
}

// Two clones that sync at once make each issue once, also where neither finds the
// other's by searching.
func TestTwoSyncs(t *testing.T) {
	t.Parallel()
	inBubbles(t, func(t *testing.T, f *fake) {
		f.isLate, f.latency = true, 200*time.Millisecond
		u := ledger(12)
		var all sync.WaitGroup
		for i, key := range []string{ann, bob} {
			c := f.offline(t, key)
			all.Go(func() {
				result, err := tracker.Sync(t.Context(), c, u, nil, tracker.Settings{Clone: key, Who: key[:3]}, tracker.Options{})
				if err != nil || len(result.Mirror.Branches) != 12 {
					t.Errorf("sync %d: %v", i, err)
				}
			})
		}
		all.Wait()
		if twice := f.twice(); len(twice) > 0 || len(f.issues) > 14 { // one more was to be the upgrade's, and was used
			t.Errorf("%d issues, twice %v", len(f.issues), twice)
		}
	})
}

// A sync that is cut off anywhere is finished by the next one, also from a clone that knows
// nothing of it.
func TestCutOff(t *testing.T) {
	t.Parallel()
	inBubbles(t, func(t *testing.T, empty *fake) {
		for _, after := range []int64{3, 5, 8, 9, 10, 12, 14, 17, 20, 25, 30} {
			f := newFake(empty.isCloud)
			f.now, f.clock, f.isLate = time.Now(), time.Now, true
			u := ledger(6)
			f.left.Store(after)
			first, err := tracker.Sync(t.Context(), f.offline(t, ann), u, nil, tracker.Settings{Clone: "a", Who: "ann"}, tracker.Options{})
			var away *web.UnreachableError
			if err != nil && !errors.As(err, &away) {
				t.Errorf("after %d requests: %v", after, err)
			}
			f.left.Store(0)
			f.learn()
			time.Sleep(time.Hour)
			var mirror *tracker.Mirror
			if first != nil && after%2 == 0 {
				mirror = first.Mirror
			}
			second, err := tracker.Sync(t.Context(), f.offline(t, bob), u, mirror, tracker.Settings{Clone: "b", Who: "bob"}, tracker.Options{})
			if err != nil || len(second.Mirror.Branches) != 6 || len(second.Waiting) > 0 {
				t.Fatalf("after %d requests, again: %v", after, err)
			}
			if twice := f.twice(); len(twice) > 0 || len(f.issues) != 7 {
				t.Errorf("after %d requests: %d issues, twice %v", after, len(f.issues), twice)
			}
		}
	})
}
