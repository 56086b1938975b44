package tracker

import (
	"maps"
	"slices"
)

// keys are what a write sets, as in Ignored.
func (w Write) keys() []string {
	var keys []string
	add := func(key string, is bool) {
		if is {
			keys = append(keys, key)
		}
	}
	c, fields := w.Change, w.Change.Fields
	if d := w.Draft; d != nil {
		fields = d.Fields
		keys = append(keys, "issue", "parent", "subject", "description")
		add("status", d.Status != "")
		add("assignee", d.Assignee != "")
		add("done", d.Done != 0)
		add("version", d.Version != "")
	}
	add("subject", c.Subject != nil)
	add("description", c.Description != nil)
	add("status", c.Status != nil)
	add("assignee", c.Assignee != nil)
	add("done", c.Done != nil)
	add("version", c.Version != nil)
	add("parent", c.Parent != nil || w.Reuse)
	for _, id := range slices.Sorted(maps.Keys(fields)) {
		add("field "+id, true)
	}
	add("note", c.Note != "")
	add("link", len(w.Links) > 0)
	return keys
}

// Rest is what an issue that was just made still lacks of its draft and that an update can
// bring where the creation did not: trackers allow new issues fewer statuses than others.
func (w Write) Rest(made Issue) Change {
	c := w.Change
	if d := w.Draft; d != nil && d.Status != "" && !sameWord(d.Status, made.Status.Name) {
		c.Status = &d.Status
	}
	return c
}

// Split returns a write as several that change one thing each, for a tracker that refused
// them together: so only what it does not take is missing. Of a new issue the first one
// makes it, with no more than it needs, and the others lack its id.
func (w Write) Split() []Write {
	var all []Write
	add := func(key string, c Change, more func(*Write)) {
		one := Write{Branch: w.Branch, Issue: w.Issue, Keys: []string{key}, Change: c}
		if more != nil {
			more(&one)
		}
		all = append(all, one)
	}
	c := w.Change
	if d := w.Draft; d != nil {
		add("issue", Change{}, func(one *Write) {
			one.Below, one.Draft = w.Below, &Draft{IsParent: d.IsParent, Subject: d.Subject, Description: d.Description}
		})
		set := func(value string) *string {
			if value == "" {
				return nil
			}
			return &value
		}
		c.Status, c.Assignee, c.Version, c.Fields = set(d.Status), set(d.Assignee), set(d.Version), d.Fields
		if d.Done != 0 {
			c.Done = &d.Done
		}
	}
	if c.Description != nil {
		add("description", Change{Description: c.Description}, func(one *Write) { one.Reuse, one.Below = w.Reuse, w.Below })
	}
	if c.Parent != nil {
		add("parent", Change{Parent: c.Parent}, nil)
	}
	if c.Subject != nil {
		add("subject", Change{Subject: c.Subject}, nil)
	}
	if c.Status != nil {
		add("status", Change{Status: c.Status}, nil)
	}
	if c.Assignee != nil {
		add("assignee", Change{Assignee: c.Assignee}, nil)
	}
	if c.Done != nil {
		add("done", Change{Done: c.Done}, nil)
	}
	if c.Version != nil {
		add("version", Change{Version: c.Version}, nil)
	}
	for _, id := range slices.Sorted(maps.Keys(c.Fields)) {
		add("field "+id, Change{Fields: map[string]string{id: c.Fields[id]}}, nil)
	}
	if c.Note != "" {
		add("note", Change{Note: c.Note}, func(one *Write) { one.Items = w.Items })
	}
	for _, id := range w.Links {
		add("link", Change{}, func(one *Write) { one.Links = []string{id} })
	}
	return all
}

// IsZero reports whether there is nothing to change.
func (c Change) IsZero() bool {
	return c.Subject == nil && c.Description == nil && c.Status == nil && c.Assignee == nil && c.Version == nil &&
		c.Parent == nil && c.Done == nil && len(c.Fields) == 0 && c.Note == ""
}

// sets reports whether a change sets a value that two sights of an issue show differently.
// The claim in a description is mgit's own, and no difference.
func (c Change) sets(a, b Issue) bool {
	return c.Subject != nil && a.Subject != b.Subject ||
		c.Description != nil && WithClaim(a.Description, "") != WithClaim(b.Description, "") ||
		c.Status != nil && !sameWord(a.Status.Name, b.Status.Name) ||
		c.Assignee != nil && a.Assignee.ID != b.Assignee.ID ||
		c.Version != nil && a.Version != b.Version ||
		c.Parent != nil && a.Parent != b.Parent ||
		c.Done != nil && a.Done != b.Done ||
		slices.ContainsFunc(slices.Collect(maps.Keys(c.Fields)), func(id string) bool { return a.Fields[id] != b.Fields[id] })
}
