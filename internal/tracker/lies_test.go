package tracker_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
)

// full is a ledger that has something to say with every key.
func full(w *server) (tracker.Upgrade, tracker.Settings) {
	ticket := w.Add("ada", "", tracker.Draft{Subject: "A ticket"})
	u := ledger(2, "one")
	for i := range u.Branches {
		b := &u.Branches[i]
		b.State, b.Owner, b.Fields, b.Links = "moved", "Ben", map[string]string{"7": "mod_forum"}, []string{ticket}
	}
	return u, tracker.Settings{
		Clone: "ada", Done: map[string]int{"todo": 0, "moved": 50, "tested": 80}, Version: "5.0",
		People: map[string]string{"Ben": "ben"},
	}
}

// keysOf are the keys of what was ignored about branches, once each.
func keysOf(all []tracker.Ignored) (keys []string) {
	for _, i := range all {
		if i.Branch != "" {
			keys = append(keys, i.Key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// TestIgnored: whatever a tracker ignores in an answer of success, or refuses in words, is
// said, the rest is done, and it is not sent again.
func TestIgnored(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"parent", "status", "assignee", "done", "version", "fields", "note", "link"} {
		for _, isRefused := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := newStill(trackertest.Options{})
				u, s := full(w)
				lies := trackertest.Lies{Ignore: []string{key}, Break: w.count}
				if isRefused {
					lies = trackertest.Lies{Refuse: []string{key}, Break: w.count}
				}
				w.Lie(lies)
				name := fmt.Sprintf("%s ignored, refused: %v", key, isRefused)
				r, err := tracker.Sync(t.Context(), w.Client("ada"), u, nil, s, tracker.Options{})
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				want := map[string]string{"fields": "field 7"}[key]
				if want == "" {
					want = key
				}
				if got := keysOf(r.Ignored); isRefused && key == "parent" {
					if len(r.Waiting) > 0 || !slices.Equal(got, []string{"issue"}) {
						t.Errorf("%s: said %+v", name, r.Ignored)
					}
					return // no issue can be made at all
				} else if !slices.Equal(got, []string{want}) {
					t.Errorf("%s: said %v", name, r.Ignored)
				}
				for _, i := range r.Ignored {
					if isRefused != (i.Reason != "") {
						t.Errorf("%s: the reason is %q", name, i.Reason)
					}
				}
				for _, issue := range w.Issues()[2:] {
					has := map[string]bool{
						"parent": issue.Parent != "", "status": issue.Status.Name == "In Progress", "assignee": issue.Assignee.Login == "ben", "done": issue.Done == 50,
						"version": issue.Version == "5.0", "fields": issue.Fields["7"] != "", "note": len(issue.Notes) > 0, "link": len(issue.Links) > 0,
					}
					for k, is := range has {
						if is == (k == key) {
							t.Errorf("%s: issue %s has %s: %v", name, issue.ID, k, is)
						}
					}
				}
				before := w.Count().Writes
				again, err := tracker.Sync(t.Context(), w.Client("ada"), u, r.Mirror, s, tracker.Options{})
				if err != nil || w.Count().Writes != before || len(again.Disagreements) > 0 || len(again.Incoming) > 0 {
					t.Errorf("%s: again %v, wrote %+v", name, err, again)
				}
				w.Lie(trackertest.Lies{})
				healed, err := tracker.Sync(t.Context(), w.Client("ada"), u, again.Mirror, s, tracker.Options{Again: true})
				if got := keysOf(healed.Ignored); err != nil || len(got) > 0 || key != "parent" && len(healed.Made) == 0 {
					t.Errorf("%s: tried again: %v, said %v, made %+v", name, err, healed.Ignored, healed.Made)
				}
			})
		}
	}
}

// TestNoMark: a tracker that does not keep descriptions gets one issue, and no more.
func TestNoMark(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		w.Lie(trackertest.Lies{Ignore: []string{"description"}})
		if _, err := tracker.Sync(t.Context(), w.Client("ada"), ledger(3), nil, tracker.Settings{}, tracker.Options{}); !errors.Is(err, tracker.ErrMark) || !strings.Contains(err.Error(), "1") {
			t.Errorf("%v", err)
		}
		if n := len(w.Issues()); n != 1 {
			t.Errorf("there are %d issues", n)
		}
	})
	synctest.Test(t, func(t *testing.T) { // it keeps those of new issues only
		w := newStill(trackertest.Options{})
		u := ledger(3)
		m := w.sync(t, "ada", u, nil, tracker.Options{}).Mirror
		w.Lie(trackertest.Lies{Ignore: []string{"description"}})
		u = ledger(4)
		r, err := tracker.Sync(t.Context(), w.Client("ada"), u, m, tracker.Settings{}, tracker.Options{})
		if !errors.Is(err, tracker.ErrMark) || len(r.Waiting) != 1 || len(w.Issues()) != 4 {
			t.Errorf("%v, %+v", err, r)
		}
	})
}

// TestWeak: what a key may not do is said, and what it may is done.
func TestWeak(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		w.Join("eve", trackertest.Rights{NoSubtasks: true, NoStatus: true, Forbidden: [][2]string{{"New", "In Progress"}}})
		u := ledger(2, "one")
		u.Branches[0].State = "moved"
		r := w.sync(t, "eve", u, nil, tracker.Options{})
		if got := keysOf(r.Ignored); !slices.Equal(got, []string{"parent", "status"}) {
			t.Errorf("said %+v", r.Ignored)
		}
		if faults := w.faults(u); len(faults) > 0 {
			t.Error(strings.Join(faults, "\n"))
		}
		if again := w.sync(t, "eve", u, r.Mirror, tracker.Options{}); len(again.Made) > 0 {
			t.Errorf("made %+v", again.Made)
		}
	})
	synctest.Test(t, func(t *testing.T) { // who may make issues and not change them
		w := newStill(trackertest.Options{})
		u := ledger(2)
		w.Join("eve", trackertest.Rights{NoEdits: true})
		r, err := tracker.Sync(t.Context(), w.Client("eve"), u, nil, tracker.Settings{Clone: "eve"}, tracker.Options{})
		if err != nil || len(r.Made) != 3 {
			t.Fatalf("%v, %+v", err, r)
		}
		if again := w.sync(t, "eve", u, r.Mirror, tracker.Options{}); len(again.Made) > 0 {
			t.Errorf("made %+v", again.Made)
		}
	})
}

// TestClosedParent: a new branch of an upgrade that was finished gets its issue.
func TestClosedParent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		u := ledger(2)
		for i := range u.Branches {
			u.Branches[i].State = "in-deployment"
		}
		u.IsFinished = true
		m := w.sync(t, "ada", u, nil, tracker.Options{}).Mirror
		if top := w.Issues()[0]; !top.Status.Closed {
			t.Errorf("the finished upgrade is %s", top.Status.Name)
		}
		more := ledger(3)
		for i := range 2 {
			more.Branches[i].State = "in-deployment"
		}
		r := w.sync(t, "ada", more, m, tracker.Options{})
		if faults := w.faults(more); len(faults) > 0 || len(r.Ignored) > 0 {
			t.Errorf("%s, ignored %+v", strings.Join(faults, "\n"), r.Ignored)
		}
		if top := w.Issues()[0]; top.Status.Closed {
			t.Errorf("the unfinished upgrade is %s", top.Status.Name)
		}
	})
}

// TestFinishedWithoutAChange closes the upgrade's issue also where nothing changed but that
// the ledger counts as finished now.
func TestFinishedWithoutAChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		u := ledger(2)
		for i := range u.Branches {
			u.Branches[i].State = "in-deployment"
		}
		m := w.sync(t, "ada", u, nil, tracker.Options{}).Mirror
		for _, isFinished := range []bool{true, false} {
			u.IsFinished = isFinished
			m = w.sync(t, "ada", u, m, tracker.Options{}).Mirror
			if top := w.Issues()[0]; top.Status.Closed != isFinished {
				t.Errorf("finished %t: it is %s", isFinished, top.Status.Name)
			}
		}
	})
}

// TestSurplusOnly closes an issue that somebody copied, also where nothing else is to be
// done.
func TestSurplusOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		u := ledger(1)
		m := w.sync(t, "ada", u, nil, tracker.Options{}).Mirror
		branch := w.Issues()[1]
		id := w.Add("ada", branch.Parent, tracker.Draft{Subject: "A copy", Description: branch.Description})
		w.sync(t, "ada", u, m, tracker.Options{})
		if copied := w.Issues()[2]; copied.ID != id || !copied.Status.Closed {
			t.Errorf("%+v", copied)
		}
	})
}

// TestUpgradeGone: where the upgrade's own issue was deleted, nothing is written until
// somebody says that it shall be made anew.
func TestUpgradeGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		u := ledger(3, "one")
		m := w.sync(t, "ada", u, nil, tracker.Options{}).Mirror
		w.Remove("1")
		w.made = map[string]int{}
		u = ledger(4, "one", "two")
		before := w.Count().Writes
		r, err := tracker.Sync(t.Context(), w.Client("ada"), u, m, tracker.Settings{Clone: "ada"}, tracker.Options{})
		if !errors.Is(err, tracker.ErrNotFound) || w.Count().Writes != before || len(r.Waiting) == 0 || len(r.Plan.Warnings) == 0 {
			t.Errorf("%v, %+v", err, r)
		}
		w.sync(t, "ada", u, r.Mirror, tracker.Options{Anew: true})
		if faults := w.faults(u); len(faults) > 0 {
			t.Error(strings.Join(faults, "\n"))
		}
	})
}
