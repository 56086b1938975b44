package github_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/github"
	"mgit/internal/web"
)

// ledger is an upgrade of some branches, of all states.
func ledger(branches int) tracker.Upgrade {
	states := []string{"todo", "parked", "moved", "tested", "in-test", "in-deployment", "dropped", "held"}
	u := tracker.Upgrade{Site: "LUVLE", Series: "4.5", From: "4.1", Description: tracker.Text{{Lines: []string{"An upgrade."}}}}
	for n := range branches {
		name := fmt.Sprintf("LUVLE-4.1-hack-mod_forum-%03d", n)
		u.Branches = append(u.Branches, tracker.Branch{
			Name: name, State: states[n%len(states)], Owner: "Bob Example", Subject: name,
			Description: tracker.Text{{Kind: tracker.List, Lines: []string{"/close is no command", "@ann is not called"}}},
			Items:       []tracker.Item{{ID: tracker.ItemID("run", name), When: time.Now(), Who: "Ann", Text: tracker.Text{{Lines: []string{"moved by run 1"}}}}},
		})
	}
	return u
}

// A whole sync: what is made, that nothing is ignored, that a second sync of what did not
// change writes nothing, and what a person's change comes in as.
func TestSync(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const branches = 105
		f := newHandler()
		f.clock, f.url = time.Now, "http://forge.example"
		c := f.online(t, "ann-key")
		u := ledger(branches)
		u.Previous, u.Branches[0].Previous, u.Branches[0].Links = "9000", "9004", []string{"4711", "9004"}
		settings := tracker.Settings{Clone: "here", Who: "ann", Version: "Moodle 4.5", People: map[string]string{"Bob Example": "bob"}}
		first, err := tracker.Sync(t.Context(), c, u, nil, settings, tracker.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(first.Ignored) > 0 || len(first.Waiting) > 0 || len(first.Disagreements) > 0 || len(first.Mirror.Branches) != branches {
			t.Errorf("ignored %+v, waiting %d, %+v, %d branches", first.Ignored, len(first.Waiting), first.Disagreements, len(first.Mirror.Branches))
		}
		writes := 0
		for _, asked := range f.asked {
			if !strings.HasPrefix(asked, http.MethodGet) {
				writes++
			}
		}
		if most := 3*branches + branches/4 + 20; writes > most { // two of eight are closed, and the claim
			t.Errorf("%d writes for %d branches", writes, branches)
		}
		// GitHub relates what names each other.
		of := func(branch int) string {
			n, _ := strconv.Atoi(first.Mirror.Branches[u.Branches[branch].Name].Issue)
			return f.issues[n-1].body
		}
		if body := of(0); !strings.Contains(body, "\n\nRelated: #4711, #9004\n\n") || !strings.Contains(f.issues[0].body, "\nRelated: #9000\n") || strings.Contains(of(1), "Related") {
			t.Errorf("relations: %s", body)
		}
		made := len(f.issues)
		time.Sleep(time.Minute)
		f.asked = nil
		second, err := tracker.Sync(t.Context(), c, u, first.Mirror, settings, tracker.Options{})
		if err != nil || len(second.Plan.Writes) > 0 || len(second.Incoming) > 0 || len(second.Ignored) > 0 || len(f.issues) != made {
			t.Fatalf("again: %v, %+v, %+v, %+v, %d issues", err, second.Plan.Writes, second.Incoming, second.Ignored, len(f.issues)-made)
		}
		if len(f.asked) > 8 {
			t.Errorf("%d requests: %v", len(f.asked), f.asked)
		}
		time.Sleep(time.Minute)
		bob := f.online(t, "bob-key")
		moved, dropped := u.Branches[2].Name, c.Capabilities().Status["dropped"]
		if err := bob.Update(t.Context(), first.Mirror.Branches[moved].Issue, tracker.Change{Status: &dropped, Note: "nobody needs it"}); err != nil {
			t.Fatal(err)
		}
		// Somebody gives it another label and leaves the old one.
		tested := u.Branches[10].Name
		n, _ := strconv.Atoi(first.Mirror.Branches[tested].Issue)
		issue := f.issues[n-1]
		issue.labels, issue.given = append(issue.labels, "mgit: tested"), []string{"mgit: moved", "mgit: tested"}
		f.touch(issue)
		third, err := tracker.Sync(t.Context(), c, u, second.Mirror, settings, tracker.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for branch, state := range map[string]string{moved: "dropped", tested: "tested"} {
			if !slices.ContainsFunc(third.Incoming, func(in tracker.Incoming) bool {
				return in.Key == "state" && in.New == state && in.Branch == branch
			}) {
				t.Errorf("%s is not %s: %+v", branch, state, third.Incoming)
			}
		}
		if i := slices.IndexFunc(third.Incoming, func(in tracker.Incoming) bool { return in.Key == "note" }); i < 0 || third.Incoming[i].New != "nobody needs it" {
			t.Errorf("incoming: %+v", third.Incoming)
		}
	})
}

// online is a client that asks without a network.
func (f *fake) online(t *testing.T, key string) *github.Client {
	t.Helper()
	return f.client(t, key, func(_ *github.Options, o *web.Options) { o.Transport = f })
}

// twice are the markers that more than one open issue has.
func (f *fake) twice() []string {
	var twice []string
	seen := map[tracker.Marker]bool{}
	for _, i := range f.issues {
		m, ok := tracker.FindMarker(i.body)
		if ok && seen[m] {
			twice = append(twice, m.String())
		}
		seen[m] = ok
	}
	return twice
}

// Two clones that sync at once make each issue once.
func TestTwoSyncs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newHandler()
		f.clock, f.url, f.latency = time.Now, "http://forge.example", 200*time.Millisecond
		u := ledger(12)
		var all sync.WaitGroup
		for i, key := range []string{"ann-key", "bob-key"} {
			c := f.online(t, key)
			all.Go(func() {
				result, err := tracker.Sync(t.Context(), c, u, nil, tracker.Settings{Clone: key, Who: key}, tracker.Options{})
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
	for _, after := range []int64{2, 4, 6, 9, 12, 13, 14, 15, 20, 30, 40} {
		synctest.Test(t, func(t *testing.T) {
			f := newHandler()
			f.clock, f.url = time.Now, "http://forge.example"
			u := ledger(8)
			f.left.Store(after)
			first, err := tracker.Sync(t.Context(), f.online(t, "ann-key"), u, nil, tracker.Settings{Clone: "a", Who: "ann"}, tracker.Options{})
			var away *web.UnreachableError
			if err != nil && !errors.As(err, &away) {
				t.Errorf("after %d requests: %v", after, err)
			}
			f.left.Store(0)
			time.Sleep(time.Hour)
			var mirror *tracker.Mirror
			if first != nil && after%2 == 0 {
				mirror = first.Mirror
			}
			second, err := tracker.Sync(t.Context(), f.online(t, "bob-key"), u, mirror, tracker.Settings{Clone: "b", Who: "bob"}, tracker.Options{})
			if err != nil || len(second.Mirror.Branches) != 8 || len(second.Waiting) > 0 {
				t.Fatalf("after %d requests, again: %v", after, err)
			}
			if twice := f.twice(); len(twice) > 0 || len(f.issues) != 9 {
				t.Errorf("after %d requests: %d issues, twice %v", after, len(f.issues), twice)
			}
		})
	}
}
