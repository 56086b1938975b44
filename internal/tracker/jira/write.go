package jira

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

func fieldsQuery(names []string) url.Values {
	return url.Values{"fields": {strings.Join(names, ",")}}
}

// Read implements [tracker.Client].
func (c *Client) Read(ctx context.Context, id string) (tracker.Issue, error) {
	before := c.generations([]string{id})
	raw, err := c.readOne(ctx, id, "comment")
	if err != nil {
		return tracker.Issue{}, err
	}
	i, err := c.issueOf(raw)
	if err != nil {
		return tracker.Issue{}, c.unusable("rest/api/2/issue/"+id, err.Error())
	}
	notes, err := c.notes(ctx, raw)
	if err != nil {
		return tracker.Issue{}, err
	}
	for _, n := range notes {
		i.Notes = append(i.Notes, noteOf(n))
	}
	slices.SortStableFunc(i.Notes, func(a, b tracker.Note) int { return a.When.Compare(b.When) })
	c.haveRead(before, []tracker.Issue{i})
	return i, nil
}

// notes are the comments of an issue that was read. Where not all came with it they are
// asked for in pages.
func (c *Client) notes(ctx context.Context, raw issue) ([]comment, error) {
	var came comments
	path := "issue/" + raw.Key + "/comment"
	if text, ok := raw.Fields["comment"]; ok {
		if err := c.server.Read(web.Request{Path: "rest/api/2/" + path}, text, &came); err != nil {
			return nil, err
		}
	}
	if len(came.Comments) >= came.Total {
		return came.Comments, nil
	}
	var all []comment
	known := make(map[string]bool)
	for range mostPages {
		query := url.Values{"startAt": {strconv.Itoa(len(all))}, "maxResults": {strconv.Itoa(perPage)}, "orderBy": {"created"}}
		var page comments
		if err := c.ask(ctx, web.Request{Path: path, Query: query}, &page, tracker.ErrNotFound); err != nil {
			return nil, err
		}
		before := len(all)
		for _, n := range page.Comments {
			if !known[n.ID] {
				known[n.ID] = true
				all = append(all, n)
			}
		}
		switch {
		case len(page.Comments) == 0, len(all) >= page.Total && len(page.Comments) < perPage:
			return all, nil
		case len(all) == before:
			return nil, c.unusable("rest/api/2/"+path, "the same page again and again")
		}
	}
	return nil, c.unusable("rest/api/2/"+path, "pages without end")
}

// Create implements [tracker.Client]. A status that the new issue cannot get is left.
func (c *Client) Create(ctx context.Context, parent string, d tracker.Draft) (tracker.Issue, error) {
	fields, err := c.drafted(ctx, parent, d)
	if err != nil {
		return tracker.Issue{}, err
	}
	key, err := c.create(ctx, fields)
	var not *tracker.RefusedError
	if errors.As(err, &not) && d.Assignee == "" && slices.ContainsFunc(not.Reasons, func(r string) bool { return strings.HasPrefix(r, "assignee") }) {
		delete(fields, "assignee") // there is always somebody, or only others may say who
		key, err = c.create(ctx, fields)
	}
	if err != nil {
		return tracker.Issue{}, err
	}
	if m, ok := tracker.FindMarker(d.Description); ok && m.Thing == "" {
		c.mu.Lock()
		c.alone = append(c.alone, key)
		c.mu.Unlock()
	}
	made, err := c.Read(ctx, key)
	if err != nil || d.Status == "" || made.Status.Name == d.Status {
		return made, err
	}
	if err := c.Update(ctx, key, tracker.Change{Status: &d.Status}); err != nil {
		if errors.As(err, &not) {
			return made, nil
		}
		return made, err
	}
	return c.Read(ctx, key)
}

// drafted are the fields of a new issue.
func (c *Client) drafted(ctx context.Context, parent string, d tracker.Draft) (map[string]any, error) {
	me, err := c.whoever(ctx)
	if err != nil {
		return nil, err
	}
	kind, err := c.typeOf(ctx, parent != "")
	if err != nil {
		return nil, err
	}
	fields := map[string]any{
		"project": map[string]string{"key": c.opt.Project}, "issuetype": map[string]string{"id": kind.ID},
		"summary": d.Subject, "description": d.Description, "assignee": me.person(d.Assignee),
		"labels": slices.Compact([]string{labelAll, labelOf(d.Description)}),
	}
	if parent != "" {
		if _, err := issuePath(parent); err != nil {
			return nil, err
		}
		fields["parent"] = ref{parent}
	}
	if d.Version != "" {
		fields["fixVersions"] = []version{{d.Version}}
	}
	return fields, c.fill(ctx, d.Fields, fields)
}

// person addresses somebody as this Jira does.
func (a account) person(id string) any {
	switch {
	case id == "":
		return nil
	case a.isCloud():
		return map[string]string{"id": id}
	}
	return map[string]string{"name": id}
}

func (c *Client) create(ctx context.Context, fields map[string]any) (string, error) {
	var made ref
	r := web.Request{Method: http.MethodPost, Path: "issue", Body: map[string]any{"fields": fields}}
	if err := c.ask(ctx, r, &made, tracker.ErrProject); err != nil {
		return "", err
	}
	if !keyOf().MatchString(made.Key) {
		return "", c.unusable("rest/api/2/issue", "an issue without a key")
	}
	c.touch(made.Key)
	return made.Key, nil
}

// Update implements [tracker.Client]. These are up to three requests. Whether the
// status can be reached is known before anything is written; the note comes last, so
// that after an error it is not there.
func (c *Client) Update(ctx context.Context, id string, change tracker.Change) error {
	path, err := issuePath(id)
	if err != nil {
		return err
	}
	edit, err := c.edited(ctx, change)
	if err != nil {
		return err
	}
	var way *transition
	if change.Status != nil {
		if way, err = c.way(ctx, path, *change.Status); err != nil {
			return err
		}
	}
	c.touch(id)
	defer c.touch(id)
	var steps []web.Request
	if edit != nil {
		steps = append(steps, web.Request{Method: http.MethodPut, Path: path, Body: edit, Again: true})
	}
	if way != nil {
		step := web.Request{Method: http.MethodPost, Path: path + "/transitions", Body: map[string]any{"transition": map[string]string{"id": way.ID}}}
		// Many workflows do not let anybody change what is closed.
		at := 0
		if way.To.tracker().Closed {
			at = len(steps)
		}
		steps = slices.Insert(steps, at, step)
	}
	if change.Note != "" {
		steps = append(steps, web.Request{Method: http.MethodPost, Path: path + "/comment", Body: map[string]string{"body": change.Note}})
	}
	for _, step := range steps {
		if err := c.ask(ctx, step, nil, tracker.ErrNotFound); err != nil {
			return err
		}
	}
	return nil
}

// edited is the body of a request that changes fields; nil where none changes.
func (c *Client) edited(ctx context.Context, change tracker.Change) (map[string]any, error) {
	fields := make(map[string]any)
	if err := c.fill(ctx, change.Fields, fields); err != nil {
		return nil, err
	}
	if change.Subject != nil {
		fields["summary"] = *change.Subject
	}
	if change.Assignee != nil {
		me, err := c.whoever(ctx)
		if err != nil {
			return nil, err
		}
		fields["assignee"] = me.person(*change.Assignee)
	}
	if change.Version != nil {
		versions := []version{}
		if *change.Version != "" {
			versions = append(versions, version{*change.Version})
		}
		fields["fixVersions"] = versions
	}
	if change.Parent != nil {
		if *change.Parent == "" {
			return nil, refused("a sub-task stands below another issue")
		}
		if _, err := issuePath(*change.Parent); err != nil {
			return nil, err
		}
		fields["parent"] = ref{*change.Parent}
	}
	body := map[string]any{"fields": fields}
	if change.Description != nil {
		fields["description"] = *change.Description
		var add []map[string]string
		for _, label := range slices.Compact([]string{labelAll, labelOf(*change.Description)}) {
			add = append(add, map[string]string{"add": label})
		}
		body["update"] = map[string]any{"labels": add}
	}
	if len(fields) == 0 {
		return nil, nil
	}
	return body, nil
}

type transition struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	To   status `json:"to"`
}

// way is the transition that leads to a status; nil where the issue has that already.
func (c *Client) way(ctx context.Context, path, wanted string) (*transition, error) {
	var now struct {
		Fields struct {
			Status status `json:"status"`
		} `json:"fields"`
		Transitions []transition `json:"transitions"`
	}
	query := fieldsQuery([]string{"status"})
	query.Set("expand", "transitions")
	if err := c.ask(ctx, web.Request{Path: path, Query: query}, &now, tracker.ErrNotFound); err != nil {
		return nil, err
	}
	if now.Fields.Status.Name == wanted {
		return nil, nil
	}
	var names []string
	for i, t := range now.Transitions {
		if t.To.Name == wanted && t.ID != "" {
			return &now.Transitions[i], nil
		}
		names = append(names, t.To.Name)
	}
	slices.Sort(names)
	return nil, refused("from the status %q no transition leads to %q; there are those to %s", now.Fields.Status.Name, wanted, listed(slices.Compact(names)))
}

// linkType is the kind of link that every Jira has at first.
const linkType = "Relates"

// Link implements [tracker.Client].
func (c *Client) Link(ctx context.Context, from, to string) error {
	path, err := issuePath(from)
	if err != nil {
		return err
	}
	if _, err := issuePath(to); err != nil {
		return err
	}
	var raw issue
	if err := c.ask(ctx, web.Request{Path: path, Query: fieldsQuery(c.asked())}, &raw, tracker.ErrNotFound); err != nil {
		return err
	}
	i, err := c.issueOf(raw)
	if err != nil {
		return c.unusable("rest/api/2/"+path, err.Error())
	}
	if slices.Contains(i.Links, to) {
		return nil
	}
	c.touch(from, to)
	defer c.touch(from, to)
	body := map[string]any{"type": map[string]string{"name": linkType}, "inwardIssue": ref{from}, "outwardIssue": ref{to}}
	err = c.ask(ctx, web.Request{Method: http.MethodPost, Path: "issueLink", Body: body}, nil, tracker.ErrNotFound)
	var said *web.StatusError
	if errors.As(err, &said) && said.Status == http.StatusNotFound && strings.Contains(said.Body, "link type") {
		return refused("links of the type %q are needed: %s", linkType, cmp.Or(said.Body, "there is none"))
	}
	return err
}
