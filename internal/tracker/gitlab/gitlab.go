// Package gitlab keeps the issues of an upgrade in a project on GitLab: those of its
// branches are tasks below the upgrade's issue.
//
// GitLab knows two states, open and closed. What is finer is a label, "mgit::parked". All
// issues of an upgrade have a label of their own, "mgit 4.5", by which they are listed:
// GitLab's search takes texts to words and finds none of more than fifty letters.
//
// Issues are asked over version 4 of the REST interface (https://docs.gitlab.com/api/issues).
// That does not know what stands below what, which GraphQL does (work items and their
// hierarchy). Where GraphQL says no, an issue is linked with the upgrade's instead.
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
	"sync"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/forge"
	"mgit/internal/web"
)

// Options of a Client. Project is required, the zero value is the default of the others.
type Options struct {
	Project string // its path, "group/project", or its number
	// Type and ParentType are the types of a branch's issue, "task" when not set, and of an
	// upgrade's, "issue" when not set.
	Type, ParentType string
	// Statuses are those that the settings name, beside the default ones.
	Statuses []string
	// Warn is told once when issues cannot be put below others and are linked instead.
	Warn func(text string)
}

// Client is a project's issues. It implements tracker.Client.
type Client struct {
	server   *web.Server
	opt      Options
	path     string // of the project, below the server's address
	statuses *forge.Statuses
	made     forge.Made
	newest   forge.Newest
	wrong    error // about opt.Project; nil

	mu         sync.Mutex
	fullPath   string          // of the project; "" not known yet
	known      map[string]item // by the id of the issue
	milestones map[string]int  // by title
	noGraph    bool            // GraphQL is not to be asked any more
}

// item is what is kept of an issue that was seen: its number on the whole server, which
// GraphQL asks for, and its marker.
type item struct {
	id     int
	marker tracker.Marker
}

// States of GitLab, by their names here.
const (
	open   = "open"
	closed = "closed"
)

// New returns the client of a project. The server is that at an [Address], with [Header]
// and [Later] in its options.
func New(server *web.Server, opt Options) *Client {
	c := &Client{server: server, opt: opt, known: map[string]item{}, milestones: map[string]int{}}
	c.path = "api/v4/projects/" + url.PathEscape(opt.Project)
	if strings.Trim(opt.Project, "./ ") == "" || strings.Contains(opt.Project, "..") || strings.HasPrefix(opt.Project, "/") {
		c.wrong = fmt.Errorf("%w: a project is named group/project, not %q", tracker.ErrProject, opt.Project)
	}
	names := slices.Clone(opt.Statuses)
	for _, state := range tracker.States() {
		names = append(names, defaults()[state])
	}
	c.statuses = forge.NewStatuses("mgit::", []forge.State{{Name: open}, {Name: closed, Closed: true}}, names...)
	return c
}

// Header is the header of every request for a key.
func Header(token string) http.Header { return http.Header{"Private-Token": {token}} }

// Address is where the server is for an address that people know, which may be that of
// the interface.
func Address(address string) string {
	return strings.TrimRight(strings.TrimSuffix(strings.TrimRight(address, "/"), "/api/v4"), "/")
}

// Later reports whether GitLab was asked too often, and how long it wants to be left alone.
// Limits of one kind of request, such as 60 notes in a minute, are told without a time.
func Later(a *web.Answer) (time.Duration, bool) {
	if a.Status != http.StatusTooManyRequests {
		return 0, false
	}
	if after, ok := web.RetryAfter(a.Header); ok {
		return max(after, time.Second), true
	}
	if after, ok := forge.Until(a.Header, "Ratelimit-Reset"); ok {
		return after, true
	}
	return time.Minute, true
}

// defaults are the statuses of the ledger's states.
func defaults() map[string]string {
	return map[string]string{
		"todo": open, "parked": open + ": parked", "moved": open + ": moved", "tested": open + ": tested",
		"in-test": open + ": in test", "held": open + ": held", "in-deployment": closed, "dropped": closed + ": dropped",
	}
}

// Capabilities says what GitLab can hold. An issue has room for 5,000 below it, on older
// servers for fewer, beyond which they are linked.
func (c *Client) Capabilities() tracker.Capabilities {
	return tracker.Capabilities{
		Kind: "gitlab", Markup: tracker.CommonMark,
		MaxSubject: 255, MaxText: 1 << 20,
		Versions: true,
		Type:     c.opt.Type, ParentType: c.opt.ParentType,
		Status: defaults(), SameTime: time.Millisecond,
	}
}

// user is somebody as GitLab tells.
type user struct {
	ID       int    `json:"id"`
	Username string `json:"username"`
	Name     string `json:"name"`
	State    string `json:"state"`
}

func (u user) user() tracker.User {
	return tracker.User{ID: strconv.Itoa(u.ID), Login: u.Username, Name: u.Name}
}

// project is what GitLab says about one.
type project struct {
	Path        string `json:"path_with_namespace"`
	Archived    bool   `json:"archived"`
	Issues      *bool  `json:"issues_enabled"`
	IssueAccess string `json:"issues_access_level"`
	Permissions struct {
		Project *access `json:"project_access"`
		Group   *access `json:"group_access"`
	} `json:"permissions"`
}

type access struct {
	Level int `json:"access_level"`
}

// planner is the least role that may label, assign and close issues; guests may not.
const planner = 15

// Whoami asks whose the key is, and whether it may do in the project what is needed.
func (c *Client) Whoami(ctx context.Context) (tracker.User, error) {
	var me user
	a, err := c.send(ctx, web.Request{Path: "api/v4/user"}, &me)
	if err == nil {
		err = refusal(a, &web.AnswerError{Host: c.server.Host(), Reason: "there is no GitLab at this address"})
	}
	if err != nil {
		return tracker.User{}, err
	}
	if me.ID <= 0 {
		return tracker.User{}, &web.AnswerError{Host: c.server.Host(), Reason: "it does not say whose the key is"}
	}
	p, err := c.about(ctx)
	if err != nil {
		return tracker.User{}, err
	}
	return me.user(), p.usable(c.opt.Project)
}

// about reads what GitLab says about the project.
func (c *Client) about(ctx context.Context) (*project, error) {
	if c.wrong != nil {
		return nil, c.wrong
	}
	var p project
	a, err := c.send(ctx, web.Request{Path: c.path}, &p)
	if err == nil {
		err = refusal(a, tracker.ErrProject)
	}
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fullPath = p.Path
	return &p, nil
}

// usable says why issues cannot be kept there. Roles that come by an invitation of a group
// are not told, so only one that is told and too low stops.
func (p *project) usable(name string) error {
	level := 0
	for _, one := range []*access{p.Permissions.Project, p.Permissions.Group} {
		if one != nil {
			level = max(level, one.Level)
		}
	}
	_, notNumber := strconv.Atoi(name)
	switch {
	case notNumber != nil && !strings.EqualFold(p.Path, name):
		return fmt.Errorf("%w: %s is called %s now", tracker.ErrProject, name, web.Line(p.Path))
	case p.IssueAccess == "disabled" || p.IssueAccess == "" && p.Issues != nil && !*p.Issues:
		return fmt.Errorf("%w: %s has no issues", tracker.ErrSwitchedOff, name)
	case p.Archived:
		return fmt.Errorf("%w: %s is archived", tracker.ErrRights, name)
	case level > 0 && level < planner:
		return fmt.Errorf("%w: whose it is is a guest of %s and may not label issues", tracker.ErrRights, name)
	}
	return nil
}

// Statuses lists the statuses that mgit knows. Any other label that begins like theirs
// makes one more.
func (c *Client) Statuses(context.Context) ([]tracker.Status, error) { return c.statuses.All(), nil }

// People lists the members of the project and of the groups above it.
func (c *Client) People(ctx context.Context) ([]tracker.User, error) {
	users, err := forge.Pages[user](ctx, c.server.Host(), c.ask, web.Request{Path: "members/all", Query: url.Values{}})
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	var people []tracker.User
	seen := map[int]bool{}
	for _, u := range users {
		if u.ID > 0 && !seen[u.ID] && (u.State == "active" || u.State == "") {
			people = append(people, u.user())
		}
		seen[u.ID] = true // who is a member by several ways is listed several times
	}
	return people, nil
}

// errConflict says that something is so already.
var errConflict = errors.New("it is so already")

// ask asks about the project and reads the answer, or says why there is none.
func (c *Client) ask(ctx context.Context, r web.Request, v any) (*web.Answer, error) {
	if c.wrong != nil {
		return nil, c.wrong
	}
	r.Path = c.path + "/" + r.Path
	a, err := c.send(ctx, r, v)
	if err != nil {
		return nil, err
	}
	return a, refusal(a, tracker.ErrNotFound)
}

// send asks, and reads the answer where it is no refusal.
func (c *Client) send(ctx context.Context, r web.Request, v any) (*web.Answer, error) {
	r.Accept = []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity,
	}
	a, err := c.server.Do(ctx, r)
	if err != nil || a.Status/100 != 2 {
		return a, err
	}
	return a, c.server.Decode(r, a, v)
}

// refusal is the error of an answer that refuses; missing is what a 404 says.
func refusal(a *web.Answer, missing error) error {
	said := forge.Words(a)
	kind := missing
	switch a.Status {
	case http.StatusUnauthorized:
		kind = tracker.ErrKey
	case http.StatusForbidden:
		kind = tracker.ErrRights
	case http.StatusGone:
		kind = tracker.ErrSwitchedOff
	case http.StatusConflict:
		kind = errConflict
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		if len(said) == 0 {
			said = []string{http.StatusText(a.Status)}
		}
		return &tracker.RefusedError{Reasons: said}
	case http.StatusNotFound:
	default:
		return nil
	}
	return fmt.Errorf("%w (%d %s)", kind, a.Status, cmp.Or(strings.Join(said, "; "), http.StatusText(a.Status)))
}
