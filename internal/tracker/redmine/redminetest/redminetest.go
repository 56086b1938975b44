// Package redminetest is a Redmine in memory that answers like a real one, and lies like it:
// 204 for what it ignored, 201 with the parent dropped, an empty list for a wrong key.
//
// It holds what testdata/redmine.sh gives to a real one: the same users, keys, roles,
// projects and numbers. A test of the client sends the same requests to both and compares
// the answers; what is not asked there is not promised here.
package redminetest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Key is the key of a user: "admin", "manager", "second" (a manager too), "developer",
// "reporter", or "stranger", who is a member of nothing.
func Key(login string) string {
	at := slices.Index([]string{"admin", "manager", "second", "developer", "reporter", "stranger"}, login)
	return strings.Repeat(string(rune('a'+at)), 40)
}

// Project is the identifier of the project that tests work in. Its subproject is
// "moodle-plugins", and "sandbox" is one beside it.
const Project = "moodle-upgrade"

// Redmine is the server. It is an http.Handler, and safe for concurrent use.
type Redmine struct {
	// URL is where it is served, of one made by [New].
	URL string

	mu       sync.Mutex
	users    []*user
	roles    map[string]*role
	projects []*project
	versions []version
	statuses []string // by number; number 0 is none
	issues   map[int]*issue
	settings map[string]string
	last     int // number of an issue
	journals int // number of a journal
	links    []link
	now      func() time.Time
	before   func(*http.Request) int
	asked    []string
}

// Make returns a Redmine that is served by whoever has it.
func Make() *Redmine {
	r := &Redmine{issues: map[int]*issue{}, now: time.Now, settings: map[string]string{"rest_api_enabled": "1"}}
	r.seed()
	return r
}

// New returns a Redmine that is served at its URL until the test ends.
func New(t testing.TB) *Redmine {
	t.Helper()
	r := Make()
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

// Setting changes a setting of the server: "rest_api_enabled" "0".
func (r *Redmine) Setting(key, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settings[key] = value
}

// Statuses renames the statuses, of which the last two are closed ones.
func (r *Redmine) Statuses(names [6]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statuses = append([]string{""}, names[:]...)
}

// Rights gives permissions to a role, or takes them: "+manage_subtasks", "-edit_issues".
func (r *Redmine) Rights(role string, changes ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, change := range changes {
		r.roles[role].may[change[1:]] = change[0] == '+'
	}
}

// Before is asked before each request: a status other than 0 is answered, and nothing is
// done. The request is not made at all with a negative one: the connection breaks.
func (r *Redmine) Before(f func(*http.Request) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = f
}

// Clock makes the server's time that of a function.
func (r *Redmine) Clock(now func() time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = now
}

// Asked lists the requests so far, as "PUT /issues/1.json".
func (r *Redmine) Asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// ServeHTTP answers a request. One is answered after the other.
func (r *Redmine) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, request.Method+" "+request.URL.Path)
	if r.before != nil {
		if status := r.before(request); status < 0 {
			panic(http.ErrAbortHandler)
		} else if status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	r.route(request).write(w)
}

// RoundTrip answers a request without a network, as an http.RoundTripper, so that a test
// within a bubble of testing/synctest takes no time.
func (r *Redmine) RoundTrip(request *http.Request) (response *http.Response, err error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		if recover() == http.ErrAbortHandler {
			response, err = nil, errors.New("the connection broke")
		}
	}()
	if request.Body == nil {
		request = request.Clone(request.Context())
		request.Body = http.NoBody
	}
	defer request.Body.Close()
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, request)
	return answer.Result(), nil
}

type user struct {
	id          int
	login       string
	first, last string
	role        string // in all projects; "" none
}

func (u *user) name() string { return u.first + " " + u.last }

// isKnown reports whether it is a person, and not anybody.
func (u *user) isKnown() bool { return u.id != anonymous }

// anonymous is the number of the user without a key.
const anonymous = 4

type role struct {
	id      int
	name    string
	may     map[string]bool
	seesAll bool // also private issues of others
	can     func(from, to int) bool
}

type project struct {
	id               int
	identifier, name string
	parent           int
}

type version struct {
	id     int
	name   string
	isOpen bool
}

type link struct{ id, from, to int }

func isClosed(status int) bool { return status >= 5 }

// trackers are Redmine's own, by number, and one more.
func trackers() []string { return []string{"", "Bug", "Feature", "Support", "Task"} }

// fields are the custom fields, of which the second one takes only some values.
func fields() []string { return []string{"", "Component", "Verdict"} }

func verdicts() []string { return []string{"", "keep", "drop", "rebase"} }

// seed is what seed.rb does.
func (r *Redmine) seed() {
	r.statuses = []string{"", "New", "In Progress", "Resolved", "Feedback", "Closed", "Rejected"}
	r.users = []*user{
		{1, "admin", "Redmine", "Admin", ""},
		{5, "manager", "Mary", "Manager", "Manager"},
		{6, "second", "Simon", "Second", "Manager"},
		{7, "developer", "Dora", "Developer", "Developer"},
		{8, "reporter", "Rob", "Reporter", "Reporter"},
		{9, "stranger", "Sam", "Stranger", ""},
	}
	permissions := func(names ...string) map[string]bool {
		may := map[string]bool{}
		for _, name := range names {
			may[name] = true
		}
		return may
	}
	reporter := []string{"view_issues", "add_issues", "add_issue_notes"}
	developer := append([]string{"edit_issues", "view_private_notes", "set_notes_private", "manage_issue_relations", "manage_subtasks"}, reporter...)
	manager := append([]string{"edit_own_issues", "set_issues_private", "set_own_issues_private", "copy_issues"}, developer...)
	r.roles = map[string]*role{
		"Manager": {id: 3, name: "Manager", may: permissions(manager...), seesAll: true, can: func(_, _ int) bool { return true }},
		"Developer": {id: 4, name: "Developer", may: permissions(developer...), can: func(from, to int) bool {
			return from <= 4 && to >= 2 && to <= 5
		}},
		"Reporter": {id: 5, name: "Reporter", may: permissions(reporter...), can: func(from, to int) bool {
			return from <= 4 && to == 5 || from == 3 && to == 4
		}},
	}
	r.projects = []*project{
		{1, Project, "Moodle upgrade", 0}, {2, "moodle-plugins", "Moodle plugins", 1}, {3, "sandbox", "Sandbox", 0},
	}
	r.versions = []version{{1, "Moodle 4.5", true}, {2, "Moodle 4.1", false}}
}

// may reports whether a user has a permission in the projects.
func (r *Redmine) may(u *user, permission string) bool {
	if u.login == "admin" {
		return true
	}
	role := r.roles[u.role]
	return role != nil && role.may[permission]
}

// userOf is whom the key of a request belongs to.
func (r *Redmine) userOf(request *http.Request) *user {
	key := request.Header.Get("X-Redmine-API-Key")
	if r.settings["rest_api_enabled"] == "1" {
		for _, u := range r.users {
			if key == Key(u.login) {
				return u
			}
		}
	}
	return &user{id: anonymous, first: "Anonymous"}
}

func (r *Redmine) userBy(id int) *user {
	i := slices.IndexFunc(r.users, func(u *user) bool { return u.id == id })
	if i < 0 {
		return nil
	}
	return r.users[i]
}

func (r *Redmine) projectBy(name string) *project {
	i := slices.IndexFunc(r.projects, func(p *project) bool { return p.identifier == name || fmt.Sprint(p.id) == name })
	if i < 0 {
		return nil
	}
	return r.projects[i]
}

// stamp is the time, as Redmine keeps it in its answers: in seconds.
func (r *Redmine) stamp() time.Time { return r.now().UTC().Truncate(time.Second) }
