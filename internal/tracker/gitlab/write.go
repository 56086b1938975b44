package gitlab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/tracker"
	"mgit/internal/tracker/forge"
	"mgit/internal/web"
)

// Create makes an issue with its labels, then puts it below parent and closes it where
// that is asked for: GitLab makes open issues below nothing.
func (c *Client) Create(ctx context.Context, parent string, d tracker.Draft) (tracker.Issue, error) {
	state, word, err := c.statuses.Split(d.Status)
	if err != nil {
		return tracker.Issue{}, err
	}
	label := forge.Label(d.Description)
	i, err := c.post(ctx, parent, d, label, word)
	if err != nil {
		return tracker.Issue{}, fmt.Errorf("make the issue %q: %w", d.Subject, err)
	}
	if label != "" && !slices.Contains(i.Labels, label) {
		return tracker.Issue{}, c.unfindable(ctx, i)
	}
	c.made.Add(label, i.id())
	c.remember(i)
	if state == closed {
		made := i.id()
		if i, err = c.put(ctx, made, map[string]any{"state_event": "close"}); err != nil {
			return tracker.Issue{}, fmt.Errorf("close #%s: %w", made, err)
		}
	}
	if parent != "" {
		switch err := c.putBelow(ctx, i, parent); {
		case err == nil:
			i.Parent = parent
		case forge.IsNo(err): // which shows: it stands below none
		default:
			return tracker.Issue{}, fmt.Errorf("put #%s below #%s: %w", i.id(), parent, err)
		}
	}
	return c.issue(i), nil
}

// kind is the type of a new issue. Only a task can stand below an issue.
func (c *Client) kind(parent string, d tracker.Draft) string {
	configured, usual := c.opt.Type, "task"
	if d.IsParent {
		configured, usual = c.opt.ParentType, "issue"
	}
	if parent == "" || c.isGraphOff() {
		usual = "issue"
	}
	if configured == "" {
		return usual
	}
	return strings.ToLower(configured)
}

// post makes an issue.
func (c *Client) post(ctx context.Context, parent string, d tracker.Draft, labels ...string) (*issue, error) {
	labels = slices.DeleteFunc(labels, func(l string) bool { return l == "" })
	body := map[string]any{"title": d.Subject, "description": d.Description, "labels": strings.Join(labels, ","), "issue_type": c.kind(parent, d)}
	if id, err := strconv.Atoi(d.Assignee); err == nil {
		body["assignee_ids"] = []int{id}
	}
	if d.Version != "" {
		id, err := c.milestone(ctx, d.Version)
		if err != nil {
			return nil, err
		}
		if id != 0 {
			body["milestone_id"] = id
		}
	}
	i := &issue{}
	_, err := c.ask(ctx, web.Request{Method: http.MethodPost, Path: "issues", Body: body}, i)
	var no *tracker.RefusedError
	if body["issue_type"] != "issue" && errors.As(err, &no) && strings.Contains(strings.Join(no.Reasons, " "), "issue_type") {
		body["issue_type"] = "issue" // this server knows no tasks
		_, err = c.ask(ctx, web.Request{Method: http.MethodPost, Path: "issues", Body: body}, i)
	}
	return i, cmp.Or(err, c.unnamed(i))
}

// unnamed is the error of an answer that tells of an issue without saying which.
func (c *Client) unnamed(i *issue) error {
	if i.IID > 0 && i.ID > 0 {
		return nil
	}
	return &web.AnswerError{Host: c.server.Host(), Reason: "it does not say which issue it made or changed"}
}

// unfindable closes an issue that has no label and would never be found again, and says so.
func (c *Client) unfindable(ctx context.Context, i *issue) error {
	what := "is closed again"
	if _, err := c.put(ctx, i.id(), map[string]any{"state_event": "close"}); err != nil {
		what = "has to be closed by hand"
	}
	return fmt.Errorf("%w: #%s was made without its label and %s", tracker.ErrRights, i.id(), what)
}

// putBelow puts an issue below another one. Where GitLab does not allow that, an issue that
// belongs there by its marker is linked with it instead.
func (c *Client) putBelow(ctx context.Context, i *issue, parent string) error {
	top, err := c.item(ctx, parent)
	if err != nil {
		return err
	}
	err = c.setAbove(ctx, i.ID, top.id)
	if err == nil || !forge.IsNo(err) && !errors.Is(err, errGraph) {
		return err
	}
	refused := err
	if errors.Is(err, errGraph) {
		refused = &tracker.RefusedError{Reasons: []string{err.Error()}}
		if err := c.withoutGraph(err); err != nil {
			return err
		}
	}
	if !isAbove(top.marker, i.marker()) {
		return refused
	}
	return c.Link(ctx, i.id(), parent)
}

// item is what was kept of an issue, asked where it was not seen.
func (c *Client) item(ctx context.Context, id string) (item, error) {
	c.mu.Lock()
	one, ok := c.known[id]
	c.mu.Unlock()
	if ok {
		return one, nil
	}
	i, err := c.get(ctx, id)
	if err != nil {
		return item{}, err
	}
	return item{i.ID, i.marker()}, nil
}

// Link relates two issues of the project.
func (c *Client) Link(ctx context.Context, from, to string) error {
	for _, id := range []string{from, to} {
		if _, err := forge.Number(id); err != nil {
			return fmt.Errorf("link #%s with #%s: %w", from, to, err)
		}
	}
	_, err := c.ask(ctx, web.Request{
		Method: http.MethodPost, Path: "issues/" + from + "/links", Again: true,
		Body: map[string]string{"target_project_id": c.opt.Project, "target_issue_iid": to, "link_type": "relates_to"},
	}, &struct{}{})
	var no *tracker.RefusedError
	if errors.Is(err, errConflict) || errors.As(err, &no) && isRelated(no) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("link #%s with #%s: %w", from, to, err)
	}
	return nil
}

// isRelated reports whether a link was refused since there is one, or since one issue is
// below the other.
func isRelated(no *tracker.RefusedError) bool {
	text := strings.Join(no.Reasons, " ")
	return strings.Contains(text, "already") || strings.Contains(text, "parent or child")
}

func (c *Client) put(ctx context.Context, id string, change map[string]any) (*issue, error) {
	i := &issue{}
	_, err := c.ask(ctx, web.Request{Method: http.MethodPut, Path: "issues/" + id, Body: change, Again: true}, i)
	return i, cmp.Or(err, c.unnamed(i))
}

// Update changes an issue in one write, moves it in another, and adds a note in a third.
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
	_, err := c.ask(ctx, web.Request{Method: http.MethodPost, Path: "issues/" + id + "/notes", Body: map[string]string{"body": ch.Note}}, &struct{}{})
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
		change["description"] = *ch.Description
		if label := forge.Label(*ch.Description); label != "" {
			change["add_labels"] = label
		}
	}
	if err := c.setPeopleAndVersion(ctx, change, ch); err != nil {
		return err
	}
	var i *issue
	if ch.Status != nil || ch.Parent != nil {
		var err error
		if i, err = c.get(ctx, id); err != nil {
			return err
		}
	}
	if ch.Status != nil {
		if err := c.relabel(i, change, *ch.Status); err != nil {
			return err
		}
	}
	if len(change) > 0 {
		if _, err := c.put(ctx, id, change); err != nil {
			return err
		}
	}
	if ch.Parent != nil {
		return c.move(ctx, i, *ch.Parent)
	}
	return nil
}

// setPeopleAndVersion adds assignee and milestone to a change; 0 takes them away. A
// milestone that is not there is left out, which shows when the issue is read.
func (c *Client) setPeopleAndVersion(ctx context.Context, change map[string]any, ch tracker.Change) error {
	if ch.Assignee != nil {
		id, err := strconv.Atoi("0" + *ch.Assignee)
		if err != nil {
			return &tracker.RefusedError{Reasons: []string{fmt.Sprintf("nobody has the number %q", *ch.Assignee)}}
		}
		change["assignee_ids"] = []int{id}
	}
	if ch.Version == nil {
		return nil
	}
	if *ch.Version == "" {
		change["milestone_id"] = 0
		return nil
	}
	id, err := c.milestone(ctx, *ch.Version)
	if err == nil && id != 0 {
		change["milestone_id"] = id
	}
	return err
}

// relabel adds what becomes of an issue's state and labels to a change. Labels of people
// are not named in it.
func (c *Client) relabel(i *issue, change map[string]any, status string) error {
	state, word, err := c.statuses.Split(status)
	if err != nil {
		return err
	}
	if state != i.state().Name {
		change["state_event"] = map[string]string{open: "reopen", closed: "close"}[state]
	}
	add, remove := c.statuses.Relabel(i.Labels, word)
	if label, ok := change["add_labels"].(string); ok {
		add = append(add, label)
	}
	if len(add) > 0 {
		change["add_labels"] = strings.Join(add, ",")
	}
	if len(remove) > 0 {
		change["remove_labels"] = strings.Join(remove, ",")
	}
	return nil
}

// move puts an issue below another one, "" below none, and takes away the link that stood
// for the old place.
func (c *Client) move(ctx context.Context, i *issue, parent string) error {
	links, err := c.links(ctx, i.id())
	if err != nil {
		return err
	}
	if old := linkedAbove(i, links); old != nil && old.id() != parent && old.LinkID > 0 {
		_, err := c.ask(ctx, web.Request{Method: http.MethodDelete, Path: fmt.Sprintf("issues/%s/links/%d", i.id(), old.LinkID)}, &struct{}{})
		if err != nil && !errors.Is(err, tracker.ErrNotFound) {
			return err
		}
	}
	if parent != "" {
		return c.putBelow(ctx, i, parent)
	}
	above, err := c.parentsOf(ctx, []string{i.id()})
	if err != nil || above[i.id()] == "" {
		return err
	}
	return c.withoutGraph(c.setAbove(ctx, i.ID, 0))
}

// milestone is the number of one of the project or of the groups above it, by its title;
// 0: there is none.
func (c *Client) milestone(ctx context.Context, title string) (int, error) {
	c.mu.Lock()
	id, ok := c.milestones[title]
	c.mu.Unlock()
	if ok {
		return id, nil
	}
	var all []struct {
		ID    int
		Title string
	}
	query := url.Values{"title": {title}, "include_ancestors": {"true"}}
	if _, err := c.ask(ctx, web.Request{Path: "milestones", Query: query}, &all); err != nil {
		return 0, fmt.Errorf("look for the milestone %q: %w", title, err)
	}
	for _, one := range all {
		if one.Title == title {
			id = one.ID
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.milestones[title] = id
	return id, nil
}
