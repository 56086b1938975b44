package tracker_test

import (
	"fmt"
	"strings"
	"testing"

	"mgit/internal/tracker"
)

// What a person, or a run, does to the ledger of one branch.
type ledgerEdit struct {
	name string
	do   func(*entry)
}

func ledgerEdits() []ledgerEdit {
	state := func(to string) ledgerEdit {
		return ledgerEdit{to, func(e *entry) { e.state = to }}
	}
	return []ledgerEdit{
		{"nothing", func(*entry) {}},
		state("parked"), state("moved"), state("tested"), state("in-test"), state("in-deployment"),
		{"drop", func(e *entry) { e.decided, e.reason = "dropped", "nobody uses it" }},
		{"hold", func(e *entry) { e.decided, e.reason = "held", "after the exams" }},
		{"landed", func(e *entry) { e.state = "dropped" }},
	}
}

// For every state a branch can be in, every change of the ledger and every status that
// somebody sets meanwhile: what both sides hold after a sync. The expectation is written
// out as rules that know nothing of how a plan is made.
func TestEveryPairOfStates(t *testing.T) {
	t.Parallel()
	starts := append(ledgerEdits()[1:], ledgerEdit{"todo", func(*entry) {}})
	statuses := []string{"", "New", "Blocked", "In Progress", "Resolved", "In Test", "Waiting", "Feedback", "Closed", "Rejected"}
	cases := 0
	for _, start := range starts {
		for _, edit := range ledgerEdits() {
			for _, status := range statuses {
				for _, take := range []tracker.Side{tracker.Neither, tracker.Ledger, tracker.Tracker} {
					cases++
					testPairOfStates(t, start, edit, status, take)
				}
			}
		}
	}
	if cases < 1000 {
		t.Errorf("%d cases", cases)
	}
}

func testPairOfStates(t *testing.T, start, edit ledgerEdit, status string, take tracker.Side) {
	t.Helper()
	w, c, i := settled(t, start.do)
	name := fmt.Sprintf("from %s: %s in the ledger, %q in the tracker, take %q", start.name, edit.name, status, take)
	before := stateOf(c)
	e := c.branches["a"]
	if edit.name != "nothing" {
		e.decided, e.reason = "", ""
		edit.do(e)
	}
	ledger, wasDecided := stateOf(c), e.decided != ""
	if status != "" && status != i.Status.Name {
		w.setStatus(i, status)
	}
	is := i.Status.Name
	wantState, wantStatus, isOpen := ledger, is, false
	meaning := w.caps.Status
	ledgerChanged, trackerChanged := meaning[ledger] != meaning[before], is != meaning[before]
	decided := decidedIn(ledger, wasDecided, is)
	isOwn := is == "Feedback"
	switch {
	case meaning[ledger] == is:
	case ledgerChanged && !trackerChanged:
		wantStatus = meaning[ledger]
	case !ledgerChanged && !trackerChanged:
		t.Fatalf("%s: nothing changed, and %s is not %s", name, ledger, is)
	case !ledgerChanged && isOwn:
	case !ledgerChanged && decided != "":
		wantState = decided
	case take == tracker.Ledger:
		wantStatus = meaning[ledger]
	case take == tracker.Tracker && isOwn:
	case take == tracker.Tracker && decided != "":
		wantState = decided
	default:
		isOpen = true
	}
	p, ignored := c.sync(tracker.Options{Take: take}, -1)
	if got, gotStatus := stateOf(c), i.Status.Name; got != wantState || gotStatus != wantStatus || len(p.Disagreements) > 0 != isOpen || len(ignored) > 0 {
		t.Errorf("%s: %s and %s, want %s and %s; open %t; %s", name, got, gotStatus, wantState, wantStatus, isOpen, describe(p))
	}
	if isOpen && p.Disagreements[0].LedgerCannotTake != (decided == "" && !isOwn) {
		t.Errorf("%s: %+v", name, p.Disagreements[0])
	}
	after, afterStatus := stateOf(c), i.Status.Name
	if take != tracker.Neither {
		return
	}
	for range 2 { // what came in may change what only the ledger says; nothing turns back
		c.sync(tracker.Options{}, -1)
	}
	if got, gotStatus := stateOf(c), i.Status.Name; got != after || gotStatus != afterStatus {
		t.Errorf("%s: %s and %s became %s and %s later", name, after, afterStatus, got, gotStatus)
	}
	c.quiet()
}

func stateOf(c *clone) string {
	state, _, _ := strings.Cut(c.says("a"), "/")
	return state
}

// decidedIn is what a person may decide in the tracker: from which state, by which status.
func decidedIn(ledger string, isDecided bool, status string) string {
	isAside := ledger == "dropped" || ledger == "held"
	switch status {
	case "Resolved":
		if ledger == "moved" {
			return "tested"
		}
	case "In Progress":
		if ledger == "tested" {
			return "moved"
		}
		if isAside && isDecided {
			return "todo"
		}
	case "New", "Blocked":
		if isAside && isDecided {
			return "todo"
		}
	case "Rejected":
		if ledger != "in-deployment" {
			return "dropped"
		}
	case "Waiting":
		if ledger != "in-deployment" {
			return "held"
		}
	}
	return ""
}

// The owner: every pair of what the two sides can say since they agreed on Ann.
func TestEveryPairOfOwners(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ledger, tracker string // "" nobody
		take            tracker.Side
		want            string
		open            bool
	}{
		{"Ann", "5", "", "todo/New Ann/Ann", false},
		{"Bob", "5", "", "todo/New Bob/Bob", false},
		{"", "5", "", "todo/New /", false},
		{"Ann", "6", "", "todo/New Bob/Bob", false},
		{"Ann", "7", "", "todo/New Cleo C./Cleo C.", false},
		{"Ann", "", "", "todo/New /", false},
		{"Bob", "6", "", "todo/New Bob/Bob", false},
		{"", "", "", "todo/New /", false},
		{"Bob", "7", "", "todo/New Bob/Cleo C.", true},
		{"Bob", "", "", "todo/New Bob/", true},
		{"", "7", "", "todo/New /Cleo C.", true},
		{"Bob", "7", tracker.Ledger, "todo/New Bob/Bob", false},
		{"Bob", "7", tracker.Tracker, "todo/New Cleo C./Cleo C.", false},
		{"", "7", tracker.Ledger, "todo/New /", false},
		{"Bob", "", tracker.Tracker, "todo/New /", false},
		{"Zoe", "5", "", "todo/New Zoe/Ann", false}, // nobody the tracker knows: said, not sent
		{"Zoe", "6", "", "todo/New Zoe/Bob", true},
		{"Zoe", "6", tracker.Ledger, "todo/New Zoe/Bob", true},
		{"Zoe", "6", tracker.Tracker, "todo/New Bob/Bob", false},
	} {
		w, c, i := settled(t, func(e *entry) { e.owner = "Ann" })
		c.branches["a"].owner = test.ledger
		if test.tracker != "5" {
			w.assign(i, test.tracker)
		}
		p, _ := c.sync(tracker.Options{Take: test.take}, -1)
		if got := c.says("a"); got != test.want || len(p.Disagreements) > 0 != test.open {
			t.Errorf("%+v: %s; %s", test, got, describe(p))
		}
		if isUnknown := test.ledger == "Zoe" && c.branches["a"].owner == "Zoe" && !test.open; isUnknown != (len(p.Warnings) > 0) {
			t.Errorf("%+v: %v", test, p.Warnings)
		}
		c.quiet()
	}
}

// A key on which the clones disagree among themselves is nobody's to send or to take.
func TestDisputed(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(e *entry) { e.state, e.owner = "moved", "Ann" })
	e := c.branches["a"]
	e.disputed = map[string]bool{"state": true, "owner": true}
	e.state, e.owner = "tested", "Bob"
	p, _ := c.sync(tracker.Options{}, -1)
	if got := c.says("a"); got != "tested/In Progress Bob/Ann" || len(p.Writes) > 0 {
		t.Errorf("%s; %s", got, describe(p))
	}
	w.setStatus(i, "Rejected")
	w.assign(i, "7")
	p, _ = c.sync(tracker.Options{Take: tracker.Ledger}, -1)
	if got := c.says("a"); got != "tested/Rejected Bob/Cleo C." || len(p.Writes)+len(p.Incoming)+len(p.Disagreements) > 0 {
		t.Errorf("%s; %s", got, describe(p))
	}
	// Once it is settled, both have changed since they agreed.
	e.disputed = nil
	p, _ = c.sync(tracker.Options{}, -1)
	if len(p.Disagreements) != 2 || p.Disagreements[0].Agreed != "moved" || p.Disagreements[1].Agreed != "Ann" {
		t.Errorf("%s", describe(p))
	}
}

// A reason for putting a branch aside is the note that came with it.
func TestReasonOfADecision(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(e *entry) { e.state = "moved" })
	w.setStatus(i, "Rejected")
	i.Updated = w.write(i, "6", "The new forum does this.\r\n\r\nSee the release notes.").When
	p, _ := c.sync(tracker.Options{}, -1)
	e := c.branches["a"]
	if e.decided != "dropped" || e.reason != "The new forum does this.\n\nSee the release notes." || len(e.notes) != 1 || p.Incoming[1].Who != "Bob" {
		t.Errorf("%+v; %s", e, describe(p))
	}
	c.quiet()
	// Taken up again there, the branch has to be done here.
	w.setStatus(i, "In Progress")
	c.sync(tracker.Options{}, -1)
	if got := c.says("a"); got != "todo/In Progress /" || e.reason != "" {
		t.Errorf("%s, %q", got, e.reason)
	}
	e.state = "moved"
	c.sync(tracker.Options{}, -1)
	// Without a note, what is known is said.
	w.write(i, "6", "An old remark.")
	w.clock = w.clock.Add(2 * 60e9)
	w.setStatus(i, "Waiting")
	c.sync(tracker.Options{}, -1)
	if e.decided != "held" || e.reason != "set to Waiting in #2" {
		t.Errorf("%+v", e)
	}
	c.quiet()
}

// What the ledger alone says goes out when it changes; what people make of it stays until
// then.
func TestOneWay(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(e *entry) { e.state, e.fields = "moved", map[string]string{"3": "x", "4": "y"} })
	w.set.Version = "Moodle 4.5"
	if i.Done != 50 || i.Fields["3"] != "x" {
		t.Fatalf("%+v", i)
	}
	c.sync(tracker.Options{}, -1)
	if i.Version != "Moodle 4.5" {
		t.Error(i.Version)
	}
	i.Done, i.Version, i.Fields["3"], i.Updated = 60, "Moodle 4.5.1", "people's", w.tick()
	c.sync(tracker.Options{}, -1)
	if i.Done != 60 || i.Version != "Moodle 4.5.1" || i.Fields["3"] != "people's" {
		t.Errorf("%+v", i)
	}
	c.branches["a"].state = "tested"
	c.branches["a"].fields = map[string]string{"3": "x", "4": "z"}
	c.sync(tracker.Options{}, -1)
	if i.Done != 70 || i.Version != "Moodle 4.5.1" || i.Fields["3"] != "people's" || i.Fields["4"] != "z" {
		t.Errorf("%+v", i)
	}
	c.quiet()
}

// A renamed issue keeps its name; people's lines around mgit's part stay, and so does a part
// that somebody changed.
func TestSubjectAndDescription(t *testing.T) {
	t.Parallel()
	w, c, i := settled(t, func(*entry) {})
	e := c.branches["a"]
	e.subject, e.text = "Carry a, which waits", "something new"
	c.sync(tracker.Options{}, -1)
	if i.Subject != "Carry a, which waits" || !strings.Contains(i.Description, "something new") {
		t.Fatalf("%+v", i)
	}
	i.Subject, i.Description, i.Updated = "The forum", "My own line.\r\n\r\n"+strings.ReplaceAll(i.Description, "\n", "\r\n")+"\r\n\r\nAnother.", w.tick()
	e.subject, e.text = "Carry a again", "something else"
	c.sync(tracker.Options{}, -1)
	if i.Subject != "The forum" || !strings.HasPrefix(i.Description, "My own line.\r\n\r\n(mgit") || !strings.HasSuffix(i.Description, ")\r\n\r\nAnother.") || !strings.Contains(i.Description, "something else") {
		t.Fatalf("%q %q", i.Subject, i.Description)
	}
	c.quiet()
	i.Description, i.Updated = strings.Replace(i.Description, "something else", "something of mine", 1), w.tick()
	p, _ := c.sync(tracker.Options{}, -1)
	if len(p.Writes)+len(p.Warnings) > 0 {
		t.Errorf("nothing was to be written: %s", describe(p))
	}
	e.text = "the third text"
	for range 2 {
		if p, _ = c.sync(tracker.Options{}, -1); len(p.Writes) > 0 || len(p.Warnings) != 1 || !strings.Contains(i.Description, "something of mine") {
			t.Errorf("%s, %q", describe(p), i.Description)
		}
	}
	c.sync(tracker.Options{Take: tracker.Ledger}, -1)
	if !strings.Contains(i.Description, "the third text") || !strings.Contains(i.Description, "My own line.") {
		t.Errorf("%q", i.Description)
	}
	// Without its part an issue would not be found any more: it gets one again.
	i.Description, i.Updated = "Only this.", w.tick()
	c.sync(tracker.Options{}, -1)
	if got := w.one("a"); got != i || !strings.HasPrefix(i.Description, "Only this.\n\n(mgit") {
		t.Errorf("%q", i.Description)
	}
	c.quiet()
}
