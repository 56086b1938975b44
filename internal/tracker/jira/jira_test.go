package jira_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/jira"
	"mgit/internal/tracker/trackertest"
	"mgit/internal/web"
)

// Both Jiras keep the contract, also with an index that has learned nothing since the
// client began.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, isCloud := range []bool{true, false} {
		for _, isLate := range []bool{false, true} {
			t.Run(fmt.Sprintf("cloud %v, late %v", isCloud, isLate), func(t *testing.T) {
				t.Parallel()
				f := newFake(isCloud)
				f.isLate = isLate
				options := jira.Options{Fields: []string{"1"}}
				many := 105
				if isLate && !isCloud {
					many = 20 // each is read by itself
				}
				trackertest.Contract(t, trackertest.Harness{
					Client: f.client(t, ann, options), Other: f.client(t, bob, options), Weak: f.client(t, weak, options),
					Stranger: f.client(t, stranger, options), Nowhere: f.client(t, ann, jira.Options{Project: "NONE"}),
					Secrets: []string{"s3cret"},
					Open:    "In Progress", Closed: "Done", Assignee: f.users[ann].id, Version: "5.1", Field: "1",
					Missing: "MOODLE-99999", Many: many,
					Hide: func(_ *testing.T, id, text string) { f.hide(id, text) },
				})
			})
		}
	}
}

func (f *fake) hide(id, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	extra := map[string]any{"jsdPublic": false}
	if !f.isCloud {
		extra = map[string]any{"visibility": map[string]any{"type": "role", "value": "Administrators"}}
	}
	for _, e := range f.issues {
		if e.key() == id {
			f.comment(e, f.users[bob], text, extra)
		}
	}
}

func both(t *testing.T, test func(*testing.T, *fake)) {
	t.Helper()
	for _, isCloud := range []bool{true, false} {
		t.Run(fmt.Sprintf("cloud %v", isCloud), func(t *testing.T) {
			t.Parallel()
			test(t, newFake(isCloud))
		})
	}
}

func upgradeDraft(thing string) tracker.Draft {
	m := tracker.Marker{Site: "LU VLE", Series: "4.5", Thing: thing}
	return tracker.Draft{IsParent: thing == "", Subject: "Upgrade " + thing, Description: "x\n\n" + m.String() + "\n"}
}

const upgradeMarker = "mgit:LU VLE:4.5"

func create(t *testing.T, c *jira.Client, parent string, d tracker.Draft) tracker.Issue {
	t.Helper()
	i, err := c.Create(t.Context(), parent, d)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func find(t *testing.T, c *jira.Client) []string {
	t.Helper()
	all, err := c.Find(t.Context(), upgradeMarker)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, i := range all {
		keys = append(keys, i.ID)
	}
	return keys
}

// What another clone made is seen although the index does not know it: below an upgrade's
// issue that is known, and beside one that was made in the same moments.
func TestAnotherClonesIssuesAreSeenBeforeTheIndexKnowsThem(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fake) {
		one, two := f.client(t, ann, jira.Options{}), f.client(t, bob, jira.Options{})
		parent := create(t, two, "", upgradeDraft(""))
		f.isLate = true
		child := create(t, two, parent.ID, upgradeDraft("a"))
		if got := find(t, one); !slices.Equal(got, []string{parent.ID, child.ID}) {
			t.Errorf("below: %v", got)
		}
		f = newFake(f.isCloud)
		f.isLate = true
		one, two = f.client(t, ann, jira.Options{}), f.client(t, bob, jira.Options{})
		if got := slices.Concat(find(t, one), find(t, two)); got != nil {
			t.Fatalf("%v", got)
		}
		first, second := create(t, one, "", upgradeDraft("")), create(t, two, "", upgradeDraft(""))
		for _, c := range []*jira.Client{one, two} {
			if got := find(t, c); !slices.Equal(got, []string{first.ID, second.ID}) {
				t.Errorf("beside: %v", got)
			}
		}
	})
}

// The index is not believed about what this client wrote after it had learned of it.
func TestOwnChangesAreSeenBeforeTheIndexKnowsThem(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fake) {
		c := f.client(t, ann, jira.Options{})
		parent := create(t, c, "", upgradeDraft(""))
		child := create(t, c, parent.ID, upgradeDraft("a"))
		f.isLate = true
		for _, subject := range []string{"once", "twice"} {
			if err := c.Update(t.Context(), child.ID, tracker.Change{Subject: &subject}); err != nil {
				t.Fatal(err)
			}
			if subject == "twice" {
				if _, err := c.Read(t.Context(), child.ID); err != nil {
					t.Fatal(err)
				}
			}
			all, err1 := c.Find(t.Context(), upgradeMarker)
			below, err2 := c.Children(t.Context(), parent.ID)
			if err := errors.Join(err1, err2); err != nil || len(all) != 2 || all[1].Subject != subject || len(below) != 1 || below[0].Subject != subject {
				t.Errorf("%s: %+v, %+v, %v", subject, all, below, err)
			}
		}
	})
}

// A status is reached by a transition that is there. Where none is nothing is written,
// the note neither.
func TestTransitions(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fake) {
		c := f.client(t, ann, jira.Options{})
		d := upgradeDraft("")
		d.Status = "Rejected"
		i := create(t, c, "", d)
		if i.Status.Name != "To Do" {
			t.Errorf("made as %v", i.Status)
		}
		rejected, subject := "Rejected", "renamed"
		var refused *tracker.RefusedError
		err := c.Update(t.Context(), i.ID, tracker.Change{Status: &rejected, Subject: &subject, Note: "why"})
		want := `the tracker does not take it: from the status "To Do" no transition leads to "Rejected"; there are those to "Done", "In Progress"`
		if !errors.As(err, &refused) || err.Error() != want {
			t.Errorf("err = %v", err)
		}
		if i, err = c.Read(t.Context(), i.ID); err != nil || i.Subject == subject || len(i.Notes) != 0 {
			t.Errorf("%+v, %v", i, err)
		}
		// What is rejected cannot be edited any more: that comes first, and the note last.
		progress, todo, again := "In Progress", "To Do", "and again"
		for _, change := range []tracker.Change{
			{Status: &progress},
			{Status: &rejected, Subject: &subject, Note: "why"},
			{Status: &todo, Subject: &again},
			{Status: &todo},
		} {
			if err := c.Update(t.Context(), i.ID, change); err != nil {
				t.Errorf("%+v: %v", change, err)
			}
		}
		if i, err = c.Read(t.Context(), i.ID); err != nil || i.Subject != again || len(i.Notes) != 1 || i.Status.Name != "To Do" {
			t.Errorf("%+v, %v", i, err)
		}
	})
}

func TestTypes(t *testing.T) {
	t.Parallel()
	f := newFake(true)
	c := f.client(t, ann, jira.Options{Type: "branch", ParentType: "Epic"})
	parent := create(t, c, "", upgradeDraft(""))
	if child := create(t, c, parent.ID, upgradeDraft("a")); parent.Type != "Epic" || child.Type != "Branch" {
		t.Errorf("types %s and %s", parent.Type, child.Type)
	}
	c = f.client(t, ann, jira.Options{})
	parent = create(t, c, "", upgradeDraft(""))
	if child := create(t, c, parent.ID, upgradeDraft("a")); parent.Type != "Task" || child.Type != "Sub-task" {
		t.Errorf("types %s and %s", parent.Type, child.Type)
	}
	_, err := f.client(t, ann, jira.Options{Type: "Task"}).Create(t.Context(), "MOODLE-1", upgradeDraft("a"))
	if want := `the project has no type of sub-task "Task"; it has "Sub-task", "Branch"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("err = %v", err)
	}
	f.noLabels = true
	_, err = c.Create(t.Context(), "", upgradeDraft(""))
	if want := "labels: Field 'labels' cannot be set"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("err = %v", err)
	}
}

// Where an issue must be somebody's, it is whose Jira makes it.
func TestNobodyCannotBeAssigned(t *testing.T) {
	t.Parallel()
	f := newFake(true)
	c := f.client(t, ann, jira.Options{})
	if i := create(t, c, "", upgradeDraft("")); i.Assignee.ID != "" {
		t.Errorf("assigned to %+v", i.Assignee)
	}
	f.mustAssign = true
	if i := create(t, c, "", upgradeDraft("")); i.Assignee.ID != f.users[bob].id {
		t.Errorf("assigned to %+v", i.Assignee)
	}
	d := upgradeDraft("")
	d.Assignee = "7:nobody"
	var refused *tracker.RefusedError
	if _, err := c.Create(t.Context(), "", d); !errors.As(err, &refused) || !strings.Contains(err.Error(), "User '7:nobody' cannot be assigned issues.") {
		t.Errorf("err = %v", err)
	}
}

func TestCustomFields(t *testing.T) {
	t.Parallel()
	f := newFake(false)
	c := f.client(t, ann, jira.Options{})
	i := create(t, c, "", upgradeDraft(""))
	values := map[string]string{"1": "a text", "customfield_2": "5", "3": "a choice", "4": "one, two", "5": "red,green"}
	if err := c.Update(t.Context(), i.ID, tracker.Change{Fields: values}); err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	for id, want := range map[string]string{"customfield_3": `{"value":"a choice"}`, "customfield_4": `[{"value":"one"},{"value":"two"}]`, "customfield_5": `["red","green"]`} {
		if got := string(f.issues[0].fields[id]); got != want {
			t.Errorf("%s is %s", id, got)
		}
		f.issues[0].fields["customfield_4"] = []byte(`[{"value":"one"},{"value":"two"}]`)
	}
	f.mu.Unlock()
	values["5"] = "red, green"
	if i, err := c.Read(t.Context(), i.ID); err != nil || fmt.Sprint(i.Fields) != fmt.Sprint(values) {
		t.Errorf("%v, %v", i.Fields, err)
	}
	for id, want := range map[string]string{
		"2": `"x" is no number`, "6": `fields of the type "user" are not written`, "99": `no custom field "99"`, "summary": `no custom field "summary"`,
	} {
		err := c.Update(t.Context(), i.ID, tracker.Change{Fields: map[string]string{id: "x"}})
		var refused *tracker.RefusedError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// 200 branches are looked through with few requests.
func TestRequests(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fake) {
		maker := f.client(t, ann, jira.Options{})
		parent := create(t, maker, "", upgradeDraft(""))
		for n := range 200 {
			create(t, maker, parent.ID, upgradeDraft(fmt.Sprint("b", n)))
		}
		f.requests()
		c := f.client(t, bob, jira.Options{})
		_, err1 := c.Whoami(t.Context())
		_, err2 := c.Statuses(t.Context())
		_, err3 := c.People(t.Context())
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		if got := find(t, c); len(got) != 201 {
			t.Errorf("found %d", len(got))
		}
		if sent := f.requests(); len(sent) > 8 {
			t.Errorf("%d requests: %v", len(sent), sent)
		}
	})
}

func TestTotalThatLies(t *testing.T) {
	t.Parallel()
	f := newFake(false)
	maker := f.client(t, ann, jira.Options{})
	for n := range 120 {
		create(t, maker, "", upgradeDraft(fmt.Sprint("b", n)))
	}
	for _, f.total = range []int{1, 120, 1 << 40, -1} {
		if got := find(t, f.client(t, bob, jira.Options{})); len(got) != 120 {
			t.Errorf("with a total of %d: found %d", f.total, len(got))
		}
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		"ann@example.org:abc": "Basic YW5uQGV4YW1wbGUub3JnOmFiYw==",
		"NjE2MDk0ODk4":        "Bearer NjE2MDk0ODk4",
	} {
		if got := jira.Header(token); !slices.Equal(got["Authorization"], []string{want}) || len(got) != 1 {
			t.Errorf("%q: %v", token, got)
		}
	}
}

// A key of an issue comes from a file that others write, and goes into an address.
func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	f := newFake(true)
	c := f.client(t, ann, jira.Options{})
	note := tracker.Change{Note: "x"}
	for _, id := range []string{"", "1", "../myself", "MOODLE-1/../../x", "MOODLE-1?a=b", "MOODLE-0", "moodle-1", "MOODLE-1\n", "MOODLE-" + strings.Repeat("9", 99), strings.Repeat("x", 5000)} {
		_, err1 := c.Read(t.Context(), id)
		_, err2 := c.Children(t.Context(), id)
		for _, err := range []error{err1, err2, c.Update(t.Context(), id, note), c.Link(t.Context(), id, "MOODLE-1"), c.Link(t.Context(), "MOODLE-1", id)} {
			if !errors.Is(err, tracker.ErrNotFound) || len(err.Error()) > 500 || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
	if sent := f.requests(); len(sent) != 0 {
		t.Errorf("asked for %v", sent)
	}
}

// The part of a description that mgit keeps is whole, however Jira writes its marks.
func TestThePartOfMgit(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *fake) {
		d := upgradeDraft("")
		part := tracker.Part{Text: "what the ledger says", Markup: tracker.WikiMarkup, Marker: tracker.Marker{Site: "LU VLE", Series: "4.5"}}
		d.Description = tracker.WithClaim("Somebody\n\n"+part.String(), "clone-1 ann")
		i := create(t, f.client(t, ann, jira.Options{}), "", d)
		if hash, state := tracker.ReadPart(i.Description); state != tracker.WholePart || hash != part.Hash() || tracker.Claim(i.Description) != "clone-1 ann" {
			t.Errorf("%v, %q", state, i.Description)
		}
	})
}

// Times have milliseconds, in whatever zone.
func TestUpdated(t *testing.T) {
	t.Parallel()
	f := newFake(false)
	f.now = time.Date(2026, 11, 26, 23, 59, 59, int(123*time.Millisecond), time.FixedZone("", -5*3600))
	i := create(t, f.client(t, ann, jira.Options{}), "", upgradeDraft(""))
	if want := time.Date(2026, 11, 27, 4, 59, 59, int(124*time.Millisecond), time.UTC); !i.Updated.Equal(want) {
		t.Errorf("changed at %v", i.Updated)
	}
}

func TestHostileServers(t *testing.T) {
	t.Parallel()
	victim := func(isCloud bool, key string) func(*testing.T) trackertest.Victim {
		return func(*testing.T) trackertest.Victim {
			return trackertest.Victim{
				Honest: newFake(isCloud), Path: "/jira", Header: jira.Header(key), Secrets: []string{"ann-s3cret"},
				New: func(s *web.Server) tracker.Client {
					return jira.New(s, jira.Options{Project: "MOODLE", Fields: []string{"1"}})
				},
			}
		}
	}
	trackertest.Hostile(t, victim(true, ann))
	// The two differ in lists and numbers only.
	t.Run("data centre", func(t *testing.T) {
		t.Parallel()
		trackertest.Hostile(t, victim(false, strings.ReplaceAll(ann, ":", "-")), "page", "numbers", "list")
	})
}
