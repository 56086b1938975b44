package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// redmineClaim is how long a claim stands in the stories: a request to the server below
// takes far less.
const redmineClaim = 150 * time.Millisecond

// fakeRedmine is as much of a Redmine as a story needs. Its clock goes on by some seconds
// with every request.
type fakeRedmine struct {
	server *httptest.Server

	mu        sync.Mutex
	now       time.Time
	issues    []*redmineIssue
	requests  []string
	notes     int
	down      bool
	mask      string // what stands in front of it, see wear
	forbidden string // a status that nobody may set: it is ignored in silence
	leaks     []string
}

type redmineIssue struct {
	id, parent, done               int
	subject, description, assignee string
	status                         string
	updated                        time.Time
	notes                          []map[string]any
}

// The key of each login. They are long, so that a test can look for them anywhere.
func redmineKey(login string) string { return strings.Repeat(login+"-key-", 5) }

var (
	redmineLogins   = []string{"dev", "dora"}
	redmineStatuses = []string{"New", "In Progress", "Resolved", "Feedback", "Closed", "Rejected"}
)

// redmineSlot is where a story has its Redmine.
type redmineSlot struct{}

func newFakeRedmine() *fakeRedmine {
	return &fakeRedmine{now: time.Date(2026, 2, 1, 10, 0, 0, 0, time.UTC)}
}

// ServeHTTP answers like Redmine 5.0.
func (f *fakeRedmine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(5 * time.Second)
	f.requests = append(f.requests, r.Method+" "+r.URL.Path)
	for _, login := range redmineLogins {
		if strings.Contains(r.URL.String(), redmineKey(login)) {
			f.leaks = append(f.leaks, r.URL.String())
		}
	}
	login, known := f.login(r.Header.Get("X-Redmine-API-Key"))
	path := strings.TrimPrefix(r.URL.Path, "/projects/moodle")
	switch {
	case f.mask != "":
		f.wear(w, r)
	case f.down:
		http.Error(w, "", http.StatusServiceUnavailable)
	case !known:
		http.Error(w, "", http.StatusUnauthorized)
	case path == "/users/current.json":
		reply(w, map[string]any{"user": map[string]any{"id": f.idOf(login), "login": login, "firstname": login, "lastname": "Test"}})
	case path == ".json":
		reply(w, map[string]any{"project": map[string]any{"id": 1, "status": 1, "trackers": []any{map[string]any{"id": 1, "name": "Task"}}}})
	case path == "/issue_statuses.json":
		var all []any
		for _, s := range redmineStatuses {
			all = append(all, statusJSON(s))
		}
		reply(w, map[string]any{"issue_statuses": all})
	case path == "/memberships.json":
		var all []any
		for _, l := range redmineLogins {
			all = append(all, map[string]any{"user": f.person(l)})
		}
		reply(w, map[string]any{"memberships": all, "total_count": len(all)})
	case path == "/issues.json" && r.Method == http.MethodGet:
		f.list(w, r)
	case path == "/issues.json":
		f.create(w, r)
	default:
		f.one(w, r, login)
	}
}

func (f *fakeRedmine) login(key string) (string, bool) {
	i := slices.IndexFunc(redmineLogins, func(l string) bool { return redmineKey(l) == key })
	if i < 0 {
		return "", false
	}
	return redmineLogins[i], true
}

func (f *fakeRedmine) idOf(login string) int { return 5 + slices.Index(redmineLogins, login) }

func (f *fakeRedmine) person(login string) any {
	if login == "" {
		return nil
	}
	return map[string]any{"id": f.idOf(login), "name": login + " Test"}
}

func statusJSON(name string) map[string]any {
	return map[string]any{"id": 1 + slices.Index(redmineStatuses, name), "name": name, "is_closed": name == "Closed" || name == "Rejected"}
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func (f *fakeRedmine) issueJSON(i *redmineIssue) map[string]any {
	v := map[string]any{
		"id": i.id, "tracker": map[string]any{"id": 1, "name": "Task"}, "status": statusJSON(i.status), "subject": i.subject,
		"description": i.description, "done_ratio": i.done, "updated_on": i.updated, "assigned_to": f.person(i.assignee), "relations": []any{},
		"journals": i.notes,
	}
	if i.parent != 0 {
		v["parent"] = map[string]any{"id": i.parent}
	}
	return v
}

func (f *fakeRedmine) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var found []any
	for _, i := range f.issues {
		text, parent := q.Get("v[description][]"), q.Get("v[parent_id][]")
		if strings.Contains(i.description, text) && (parent == "" || strconv.Itoa(i.parent) == parent) {
			found = append(found, f.issueJSON(i))
		}
	}
	total := len(found)
	offset, _ := strconv.Atoi(q.Get("offset"))
	found = found[min(offset, total):]
	reply(w, map[string]any{"issues": found[:min(100, len(found))], "total_count": total})
}

func (f *fakeRedmine) create(w http.ResponseWriter, r *http.Request) {
	i := &redmineIssue{id: len(f.issues) + 1, status: "New"}
	f.issues = append(f.issues, i)
	f.change(i, body(r), "")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	reply(w, map[string]any{"issue": f.issueJSON(i)})
}

func body(r *http.Request) map[string]any {
	var v struct{ Issue map[string]any }
	json.NewDecoder(r.Body).Decode(&v)
	return v.Issue
}

func (f *fakeRedmine) change(i *redmineIssue, a map[string]any, login string) {
	i.updated = f.now
	for key, value := range a {
		number, _ := strconv.Atoi(fmt.Sprint(value))
		switch key {
		case "subject":
			i.subject = fmt.Sprint(value)
		case "description":
			i.description = fmt.Sprint(value)
		case "done_ratio":
			i.done = number
		case "parent_issue_id":
			i.parent = number
		case "assigned_to_id":
			i.assignee = ""
			if number != 0 {
				i.assignee = redmineLogins[number-5]
			}
		case "status_id":
			if s := redmineStatuses[number-1]; s != f.forbidden {
				i.status = s
			}
		case "notes":
			f.note(i, login, fmt.Sprint(value))
		}
	}
}

func (f *fakeRedmine) note(i *redmineIssue, login, text string) {
	f.notes++
	i.updated = f.now
	i.notes = append(i.notes, map[string]any{"id": f.notes, "user": f.person(login), "notes": text, "created_on": f.now})
}

func (f *fakeRedmine) one(w http.ResponseWriter, r *http.Request, login string) {
	path := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/issues/"), ".json")
	number, rest, _ := strings.Cut(path, "/")
	id, err := strconv.Atoi(number)
	switch {
	case err != nil || id < 1 || id > len(f.issues):
		http.NotFound(w, r)
	case rest == "relations":
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPut:
		f.change(f.issues[id-1], body(r), login)
		w.WriteHeader(http.StatusNoContent)
	default:
		reply(w, map[string]any{"issue": f.issueJSON(f.issues[id-1])})
	}
}

// find returns the issue whose subject has a text; "" is the first one.
func (f *fakeRedmine) find(ts *testscript.TestScript, text string) *redmineIssue {
	for _, i := range f.issues {
		if strings.Contains(i.subject, text) {
			return i
		}
	}
	ts.Fatalf("no issue with %q in its subject", text)
	return nil
}

// scriptRedmine is the command `redmine` of the stories:
//
//	redmine start                     starts one; $REDMINE is its address, $KEY and $DORA are keys
//	redmine down | up                 it answers 503, or again
//	redmine mask KIND                 something else answers in its place, see wear; "" is itself again
//	redmine forbid STATUS             nobody can set the status from now on, and Redmine does not say so
//	redmine set TEXT KEY VALUE        changes the issue with TEXT in its subject: status, assignee, subject
//	redmine note TEXT LOGIN NOTE      somebody writes a note
//	redmine show TEXT                 prints the issue
//	redmine count                     prints how many issues and requests there were
func scriptRedmine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: redmine COMMAND…")
	}
	f := ts.Value(redmineSlot{}).(*fakeRedmine)
	if args[0] == "start" {
		f.server = httptest.NewServer(f)
		ts.Defer(f.server.Close)
		ts.Setenv("REDMINE", f.server.URL)
		ts.Setenv("KEY", redmineKey("dev"))
		ts.Setenv("DORA", redmineKey("dora"))
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.leaks) > 0 {
		ts.Fatalf("a key stood in an address: %q", f.leaks)
	}
	f.now = f.now.Add(5 * time.Second)
	arg := func(n int) string {
		if n >= len(args) {
			ts.Fatalf("redmine %s: arguments are missing", args[0])
		}
		return args[n]
	}
	switch args[0] {
	case "down", "up":
		f.down = args[0] == "down"
	case "mask":
		f.mask = arg(1)
	case "forbid":
		f.forbidden = arg(1)
	case "set":
		i := f.find(ts, arg(1))
		i.updated = f.now
		switch arg(2) {
		case "status":
			i.status = arg(3)
		case "assignee":
			i.assignee = arg(3)
		case "subject":
			i.subject = arg(3)
		default:
			ts.Fatalf("redmine set: %q is not known", arg(2))
		}
	case "note":
		f.note(f.find(ts, arg(1)), arg(2), arg(3))
	case "show":
		i := f.find(ts, arg(1))
		text := fmt.Sprintf("#%d %s\nstatus: %s\nassignee: %s\ndone: %d\nparent: %d\n%s\n", i.id, i.subject, i.status, i.assignee, i.done, i.parent, i.description)
		for _, n := range i.notes {
			text += fmt.Sprintf("--\n%s\n", n["notes"])
		}
		fmt.Fprint(ts.Stdout(), text)
	case "count":
		fmt.Fprintf(ts.Stdout(), "%d issues\n%d requests\n", len(f.issues), len(f.requests))
		f.requests = nil
	default:
		ts.Fatalf("redmine %s is not known", args[0])
	}
}
