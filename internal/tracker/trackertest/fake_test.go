package trackertest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
	"mgit/internal/web"
)

func to[T any](v T) *T { return &v }

// TestLies: each lie of a real Redmine is told.
func TestLies(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	f := trackertest.New(trackertest.Options{})
	f.Join("admin", trackertest.Rights{})
	f.Join("dev", trackertest.Rights{NoSubtasks: true, NoStatus: true})
	admin, dev, wrong := f.Client("admin"), f.Client("dev"), f.Client("nobody")
	parent := create(t, admin, "", "Upgrade")
	child := create(t, admin, parent.ID, "Branch")

	if _, err := wrong.Whoami(ctx); !errors.Is(err, tracker.ErrKey) {
		t.Errorf("a wrong key is told %v", err)
	}
	if all, err := wrong.Find(ctx, ""); err != nil || len(all) != 0 {
		t.Errorf("a wrong key lists %d issues, %v", len(all), err)
	}
	if lost := create(t, dev, parent.ID, "Second"); lost.Parent != "" {
		t.Error("who may not make subtasks has made one")
	}
	steps := []struct {
		what   string
		client tracker.Client
		id     string
		change tracker.Change
		is     func(tracker.Issue) bool
	}{
		{"a parent with an open child is not closed", admin, parent.ID, tracker.Change{Status: to("Closed")}, func(i tracker.Issue) bool { return i.Status.Name == "New" }},
		{"a note stays where the status does not", dev, child.ID, tracker.Change{Status: to("Resolved"), Note: "done"}, func(i tracker.Issue) bool { return i.Status.Name == "New" && len(i.Notes) == 1 }},
		{"a child is closed", admin, child.ID, tracker.Change{Status: to("Closed")}, func(i tracker.Issue) bool { return i.Status.Closed }},
		{"then the parent is", admin, parent.ID, tracker.Change{Status: to("Closed")}, func(i tracker.Issue) bool { return i.Status.Closed }},
		{"then the child is not opened", admin, child.ID, tracker.Change{Status: to("New")}, func(i tracker.Issue) bool { return i.Status.Closed }},
		{"the done ratio of a parent is its children's", admin, parent.ID, tracker.Change{Done: to(50)}, func(i tracker.Issue) bool { return i.Done == 0 }},
	}
	for _, s := range steps {
		if err := s.client.Update(ctx, s.id, s.change); err != nil {
			t.Errorf("%s: %v", s.what, err)
		}
		if is, err := admin.Read(ctx, s.id); err != nil || !s.is(is) {
			t.Errorf("%s: %v, %+v", s.what, err, is)
		}
	}
	var refused *tracker.RefusedError
	if _, err := admin.Create(ctx, parent.ID, tracker.Draft{Subject: "Third"}); !errors.As(err, &refused) {
		t.Errorf("an open issue below a closed one: %v", err)
	}
	if n := f.Count(); n.Writes != 10 || n.Requests != 18 {
		t.Errorf("counted %+v", n)
	}
}

// TestDying: a client that dies finds no server, and the request on which it died has
// its effect or none.
func TestDying(t *testing.T) {
	t.Parallel()
	for _, done := range []bool{false, true} {
		f := trackertest.New(trackertest.Options{})
		f.Join("admin", trackertest.Rights{})
		c := f.Client("admin")
		create(t, c, "", "First")
		c.DieAfter(1, done)
		create(t, c, "", "Second")
		var gone *web.UnreachableError
		for range 2 {
			if _, err := c.Create(t.Context(), "", tracker.Draft{Subject: "Third"}); !errors.As(err, &gone) {
				t.Errorf("a dead client is told %v", err)
			}
		}
		if n := len(f.Issues()); n != 2 && !done || n != 3 && done {
			t.Errorf("done %v: there are %d issues", done, n)
		}
	}
}

// TestSameSecond: what changes twice in a second has one time.
func TestSameSecond(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 100e6, time.UTC)
	f := trackertest.New(trackertest.Options{Clock: func() time.Time { return now }, Lag: time.Minute})
	f.Join("admin", trackertest.Rights{})
	c := f.Client("admin")
	made := create(t, c, "", "First")
	now = now.Add(800 * time.Millisecond)
	f.Edit("admin", made.ID, tracker.Change{Note: "a"})
	if is, _ := c.Read(t.Context(), made.ID); !is.Updated.Equal(made.Updated) {
		t.Errorf("changed at %v and %v", made.Updated, is.Updated)
	}
	if all, _ := c.Find(t.Context(), "x"); len(all) != 0 {
		t.Error("a new issue is found before its time")
	}
	now = now.Add(time.Minute)
	if all, _ := c.Find(t.Context(), "x"); len(all) != 1 {
		t.Error("an old issue is not found")
	}
}

func create(t *testing.T, c tracker.Client, parent, subject string) tracker.Issue {
	t.Helper()
	made, err := c.Create(context.Background(), parent, tracker.Draft{Subject: subject, Description: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return made
}
