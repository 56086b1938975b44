package gitlab

import (
	"cmp"
	"context"
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

// issue is one as GitLab tells.
type issue struct {
	ID          int      `json:"id"`  // on the whole server
	IID         int      `json:"iid"` // in its project, as people write it
	Project     int      `json:"project_id"`
	URL         string   `json:"web_url"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	State       string   `json:"state"`
	Type        string   `json:"issue_type"`
	Labels      []string `json:"labels"`
	Assignees   []user   `json:"assignees"`
	Milestone   *struct{ Title string }
	Updated     time.Time `json:"updated_at"`
	References  struct{ Full string }
	LinkID      int    `json:"issue_link_id"` // in a list of links
	Parent      string `json:"-"`             // asked apart
	Newest      string `json:"-"`             // of the labels that say something about the status; asked apart
}

func (i *issue) id() string { return strconv.Itoa(i.IID) }

func (i *issue) state() forge.State {
	if i.State == "closed" {
		return forge.State{Name: closed, Closed: true}
	}
	return forge.State{Name: open}
}

func (i *issue) marker() tracker.Marker {
	m, _ := tracker.FindMarker(i.Description)
	return m
}

// issue is what mgit knows about one.
func (c *Client) issue(i *issue) tracker.Issue {
	known := tracker.Issue{
		ID: i.id(), URL: i.URL, Type: i.Type, Subject: i.Title, Description: forge.Text(i.Description),
		Status: c.statuses.Of(i.state(), i.Labels, i.Newest), Parent: i.Parent, Updated: i.Updated,
	}
	if i.Milestone != nil {
		known.Version = i.Milestone.Title
	}
	if len(i.Assignees) > 0 {
		known.Assignee = i.Assignees[0].user()
	}
	return known
}

// remember keeps what is asked of an issue later.
func (c *Client) remember(all ...*issue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, i := range all {
		c.known[i.id()] = item{i.ID, i.marker()}
	}
}

// isAbove reports whether an issue with the first marker is one that an issue with the
// second belongs below: that of its upgrade, or of a group of it. A link between two such
// issues says that one is below the other where GitLab has no other way to say it.
func isAbove(above, below tracker.Marker) bool {
	isTop := above.Thing == "" || strings.HasPrefix(above.Thing, "+")
	return isTop && above != (tracker.Marker{}) && above.Upgrade() == below.Upgrade() && below.Thing != "" && above != below
}

// Find lists the issues whose description holds a text, of which those of its upgrade are
// labelled. A text that names no upgrade is looked for in all issues.
func (c *Client) Find(ctx context.Context, text string) ([]tracker.Issue, error) {
	listed, err := c.list(ctx, forge.Label(text))
	if err != nil {
		return nil, fmt.Errorf("find %q: %w", text, err)
	}
	fits := slices.DeleteFunc(slices.Clone(listed), func(i *issue) bool { return !strings.Contains(forge.Text(i.Description), text) })
	if err := c.fillParents(ctx, fits, listed); err != nil {
		return nil, fmt.Errorf("find %q: %w", text, err)
	}
	var found []tracker.Issue
	for _, i := range fits {
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
	i.Newest, err = c.newest.Label(i.id(), i.Updated, c.statuses.Counting(i.state(), i.Labels), func() ([]string, error) {
		type event struct {
			ID     int64
			Action string
			Label  *struct{ Name string } // null: it was deleted since
		}
		events, err := forge.Pages[event](ctx, c.server.Host(), c.ask, web.Request{Path: "issues/" + i.id() + "/resource_label_events", Query: url.Values{}})
		slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.ID, b.ID) })
		var given []string
		for _, one := range events {
			if one.Action == "add" && one.Label != nil {
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
	query := url.Values{"scope": {"all"}, "state": {"all"}, "order_by": {"created_at"}, "sort": {"asc"}}
	if label != "" {
		query.Set("labels", label)
	}
	all, err := forge.Pages[*issue](ctx, c.server.Host(), c.ask, web.Request{Path: "issues", Query: query})
	if err != nil {
		return nil, err
	}
	all = inOrder(all)
	has := map[string]bool{}
	for _, i := range all {
		has[i.id()] = true
	}
	for _, id := range c.made.Missing(label, has) {
		i, err := c.get(ctx, id)
		if err == nil && slices.Contains(i.Labels, label) {
			all = append(all, i)
		}
	}
	all = inOrder(all)
	c.remember(all...)
	return all, nil
}

// inOrder sorts issues by their ids, each of them once.
func inOrder(all []*issue) []*issue {
	all = slices.DeleteFunc(all, func(i *issue) bool { return i == nil || i.IID <= 0 })
	slices.SortStableFunc(all, func(a, b *issue) int { return cmp.Compare(a.IID, b.IID) })
	return slices.CompactFunc(all, func(a, b *issue) bool { return a.IID == b.IID })
}

// fillParents asks what is above issues. Those of the type "issue" stand below none. What
// stands below none and belongs below one of those listed may be linked with that.
func (c *Client) fillParents(ctx context.Context, all, listed []*issue) error {
	var iids []string
	for _, i := range all {
		if i.Type != "issue" {
			iids = append(iids, i.id())
		}
	}
	if len(iids) > 0 {
		above, err := c.parentsOf(ctx, iids)
		if err != nil {
			return err
		}
		for _, i := range all {
			i.Parent = above[i.id()]
		}
	}
	for _, top := range listed {
		belongs := func(i *issue) bool { return i.Parent == "" && isAbove(top.marker(), i.marker()) }
		if !slices.ContainsFunc(all, belongs) {
			continue
		}
		links, err := c.links(ctx, top.id())
		if err != nil {
			return err
		}
		for _, i := range all {
			if belongs(i) && slices.ContainsFunc(links, func(l *issue) bool { return l.ID == i.ID }) {
				i.Parent = top.id()
			}
		}
	}
	return nil
}

// links are the issues that one is linked with.
func (c *Client) links(ctx context.Context, id string) ([]*issue, error) {
	links, err := forge.Pages[*issue](ctx, c.server.Host(), c.ask, web.Request{Path: "issues/" + id + "/links", Query: url.Values{}})
	return slices.DeleteFunc(links, func(i *issue) bool { return i == nil }), err
}

// get reads one issue, neither its notes nor what is above it.
func (c *Client) get(ctx context.Context, id string) (*issue, error) {
	number, err := forge.Number(id)
	if err != nil {
		return nil, err
	}
	var i issue
	if _, err := c.ask(ctx, web.Request{Path: "issues/" + id}, &i); err != nil {
		return nil, err
	}
	if i.IID != number {
		return nil, tracker.ErrNotFound
	}
	c.remember(&i)
	return &i, nil
}

// Read reads one issue with its notes and its links.
func (c *Client) Read(ctx context.Context, id string) (tracker.Issue, error) {
	i, err := c.get(ctx, id)
	if err != nil {
		return tracker.Issue{}, fmt.Errorf("read #%s: %w", id, err)
	}
	links, err := c.links(ctx, id)
	if err == nil {
		err = c.askParent(ctx, i, links)
	}
	if err == nil {
		err = c.askNewest(ctx, i)
	}
	if err != nil {
		return tracker.Issue{}, fmt.Errorf("read the links of #%s: %w", id, err)
	}
	known := c.issue(i)
	known.Links = []string{}
	for _, other := range links {
		switch {
		case other.Project != i.Project:
			known.Links = append(known.Links, cmp.Or(other.References.Full, other.URL))
		case other.id() != i.Parent:
			known.Links = append(known.Links, other.id())
		}
	}
	known.Notes, err = c.notes(ctx, id)
	if err != nil {
		return tracker.Issue{}, fmt.Errorf("read the notes of #%s: %w", id, err)
	}
	return known, nil
}

// askParent asks what is above one issue, which has these links.
func (c *Client) askParent(ctx context.Context, i *issue, links []*issue) error {
	if i.Type != "issue" {
		above, err := c.parentsOf(ctx, []string{i.id()})
		if err != nil {
			return err
		}
		i.Parent = above[i.id()]
	}
	if top := linkedAbove(i, links); i.Parent == "" && top != nil {
		i.Parent = top.id()
	}
	return nil
}

// linkedAbove is the issue among the links that this one belongs below.
func linkedAbove(i *issue, links []*issue) *issue {
	at := slices.IndexFunc(links, func(l *issue) bool { return l.Project == i.Project && isAbove(l.marker(), i.marker()) })
	if at < 0 {
		return nil
	}
	return links[at]
}

// Children lists the issues directly below another one, and those that are linked with it
// in place of that.
func (c *Client) Children(ctx context.Context, parent string) ([]tracker.Issue, error) {
	top, err := c.get(ctx, parent)
	if err != nil {
		return nil, fmt.Errorf("read #%s: %w", parent, err)
	}
	iids, err := c.childrenOf(ctx, top.ID)
	if err != nil {
		return nil, fmt.Errorf("list the tasks of #%s: %w", parent, err)
	}
	links, err := c.links(ctx, parent)
	if err != nil {
		return nil, fmt.Errorf("read the links of #%s: %w", parent, err)
	}
	for _, l := range links {
		if l.Project == top.Project && isAbove(top.marker(), l.marker()) {
			iids = append(iids, l.id())
		}
	}
	var all []*issue
	for some := range slices.Chunk(iids, 100) {
		query := url.Values{"scope": {"all"}, "state": {"all"}, "iids[]": some}
		page, err := forge.Pages[*issue](ctx, c.server.Host(), c.ask, web.Request{Path: "issues", Query: query})
		if err != nil {
			return nil, fmt.Errorf("list the tasks of #%s: %w", parent, err)
		}
		all = append(all, page...)
	}
	children := []tracker.Issue{}
	for _, i := range inOrder(all) {
		c.remember(i)
		i.Parent = parent
		if err := c.askNewest(ctx, i); err != nil {
			return nil, fmt.Errorf("list the tasks of #%s: %w", parent, err)
		}
		children = append(children, c.issue(i))
	}
	return children, nil
}

// notes are what people wrote below an issue, not what GitLab noted about changes.
func (c *Client) notes(ctx context.Context, id string) ([]tracker.Note, error) {
	type note struct {
		ID           int       `json:"id"`
		Body         string    `json:"body"`
		Author       user      `json:"author"`
		Created      time.Time `json:"created_at"`
		System       bool      `json:"system"`
		Internal     bool      `json:"internal"`
		Confidential bool      `json:"confidential"` // as it was called before
	}
	query := url.Values{"order_by": {"created_at"}, "sort": {"asc"}}
	all, err := forge.Pages[note](ctx, c.server.Host(), c.ask, web.Request{Path: "issues/" + id + "/notes", Query: query})
	if err != nil {
		return nil, err
	}
	var notes []tracker.Note
	for _, one := range all {
		if !one.System {
			notes = append(notes, tracker.Note{
				ID: strconv.Itoa(one.ID), When: one.Created, Who: one.Author.user(),
				Text: forge.Text(one.Body), Private: one.Internal || one.Confidential,
			})
		}
	}
	return notes, nil
}
