package gitlab_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mgit/internal/tracker"
	"mgit/internal/tracker/gitlab"
	"mgit/internal/web"
)

// A status is a state and a label; other labels are people's.
func TestStatuses(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	d := draft("a")
	d.Status = "closed: dropped"
	id := create(t, c, "", d).ID
	issue := f.issues[0]
	if issue.state != "closed" || !slices.Equal(issue.labels, []string{"mgit 4.5", "mgit::dropped"}) {
		t.Errorf("%+v", issue)
	}
	issue.labels = append(issue.labels, "bug")
	for _, step := range []struct{ status, state, labels string }{
		{"open: tested", "opened", "bug,mgit 4.5,mgit::tested"},
		{"open: in test", "opened", "bug,mgit 4.5,mgit::in test"},
		{"open", "opened", "bug,mgit 4.5"},
		{"closed", "closed", "bug,mgit 4.5"},
		{"closed: dropped", "closed", "bug,mgit 4.5,mgit::dropped"},
	} {
		if err := c.Update(t.Context(), id, tracker.Change{Status: &step.status}); err != nil {
			t.Fatalf("%s: %v", step.status, err)
		}
		if got := strings.Join(issue.labels, ","); issue.state != step.state || got != step.labels {
			t.Errorf("%s: %s, %s", step.status, issue.state, got)
		}
		if read, err := c.Read(t.Context(), id); err != nil || read.Status.Name != step.status || read.Status.Closed != (step.state == "closed") {
			t.Errorf("%s: %+v, %v", step.status, read.Status, err)
		}
	}
	// What people do with the mouse.
	issue.given = []string{"mgit::moved", "mgit::tested"}
	for _, made := range []struct{ state, labels, want string }{
		{"opened", "mgit::moved,mgit::tested", "open: tested"}, // the newest of the two
		{"opened", "mgit::a,mgit::b", "open: a, b"},
		{"closed", "mgit::moved", "closed"},
		{"closed", "mgit::dropped,mgit::moved", "closed: dropped"}, // closed: moved is no status
	} {
		f.touch(issue)
		issue.state, issue.labels = made.state, strings.Split(made.labels, ",")
		if read, err := c.Read(t.Context(), id); err != nil || read.Status.Name != made.want {
			t.Errorf("%+v: %+v, %v", made, read.Status, err)
		}
	}
	status := "not planned"
	var no *tracker.RefusedError
	if err := c.Update(t.Context(), id, tracker.Change{Status: &status}); !errors.As(err, &no) {
		t.Errorf("%v", err)
	}
	// What is so already is not written.
	status = "open"
	issue.state, issue.labels, f.asked = "opened", []string{"bug"}, nil
	if err := c.Update(t.Context(), id, tracker.Change{Status: &status}); err != nil || len(f.asked) != 1 {
		t.Errorf("%v, %v", f.asked, err)
	}
}

// What cannot be set is left out, so that the issue is made and shows it.
func TestWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	for _, who := range []string{"14", "4711", "ann"} {
		d := draft("a" + who)
		d.Assignee, d.Version = who, "no such milestone"
		if issue := create(t, c, "", d); issue.Assignee.ID != "" || issue.Version != "" {
			t.Errorf("%+v", issue)
		}
	}
	version, who := "no such milestone", "ann"
	if err := c.Update(t.Context(), "1", tracker.Change{Version: &version}); err != nil {
		t.Error(err)
	}
	var no *tracker.RefusedError
	if err := c.Update(t.Context(), "1", tracker.Change{Assignee: &who}); !errors.As(err, &no) {
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

// Where nothing can be put below anything, branches are linked with the upgrade's issue,
// are found below it, and can be moved.
func TestWithoutHierarchy(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"html", "error", "flag", "no tasks"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.graphQL, f.noTasks = how, how == "no tasks"
			var warned []string
			c := f.client(t, "ann-key", func(o *gitlab.Options, _ *web.Options) {
				o.Warn = func(text string) { warned = append(warned, text) }
			})
			top := create(t, c, "", draft("")).ID
			var want []string
			for _, thing := range []string{"a", "b"} {
				issue := create(t, c, top, draft(thing))
				if issue.Parent != top {
					t.Errorf("%s is below %q", thing, issue.Parent)
				}
				want = append(want, issue.ID)
			}
			if (len(warned) == 1) != (how == "html" || how == "error") {
				t.Errorf("warned %q", warned)
			}
			for range 2 { // also by a client that saw nothing yet
				children, err := c.Children(t.Context(), top)
				if err != nil || len(children) != 2 || children[0].ID != want[0] || children[1].ID != want[1] {
					t.Errorf("children %+v, %v", children, err)
				}
				found, err := c.Find(t.Context(), "mgit:LUVLE:4.5")
				if err != nil || len(found) != 3 || found[0].Parent != "" || found[1].Parent != top || found[2].Parent != top {
					t.Errorf("found %+v, %v", found, err)
				}
				read, err := c.Read(t.Context(), want[0])
				if err != nil || read.Parent != top || len(read.Links) != 0 {
					t.Errorf("read %+v, %v", read, err)
				}
				c = f.client(t, "bob-key")
			}
			group := create(t, c, top, draft("+1")).ID
			for _, to := range []string{group, ""} {
				if err := c.Update(t.Context(), want[0], tracker.Change{Parent: &to}); err != nil {
					t.Error(err)
				}
				if read, err := c.Read(t.Context(), want[0]); err != nil || read.Parent != to {
					t.Errorf("moved to %q, it is below %q: %v", to, read.Parent, err)
				}
			}
		})
	}
}

// An issue that has no room left has the others linked, and what was linked before counts
// as being below when room comes.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.room = 1
	c := f.client(t, "ann-key")
	top := create(t, c, "", draft("")).ID
	create(t, c, top, draft("a"))
	if issue := create(t, c, top, draft("b")); issue.Parent != top || f.issues[2].parent != 0 || len(f.links) != 1 {
		t.Errorf("%+v, %+v", issue, f.links)
	}
	if found, err := c.Find(t.Context(), "mgit:LUVLE:4.5"); err != nil || found[1].Parent != top || found[2].Parent != top {
		t.Errorf("%+v, %v", found, err)
	}
	f.room = 5
	if err := c.Update(t.Context(), "3", tracker.Change{Parent: &top}); err != nil {
		t.Error(err)
	}
	// A link between what is above and below is one already.
	if err := c.Link(t.Context(), "2", top); err != nil {
		t.Error(err)
	}
}

// The number of an issue of another project is no id of ours.
func TestParentOfAnotherProject(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	create(t, c, "", draft(""))
	create(t, c, "1", draft("a"))
	f.issues = append(f.issues, &record{iid: 3, kind: "issue", title: "theirs", state: "opened", author: 11, foreign: true})
	f.issues[1].parent = 3
	f.links = append(f.links, link{1, 2, 3})
	read, err := c.Read(t.Context(), "2")
	if err != nil || read.Parent != "gid://gitlab/WorkItem/9003" || !slices.Equal(read.Links, []string{"uni/other#3"}) {
		t.Errorf("%+v, %v", read, err)
	}
}
