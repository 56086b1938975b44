package gitlab_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// change is the body of a request that makes or changes an issue.
type change struct {
	Title       *string
	Description *string
	Type        string `json:"issue_type"`
	Labels      *string
	Add         string `json:"add_labels"`
	Remove      string `json:"remove_labels"`
	Event       string `json:"state_event"`
	Assignees   *[]int `json:"assignee_ids"`
	Milestone   *int   `json:"milestone_id"`
}

func (f *fake) create(w http.ResponseWriter, r *http.Request) {
	i := &record{iid: len(f.issues) + 1, kind: "issue", state: "opened", author: who(r), listed: f.lists + f.lag + 1}
	if !f.set(w, r, i) {
		return
	}
	f.issues = append(f.issues, i)
	reply(w, 201, f.shown(i))
}

func (f *fake) put(w http.ResponseWriter, r *http.Request) {
	i := f.find(w, r)
	switch {
	case i == nil:
	case !mayLabel(who(r)) && i.author != who(r):
		fail(w, 403, "403 Forbidden")
	case f.set(w, r, i):
		reply(w, 200, f.shown(i))
	}
}

// set does what a request asks for, as far as who may; it answers and returns false when
// it is not valid.
func (f *fake) set(w http.ResponseWriter, r *http.Request, i *record) bool {
	var body change
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		fail(w, 400, "400 Bad request - Malformed JSON")
		return false
	}
	changed := *i
	if body.Title != nil {
		changed.title = strings.TrimSpace(*body.Title)
	}
	if body.Description != nil {
		changed.body = *body.Description
	}
	switch {
	case body.Title == nil && i.title == "":
		reply(w, 400, map[string]any{"error": "title is missing"})
		return false
	case changed.title == "":
		fail(w, 400, map[string]any{"title": []string{"can't be blank"}})
		return false
	case utf8.RuneCountInString(changed.title) > 255:
		fail(w, 400, map[string]any{"title": []string{"is too long (maximum is 255 characters)"}})
		return false
	case body.Type != "" && body.Type != "issue" && (body.Type != "task" || f.noTasks):
		reply(w, 400, map[string]any{"error": "issue_type does not have a valid value"})
		return false
	}
	if body.Type != "" {
		changed.kind = body.Type
	}
	if mayLabel(who(r)) {
		f.setGuarded(&changed, body)
	}
	switch body.Event {
	case "close":
		changed.state = "closed"
	case "reopen":
		changed.state = "opened"
	}
	*i = changed
	f.touch(i)
	return true
}

// setGuarded does what guests may not; what is not there is left out in silence.
func (f *fake) setGuarded(i *record, body change) {
	if !f.noLabels {
		if body.Labels != nil {
			i.labels = split(*body.Labels)
		}
		i.labels = slices.DeleteFunc(slices.Clone(i.labels), func(l string) bool { return slices.Contains(split(body.Remove), l) })
		for _, label := range split(body.Add) {
			if !slices.Contains(i.labels, label) {
				i.labels = append(i.labels, label)
			}
		}
		slices.Sort(i.labels)
	}
	if body.Assignees != nil {
		i.assignee = 0
		for _, id := range *body.Assignees {
			if names()[id] != "" && id != 14 {
				i.assignee = id
			}
		}
	}
	if body.Milestone != nil {
		i.milestone = 0
		if *body.Milestone >= 500 && *body.Milestone < 500+len(f.milestones) {
			i.milestone = *body.Milestone
		}
	}
}

func split(labels string) []string {
	return strings.FieldsFunc(labels, func(c rune) bool { return c == ',' })
}

func (f *fake) note(w http.ResponseWriter, r *http.Request) {
	i := f.find(w, r)
	if i == nil {
		return
	}
	var body struct {
		Body     string
		Internal bool
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || strings.TrimSpace(body.Body) == "" {
		reply(w, 400, map[string]any{"error": "body is missing"})
		return
	}
	reply(w, 201, f.add(i, who(r), body.Body, map[string]any{"internal": body.Internal, "confidential": body.Internal}))
}

// linked are the issues that one is linked with, each with the number of the link.
func (f *fake) linked(iid int) map[int]int {
	linked := map[int]int{}
	for _, l := range f.links {
		if l.from == iid {
			linked[l.to] = l.id
		}
		if l.to == iid {
			linked[l.from] = l.id
		}
	}
	return linked
}

func (f *fake) listLinks(w http.ResponseWriter, r *http.Request) {
	i := f.find(w, r)
	if i == nil {
		return
	}
	all := []any{}
	linked := f.linked(i.iid)
	for _, other := range f.issues {
		if id := linked[other.iid]; id != 0 {
			shown := f.shown(other)
			shown["issue_link_id"], shown["link_type"] = id, "relates_to"
			all = append(all, shown)
		}
	}
	reply(w, 200, all) // all at once
}

func (f *fake) link(w http.ResponseWriter, r *http.Request) {
	i := f.find(w, r)
	if i == nil {
		return
	}
	var body struct {
		Project string `json:"target_project_id"`
		IID     string `json:"target_issue_iid"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	to, _ := strconv.Atoi(body.IID)
	switch {
	case body.Project != path && body.Project != "77", to < 1, to > len(f.issues):
		fail(w, 404, "404 Not found")
	case !mayLabel(who(r)):
		fail(w, 403, "403 Forbidden")
	case f.linked(i.iid)[to] != 0:
		fail(w, 409, "Issue(s) already assigned")
	case i.parent == to || f.issues[to-1].parent == i.iid:
		fail(w, 422, fmt.Sprintf("#%d cannot be added: is a parent or child of this issue", to))
	default:
		f.count++
		f.links = append(f.links, link{700 + f.count, i.iid, to})
		reply(w, 201, map[string]any{"source_issue": f.shown(i), "target_issue": f.shown(f.issues[to-1]), "link_type": "relates_to"})
	}
}

func (f *fake) unlink(w http.ResponseWriter, r *http.Request) {
	before := len(f.links)
	f.links = slices.DeleteFunc(f.links, func(l link) bool { return strconv.Itoa(l.id) == r.PathValue("link") })
	if len(f.links) == before {
		fail(w, 404, "404 Not found")
		return
	}
	reply(w, 200, map[string]any{"link_type": "relates_to"})
}

// graph answers the three questions that are asked in GraphQL.
func (f *fake) graph(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Query     string
		Variables struct {
			Path, ID      string
			IIDs          []string
			After, Parent *string
		}
	}
	switch err := json.NewDecoder(r.Body).Decode(&body); {
	case f.graphQL == "html":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		return
	case f.graphQL == "error":
		reply(w, 200, map[string]any{"errors": []any{map[string]any{"message": "Field 'workItems' doesn't exist on type 'Project'"}}})
		return
	case err != nil || strings.Count(body.Query, "{") != strings.Count(body.Query, "}"):
		reply(w, 200, map[string]any{"errors": []any{map[string]any{"message": "Parse error on \"}\""}}})
		return
	}
	v := body.Variables
	if strings.HasPrefix(body.Query, "query") {
		f.asked[len(f.asked)-1] = "GET /api/graphql" // for who counts writes
	}
	switch {
	case strings.Contains(body.Query, "workItemUpdate("):
		f.setParent(w, who(r), v.ID, v.Parent)
	case strings.Contains(body.Query, "workItems(iids: $iids"):
		f.parents(w, v.Path, v.IIDs)
	case strings.Contains(body.Query, "children(first: 100, after: $after)"):
		f.children(w, v.ID, v.After)
	default:
		reply(w, 200, map[string]any{"errors": []any{map[string]any{"message": "no such field"}}})
	}
}

// byGlobal is the issue that GraphQL names.
func (f *fake) byGlobal(id string) *record {
	n, err := strconv.Atoi(strings.TrimPrefix(id, "gid://gitlab/WorkItem/"))
	if err != nil || n <= 9000 || n > 9000+len(f.issues) {
		return nil
	}
	return f.issues[n-9001]
}

func (f *fake) setParent(w http.ResponseWriter, who int, id string, parent *string) {
	says := func(errors ...string) {
		reply(w, 200, map[string]any{"data": map[string]any{"workItemUpdate": map[string]any{"errors": append([]string{}, errors...)}}})
	}
	i := f.byGlobal(id)
	if i == nil || !mayLabel(who) {
		reply(w, 200, map[string]any{
			"data":   map[string]any{"workItemUpdate": nil},
			"errors": []any{map[string]any{"message": "The resource that you are attempting to access does not exist or you don't have permission to perform this action", "path": []string{"workItemUpdate"}}},
		})
		return
	}
	if f.graphQL == "flag" {
		says("`work_items` feature flag disabled for this project")
		return
	}
	if parent == nil {
		i.parent = 0
		says()
		return
	}
	top := f.byGlobal(*parent)
	below := 0
	for _, other := range f.issues {
		if top != nil && other.parent == top.iid {
			below++
		}
	}
	name := fmt.Sprintf("#%d cannot be added: ", i.iid)
	switch {
	case top == nil:
		says("No matching work item found.")
	case i.kind != "task" || top.kind != "issue":
		says(name + "it's not allowed to add this type of parent item")
	case f.linked(i.iid)[top.iid] != 0:
		says(name + "cannot assign a linked work item as a parent")
	case below >= f.room && i.parent != top.iid:
		says(name + "parent already has maximum number of children.")
	default:
		i.parent = top.iid
		says()
	}
}

func (f *fake) parents(w http.ResponseWriter, of string, iids []string) {
	if !strings.EqualFold(of, path) {
		reply(w, 200, map[string]any{"data": map[string]any{"project": nil}})
		return
	}
	nodes := []any{}
	for _, i := range f.issues {
		if i.foreign || !slices.Contains(iids, strconv.Itoa(i.iid)) {
			continue
		}
		var parent any
		if i.parent != 0 {
			parent = map[string]any{"id": fmt.Sprint("gid://gitlab/WorkItem/", 9000+i.parent), "iid": strconv.Itoa(i.parent)}
		}
		if i.parent != 0 && f.issues[i.parent-1].foreign {
			parent.(map[string]any)["iid"] = "1" // its number is that of another issue here
		}
		nodes = append(nodes, map[string]any{"iid": strconv.Itoa(i.iid), "widgets": []any{map[string]any{}, map[string]any{"parent": parent}, map[string]any{}}})
	}
	reply(w, 200, map[string]any{"data": map[string]any{"project": map[string]any{"workItems": map[string]any{"nodes": nodes}}}})
}

func (f *fake) children(w http.ResponseWriter, id string, after *string) {
	i := f.byGlobal(id)
	if i == nil {
		reply(w, 200, map[string]any{"data": map[string]any{"workItem": nil}})
		return
	}
	begin, nodes, more := 0, []any{}, false
	if after != nil {
		begin, _ = strconv.Atoi(*after)
	}
	for _, other := range f.issues[begin:] {
		if other.parent != i.iid {
			continue
		}
		if more = len(nodes) == f.page; more {
			break
		}
		nodes = append(nodes, map[string]any{"iid": strconv.Itoa(other.iid)})
		begin = other.iid
	}
	connection := map[string]any{"nodes": nodes, "pageInfo": map[string]any{"hasNextPage": more, "endCursor": strconv.Itoa(begin)}}
	reply(w, 200, map[string]any{"data": map[string]any{"workItem": map[string]any{"widgets": []any{map[string]any{}, map[string]any{"children": connection}}}}})
}

// hide adds a note that guests do not see, and what GitLab notes by itself.
func (f *fake) hide(iid int, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.issues[iid-1]
	f.add(i, 12, "changed the description", map[string]any{"system": true})
	f.add(i, 12, text, map[string]any{"internal": true, "confidential": true})
	f.now = f.now.Add(time.Millisecond)
}
