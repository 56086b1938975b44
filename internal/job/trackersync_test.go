package job_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/config"
	"mgit/internal/job"
	"mgit/internal/journal"
	"mgit/internal/moodle"
	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
	"mgit/internal/upgrade"
)

// settle is how long a claim has to stand in these tests.
const settle = 10 * time.Millisecond

// newTracker is a tracker in which every state has a status of its own, and whose clock
// tells all changes apart.
func newTracker() *trackertest.Fake {
	can := trackertest.Redmine()
	can.SameTime = time.Microsecond
	can.Status = map[string]string{
		"todo": "New", "parked": "Blocked", "moved": "In Progress", "tested": "Resolved", "in-test": "In Test",
		"in-deployment": "Closed", "dropped": "Rejected", "held": "Waiting",
	}
	var statuses []tracker.Status
	for _, name := range []string{"New", "Blocked", "In Progress", "Resolved", "In Test", "Waiting", "Feedback", "Closed", "Rejected"} {
		statuses = append(statuses, tracker.Status{Name: name, Closed: name == "Closed" || name == "Rejected"})
	}
	fake := trackertest.New(trackertest.Options{Capabilities: can, Statuses: statuses})
	for _, login := range []string{"mgit", "ann", "bob", "cleo"} {
		fake.Join(login, trackertest.Rights{})
	}
	return fake
}

// tracked sets a tracker for a clone.
func (f *fixture) tracked() {
	f.t.Helper()
	f.settings("[mgit \"tracker\"]\n\tkind = redmine\n\turl = https://redmine.example.org\n\tproject = moodle\n")
}

// trackerRequest is one that asks this client.
func trackerRequest(client tracker.Client) job.TrackerRequest {
	return job.TrackerRequest{
		Key: "secret", Settle: settle,
		Dial: func(config.Tracker, string) (tracker.Client, error) { return client, nil },
	}
}

// trackerSync syncs with a tracker; the error is the test's.
func (f *fixture) trackerSync(client tracker.Client, changes ...func(*job.TrackerRequest)) (*job.TrackerReport, int) {
	f.t.Helper()
	request := trackerRequest(client)
	for _, change := range changes {
		change(&request)
	}
	report, run, err := job.TrackerSync(f.t.Context(), f.open(""), request)
	if err != nil {
		f.t.Fatal(err)
	}
	return report, run
}

// trackerStatus is what a sync would do.
func (f *fixture) trackerStatus(client tracker.Client, changes ...func(*job.TrackerRequest)) *job.TrackerReport {
	f.t.Helper()
	request := trackerRequest(client)
	for _, change := range changes {
		change(&request)
	}
	report, err := job.TrackerStatus(f.t.Context(), f.open(""), request)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

// trackedEntry is what a clone's ledger says about a branch.
func (f *fixture) trackedEntry(branch string) *upgrade.Entry {
	f.t.Helper()
	l, err := upgrade.Parse("upgrades/4.5.toml", []byte(f.Git("show", "mgit:upgrades/4.5.toml")+"\n"))
	if err != nil {
		f.t.Fatal(err)
	}
	return l.Entries[branch]
}

// issueOf is the one issue that has the marker of a thing.
func issueOf(t *testing.T, fake *trackertest.Fake, thing string) tracker.Issue {
	t.Helper()
	var all []tracker.Issue
	for _, issue := range fake.Issues() {
		if m, ok := tracker.FindMarker(issue.Description); ok && m.Thing == thing {
			all = append(all, issue)
		}
	}
	if len(all) != 1 {
		t.Fatalf("%q has %d issues", thing, len(all))
	}
	return all[0]
}

// trackedBranches is a site with an upgrade of two small branches, and a tracker.
func trackedBranches(t *testing.T) (*fixture, *trackertest.Fake, []string) {
	t.Helper()
	f := newFixture(t)
	var names []string
	var edits strings.Builder
	for i := range 2 {
		name := fmt.Sprintf("LUVLE-4.1-hack-core-b%d", i)
		names = append(names, name)
		const who = "Ann Author <ann@example.org> 1767225600 +0000"
		fmt.Fprintf(&edits, "commit refs/heads/%s\nauthor %s\ncommitter %s\ndata 3\nown\nfrom v4.1.0^0\nM 644 inline b%d.php\ndata 4\nown\n\n", name, who, who, i)
	}
	f.Input(edits.String(), "fast-import", "--quiet")
	f.shared("mgit.toml", "format = 1\n[tracker.people]\n\"Ann Example\" = \"ann\"\n\"Bob Example\" = \"bob\"\n")
	f.tracked()
	f.begin("4.5")
	return f, newTracker(), names
}

func keysOfWrites(r *job.TrackerReport) string {
	var all []string
	for _, u := range r.Upgrades {
		for _, w := range u.Writes {
			all = append(all, w.Branch+":"+strings.Join(w.Keys, ","))
		}
		for _, in := range u.Incoming {
			all = append(all, "in "+in.Branch+":"+in.Key+"="+in.New)
		}
		for _, d := range u.Disagreements {
			all = append(all, "disagree "+d.Branch+":"+d.Key)
		}
		for _, x := range u.Ignored {
			all = append(all, "ignored "+x.Branch+":"+x.Key)
		}
	}
	return strings.Join(all, "; ")
}

func changed(s string) *string { return &s }

func (f *fixture) setOwner(branch, owner string) int {
	f.t.Helper()
	_, run, err := job.Dispose(f.t.Context(), f.open(""), job.LedgerRequest{Branches: []string{branch}, Owner: &owner})
	if err != nil {
		f.t.Fatal(err)
	}
	return run
}

func notesOf(e *upgrade.Entry) []string {
	var all []string
	for _, n := range e.Notes {
		all = append(all, n.Text)
	}
	return all
}

// Who wrote a note is the same in the ledger whatever else a sync had to ask for, so that
// two clones that read it make no second one of it.
func TestNoteThatTwoClonesReadIsOne(t *testing.T) {
	t.Parallel()
	origin, fake, names := trackedBranches(t)
	one, two := origin.colleague(), origin.colleague()
	one.tracked()
	two.tracked()
	one.trackerSync(fake.Client("mgit"))
	one.sync()
	two.sync()
	id := issueOf(t, fake, names[0]).ID
	fake.Edit("ann", id, tracker.Change{Note: "seen by both"})
	two.trackerSync(fake.Client("mgit")) // of a tracker in which nothing else happened
	one.setOwner(names[1], "Bob Example")
	one.trackerSync(fake.Client("mgit"))
	one.sync()
	two.sync()
	if got := notesOf(two.trackedEntry(names[0])); !slices.Equal(got, []string{"seen by both"}) {
		t.Errorf("%q: %+v", got, two.trackedEntry(names[0]).Notes)
	}
	if who := two.trackedEntry(names[0]).Notes[0].Who; who != "Ann Example" {
		t.Errorf("it is by %q", who)
	}
}

// What the tracker refused before is shown also where nothing is written, and decides how
// a dry run ends.
func TestRefusedBeforeIsShown(t *testing.T) {
	t.Parallel()
	f, fake, names := trackedBranches(t)
	client := fake.Client("mgit")
	f.trackerSync(client)
	fake.Lie(trackertest.Lies{Ignore: []string{"assignee"}})
	f.setOwner(names[0], "Bob Example")
	if r, _ := f.trackerSync(client); r.Totals.Ignored != 1 {
		t.Fatalf("%s", keysOfWrites(r))
	}
	again, _ := f.trackerSync(client)
	dry, _ := f.trackerSync(client, func(r *job.TrackerRequest) { r.DryRun = true })
	status := f.trackerStatus(client)
	for _, r := range []*job.TrackerReport{again, dry, status} {
		if r.Totals.Ignored != 1 || !r.Upgrades[0].Ignored[0].Before || !r.NeedsPerson() {
			t.Errorf("%s", keysOfWrites(r))
		}
	}
}

// A branch that is moved is done for the ledger. Whoever tests it says so in the tracker,
// and that comes back; the upgrade's issue stays open as long as one below it does, and
// nothing is wrong with that.
func TestUpgradeThatIsTested(t *testing.T) {
	t.Parallel()
	f, fake, names := trackedBranches(t)
	client := fake.Client("mgit")
	f.rebaseAll()
	f.trackerSync(client, func(r *job.TrackerRequest) { r.Series = moodle.Series{Major: 4, Minor: 5} })
	fake.Edit("ann", issueOf(t, fake, names[0]).ID, tracker.Change{Status: changed("Resolved"), Note: changedNote})
	r, _ := f.trackerSync(client)
	if e := f.trackedEntry(names[0]); e.State != "tested" || !slices.Equal(notesOf(e), []string{changedNote}) || r.NeedsPerson() {
		t.Errorf("%+v: %s", e, keysOfWrites(r))
	}
	// In a while both are in use.
	for _, name := range names {
		f.Tick()
		e := f.trackedEntry(name)
		text := strings.Replace(f.fileOf("upgrades/4.5.toml")+"\n", "state = \""+e.State+"\"", "state = \"in-deployment\"", 1)
		f.ledger(text)
	}
	if r, _ := f.trackerSync(client); r.NeedsPerson() || !issueOf(t, fake, "").Status.Closed {
		t.Errorf("%s; %+v", keysOfWrites(r), issueOf(t, fake, "").Status)
	}
	if r, _ := f.trackerSync(client); len(r.Upgrades) != 0 {
		t.Errorf("%+v", r.Upgrades)
	}
}

const changedNote = "works for us"

// meanwhile does something once, at the moment when a sync lists issues.
func meanwhile(fake *trackertest.Fake, do func()) {
	done := false
	fake.Lie(trackertest.Lies{Break: func(c trackertest.Call) error {
		if c.Method == "Find" && !done {
			done = true
			do()
		}
		return nil
	}})
}

// Two syncs of one clone are kept apart; the second one does not wait.
func TestTrackerSyncTwiceAtOnce(t *testing.T) {
	t.Parallel()
	f, fake, _ := trackedBranches(t)
	var second error
	meanwhile(fake, func() {
		_, _, second = job.TrackerSync(t.Context(), f.open(""), trackerRequest(fake.Client("ann")))
	})
	f.trackerSync(fake.Client("mgit"))
	var busy *journal.LockedError
	if !errors.As(second, &busy) || busy.PID != os.Getpid() || busy.Command != "tracker sync" {
		t.Errorf("%v", second)
	}
	if r, _ := f.trackerSync(fake.Client("mgit")); r.Totals.Writes != 0 {
		t.Errorf("%s", keysOfWrites(r))
	}
}

// While the tracker is asked, somebody here goes on. What that is about stays as it is, and
// the next sync shows both; all else comes in.
func TestLedgerThatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	f, fake, names := trackedBranches(t)
	client := fake.Client("mgit")
	f.trackerSync(client)
	fake.Edit("ann", issueOf(t, fake, names[0]).ID, tracker.Change{Status: changed("Rejected"), Assignee: changed("101"), Note: "no"})
	fake.Edit("ann", issueOf(t, fake, names[1]).ID, tracker.Change{Note: "yes"})
	meanwhile(fake, func() {
		f.dispose(names[0], "hold", "after the exams")
		f.setOwner(names[0], "Bob Example")
		f.note(names[1], "meanwhile")
	})
	r, _ := f.trackerSync(client)
	for _, in := range r.Upgrades[0].Incoming {
		if in.Taken != (in.Key == "note") {
			t.Errorf("%+v", in)
		}
	}
	e := f.trackedEntry(names[0])
	if e.Disposition != "hold" || e.Reason != "after the exams" || e.Owner != "Bob Example" || !slices.Equal(notesOf(e), []string{"no"}) {
		t.Errorf("%+v", e)
	}
	if got := notesOf(f.trackedEntry(names[1])); len(got) != 2 {
		t.Errorf("%q", got)
	}
	r, _ = f.trackerSync(client)
	shown := keysOfWrites(r)
	if !strings.Contains(shown, "disagree "+names[0]+":state") || !strings.Contains(shown, "disagree "+names[0]+":owner") || r.Totals.Disagreements != 2 {
		t.Errorf("%s", shown)
	}
	if i := issueOf(t, fake, names[0]); i.Status.Name != "Rejected" || i.Assignee.ID != "101" {
		t.Errorf("%+v", i)
	}
}

// A branch that left the ledger while the tracker was asked does not come back with what
// somebody wrote there, and that is heard when the branch does.
func TestBranchThatLeavesMeanwhile(t *testing.T) {
	t.Parallel()
	f, fake, names := trackedBranches(t)
	client := fake.Client("mgit")
	f.trackerSync(client)
	fake.Edit("ann", issueOf(t, fake, names[0]).ID, tracker.Change{Note: "about it"})
	full := f.fileOf("upgrades/4.5.toml") + "\n"
	head, all, _ := strings.Cut(full, "[branch.")
	_, other, _ := strings.Cut(all, "[branch.")
	meanwhile(fake, func() { f.ledger(head + "[branch." + other) })
	f.trackerSync(client)
	if e := f.trackedEntry(names[0]); e != nil {
		t.Errorf("it is back: %+v", e)
	}
	f.ledger(full)
	f.trackerSync(client)
	if got := notesOf(f.trackedEntry(names[0])); !slices.Equal(got, []string{"about it"}) {
		t.Errorf("%q", got)
	}
}

// On what two clones decided differently nothing is told and nothing is taken, also not in
// words, until somebody has chosen.
func TestDisputedKeysAreLeftAlone(t *testing.T) {
	t.Parallel()
	origin, fake, names := trackedBranches(t)
	one, two := origin.colleague(), origin.colleague()
	client := fake.Client("mgit")
	one.tracked()
	two.tracked()
	one.trackerSync(client)
	one.sync()
	two.sync()
	one.dispose(names[0], "drop", "nobody uses it")
	one.setOwner(names[1], "Ann Example")
	two.dispose(names[0], "hold", "after the exams")
	two.setOwner(names[1], "Bob Example")
	one.sync()
	if two.sync(); len(two.disputes()) != 2 {
		t.Fatalf("%+v", two.disputes())
	}
	r, _ := two.trackerSync(client)
	if i := issueOf(t, fake, names[0]); i.Status.Name != "New" || len(i.Notes) != 1 { // of the triage
		t.Errorf("%+v: %s", i, keysOfWrites(r))
	}
	if i := issueOf(t, fake, names[1]); i.Assignee.ID != "" || strings.Contains(i.Description, "Bob") {
		t.Errorf("%+v", i)
	}
	fake.Edit("cleo", issueOf(t, fake, names[0]).ID, tracker.Change{Status: changed("Rejected")})
	fake.Edit("cleo", issueOf(t, fake, names[1]).ID, tracker.Change{Assignee: changed("103")})
	if r, _ := two.trackerSync(client); r.Totals.Incoming+r.Totals.Disagreements != 0 {
		t.Errorf("%s", keysOfWrites(r))
	}
	for _, d := range two.disputes() {
		if _, _, err := job.Settle(t.Context(), two.open(""), job.SettleRequest{IDs: []string{d.ID}}); err != nil {
			t.Fatal(err)
		}
	}
	if r, _ := two.trackerSync(client); r.Totals.Disagreements != 2 {
		t.Errorf("%s", keysOfWrites(r))
	}
}

// An undo of a sync takes what came in out of the ledger, and the next sync brings it once
// more; nothing is there twice on either side.
func TestUndoOfATrackerSync(t *testing.T) {
	t.Parallel()
	f, fake, names := trackedBranches(t)
	client := fake.Client("mgit")
	f.note(names[1], "from here")
	f.trackerSync(client)
	id := issueOf(t, fake, names[0]).ID
	fake.Edit("ann", id, tracker.Change{Note: "from there", Assignee: changed("101"), Status: changed("Rejected")})
	_, run := f.trackerSync(client)
	f.undo(run)
	if e := f.trackedEntry(names[0]); e.Owner != "" || len(e.Notes) != 0 || e.Disposition != "rebase" {
		t.Fatalf("%+v", e)
	}
	f.trackerSync(client)
	if e := f.trackedEntry(names[0]); e.Owner != "Ann Example" || e.Disposition != "drop" || e.Reason != "from there" || len(e.Notes) != 1 {
		t.Errorf("%+v", e)
	}
	f.trackerSync(client)
	if r, _ := f.trackerSync(client); r.Totals.Writes+r.Totals.Incoming != 0 || len(issueOf(t, fake, names[0]).Notes) != 2 || len(issueOf(t, fake, names[1]).Notes) != 1 {
		t.Errorf("%s", keysOfWrites(r))
	}
}

// Issues of another tracker are none of this one: the old ones stay as they are, and their
// numbers are no tickets here.
func TestAnotherTracker(t *testing.T) {
	t.Parallel()
	f, old, names := trackedBranches(t)
	ticket := "MDL-7"
	if _, _, err := job.Dispose(t.Context(), f.open(""), job.LedgerRequest{Branches: names[1:], Ticket: &ticket}); err != nil {
		t.Fatal(err)
	}
	f.trackerSync(old.Client("mgit"))
	if e := f.trackedEntry(names[0]); e.Ticket != "#2" {
		t.Fatalf("ticket %q", e.Ticket)
	}
	before := old.Count()
	f.Git("config", "mgit.tracker.url", "https://new.example.org")
	fake := newTracker()
	for range 5 {
		fake.Add("ann", "", tracker.Draft{Subject: "somebody else's"})
	}
	client := fake.Client("mgit")
	elsewhere := func(r *job.TrackerRequest) { r.Elsewhere = true }
	f.trackerSync(client, elsewhere)
	f.trackerSync(client)
	i := issueOf(t, fake, names[0])
	if len(i.Links) != 0 || strings.Contains(i.Description, "#2") {
		t.Errorf("it is about the other tracker's issue: %v\n%s", i.Links, i.Description)
	}
	if e := f.trackedEntry(names[0]); e.Ticket != "#"+i.ID {
		t.Errorf("ticket %q of issue %s", e.Ticket, i.ID)
	}
	if e := f.trackedEntry(names[1]); e.Ticket != "MDL-7" {
		t.Errorf("ticket %q", e.Ticket)
	}
	if r, _ := f.trackerSync(client); r.Totals.Writes+r.Totals.Incoming != 0 || old.Count() != before || len(fake.Issues()) != 8 {
		t.Errorf("%s; %d issues", keysOfWrites(r), len(fake.Issues()))
	}
}

// An issue that was made anew is the branch's ticket from then on.
func TestIssueMadeAnewIsTheTicket(t *testing.T) {
	t.Parallel()
	f, fake, names := trackedBranches(t)
	client := fake.Client("mgit")
	f.note(names[0], "from the ledger")
	f.trackerSync(client)
	old := issueOf(t, fake, names[0]).ID
	fake.Remove(old)
	if f.trackerSync(client); f.trackedEntry(names[0]).Ticket != "#"+old {
		t.Errorf("%+v", f.trackedEntry(names[0]))
	}
	f.trackerSync(client, func(r *job.TrackerRequest) { r.Anew = true })
	r, _ := f.trackerSync(client)
	i := issueOf(t, fake, names[0])
	if len(i.Notes) != 1 || !strings.Contains(i.Notes[0].Text, "Before the move") || !strings.Contains(i.Notes[0].Text, "from the ledger") {
		t.Errorf("%+v", i.Notes)
	}
	if e := f.trackedEntry(names[0]); e.Ticket != "#"+i.ID || strings.Contains(i.Description, "#"+old) || r.Totals.Ignored+r.Totals.Writes != 0 {
		t.Errorf("%+v, %s\n%s", e, keysOfWrites(r), i.Description)
	}
}

// What waits is known without asking, and is what a sync sends then.
func TestQueueWithoutATracker(t *testing.T) {
	t.Parallel()
	f, fake, names := trackedBranches(t)
	client := fake.Client("mgit")
	offline := func(r *job.TrackerRequest) { r.Offline = true }
	if got, want := keysOfWrites(f.trackerStatus(client, offline)), keysOfWrites(f.trackerStatus(client)); got != want || got == "" {
		t.Errorf("%s, and a sync sends %s", got, want)
	}
	f.trackerSync(client)
	other := fake.Add("ann", "", tracker.Draft{Subject: "somebody else's"})
	if got := keysOfWrites(f.trackerStatus(client, offline)); got != "" {
		t.Errorf("%s", got)
	}
	f.note(names[0], "see #"+other)
	f.dispose(names[1], "drop", "gone")
	got, want := keysOfWrites(f.trackerStatus(client, offline)), keysOfWrites(f.trackerStatus(client))
	if want = strings.NewReplacer(",description", "", "description,", "", "done,", "").Replace(want); sortedKeys(got) != sortedKeys(want) || !strings.Contains(got, "link") {
		t.Errorf("%s, and a sync sends %s", got, want)
	}
}

// sortedKeys is a list of writes with the keys of each in order.
func sortedKeys(writes string) string {
	var all []string
	for w := range strings.SplitSeq(writes, "; ") {
		branch, keys, _ := strings.Cut(w, ":")
		each := strings.Split(keys, ",")
		slices.Sort(each)
		all = append(all, branch+":"+strings.Join(each, ","))
	}
	return strings.Join(all, "; ")
}
