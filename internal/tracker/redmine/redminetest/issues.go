package redminetest

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// issue is one that is held; numbers are of what the names stand for, and 0 is none.
type issue struct {
	id, project, tracker, status, parent, author, assignee, version, done int
	subject, description                                                  string
	isPrivate                                                             bool
	fields                                                                [3]string
	created, updated                                                      time.Time
	journals                                                              []journal
}

// journal is a change; details that the client does not read are not kept.
type journal struct {
	id, user  int
	notes     string
	isPrivate bool
	created   time.Time
}

func (r *Redmine) isVisible(u *user, i *issue) bool {
	if !r.may(u, "view_issues") {
		return false
	}
	return !i.isPrivate || u.login == "admin" || r.roles[u.role].seesAll || i.author == u.id || i.assignee == u.id
}

func (r *Redmine) children(id int) []*issue {
	var list []*issue
	for _, i := range r.sorted() {
		if i.parent == id {
			list = append(list, i)
		}
	}
	return list
}

// sorted are all issues by number.
func (r *Redmine) sorted() []*issue {
	var list []*issue
	for id := 1; id <= r.last; id++ {
		if i := r.issues[id]; i != nil {
			list = append(list, i)
		}
	}
	return list
}

func (r *Redmine) show(i *issue, include string, u *user) object {
	o := object{
		"id": i.id, "project": named(i.project, r.projects[i.project-1].name),
		"tracker": named(i.tracker, trackers()[i.tracker]),
		"status":  object{"id": i.status, "name": r.statuses[i.status], "is_closed": isClosed(i.status)},
		"author":  named(i.author, r.userBy(i.author).name()),
		"subject": i.subject, "description": i.description, "done_ratio": i.done, "is_private": i.isPrivate,
		"created_on": i.created, "updated_on": i.updated,
	}
	if i.description == "" {
		o["description"] = nil
	}
	if i.parent != 0 {
		o["parent"] = object{"id": i.parent}
	}
	if i.assignee != 0 {
		o["assigned_to"] = named(i.assignee, r.userBy(i.assignee).name())
	}
	if i.version != 0 {
		o["fixed_version"] = named(i.version, r.versions[i.version-1].name)
	}
	var custom []object
	for id, name := range fields()[1:] {
		custom = append(custom, object{"id": id + 1, "name": name, "value": i.fields[id+1]})
	}
	o["custom_fields"] = custom
	for _, name := range strings.Split(include, ",") {
		switch name {
		case "relations":
			o["relations"] = r.relations(i)
		case "journals":
			o["journals"] = r.journalsOf(i, u)
		}
	}
	return o
}

func (r *Redmine) relations(i *issue) []object {
	list := []object{}
	for _, l := range r.links {
		if l.from == i.id || l.to == i.id {
			list = append(list, object{"id": l.id, "issue_id": l.from, "issue_to_id": l.to, "relation_type": "relates", "delay": nil})
		}
	}
	return list
}

func (r *Redmine) journalsOf(i *issue, u *user) []object {
	list := []object{}
	for _, j := range i.journals {
		if j.isPrivate && j.user != u.id && !r.may(u, "view_private_notes") {
			continue
		}
		list = append(list, object{
			"id": j.id, "user": named(j.user, r.userBy(j.user).name()), "notes": j.notes,
			"created_on": j.created, "private_notes": j.isPrivate, "details": []object{},
		})
	}
	return list
}

// onIssue reads or changes one.
func (r *Redmine) onIssue(request *http.Request, u *user, id string, body object) answer {
	n, _ := strconv.Atoi(id)
	i := r.issues[n]
	switch {
	case i == nil:
		return answer{http.StatusNotFound, nil}
	case !r.isVisible(u, i):
		return r.denied(u)
	case request.Method == http.MethodGet:
		o := r.show(i, request.URL.Query().Get("include"), u)
		for _, name := range []string{"relations"} {
			if list, ok := o[name].([]object); ok && len(list) == 0 {
				delete(o, name)
			}
		}
		return answer{http.StatusOK, object{"issue": o}}
	case request.Method == http.MethodPut:
		return r.change(u, i, asObject(body["issue"]))
	}
	return answer{http.StatusNotFound, nil}
}

// list answers with the issues that pass the filters, open ones only where nothing is
// said about the status.
func (r *Redmine) list(request *http.Request, u *user, p *project) answer {
	q := request.URL.Query()
	filters := filtersOf(q)
	all := []object{}
	for _, i := range r.sorted() {
		switch {
		case !r.isVisible(u, i):
		case p != nil && i.project != p.id && r.projects[i.project-1].parent != p.id:
		case !passes(i, filters):
		default:
			all = append(all, r.show(i, q.Get("include"), u))
		}
	}
	if q.Get("sort") != "id" {
		slices.Reverse(all)
	}
	return paged(request, "issues", all)
}

type filter struct{ operator, value string }

// filtersOf reads both forms of filters.
func filtersOf(q url.Values) map[string]filter {
	filters := map[string]filter{}
	if q.Has("f[]") {
		for _, name := range q["f[]"] {
			filters[name] = filter{q.Get("op[" + name + "]"), q.Get("v[" + name + "][]")}
		}
		return filters
	}
	filters["status_id"] = filter{"o", ""}
	for _, name := range []string{"status_id", "parent_id", "description", "subject"} {
		if !q.Has(name) {
			continue
		}
		operator := regexp.MustCompile(`^[~*]?`).FindString(q.Get(name))
		value, _, _ := strings.Cut(q.Get(name)[len(operator):], "|")
		filters[name] = filter{cmp.Or(operator, "="), value}
	}
	return filters
}

func passes(i *issue, filters map[string]filter) bool {
	for name, f := range filters {
		ok := true
		switch name {
		case "status_id":
			ok = f.operator == "*" || f.operator == "o" && !isClosed(i.status) || f.value == strconv.Itoa(i.status)
		case "parent_id":
			ok = f.value == strconv.Itoa(i.parent)
		case "description":
			ok = isLike(i.description, f.value)
		case "subject":
			ok = isLike(i.subject, f.value)
		}
		if !ok {
			return false
		}
	}
	return true
}

// isLike is Redmine's search in a text: five words or quoted phrases at most, of two
// letters at least, all of them somewhere, ASCII letters in either case.
func isLike(text, wanted string) bool {
	var words []string
	for _, word := range regexp.MustCompile(`(?:\s|^)"[^"]+"(?:\s|$)|\S+`).FindAllString(wanted, -1) {
		word = strings.Trim(word, " \t\n\"")
		if len([]rune(word)) > 1 && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		words = []string{wanted}
	}
	for _, word := range words[:min(len(words), 5)] {
		if !strings.Contains(lower(text), lower(word)) {
			return false
		}
	}
	return true
}

// lower makes the letters small that SQLite takes for the same.
func lower(text string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, text)
}
