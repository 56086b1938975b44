package redmine_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/redmine"
	"mgit/internal/tracker/redmine/redminetest"
)

// with is a fake that is changed first, and a client of it.
func with(t *testing.T, key string, change func(*redminetest.Redmine)) (*redminetest.Redmine, *redmine.Client) {
	t.Helper()
	fake := redminetest.New(t)
	if change != nil {
		change(fake)
	}
	s := site{url: fake.URL, wait: func(context.Context, time.Duration) error { return nil }}
	return fake, s.client(t, key)
}

func draft(thing string) tracker.Draft {
	m := tracker.Marker{Site: "LUVLE", Series: "4.5", Thing: thing}
	return tracker.Draft{Subject: "about " + thing, Description: m.String()}
}

func TestKeysAndProjects(t *testing.T) {
	t.Parallel()
	off := func(f *redminetest.Redmine) { f.Setting("rest_api_enabled", "0") }
	for _, test := range []struct {
		name, key, project string
		change             func(*redminetest.Redmine)
		want               error
		text               string
	}{
		{"all is well", managerKey, "moodle-upgrade", nil, nil, ""},
		{"by number", managerKey, "1", nil, nil, ""},
		{"an unknown key", unknownKey, "moodle-upgrade", nil, tracker.ErrKey, ""},
		{"no key", "", "moodle-upgrade", nil, tracker.ErrKey, ""},
		{"switched off", managerKey, "moodle-upgrade", off, tracker.ErrSwitchedOff, "Enable REST web service"},
		{"no member", strangerKey, "moodle-upgrade", nil, tracker.ErrProject, ""},
		{"no project", managerKey, "nowhere", nil, tracker.ErrProject, "nowhere"},
		{"no name of a project", managerKey, "../issues", nil, tracker.ErrProject, ""},
		{"no name at all", managerKey, "", nil, tracker.ErrProject, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := redminetest.New(t)
			if test.change != nil {
				test.change(fake)
			}
			c := redmine.New(site{url: fake.URL}.server(t, test.key), redmine.Options{Project: test.project})
			me, err := c.Whoami(t.Context())
			if !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.text) {
				t.Errorf("the error is %v", err)
			}
			if err == nil && me != (tracker.User{ID: "5", Login: "manager", Name: "Mary Manager"}) {
				t.Errorf("the key belongs to %+v", me)
			}
		})
	}
}

// A key that is taken back sees an empty list, which must not be taken for one.
func TestAnEmptyListIsDoubted(t *testing.T) {
	t.Parallel()
	_, c := with(t, unknownKey, nil)
	if _, err := c.Children(t.Context(), "1"); !errors.Is(err, tracker.ErrKey) {
		t.Errorf("the error is %v", err)
	}
	_, c = with(t, unknownKey, func(f *redminetest.Redmine) { f.Setting("rest_api_enabled", "0") })
	if _, err := c.Children(t.Context(), "1"); !errors.Is(err, tracker.ErrSwitchedOff) {
		t.Errorf("the error is %v", err)
	}
}

func TestMissingRights(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		key    string
		change []string
		want   []string
	}{
		{adminKey, nil, nil},
		{managerKey, nil, nil},
		{developerKey, nil, nil},
		{developerKey, []string{"-edit_issues", "-add_issues"}, []string{"Add issues", "Edit issues"}},
		{reporterKey, nil, []string{"Edit issues", "Manage subtasks", "Manage issue relations"}},
	} {
		_, c := with(t, test.key, func(f *redminetest.Redmine) { f.Rights("Developer", test.change...) })
		got, err := c.Missing(t.Context())
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%.1s…: %q, %v", test.key, got, err)
		}
	}
	_, c := with(t, developerKey, func(f *redminetest.Redmine) { f.Rights("Developer", "-add_issues") })
	if _, err := c.Create(t.Context(), "", draft("x")); !errors.Is(err, tracker.ErrRights) || !strings.Contains(err.Error(), "Add issues") {
		t.Errorf("made without the right to: %v", err)
	}
}

// Names that are not there are refused before Redmine takes something else for them.
func TestUnknownNames(t *testing.T) {
	t.Parallel()
	fake, c := with(t, managerKey, nil)
	made, err := c.Create(t.Context(), "", draft("x"))
	if err != nil || made.Type != "Task" {
		t.Fatalf("%+v, %v", made, err)
	}
	before := len(fake.Asked())
	wrong := "Done"
	for _, change := range []tracker.Change{{Status: &wrong}, {Version: &wrong}} {
		err := c.Update(t.Context(), made.ID, change)
		var refused *tracker.RefusedError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), `"Done"`) {
			t.Errorf("the error is %v", err)
		}
	}
	d := draft("y")
	c = redmine.New(site{url: fake.URL}.server(t, managerKey), redmine.Options{Project: "moodle-upgrade", Type: "Chore"})
	_, err = c.Create(t.Context(), "", d)
	if want := `no tracker is called "Chore": there is "Bug", "Feature", "Support", "Task"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v", err)
	}
	for key, opt := range map[string]redmine.Options{
		"type": {Project: "moodle-upgrade", Type: "Chore"}, "parent_type": {Project: "moodle-upgrade", Type: "Task", ParentType: "Chore"},
	} {
		_, err := redmine.New(site{url: fake.URL}.server(t, managerKey), opt).Whoami(t.Context())
		var wrong *tracker.SettingError
		if want := `the tracker has no "Chore"; it has "Bug", "Feature", "Support", "Task"`; !errors.As(err, &wrong) || wrong.Key != key || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v", key, err)
		}
	}
	for _, asked := range fake.Asked()[before:] {
		if !strings.HasPrefix(asked, "GET ") {
			t.Errorf("asked: %s", asked)
		}
	}
}

// What is told once is asked once, and a change of nothing is none.
func TestRequestsAreSaved(t *testing.T) {
	t.Parallel()
	fake, c := with(t, managerKey, nil)
	if _, err := c.Whoami(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := draft("x")
	d.Version = "Moodle 4.5"
	made, err := c.Create(t.Context(), "", d)
	if err != nil || made.Version != d.Version {
		t.Fatalf("%+v, %v", made, err)
	}
	before := len(fake.Asked())
	if _, err := c.Create(t.Context(), made.ID, d); err != nil {
		t.Fatal(err)
	}
	if err := c.Update(t.Context(), made.ID, tracker.Change{}); err != nil {
		t.Fatal(err)
	}
	if asked := fake.Asked()[before:]; !slices.Equal(asked, []string{"POST /issues.json"}) {
		t.Errorf("asked: %q", asked)
	}
}

// through is a client of a fake behind something that may answer in its place.
func through(t *testing.T, f func(fake http.Handler, w http.ResponseWriter, r *http.Request)) *redmine.Client {
	t.Helper()
	fake := redminetest.Make()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(fake, w, r) }))
	t.Cleanup(server.Close)
	s := site{url: server.URL, wait: func(context.Context, time.Duration) error { return nil }}
	return s.client(t, managerKey)
}

// Where two writes meet, Redmine answers with 500, 409 or a refusal without a reason.
// What it may have done all the same is not done twice.
func TestWritesThatMeet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		body   string
		isDone bool
	}{
		{"taken back", http.StatusInternalServerError, "", false},
		{"done and not said", http.StatusInternalServerError, "", true},
		{"conflict", http.StatusConflict, "", false},
		{"refused without a reason", http.StatusUnprocessableEntity, `{"errors":[]}`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			met := map[string]bool{} // one request comes after the other
			c := through(t, func(fake http.Handler, w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet || met[r.Method] {
					fake.ServeHTTP(w, r)
					return
				}
				met[r.Method] = true
				if test.isDone {
					fake.ServeHTTP(httptest.NewRecorder(), r)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			made, err := c.Create(t.Context(), "", draft("first"))
			if err != nil || made.Subject != "about first" {
				t.Fatalf("%+v, %v", made, err)
			}
			if err := c.Update(t.Context(), made.ID, tracker.Change{Note: "a note"}); err != nil {
				t.Error(err)
			}
			if found, err := c.Find(t.Context(), "mgit:LUVLE:4.5"); err != nil || len(found) != 1 {
				t.Errorf("%v, %v", found, err)
			}
			if read, err := c.Read(t.Context(), made.ID); err != nil || len(read.Notes) != 1 {
				t.Errorf("%+v, %v", read.Notes, err)
			}
		})
	}
}

// A server that goes on refusing is believed in the end.
func TestWritesThatNeverEnd(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		http.StatusInternalServerError: "500", http.StatusConflict: "at the same moment", http.StatusForbidden: tracker.ErrRights.Error(),
	} {
		c := through(t, func(fake http.Handler, w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				w.WriteHeader(status)
				return
			}
			fake.ServeHTTP(w, r)
		})
		if _, err := c.Create(t.Context(), "", draft("x")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: create: %v", status, err)
		}
		subject := "y"
		if err := c.Update(t.Context(), "1", tracker.Change{Subject: &subject}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: update: %v", status, err)
		}
	}
}

// A closed project forbids all changes, and no right of the key helps.
func TestClosedProject(t *testing.T) {
	t.Parallel()
	c := through(t, func(fake http.Handler, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			w.WriteHeader(http.StatusForbidden)
		case strings.HasSuffix(r.URL.Path, "/projects/moodle-upgrade.json"):
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"project":{"id":1,"status":5,"trackers":[{"id":2,"name":"Feature"},{"id":3,"name":"Task"}]}}`))
		default:
			fake.ServeHTTP(w, r)
		}
	})
	if _, err := c.Whoami(t.Context()); err != nil {
		t.Fatal(err)
	}
	subject := "y"
	err := c.Update(t.Context(), "1", tracker.Change{Subject: &subject})
	if !errors.Is(err, tracker.ErrRights) || !strings.Contains(err.Error(), "the project is closed") {
		t.Error(err)
	}
}

// A list out of which an issue goes while it is read is read again; one that never holds
// still, and one that is not sorted, is none.
func TestListsThatChange(t *testing.T) {
	t.Parallel()
	const all = 150
	for _, test := range []struct {
		name string
		// page is the numbers of a page, after so many readings of the list.
		page func(reading, offset int) []int
		want string // of the error; else all are found
	}{
		{"one goes once", func(reading, offset int) []int {
			if reading == 0 && offset > 0 {
				offset++
			}
			return numbers(offset, all)
		}, ""},
		{"one goes each time", func(_, offset int) []int { return numbers(offset+min(offset, 1), all) }, "changes while it is read"},
		{"not sorted", func(_, offset int) []int { return append([]int{all}, numbers(offset, all)...) }, "does not sort"},
		{"shorter than it says", func(_, offset int) []int { return numbers(offset, all-10) }, "changes while it is read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			reading := 0
			c := through(t, func(_ http.Handler, w http.ResponseWriter, r *http.Request) {
				offset, err := strconv.Atoi(r.URL.Query().Get("offset"))
				if err != nil {
					t.Error(err)
				}
				var issues []map[string]any
				for _, id := range test.page(reading, offset) {
					issues = append(issues, map[string]any{"id": id, "description": "mgit:LUVLE:4.5"})
				}
				if offset > 0 {
					reading++
				}
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(map[string]any{"issues": issues, "total_count": all})
			})
			found, err := c.Find(t.Context(), "mgit:")
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) || test.want == "" && (err != nil || len(found) != all) {
				t.Errorf("found %d, %v", len(found), err)
			}
		})
	}
}

// numbers are those of a page of a list with so many.
func numbers(offset, all int) []int {
	var page []int
	for id := offset + 1; id <= min(offset+100, all); id++ {
		page = append(page, id)
	}
	return page
}

// A Redmine may stand below a path.
func TestBelowAPath(t *testing.T) {
	t.Parallel()
	fake := redminetest.Make()
	server := httptest.NewServer(http.StripPrefix("/redmine", fake))
	t.Cleanup(server.Close)
	c := site{url: server.URL + "/redmine"}.client(t, managerKey)
	made, err := c.Create(t.Context(), "", draft("x"))
	if err != nil || made.URL != server.URL+"/redmine/issues/1" {
		t.Errorf("%+v, %v", made, err)
	}
}

func TestStatusesForStates(t *testing.T) {
	t.Parallel()
	english := map[string]string{
		"todo": "New", "held": "New", "parked": "Feedback", "moved": "In Progress", "tested": "Resolved",
		"in-test": "Resolved", "in-deployment": "Closed", "dropped": "Rejected",
	}
	for _, test := range []struct {
		name, list string // open statuses, then after | closed ones
		want       map[string]string
	}{
		{"English", "New,In Progress,Resolved,Feedback|Closed,Rejected", english},
		{"German", "Neu,In Bearbeitung,Gelöst,Feedback|Erledigt,Abgewiesen", map[string]string{
			"todo": "Neu", "held": "Neu", "parked": "Feedback", "moved": "In Bearbeitung", "tested": "Gelöst",
			"in-test": "Gelöst", "in-deployment": "Erledigt", "dropped": "Abgewiesen",
		}},
		{"no Rejected, no Feedback", "New,In Progress,Resolved|Closed", map[string]string{
			"todo": "New", "held": "New", "parked": "In Progress", "moved": "In Progress", "tested": "Resolved",
			"in-test": "Resolved", "in-deployment": "Closed", "dropped": "Closed",
		}},
		{"words of their own", "Offen,Prüfen|Fertig", map[string]string{
			"todo": "Offen", "held": "Offen", "parked": "Offen", "moved": "Offen", "tested": "Offen",
			"in-test": "Offen", "in-deployment": "Fertig", "dropped": "Fertig",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := through(t, func(_ http.Handler, w http.ResponseWriter, _ *http.Request) {
				var list []map[string]any
				for i, part := range strings.SplitN(test.list, "|", 2) {
					for name := range strings.SplitSeq(part, ",") {
						list = append(list, map[string]any{"id": len(list) + 1, "name": name, "is_closed": i == 1})
					}
				}
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(map[string]any{"issue_statuses": list})
			})
			if got := c.Capabilities().Status; !maps.Equal(got, english) {
				t.Errorf("before anything is known: %v", got)
			}
			if _, err := c.Statuses(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := c.Capabilities().Status; !maps.Equal(got, test.want) {
				t.Errorf("%v\nwant %v", got, test.want)
			}
		})
	}
}
