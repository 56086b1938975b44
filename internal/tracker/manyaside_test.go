package tracker_test

import (
	"fmt"
	"strings"
	"testing"

	"mgit/internal/tracker"
)

// Who closes all issues at once in the tracker, or renames its statuses, does not have every
// branch left out of the upgrade by the next sync: so many at once are named and left alone,
// until somebody says that it is meant. All else goes on.
func TestManySetAside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		branches, closed int
		isMany           bool
	}{{60, 60, true}, {8, 5, false}, {8, 6, true}, {200, 20, false}, {200, 21, true}} {
		w := newWorld(t)
		var names []string
		for i := range c.branches {
			names = append(names, fmt.Sprintf("b%03d", i))
		}
		cl := w.clone(names...)
		cl.sync(tracker.Options{}, -1)
		for i := range c.closed {
			w.setStatus(w.one(names[i]), []string{"Rejected", "Waiting"}[i%2])
		}
		w.write(w.one(names[0]), "5", "not any more")
		p, _ := cl.sync(tracker.Options{}, -1)
		want := map[bool]int{true: c.closed, false: 0}[c.isMany]
		if len(p.Disagreements) != want || strings.Contains(describe(p), "warning many-dropped") != c.isMany || len(p.Incoming) != c.closed-want+1 {
			t.Fatalf("%+v: %d incoming, %d left alone", c, len(p.Incoming), len(p.Disagreements))
		}
		if !c.isMany {
			continue
		}
		if d := p.Disagreements[0]; !d.Withheld || d.Ledger != "todo" || d.Tracker != "Rejected" || cl.branches[names[0]].decided != "" || len(cl.branches[names[0]].notes) != 1 {
			t.Errorf("%+v: %+v", c, d)
		}
		if p, _ = cl.sync(tracker.Options{}, -1); len(p.Disagreements) != want {
			t.Errorf("%+v: the next sync leaves %d alone", c, len(p.Disagreements))
		}
		if p, _ = cl.sync(tracker.Options{Only: names[:3]}, -1); len(p.Disagreements) > 0 || len(p.Incoming) != 3 {
			t.Errorf("%+v: three that are named: %s", c, describe(p))
		}
		if p, _ = cl.sync(tracker.Options{Take: tracker.Tracker}, -1); len(p.Disagreements) != want-3 && want-3 > max(5, c.branches/10) {
			t.Errorf("%+v: --take says nothing about how many: %d", c, len(p.Disagreements))
		}
		other := cl.copy()
		if p, _ = cl.sync(tracker.Options{Many: true}, -1); len(p.Disagreements) > 0 || cl.branches[names[c.closed-1]].decided == "" {
			t.Errorf("%+v: allowed: %s", c, describe(p))
		}
		cl.quiet()
		if want-3 > max(5, c.branches/10) {
			p, _ = other.sync(tracker.Options{Take: tracker.Ledger}, -1)
			if len(p.Disagreements) > 0 || w.one(names[c.closed-1]).Status.Name != "New" {
				t.Errorf("%+v: put back: %s", c, describe(p))
			}
		}
	}
}
