package github_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/github"
	"mgit/internal/web"
)

// A status is a state and a label; other labels are people's.
func TestStatuses(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key", func(o *github.Options, _ *web.Options) {
		o.Statuses = []string{"closed: live", "review: no such state"}
	})
	d := draft("a")
	d.Status = "open: moved"
	id := create(t, c, "", d).ID
	issue := f.issues[0]
	if !slices.Equal(issue.labels, []string{"mgit 4.5", "mgit: moved"}) {
		t.Errorf("labels %v", issue.labels)
	}
	issue.labels = append(issue.labels, "bug")
	for _, step := range []struct{ status, state, reason, labels string }{
		{"open: tested", "open", "", "mgit 4.5,bug,mgit: tested"},
		{"open", "open", "", "mgit 4.5,bug"},
		{"not planned", "closed", "not_planned", "mgit 4.5,bug"},
		{"closed", "closed", "completed", "mgit 4.5,bug"},
		{"closed: live", "closed", "completed", "mgit 4.5,bug,mgit: live"},
		{"open: held", "open", "reopened", "mgit 4.5,bug,mgit: held"},
	} {
		if err := c.Update(t.Context(), id, tracker.Change{Status: &step.status}); err != nil {
			t.Fatalf("%s: %v", step.status, err)
		}
		if got := strings.Join(issue.labels, ","); issue.state != step.state || issue.reason != step.reason || got != step.labels {
			t.Errorf("%s: %s, %s, %s", step.status, issue.state, issue.reason, got)
		}
		if read, err := c.Read(t.Context(), id); err != nil || read.Status.Name != step.status || read.Status.Closed != (step.state == "closed") {
			t.Errorf("%s: %+v, %v", step.status, read.Status, err)
		}
	}
	// What people do with the mouse.
	issue.given = []string{"mgit: tested", "bug", "mgit: moved", "mgit: parked"}
	for _, made := range []struct{ state, reason, labels, want string }{
		{"open", "", "mgit: tested,mgit: moved", "open: moved"}, // the newest of the two
		{"open", "", "mgit: theirs,mgit: others", "open: others, theirs"},
		{"open", "", "mgit: theirs", "open: theirs"},
		{"closed", "completed", "mgit: moved", "closed"},
		{"closed", "not_planned", "mgit: moved", "not planned"},
		{"closed", "completed", "mgit: live", "closed: live"},
		{"closed", "duplicate", "mgit: moved", "duplicate"},
	} {
		f.touch(issue)
		issue.state, issue.reason, issue.labels = made.state, made.reason, strings.Split(made.labels, ",")
		if read, err := c.Read(t.Context(), id); err != nil || read.Status.Name != made.want || read.Status.Closed != (made.state == "closed") {
			t.Errorf("%+v: %+v, %v", made, read.Status, err)
		}
	}
	for _, name := range []string{"done", "open:parked", "open: ", "open: a,b", "opened: x"} {
		var no *tracker.RefusedError
		if err := c.Update(t.Context(), id, tracker.Change{Status: &name}); !errors.As(err, &no) {
			t.Errorf("%q: %v", name, err)
		}
	}
	all, _ := c.Statuses(t.Context())
	if names := fmt.Sprint(all); names != "[{open false} {open: parked false} {open: moved false} {open: tested false} {open: in test false} {open: held false} {closed true} {not planned true} {closed: live true}]" {
		t.Errorf("statuses %s", names)
	}
}

// What cannot be set is left out, so that the issue is made and shows it.
func TestWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key", func(o *github.Options, _ *web.Options) { o.Type, o.ParentType = "Task", "Epic" })
	for _, who := range []string{"eve", "nobody"} {
		d := draft("a" + who)
		d.Assignee, d.Version, d.Status = who, "no such milestone", "not planned"
		issue := create(t, c, "", d)
		if issue.Assignee.ID != "" || issue.Type != "Task" || issue.Version != "" || issue.Status.Name != "not planned" {
			t.Errorf("%+v", issue)
		}
	}
	create(t, c, "", draft("")) // of a type that is not there
	if len(f.issues) != 3 {
		t.Errorf("made %d", len(f.issues))
	}
	version, nobody := "no such milestone", "nobody"
	if err := c.Update(t.Context(), "1", tracker.Change{Version: &version}); err != nil {
		t.Error(err)
	}
	var no *tracker.RefusedError
	if err := c.Update(t.Context(), "1", tracker.Change{Assignee: &nobody}); !errors.As(err, &no) || !slices.Equal(no.Reasons, []string{"assignees is invalid"}) {
		t.Errorf("%v", err)
	}
}

// An issue without its label would be made again by the next sync.
func TestNoIssueWithoutItsLabel(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.noLabels = true
	_, err := f.client(t, "ann-key").Create(t.Context(), "", draft("a"))
	if !errors.Is(err, tracker.ErrRights) || !strings.Contains(err.Error(), "#1 was made without its label and is closed again") || f.issues[0].state != "closed" {
		t.Errorf("%v: %+v", err, f.issues[0])
	}
}

// Below a hundred sub-issues there is no room: the issue is made and stands below none.
func TestAtMostAHundredSubIssues(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	top := create(t, c, "", draft("")).ID
	for n := range 100 {
		f.issues = append(f.issues, &record{number: n + 2, parent: 1, title: "x", state: "closed", author: "eve"})
	}
	issue := create(t, c, top, draft("one more"))
	if issue.Parent != "" {
		t.Errorf("below %q", issue.Parent)
	}
	var no *tracker.RefusedError
	if err := c.Update(t.Context(), issue.ID, tracker.Change{Parent: &top}); !errors.As(err, &no) || !strings.Contains(err.Error(), "more than 100") {
		t.Errorf("%v", err)
	}
	// What is so already is no error.
	f.issues[1].parent = 0
	for range 2 {
		if err := c.Update(t.Context(), issue.ID, tracker.Change{Parent: &top}); err != nil {
			t.Error(err)
		}
	}
	none := ""
	if err := c.Update(t.Context(), issue.ID, tracker.Change{Parent: &none}); err != nil || f.issues[101].parent != 0 {
		t.Errorf("taken out: %v, %d", err, f.issues[101].parent)
	}
}

// An issue moves from one to another in one write.
func TestMoves(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	first, second := create(t, c, "", draft("")).ID, create(t, c, "", draft("+1")).ID
	id := create(t, c, first, draft("a")).ID
	if err := c.Update(t.Context(), id, tracker.Change{Parent: &second}); err != nil || f.issues[2].parent != 2 {
		t.Errorf("below %d, %v", f.issues[2].parent, err)
	}
}

// The register of a sync stands in a description, which is written often and in a hurry:
// an issue that is known to have its label is not read before.
func TestDescriptionIsOneRequest(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	id := create(t, c, "", draft("")).ID
	text := draft("").Description + "\n\nmore"
	for _, client := range []*github.Client{c, f.client(t, "bob-key")} {
		if _, err := client.Find(t.Context(), "mgit:LUVLE:4.5"); err != nil {
			t.Fatal(err)
		}
		f.asked = nil
		if err := client.Update(t.Context(), id, tracker.Change{Description: &text}); err != nil || len(f.asked) != 1 || f.issues[0].body != text {
			t.Errorf("asked %v, %v", f.asked, err)
		}
	}
	// One that gets its marker by that gets its label too.
	f.issues[0].labels = []string{"bug"}
	if err := f.client(t, "ann-key").Update(t.Context(), id, tracker.Change{Description: &text}); err != nil || !slices.Equal(f.issues[0].labels, []string{"bug", "mgit 4.5"}) {
		t.Errorf("%v, %v", f.issues[0].labels, err)
	}
}

// Writes keep the pause that GitHub asks for, reads need none.
func TestPause(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var waited []time.Duration
	c := f.client(t, "ann-key", func(o *github.Options, _ *web.Options) {
		o.Pause = time.Hour
		o.Wait = func(_ context.Context, d time.Duration) error {
			waited = append(waited, d.Round(time.Minute))
			return nil
		}
	})
	create(t, c, "", draft("a"))
	if _, err := c.Read(t.Context(), "1"); err != nil || len(waited) != 0 {
		t.Errorf("waited %v, %v", waited, err)
	}
	for range 2 {
		if err := c.Update(t.Context(), "1", tracker.Change{Note: "x"}); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(waited, []time.Duration{time.Hour, 2 * time.Hour}) {
		t.Errorf("waited %v", waited)
	}
}
