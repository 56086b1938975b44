package jira_test

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"mgit/internal/tracker/jira"
	"mgit/internal/web"
)

// fake is a Jira in memory, written from Atlassian's documentation. What it does that a
// mirror must cope with: an index that runs behind, transitions that do not exist from
// everywhere, closed issues that cannot be edited, comments in pages, markup that is made
// anew (cloud) and lines that end as on Windows (data centre).
type fake struct {
	isCloud bool
	isLate  bool // the index learns nothing new
	total   int  // what a data centre's search says; 0: the truth
	mustAssign,
	noLabels bool

	latency time.Duration // of RoundTrip, and left how many requests the network lasts for
	left    atomic.Int64
	clock   func() time.Time // nil: one that goes on by a millisecond with every change

	mu     sync.Mutex
	now    time.Time
	issues []*entry
	index  map[string]entry
	users  map[string]user // by key
	sent   []string        // methods and paths
	token  map[string]int  // of pages
}

type user struct {
	id, name string
	isWeak   bool
}

type entry struct {
	number                          int
	summary, description, status    string
	assignee, version, parent, kind string
	labels, links                   []string
	fields                          map[string]json.RawMessage
	comments                        []map[string]any
	updated                         time.Time
}

func (e *entry) key() string { return "MOODLE-" + strconv.Itoa(e.number) }

// The workflow: to which statuses each one leads.
func workflow() map[string][]string {
	return map[string][]string{
		"To Do": {"In Progress", "Done"}, "In Progress": {"To Do", "Done", "Rejected"},
		"Done": {"In Progress"}, "Rejected": {"To Do"},
	}
}

func statusJSON(name string) map[string]any {
	category := map[string]string{"To Do": "new", "In Progress": "indeterminate"}
	return map[string]any{"name": name, "statusCategory": map[string]any{"key": cmp.Or(category[name], "done")}}
}

func kinds() map[string]string {
	return map[string]string{"1": "Epic", "2": "Task", "3": "Sub-task", "4": "Branch"}
}

const (
	ann, bob, weak = "ann@example.org:ann-s3cret", "bob@example.org:bob-s3cret", "weak@example.org:weak-s3cret"
	stranger       = "nobody@example.org:nobody-s3cret"
)

func newFake(isCloud bool) *fake {
	return &fake{
		isCloud: isCloud, now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC),
		index: make(map[string]entry), token: make(map[string]int),
		users: map[string]user{ann: {id: "1:ann", name: "Ann Example"}, bob: {id: "2:bob", name: "Bob"}, weak: {id: "3:weak", name: "Weak", isWeak: true}},
	}
}

// client is one with a key, on a server of its own.
func (f *fake) client(t *testing.T, key string, opt jira.Options) *jira.Client {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	if !f.isCloud {
		key = strings.ReplaceAll(key, ":", "-") // an access token has no colon
	}
	s, err := web.New(server.URL+"/jira", web.Options{Insecure: true, Header: jira.Header(key), Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	opt.Project = cmp.Or(opt.Project, "MOODLE")
	return jira.New(s, opt)
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
	f.ServeHTTP(recorder, r)
	time.Sleep(f.latency / 2)
	return recorder.Result(), nil
}

// learn lets the index know everything.
func (f *fake) learn() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.isLate = false
	for _, e := range f.issues {
		f.index[e.key()] = *e
	}
}

type reply struct {
	status int
	body   any
}

func said(field, text string) *reply {
	return &reply{400, map[string]any{"errorMessages": []string{}, "errors": map[string]string{field: text}}}
}

func gone() *reply {
	return &reply{404, map[string]any{"errorMessages": []string{"Issue does not exist or you do not have permission to see it."}}}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path, _ := strings.CutPrefix(r.URL.Path, "/jira/rest/api/2/")
	f.sent = append(f.sent, r.Method+" "+path)
	body, _ := io.ReadAll(r.Body)
	who, ok := f.user(r.Header.Get("Authorization"))
	answer := &reply{401, map[string]any{"errorMessages": []string{"You are not authenticated."}}}
	if ok {
		answer = f.serve(who, r, path, body)
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(answer.status)
	if answer.body != nil {
		_ = json.NewEncoder(w).Encode(answer.body) // the client may be gone
	}
}

func (f *fake) user(header string) (user, bool) {
	for key, u := range f.users {
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte(key))
		if !f.isCloud {
			want = "Bearer " + strings.ReplaceAll(key, ":", "-")
		}
		if header == want {
			return u, true
		}
	}
	return user{}, false
}

func (f *fake) person(u user) map[string]any {
	if f.isCloud {
		return map[string]any{"accountId": u.id, "displayName": u.name, "active": true}
	}
	return map[string]any{"name": u.id, "key": "JIRAUSER1", "displayName": u.name, "emailAddress": "x@example.org", "active": true}
}

var (
	issuePath = regexp.MustCompile(`^issue/MOODLE-(\d+)(/comment|/transitions)?$`)
	queries   = regexp.MustCompile(`^(?:project = "MOODLE" AND labels = "([^"]+)"|parent = "([^"]+)") ORDER BY created ASC, key ASC$`)
)

func (f *fake) serve(who user, r *http.Request, path string, body []byte) *reply {
	query := r.URL.Query()
	switch r.Method + " " + path {
	case "GET myself":
		return &reply{200, f.person(who)}
	case "GET mypermissions":
		if query.Get("projectKey") != "MOODLE" {
			return &reply{404, map[string]any{"errorMessages": []string{"No project could be found with key."}}}
		}
		if query.Get("permissions") == "" {
			return said("permissions", "The 'permissions' query parameter is required.")
		}
		return &reply{200, map[string]any{"permissions": map[string]any{query.Get("permissions"): map[string]any{"havePermission": true}}}}
	case "GET project/MOODLE/statuses":
		var all []any
		for _, name := range []string{"To Do", "In Progress", "Done", "Rejected"} {
			all = append(all, statusJSON(name))
		}
		var types []any
		for _, id := range []string{"1", "2", "3", "4"} {
			types = append(types, map[string]any{"id": id, "name": kinds()[id], "subtask": id > "2", "statuses": all})
		}
		return &reply{200, types}
	case "GET user/assignable/search":
		if query.Get("startAt") != "0" {
			return &reply{200, []any{}}
		}
		return &reply{200, []any{f.person(f.users[ann]), f.person(f.users[bob]), map[string]any{"accountId": "9", "name": "left", "active": false}}}
	case "GET field":
		kind := func(id, kind, items string) any {
			return map[string]any{"id": id, "name": "x", "schema": map[string]any{"type": kind, "items": items}}
		}
		return &reply{200, []any{
			map[string]any{"id": "summary"},
			kind("customfield_1", "string", ""), kind("customfield_2", "number", ""), kind("customfield_3", "option", ""),
			kind("customfield_4", "array", "option"), kind("customfield_5", "array", "string"), kind("customfield_6", "user", ""),
		}}
	case "POST search", "POST search/jql":
		if f.isCloud != (path == "search/jql") {
			return &reply{410, map[string]any{"errorMessages": []string{"The requested API has been removed."}}}
		}
		return f.search(body)
	case "POST issue":
		return f.create(who, body)
	case "POST issue/bulkfetch":
		if !f.isCloud {
			return &reply{405, nil}
		}
		return f.bulk(body)
	case "POST issueLink":
		return f.link(body)
	}
	parts := issuePath.FindStringSubmatch(path)
	if parts == nil {
		return gone()
	}
	number, _ := strconv.Atoi(parts[1])
	if number < 1 || number > len(f.issues) || f.issues[number-1] == nil {
		return gone()
	}
	return f.serveIssue(who, r, f.issues[number-1], parts[2], body)
}

func (f *fake) serveIssue(who user, r *http.Request, e *entry, part string, body []byte) *reply {
	switch r.Method + " " + part {
	case "GET ":
		answer := f.json(*e, strings.Split(r.URL.Query().Get("fields"), ","))
		if r.URL.Query().Get("expand") == "transitions" {
			var all []any
			for i, name := range workflow()[e.status] {
				if !who.isWeak {
					all = append(all, map[string]any{"id": strconv.Itoa(10 + i), "name": "go", "to": statusJSON(name)})
				}
			}
			answer["transitions"] = all
		}
		return &reply{200, answer}
	case "PUT ":
		return f.edit(e, body)
	case "POST /transitions":
		var asked struct{ Transition struct{ ID string } }
		_ = json.Unmarshal(body, &asked)
		i, err := strconv.Atoi(asked.Transition.ID)
		if next := workflow()[e.status]; err == nil && i >= 10 && i < 10+len(next) && !who.isWeak {
			e.status = next[i-10]
			f.changed(e)
			return &reply{204, nil}
		}
		return &reply{400, map[string]any{"errorMessages": []string{"It seems that you have tried to perform an illegal workflow operation."}}}
	case "POST /comment":
		var asked struct{ Body string }
		_ = json.Unmarshal(body, &asked)
		return &reply{201, f.comment(e, who, asked.Body, nil)}
	case "GET /comment":
		start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
		end := min(start+2, len(e.comments)) // two a page, whatever is asked for
		return &reply{200, map[string]any{"comments": e.comments[min(start, end):end], "total": len(e.comments), "maxResults": 2}}
	}
	return gone()
}

func (f *fake) comment(e *entry, who user, text string, extra map[string]any) map[string]any {
	f.changed(e)
	n := map[string]any{"id": strconv.Itoa(10_000 + len(e.comments)), "author": f.person(who), "body": f.lines(text), "created": stamp(e.updated), "jsdPublic": true}
	for name, value := range extra {
		n[name] = value
	}
	e.comments = append(e.comments, n)
	return n
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000-0700") }

// changed moves the clock, and tells the index.
func (f *fake) changed(e *entry) {
	f.now = f.now.Add(time.Millisecond)
	if f.clock != nil && f.clock().After(f.now) {
		f.now = f.clock().Truncate(time.Millisecond)
	}
	e.updated = f.now
	if !f.isLate {
		f.index[e.key()] = *e
	}
}

// lines are how a text comes back.
func (f *fake) lines(text string) string {
	if !f.isCloud {
		return strings.ReplaceAll(text, "\n", "\r\n")
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "mgit:") || strings.HasPrefix(line, "(mgit") {
			line = strings.NewReplacer("_", `\_`, "-", `\-`, "(", `\(`).Replace(line)
		}
		b.WriteString(line)
	}
	return b.String()
}

func (f *fake) json(e entry, names []string) map[string]any {
	links, subtasks := []any{}, []any{}
	for _, key := range e.links {
		links = append(links, map[string]any{"type": map[string]any{"name": "Relates"}, "outwardIssue": map[string]any{"key": key}})
	}
	for _, other := range f.issues {
		if other != nil && other.parent == e.key() {
			subtasks = append(subtasks, map[string]any{"key": other.key()})
		}
	}
	all := map[string]any{
		"issuetype": map[string]any{"id": e.kind, "name": kinds()[e.kind]}, "summary": e.summary, "description": nil, "status": statusJSON(e.status), "assignee": nil, "fixVersions": []any{},
		"updated": stamp(e.updated), "issuelinks": links, "subtasks": subtasks, "labels": e.labels,
		"comment": map[string]any{"comments": e.comments[:min(len(e.comments), 2)], "total": len(e.comments)},
	}
	if e.description != "" {
		all["description"] = f.lines(e.description)
	}
	if e.assignee != "" {
		for _, u := range f.users {
			if u.id == e.assignee {
				all["assignee"] = f.person(u)
			}
		}
	}
	if e.version != "" {
		all["fixVersions"] = []any{map[string]any{"name": e.version}}
	}
	if e.parent != "" {
		all["parent"] = map[string]any{"key": e.parent}
	}
	for id, value := range e.fields {
		all[id] = value
	}
	fields := make(map[string]any)
	for _, name := range names {
		if value, ok := all[name]; ok {
			fields[name] = value
		}
	}
	return map[string]any{"id": strconv.Itoa(100_000 + e.number), "key": e.key(), "fields": fields}
}

func (f *fake) search(body []byte) *reply {
	var asked struct {
		JQL           string
		Fields        []string
		MaxResults    int
		StartAt       int
		NextPageToken string
	}
	if json.Unmarshal(body, &asked) != nil {
		return said("jql", "malformed")
	}
	parts := queries.FindStringSubmatch(asked.JQL)
	if parts == nil {
		return said("jql", "Error in the JQL Query: "+asked.JQL)
	}
	var found []entry
	for _, e := range f.index {
		if parts[1] != "" && slices.Contains(e.labels, parts[1]) || parts[2] != "" && e.parent == parts[2] {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b entry) int { return a.number - b.number })
	if f.isCloud {
		asked.StartAt = f.token[asked.NextPageToken]
	}
	most := min(asked.MaxResults, 100)
	page := found[min(asked.StartAt, len(found)):min(asked.StartAt+most, len(found))]
	answer := map[string]any{}
	var issues []any
	for _, e := range page {
		issues = append(issues, f.json(e, asked.Fields))
	}
	answer["issues"] = issues
	next := asked.StartAt + len(page)
	if !f.isCloud {
		answer["total"], answer["maxResults"], answer["startAt"] = cmp.Or(f.total, len(found)), most, asked.StartAt
	} else if answer["isLast"] = next >= len(found); next < len(found) {
		name := fmt.Sprint("page-", next)
		f.token[name], answer["nextPageToken"] = next, name
	}
	return &reply{200, answer}
}

func (f *fake) bulk(body []byte) *reply {
	var asked struct {
		IssueIdsOrKeys []string
		Fields         []string
	}
	if json.Unmarshal(body, &asked) != nil || len(asked.IssueIdsOrKeys) > 100 {
		return said("issueIdsOrKeys", "too many")
	}
	issues := []any{}
	for _, e := range f.issues {
		if e != nil && slices.Contains(asked.IssueIdsOrKeys, e.key()) {
			issues = append(issues, f.json(*e, asked.Fields))
		}
	}
	return &reply{200, map[string]any{"issues": issues, "issueErrors": []any{}}}
}

func (f *fake) create(who user, body []byte) *reply {
	var asked struct{ Fields map[string]json.RawMessage }
	if json.Unmarshal(body, &asked) != nil {
		return said("", "malformed")
	}
	if who.isWeak {
		return &reply{400, map[string]any{"errorMessages": []string{"You do not have permission to create issues in this project."}}}
	}
	e := &entry{number: len(f.issues) + 1, status: "To Do", fields: make(map[string]json.RawMessage), assignee: f.users[bob].id} // the project's lead
	var kind struct{ ID string }
	_ = json.Unmarshal(asked.Fields["issuetype"], &kind)
	e.kind = kind.ID
	if isSub := kind.ID == "3" || kind.ID == "4"; isSub != (asked.Fields["parent"] != nil) {
		return said("issuetype", "The issue type selected is invalid.")
	}
	delete(asked.Fields, "issuetype")
	delete(asked.Fields, "project")
	if refused := f.set(e, asked.Fields); refused != nil {
		return refused
	}
	if e.summary == "" {
		return said("summary", "You must specify a summary of the issue.")
	}
	f.issues = append(f.issues, e)
	f.changed(e)
	return &reply{201, map[string]any{"id": strconv.Itoa(100_000 + e.number), "key": e.key()}}
}

func (f *fake) edit(e *entry, body []byte) *reply {
	var asked struct {
		Fields map[string]json.RawMessage
		Update struct{ Labels []map[string]string }
	}
	if json.Unmarshal(body, &asked) != nil {
		return said("", "malformed")
	}
	if e.status == "Rejected" {
		return &reply{400, map[string]any{"errorMessages": []string{"The issue cannot be edited in its status."}}}
	}
	if !f.isCloud && asked.Fields["parent"] != nil {
		return said("parent", "Field 'parent' cannot be set. It is not on the appropriate screen, or unknown.")
	}
	changed := *e
	if refused := f.set(&changed, asked.Fields); refused != nil {
		return refused
	}
	for _, l := range asked.Update.Labels {
		if !slices.Contains(changed.labels, l["add"]) {
			changed.labels = append(slices.Clone(changed.labels), l["add"])
		}
	}
	*e = changed
	f.changed(e)
	return &reply{204, nil}
}

// set sets fields as both creating and editing do.
func (f *fake) set(e *entry, fields map[string]json.RawMessage) *reply {
	own := make(map[string]json.RawMessage)
	for id, value := range e.fields {
		own[id] = value
	}
	for name, value := range fields {
		var text string
		var people struct{ ID, Name string }
		var versions []struct{ Name string }
		var key struct{ Key string }
		switch {
		case name == "summary":
			if json.Unmarshal(value, &text) != nil || text == "" || strings.ContainsAny(text, "\r\n") || utf8.RuneCountInString(text) > 255 {
				return said(name, "Summary must be less than 255 characters.")
			}
			e.summary = text
		case name == "description":
			if json.Unmarshal(value, &text) != nil || utf8.RuneCountInString(text) > 32_767 {
				return said(name, "The entered text is too long. It exceeds the allowed limit of 32,767 characters.")
			}
			e.description = text
		case name == "assignee":
			if err := json.Unmarshal(value, &people); err != nil {
				return said(name, "expected an object")
			}
			id := people.Name
			if f.isCloud {
				id = people.ID
			}
			if id != f.users[ann].id && id != f.users[bob].id && (id != "" || f.mustAssign) {
				return said(name, fmt.Sprintf("User '%s' cannot be assigned issues.", id))
			}
			e.assignee = id
		case name == "fixVersions":
			if json.Unmarshal(value, &versions) != nil {
				return said(name, "expected an array")
			}
			e.version = ""
			for _, v := range versions {
				if v.Name != "5.1" {
					return said(name, fmt.Sprintf("Version name '%s' is not valid", v.Name))
				}
				e.version = v.Name
			}
		case name == "parent":
			_ = json.Unmarshal(value, &key)
			if !slices.ContainsFunc(f.issues, func(o *entry) bool { return o != nil && o.key() == key.Key && o.parent == "" }) {
				return said("parent", "Could not find valid 'id' or 'key' to determine the parent issue.")
			}
			e.parent = key.Key
		case name == "labels" && !f.noLabels:
			if json.Unmarshal(value, &e.labels) != nil || strings.Contains(strings.Join(e.labels, ""), " ") {
				return said(name, "The label contains spaces which is invalid.")
			}
		case strings.HasPrefix(name, "customfield_"):
			own[name] = value
			if string(value) == "5" {
				own[name] = json.RawMessage("5.0")
			}
		default:
			return said(name, fmt.Sprintf("Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", name))
		}
	}
	e.fields = own
	return nil
}

func (f *fake) link(body []byte) *reply {
	var asked struct {
		Type                      struct{ Name string }
		InwardIssue, OutwardIssue struct{ Key string }
	}
	_ = json.Unmarshal(body, &asked)
	if asked.Type.Name != "Relates" {
		return &reply{404, map[string]any{"errorMessages": []string{fmt.Sprintf("No issue link type with name '%s' found.", asked.Type.Name)}}}
	}
	var ends []*entry
	for _, key := range []string{asked.InwardIssue.Key, asked.OutwardIssue.Key} {
		i := slices.IndexFunc(f.issues, func(e *entry) bool { return e != nil && e.key() == key })
		if i < 0 {
			return gone()
		}
		ends = append(ends, f.issues[i])
	}
	ends[0].links, ends[1].links = append(slices.Clone(ends[0].links), ends[1].key()), append(slices.Clone(ends[1].links), ends[0].key())
	f.changed(ends[0])
	f.changed(ends[1])
	return &reply{201, nil}
}

// requests is how many were sent since the last call.
func (f *fake) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	sent := f.sent
	f.sent = nil
	return sent
}
