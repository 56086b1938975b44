package github_test

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

// fake is a repository on a GitHub of its own. Answers have the shape of the real ones as
// its documentation and go-github's tests show them; what it does with them is what is
// written there too: it drops in silence what a key may not set, keeps at most a hundred
// sub-issues, makes labels that are not there and lists in pages.
type fake struct {
	url     string
	handler http.Handler
	clock   func() time.Time // nil: it goes on with every change
	latency time.Duration    // of RoundTrip
	left    atomic.Int64     // how many requests RoundTrip lets through before the network is gone; less than 1: all

	mu         sync.Mutex
	now        time.Time
	issues     []*record // number 1 first
	comments   map[int][]map[string]any
	milestones []string
	asked      []string // method and path of every request
	lists      int
	count      int // of comments

	old      bool // it does not tell parents in issues
	lag      int  // how many lists are read before a new issue is in them
	page     int  // the longest page
	noLabels bool // labels are dropped
	busy     func(r *http.Request) func(http.ResponseWriter)
	repo     map[string]any // what differs in the repository
}

// record is an issue, or a pull request.
type record struct {
	number, parent   int
	title, body      string
	state, reason    string
	labels           []string
	assignee, author string
	milestone        int
	at               time.Time
	kind             string
	isPull, isMoved  bool
	given            []string // labels, the newest last
	listed           int      // from which list on it is listed
}

// The keys of people: ann and bob may write, eve only reads; the app is of GitHub Actions.
func people() map[string]string {
	return map[string]string{"ann-key": "ann", "bob-key": "bob", "eve-key": "eve", "app-key": "app[bot]"}
}

const project = "uni/moodle"

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
	f := &fake{
		now: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), comments: map[int][]map[string]any{}, page: 100,
		milestones: []string{"Moodle 4.5", "Moodle 5.0"},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /user", f.user)
	for pattern, handler := range map[string]func(w http.ResponseWriter, r *http.Request, who string){
		"GET /{$}":                     f.repository,
		"GET /issues":                  f.list,
		"POST /issues":                 f.create,
		"GET /issues/{n}":              f.get,
		"PATCH /issues/{n}":            f.patch,
		"GET /issues/{n}/comments":     f.listComments,
		"POST /issues/{n}/comments":    f.comment,
		"GET /issues/{n}/sub_issues":   f.children,
		"POST /issues/{n}/sub_issues":  f.adopt,
		"DELETE /issues/{n}/sub_issue": f.release,
		"GET /issues/{n}/events":       f.events,
		"GET /issues/{n}/parent":       f.parent,
		"GET /assignees":               f.assignees,
		"GET /milestones":              f.listMilestones,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.TrimSuffix(path, "/{$}")
		mux.HandleFunc(method+" /repos/uni/moodle"+path, func(w http.ResponseWriter, r *http.Request) {
			who := people()[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
			handler(w, r, who)
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
	f.asked = append(f.asked, r.Method+" "+r.URL.Path)
	w.Header().Set("Date", f.now.Format(http.TimeFormat))
	if f.busy != nil {
		if answer := f.busy(r); answer != nil {
			answer(w)
			return
		}
	}
	if r.Header.Get("X-GitHub-Api-Version") != "2022-11-28" {
		fail(w, 400, "no version of the interface is named")
		return
	}
	if people()[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] == "" {
		fail(w, 401, "Bad credentials")
		return
	}
	if _, pattern := mux.Handler(r); pattern == "" {
		fail(w, 404, "Not Found")
		return
	}
	mux.ServeHTTP(w, r)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func fail(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}

// invalid is a 422 about a field.
func invalid(w http.ResponseWriter, field, code, message string) {
	one := map[string]any{"resource": "Issue", "field": field, "code": code}
	if message != "" {
		one["message"] = message
	}
	reply(w, 422, map[string]any{"message": "Validation Failed", "errors": []any{one}, "documentation_url": "https://docs.github.com/rest/issues/issues#create-an-issue", "status": "422"})
}

func person(login string) map[string]any {
	return map[string]any{"login": login, "id": len(login), "html_url": "https://github.example/" + login, "type": "User"}
}

func mayWrite(who string) bool { return who == "ann" || who == "bob" || who == "app[bot]" }

func (f *fake) user(w http.ResponseWriter, r *http.Request) {
	who := people()[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if who == "app[bot]" {
		fail(w, 403, "Resource not accessible by integration")
		return
	}
	me := person(who)
	me["name"] = strings.ToUpper(who)
	reply(w, 200, me)
}

func (f *fake) repository(w http.ResponseWriter, _ *http.Request, who string) {
	about := map[string]any{
		"id": 4711, "full_name": "Uni/moodle", "has_issues": true, "archived": false,
		"permissions": map[string]bool{"admin": false, "maintain": false, "push": mayWrite(who), "triage": mayWrite(who), "pull": true},
	}
	for key, value := range f.repo {
		about[key] = value
	}
	reply(w, 200, about)
}

// find is the issue that a request is about; nil and an answer where there is none.
func (f *fake) find(w http.ResponseWriter, r *http.Request) *record {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > len(f.issues) {
		fail(w, 404, "Not Found")
		return nil
	}
	return f.issues[n-1]
}

// shown is an issue as GitHub shows it.
func (f *fake) shown(i *record) map[string]any {
	repository := f.url + "/repos/Uni/moodle"
	if i.isMoved {
		repository = f.url + "/repos/uni/other"
	}
	shown := map[string]any{
		"id": 1000 + i.number, "number": i.number, "node_id": "I_x", "url": fmt.Sprint(repository, "/issues/", i.number),
		"repository_url": repository, "html_url": fmt.Sprint("https://github.example/uni/moodle/issues/", i.number),
		"title": i.title, "body": i.body, "state": i.state, "state_reason": nil, "user": person(i.author), "locked": false,
		"assignee": nil, "assignees": []any{}, "milestone": nil, "comments": len(f.comments[i.number]),
		"created_at": i.at, "updated_at": i.at, "active_lock_reason": nil,
	}
	if i.body == "" {
		shown["body"] = nil
	}
	if i.reason != "" {
		shown["state_reason"] = i.reason
	}
	labels := []any{}
	for _, label := range i.labels {
		labels = append(labels, map[string]any{"id": len(label), "name": label, "color": "ededed", "default": false, "description": nil})
	}
	shown["labels"] = labels
	if i.assignee != "" {
		shown["assignee"], shown["assignees"] = person(i.assignee), []any{person(i.assignee)}
	}
	if i.milestone > 0 {
		shown["milestone"] = map[string]any{"number": i.milestone, "title": f.milestones[i.milestone-1], "state": "open"}
	}
	if i.kind != "" {
		shown["type"] = map[string]any{"id": 1, "name": i.kind, "is_enabled": true}
	}
	if i.isPull {
		shown["pull_request"] = map[string]any{"url": fmt.Sprint(repository, "/pulls/", i.number)}
	}
	total := 0
	for _, other := range f.issues {
		if other.parent == i.number {
			total++
		}
	}
	shown["sub_issues_summary"] = map[string]any{"total": total, "completed": 0, "percent_completed": 0}
	if !f.old {
		shown["parent_issue_url"] = nil
		if i.parent > 0 {
			shown["parent_issue_url"] = fmt.Sprint(f.url, "/repos/Uni/moodle/issues/", i.parent)
		}
	}
	return shown
}

// paged answers with one page of a list.
func (f *fake) paged(w http.ResponseWriter, r *http.Request, all []any) {
	query := r.URL.Query()
	size, err := strconv.Atoi(query.Get("per_page"))
	if err != nil {
		size = 30
	}
	size = min(size, 100, f.page)
	page, _ := strconv.Atoi(query.Get("page"))
	page = max(page, 1)
	begin, end := min((page-1)*size, len(all)), min(page*size, len(all))
	if end < len(all) {
		query.Set("page", strconv.Itoa(page+1))
		w.Header().Set("Link", fmt.Sprintf(`<https://elsewhere.example%s?%s>; rel="next", <https://elsewhere.example%s?page=99>; rel="last"`, r.URL.Path, query.Encode(), r.URL.Path))
	}
	reply(w, 200, append([]any{}, all[begin:end]...))
}

func (f *fake) list(w http.ResponseWriter, r *http.Request, _ string) {
	if has, ok := f.repo["has_issues"].(bool); ok && !has {
		fail(w, 410, "Issues has been disabled in this repository.")
		return
	}
	query := r.URL.Query()
	if query.Get("page") == "" {
		f.lists++
	}
	var all []any
	for _, i := range f.issues {
		state, label := query.Get("state"), query.Get("labels")
		if i.listed > f.lists || i.isMoved || state != "all" && i.state != "open" || label != "" && !slices.Contains(i.labels, label) {
			continue
		}
		all = append(all, f.shown(i))
	}
	if query.Get("direction") != "asc" {
		slices.Reverse(all)
	}
	f.paged(w, r, all)
}

func (f *fake) get(w http.ResponseWriter, r *http.Request, _ string) {
	if i := f.find(w, r); i != nil {
		reply(w, 200, f.shown(i))
	}
}

func (f *fake) listComments(w http.ResponseWriter, r *http.Request, _ string) {
	if i := f.find(w, r); i != nil {
		var all []any
		for _, one := range f.comments[i.number] {
			all = append(all, one)
		}
		f.paged(w, r, all)
	}
}

func (f *fake) children(w http.ResponseWriter, r *http.Request, _ string) {
	i := f.find(w, r)
	if i == nil {
		return
	}
	var all []any
	for _, other := range f.issues {
		if other.parent == i.number {
			all = append(all, f.shown(other))
		}
	}
	slices.Reverse(all) // people sort them as they like
	f.paged(w, r, all)
}

func (f *fake) parent(w http.ResponseWriter, r *http.Request, _ string) {
	i := f.find(w, r)
	switch {
	case i == nil:
	case i.parent == 0:
		fail(w, 404, "No parent issue found")
	default:
		reply(w, 200, f.shown(f.issues[i.parent-1]))
	}
}

func (f *fake) assignees(w http.ResponseWriter, r *http.Request, _ string) {
	f.paged(w, r, []any{person("ann"), person("bob")})
}

func (f *fake) listMilestones(w http.ResponseWriter, r *http.Request, _ string) {
	var all []any
	for n, title := range f.milestones {
		all = append(all, map[string]any{"number": n + 1, "title": title, "state": "open"})
	}
	f.paged(w, r, all)
}

func (f *fake) events(w http.ResponseWriter, r *http.Request, _ string) {
	i := f.find(w, r)
	if i == nil {
		return
	}
	all := []any{map[string]any{"id": 1, "event": "closed"}}
	for _, label := range i.given {
		all = append(all, map[string]any{"id": 2, "event": "labeled", "label": map[string]any{"name": label, "color": "ededed"}, "created_at": i.at})
	}
	all = append(all, map[string]any{"id": 3, "event": "unlabeled", "label": map[string]any{"name": "mgit: theirs"}})
	f.paged(w, r, all)
}
