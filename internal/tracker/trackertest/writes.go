package trackertest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"mgit/internal/tracker"
)

// create makes an issue as an account may; the lock is held.
func (f *Fake) create(a account, parent string, d tracker.Draft) (tracker.Issue, error) {
	keys := map[string]bool{
		"subject": true, "description": true, "parent": parent != "", "status": d.Status != "",
		"assignee": d.Assignee != "", "done": d.Done != 0, "version": d.Version != "", "fields": len(d.Fields) > 0,
	}
	reasons := f.refused(keys)
	reasons = append(reasons, f.badText(d.Subject, d.Description)...)
	reasons = append(reasons, f.badValues(d.Status, d.Assignee, d.Version)...)
	if a.rights.NoSubtasks || slices.Contains(f.lies.Ignore, "parent") {
		parent = ""
	}
	status := d.Status
	if a.rights.NoStatus || slices.Contains(a.rights.NotToCreate, status) {
		status = ""
	}
	reasons = append(reasons, f.badParent("", parent, f.isClosed(status))...)
	if len(reasons) > 0 {
		return tracker.Issue{}, &tracker.RefusedError{Reasons: reasons}
	}
	for _, key := range f.lies.Ignore {
		switch key {
		case "description":
			d.Description = ""
		case "status":
			status = ""
		case "assignee":
			d.Assignee = ""
		case "done":
			d.Done = 0
		case "version":
			d.Version = ""
		case "fields":
			d.Fields = nil
		}
	}
	return f.add(parent, d, status).shown(false), nil
}

// add makes an issue; the lock is held.
func (f *Fake) add(parent string, d tracker.Draft, status string) *issue {
	f.made++
	id := strconv.Itoa(f.made)
	it := &issue{made: f.opt.Clock(), Issue: tracker.Issue{
		ID: id, URL: "https://tracker.example.org/issues/" + id,
		Subject: d.Subject, Description: d.Description, Status: f.opt.Statuses[0],
		Assignee: f.user(d.Assignee), Parent: parent, Updated: f.now(),
	}}
	if s, ok := f.status(status); ok {
		it.Status = s
	}
	can := f.opt.Capabilities
	if can.Done {
		it.Done = d.Done
	}
	if can.Versions {
		it.Version = d.Version
	}
	if can.Fields {
		it.Fields = maps.Clone(d.Fields)
	}
	f.issues = append(f.issues, it)
	return it
}

// update changes an issue as an account may; the lock is held.
func (f *Fake) update(a account, id string, c tracker.Change) error {
	it := f.find(id)
	if it == nil {
		return tracker.ErrNotFound
	}
	status, parent := it.Status.Name, it.Parent
	if c.Status != nil {
		status = *c.Status
	}
	reasons := f.refused(keysOf(c))
	reasons = append(reasons, f.badText(or(c.Subject, it.Subject), or(c.Description, it.Description)+c.Note)...)
	reasons = append(reasons, f.badValues(or(c.Status, ""), or(c.Assignee, ""), or(c.Version, ""))...)
	if c.Parent != nil && *c.Parent != parent && !a.rights.NoSubtasks {
		reasons = append(reasons, f.badParent(id, *c.Parent, f.isClosed(status))...)
	}
	if len(reasons) > 0 {
		return &tracker.RefusedError{Reasons: reasons}
	}
	f.change(it, a.user, c, func(key string) bool {
		switch {
		case slices.Contains(f.lies.Ignore, key), a.rights.NoEdits && key != "note":
			return false
		case key == "parent":
			return !a.rights.NoSubtasks
		case key == "done":
			return !f.hasChildren(id)
		case key == "status":
			return !a.rights.NoStatus && f.isTransition(a, it, status)
		}
		return true
	})
	return nil
}

// change does to an issue what takes allows; the lock is held.
func (f *Fake) change(it *issue, by tracker.User, c tracker.Change, takes func(key string) bool) {
	is, before := &it.Issue, it.shown(false)
	can := f.opt.Capabilities
	set := func(key string, to *string, value *string) {
		if to != nil && takes(key) {
			*value = *to
		}
	}
	set("subject", c.Subject, &is.Subject)
	set("description", c.Description, &is.Description)
	set("parent", c.Parent, &is.Parent)
	if can.Versions {
		set("version", c.Version, &is.Version)
	}
	if c.Status != nil && takes("status") {
		is.Status, _ = f.status(*c.Status)
	}
	if c.Assignee != nil && takes("assignee") {
		is.Assignee = f.user(*c.Assignee)
	}
	if c.Done != nil && can.Done && takes("done") {
		is.Done = *c.Done
	}
	if len(c.Fields) > 0 && can.Fields && takes("fields") {
		is.Fields = maps.Clone(is.Fields)
		if is.Fields == nil {
			is.Fields = map[string]string{}
		}
		maps.Copy(is.Fields, c.Fields)
	}
	isNoted := c.Note != "" && takes("note")
	if isNoted {
		f.notes++
		is.Notes = append(is.Notes, tracker.Note{ID: strconv.Itoa(f.notes), When: f.now(), Who: by, Text: c.Note})
	}
	if isNoted || !isSame(before, *is) {
		is.Updated = f.now()
	}
}

func isSame(a, b tracker.Issue) bool {
	return a.Subject == b.Subject && a.Description == b.Description && a.Parent == b.Parent && a.Version == b.Version &&
		a.Status == b.Status && a.Assignee == b.Assignee && a.Done == b.Done && maps.Equal(a.Fields, b.Fields)
}

// link relates two issues; the lock is held.
func (f *Fake) link(from, to string) error {
	a, b := f.find(from), f.find(to)
	switch {
	case a == nil || b == nil:
		return tracker.ErrNotFound
	case slices.Contains(f.lies.Refuse, "link"):
		return &tracker.RefusedError{Reasons: []string{"link is not taken"}}
	case from == to:
		return &tracker.RefusedError{Reasons: []string{"Related issue is invalid"}}
	case slices.Contains(f.lies.Ignore, "link") || slices.Contains(a.Links, to):
		return nil
	}
	a.Links, b.Links = append(a.Links, to), append(b.Links, from)
	return nil
}

// refused are the reasons why keys of a change are not taken.
func (f *Fake) refused(keys map[string]bool) (reasons []string) {
	for _, key := range f.lies.Refuse {
		if keys[key] {
			reasons = append(reasons, key+" is not taken")
		}
	}
	return reasons
}

func (f *Fake) badText(subject, text string) (reasons []string) {
	can := f.opt.Capabilities
	if subject == "" {
		reasons = append(reasons, "Subject cannot be blank")
	}
	if can.MaxSubject > 0 && utf8.RuneCountInString(subject) > can.MaxSubject {
		reasons = append(reasons, fmt.Sprintf("Subject is too long (maximum is %d characters)", can.MaxSubject))
	}
	if can.MaxText > 0 && utf8.RuneCountInString(text) > can.MaxText {
		reasons = append(reasons, fmt.Sprintf("Description is too long (maximum is %d characters)", can.MaxText))
	}
	return reasons
}

func (f *Fake) badValues(status, assignee, version string) (reasons []string) {
	if _, ok := f.status(status); !ok && status != "" {
		reasons = append(reasons, "Status is invalid")
	}
	if assignee != "" && !slices.ContainsFunc(f.accounts, func(a account) bool { return a.user.ID == assignee && !a.rights.IsUnlisted }) {
		reasons = append(reasons, "Assignee is invalid")
	}
	if version != "" && f.opt.Versions != nil && !slices.Contains(f.opt.Versions, version) {
		reasons = append(reasons, "Target version is not included in the list")
	}
	return reasons
}

// badParent are the reasons why an issue cannot stand below another one.
func (f *Fake) badParent(id, parent string, isClosed bool) []string {
	if parent == "" {
		return nil
	}
	above := f.find(parent)
	most := f.opt.Capabilities.MaxChildren
	switch {
	case above == nil || parent == id:
		return []string{"Parent task is invalid"}
	case above.Status.Closed && !isClosed:
		return []string{"An open issue cannot be attached to a closed parent task"}
	case most > 0 && len(f.list(func(it *issue) bool { return it.Parent == parent })) >= most:
		return []string{fmt.Sprintf("Parent cannot have more than %d sub-issues", most)}
	}
	return nil
}

// isTransition reports whether an account can give an issue a status now: the workflow
// has it, no open child is left below a closed issue, nor an open one put below one.
func (f *Fake) isTransition(a account, it *issue, to string) bool {
	isClosed := f.isClosed(to)
	switch {
	case slices.Contains(a.rights.Forbidden, [2]string{it.Status.Name, to}):
		return false
	case isClosed && slices.ContainsFunc(f.issues, func(c *issue) bool { return c.Parent == it.ID && !c.Status.Closed }):
		return false
	case !isClosed && it.Parent != "":
		above := f.find(it.Parent)
		return above == nil || !above.Status.Closed
	}
	return true
}

func (f *Fake) hasChildren(id string) bool {
	return slices.ContainsFunc(f.issues, func(c *issue) bool { return c.Parent == id })
}

func (f *Fake) status(name string) (tracker.Status, bool) {
	for _, s := range f.opt.Statuses {
		if s.Name == name {
			return s, true
		}
	}
	return tracker.Status{}, false
}

func (f *Fake) isClosed(status string) bool {
	s, _ := f.status(status)
	return s.Closed
}

func (f *Fake) user(id string) tracker.User {
	for _, a := range f.accounts {
		if a.user.ID == id {
			return a.user
		}
	}
	return tracker.User{}
}

func keysOf(c tracker.Change) map[string]bool {
	return map[string]bool{
		"subject": c.Subject != nil, "description": c.Description != nil, "status": c.Status != nil, "assignee": c.Assignee != nil,
		"version": c.Version != nil, "parent": c.Parent != nil, "done": c.Done != nil, "fields": len(c.Fields) > 0, "note": c.Note != "",
	}
}

func or(changed *string, is string) string {
	if changed != nil {
		return *changed
	}
	return is
}
