package gitlab_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fake is a project on a GitLab of its own. Answers have the shape of the real ones as its
// documentation and source show them; what it does with them is what is written there too:
// it leaves out in silence what a key may not set, lets tasks stand below issues only,
// never relates what stands below one another and lists in pages.
type fake struct {
	url     string
	handler http.Handler
	clock   func() time.Time // nil: it goes on with every change
	latency time.Duration    // of RoundTrip
	left    atomic.Int64     // how many requests RoundTrip lets through before the network is gone; less than 1: all

	mu         sync.Mutex
	now        time.Time
	issues     []*record // iid 1 first
	links      []link
	milestones []string
	asked      []string // method and path of every request
	lists      int
	count      int // of links

	lag      int    // how many lists are read before a new issue is in them
	page     int    // the longest page
	room     int    // for issues below one
	noLabels bool   // labels are dropped
	noTasks  bool   // it knows no issues of the type task
	graphQL  string // "": as it is; "html", "error", "flag"
	busy     func(r *http.Request) func(http.ResponseWriter)
	about    map[string]any // what differs in the project
}

// record is an issue.
type record struct {
	iid, parent int
	kind        string
	title, body string
	state       string
	labels      []string
	assignee    int
	author      int
	milestone   int
	at          time.Time
	listed      int // from which list on it is listed
	foreign     bool
	notes       []map[string]any
	given       []string // labels, the newest last
}

type link struct{ id, from, to int }

// The keys of people: ann and bob are developers, eve is a guest.
func people() map[string]int { return map[string]int{"ann-key": 11, "bob-key": 12, "eve-key": 13} }

func names() map[int]string { return map[int]string{11: "ann", 12: "bob", 13: "eve", 14: "gone"} }

const path = "uni/lms/moodle"

// newFake is one that is asked over the network.
func newFake(t *testing.T) *fake {
	t.Helper()
	f := newHandler()
	server := httptest.NewServer(f.handler)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// RoundTrip asks it without a network, so that waits take no time within a bubble of
// testing/synctest.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(f.latency / 2)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if f.left.Add(-1) == 0 {
		f.left.Store(1) // and for good
		return nil, errors.New("the network is gone")
	}
	recorder := httptest.NewRecorder()
	f.handler.ServeHTTP(recorder, r)
	time.Sleep(f.latency / 2)
	return recorder.Result(), nil
}

func newHandler() *fake {
	f := &fake{now: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), page: 100, room: 5000, milestones: []string{"Moodle 4.5", "Moodle 5.0"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v4/user", func(w http.ResponseWriter, r *http.Request) { reply(w, 200, person(who(r))) })
	mux.HandleFunc("POST /api/graphql", f.graph)
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET ":                                  f.project,
		"GET /issues":                           f.list,
		"POST /issues":                          f.create,
		"GET /issues/{n}":                       f.get,
		"PUT /issues/{n}":                       f.put,
		"GET /issues/{n}/resource_label_events": f.events,
		"GET /issues/{n}/notes":                 f.listNotes,
		"POST /issues/{n}/notes":                f.note,
		"GET /issues/{n}/links":                 f.listLinks,
		"POST /issues/{n}/links":                f.link,
		"DELETE /issues/{n}/links/{link}":       f.unlink,
		"GET /members/all":                      f.members,
		"GET /milestones":                       f.listMilestones,
	} {
		method, rest, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /api/v4/projects/{project}"+rest, func(w http.ResponseWriter, r *http.Request) {
			if name := r.PathValue("project"); name != path && name != "77" {
				fail(w, 404, "404 Project Not Found")
				return
			}
			handler(w, r)
		})
	}
	f.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.serve(mux, w, r) })
	return f
}

// serve is what every request meets first. One is answered after the other.
func (f *fake) serve(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.clock != nil {
		f.now = f.clock()
	}
	f.asked = append(f.asked, r.Method+" "+r.URL.EscapedPath())
	w.Header().Set("Date", f.now.Format(http.TimeFormat))
	if f.busy != nil {
		if answer := f.busy(r); answer != nil {
			answer(w)
			return
		}
	}
	if who(r) == 0 {
		fail(w, 401, "401 Unauthorized")
		return
	}
	if _, pattern := mux.Handler(r); pattern == "" {
		reply(w, 404, map[string]any{"error": "404 Not Found"})
		return
	}
	mux.ServeHTTP(w, r)
}

func who(r *http.Request) int { return people()[r.Header.Get("Private-Token")] }

func mayLabel(who int) bool { return who == 11 || who == 12 }

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func fail(w http.ResponseWriter, status int, message any) {
	reply(w, status, map[string]any{"message": message})
}

func person(id int) map[string]any {
	return map[string]any{"id": id, "username": names()[id], "name": strings.ToUpper(names()[id]), "state": "active", "web_url": "https://gitlab.example/" + names()[id]}
}

func (f *fake) project(w http.ResponseWriter, r *http.Request) {
	level := 30
	if !mayLabel(who(r)) {
		level = 10
	}
	about := map[string]any{
		"id": 77, "path_with_namespace": "Uni/LMS/moodle", "archived": false, "issues_enabled": true, "issues_access_level": "enabled",
		"permissions": map[string]any{"project_access": map[string]any{"access_level": level, "notification_level": 3}, "group_access": nil},
	}
	for key, value := range f.about {
		about[key] = value
	}
	reply(w, 200, about)
}

// find is the issue that a request is about; nil and an answer where there is none.
func (f *fake) find(w http.ResponseWriter, r *http.Request) *record {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > len(f.issues) {
		fail(w, 404, "404 Not found")
		return nil
	}
	return f.issues[n-1]
}

// shown is an issue as GitLab shows it.
func (f *fake) shown(i *record) map[string]any {
	full, project := path, 77
	if i.foreign {
		full, project = "uni/other", 78
	}
	shown := map[string]any{
		"id": 9000 + i.iid, "iid": i.iid, "project_id": project, "title": i.title, "description": nil, "state": i.state,
		"type": strings.ToUpper(i.kind), "issue_type": i.kind, "labels": append([]string{}, i.labels...), "author": person(i.author),
		"assignees": []any{}, "assignee": nil, "milestone": nil, "created_at": i.at, "updated_at": i.at, "confidential": false,
		"web_url":          fmt.Sprintf("https://gitlab.example/%s/-/issues/%d", full, i.iid),
		"references":       map[string]any{"short": fmt.Sprint("#", i.iid), "relative": fmt.Sprint("#", i.iid), "full": fmt.Sprint(full, "#", i.iid)},
		"user_notes_count": len(i.notes), "task_completion_status": map[string]int{"count": 0, "completed_count": 0}, "has_tasks": false,
	}
	if i.body != "" {
		shown["description"] = i.body
	}
	if i.assignee != 0 {
		shown["assignees"], shown["assignee"] = []any{person(i.assignee)}, person(i.assignee)
	}
	if i.milestone > 0 {
		shown["milestone"] = map[string]any{"id": i.milestone, "iid": i.milestone, "title": f.milestones[i.milestone-500], "state": "active"}
	}
	return shown
}

// paged answers with one page of a list.
func (f *fake) paged(w http.ResponseWriter, r *http.Request, all []any) {
	query := r.URL.Query()
	size, err := strconv.Atoi(query.Get("per_page"))
	if err != nil {
		size = 20
	}
	size = min(size, 100, f.page)
	page, _ := strconv.Atoi(query.Get("page"))
	page = max(page, 1)
	begin, end := min((page-1)*size, len(all)), min(page*size, len(all))
	if end < len(all) {
		query.Set("page", strconv.Itoa(page+1))
		w.Header().Set("X-Next-Page", strconv.Itoa(page+1))
		w.Header().Set("Link", fmt.Sprintf(`<https://elsewhere.example%s?%s>; rel="next", <https://elsewhere.example/?page=1>; rel="first"`, r.URL.EscapedPath(), query.Encode()))
	}
	reply(w, 200, append([]any{}, all[begin:end]...))
}

func (f *fake) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Get("page") == "" && query["iids[]"] == nil {
		f.lists++
	}
	var all []any
	for _, i := range f.issues {
		state, label, iids := query.Get("state"), query.Get("labels"), query["iids[]"]
		switch {
		case i.foreign, i.listed > f.lists && iids == nil, query.Get("scope") != "all":
		case state != "all" && i.state != state:
		case label != "" && !slices.Contains(i.labels, label):
		case iids != nil && !slices.Contains(iids, strconv.Itoa(i.iid)):
		default:
			all = append(all, f.shown(i))
		}
	}
	if query.Get("sort") != "asc" {
		slices.Reverse(all) // newest first is how GitLab has it
	}
	f.paged(w, r, all)
}

func (f *fake) get(w http.ResponseWriter, r *http.Request) {
	if i := f.find(w, r); i != nil {
		reply(w, 200, f.shown(i))
	}
}

// touch marks an issue as changed a moment later than anything before.
func (f *fake) touch(i *record) {
	if f.clock == nil {
		f.now = f.now.Add(123 * time.Millisecond)
	}
	i.at = f.now
}

func (f *fake) listNotes(w http.ResponseWriter, r *http.Request) {
	i := f.find(w, r)
	if i == nil {
		return
	}
	all := []any{}
	for _, one := range i.notes {
		all = append(all, one)
	}
	if r.URL.Query().Get("sort") != "asc" {
		slices.Reverse(all)
	}
	f.paged(w, r, all)
}

// add writes a note below an issue.
func (f *fake) add(i *record, author int, text string, more map[string]any) map[string]any {
	f.touch(i)
	one := map[string]any{
		"id": 5000 + 100*i.iid + len(i.notes), "type": nil, "body": text, "author": person(author), "created_at": i.at, "updated_at": i.at,
		"system": false, "noteable_iid": i.iid, "noteable_type": "Issue", "resolvable": false, "confidential": false, "internal": false,
	}
	for key, value := range more {
		one[key] = value
	}
	i.notes = append(i.notes, one)
	return one
}

func (f *fake) members(w http.ResponseWriter, r *http.Request) {
	gone := person(14)
	gone["state"] = "blocked"
	f.paged(w, r, []any{person(11), person(12), person(11), gone, person(13)})
}

func (f *fake) listMilestones(w http.ResponseWriter, r *http.Request) {
	var all []any
	for n, title := range f.milestones {
		if want := r.URL.Query().Get("title"); want == "" || want == title {
			all = append(all, map[string]any{"id": 500 + n, "iid": n + 1, "title": title, "state": "active"})
		}
	}
	f.paged(w, r, all)
}

func (f *fake) events(w http.ResponseWriter, r *http.Request) {
	i := f.find(w, r)
	if i == nil {
		return
	}
	all := []any{map[string]any{"id": 1, "action": "add", "label": nil, "resource_type": "Issue"}}
	for _, label := range i.given {
		all = append(all, map[string]any{"id": 2, "action": "add", "label": map[string]any{"id": 1, "name": label}, "resource_type": "Issue", "created_at": i.at})
	}
	all = append(all, map[string]any{"id": 3, "action": "remove", "label": map[string]any{"id": 1, "name": "mgit::moved"}, "resource_type": "Issue"})
	f.paged(w, r, all)
}
