package tracker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
)

// A tracker with few words: several states have one status.
func fewWords(w *world) {
	w.caps.Status = map[string]string{
		"todo": "New", "parked": "New", "held": "New", "moved": "In Progress", "tested": "In Progress", "in-test": "In Progress",
		"in-deployment": "Closed", "dropped": "Closed",
	}
}

// What is the same word in the tracker is no change there, and a word that stands for
// several things decides nothing that would be given up by it.
func TestFewWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ from, to, status, want string }{
		{"moved", "tested", "", "tested/In Progress"},
		{"moved", "tested", "Feedback", "tested/Feedback"}, // people's own: nothing new to say
		{"moved", "in-deployment", "", "in-deployment/Closed"},
		{"moved", "moved", "Closed", "moved/Closed!"}, // dropped, or in deployment?
		{"moved", "moved", "New", "moved/New!"},
		{"tested", "moved", "New", "moved/New!"},
		{"todo", "parked", "", "parked/New"},
		{"todo", "todo", "In Progress", "todo/In Progress!"},
		{"drop", "drop", "New", "todo/New"}, // taken up again
		{"drop", "drop", "In Progress", "todo/In Progress"},
		{"hold", "hold", "In Progress", "todo/In Progress"},
		{"hold", "hold", "Closed", "held/Closed!"},
		{"landed", "landed", "New", "dropped/New!"},
	} {
		w := newWorld(t)
		fewWords(w)
		c := w.clone("a")
		set := func(word string) {
			e := c.branches["a"]
			e.decided = map[string]string{"drop": "dropped", "hold": "held"}[word]
			if word == "landed" {
				word = "dropped"
			}
			if e.decided == "" {
				e.state = word
			}
		}
		set(test.from)
		c.sync(tracker.Options{}, -1)
		c.quiet()
		set(test.to)
		if test.status != "" {
			w.setStatus(w.one("a"), test.status)
		}
		p, _ := c.sync(tracker.Options{}, -1)
		want, isOpen := strings.CutSuffix(test.want, "!")
		if got := c.says("a"); got != want+" /" || len(p.Disagreements) > 0 != isOpen {
			t.Errorf("%v: %s; %s", test, got, describe(p))
		}
		for range 2 {
			c.sync(tracker.Options{}, -1)
		}
		if got := c.says("a"); got != want+" /" {
			t.Errorf("%v: later %s", test, got)
		}
	}
}

// Who renames a status in the tracker says nothing about the branches that have it: that is
// one warning, and nothing is written or taken for it.
func TestRenamedStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.clone("a", "b")
	c.branches["a"].state, c.branches["b"].state = "moved", "moved"
	c.sync(tracker.Options{}, -1)
	c.quiet()
	old, begin := w.caps.Status["moved"], w.caps.Status["todo"]
	for i, status := range w.status {
		if status.Name == old {
			w.status[i].Name = "Doing"
		}
	}
	for _, name := range []string{"a", "b"} {
		w.one(name).Status.Name = "Doing"
	}
	w.caps.Status["moved"] = begin // as a tracker has it that finds another word by itself
	p, _ := c.sync(tracker.Options{}, -1)
	if len(p.Disagreements)+len(p.Incoming)+len(p.Writes) > 0 || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Text, fmt.Sprintf("no status %q any more", old)) {
		t.Errorf("%s; %v", describe(p), p.Warnings)
	}
	c.quiet()
	c.branches["a"].state = "tested"
	w.setStatus(w.one("b"), w.caps.Status["tested"])
	c.sync(tracker.Options{}, -1)
	for _, name := range []string{"a", "b"} {
		if got := c.says(name); got != "tested/"+w.caps.Status["tested"]+" /" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Other settings change what the tracker is to say, but not what people set there.
func TestOtherWords(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(e *entry) { e.state = "moved" })
	w.set.Status = map[string]string{"moved": "in test", "tested": "Nowhere"}
	w.set.Done = map[string]int{"moved": 55}
	p, _ := c.sync(tracker.Options{}, -1)
	if i.Status.Name != "In Test" || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Text, "Nowhere") {
		t.Errorf("%s, %v", i.Status.Name, p.Warnings)
	}
	c.quiet()
	w.setStatus(i, "Feedback")
	c.sync(tracker.Options{}, -1)
	c.sync(tracker.Options{}, -1)
	if i.Status.Name != "Feedback" {
		t.Error(i.Status.Name)
	}
	w.set.People = map[string]string{"The team": "cleo"}
	c.branches["a"].owner = "The team"
	c.sync(tracker.Options{}, -1)
	if i.Assignee.ID != "7" {
		t.Errorf("%+v", i.Assignee)
	}
	w.assign(i, "6")
	c.sync(tracker.Options{}, -1)
	w.assign(i, "7")
	c.sync(tracker.Options{}, -1)
	if got := c.branches["a"].owner; got != "The team" {
		t.Error(got)
	}
	c.quiet()
}

// A status that the settings name and the tracker has not stops a sync, and a look at it,
// before anything is written, also where nothing else is to be done.
func TestStatusThatIsNotThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		u := ledger(3)
		r := w.sync(t, "ada", u, nil, tracker.Options{})
		r = w.sync(t, "ada", u, r.Mirror, tracker.Options{})
		before := w.Count().Writes
		for _, dry := range []bool{true, false} {
			wrong := tracker.Settings{Clone: "ada", Status: map[string]string{"tested": "new", "parked": "Waits"}}
			_, err := tracker.Sync(t.Context(), w.Client("ada"), u, r.Mirror, wrong, tracker.Options{DryRun: dry})
			if want := `tracker.status.parked: the tracker has no "Waits"; it has "New", `; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v", err)
			}
		}
		if n := w.Count().Writes - before; n > 0 {
			t.Errorf("%d writes", n)
		}
	})
}

// Two people of one name are told apart by their logins.
func TestPeopleOfOneName(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	w.people = append(w.people, tracker.User{ID: "8", Login: "ann2", Name: "Ann"})
	c.branches["a"].owner = "Ann" // it is the login of one of them, too
	c.sync(tracker.Options{}, -1)
	if i.Assignee.ID != "5" {
		t.Errorf("%+v", i.Assignee)
	}
	w.assign(i, "8")
	c.sync(tracker.Options{}, -1)
	if got := c.branches["a"].owner; got != "ann2" {
		t.Error(got)
	}
	c.quiet()
	// One who cannot be assigned to any more keeps what is theirs.
	w.people = w.people[:2]
	i.Assignee = tracker.User{ID: "9", Name: "Dora"}
	i.Updated = w.tick()
	c.sync(tracker.Options{}, -1)
	if got := c.branches["a"].owner; got != "Dora" {
		t.Error(got)
	}
	c.quiet()
}

// A note that comes while a sync is writing waits for the next one, and so does a note that
// an issue may have got since its notes were read.
func TestNotesWhileASyncRuns(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"note", "status", "nothing"} {
		for _, isBefore := range []bool{true, false} {
			w, c, i := settled(t, func(e *entry) { e.state = "moved" })
			w.write(i, "5", "early")
			switch key {
			case "note":
				c.branches["a"].notes = append(c.branches["a"].notes, noted{w.clock, "Bob", "a remark"})
			case "status":
				c.branches["a"].state = "tested"
			}
			late := func() { w.write(i, "6", "late") }
			if isBefore {
				w.planned = late
			} else {
				w.written = late
			}
			c.sync(tracker.Options{}, -1)
			w.planned, w.written = nil, nil
			c.sync(tracker.Options{}, -1)
			c.sync(tracker.Options{}, -1)
			c.quiet()
			var texts []string
			for _, n := range c.branches["a"].notes {
				texts = append(texts, n.text)
			}
			if !slices.Contains(texts, "early") || !slices.Contains(texts, "late") {
				t.Errorf("%s, before the writes %t: %q", key, isBefore, texts)
			}
			checkNotes(t, c)
		}
	}
}

// Two notes within one tick of the tracker's clock: the issue is read once more.
func TestNotesInOneSecond(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	w.write(i, "5", "first")
	at := i.Updated
	w.now = func() { w.clock = at } // a clock that has not gone on since
	c.sync(tracker.Options{}, -1)
	w.now = nil
	if !c.mirror.Branches["a"].Updated.IsZero() {
		t.Errorf("%+v", c.mirror.Branches["a"])
	}
	w.write(i, "6", "second")
	i.Updated = at
	c.sync(tracker.Options{}, -1)
	if notes := c.branches["a"].notes; len(notes) != 2 {
		t.Errorf("%+v", notes)
	}
	if c.mirror.Branches["a"].Updated.IsZero() {
		t.Error("by now all is known")
	}
}

// Nothing is told below an issue whose notes may have told it already.
func TestUnreadIsToldNothing(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	w.write(i, "5", "something")
	c.branches["a"].notes = []noted{{w.clock, "Ann", "a note"}}
	p := tracker.MakePlan(c.upgrade(), c.mirror, w.found(c.mirror, func([]tracker.Issue) []string { return nil }), w.caps, w.set, tracker.Options{})
	if len(p.Writes) > 0 {
		t.Errorf("%s", describe(p))
	}
}

// Notes that not everybody may see, and empty ones, stay where they are.
func TestPrivateNotes(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	w.write(i, "5", "secret")
	i.Notes[0].Private = true
	w.write(i, "5", " \r\n")
	p, _ := c.sync(tracker.Options{}, -1)
	if len(p.Incoming) > 0 || len(p.Warnings) != 1 || p.Warnings[0].ID != "private-notes" {
		t.Errorf("%s", describe(p))
	}
	if p, _ = c.sync(tracker.Options{}, -1); len(p.Warnings) > 0 {
		t.Errorf("once is enough: %s", describe(p))
	}
}

// What could not be sent, of whatever key, waits and goes out with the next sync.
func TestNothingSent(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(e *entry) { e.state, e.owner = "moved", "Ann" })
	w.create("", tracker.Draft{Subject: "a ticket"})
	w.set.Version = "Moodle 4.5"
	before := c.mirror
	e := c.branches["a"]
	e.state, e.owner, e.subject, e.text, e.links = "tested", "Bob", "Carry it", "what it does", []string{"3"}
	e.fields, e.notes = map[string]string{"7": "x"}, []noted{{w.clock, "Ann", "a note"}}
	c.sync(tracker.Options{}, 0)
	if was, is := encoded(t, before), encoded(t, c.mirror); was != is {
		t.Errorf("nothing was sent, and the mirror became\n%s", is)
	}
	c.sync(tracker.Options{}, -1)
	if got := fmt.Sprintf("%s %s %d %s %s %v %d", c.says("a"), i.Subject, i.Done, i.Version, i.Fields["7"], i.Links, len(i.Notes)); got != "tested/Resolved Bob/Bob Carry it 70 Moodle 4.5 x [3] 1" {
		t.Error(got)
	}
	if !strings.Contains(i.Description, "what it does") {
		t.Error(i.Description)
	}
	c.quiet()
}

// A note has no more room than the tracker gives it: what does not fit goes into the next.
func TestLongNotes(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	w.caps.MaxText = 400
	for n := range 9 {
		c.branches["a"].notes = append(c.branches["a"].notes, noted{w.tick(), "Ann", fmt.Sprint(n, strings.Repeat(" long", 20))})
	}
	c.branches["a"].notes = append(c.branches["a"].notes, noted{w.tick(), "Ann", strings.Repeat("x", 1000)})
	c.branches["a"].text = strings.Repeat("words ", 200)
	c.branches["a"].subject = strings.Repeat("ä", 300)
	c.sync(tracker.Options{}, -1)
	c.quiet()
	if len(i.Notes) < 4 || len(i.Notes) > 6 {
		t.Errorf("%d notes", len(i.Notes))
	}
	for _, text := range append(notesOf(i), i.Description) {
		if n := len([]rune(text)); n > 400 {
			t.Errorf("%d characters: %q", n, text)
		}
	}
	if n := len([]rune(i.Subject)); n > 255 {
		t.Errorf("a subject of %d characters", n)
	}
	checkNotes(t, c)
}

func notesOf(i *tracker.Issue) []string {
	var texts []string
	for _, n := range i.Notes {
		texts = append(texts, n.Text)
	}
	return texts
}

// A write that was refused with several keys is tried key by key.
func TestSplit(t *testing.T) {
	t.Parallel()
	text := "x"
	w := tracker.Write{
		Branch: "a", Below: "+1", Draft: &tracker.Draft{Subject: "s", Description: "d", Status: "New", Assignee: "5", Done: 50, Fields: map[string]string{"7": "x"}},
		Change: tracker.Change{Note: "n"}, Items: []string{"i"}, Links: []string{"1", "2"},
	}
	var keys []string
	for n, part := range w.Split() {
		keys = append(keys, part.Keys...)
		if (part.Draft != nil) != (n == 0) || part.Branch != "a" || n == 0 && part.Below != "+1" {
			t.Errorf("%+v", part)
		}
	}
	if got := strings.Join(keys, " "); got != "issue status assignee done field 7 note link link" {
		t.Error(got)
	}
	change := tracker.Change{Subject: &text, Description: &text, Parent: &text, Version: &text}
	if parts := (tracker.Write{Issue: "3", Change: change}).Split(); len(parts) != 4 || parts[3].Issue != "3" || change.IsZero() || !(tracker.Change{}).IsZero() {
		t.Errorf("%+v", parts)
	}
	rest := w.Rest(tracker.Issue{Status: tracker.Status{Name: "Open"}})
	if rest.Status == nil || *rest.Status != "New" || rest.Note != "n" || w.Rest(tracker.Issue{Status: tracker.Status{Name: "New"}}).Status != nil {
		t.Errorf("%+v", rest)
	}
}

// A full name that several have is nobody's.
func TestNameOfSeveral(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	w.people = append(w.people, tracker.User{ID: "8", Login: "cc", Name: "Cleo C."})
	c.branches["a"].owner = "Cleo C."
	p, _ := c.sync(tracker.Options{}, -1)
	if i.Assignee.ID != "" || len(p.Warnings) != 1 || p.Warnings[0].ID != "unknown-owner" {
		t.Errorf("%+v, %s", i.Assignee, describe(p))
	}
}

// What somebody set while a sync was writing is theirs, and not ignored.
func TestStatusWhileASyncRuns(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(e *entry) { e.state = "moved" })
	c.branches["a"].state = "tested"
	w.written = func() { w.setStatus(i, "Rejected") }
	if _, ignored := c.sync(tracker.Options{}, -1); len(ignored) > 0 {
		t.Errorf("%+v", ignored)
	}
	w.written = nil
	c.sync(tracker.Options{}, -1)
	if got := c.says("a"); got != "dropped/Rejected /" {
		t.Error(got)
	}
	// Before the write it is not seen: the tracker keeps who came last.
	w, c, i = settled(t, func(e *entry) { e.state = "moved" })
	w.planned = func() { w.setStatus(i, "Feedback") }
	c.sync(tracker.Options{}, -1)
	w.planned = nil
	c.sync(tracker.Options{}, -1)
	if got := c.says("a"); got != "moved/Feedback /" {
		t.Error(got)
	}
}

// A note that somebody took out of the ledger does not come back.
func TestNoteTakenOut(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	w.write(i, "5", "a remark")
	c.sync(tracker.Options{}, -1)
	c.branches["a"].notes = nil
	w.write(i, "5", "another")
	c.sync(tracker.Options{}, -1)
	if notes := c.branches["a"].notes; len(notes) != 1 || notes[0].text != "another" {
		t.Errorf("%+v", notes)
	}
}

// A sync that was killed behind the creation of an issue, with nothing stored: where new
// issues begin is nobody's decision.
func TestKilledAtTheBeginning(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(e *entry) { e.state = "moved" })
	w.setStatus(i, "New")
	c.mirror = nil
	p, _ := c.sync(tracker.Options{}, -1)
	if got := c.says("a"); got != "moved/In Progress /" || len(p.Disagreements) > 0 {
		t.Errorf("%s; %s", got, describe(p))
	}
}

// A surplus issue that others stand below is left to people.
func TestSurplusWithChildren(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	twin := w.create("1", tracker.Draft{Subject: i.Subject, Description: i.Description})
	w.create(twin.ID, tracker.Draft{Subject: "somebody's", Description: "mgit:LUVLE:4.5:gone-by"})
	c.branches["b"] = &entry{state: "todo", subject: "Carry b"}
	p, _ := c.sync(tracker.Options{}, -1)
	if twin.Status.Closed || w.one("b") == twin || len(p.Warnings) != 1 || p.Warnings[0].ID != "surplus" {
		t.Errorf("%s: %+v", describe(p), twin)
	}
}

// A sync for one branch forgets nothing about the upgrade's own issue.
func TestOnlyKeepsWhatWasRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.clone("a")
	w.refuses = func(i *tracker.Issue, key string) bool { return i.ID == "1" && key == "status" }
	c.sync(tracker.Options{}, -1)
	c.branches["a"].state, c.finished = "in-deployment", true
	c.sync(tracker.Options{}, -1)
	if c.mirror.Upgrade.Refused["status"] != "Closed" {
		t.Fatalf("%+v", c.mirror.Upgrade)
	}
	w.setStatus(w.one(""), "Closed")
	c.branches["b"] = &entry{state: "todo", subject: "Carry b"} // needs it open
	c.sync(tracker.Options{Only: []string{"b"}}, -1)
	if c.mirror.Upgrade.Refused["status"] == "" {
		t.Errorf("%+v", c.mirror.Upgrade)
	}
}

// Comparing many branches costs little.
func BenchmarkPlan(b *testing.B) {
	t := &testing.T{}
	w := newWorld(t)
	var names []string
	for n := range 250 {
		names = append(names, fmt.Sprintf("LUVLE-4.1-hack-mod_x-b%03d", n))
	}
	c := w.clone(names...)
	c.sync(tracker.Options{}, -1)
	u, found := c.upgrade(), w.found(c.mirror, func([]tracker.Issue) []string { return nil })
	for b.Loop() {
		if p := tracker.MakePlan(u, c.mirror, found, w.caps, w.set, tracker.Options{}); len(p.Writes) > 0 {
			b.Fatal(describe(p))
		}
	}
}
