package job_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
	"mgit/internal/upgrade"
)

// Three clones work on one upgrade, people work in its tracker, and each clone syncs with
// the others and with the tracker when it likes, is killed in the middle of that, and takes
// things back (MGIT_CASES orders of 25 steps, of which 500 at most; MGIT_SEED for others).
// In the end all clones hold the same, the tracker says so too or it is shown that it does
// not, no note is lost or there twice on either side, no branch has a second issue, and no
// sync has overwritten what somebody entered in the tracker that its clone had not heard of.
func TestClonesAndATrackerLoseNothing(t *testing.T) {
	t.Parallel()
	cases, seed := 1, uint64(6)
	if n, err := strconv.Atoi(os.Getenv("MGIT_CASES")); err == nil {
		cases = min(n, 500)
	}
	if n, err := strconv.ParseUint(os.Getenv("MGIT_SEED"), 10, 64); err == nil {
		seed = n
	}
	origin, _, names := trackedBranches(t)
	for n := range cases {
		t.Run(fmt.Sprintf("MGIT_SEED=%d", seed+uint64(n)), func(t *testing.T) {
			t.Parallel()
			w := newTrackerWorld(t, origin.copy(t), names, seed+uint64(n))
			for range 25 {
				w.step()
			}
			w.settle()
			w.check()
			if t.Failed() {
				t.Log(strings.Join(w.log, "\n"))
			}
		})
	}
}

// trackerWorld is a tracker with clones around it.
type trackerWorld struct {
	t      *testing.T
	random *rand.Rand
	fake   *trackertest.Fake
	names  []string
	clones []*fixture
	log    []string
	said   map[string]*saying // by text
	undone map[string]bool    // clones' runs that were taken back
	runs   [][]trackedRun     // by clone
}

// saying is a note that somebody wrote.
type saying struct {
	branch string
	inside bool // the ledger; else the tracker
	undone bool // it may be gone from the ledger
}

type trackedRun struct {
	number int
	says   []string // texts that it brought into the ledger
}

func newTrackerWorld(t *testing.T, origin *fixture, names []string, seed uint64) *trackerWorld {
	w := &trackerWorld{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), fake: newTracker(), names: names,
		said: map[string]*saying{}, undone: map[string]bool{}, runs: make([][]trackedRun, 3),
	}
	first := origin.colleague()
	first.tracked()
	w.clones = []*fixture{first, first.copy(t), first.copy(t)}
	return w
}

func (w *trackerWorld) do(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

func (w *trackerWorld) failf(format string, args ...any) {
	w.t.Helper()
	w.t.Errorf(format, args...)
	w.do("FAILED: "+format, args...)
}

// step lets one of them do something.
func (w *trackerWorld) step() {
	i := w.random.IntN(len(w.clones))
	f, name := w.clones[i], w.names[w.random.IntN(len(w.names))]
	f.Tick()
	text := fmt.Sprintf("word%dx", len(w.log))
	run := trackedRun{}
	switch w.random.IntN(14) {
	case 0, 1:
		_, number, err := job.Note(w.t.Context(), f.open(""), job.LedgerRequest{Branches: []string{name}, Text: text})
		w.must(err)
		w.said[text] = &saying{branch: name, inside: true}
		run = trackedRun{number, []string{text}}
		w.do("%d notes %s %s", i, name, text)
	case 2:
		owner := []string{"", "Ann Example", "Bob Example"}[w.random.IntN(3)]
		w.do("%d owner %s %q", i, name, owner)
		run.number = f.setOwner(name, owner)
	case 3:
		disposition := upgrade.Dispositions()[w.random.IntN(4)]
		w.do("%d dispose %s %s", i, name, disposition)
		_, number, err := job.Dispose(w.t.Context(), f.open(""), job.LedgerRequest{Branches: []string{name}, Disposition: disposition, Reason: "because " + text})
		w.must(err)
		run.number = number
	case 4:
		if w.random.IntN(2) == 0 {
			w.do("%d rebase-all", i)
			_, run.number = f.rebaseAll()
		}
	case 5, 6:
		w.do("%d mgit sync", i)
		f.sync()
	case 7, 8, 9:
		run = w.trackerSync(i, w.random.IntN(3) == 0)
	case 10, 11, 12:
		w.person(name, text)
	case 13:
		w.undo(i)
	}
	if run.number != 0 {
		w.runs[i] = append(w.runs[i], run)
	}
}

func (w *trackerWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v\n%s", err, strings.Join(w.log, "\n"))
	}
}

// person is somebody who works in the tracker.
func (w *trackerWorld) person(name, text string) {
	id := ""
	for _, issue := range w.fake.Issues() {
		if m, ok := tracker.FindMarker(issue.Description); ok && m.Thing == name {
			id = issue.ID
		}
	}
	if id == "" {
		return
	}
	who := []string{"ann", "bob", "cleo"}[w.random.IntN(3)]
	var c tracker.Change
	switch w.random.IntN(4) {
	case 0:
		status := []string{"New", "Blocked", "In Progress", "Resolved", "Waiting", "Feedback", "Closed", "Rejected"}[w.random.IntN(8)]
		c.Status = &status
	case 1:
		c.Assignee = changed([]string{"", "101", "102", "103"}[w.random.IntN(4)])
	default:
		if w.random.IntN(3) == 0 {
			c.Status = changed("Rejected")
		}
		c.Note = text
		w.said[text] = &saying{branch: name}
	}
	w.fake.Edit(who, id, c)
	w.do("%s edits %s of %s: %+v", who, id, name, describeChange(c))
}

func describeChange(c tracker.Change) string {
	text := c.Note
	for _, s := range []*string{c.Status, c.Assignee} {
		if s != nil {
			text += fmt.Sprintf(" %q", *s)
		}
	}
	return text
}

// trackerSync syncs a clone with the tracker, and dies on the way if that is said. What
// people entered and the clone had not heard of has to stand there still.
func (w *trackerWorld) trackerSync(i int, dies bool) trackedRun {
	f := w.clones[i]
	client := w.fake.Client("mgit")
	after := -1
	if dies {
		after = w.random.IntN(20)
		client.DieAfter(after, w.random.IntN(2) == 0)
	}
	before, known := w.fake.Issues(), f.knownIssues()
	report, number := f.trackerSync(client)
	w.do("%d tracker sync, dies after %d: %s", i, after, keysOfWrites(report))
	run := trackedRun{number: number}
	for _, u := range report.Upgrades {
		for _, in := range u.Incoming {
			if !in.Taken {
				w.failf("%+v did not come in", in)
			}
			if in.Key == "note" {
				run.says = append(run.says, in.New)
			}
		}
	}
	now := map[string]tracker.Issue{}
	for _, issue := range w.fake.Issues() {
		now[issue.ID] = issue
	}
	for _, was := range before {
		m, ok := tracker.FindMarker(was.Description)
		b, isKnown := known[m.Thing]
		if !ok || m.Thing == "" || !isKnown || b.Status == "" {
			continue
		}
		is := now[was.ID]
		if was.Status.Name != b.Status && is.Status != was.Status {
			w.failf("clone %d made %s of %s, which somebody had set and it did not know of", i, is.Status.Name, was.Status.Name)
		}
		if was.Assignee.ID != b.Assignee && is.Assignee != was.Assignee {
			w.failf("clone %d assigned to %q what somebody had assigned to %q", i, is.Assignee.ID, was.Assignee.ID)
		}
	}
	return run
}

// knownIssues is what a clone's mirror says, by branch.
func (f *fixture) knownIssues() map[string]tracker.Mirrored {
	if f.fileOf(mirrorFile) == "" {
		return nil
	}
	return f.mirror().Branches
}

// fileOf is a file of a clone's mgit branch; "" for none.
func (f *fixture) fileOf(path string) string {
	text, err := f.TryGit("show", "mgit:"+path)
	if err != nil {
		return ""
	}
	return text
}

// undo takes back a clone's last run.
func (w *trackerWorld) undo(i int) {
	all := w.runs[i]
	if len(all) == 0 {
		return
	}
	run := all[len(all)-1]
	w.runs[i] = all[:len(all)-1]
	w.do("%d undo run %d", i, run.number)
	if _, _, err := job.UndoRun(w.t.Context(), w.clones[i].open(""), run.number, false); err != nil {
		w.do("refused: %v", err)
		return
	}
	for _, text := range run.says {
		if s := w.said[text]; s != nil {
			s.undone = true
		}
	}
}

// settle lets everybody sync until nothing changes.
func (w *trackerWorld) settle() {
	for range 8 {
		quiet := true
		for i, f := range w.clones {
			f.sync()
			report, _ := f.trackerSync(w.fake.Client("mgit"), func(r *job.TrackerRequest) {
				if f.fileOf(mirrorFile) == "" || f.mirror().IsEmpty() { // all was taken back, and the upgrade may be finished
					r.Series = moodle.Series{Major: 4, Minor: 5}
				}
			})
			if words := keysOfWrites(report); report.Totals.Writes+report.Totals.Incoming > 0 {
				w.do("%d settles: %s", i, words)
				quiet = false
			}
			f.sync()
		}
		for _, f := range w.clones[:2] {
			f.sync()
		}
		if quiet {
			return
		}
	}
	w.failf("it does not come to rest")
}

// check looks at the end.
func (w *trackerWorld) check() {
	f := w.clones[0]
	for i, other := range w.clones {
		for _, file := range []string{"upgrades/4.5.toml", mirrorFile, "disputes.toml"} {
			if a, b := f.fileOf(file), other.fileOf(file); a != b {
				w.failf("clone %d has another %s:\n%s\n---\n%s", i, file, a, b)
			}
		}
	}
	if n := len(w.fake.Issues()); n != 1+len(w.names) {
		w.failf("%d issues", n)
	}
	report := f.trackerStatus(w.fake.Client("mgit"))
	shown := keysOfWrites(report)
	disputed := map[string]bool{}
	for _, d := range f.disputes() {
		disputed[d.Entry+":"+d.Key] = true
	}
	can := newTracker().Client("mgit").Capabilities()
	for _, name := range w.names {
		e, issue := f.trackedEntry(name), issueOf(w.t, w.fake, name)
		known := f.mirror().Branches[name]
		state := map[string]string{"drop": "dropped", "hold": "held"}[e.Disposition]
		if state == "" {
			state = e.State
		}
		isOpen := disputed[name+":disposition"] || disputed[name+":progress"] || disputed[name+":entry"]
		if issue.Status.Name != can.Status[state] && known.Meant != can.Status[state] && !isOpen && !strings.Contains(shown, "disagree "+name+":state") {
			w.failf("%s is %s here and %s there, and that is not shown: %s", name, state, issue.Status.Name, shown)
		}
		owner := map[string]string{"Ann Example": "101", "Bob Example": "102", "Name of cleo": "103"}[e.Owner]
		if issue.Assignee.ID != owner && !disputed[name+":owner"] && !strings.Contains(shown, "disagree "+name+":owner") {
			w.failf("%s is of %q here and of %q there, and that is not shown: %s", name, e.Owner, issue.Assignee.ID, shown)
		}
		w.checkNotes(name, notesOf(e), issue)
	}
}

func (w *trackerWorld) checkNotes(name string, inside []string, issue tracker.Issue) {
	var outside, all strings.Builder
	for _, n := range issue.Notes {
		outside.WriteString(n.Text + "\n")
	}
	all.WriteString(strings.Join(inside, "\n"))
	for text, s := range w.said {
		if s.branch != name {
			continue
		}
		in, out := strings.Count(all.String(), text), strings.Count(outside.String(), text)
		switch {
		case in > 1 || in == 0 && !s.undone:
			w.failf("the ledger has %q %d times", text, in)
		// A decision made of a note may tell its reason, which is its text.
		case out == 0 && (!s.undone || !s.inside):
			w.failf("the tracker has %q not", text)
		case out > 1 && !slices.ContainsFunc(issue.Notes, func(n tracker.Note) bool {
			return strings.Contains(n.Text, "Decided:") && strings.Contains(n.Text, text)
		}):
			w.failf("the tracker has %q %d times", text, out)
		}
	}
}
