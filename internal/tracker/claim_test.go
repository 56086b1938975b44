package tracker_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
)

// kill lets a clone sync until it dies in the middle of its writes, with its claim standing.
func (w *server) kill(t *testing.T, login string, u tracker.Upgrade) {
	t.Helper()
	c := w.Client(login)
	c.DieAfter(10, true)
	if _, err := tracker.Sync(t.Context(), c, u, nil, tracker.Settings{Clone: login, Who: "Somebody @called {{x}}"}, tracker.Options{}); err == nil {
		t.Fatal("it did not die")
	}
	if tracker.Claim(w.Issues()[0].Description) == "" {
		t.Fatal("there is no claim")
	}
}

// TestDeadClaim: the claim of a killed sync stops the same clone for no longer than a new
// one, and others until nothing moved for a minute.
func TestDeadClaim(t *testing.T) {
	t.Parallel()
	for login, most := range map[string][2]time.Duration{"ada": {3 * time.Second, 10 * time.Second}, "ben": {63 * time.Second, 90 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			w := newStill(trackertest.Options{})
			u := ledger(20)
			w.kill(t, "ada", u)
			begun := time.Now()
			waitedFor := ""
			w.sync(t, login, u, nil, tracker.Options{Progress: func(p tracker.Progress) {
				if p.Waiting != "" {
					waitedFor = p.Waiting
				}
			}})
			if took := time.Since(begun); took < most[0] || took > most[1] {
				t.Errorf("%s went on after %v", login, took)
			}
			if want := map[string]string{"ada": "", "ben": "Somebody called x"}[login]; waitedFor != want {
				t.Errorf("%s waited for %q", login, waitedFor)
			}
			if faults := w.faults(u); len(faults) > 0 {
				t.Errorf("%s: %s", login, strings.Join(faults, "\n"))
			}
		})
	}
}

// TestDeadClaimAmongPeople: people who go on working in the tracker are no sign that the
// sync lives which left its claim there.
func TestDeadClaimAmongPeople(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		u := ledger(20)
		w.kill(t, "ada", u)
		done := make(chan struct{})
		var people sync.WaitGroup
		people.Go(func() {
			for range 40 {
				select {
				case <-done:
					return
				case <-time.After(15 * time.Second):
					w.Edit("ada", "2", tracker.Change{Note: "Still at it."})
				}
			}
		})
		begun := time.Now()
		w.sync(t, "ben", u, nil, tracker.Options{})
		// Twice a minute where somebody wrote in the very moment of the new claim.
		if took := time.Since(begun); took > 3*time.Minute {
			t.Errorf("ben went on after %v", took)
		}
		close(done)
		people.Wait()
		if faults := w.faults(u); len(faults) > 0 {
			t.Error(strings.Join(faults, "\n"))
		}
	})
}

// TestStall: a sync that sleeps for minutes before a write finds that somebody else has
// gone on, and does nothing twice.
func TestStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		u := ledger(20, "one")
		var all sync.WaitGroup
		all.Go(func() {
			isFirst := true
			r := w.sync(t, "ada", u, nil, tracker.Options{Progress: func(p tracker.Progress) {
				if p.Waiting == "" && p.Made == 5 && isFirst {
					isFirst = false
					time.Sleep(5 * time.Minute)
				}
			}})
			if len(r.Made) < 5 || len(r.Made) > 6 {
				t.Errorf("ada made %d", len(r.Made))
			}
		})
		time.Sleep(20 * time.Second)
		begun := time.Now()
		r := w.sync(t, "ben", u, nil, tracker.Options{})
		if took := time.Since(begun); len(r.Made) < 15 || took > 90*time.Second {
			t.Errorf("ben made %d in %v", len(r.Made), took)
		}
		all.Wait()
		if faults := w.faults(u); len(faults) > 0 {
			t.Error(strings.Join(faults, "\n"))
		}
	})
}

// TestTooSlow: where every write takes longer than a claim may, nothing but the upgrade's
// own issue is made, and no second one of that.
func TestTooSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newServer(1, trackertest.Options{})
		w.delay = func(_ *rand.Rand, c trackertest.Call) (before, after time.Duration) {
			if c.Write {
				return 4 * time.Second, 0
			}
			return 0, 0
		}
		w.Join("ada", trackertest.Rights{})
		u := ledger(3)
		var mirror *tracker.Mirror
		for range 2 {
			r, err := tracker.Sync(t.Context(), w.Client("ada"), u, mirror, tracker.Settings{Clone: "ada"}, tracker.Options{})
			if !errors.Is(err, tracker.ErrSlow) || r == nil || len(r.Waiting) < 3 {
				t.Fatalf("%v, %+v", err, r)
			}
			mirror = r.Mirror
		}
		if n := len(w.Issues()); n != 1 {
			t.Errorf("%d issues", n)
		}
		// A longer time, which all clones have to agree on, helps.
		if _, err := tracker.Sync(t.Context(), w.Client("ada"), u, mirror, tracker.Settings{Clone: "ada"}, tracker.Options{Settle: 10 * time.Second}); err != nil {
			t.Error(err)
		}
		if faults := w.faults(u); len(faults) > 0 {
			t.Error(strings.Join(faults, "\n"))
		}
	})
}

// garbler gives back what stands in a claim in other characters, as trackers do that escape
// or filter what is written to them.
type garbler struct {
	*trackertest.Client
	garble func(claim string) string
}

func (g garbler) change(issue tracker.Issue) tracker.Issue {
	if text := tracker.Claim(issue.Description); text != "" {
		issue.Description = strings.ReplaceAll(issue.Description, text, g.garble(text))
	}
	return issue
}

func (g garbler) Read(ctx context.Context, id string) (tracker.Issue, error) {
	issue, err := g.Client.Read(ctx, id)
	return g.change(issue), err
}

func (g garbler) Find(ctx context.Context, text string) ([]tracker.Issue, error) {
	issues, err := g.Client.Find(ctx, text)
	for i := range issues {
		issues[i] = g.change(issues[i])
	}
	return issues, err
}

// TestGarbledClaim: a claim that comes back in other characters is known by its nonce; where
// that is gone a sync gives up, and does not wait for itself for ever.
func TestGarbledClaim(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		garble func(string) string
		is     error
		within time.Duration
	}{
		"escaped":         {strings.NewReplacer(".", `\.`, "-", `\-`).Replace, nil, 30 * time.Second},
		"name taken away": {func(text string) string { return strings.Fields(text)[0] }, nil, 30 * time.Second},
		"another name":    {func(text string) string { return strings.ReplaceAll(text, "clone-of-ada", "[hidden]") }, nil, 30 * time.Second},
		"as an entity":    {func(text string) string { return strings.ReplaceAll(text, ".", "&#46;") }, tracker.ErrMark, 2 * time.Minute},
		"no beat":         {func(text string) string { return text[:16] + " and so on" }, tracker.ErrMark, 2 * time.Minute},
		"no nonce":        {func(string) string { return "[hidden] clone-of-ada" }, tracker.ErrMark, 10 * time.Minute},
		"one word":        {func(string) string { return "[hidden]" }, tracker.ErrMark, 10 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			w := newStill(trackertest.Options{})
			u := ledger(3, "one")
			client := garbler{w.Client("ada"), c.garble}
			var mirror *tracker.Mirror
			for range 2 { // the upgrade's own issue is made, and is there
				begun := time.Now()
				r, err := tracker.Sync(ctx, client, u, mirror, tracker.Settings{Clone: "clone-of-ada", Who: "Ada A."}, tracker.Options{})
				if !errors.Is(err, c.is) || time.Since(begun) > c.within {
					t.Errorf("%s: %v after %v", name, err, time.Since(begun))
				}
				if r != nil {
					mirror = r.Mirror
				}
				u.Branches[0].State = "moved"
			}
			if faults := w.faults(u); c.is == nil && len(faults) > 0 {
				t.Errorf("%s: %s", name, strings.Join(faults, "\n"))
			}
		})
	}
}

// TestCopiedClone: a clone that was copied has the name of the other one, and takes its
// claim for its own. It sees that the other one is alive.
func TestCopiedClone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newServer(1, trackertest.Options{})
		w.Join("ada", trackertest.Rights{})
		u := ledger(60, "one")
		var all sync.WaitGroup
		for i := range 2 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 9 * time.Second)
				if _, err := tracker.Sync(t.Context(), w.Client("ada"), u, nil, tracker.Settings{Clone: "same"}, tracker.Options{}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if faults := w.faults(u); len(faults) > 0 {
			t.Error(strings.Join(faults, "\n"))
		}
	})
}

// TestLateList: a tracker that lists new issues some seconds late gets no second one.
func TestLateList(t *testing.T) {
	t.Parallel()
	for at := 5; at < 25; at++ {
		synctest.Test(t, func(t *testing.T) {
			w := newStill(trackertest.Options{Lag: 2900 * time.Millisecond})
			u := ledger(5, "one")
			c := w.Client("ada")
			c.DieAfter(at, true)
			if _, err := tracker.Sync(t.Context(), c, u, nil, tracker.Settings{Clone: "ada"}, tracker.Options{}); err == nil && at < 15 {
				t.Errorf("killed at %d, it lived", at)
			}
			w.sync(t, "ada", u, nil, tracker.Options{})
			time.Sleep(time.Minute)
			w.sync(t, "ada", u, nil, tracker.Options{})
			if faults := w.faults(u); len(faults) > 0 {
				t.Errorf("killed at %d: %s", at, strings.Join(faults, "\n"))
			}
		})
	}
}

// TestClaimLeavesTextAlone: what people wrote around mgit's part of the description is the
// same after a claim, and what they write while it stands stays.
func TestClaimLeavesTextAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		u := ledger(3)
		m := w.sync(t, "ada", u, nil, tracker.Options{}).Mirror
		before := "Above.\r\n\r\n" + w.Issues()[0].Description + "\r\n  Below.\r\n"
		w.Edit("ben", "1", tracker.Change{Description: &before})
		u.Branches[0].State = "moved"
		m = w.sync(t, "ada", u, m, tracker.Options{}).Mirror
		if after := w.Issues()[0].Description; after != before {
			t.Errorf("%q became %q", before, after)
		}
		u.Branches[0].State = "tested"
		u.Description = tracker.Text{{Lines: []string{"It has something new to say."}}}
		isClaimed := true
		m = w.sync(t, "ada", u, m, tracker.Options{Progress: func(tracker.Progress) {
			isClaimed = isClaimed && tracker.Claim(w.Issues()[0].Description) != ""
		}}).Mirror
		if after := w.Issues()[0].Description; !isClaimed || after == before || tracker.Claim(after) != "" {
			t.Errorf("claimed all the time: %v; %q", isClaimed, after)
		}
		before = w.Issues()[0].Description
		u.Branches[0].State = "in-test"
		added := ""
		w.sync(t, "ada", u, m, tracker.Options{Progress: func(tracker.Progress) {
			added = w.Issues()[0].Description + "More.\r\n"
			w.Edit("ben", "1", tracker.Change{Description: &added})
		}})
		if after := w.Issues()[0].Description; after != before+"More.\r\n" {
			t.Errorf("%q became %q", added, after)
		}
	})
}
