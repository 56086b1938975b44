package tracker_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/tracker"
)

// world is a ledger and a tracker in memory, as simple as they can be, that people and
// syncs change.
type world struct {
	t      *testing.T
	caps   tracker.Capabilities
	set    tracker.Settings
	clock  time.Time
	people []tracker.User
	status []tracker.Status
	issues []*tracker.Issue
	lastID int
	notes  int
	// planned and written are called by a sync between its steps, and now instead of a
	// tick when it looks.
	planned, written, now func()
	stores                bool                                        // mirrors are written and read in between
	ignores               func(issue *tracker.Issue, key string) bool // what the tracker does not do, silently
	refuses               func(issue *tracker.Issue, key string) bool // and what it refuses, in words
}

// clone is one clone's ledger and mirror.
type clone struct {
	w        *world
	branches map[string]*entry
	mirror   *tracker.Mirror
	finished bool
	items    []tracker.Item // of the upgrade
}

type entry struct {
	state, decided, reason, owner string // decided: "dropped", "held" or ""
	subject, text                 string
	notes                         []noted
	links                         []string
	fields                        map[string]string
	disputed                      map[string]bool
}

type noted struct {
	when      time.Time
	who, text string
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, clock: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		caps: tracker.Capabilities{
			Kind: "redmine", Markup: tracker.Textile, MaxSubject: 255, ChangeWithNote: true, Done: true, Versions: true, Fields: true,
			SameTime: time.Second, Status: map[string]string{
				"todo": "New", "parked": "Blocked", "moved": "In Progress", "tested": "Resolved", "in-test": "In Test",
				"in-deployment": "Closed", "dropped": "Rejected", "held": "Waiting",
			},
		},
		people: []tracker.User{{ID: "5", Login: "ann", Name: "Ann"}, {ID: "6", Login: "bob", Name: "Bob"}, {ID: "7", Login: "cleo", Name: "Cleo C."}},
	}
	for _, name := range []string{"New", "Blocked", "In Progress", "Resolved", "In Test", "Waiting", "Feedback", "Closed", "Rejected"} {
		w.status = append(w.status, tracker.Status{Name: name, Closed: name == "Closed" || name == "Rejected"})
	}
	w.ignores = func(*tracker.Issue, string) bool { return false }
	w.refuses = w.ignores
	return w
}

func (w *world) clone(names ...string) *clone {
	c := &clone{w: w, branches: map[string]*entry{}}
	for _, name := range names {
		c.branches[name] = &entry{state: "todo", subject: "Carry " + name, text: "about " + name}
	}
	return c
}

func (w *world) tick() time.Time {
	w.clock = w.clock.Add(2 * time.Second)
	return w.clock
}

func (w *world) issue(id string) *tracker.Issue {
	for _, i := range w.issues {
		if i.ID == id {
			return i
		}
	}
	w.t.Fatalf("there is no issue %s", id)
	return nil
}

// of returns the issues of a thing, by their markers.
func (w *world) of(thing string) []*tracker.Issue {
	var all []*tracker.Issue
	for _, i := range w.issues {
		if m, ok := tracker.FindMarker(i.Description); ok && m.Thing == thing {
			all = append(all, i)
		}
	}
	return all
}

// one is the only issue of a thing.
func (w *world) one(thing string) *tracker.Issue {
	w.t.Helper()
	all := w.of(thing)
	if len(all) != 1 {
		w.t.Fatalf("%q has %d issues", thing, len(all))
	}
	return all[0]
}

func (w *world) closed(status string) tracker.Status {
	for _, s := range w.status {
		if s.Name == status {
			return s
		}
	}
	w.t.Fatalf("there is no status %q", status)
	return tracker.Status{}
}

// Somebody works in the tracker.

func (w *world) setStatus(i *tracker.Issue, status string) {
	i.Status, i.Updated = w.closed(status), w.tick()
}

func (w *world) assign(i *tracker.Issue, id string) {
	i.Assignee, i.Updated = w.user(id), w.tick()
}

func (w *world) write(i *tracker.Issue, who, text string) tracker.Note {
	w.notes++
	n := tracker.Note{ID: strconv.Itoa(w.notes), When: w.tick(), Who: w.user(who), Text: text}
	i.Notes, i.Updated = append(i.Notes, n), n.When
	return n
}

func (w *world) user(id string) tracker.User {
	for _, u := range w.people {
		if u.ID == id {
			return u
		}
	}
	return tracker.User{}
}

// A sync works in it.

func (w *world) create(parent string, d tracker.Draft) *tracker.Issue {
	w.lastID++
	i := &tracker.Issue{
		ID: strconv.Itoa(w.lastID), Subject: d.Subject, Description: d.Description, Parent: parent, Status: w.status[0],
		Links: []string{}, Fields: map[string]string{}, Type: w.caps.Type,
	}
	w.issues = append(w.issues, i)
	w.update(i, tracker.Change{Status: some(d.Status), Assignee: some(d.Assignee), Version: some(d.Version), Done: &d.Done, Fields: d.Fields})
	if w.ignores(i, "parent") {
		i.Parent = ""
	}
	return i
}

func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (w *world) update(i *tracker.Issue, c tracker.Change) []string {
	var reasons []string
	for _, part := range (tracker.Write{Issue: i.ID, Change: c}).Split() {
		if w.refuses(i, part.Keys[0]) {
			reasons = append(reasons, part.Keys[0]+" is not allowed")
		}
	}
	if len(reasons) > 0 {
		return reasons
	}
	set := func(key string, to *string, value *string) {
		if to != nil && !w.ignores(i, key) {
			*value = *to
		}
	}
	set("subject", c.Subject, &i.Subject)
	set("description", c.Description, &i.Description)
	set("version", c.Version, &i.Version)
	set("parent", c.Parent, &i.Parent)
	if c.Status != nil && !w.ignores(i, "status") {
		i.Status = w.closed(*c.Status)
	}
	if c.Assignee != nil && !w.ignores(i, "assignee") {
		i.Assignee = w.user(*c.Assignee)
	}
	if c.Done != nil && !w.ignores(i, "done") {
		i.Done = *c.Done
	}
	for id, value := range c.Fields {
		if !w.ignores(i, "field "+id) {
			i.Fields[id] = value
		}
	}
	i.Updated = w.tick()
	if c.Note != "" && !w.ignores(i, "note") {
		w.notes++
		i.Notes = append(i.Notes, tracker.Note{ID: strconv.Itoa(w.notes), When: i.Updated, Who: tracker.User{ID: "1", Name: "mgit"}, Text: c.Note})
	}
	return nil
}

// found is what a sync finds, with the notes of those issues that it reads.
func (w *world) found(m *tracker.Mirror, read func(all []tracker.Issue) []string) tracker.Found {
	f := tracker.Found{Read: map[string]tracker.Issue{}, People: w.people, Statuses: w.status}
	if f.Now = w.clock; w.now == nil {
		f.Now = w.tick()
	} else {
		w.now()
		f.Now = w.clock
	}
	known := map[string]bool{}
	if m != nil {
		known[m.Upgrade.Issue] = true
		for _, b := range m.Branches {
			known[b.Issue] = true
		}
		delete(known, "")
	}
	for _, i := range w.issues {
		_, isOurs := tracker.FindMarker(i.Description)
		if isOurs || known[i.ID] {
			c := *i
			c.Notes, c.Links = nil, slices.Clone(i.Links)
			f.Issues = append(f.Issues, c)
		}
		delete(known, i.ID)
	}
	f.Gone = slices.Sorted(maps.Keys(known))
	for _, id := range read(f.Issues) {
		c := *w.issue(id)
		c.Notes = slices.Clone(c.Notes)
		f.Read[id] = c
	}
	return f
}

// upgrade is what the ledger of a clone says.
func (c *clone) upgrade() tracker.Upgrade {
	u := tracker.Upgrade{Site: "LUVLE", Series: "4.5", From: "4.1", IsFinished: c.finished, Description: tracker.Text{}, Items: c.items}
	for _, name := range slices.Sorted(maps.Keys(c.branches)) {
		e := c.branches[name]
		b := tracker.Branch{
			Name: name, State: e.state, Reason: e.reason, Owner: e.owner, Subject: e.subject, Fields: e.fields, Links: e.links,
			Disputed: e.disputed, Description: tracker.Text{{Kind: tracker.Paragraph, Lines: []string{e.text}}},
		}
		if e.decided != "" {
			b.State, b.IsDecided = e.decided, true
		}
		for _, n := range e.notes {
			b.Items = append(b.Items, tracker.Item{
				ID: tracker.NoteID(name, n.when, n.who, n.text), When: n.when, Who: n.who,
				Text: tracker.Text{{Kind: tracker.Paragraph, Lines: strings.Split(n.text, "\n")}},
			})
		}
		u.Branches = append(u.Branches, b)
	}
	return u
}

// plan compares.
func (c *clone) plan(o tracker.Options) *tracker.Plan {
	return tracker.MakePlan(c.upgrade(), c.mirror, c.w.found(c.mirror, c.mirror.Unread), c.w.caps, c.w.set, o)
}

// sync compares, writes, and enters what came in; it stops after so many writes, if that
// is not negative.
func (c *clone) sync(o tracker.Options, stop int) (*tracker.Plan, []tracker.Ignored) {
	c.w.t.Helper()
	p := c.plan(o)
	if c.w.planned != nil {
		c.w.planned()
	}
	var outcomes []tracker.Outcome
	noted := map[string]bool{}
	parents := maps.Clone(p.Parents)
	for n, write := range p.Writes {
		if n == stop {
			break
		}
		outcomes = append(outcomes, c.w.make(write, parents, noted)...)
	}
	if c.w.written != nil {
		c.w.written()
	}
	after := c.w.found(c.mirror, func([]tracker.Issue) []string { return slices.Sorted(maps.Keys(noted)) })
	m, ignored := p.Settle(after, outcomes)
	if c.mirror = m; c.w.stores {
		data, err := m.Encode()
		if err != nil {
			c.w.t.Fatal(err)
		}
		if c.mirror, err = tracker.ParseMirror("trackers/4.5.toml", data); err != nil {
			c.w.t.Fatalf("%v\n%s", err, data)
		}
	}
	for _, in := range p.Incoming {
		c.take(in)
	}
	return p, ignored
}

func (w *world) make(write tracker.Write, parents map[string]string, noted map[string]bool) []tracker.Outcome {
	var issue *tracker.Issue
	o := tracker.Outcome{Write: write}
	switch {
	case write.Draft != nil:
		parent := parents[write.Below]
		if write.Branch == "" {
			parent = ""
		}
		issue = w.create(parent, *write.Draft)
		parents[write.Branch] = issue.ID
		o.Write.Issue = issue.ID
		if c := write.Rest(*issue); !c.IsZero() {
			o.Reasons = w.update(issue, c)
		}
	default:
		id := write.Issue
		if id == "" {
			id = parents[write.Branch]
			o.Write.Issue = id
		}
		issue = w.issue(id)
		if !write.Change.IsZero() {
			o.Reasons = w.update(issue, write.Change)
		}
	}
	if write.Change.Note != "" {
		noted[issue.ID] = true
	}
	for _, to := range write.Links {
		if !w.ignores(issue, "link") {
			issue.Links = append(issue.Links, to)
		}
	}
	return []tracker.Outcome{o}
}

// take enters in the ledger what came from the tracker.
func (c *clone) take(in tracker.Incoming) {
	e := c.branches[in.Branch]
	switch {
	case in.Key == "owner":
		e.owner = in.New
	case in.Key == "note":
		e.notes = append(e.notes, noted{in.When, in.Who, in.New})
	case in.New == "dropped" || in.New == "held":
		e.decided, e.reason = in.New, in.Reason
	case in.New == "todo":
		e.decided, e.reason, e.state = "", "", "todo"
	default:
		e.state = in.New
	}
}

// says is what both sides say of a branch, for comparisons: "moved/In Progress Ann/Ann".
func (c *clone) says(name string) string {
	e, i := c.branches[name], c.w.one(name)
	state := e.state
	if e.decided != "" {
		state = e.decided
	}
	return fmt.Sprintf("%s/%s %s/%s", state, i.Status.Name, e.owner, i.Assignee.Name)
}

// settled is a world in which one branch is known on both sides.
func settled(t *testing.T, change func(*entry)) (*world, *clone, *tracker.Issue) {
	t.Helper()
	w := newWorld(t)
	c := w.clone("a")
	change(c.branches["a"])
	c.sync(tracker.Options{}, -1)
	c.quiet()
	return w, c, w.one("a")
}

// quiet fails unless a plan has nothing to do.
func (c *clone) quiet() {
	c.w.t.Helper()
	if p := c.plan(tracker.Options{}); len(p.Writes)+len(p.Incoming) > 0 {
		c.w.t.Fatalf("after a sync there is something to do: %s", describe(p))
	}
}

// describe is a plan in a line.
func describe(p *tracker.Plan) string {
	var all []string
	for _, w := range p.Writes {
		all = append(all, fmt.Sprintf("write %s %s %v", w.Branch, w.Issue, w.Keys))
	}
	for _, in := range p.Incoming {
		all = append(all, fmt.Sprintf("in %s %s %q", in.Branch, in.Key, in.New))
	}
	for _, d := range p.Disagreements {
		all = append(all, fmt.Sprintf("disagree %s %s %s/%s cannot %t", d.Branch, d.Key, d.Ledger, d.Tracker, d.LedgerCannotTake))
	}
	for _, i := range p.Ignored {
		all = append(all, fmt.Sprintf("ignored %s %s %s", i.Branch, i.Key, i.Wanted))
	}
	for _, w := range p.Warnings {
		all = append(all, "warning "+w.ID)
	}
	return strings.Join(all, "; ")
}
