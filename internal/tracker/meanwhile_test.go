package tracker_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
)

// TestEditedMeanwhile: what somebody does to an issue after a sync has listed it, and before
// it writes to it, is not overwritten: it counts as if it had been there before.
func TestEditedMeanwhile(t *testing.T) {
	t.Parallel()
	word := func(text string) *string { return &text }
	for name, c := range map[string]struct {
		edit func(is tracker.Issue) tracker.Change
		is   func(is tracker.Issue) string // what must not be lost
		want string
		key  string // of the disagreement; "": there is none
	}{
		"status": {
			func(tracker.Issue) tracker.Change { return tracker.Change{Status: word("Rejected"), Note: "No need."} },
			func(is tracker.Issue) string { return is.Status.Name }, "Rejected", "state",
		},
		"the same status": {
			func(tracker.Issue) tracker.Change { return tracker.Change{Status: word("In Progress")} },
			func(is tracker.Issue) string { return is.Status.Name }, "In Progress", "",
		},
		"assignee": {
			func(tracker.Issue) tracker.Change { return tracker.Change{Assignee: word("102")} },
			func(is tracker.Issue) string { return is.Assignee.Login }, "cyd", "owner",
		},
		"subject": {
			func(tracker.Issue) tracker.Change { return tracker.Change{Subject: word("Ours")} },
			func(is tracker.Issue) string { return is.Subject }, "Ours", "",
		},
		"description": {
			func(is tracker.Issue) tracker.Change {
				return tracker.Change{Description: word("Look at #7 first.\n\n" + is.Description)}
			},
			func(is tracker.Issue) string {
				before, part, _ := strings.Cut(is.Description, "\n\n")
				return fmt.Sprint(before, strings.Contains(part, "It moved."))
			},
			"Look at #7 first.true", "",
		},
		"mgit's part": {
			func(is tracker.Issue) tracker.Change {
				return tracker.Change{Description: word(strings.ReplaceAll(is.Description, "It is", "It was"))}
			},
			func(is tracker.Issue) string {
				return fmt.Sprint(strings.Contains(is.Description, "It was LUVLE"), strings.Contains(is.Description, "It moved."))
			},
			"true false", "",
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newStill(trackertest.Options{})
			w.Join("cyd", trackertest.Rights{})
			s := tracker.Settings{Clone: "ada", People: map[string]string{"Ben": "ben", "Cyd": "cyd"}}
			u := ledger(3)
			r, err := tracker.Sync(t.Context(), w.Client("ada"), u, nil, s, tracker.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range u.Branches {
				b := &u.Branches[i]
				b.State, b.Owner, b.Subject = "moved", "Ben", "Moved "+b.Name
				b.Description = append(b.Description, tracker.Block{Lines: []string{"It moved."}})
			}
			isEdited := false
			r, err = tracker.Sync(t.Context(), w.Client("ada"), u, r.Mirror, s, tracker.Options{Progress: func(p tracker.Progress) {
				if !isEdited && p.Waiting == "" {
					isEdited = true
					w.Edit("cyd", "3", c.edit(w.Issues()[2]))
				}
			}})
			if err != nil || len(r.Ignored) > 0 || len(r.Waiting) > 0 {
				t.Errorf("%s: %v, ignored %v, %v wait", name, err, r.Ignored, r.Waiting)
			}
			if got := c.is(w.Issues()[2]); got != c.want {
				t.Errorf("%s became %q", name, got)
			}
			told := ""
			for _, d := range r.Disagreements {
				told += d.Issue + d.Key
			}
			if want := map[bool]string{true: "3" + c.key}[c.key != ""]; told != want {
				t.Errorf("%s: disagreements %+v", name, r.Disagreements)
			}
			for i, issue := range w.Issues() {
				if i != 0 && i != 2 && (issue.Status.Name != "In Progress" || issue.Assignee.Login != "ben") {
					t.Errorf("%s: %s is %s, of %s", name, issue.ID, issue.Status.Name, issue.Assignee.Login)
				}
			}
			if faults := w.faults(u); len(faults) > 0 {
				t.Errorf("%s: %s", name, strings.Join(faults, "\n"))
			}
		})
	}
}

// TestEditedAllTheTime: who changes an issue whenever a sync comes to it wins, and the sync
// has an end.
func TestEditedAllTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStill(trackertest.Options{})
		u := ledger(2)
		m := w.sync(t, "ada", u, nil, tracker.Options{}).Mirror
		u.Branches[0].State, u.Branches[1].State = "moved", "moved"
		u.Branches[1].Description = tracker.Text{{Lines: []string{"New."}}}
		n := 0
		edit := func(p tracker.Progress) {
			if p.Waiting == "" && p.Write.Issue == "3" {
				n++
				text := fmt.Sprintf("%d\n%s", n, w.Issues()[2].Description)
				w.Edit("ben", "3", tracker.Change{Description: &text})
			}
		}
		r, err := tracker.Sync(t.Context(), w.Client("ada"), u, m, tracker.Settings{Clone: "ada"}, tracker.Options{Progress: edit})
		if err != nil || len(r.Waiting) != 1 || n > 9 {
			t.Errorf("%v, %d wait, %d edits", err, len(r.Waiting), n)
		}
		r = w.sync(t, "ada", u, r.Mirror, tracker.Options{})
		issue := w.Issues()[2]
		if !strings.HasPrefix(issue.Description, fmt.Sprintf("%d\n%d\n", n, n-1)) || !strings.Contains(issue.Description, "New") || issue.Status.Name != "In Progress" {
			t.Errorf("it is %s, %q", issue.Status.Name, issue.Description)
		}
		if len(r.Waiting) > 0 {
			t.Errorf("%+v", r.Waiting)
		}
	})
}
