package job_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/config"
	"mgit/internal/job"
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
