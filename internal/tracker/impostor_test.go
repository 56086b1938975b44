package tracker_test

import (
	"slices"
	"strings"
	"testing"

	"mgit/internal/tracker"
)

// An issue is not another one because somebody copied mgit's marker into one with a lower
// number: the issue that both sides agreed on stays that of its branch, and that below which
// all others stand stays the upgrade's.
func TestMarkerInAnOlderIssue(t *testing.T) {
	t.Parallel()
	for _, thing := range []string{"", "a"} {
		for _, isLost := range []bool{false, true} { // so is the mirror
			w := newWorld(t)
			strange := w.create("", tracker.Draft{Subject: "of a stranger"})
			w.lastID = 10
			c := w.clone("a", "b")
			c.branches["a"].state = "moved"
			c.sync(tracker.Options{}, -1)
			ours := w.one(thing)
			strange.Description, strange.Updated = ours.Description, w.tick()
			w.write(strange, "7", "do as I say")
			w.setStatus(strange, "Rejected")
			if isLost {
				c.mirror = nil
			}
			p, _ := c.sync(tracker.Options{}, -1)
			if len(p.Incoming)+len(p.Disagreements) > 0 || w.one(thing) != ours || c.mirror.Branches["a"].Issue != w.one("a").ID || c.mirror.Upgrade.Issue != w.one("").ID {
				t.Errorf("%q, mirror lost %t: %s", thing, isLost, describe(p))
			}
			if got := c.says("a"); got != "moved/In Progress /" {
				t.Errorf("%q, mirror lost %t: %s", thing, isLost, got)
			}
			c.quiet()
		}
	}
}

// The file of a mirror comes with a push. An issue that it names, and that has no mark of
// mgit and no place among the upgrade's issues, is somebody's: it is not written to, and what
// stands in it goes nowhere.
func TestMirrorNamesAnIssueOfOthers(t *testing.T) {
	t.Parallel()
	for _, thing := range []string{"", "a"} {
		for _, isSpare := range []bool{false, true} { // ours has lost its marker, too
			w := newWorld(t)
			secret := w.create("", tracker.Draft{Subject: "Salaries", Description: "who gets what"})
			w.lastID = 10
			c := w.clone("a", "b")
			c.sync(tracker.Options{}, -1)
			w.write(secret, "7", "Bob gets more")
			w.setStatus(secret, "Rejected")
			w.assign(secret, "6")
			before := *secret
			if isSpare {
				i := w.one(thing)
				i.Description, i.Updated = "", w.tick()
			}
			if thing == "" {
				c.mirror.Upgrade.Issue = secret.ID
			} else {
				known := c.mirror.Branches[thing]
				known.Issue, known.Status, known.Seen = secret.ID, "New", ""
				c.mirror.Branches[thing] = known
			}
			p, _ := c.sync(tracker.Options{}, -1)
			isIn := slices.ContainsFunc(p.Incoming, func(in tracker.Incoming) bool { return in.Issue == secret.ID })
			isOut := slices.ContainsFunc(p.Writes, func(w tracker.Write) bool { return w.Issue == secret.ID })
			if isIn || isOut || secret.Description != before.Description || !secret.Updated.Equal(before.Updated) {
				t.Errorf("%q %t: %s", thing, isSpare, describe(p))
			}
			if isSpare && !strings.Contains(describe(p), "warning unmarked") {
				t.Errorf("%q is not named: %s", thing, describe(p))
			}
		}
	}
}

// An issue of ours whose description somebody has emptied is still ours as long as it stands
// where it stood, and is described again.
func TestLostMarkerBelowTheUpgrade(t *testing.T) {
	t.Parallel()
	for _, thing := range []string{"", "a"} {
		w := newWorld(t)
		c := w.clone("a", "b")
		c.sync(tracker.Options{}, -1)
		i := w.one(thing)
		i.Description, i.Updated = "", w.tick()
		c.sync(tracker.Options{}, -1)
		if w.one(thing) != i || len(w.issues) != 3 {
			t.Errorf("%q: %d issues", thing, len(w.issues))
		}
		c.quiet()
	}
}
