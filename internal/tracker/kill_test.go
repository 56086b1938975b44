package tracker_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
	"mgit/internal/web"
)

// still is a server that answers at once.
func still(trackertest.Call) (before, after time.Duration) { return 0, 0 }

// newStill is a tracker that answers at once, with the accounts of two clones.
func newStill(o trackertest.Options) *server {
	w := &server{made: map[string]int{}}
	o.Latency = still
	w.Fake = trackertest.New(o)
	w.Lie(trackertest.Lies{Break: w.count})
	for _, login := range []string{"ada", "ben"} {
		w.Join(login, trackertest.Rights{})
	}
	return w
}

// sync is one of a clone that is named like its account.
func (w *server) sync(t *testing.T, login string, u tracker.Upgrade, m *tracker.Mirror, o tracker.Options) *tracker.Result {
	t.Helper()
	r, err := tracker.Sync(t.Context(), w.Client(login), u, m, tracker.Settings{Clone: login, Who: login}, o)
	if err != nil {
		t.Fatalf("the sync of %s: %v", login, err)
	}
	return r
}

// TestKilled kills a sync at each of its requests, which the server did or did not, and
// starts it again from the same clone, or from another one, with the mirror that the dead
// one stored or without.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		calls := 0
		for at := 0; at == 0 || at < calls; at++ {
			for variant := range 8 {
				synctest.Test(t, func(t *testing.T) {
					isDone, again, isStored := variant&1 > 0, []string{"ada", "ben"}[variant>>1&1], variant&4 > 0
					w := newStill(trackertest.Options{})
					u := ledger(3, "one", "two")
					var mirror *tracker.Mirror
					if !first { // what is killed is a second sync, with changes
						mirror = w.sync(t, "ben", u, nil, tracker.Options{}).Mirror
						u = ledger(4, "one", "two", "three")
						u.Branches[1].State = "moved"
					}
					client := w.Client("ada")
					if at > 0 {
						client.DieAfter(at, isDone)
					}
					result, err := tracker.Sync(t.Context(), client, u, mirror, tracker.Settings{Clone: "ada"}, tracker.Options{})
					calls = max(calls, client.Calls())
					if at == 0 {
						return // all went well: so many calls are there
					}
					var away *web.UnreachableError
					if err != nil && !errors.As(err, &away) {
						t.Errorf("killed at %d: %v", at, err)
					}
					if result != nil && result.Mirror != nil && isStored {
						mirror = result.Mirror
					}
					r := w.sync(t, again, u, mirror, tracker.Options{})
					if again == "ben" {
						// Ben takes the dead claim away only where he has something to write.
						r = w.sync(t, "ada", u, r.Mirror, tracker.Options{})
					}
					if faults := w.faults(u); len(faults) > 0 {
						t.Errorf("first sync %v, killed at request %d (done: %v), again by %s (mirror stored: %v):\n%s", first, at, isDone, again, isStored, strings.Join(faults, "\n"))
					}
					if len(r.Waiting) > 0 || len(r.Disagreements) > 0 || len(r.Incoming) > 0 {
						t.Errorf("killed at %d: afterwards wait %v, disagree %v, came %v", at, r.Waiting, r.Disagreements, r.Incoming)
					}
					if !first {
						for _, issue := range w.Issues() {
							if strings.Contains(issue.Subject, "b001") && issue.Status.Name != "In Progress" {
								t.Errorf("killed at %d: the moved branch is %s", at, issue.Status.Name)
							}
						}
					}
					left := w.sync(t, "ada", u, r.Mirror, tracker.Options{DryRun: true})
					if len(left.Plan.Writes) > 0 {
						t.Errorf("killed at %d: the sync after the next one has to write %+v", at, left.Plan.Writes)
					}
				})
			}
		}
		t.Logf("first sync %v: killed at each of %d requests, in 8 ways", first, calls)
	}
}

// TestBreaksOff: who loses the server half way is told what was made and what waits, and
// what was made is not sent again.
func TestBreaksOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		u := ledger(10)
		client := w.Client("ada")
		creates := 0
		w.Lie(trackertest.Lies{Break: func(c trackertest.Call) error {
			if c.Method == "Create" {
				if creates++; creates > 5 {
					return &web.UnreachableError{Host: "tracker.example.org", Err: errors.New("connection refused")}
				}
			}
			return nil
		}})
		r, err := tracker.Sync(t.Context(), client, u, nil, tracker.Settings{Clone: "ada"}, tracker.Options{})
		var away *web.UnreachableError
		if !errors.As(err, &away) || r == nil {
			t.Fatalf("%v, %+v", err, r)
		}
		if len(r.Made) != 5 || len(r.Waiting) != 6 {
			t.Errorf("made %d, waiting %d", len(r.Made), len(r.Waiting))
		}
		known := 0
		for _, b := range r.Mirror.Branches {
			if b.Issue != "" {
				known++
			}
		}
		if known != 4 || r.Mirror.Upgrade.Issue != "1" {
			t.Errorf("the mirror knows %+v", r.Mirror)
		}
		w.Lie(trackertest.Lies{Break: w.count})
		before := w.Client("ada")
		again, err := tracker.Sync(t.Context(), before, u, r.Mirror, tracker.Settings{Clone: "ada"}, tracker.Options{})
		if err != nil || len(again.Made) != 6 || len(w.Issues()) != 11 {
			t.Errorf("%v: made %d, there are %d", err, len(again.Made), len(w.Issues()))
		}
	})
}

// TestCancelled: who is stopped between two writes takes the claim away nevertheless.
func TestCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		stop := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		r, err := tracker.Sync(ctx, w.Client("ada"), ledger(10), nil, tracker.Settings{Clone: "ada"}, tracker.Options{
			Progress: func(p tracker.Progress) {
				if p.Made == 4 {
					cancel(stop)
				}
			},
		})
		if !errors.Is(err, stop) || r == nil || len(r.Made) != 5 || len(r.Waiting) != 6 {
			t.Fatalf("%v, %+v", err, r)
		}
		if claim := tracker.Claim(w.Issues()[0].Description); claim != "" {
			t.Errorf("claimed by %s", claim)
		}
	})
}

// TestDryRun writes nothing and asks little.
func TestDryRun(t *testing.T) {
	t.Parallel()
	w := newStill(trackertest.Options{})
	r := w.sync(t, "ada", ledger(3), nil, tracker.Options{DryRun: true})
	if n := w.Count(); n.Writes != 0 || n.Requests != 4 || len(r.Plan.Writes) != 4 || r.Mirror != nil {
		t.Errorf("%+v, %d writes planned, mirror %v", n, len(r.Plan.Writes), r.Mirror)
	}
}

// TestWrongKey: the empty list of a wrong key is never taken for an empty tracker.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	w := newStill(trackertest.Options{})
	if r, err := tracker.Sync(t.Context(), w.Client("nobody"), ledger(3), nil, tracker.Settings{}, tracker.Options{}); !errors.Is(err, tracker.ErrKey) || r != nil {
		t.Errorf("%v, %v", r, err)
	}
	w.Lie(trackertest.Lies{IsOff: true})
	if _, err := tracker.Sync(t.Context(), w.Client("ada"), ledger(3), nil, tracker.Settings{}, tracker.Options{}); !errors.Is(err, tracker.ErrSwitchedOff) {
		t.Errorf("%v", err)
	}
	w.Join("eve", trackertest.Rights{ReadOnly: true})
	w.Lie(trackertest.Lies{})
	if r, err := tracker.Sync(t.Context(), w.Client("eve"), ledger(3), nil, tracker.Settings{}, tracker.Options{}); !errors.Is(err, tracker.ErrRights) || len(r.Waiting) != 4 {
		t.Errorf("%v, %v", r, err)
	}
	if n := len(w.Issues()); n != 0 {
		t.Errorf("there are %d issues", n)
	}
}
