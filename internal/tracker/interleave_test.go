package tracker_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
)

// rounds is how many random orders of requests a test tries: some, or MGIT_CASES of them.
func rounds(t *testing.T, few int) (n int, seed uint64) {
	t.Helper()
	n, seed = few, 1
	for name, read := range map[string]func(string) error{
		"MGIT_CASES": func(v string) (err error) { n, err = strconv.Atoi(v); return err },
		"MGIT_SEED":  func(v string) (err error) { seed, err = strconv.ParseUint(v, 10, 64); return err },
	} {
		if v := os.Getenv(name); v != "" {
			if err := read(v); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	return n, seed
}

// server is a tracker and some clones that sync with it, in a bubble's time.
type server struct {
	*trackertest.Fake
	mu    sync.Mutex
	rand  map[string]*rand.Rand // of each account, so that an order depends on a seed only
	seed  uint64
	delay func(*rand.Rand, trackertest.Call) (before, after time.Duration)
	made  map[string]int // how many issues were made with each marker
}

func newServer(seed uint64, o trackertest.Options) *server {
	w := &server{seed: seed, rand: map[string]*rand.Rand{}, made: map[string]int{}, delay: brisk}
	o.Latency = func(c trackertest.Call) (before, after time.Duration) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.delay(w.of(c.Login), c)
	}
	w.Fake = trackertest.New(o)
	w.Lie(trackertest.Lies{Break: w.count})
	return w
}

// of is an account's chance; the lock is held.
func (w *server) of(login string) *rand.Rand {
	if w.rand[login] == nil {
		h := uint64(1469598103934665603)
		for _, b := range []byte(login) {
			h = (h ^ uint64(b)) * 1099511628211
		}
		w.rand[login] = rand.New(rand.NewPCG(w.seed, h))
	}
	return w.rand[login]
}

func (w *server) count(c trackertest.Call) error {
	if m, ok := tracker.FindMarker(c.Draft.Description); ok && c.Method == "Create" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.made[m.Thing]++
	}
	return nil
}

// brisk is a server that needs up to half a second each way.
func brisk(r *rand.Rand, _ trackertest.Call) (before, after time.Duration) {
	return time.Duration(r.IntN(500e6)), time.Duration(r.IntN(500e6))
}

// ledger is what a clone's ledger says: the branches, each with the items of that name.
func ledger(branches int, items ...string) tracker.Upgrade {
	u := tracker.Upgrade{Site: "LUVLE", Series: "4.5", From: "4.1", Onto: "v4.5.0"}
	for i := range branches {
		name := fmt.Sprintf("LUVLE-4.1-hack-mod_b%03d", i)
		b := tracker.Branch{Name: name, State: "todo", Subject: "Port " + name, Description: tracker.Text{{Lines: []string{"It is " + name + "."}}}}
		for _, item := range items {
			b.Items = append(b.Items, tracker.Item{ID: tracker.ItemID("test", name, item), Who: "Ada", When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Text: tracker.Text{{Lines: []string{item + " of " + name}}}})
		}
		u.Branches = append(u.Branches, b)
	}
	return u
}

// faults are what must not be in the end: a branch with other than one issue, an item
// told other than once, a claim that stands.
func (w *server) faults(ledgers ...tracker.Upgrade) (faults []string) {
	issues := map[string][]string{}
	told := map[string]int{}
	for _, issue := range w.Issues() {
		if m, ok := tracker.FindMarker(issue.Description); ok {
			issues[m.Thing] = append(issues[m.Thing], issue.ID)
		}
		if claim := tracker.Claim(issue.Description); claim != "" {
			faults = append(faults, fmt.Sprintf("issue %s is claimed by %s", issue.ID, claim))
		}
		for _, note := range issue.Notes {
			for _, word := range strings.Fields(note.Text) {
				told[word]++
			}
		}
	}
	want := map[string]int{}
	for _, u := range ledgers {
		for _, b := range u.Branches {
			for _, item := range b.Items {
				want[item.ID] = 1
			}
		}
	}
	for id := range want {
		if told[id] != 1 {
			faults = append(faults, fmt.Sprintf("item %s was told %d times", id, told[id]))
		}
	}
	names := []string{""}
	for _, b := range ledgers[0].Branches {
		names = append(names, b.Name)
	}
	for _, name := range names {
		if len(issues[name]) != 1 {
			faults = append(faults, fmt.Sprintf("%q has the issues %v", name, issues[name]))
		}
		if name != "" && w.made[name] > 1 {
			faults = append(faults, fmt.Sprintf("%q was made %d times", name, w.made[name]))
		}
	}
	return faults
}

// TestTwoSyncsAtOnce lets two or three clones sync at once, in random orders of their
// requests. Some of them are killed at a random request, which was done or was not, and
// begin again.
func TestTwoSyncsAtOnce(t *testing.T) {
	t.Parallel()
	n, seed := rounds(t, 100)
	waited, surplus, died := 0, 0, 0
	for i := range n {
		s := seed + uint64(i)
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(s, 7))
			pace := r.IntN(len(paces()))
			w := newServer(s, trackertest.Options{Zombies: pace < len(paces())-1})
			w.delay = paces()[pace]
			clones := 2 + r.IntN(2)
			var ledgers []tracker.Upgrade
			var all sync.WaitGroup
			branches := 1 + r.IntN(4)
			for c := range clones {
				login := fmt.Sprint("clone", c)
				w.Join(login, trackertest.Rights{})
				u := ledger(branches, "common", "of "+login)
				ledgers = append(ledgers, u)
				own := rand.New(rand.NewPCG(s, uint64(100+c)))
				all.Go(func() {
					time.Sleep(time.Duration(own.IntN(4e9)))
					var mirror *tracker.Mirror
					for try := 0; ; try++ {
						client := w.Client(login)
						if try < 3 && own.IntN(3) == 0 {
							client.DieAfter(own.IntN(25), own.IntN(2) == 0)
						}
						isWaiting := false
						stalls := own.IntN(3) == 0
						o := tracker.Options{Progress: func(p tracker.Progress) {
							isWaiting = isWaiting || p.Waiting != ""
							if stalls && p.Waiting == "" && own.IntN(3) == 0 {
								time.Sleep(stall(own))
							}
						}}
						result, err := tracker.Sync(t.Context(), client, u, mirror, tracker.Settings{Clone: login, Who: login}, o)
						if isWaiting {
							w.mu.Lock()
							waited++
							w.mu.Unlock()
						}
						if err == nil {
							return
						}
						if try == 8 {
							t.Errorf("seed %d: %s: %v", s, login, err)
							return
						}
						w.mu.Lock()
						died++
						w.mu.Unlock()
						if result != nil && own.IntN(2) == 0 {
							mirror = result.Mirror // else it was not stored
						}
						time.Sleep(time.Duration(own.IntN(30e9)))
					}
				})
			}
			all.Wait()
			if w.made[""] > 1 {
				surplus++
			}
			// Whoever comes next finds nothing left to do, but for surplus issues.
			w.delay = brisk
			for c, u := range ledgers {
				login := fmt.Sprint("clone", c)
				if _, err := tracker.Sync(t.Context(), w.Client(login), u, nil, tracker.Settings{Clone: login}, tracker.Options{}); err != nil {
					t.Errorf("seed %d: afterwards: %v", s, err)
				}
			}
			if faults := w.faults(ledgers...); len(faults) > 0 {
				t.Errorf("seed %d: %s", s, strings.Join(faults, "\n"))
			}
		})
		if t.Failed() {
			break
		}
	}
	t.Logf("seed %d, %d orders: %d syncs waited for another one, %d broke off, %d times the upgrade's issue was made twice", seed, n, waited, died, surplus)
	if n >= 100 && (waited < n/5 || died < n/5 || surplus == 0) {
		t.Error("that proves little")
	}
}

// paces are kinds of servers. What they do stays within what the claim takes for granted:
// a write has its effect within the time that a claim needs, or within some of those
// times where the sync gives it up.
func paces() []func(*rand.Rand, trackertest.Call) (before, after time.Duration) {
	return []func(*rand.Rand, trackertest.Call) (before, after time.Duration){brisk, uneven, slowToClaim, erratic, stuck}
}

// stall is how long a sync sleeps before a write: about as long as it takes others to see
// that it died, or anything.
func stall(r *rand.Rand) time.Duration {
	if r.IntN(2) == 0 {
		return 55*time.Second + time.Duration(r.IntN(20e9))
	}
	return time.Duration(r.IntN(240e9))
}

// uneven is a server that mostly answers at once, and else needs half of what is allowed
// each way.
func uneven(r *rand.Rand, _ trackertest.Call) (before, after time.Duration) {
	leg := func() time.Duration {
		if r.IntN(3) > 0 {
			return time.Duration(r.IntN(30e6))
		}
		return 1200*time.Millisecond + time.Duration(r.IntN(250e6))
	}
	return leg(), leg()
}

// slowToClaim is one that needs longer for a claim than a claim may take, now and then.
func slowToClaim(r *rand.Rand, c trackertest.Call) (before, after time.Duration) {
	before, after = brisk(r, c)
	if c.Change.Description != nil && r.IntN(3) == 0 {
		before += 2*time.Second + time.Duration(r.IntN(8e9))
	}
	return before, after
}

// erratic is one that now and then takes long for anything.
func erratic(r *rand.Rand, c trackertest.Call) (before, after time.Duration) {
	before, after = brisk(r, c)
	switch r.IntN(20) {
	case 0:
		before = time.Duration(r.IntN(10e9))
	case 1:
		after = time.Duration(r.IntN(40e9))
	}
	return before, after
}

// stuck is one that forgets a request for minutes, and does not do it when nobody waits
// for the answer any more.
func stuck(r *rand.Rand, c trackertest.Call) (before, after time.Duration) {
	before, after = brisk(r, c)
	if r.IntN(20) == 0 {
		before = time.Duration(r.IntN(200e9))
	}
	return before, after
}
