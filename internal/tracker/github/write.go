package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"mgit/internal/tracker"
	"mgit/internal/tracker/forge"
	"mgit/internal/web"
)

// Create makes an issue with its labels, then puts it below parent and closes it where
// that is asked for: GitHub makes open issues below nothing. Where the parent has no room
// the issue says so by standing below none.
func (c *Client) Create(ctx context.Context, parent string, d tracker.Draft) (tracker.Issue, error) {
	state, word, err := c.statuses.Split(d.Status)
	if err != nil {
		return tracker.Issue{}, err
	}
	label := forge.Label(d.Description)
	i, err := c.post(ctx, d, label, word)
	if err != nil {
		return tracker.Issue{}, fmt.Errorf("make the issue %q: %w", d.Subject, err)
	}
	if label != "" && !slices.Contains(i.labels(), label) {
		return tracker.Issue{}, c.unfindable(ctx, i)
	}
	c.made.Add(label, i.id())
	c.remember(i)
	if state != open {
		made := i.id()
		if i, err = c.patch(ctx, made, closing(state)); err != nil {
			return tracker.Issue{}, fmt.Errorf("close #%s: %w", made, err)
		}
	}
	i.Parent = c.address("")
	if parent != "" {
		switch err := c.putBelow(ctx, i, parent); {
		case err == nil:
			i.Parent = c.address(parent)
		case forge.IsNo(err):
		default:
			return tracker.Issue{}, fmt.Errorf("put #%s below #%s: %w", i.id(), parent, err)
		}
	}
	return c.issue(i), nil
}

// post makes an issue. Who cannot be assigned, and a type that is not there, are no reason
// not to make it: they are left out, which shows when it is read.
func (c *Client) post(ctx context.Context, d tracker.Draft, labels ...string) (*issue, error) {
	body := map[string]any{"title": d.Subject, "body": d.Description, "labels": slices.DeleteFunc(labels, func(l string) bool { return l == "" })}
	optional := map[string]any{}
	if d.Assignee != "" {
		optional["assignees"] = []string{d.Assignee}
	}
	if kind := c.kind(d); kind != "" {
		optional["type"] = kind
	}
	if d.Version != "" {
		number, err := c.milestone(ctx, d.Version)
		if err != nil {
			return nil, err
		}
		if number != 0 {
			optional["milestone"] = number
		}
	}
	maps.Copy(body, optional)
	for {
		i := &issue{}
		_, err := c.ask(ctx, web.Request{Method: http.MethodPost, Path: "issues", Body: body}, i)
		var no *tracker.RefusedError
		if !errors.As(err, &no) {
			return i, cmp.Or(err, c.unnamed(i))
		}
		key := named(no, optional)
		if key == "" {
			return nil, err
		}
		delete(body, key)
		delete(optional, key)
	}
}

func (c *Client) kind(d tracker.Draft) string {
	if d.IsParent {
		return c.opt.ParentType
	}
	return c.opt.Type
}

// unnamed is the error of an answer that tells of an issue without saying which.
func (c *Client) unnamed(i *issue) error {
	if i.Number > 0 && i.ID > 0 {
		return nil
	}
	return &web.AnswerError{Host: c.server.Host(), Reason: "it does not say which issue it made or changed"}
}

// named is the optional value that a refusal is about; "" is none.
func named(no *tracker.RefusedError, optional map[string]any) string {
	text := strings.ToLower(strings.Join(no.Reasons, " "))
	for _, key := range slices.Sorted(maps.Keys(optional)) {
		if strings.Contains(text, strings.TrimSuffix(key, "s")) {
			return key
		}
	}
	return ""
}

// unfindable closes an issue that has no label and would never be found again, and says so.
func (c *Client) unfindable(ctx context.Context, i *issue) error {
	what := "is closed again"
	if _, err := c.patch(ctx, i.id(), closing(notPlanned)); err != nil {
		what = "has to be closed by hand"
	}
	return fmt.Errorf("%w: #%s was made without its label and %s", tracker.ErrRights, i.id(), what)
}

// closing is the change that brings an issue into a state.
func closing(state string) map[string]any {
	switch state {
	case open:
		return map[string]any{"state": "open"}
	case notPlanned:
		return map[string]any{"state": "closed", "state_reason": "not_planned"}
	}
	return map[string]any{"state": "closed", "state_reason": "completed"}
}

// putBelow makes an issue a sub-issue of another, and of that one only. GitHub refuses
// what is so already, as it does when there is no room; so a refusal is read back.
func (c *Client) putBelow(ctx context.Context, i *issue, parent string) error {
	if _, err := forge.Number(parent); err != nil {
		return err
	}
	_, err := c.ask(ctx, web.Request{
		Method: http.MethodPost, Path: "issues/" + parent + "/sub_issues", Again: true,
		Body: map[string]any{"sub_issue_id": i.ID, "replace_parent": true},
	}, &struct{}{})
	var no *tracker.RefusedError
	if !errors.As(err, &no) {
		return err
	}
	if lost := c.askParent(ctx, i); lost != nil {
		return lost
	}
	if c.parent(i) == parent {
		return nil
	}
	return err
}

// askParent reads what is above an issue where the server does not tell.
func (c *Client) askParent(ctx context.Context, i *issue) error {
	var above issue
	_, err := c.ask(ctx, web.Request{Path: "issues/" + i.id() + "/parent"}, &above)
	switch {
	case errors.Is(err, tracker.ErrNotFound):
		i.Parent = c.address("")
		return nil
	case err != nil:
		return err
	case c.isOurs(&above):
		i.Parent = c.address(above.id())
	default:
		i.Parent = c.address("")
	}
	return nil
}

func (c *Client) patch(ctx context.Context, id string, change map[string]any) (*issue, error) {
	i := &issue{}
	_, err := c.ask(ctx, web.Request{Method: http.MethodPatch, Path: "issues/" + id, Body: change, Again: true}, i)
	return i, cmp.Or(err, c.unnamed(i))
}

// Update changes an issue. GitHub replaces all labels or none, so they are read just
// before, and those that say nothing about the status are sent back as they were.
func (c *Client) Update(ctx context.Context, id string, ch tracker.Change) error {
	if _, err := forge.Number(id); err != nil {
		return fmt.Errorf("change #%s: %w", id, err)
	}
	if err := c.change(ctx, id, ch); err != nil {
		return fmt.Errorf("change #%s: %w", id, err)
	}
	if ch.Note == "" {
		return nil
	}
	_, err := c.ask(ctx, web.Request{Method: http.MethodPost, Path: "issues/" + id + "/comments", Body: map[string]string{"body": ch.Note}}, &struct{}{})
	if err != nil {
		return fmt.Errorf("write below #%s: %w", id, err)
	}
	return nil
}

func (c *Client) change(ctx context.Context, id string, ch tracker.Change) error {
	change := map[string]any{}
	if ch.Subject != nil {
		change["title"] = *ch.Subject
	}
	if ch.Description != nil {
		change["body"] = *ch.Description
	}
	if ch.Assignee != nil {
		change["assignees"] = slices.DeleteFunc([]string{*ch.Assignee}, func(login string) bool { return login == "" })
	}
	if ch.Version != nil {
		if err := c.setMilestone(ctx, change, *ch.Version); err != nil {
			return err
		}
	}
	isLabelled := ch.Description == nil || c.isLabelled(id, forge.Label(*ch.Description))
	if ch.Status == nil && ch.Parent == nil && isLabelled {
		return c.patchSome(ctx, id, change)
	}
	i, err := c.get(ctx, id)
	if err != nil {
		return err
	}
	if err := c.relabel(i, change, ch); err != nil {
		return err
	}
	if err := c.patchSome(ctx, id, change); err != nil {
		return err
	}
	if ch.Parent != nil {
		return c.move(ctx, i, *ch.Parent)
	}
	return nil
}

func (c *Client) patchSome(ctx context.Context, id string, change map[string]any) error {
	if len(change) == 0 {
		return nil
	}
	_, err := c.patch(ctx, id, change)
	return err
}

// relabel adds what becomes of an issue's state and labels to a change.
func (c *Client) relabel(i *issue, change map[string]any, ch tracker.Change) error {
	labels := i.labels()
	if ch.Status != nil {
		state, word, err := c.statuses.Split(*ch.Status)
		if err != nil {
			return err
		}
		if state != i.state().Name {
			for key, value := range closing(state) {
				change[key] = value
			}
		}
		add, remove := c.statuses.Relabel(labels, word)
		labels = append(slices.DeleteFunc(labels, func(l string) bool { return slices.Contains(remove, l) }), add...)
	}
	if ch.Description != nil {
		if label := forge.Label(*ch.Description); label != "" && !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	if !slices.Equal(labels, i.labels()) {
		change["labels"] = labels
	}
	return nil
}

// move puts an issue below another one; "" below none.
func (c *Client) move(ctx context.Context, i *issue, parent string) error {
	if parent != "" {
		return c.putBelow(ctx, i, parent)
	}
	if i.Parent == nil {
		if err := c.askParent(ctx, i); err != nil {
			return err
		}
	}
	above := c.parent(i)
	if _, err := forge.Number(above); err != nil {
		return nil // below none of ours
	}
	_, err := c.ask(ctx, web.Request{
		Method: http.MethodDelete, Path: "issues/" + above + "/sub_issue", Body: map[string]any{"sub_issue_id": i.ID},
	}, &struct{}{})
	return err
}

// setMilestone adds a milestone to a change; "" takes it away. One that is not there is
// left out, which shows when the issue is read.
func (c *Client) setMilestone(ctx context.Context, change map[string]any, title string) error {
	if title == "" {
		change["milestone"] = nil
		return nil
	}
	number, err := c.milestone(ctx, title)
	if err == nil && number != 0 {
		change["milestone"] = number
	}
	return err
}

// milestone is the number of one by its title; 0: there is none.
func (c *Client) milestone(ctx context.Context, title string) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.milestones == nil {
		type milestone struct {
			Number int
			Title  string
		}
		all, err := forge.Pages[milestone](ctx, c.server.Host(), c.ask, web.Request{Path: "milestones", Query: url.Values{"state": {"all"}}})
		if err != nil {
			return 0, fmt.Errorf("list milestones: %w", err)
		}
		c.milestones = map[string]int{}
		for _, m := range all {
			c.milestones[m.Title] = m.Number
		}
	}
	return c.milestones[title], nil
}
