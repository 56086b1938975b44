// Package trackertest is what the tests of trackers share: the contract of a
// [tracker.Client] as a suite that every client runs, on its real server or on a fake of it.
package trackertest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mgit/internal/tracker"
)

// Harness is a tracker as the contract needs it. What is nil or empty is not there, and
// what needs it is skipped with a reason.
type Harness struct {
	// Client has a key that may do all that mgit does.
	Client tracker.Client
	// Other has the key of another person, who may do as much.
	Other tracker.Client
	// Weak has a key that sees the project, and may neither put issues below others nor
	// change their status.
	Weak tracker.Client
	// Stranger has a key that the tracker does not know, Nowhere asks for a project that
	// is not there.
	Stranger, Nowhere tracker.Client
	// Secrets must not stand in any error.
	Secrets []string

	// Open and Closed are statuses which Client may give to an issue that was just made,
	// beside the one it has; Closed is a closed one, from which Open can be reached.
	Open, Closed string
	// Assignee is who issues can be assigned to, Version a target version, Field the id
	// of a custom field that takes any text.
	Assignee, Version, Field string
	// Missing is the id of an issue that is not there.
	Missing string
	// Hide adds a note that not everybody sees, as a person would.
	Hide func(t *testing.T, id, text string)
	// Many is how many issues are made to see that pages are read to the end; 0 is none.
	Many int
}

// contract is one run of the suite.
type contract struct {
	Harness
	site string // of the markers, so that runs on one server do not meet
}

// Contract checks that a client keeps what [tracker.Client] says. The tracker may hold
// issues already, and may be used by other runs at the same time.
func Contract(t *testing.T, h Harness) {
	t.Helper()
	c := &contract{h, fmt.Sprintf("C%08X", rand.Uint32())}
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"says what it can", c.capabilities},
		{"knows the key", c.keys},
		{"lists statuses and people", c.lists},
		{"makes issues and finds them", c.creates},
		{"keeps texts as they are", c.texts},
		{"finds what is there and nothing else", c.finds},
		{"lists children", c.children},
		{"changes what is named and nothing else", c.updates},
		{"assigns and takes away", c.assigns},
		{"closes and reopens", c.closes},
		{"adds notes", c.notes},
		{"moves below another issue", c.moves},
		{"links once", c.links},
		{"says what is not there", c.missing},
		{"tells of what a weak key wrote", c.weak},
		{"takes no subject that is too long", c.long},
		{"is safe for many at once", c.crowd},
		{"reads all pages", c.pages},
		{"stops when it is told to", c.cancelled},
	} {
		t.Run(test.name, test.run)
	}
}

// marker is one of this run.
func (c *contract) marker(thing string) tracker.Marker {
	return tracker.Marker{Site: c.site, Series: "4.5", Thing: thing}
}

// draft is of an issue with a marker.
func (c *contract) draft(m tracker.Marker) tracker.Draft {
	return tracker.Draft{
		IsParent: m.Thing == "",
		Subject:  cmp.Or(m.Thing, "Upgrade of "+m.Site),
		// A description as mgit writes them: prose of people, and a part of its own.
		Description: "Somebody wrote this.\n\n" + m.String() + "\n",
	}
}

// create makes an issue and fails the test when it cannot.
func (c *contract) create(t *testing.T, parent string, d tracker.Draft) tracker.Issue {
	t.Helper()
	issue, err := c.Client.Create(t.Context(), parent, d)
	if err != nil {
		t.Fatalf("create %q below %q: %v", d.Subject, parent, err)
	}
	return issue
}

// read reads an issue and fails the test when it cannot.
func (c *contract) read(t *testing.T, id string) tracker.Issue {
	t.Helper()
	issue, err := c.Client.Read(t.Context(), id)
	if err != nil {
		t.Fatalf("read %s: %v", id, err)
	}
	return issue
}

// update changes an issue and returns it as it is afterwards.
func (c *contract) update(t *testing.T, id string, change tracker.Change) tracker.Issue {
	t.Helper()
	if err := c.Client.Update(t.Context(), id, change); err != nil {
		t.Fatalf("update %s: %v", id, err)
	}
	return c.read(t, id)
}

// find lists issues and fails the test when it cannot.
func (c *contract) find(t *testing.T, text string) []tracker.Issue {
	t.Helper()
	issues, err := c.Client.Find(t.Context(), text)
	if err != nil {
		t.Fatalf("find %q: %v", text, err)
	}
	return issues
}

// is checks which error came back, and that nothing secret stands in it.
func (c *contract) is(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: the error is %v, not %v", what, err, want)
	}
	c.plain(t, err)
}

func (c *contract) plain(t *testing.T, err error) {
	t.Helper()
	for _, secret := range c.Secrets {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Error("a key stands in an error")
		}
	}
}

func ids(issues []tracker.Issue) []string {
	var ids []string
	for _, issue := range issues {
		ids = append(ids, issue.ID)
	}
	return ids
}

func (c *contract) capabilities(t *testing.T) {
	statuses, err := c.Client.Statuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	can := c.Client.Capabilities()
	if can.Kind == "" || can.MaxSubject < 80 || can.MaxText < 1000 {
		t.Errorf("%+v", can)
	}
	if !slices.Contains([]tracker.Markup{tracker.Textile, tracker.Markdown, tracker.CommonMark, tracker.WikiMarkup}, can.Markup) {
		t.Errorf("no such markup: %q", can.Markup)
	}
	for _, state := range tracker.States() {
		name, ok := can.Status[state]
		if !ok || !slices.ContainsFunc(statuses, func(s tracker.Status) bool { return s.Name == name }) {
			t.Errorf("the status %q of the state %s is none of %v", name, state, statuses)
		}
	}
}

func (c *contract) keys(t *testing.T) {
	me, err := c.Client.Whoami(t.Context())
	if err != nil || me.ID == "" || cmp.Or(me.Name, me.Login) == "" {
		t.Fatalf("%+v, %v", me, err)
	}
	if c.Other != nil {
		if other, err := c.Other.Whoami(t.Context()); err != nil || other.ID == me.ID || other.ID == "" {
			t.Errorf("the other one: %+v, %v", other, err)
		}
	}
	if c.Stranger != nil {
		_, err := c.Stranger.Whoami(t.Context())
		c.is(t, "a key that is not known", err, tracker.ErrKey)
	}
	if c.Nowhere != nil {
		_, err := c.Nowhere.Whoami(t.Context())
		c.is(t, "a project that is not there", err, tracker.ErrProject)
	}
}

func (c *contract) lists(t *testing.T) {
	statuses, err := c.Client.Statuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names, closed := map[string]bool{}, 0
	for _, s := range statuses {
		if s.Name == "" || names[s.Name] {
			t.Errorf("twice, or without a name: %q", s.Name)
		}
		names[s.Name] = true
		if s.Closed {
			closed++
		}
	}
	if closed == 0 || closed == len(statuses) || !names[c.Open] || !names[c.Closed] {
		t.Errorf("statuses: %v", statuses)
	}
	people, err := c.Client.People(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range people {
		if p.ID == "" || seen[p.ID] || cmp.Or(p.Name, p.Login) == "" {
			t.Errorf("a person: %+v", p)
		}
		seen[p.ID] = true
	}
	if c.Assignee != "" && !seen[c.Assignee] {
		t.Errorf("nobody is %q: %+v", c.Assignee, people)
	}
}

func (c *contract) creates(t *testing.T) {
	top := c.marker("")
	parent := c.create(t, "", c.draft(top))
	if parent.Parent != "" {
		t.Errorf("it stands below %s", parent.Parent)
	}
	branch := c.marker("LUVLE-4.1-hack-mod_forum-subject")
	child := c.create(t, parent.ID, c.draft(branch))
	want := c.draft(branch)
	if child.ID == "" || child.ID == parent.ID || child.URL == "" || child.Subject != want.Subject || child.Parent != parent.ID {
		t.Errorf("made: %+v", child)
	}
	if same(child.Description) != same(want.Description) || child.Status.Name == "" || child.Status.Closed || child.Updated.IsZero() {
		t.Errorf("made: %+v", child)
	}
	if m, ok := tracker.FindMarker(child.Description); !ok || m != branch {
		t.Errorf("its marker is %v", m)
	}
	// It is in the list at once, under its own marker and under the upgrade's.
	if got := ids(c.find(t, branch.String())); !slices.Equal(got, []string{child.ID}) {
		t.Errorf("found %v, made %s", got, child.ID)
	}
	all := c.find(t, top.String())
	if got := ids(all); !slices.Equal(got, []string{parent.ID, child.ID}) {
		t.Fatalf("found %v, made %s and %s", got, parent.ID, child.ID)
	}
	for _, issue := range []tracker.Issue{all[1], c.read(t, child.ID)} {
		equal(t, issue, child)
		if len(issue.Notes) != 0 {
			t.Errorf("notes of a new issue: %+v", issue.Notes)
		}
	}
}

// equal compares what must be the same however an issue is read.
func equal(t *testing.T, got, want tracker.Issue) {
	t.Helper()
	if got.ID != want.ID || got.URL != want.URL || got.Subject != want.Subject || got.Description != want.Description ||
		got.Status != want.Status || got.Parent != want.Parent || got.Assignee.ID != want.Assignee.ID ||
		got.Done != want.Done || got.Version != want.Version {
		t.Errorf("read:  %+v\nmade: %+v", got, want)
	}
}

// same takes away what a tracker may take away.
func same(text string) string { return strings.TrimRight(text, " \t\n") }

func (c *contract) texts(t *testing.T) {
	d := c.draft(c.marker("texts"))
	d.Subject = `50 % of "it" isn't <b>bold</b> & \n _so_ — Übung ✓`
	d.Description = "\\ backslash, \"quotes\", 'more', 100 %_ | <script>alert(1)</script> &amp; &lt;\n\n" +
		"  indented\n\ttabbed\n\nÜbung — 漢字 ✓ {{macro}} [[wiki]] #1 @somebody h1. no\n```\ncode\n```\n\n" + c.marker("texts").String()
	issue := c.create(t, "", d)
	for _, got := range []tracker.Issue{issue, c.read(t, issue.ID)} {
		if got.Subject != d.Subject {
			t.Errorf("the subject became %q", got.Subject)
		}
		if same(got.Description) != d.Description {
			t.Errorf("the description became %q", got.Description)
		}
	}
	after := c.update(t, issue.ID, tracker.Change{Note: d.Description})
	if len(after.Notes) != 1 || same(after.Notes[0].Text) != d.Description {
		t.Errorf("the note became %+v", after.Notes)
	}
}

func (c *contract) finds(t *testing.T) {
	// Each of a pair is found by its own name, and not by the other's.
	things := []string{
		"dots.1_2%3-x", "dotsX1_2%3-x", "dots.1x2%3-x", "dots.1_2x3-x", "DOTS.1_2%3-x",
		`it's "quoted"`, "a|b", "ünï-7", "unï-7", "back\\slash",
	}
	made := map[string]string{}
	for _, thing := range things {
		made[thing] = c.create(t, "", c.draft(c.marker(thing))).ID
	}
	for _, thing := range things {
		if got := ids(c.find(t, c.marker(thing).String())); !slices.Equal(got, []string{made[thing]}) {
			t.Errorf("%q found %v, made %s", thing, got, made[thing])
		}
	}
	if got := c.find(t, c.marker("nothing of the kind").String()); len(got) != 0 {
		t.Errorf("found what is not there: %v", got)
	}
}

func (c *contract) cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Client.Find(ctx, c.marker("").String()); !errors.Is(err, context.Canceled) {
		t.Errorf("find: %v", err)
	}
	if _, err := c.Client.Create(ctx, "", c.draft(c.marker("cancelled"))); !errors.Is(err, context.Canceled) {
		t.Errorf("create: %v", err)
	}
	if got := c.find(t, c.marker("cancelled").String()); len(got) != 0 {
		t.Errorf("made what was cancelled: %v", ids(got))
	}
}
