package github

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/forge"
	"mgit/internal/web"
)

// user is somebody as GitHub tells.
type user struct {
	Login string `json:"login"`
	Name  string `json:"name"`
}

func (u user) user() tracker.User { return tracker.User{ID: u.Login, Login: u.Login, Name: u.Name} }

// label is an object, and in some answers only a name.
type label string

func (l *label) UnmarshalJSON(data []byte) error {
	var object struct{ Name string }
	if bytes.HasPrefix(data, []byte("{")) {
		err := json.Unmarshal(data, &object)
		*l = label(object.Name)
		return err
	}
	return json.Unmarshal(data, (*string)(l))
}

// issue is one as GitHub tells.
type issue struct {
	ID          int64   `json:"id"` // in its database; sub-issues are named by it
	Number      int     `json:"number"`
	URL         string  `json:"html_url"`
	Repository  string  `json:"repository_url"`
	Title       string  `json:"title"`
	Body        string  `json:"body"`
	State       string  `json:"state"`
	StateReason string  `json:"state_reason"`
	Labels      []label `json:"labels"`
	Assignee    *user   `json:"assignee"`
	Assignees   []user  `json:"assignees"`
	Milestone   *struct{ Title string }
	Type        *struct{ Name string }
	Updated     time.Time `json:"updated_at"`
	// PullRequest is there where this is none.
	PullRequest json.RawMessage `json:"pull_request"`
	// Parent is null where there is none, and missing on older servers.
	Parent    json.RawMessage     `json:"parent_issue_url"`
	SubIssues struct{ Total int } `json:"sub_issues_summary"`
	Newest    string              `json:"-"` // of the labels that say something about the status; asked apart
}

func (i *issue) labels() []string {
	labels := make([]string, len(i.Labels))
	for n, l := range i.Labels {
		labels[n] = string(l)
	}
	return labels
}

// id is how an issue is addressed.
func (i *issue) id() string { return strconv.Itoa(i.Number) }

// isOurs reports whether it is an issue, and of this repository: one that was moved to
// another is answered by a redirect to there.
func (c *Client) isOurs(i *issue) bool {
	return (i.PullRequest == nil || string(i.PullRequest) == "null") && i.Number > 0 &&
		(i.Repository == "" || strings.HasSuffix(strings.ToLower(i.Repository), "/repos/"+strings.ToLower(c.opt.Project)))
}

// state is that of an issue by its name here. A duplicate is one that people closed so.
func (i *issue) state() forge.State {
	switch {
	case i.State != "closed":
		return forge.State{Name: open}
	case i.StateReason == "not_planned":
		return forge.State{Name: notPlanned, Closed: true}
	case i.StateReason == "duplicate":
		return forge.State{Name: "duplicate", Closed: true}
	}
	return forge.State{Name: closed, Closed: true}
}

// issue is what mgit knows about one.
func (c *Client) issue(i *issue) tracker.Issue {
	known := tracker.Issue{
		ID: i.id(), URL: i.URL, Subject: i.Title, Description: forge.Text(i.Body),
		Status: c.statuses.Of(i.state(), i.labels(), i.Newest), Parent: c.parent(i), Updated: i.Updated,
	}
	if i.Type != nil {
		known.Type = i.Type.Name
	}
	if i.Milestone != nil {
		known.Version = i.Milestone.Title
	}
	if i.Assignee == nil && len(i.Assignees) > 0 {
		i.Assignee = &i.Assignees[0]
	}
	if i.Assignee != nil {
		known.Assignee = i.Assignee.user()
	}
	return known
}

// parent is the id of the issue above, as far as it is told: "12", or "owner/name#12" for
// one of another repository.
func (c *Client) parent(i *issue) string {
	var at string
	if json.Unmarshal(i.Parent, &at) != nil || at == "" {
		return ""
	}
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	rest, number, ok := cutLast(u.Path, "/issues/")
	if _, err := forge.Number(number); !ok || err != nil {
		return ""
	}
	_, repository, _ := cutLast(rest, "/repos/")
	if strings.EqualFold(repository, c.opt.Project) {
		return number
	}
	return repository + "#" + number
}

func cutLast(text, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return "", text, false
	}
	return text[:i], text[i+len(sep):], true
}

// Find lists the issues whose description holds a text, of which those of its upgrade are
// labelled. A text that names no upgrade is looked for in all issues.
func (c *Client) Find(ctx context.Context, text string) ([]tracker.Issue, error) {
	listed, err := c.list(ctx, forge.Label(text))
	if err != nil {
		return nil, fmt.Errorf("find %q: %w", text, err)
	}
	if err := c.fillParents(ctx, listed); err != nil {
		return nil, fmt.Errorf("find %q: %w", text, err)
	}
	var found []tracker.Issue
	for _, i := range listed {
		if !strings.Contains(forge.Text(i.Body), text) {
			continue
		}
		if err := c.askNewest(ctx, i); err != nil {
			return nil, fmt.Errorf("find %q: %w", text, err)
		}
		found = append(found, c.issue(i))
	}
	return found, nil
}

// askNewest asks which label was given to an issue last, where several say something about
// its status.
func (c *Client) askNewest(ctx context.Context, i *issue) error {
	var err error
	i.Newest, err = c.newest.Label(i.id(), i.Updated, c.statuses.Counting(i.state(), i.labels()), func() ([]string, error) {
		type event struct {
			ID    int64
			Event string
			Label struct{ Name string }
		}
		events, err := forge.Pages[event](ctx, c.server.Host(), c.ask, web.Request{Path: "issues/" + i.id() + "/events", Query: url.Values{}})
		slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.ID, b.ID) })
		var given []string
		for _, one := range events {
			if one.Event == "labeled" {
				given = append(given, one.Label.Name)
			}
		}
		return given, err
	})
	return err
}

// list lists the issues with a label, oldest first, and with them what this client made
// and the list lacks as yet.
func (c *Client) list(ctx context.Context, label string) ([]*issue, error) {
	query := url.Values{"state": {"all"}, "sort": {"created"}, "direction": {"asc"}}
	if label != "" {
		query.Set("labels", label)
	}
	all, err := forge.Pages[*issue](ctx, c.server.Host(), c.ask, web.Request{Path: "issues", Query: query})
	if err != nil {
		return nil, err
	}
	all = c.ours(all)
	has := map[string]bool{}
	for _, i := range all {
		has[i.id()] = true
	}
	for _, id := range c.made.Missing(label, has) {
		i, err := c.get(ctx, id)
		if err == nil && slices.Contains(i.labels(), label) {
			all = append(all, i)
		}
	}
	all = c.ours(all)
	c.remember(all...)
	return all, nil
}

// remember keeps which labels issues were seen with.
func (c *Client) remember(all ...*issue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, i := range all {
		c.labelled[i.id()] = i.labels()
	}
}

// isLabelled reports whether an issue was seen with a label; "" is one that all have.
func (c *Client) isLabelled(id, label string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return label == "" || slices.Contains(c.labelled[id], label)
}

// ours are the issues of this repository, once each, by number.
func (c *Client) ours(all []*issue) []*issue {
	all = slices.DeleteFunc(all, func(i *issue) bool { return i == nil || !c.isOurs(i) })
	slices.SortStableFunc(all, func(a, b *issue) int { return cmp.Compare(a.Number, b.Number) })
	return slices.CompactFunc(all, func(a, b *issue) bool { return a.Number == b.Number })
}

// fillParents asks the issues that have sub-issues for them, where a server does not tell
// what is above an issue.
func (c *Client) fillParents(ctx context.Context, listed []*issue) error {
	if !slices.ContainsFunc(listed, func(i *issue) bool { return i.Parent == nil }) {
		return nil
	}
	above := map[int]string{}
	for _, p := range listed {
		if p.SubIssues.Total == 0 {
			continue
		}
		children, err := c.subIssues(ctx, p.id())
		if err != nil {
			return err
		}
		for _, child := range children {
			above[child.Number] = p.id()
		}
	}
	for _, i := range listed {
		if id, ok := above[i.Number]; ok && i.Parent == nil {
			i.Parent = c.address(id)
		}
	}
	return nil
}

// address is that of an issue, as parents are told by.
func (c *Client) address(id string) json.RawMessage {
	if id == "" {
		return json.RawMessage("null")
	}
	return json.RawMessage(strconv.Quote("/repos/" + c.opt.Project + "/issues/" + id))
}

// get reads one issue, not its notes.
func (c *Client) get(ctx context.Context, id string) (*issue, error) {
	number, err := forge.Number(id)
	if err != nil {
		return nil, err
	}
	var i issue
	if _, err := c.ask(ctx, web.Request{Path: "issues/" + id}, &i); err != nil {
		return nil, err
	}
	if i.Number != number || !c.isOurs(&i) {
		return nil, tracker.ErrNotFound
	}
	return &i, nil
}

// Read reads one issue with its notes.
func (c *Client) Read(ctx context.Context, id string) (tracker.Issue, error) {
	i, err := c.get(ctx, id)
	if err == nil && i.Parent == nil {
		err = c.askParent(ctx, i)
	}
	if err == nil {
		err = c.askNewest(ctx, i)
	}
	if err != nil {
		return tracker.Issue{}, fmt.Errorf("read #%s: %w", id, err)
	}
	known := c.issue(i)
	known.Notes, err = c.notes(ctx, id)
	if err != nil {
		return tracker.Issue{}, fmt.Errorf("read the notes of #%s: %w", id, err)
	}
	return known, nil
}

// Children lists the sub-issues of an issue that are in this repository.
func (c *Client) Children(ctx context.Context, parent string) ([]tracker.Issue, error) {
	if _, err := forge.Number(parent); err != nil {
		return nil, err
	}
	all, err := c.subIssues(ctx, parent)
	if err != nil {
		return nil, fmt.Errorf("list the sub-issues of #%s: %w", parent, err)
	}
	children := make([]tracker.Issue, 0, len(all))
	for _, i := range all {
		i.Parent = c.address(parent)
		if err := c.askNewest(ctx, i); err != nil {
			return nil, fmt.Errorf("list the sub-issues of #%s: %w", parent, err)
		}
		children = append(children, c.issue(i))
	}
	return children, nil
}

func (c *Client) subIssues(ctx context.Context, parent string) ([]*issue, error) {
	all, err := forge.Pages[*issue](ctx, c.server.Host(), c.ask, web.Request{Path: "issues/" + parent + "/sub_issues", Query: url.Values{}})
	return c.ours(all), err
}

// notes are the comments of an issue. GitHub has none that only some see.
func (c *Client) notes(ctx context.Context, id string) ([]tracker.Note, error) {
	type comment struct {
		ID      int64     `json:"id"`
		Body    string    `json:"body"`
		User    *user     `json:"user"`
		Created time.Time `json:"created_at"`
	}
	comments, err := forge.Pages[comment](ctx, c.server.Host(), c.ask, web.Request{Path: "issues/" + id + "/comments", Query: url.Values{}})
	if err != nil {
		return nil, err
	}
	var notes []tracker.Note
	for _, one := range comments {
		who := user{Login: "ghost"} // who wrote it is there no more
		if one.User != nil {
			who = *one.User
		}
		notes = append(notes, tracker.Note{ID: strconv.FormatInt(one.ID, 10), When: one.Created, Who: who.user(), Text: forge.Text(one.Body)})
	}
	return notes, nil
}
