package tracker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/internal/tracker"
)

// What the tracker answers with success and does not do is found by reading back, said once
// as news and then as known, and not sent again until something changes.
func TestIgnoredWrites(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"status", "assignee", "done", "version", "field 3", "subject", "description", "note", "link"} {
		for _, inWords := range []bool{false, true} {
			if inWords && key == "link" {
				continue
			}
			t.Run(fmt.Sprintf("%s in words %t", key, inWords), func(t *testing.T) {
				t.Parallel()
				testIgnoredWrite(t, key, inWords)
			})
		}
	}
}

func testIgnoredWrite(t *testing.T, key string, inWords bool) {
	w, c, i := settled(t, func(e *entry) { e.state = "moved" })
	w.create("", tracker.Draft{Subject: "another"})
	isKey := func(is *tracker.Issue, k string) bool { return is == i && k == key }
	if inWords {
		w.refuses = isKey
	} else {
		w.ignores = isKey
	}
	change := func(subject, text string) {
		e := c.branches["a"]
		switch key {
		case "status", "done":
			e.state = "tested"
		case "assignee":
			e.owner = "Ann"
		case "version":
			w.set.Version = "Moodle 4.5"
		case "field 3":
			e.fields = map[string]string{"3": text}
		case "subject":
			e.subject = subject
		case "description":
			e.text = text
		case "note":
			e.notes = append(e.notes, noted{w.clock, "Ann", text})
		case "link":
			e.links = append(e.links, "3")
		}
	}
	change("Carry a too", "words")
	p, ignored := c.sync(tracker.Options{}, -1)
	is := slices.IndexFunc(ignored, func(i tracker.Ignored) bool { return i.Key == key })
	if is < 0 || ignored[is].Branch != "a" || ignored[is].Issue != i.ID || (ignored[is].Reason != "") != inWords {
		t.Fatalf("%s: %+v", describe(p), ignored)
	}
	p, ignored = c.sync(tracker.Options{}, -1)
	sent := slices.ContainsFunc(p.Writes, func(w tracker.Write) bool { return slices.Contains(w.Keys, key) })
	if sent || len(ignored) > 0 {
		t.Errorf("it was sent again: %s", describe(p))
	}
	isSaid := slices.ContainsFunc(p.Ignored, func(i tracker.Ignored) bool { return i.Key == key })
	if needsSaying := key == "status" || key == "assignee" || key == "note"; needsSaying && !isSaid {
		t.Errorf("it is not said any more: %s", describe(p))
	}
	if key == "link" || key == "done" || key == "version" || key == "field 3" || key == "subject" || key == "description" {
		return // sent once
	}
	w.ignores, w.refuses = func(*tracker.Issue, string) bool { return false }, func(*tracker.Issue, string) bool { return false }
	c.sync(tracker.Options{Again: true}, -1)
	if p := c.plan(tracker.Options{}); len(p.Writes)+len(p.Ignored) > 0 {
		t.Errorf("tried again: %s", describe(p))
	}
}

// What is true of each issue that the tracker makes in another way than it was asked.
func TestIgnoredAtCreation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.caps.Type = "Task"
	c := w.clone("a")
	c.branches["a"].state, c.branches["a"].owner = "moved", "Ann"
	w.ignores = func(i *tracker.Issue, key string) bool {
		if i.ID == "2" {
			i.Type = "Bug"
		}
		return i.ID == "2" && (key == "parent" || key == "status" || key == "assignee")
	}
	_, ignored := c.sync(tracker.Options{}, -1)
	var keys []string
	for _, i := range ignored {
		keys = append(keys, i.Key+" "+i.Wanted+" "+i.Is)
	}
	if got := strings.Join(keys, "; "); got != "assignee 5 ; parent 1 ; status In Progress New; type Task Bug" {
		t.Error(got)
	}
	p, _ := c.sync(tracker.Options{}, -1)
	if len(p.Writes) > 0 || len(p.Ignored) != 3 || len(p.Disagreements) > 0 {
		t.Errorf("%s", describe(p))
	}
	w.ignores = func(*tracker.Issue, string) bool { return false }
	c.sync(tracker.Options{Again: true}, -1)
	if got := c.says("a"); got != "moved/In Progress Ann/Ann" || w.one("a").Parent != "1" {
		t.Errorf("%s below %q", got, w.one("a").Parent)
	}
	c.quiet()
}

// A sync that breaks off after any number of writes is completed by the next one: nothing
// is made twice, nothing is told twice.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	for stop := range 8 {
		for _, isLost := range []bool{false, true} { // so is the mirror
			w := newWorld(t)
			c := w.clone("a", "b", "c")
			c.items = []tracker.Item{{ID: tracker.ItemID("run", "1"), Text: tracker.Text{{Kind: tracker.Paragraph, Lines: []string{"begun"}}}}}
			for _, e := range c.branches {
				e.notes = []noted{{w.clock, "Ann", "look at it"}}
			}
			c.branches["b"].state, c.branches["b"].owner = "moved", "Bob"
			c.sync(tracker.Options{}, stop)
			if isLost {
				c.mirror = nil
			}
			c.sync(tracker.Options{}, -1)
			c.quiet()
			if len(w.issues) != 4 || c.says("b") != "moved/In Progress Bob/Bob" {
				t.Errorf("stopped after %d, mirror lost %t: %d issues, %s", stop, isLost, len(w.issues), c.says("b"))
			}
			for _, i := range w.issues {
				if len(i.Notes) != 1 {
					t.Errorf("stopped after %d, mirror lost %t: %d notes below %s", stop, isLost, len(i.Notes), i.ID)
				}
			}
			for name, e := range c.branches {
				if len(e.notes) != 1 {
					t.Errorf("%s has %d notes", name, len(e.notes))
				}
			}
		}
	}
}

// Two issues with one marker: the older one counts, the other one is used for a branch that
// has none, or closed.
func TestSurplus(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	twin := w.create("1", tracker.Draft{Subject: i.Subject, Description: i.Description})
	c.branches["b"] = &entry{state: "moved", subject: "Carry b", text: "about b", owner: "Ann"}
	p, _ := c.sync(tracker.Options{}, -1)
	if len(w.issues) != 3 || w.one("b") != twin || twin.Subject != "Carry b" || c.says("b") != "moved/In Progress Ann/Ann" || !p.Writes[0].Reuse {
		t.Errorf("%s: %+v", describe(p), twin)
	}
	c.quiet()
	w.create("1", tracker.Draft{Subject: i.Subject, Description: "Mine.\n\n" + i.Description})
	own := w.create("", tracker.Draft{Subject: "Upgrade", Description: w.one("").Description})
	c.sync(tracker.Options{}, -1)
	left := w.issues[3]
	if left.Status.Name != "Rejected" || !strings.HasPrefix(left.Description, "Mine.") || len(left.Notes) != 1 || !own.Status.Closed {
		t.Errorf("%+v, %+v", left, own)
	}
	if len(w.of("a")) != 1 || len(w.of("")) != 1 {
		t.Errorf("%d and %d issues", len(w.of("a")), len(w.of("")))
	}
	c.quiet()
}

// An issue that is gone is not made again, unless somebody says so.
func TestGone(t *testing.T) {
	t.Parallel()
	w, c, _ := settled(t, func(*entry) {})
	w.issues = w.issues[:1]
	c.branches["b"] = &entry{state: "todo", subject: "Carry b"}
	for range 2 {
		p, _ := c.sync(tracker.Options{}, -1)
		if len(w.of("a")) != 0 || len(w.of("b")) != 1 || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Text, "--anew") {
			t.Fatalf("%s", describe(p))
		}
	}
	c.sync(tracker.Options{Anew: true}, -1)
	if w.one("a").ID != "4" {
		t.Error(w.one("a").ID)
	}
	c.quiet()
	// Without the upgrade's own issue nothing new is put anywhere.
	w.issues = w.issues[1:]
	c.branches["c"] = &entry{state: "todo", subject: "Carry c"}
	c.branches["b"].state = "moved"
	p, _ := c.sync(tracker.Options{}, -1)
	if len(w.issues) != 2 || len(p.Warnings) != 1 || c.says("b") != "moved/In Progress /" {
		t.Errorf("%s", describe(p))
	}
}

// The upgrade's issue is closed behind the last of its branches, and opened before one that
// comes later.
func TestLifeOfTheUpgrade(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(e *entry) { e.state = "moved" })
	own := w.one("")
	c.finished = true
	p, _ := c.sync(tracker.Options{}, -1)
	if own.Status.Closed || len(p.Ignored) != 0 { // it is moved, and not yet in use
		t.Errorf("%s", describe(p))
	}
	w.setStatus(i, "Waiting")
	c.branches["a"].state = "in-deployment"
	p, _ = c.sync(tracker.Options{}, -1)
	if own.Status.Closed || len(p.Ignored) != 1 || p.Ignored[0].Reason != "1 issue below it is open" {
		t.Errorf("%s", describe(p))
	}
	w.setStatus(i, "In Progress")
	p, _ = c.sync(tracker.Options{}, -1)
	if !own.Status.Closed || !i.Status.Closed || p.Writes[len(p.Writes)-1].Branch != "" {
		t.Errorf("%s", describe(p))
	}
	c.quiet()
	// Somebody opens it again: that is theirs to do.
	w.setStatus(own, "New")
	c.sync(tracker.Options{}, -1)
	if c.sync(tracker.Options{}, -1); own.Status.Closed {
		t.Error("it was closed again")
	}
	w.setStatus(own, "Closed")
	c.sync(tracker.Options{}, -1)
	c.finished = false
	c.branches["b"] = &entry{state: "todo", subject: "Carry b"}
	p, _ = c.sync(tracker.Options{Only: []string{"b"}}, -1)
	if own.Status.Closed || p.Writes[0].Branch != "" || p.Writes[0].Issue != own.ID {
		t.Errorf("%s", describe(p))
	}
	c.sync(tracker.Options{}, -1)
	c.quiet()
	// Somebody closes it while there is something to do: that is shown, and left.
	w.setStatus(own, "Closed")
	p, _ = c.sync(tracker.Options{}, -1)
	if len(p.Disagreements) != 1 || !p.Disagreements[0].LedgerCannotTake || !own.Status.Closed {
		t.Errorf("%s", describe(p))
	}
	// Until a branch needs it open.
	c.branches["a"].state = "moved"
	p, _ = c.sync(tracker.Options{}, -1)
	if own.Status.Closed || i.Status.Closed || p.Writes[0].Branch != "" {
		t.Errorf("%s", describe(p))
	}
	c.quiet()
}

// Where one issue can have no more than so many below it, groups stand between.
func TestGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.caps.MaxChildren = 13
	var names []string
	for n := range 20 {
		names = append(names, fmt.Sprintf("b%02d", n))
	}
	c := w.clone(names...)
	w.create("", tracker.Draft{Subject: "somebody's"})
	c.sync(tracker.Options{}, -1)
	c.quiet()
	below := func() map[string]int {
		count := map[string]int{}
		for _, i := range w.issues {
			m, _ := tracker.FindMarker(w.issue(cmpOr(i.Parent, i.ID)).Description)
			count[m.Thing]++
		}
		return count
	}
	if got := fmt.Sprint(below()); got != "map[:7 +1:13 +2:4]" {
		t.Error(got) // 2 without a parent, 3 branches and 2 groups below the upgrade
	}
	if len(c.mirror.Groups) != 2 {
		t.Error(c.mirror.Groups)
	}
	// A place below the upgrade's issue that comes free is taken, and the groups keep theirs.
	first := w.one("b00")
	first.Parent, first.Updated = "", w.tick()
	c.branches["b99"] = &entry{state: "todo", subject: "one more"}
	c.sync(tracker.Options{}, -1)
	if got := w.one("b99").Parent; got != w.one("").ID {
		t.Errorf("it stands below %s", got)
	}
	for n := range 130 {
		name := fmt.Sprintf("c%03d", n)
		c.branches[name] = &entry{state: "moved", subject: "Carry " + name}
	}
	p, _ := c.sync(tracker.Options{}, -1)
	if len(w.of("+10")) != 1 || len(w.of("+11")) > 0 || len(p.Warnings) != 1 || p.Warnings[0].ID != "no-place" {
		t.Errorf("%v; %v", p.Warnings, below())
	}
	for thing, n := range below() {
		if n > 13+2 || thing != "" && n > 13 {
			t.Errorf("%d below %q", n, thing)
		}
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Links are made once, and stay away when people take them away.
func TestLinks(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	w.create("", tracker.Draft{Subject: "a ticket"})
	c.branches["a"].links = []string{"3", i.ID}
	c.sync(tracker.Options{}, -1)
	if !slices.Equal(i.Links, []string{"3"}) {
		t.Fatal(i.Links)
	}
	c.quiet()
	i.Links, i.Updated = []string{}, w.tick()
	c.sync(tracker.Options{}, -1)
	if len(i.Links) > 0 {
		t.Error(i.Links)
	}
}

// Where a tracker cannot relate issues, the description names them.
func TestNoLinks(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	w.caps.NoLinks = true
	c.branches["a"].links = []string{"30", "4"}
	c.sync(tracker.Options{}, -1)
	if len(i.Links) > 0 || !strings.Contains(i.Description, "about a\n\nRelated: #4, #30\n\nmgit:") {
		t.Errorf("%v, %q", i.Links, i.Description)
	}
	c.quiet()
}

// Only the branches that are asked for are looked at.
func TestOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.clone("a", "b")
	c.sync(tracker.Options{Only: []string{"b"}}, -1)
	if len(w.of("a")) != 0 || len(w.of("b")) != 1 || len(w.of("")) != 1 {
		t.Error(len(w.issues))
	}
	c.sync(tracker.Options{}, -1)
	c.branches["a"].state, c.branches["b"].state = "moved", "moved"
	w.assign(w.one("a"), "5")
	c.sync(tracker.Options{Only: []string{"b"}}, -1)
	if c.says("a") != "moved/New /Ann" || c.says("b") != "moved/In Progress /" {
		t.Error(c.says("a"), c.says("b"))
	}
	c.sync(tracker.Options{}, -1)
	if c.says("a") != "moved/In Progress Ann/Ann" {
		t.Error(c.says("a"))
	}
	c.quiet()
}

// Without the mirror, what differs is nobody's change.
func TestLostMirror(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(e *entry) {
		e.state, e.owner, e.notes = "moved", "Ann", []noted{{newWorld(t).clock, "Ann", "a note"}}
	})
	w.write(i, "6", "another note")
	c.sync(tracker.Options{}, -1)
	c.mirror = nil
	p, _ := c.sync(tracker.Options{}, -1)
	if len(p.Writes)+len(p.Incoming)+len(p.Disagreements) > 0 {
		t.Errorf("all is equal: %s", describe(p))
	}
	w.setStatus(i, "Rejected")
	w.assign(i, "7")
	c.mirror = nil
	p, _ = c.sync(tracker.Options{}, -1)
	if len(p.Writes)+len(p.Incoming) > 0 || len(p.Disagreements) != 2 {
		t.Errorf("%s", describe(p))
	}
	if len(c.branches["a"].notes) != 2 || len(i.Notes) != 2 {
		t.Errorf("%d and %d notes", len(c.branches["a"].notes), len(i.Notes))
	}
}
