package redminetest

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// answer is what goes out; a body of nil is none.
type answer struct {
	status int
	body   any
}

type object = map[string]any

func (a answer) write(w http.ResponseWriter) {
	if a.body == nil {
		if a.status != http.StatusNoContent {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	// The client may be gone; there is nobody else to tell.
	_ = json.NewEncoder(w).Encode(a.body)
}

func refusal(reasons ...string) answer {
	return answer{http.StatusUnprocessableEntity, object{"errors": append([]string{}, reasons...)}}
}

func named(id int, name string) object { return object{"id": id, "name": name} }

// denied is what those get who may not: those who are nobody are asked for a key, unless
// there is no use in one.
func (r *Redmine) denied(u *user) answer {
	if u.isKnown() || r.settings["rest_api_enabled"] != "1" {
		return answer{http.StatusForbidden, nil}
	}
	return answer{http.StatusUnauthorized, nil}
}

// route answers a request.
func (r *Redmine) route(request *http.Request) answer {
	path, isJSON := strings.CutSuffix(strings.Trim(request.URL.Path, "/"), ".json")
	parts := strings.Split(path, "/")
	u := r.userOf(request)
	if !isJSON {
		return answer{http.StatusNotFound, nil}
	}
	body := object{}
	if request.Method != http.MethodGet {
		kind, _, _ := mime.ParseMediaType(request.Header.Get("Content-Type"))
		if kind == "application/json" {
			if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
				return answer{http.StatusBadRequest, nil}
			}
		}
	}
	what := request.Method + " " + parts[0]
	switch {
	case what == "GET users" && path == "users/current":
		return r.showMe(u, request.URL.Query().Get("include") == "memberships")
	case what == "GET projects" && len(parts) == 3 && parts[2] == "issues":
		return r.inProject(u, parts[1], "view_issues", func(p *project) answer { return r.list(request, u, p) })
	case what == "GET projects":
		return r.inProject(u, parts[1], "", func(p *project) answer { return r.showProject(request, p, parts[2:]) })
	case what == "GET roles" && len(parts) == 2:
		return r.showRole(parts[1])
	case path == "issue_statuses":
		return answer{http.StatusOK, object{"issue_statuses": listed(r.statuses, func(id int, o object) { o["is_closed"] = isClosed(id) })}}
	case path == "issues" && request.Method == http.MethodGet:
		return r.list(request, u, nil)
	case path == "issues" && request.Method == http.MethodPost:
		return r.create(u, asObject(body["issue"]))
	case parts[0] == "issues" && len(parts) == 2:
		return r.onIssue(request, u, parts[1], body)
	case what == "POST issues" && len(parts) == 3 && parts[2] == "relations":
		return r.relate(u, parts[1], asObject(body["relation"]))
	}
	return answer{http.StatusNotFound, nil}
}

func asObject(v any) object {
	o, _ := v.(map[string]any)
	return o
}

// listed are names with their numbers; number 0 is none.
func listed(names []string, more func(int, object)) []object {
	var list []object
	for id, name := range names[1:] {
		o := named(id+1, name)
		if more != nil {
			more(id+1, o)
		}
		list = append(list, o)
	}
	return list
}

// inProject answers for a project if the user may do something there. All projects are
// private: who is no member sees none.
func (r *Redmine) inProject(u *user, name, permission string, f func(*project) answer) answer {
	p := r.projectBy(name)
	switch {
	case p == nil:
		return answer{http.StatusNotFound, nil}
	case u.login != "admin" && (u.role == "" || permission != "" && !r.may(u, permission)):
		return r.denied(u)
	}
	return f(p)
}

func (r *Redmine) showMe(u *user, withMemberships bool) answer {
	if !u.isKnown() {
		return r.denied(u)
	}
	me := object{"id": u.id, "login": u.login, "firstname": u.first, "lastname": u.last, "admin": u.login == "admin"}
	if u.login == "admin" {
		me["status"] = 1
	}
	if !withMemberships {
		return answer{http.StatusOK, object{"user": me}}
	}
	memberships := []object{}
	if u.role != "" {
		for _, p := range r.projects {
			memberships = append(memberships, r.membership(u, p, false))
		}
	}
	me["memberships"] = memberships
	return answer{http.StatusOK, object{"user": me}}
}

func (r *Redmine) membership(u *user, p *project, withUser bool) object {
	role := r.roles[u.role]
	m := object{"id": 10*p.id + u.id, "project": named(p.id, p.name), "roles": []object{named(role.id, role.name)}}
	if withUser {
		m["user"] = named(u.id, u.name())
	}
	return m
}

func (r *Redmine) showProject(request *http.Request, p *project, rest []string) answer {
	switch {
	case len(rest) == 0:
		o := object{"id": p.id, "name": p.name, "identifier": p.identifier, "description": nil, "status": 1, "is_public": false}
		for _, include := range strings.Split(request.URL.Query().Get("include"), ",") {
			switch include {
			case "trackers":
				o["trackers"] = listed(trackers(), nil)
			case "enabled_modules":
				o["enabled_modules"] = []object{named(1, "issue_tracking")}
			}
		}
		return answer{http.StatusOK, object{"project": o}}
	case rest[0] == "memberships":
		all := []object{}
		for _, u := range r.users {
			if u.role != "" {
				all = append(all, r.membership(u, p, true))
			}
		}
		return paged(request, "memberships", all)
	case rest[0] == "versions":
		all := []object{}
		for _, v := range r.versions {
			if p.id == 1 {
				o := named(v.id, v.name)
				o["status"] = map[bool]string{true: "open", false: "closed"}[v.isOpen]
				o["project"], o["description"] = named(p.id, p.name), nil
				all = append(all, o)
			}
		}
		return answer{http.StatusOK, object{"versions": all, "total_count": len(all)}}
	}
	return answer{http.StatusNotFound, nil}
}

func (r *Redmine) showRole(id string) answer {
	for _, role := range r.roles {
		if strconv.Itoa(role.id) != id {
			continue
		}
		permissions := []string{}
		for name, may := range role.may {
			if may {
				permissions = append(permissions, name)
			}
		}
		slices.Sort(permissions)
		return answer{http.StatusOK, object{"role": object{"id": role.id, "name": role.name, "permissions": permissions}}}
	}
	return answer{http.StatusNotFound, nil}
}

// paged is a page of a list, with Redmine's limits.
func paged(request *http.Request, name string, all []object) answer {
	q := request.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 {
		limit = 25
	}
	limit = min(limit, 100)
	offset, err := strconv.Atoi(q.Get("offset"))
	if err != nil || offset < 0 {
		offset = 0
	}
	page := all[min(offset, len(all)):min(offset+limit, len(all))]
	return answer{http.StatusOK, object{name: page, "total_count": len(all), "offset": offset, "limit": limit}}
}
