package trackertest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"mgit/internal/tracker"
)

func (c *contract) children(t *testing.T) {
	parent := c.create(t, "", c.draft(c.marker("children")))
	if got, err := c.Client.Children(t.Context(), parent.ID); err != nil || len(got) != 0 {
		t.Errorf("children of a new issue: %v, %v", ids(got), err)
	}
	var want []string
	for i := range 2 {
		want = append(want, c.create(t, parent.ID, c.draft(c.marker(fmt.Sprint("child ", i)))).ID)
	}
	// What is below a child is no child, where a tracker takes it at all.
	var refused *tracker.RefusedError
	if _, err := c.Client.Create(t.Context(), want[0], c.draft(c.marker("grandchild"))); err != nil && !errors.As(err, &refused) {
		t.Error(err)
	}
	// One that is closed stays a child.
	c.update(t, want[1], tracker.Change{Status: &c.Closed})
	got, err := c.Client.Children(t.Context(), parent.ID)
	if err != nil || !slices.Equal(ids(got), want) {
		t.Fatalf("children %v, made %v, %v", ids(got), want, err)
	}
	for _, child := range got {
		if child.Parent != parent.ID || child.Subject == "" || child.Updated.IsZero() || child.URL == "" {
			t.Errorf("a child: %+v", child)
		}
	}
	if !got[1].Status.Closed || got[1].Status.Name != c.Closed {
		t.Errorf("closed, it is %+v", got[1].Status)
	}
}

func (c *contract) updates(t *testing.T) {
	can := c.Client.Capabilities()
	before := c.create(t, "", c.draft(c.marker("updates")))
	want := before
	step := func(name string, change tracker.Change) {
		t.Helper()
		after := c.update(t, before.ID, change)
		equal(t, after, want)
		if after.Updated.Before(before.Updated) {
			t.Errorf("%s: changed at %v, made at %v", name, after.Updated, before.Updated)
		}
	}
	step("nothing", tracker.Change{})
	want.Subject = "renamed"
	step("subject", tracker.Change{Subject: &want.Subject})
	want.Description = strings.TrimRight(before.Description, "\n") + "\n\nand more"
	step("description", tracker.Change{Description: &want.Description})
	if can.Done {
		want.Done = 40
		step("done", tracker.Change{Done: &want.Done})
	}
	if can.Versions && c.Version != "" {
		want.Version = c.Version
		step("version", tracker.Change{Version: &want.Version})
		want.Version = ""
		step("no version", tracker.Change{Version: &want.Version})
	}
	want.Status = c.status(t, c.Open)
	step("status", tracker.Change{Status: &c.Open})
	if can.Fields && c.Field != "" {
		after := c.update(t, before.ID, tracker.Change{Fields: map[string]string{c.Field: "a value"}})
		equal(t, after, want)
		if after.Fields[c.Field] != "a value" {
			t.Errorf("fields: %v", after.Fields)
		}
	}
}

// status is one by name.
func (c *contract) status(t *testing.T, name string) tracker.Status {
	t.Helper()
	statuses, err := c.Client.Statuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(statuses, func(s tracker.Status) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no status %q", name)
	}
	return statuses[i]
}

func (c *contract) assigns(t *testing.T) {
	if c.Assignee == "" {
		t.Skip("nobody to assign issues to")
	}
	d := c.draft(c.marker("assigns"))
	d.Assignee = c.Assignee
	issue := c.create(t, "", d)
	if issue.Assignee.ID != c.Assignee || issue.Assignee.Name == "" && issue.Assignee.Login == "" {
		t.Errorf("made for %+v", issue.Assignee)
	}
	nobody := ""
	if after := c.update(t, issue.ID, tracker.Change{Assignee: &nobody}); after.Assignee != (tracker.User{}) {
		t.Errorf("nobody is %+v", after.Assignee)
	}
	if after := c.update(t, issue.ID, tracker.Change{Assignee: &c.Assignee}); after.Assignee.ID != c.Assignee {
		t.Errorf("assigned to %+v", after.Assignee)
	}
}

func (c *contract) closes(t *testing.T) {
	m := c.marker("closes")
	issue := c.create(t, "", c.draft(m))
	for _, name := range []string{c.Closed, c.Open} {
		want := c.status(t, name)
		after := c.update(t, issue.ID, tracker.Change{Status: &name})
		if after.Status != want {
			t.Errorf("%+v became %+v", want, after.Status)
		}
		if found := c.find(t, m.String()); len(found) != 1 || found[0].Status != want {
			t.Errorf("%+v is found as %+v", want, found)
		}
	}
}

func (c *contract) notes(t *testing.T) {
	me, err := c.Client.Whoami(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	issue := c.create(t, "", c.draft(c.marker("notes")))
	subject := "with a note"
	c.update(t, issue.ID, tracker.Change{Subject: &subject, Note: "first\n\nof two\nmgit: a1b2c3d4e5f6"})
	want := []string{"first\n\nof two\nmgit: a1b2c3d4e5f6", "second"}
	who := me.ID
	if c.Other != nil {
		other, err := c.Other.Whoami(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		who = other.ID
		if err := c.Other.Update(t.Context(), issue.ID, tracker.Change{Note: "second"}); err != nil {
			t.Fatal(err)
		}
	} else {
		c.update(t, issue.ID, tracker.Change{Note: "second"})
	}
	if c.Hide != nil {
		c.Hide(t, issue.ID, "hidden")
		want = append(want, "hidden")
	}
	after := c.read(t, issue.ID)
	if after.Subject != subject {
		t.Errorf("the subject is %q", after.Subject)
	}
	if len(after.Notes) != len(want) {
		t.Fatalf("notes: %+v", after.Notes)
	}
	seen := map[string]bool{}
	for i, note := range after.Notes {
		if same(note.Text) != want[i] || note.ID == "" || seen[note.ID] || note.When.IsZero() || note.Private != (want[i] == "hidden") {
			t.Errorf("a note: %+v", note)
		}
		seen[note.ID] = true
	}
	if after.Notes[0].Who.ID != me.ID || after.Notes[1].Who.ID != who {
		t.Errorf("written by %+v and %+v, not by %s and %s", after.Notes[0].Who, after.Notes[1].Who, me.ID, who)
	}
	if after.Updated.Before(after.Notes[1].When) {
		t.Errorf("changed at %v, noted at %v", after.Updated, after.Notes[1].When)
	}
	// The list has no notes.
	if found := c.find(t, c.marker("notes").String()); len(found) != 1 || found[0].Notes != nil {
		t.Errorf("found %+v", found)
	}
}

func (c *contract) moves(t *testing.T) {
	first := c.create(t, "", c.draft(c.marker("first parent"))).ID
	second := c.create(t, "", c.draft(c.marker("second parent"))).ID
	child := c.create(t, first, c.draft(c.marker("moves")))
	var refused *tracker.RefusedError
	if err := c.Client.Update(t.Context(), child.ID, tracker.Change{Parent: &second}); errors.As(err, &refused) {
		if after := c.read(t, child.ID); after.Parent != first {
			t.Errorf("not moved: %v, it is below %q", err, after.Parent)
		}
		return
	}
	if after := c.update(t, child.ID, tracker.Change{Parent: &second}); after.Parent != second {
		t.Errorf("moved to %s, it is below %q", second, after.Parent)
	}
	got, err := c.Client.Children(t.Context(), first)
	if err != nil || len(got) != 0 {
		t.Errorf("left behind: %v, %v", ids(got), err)
	}
}

func (c *contract) links(t *testing.T) {
	from := c.create(t, "", c.draft(c.marker("from"))).ID
	to := c.create(t, "", c.draft(c.marker("to"))).ID
	for _, pair := range [][2]string{{from, to}, {from, to}, {to, from}} {
		if err := c.Client.Link(t.Context(), pair[0], pair[1]); err != nil {
			t.Errorf("link %v: %v", pair, err)
		}
	}
	if c.Client.Capabilities().NoLinks {
		t.Skip("issues cannot be related here")
	}
	for _, pair := range [][2]string{{from, to}, {to, from}} {
		if issue := c.read(t, pair[0]); !slices.Equal(issue.Links, []string{pair[1]}) {
			t.Errorf("%s is linked with %v", pair[0], issue.Links)
		}
	}
	// Where the list tells of links, it tells all.
	for _, issue := range c.find(t, c.marker("from").String()) {
		if issue.Links != nil && !slices.Equal(issue.Links, []string{to}) {
			t.Errorf("%s is listed with %v", issue.ID, issue.Links)
		}
	}
}

func (c *contract) missing(t *testing.T) {
	if c.Missing == "" {
		t.Skip("all issues are there")
	}
	_, err := c.Client.Read(t.Context(), c.Missing)
	c.is(t, "read", err, tracker.ErrNotFound)
	subject := "x"
	err = c.Client.Update(t.Context(), c.Missing, tracker.Change{Subject: &subject})
	c.is(t, "update", err, tracker.ErrNotFound)
	err = c.Client.Update(t.Context(), c.Missing, tracker.Change{Note: "x"})
	c.is(t, "note", err, tracker.ErrNotFound)
	// A parent that is not there is refused, or the answer shows that there is none.
	issue, err := c.Client.Create(t.Context(), c.Missing, c.draft(c.marker("orphan")))
	if err == nil && issue.Parent == c.Missing {
		t.Errorf("made below what is not there: %+v", issue)
	}
	c.plain(t, err)
}

// weak: a write that is answered with success and was not done is seen in what is read.
func (c *contract) weak(t *testing.T) {
	if c.Weak == nil {
		t.Skip("there is no weaker key")
	}
	parent := c.create(t, "", c.draft(c.marker("strong")))
	issue, err := c.Weak.Create(t.Context(), parent.ID, c.draft(c.marker("weak")))
	if err == nil {
		if got := c.read(t, issue.ID); got.Parent != issue.Parent {
			t.Errorf("said to be below %q, it is below %q", issue.Parent, got.Parent)
		}
	}
	if err == nil && issue.Parent == parent.ID {
		t.Error("the weak key is none")
	}
	c.plain(t, err)
	err = c.Weak.Update(t.Context(), parent.ID, tracker.Change{Status: &c.Open})
	if got := c.read(t, parent.ID); got.Status != parent.Status {
		t.Errorf("%v changed the status to %v", err, got.Status)
	}
	c.plain(t, err)
}

func (c *contract) long(t *testing.T) {
	can := c.Client.Capabilities()
	d := c.draft(c.marker("long"))
	d.Subject = strings.Repeat("ü", can.MaxSubject)
	issue := c.create(t, "", d)
	if issue.Subject != d.Subject {
		t.Errorf("%d characters became %d", can.MaxSubject, len([]rune(issue.Subject)))
	}
	d.Subject += "xyz"
	d.Description = c.marker("longer").String()
	issue, err := c.Client.Create(t.Context(), "", d)
	var refused *tracker.RefusedError
	switch {
	case errors.As(err, &refused) && len(refused.Reasons) > 0:
		if found := c.find(t, d.Description); len(found) != 0 {
			t.Errorf("refused, and made: %v", ids(found))
		}
	case err != nil:
		t.Errorf("refused by %v", err)
	case issue.Subject == "" || issue.Subject == d.Subject || !strings.HasPrefix(d.Subject, issue.Subject):
		t.Errorf("cut to %q", issue.Subject)
	}
}

func (c *contract) crowd(t *testing.T) {
	const many = 6
	parent := c.create(t, "", c.draft(c.marker("crowd"))).ID
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			d := c.draft(c.marker(fmt.Sprint("one of a crowd ", i)))
			if issue, err := c.Client.Create(t.Context(), parent, d); err != nil || issue.Parent != parent {
				t.Errorf("create: %+v, %v", issue, err)
			}
		})
	}
	all.Wait()
	if got := c.find(t, c.marker("one of a crowd").String()); len(got) != many {
		t.Errorf("found %v", ids(got))
	}
}

func (c *contract) pages(t *testing.T) {
	if c.Many == 0 {
		t.Skip("many issues take too long here")
	}
	parent := c.create(t, "", c.draft(c.marker("pages"))).ID
	var made []string
	for i := range c.Many {
		made = append(made, c.create(t, parent, c.draft(c.marker(fmt.Sprint("page ", i)))).ID)
	}
	if got := ids(c.find(t, c.marker("page ").String())); !slices.Equal(got, made) {
		t.Errorf("found %d of %d: %v", len(got), len(made), got)
	}
	if got, err := c.Client.Children(t.Context(), parent); err != nil || !slices.Equal(ids(got), made) {
		t.Errorf("%d of %d children: %v", len(got), len(made), err)
	}
}
