package redminetest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// create makes an issue. What the user may not set is left out in silence.
func (r *Redmine) create(u *user, a object) answer {
	if !u.isKnown() {
		return r.denied(u)
	}
	i := &issue{status: 1, author: u.id, tracker: 1}
	if p := r.projectBy(text(a["project_id"])); p != nil && r.may(u, "add_issues") {
		i.project = p.id
	} else {
		// Somebody may add issues somewhere, if only in projects that are not private.
		return refusal("Project cannot be blank", "Tracker cannot be blank", "Status cannot be blank")
	}
	if t := number(a["tracker_id"]); t > 0 && t < len(trackers()) {
		i.tracker = t
	}
	// A workflow says nothing about new issues unless somebody makes it: all begin as new.
	reasons := r.set(u, i, a, true)
	if len(reasons) > 0 {
		return refusal(reasons...)
	}
	r.last++
	i.id, i.created, i.updated = r.last, r.stamp(), r.stamp()
	r.issues[i.id] = i
	r.tellParent(u, i.parent)
	return answer{http.StatusCreated, object{"issue": r.show(i, "", u)}}
}

// change changes an issue, or adds a note, as far as the user may.
func (r *Redmine) change(u *user, i *issue, a object) answer {
	mayEdit := r.may(u, "edit_issues") || r.may(u, "edit_own_issues") && i.author == u.id
	mayNote := r.may(u, "add_issue_notes")
	if !mayEdit && !mayNote {
		return r.denied(u)
	}
	if lock, ok := a["lock_version"]; ok && number(lock) < len(i.journals) {
		return refusal()
	}
	next, before := *i, i.parent
	if mayEdit {
		if reasons := r.set(u, &next, a, false); len(reasons) > 0 {
			return refusal(reasons...)
		}
	}
	next.updated = r.stamp()
	if note := text(a["notes"]); note != "" && mayNote {
		r.journals++
		isPrivate, _ := a["private_notes"].(bool)
		next.journals = append(slices.Clone(next.journals), journal{
			r.journals, u.id, note, isPrivate && r.may(u, "set_notes_private"), next.updated,
		})
	}
	*i = next
	r.rollUp(i.parent)
	if before != i.parent {
		r.tellParent(u, before)
		r.tellParent(u, i.parent)
	}
	return answer{http.StatusNoContent, nil}
}

// set takes over what may be set, and says what is wrong with it.
func (r *Redmine) set(u *user, i *issue, a object, isNew bool) (reasons []string) {
	wrong := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	if s := number(a["status_id"]); !isNew && r.isAllowed(u, i, s) {
		i.status = s
	}
	if v, ok := a["subject"]; ok || isNew {
		i.subject = text(v)
	}
	if v, ok := a["description"]; ok {
		i.description = text(v)
	}
	if v, ok := a["done_ratio"]; ok && len(r.children(i.id)) == 0 || ok && isNew {
		i.done = number(v)
	}
	if v, ok := a["assigned_to_id"]; ok {
		if i.assignee = number(v); text(v) != "" && !r.isAssignable(i) {
			wrong("Assignee is invalid")
		}
	}
	if v, ok := a["fixed_version_id"]; ok {
		before := i.version
		if i.version = number(v); text(v) != "" && i.version != before && !r.isOpen(i.version) {
			wrong("Target version is not included in the list")
		}
	}
	if v, ok := a["is_private"].(bool); ok && (r.may(u, "set_issues_private") || r.may(u, "set_own_issues_private") && i.author == u.id) {
		i.isPrivate = v
	}
	if v, ok := a["parent_issue_id"]; ok && r.may(u, "manage_subtasks") {
		reasons = append(reasons, r.setParent(u, i, text(v), isNew)...)
	}
	reasons = append(reasons, setFields(i, a["custom_fields"])...)
	switch {
	case strings.TrimSpace(i.subject) == "":
		wrong("Subject cannot be blank")
	case utf8.RuneCountInString(i.subject) > 255:
		wrong("Subject is too long (maximum is 255 characters)")
	}
	if i.done < 0 || i.done > 100 {
		wrong("%% Done is not included in the list")
	}
	return reasons
}

// isAllowed reports whether the workflow lets the user give an issue a status.
func (r *Redmine) isAllowed(u *user, i *issue, to int) bool {
	if to < 1 || to >= len(r.statuses) {
		return false
	}
	if u.login != "admin" && !r.roles[u.role].can(i.status, to) && i.status != to {
		return false
	}
	if isClosed(to) {
		return !slices.ContainsFunc(r.children(i.id), func(c *issue) bool { return r.hasOpen(c) })
	}
	for p := r.issues[i.parent]; p != nil; p = r.issues[p.parent] {
		if isClosed(p.status) {
			return false
		}
	}
	return true
}

// hasOpen reports whether an issue or one below it is open.
func (r *Redmine) hasOpen(i *issue) bool {
	return !isClosed(i.status) || slices.ContainsFunc(r.children(i.id), func(c *issue) bool { return r.hasOpen(c) })
}

func (r *Redmine) isAssignable(i *issue) bool {
	u := r.userBy(i.assignee)
	return u != nil && (u.role != "" || u.id == i.author)
}

func (r *Redmine) isOpen(id int) bool {
	return slices.ContainsFunc(r.versions, func(v version) bool { return v.id == id && v.isOpen })
}

func (r *Redmine) setParent(u *user, i *issue, id string, isNew bool) []string {
	if id == "" {
		i.parent = 0
		return nil
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(id, "#"))
	parent := r.issues[n]
	if parent == nil || n != i.parent && !r.isVisible(u, parent) {
		return []string{"Parent task is invalid"}
	}
	if !isClosed(i.status) && isClosed(parent.status) {
		return []string{"An open issue cannot be attached to a closed parent task"}
	}
	for p := parent; p != nil && !isNew; p = r.issues[p.parent] {
		if p.id == i.id {
			return []string{"Parent task is invalid"}
		}
	}
	i.parent = n
	return nil
}

// setFields sets custom fields; those that are not there are left out.
func setFields(i *issue, v any) (reasons []string) {
	list, _ := v.([]any)
	for _, one := range list {
		id, value := number(asObject(one)["id"]), text(asObject(one)["value"])
		if id < 1 || id >= len(i.fields) {
			continue
		}
		if id == 2 && !slices.Contains(verdicts(), value) {
			reasons = append(reasons, "Verdict is not included in the list")
			continue
		}
		i.fields[id] = value
	}
	return reasons
}

// rollUp computes what the issues above have of those below.
func (r *Redmine) rollUp(id int) {
	for p := r.issues[id]; p != nil; p = r.issues[p.parent] {
		children := r.children(p.id)
		if len(children) == 0 {
			return
		}
		sum := 0
		for _, c := range children {
			if isClosed(c.status) {
				sum += 100
			} else {
				sum += c.done
			}
		}
		if done := sum / len(children); done != p.done {
			p.done, p.updated = done, r.stamp()
		}
	}
}

// tellParent is what happens to an issue below which one comes or goes.
func (r *Redmine) tellParent(u *user, id int) {
	p := r.issues[id]
	if p == nil {
		return
	}
	r.rollUp(id)
	r.journals++
	p.updated = r.stamp()
	p.journals = append(p.journals, journal{id: r.journals, user: u.id, created: p.updated})
}

// relate links two issues, which are then kept with the lower number first.
func (r *Redmine) relate(u *user, id string, a object) answer {
	n, _ := strconv.Atoi(id)
	from := r.issues[n]
	switch {
	case from == nil:
		return answer{http.StatusNotFound, nil}
	case !r.may(u, "manage_issue_relations"):
		return r.denied(u)
	}
	to := r.issues[number(a["issue_to_id"])]
	switch {
	case to == nil || !r.isVisible(u, to):
		return refusal("Related issue cannot be blank")
	case to == from:
		return refusal("Related issue is invalid")
	case slices.ContainsFunc(r.links, func(l link) bool { return l.from == to.id && l.to == from.id }):
		return refusal("This relation would create a circular dependency")
	case slices.ContainsFunc(r.links, func(l link) bool { return l.from == from.id && l.to == to.id }):
		return refusal("Related issue has already been taken")
	case r.isAbove(from, to) || r.isAbove(to, from):
		return refusal("An issue cannot be linked to one of its subtasks")
	}
	l := link{len(r.links) + 1, min(from.id, to.id), max(from.id, to.id)}
	r.links = append(r.links, l)
	return answer{http.StatusCreated, object{"relation": object{
		"id": l.id, "issue_id": l.from, "issue_to_id": l.to, "relation_type": "relates", "delay": nil,
	}}}
}

func (r *Redmine) isAbove(above, below *issue) bool {
	for p := r.issues[below.parent]; p != nil; p = r.issues[p.parent] {
		if p == above {
			return true
		}
	}
	return false
}

// text is a value as Redmine takes it: numbers and texts are the same to it.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.Itoa(int(v))
	case nil:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

func number(v any) int {
	n, err := strconv.Atoi(cmp.Or(text(v), "0"))
	if err != nil {
		return 0
	}
	return n
}
