// Package redmine is a [tracker.Client] of a project in Redmine, over its REST API.
//
// Redmine answers many writes with success and does not do them: a status that the
// workflow forbids, a parent that the role may not set, a custom field that the issue
// does not have. A client hands on what was asked and what was read, and makes up
// nothing; only what Redmine would do in silence with a name that it does not know (take
// the default in its place) is an error here, before anything is sent.
//
// Everything stands in https://www.redmine.org/projects/redmine/wiki/Rest_api or was seen
// on Redmine 5.0.4; docs/tracker.md says which.
package redmine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// Options of a Client; the zero value is the default of each.
type Options struct {
	// Project is the identifier or the number of the project; it is required.
	Project string
	// Type and ParentType are the trackers, as Redmine calls types of issues, of a
	// branch's and of an upgrade's issue, by name; "" is the project's first one.
	Type, ParentType string
	// Markup is how this Redmine reads texts, which it does not tell; "" is Textile.
	Markup tracker.Markup
}

// Client is a project of a Redmine. It implements [tracker.Client].
type Client struct {
	server *web.Server
	opt    Options

	mu sync.Mutex // over what is below
	known
}

// known is what was read and is kept until somebody asks who the key belongs to.
type known struct {
	me       *user
	project  *project
	statuses []status
	versions []version
	asked    bool // for versions
}

var (
	_ tracker.Client = (*Client)(nil)
	_ tracker.Rights = (*Client)(nil)
)

// New returns a client of a project on a server, which is asked with a [Header].
func New(server *web.Server, opt Options) *Client {
	opt.Markup = cmp.Or(opt.Markup, tracker.Textile)
	return &Client{server: server, opt: opt}
}

// Header is what a request needs to be made with a key.
func Header(key string) http.Header {
	h := http.Header{}
	h.Set("X-Redmine-API-Key", key)
	return h
}

// The limits of Redmine's columns: a subject has 255 characters. A text has 65,535 bytes
// on MySQL, of which a character can take four.
const (
	maxSubject = 255
	maxText    = 16_000
)

// Capabilities is what every Redmine can. The statuses are those of Redmine's default
// configuration, or as soon as [Client.Whoami] was asked those that come nearest to them
// of what is there.
func (c *Client) Capabilities() tracker.Capabilities {
	c.mu.Lock()
	defer c.mu.Unlock()
	return tracker.Capabilities{
		Kind: "redmine", Markup: c.opt.Markup,
		Type: c.opt.Type, ParentType: c.opt.ParentType,
		MaxSubject: maxSubject, MaxText: maxText, ChangeWithNote: true,
		Done: true, Versions: true, Fields: true,
		Status:   maps.Clone(defaultStatus(c.statuses)),
		SameTime: time.Second,
	}
}

// Whoami asks whom the key belongs to. A list would not tell: Redmine answers a wrong
// key with what everybody may see, which is often an empty list.
func (c *Client) Whoami(ctx context.Context) (tracker.User, error) {
	c.mu.Lock()
	c.known = known{}
	c.mu.Unlock()
	me, err := c.current(ctx)
	if err != nil {
		return tracker.User{}, err
	}
	p, err := c.projectOf(ctx)
	if err != nil {
		return tracker.User{}, err
	}
	if err := c.checkTypes(p); err != nil {
		return tracker.User{}, err
	}
	if _, err := c.readStatuses(ctx); err != nil {
		return tracker.User{}, err
	}
	return me.user(), nil
}

// current reads whom the key belongs to, at every call.
func (c *Client) current(ctx context.Context) (*user, error) {
	var answer struct{ User *user }
	_, err := c.server.JSON(ctx, web.Request{Path: "users/current.json", Query: url.Values{"include": {"memberships"}}}, &answer)
	var refused *web.StatusError
	switch {
	case errors.As(err, &refused) && refused.Status == http.StatusForbidden && refused.Body == "":
		return nil, fmt.Errorf("%w: Administration > Settings > API > Enable REST web service", tracker.ErrSwitchedOff)
	case err != nil:
		return nil, wrapped("ask who the key belongs to", err, nil)
	case answer.User == nil || answer.User.ID == 0:
		return nil, &web.AnswerError{Host: c.server.Host(), Reason: "it does not say who the key belongs to: is this a Redmine?"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.me = answer.User
	return answer.User, nil
}

// identifier is what Redmine lets projects be called.
var identifier = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)

// projectOf reads the project, once.
func (c *Client) projectOf(ctx context.Context) (*project, error) {
	c.mu.Lock()
	p := c.project
	c.mu.Unlock()
	if p != nil {
		return p, nil
	}
	if !identifier.MatchString(c.opt.Project) {
		return nil, fmt.Errorf("%w: %q", tracker.ErrProject, c.opt.Project)
	}
	var answer struct{ Project *project }
	_, err := c.server.JSON(ctx, web.Request{
		Path:  c.projectPath(".json"),
		Query: url.Values{"include": {"trackers,enabled_modules"}},
	}, &answer)
	if err != nil {
		return nil, c.wrapped(ctx, fmt.Sprintf("read project %q", c.opt.Project), err, map[int]error{
			http.StatusForbidden: tracker.ErrProject, http.StatusNotFound: tracker.ErrProject,
		})
	}
	if answer.Project == nil || answer.Project.ID == 0 {
		return nil, &web.AnswerError{Host: c.server.Host(), Reason: "it does not answer with a project: is this a Redmine?"}
	}
	if !answer.Project.hasIssues() {
		return nil, fmt.Errorf("%w: the module for issues is switched off in project %q", tracker.ErrRights, c.opt.Project)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.project = answer.Project
	return answer.Project, nil
}

// projectPath is a path below the project's. A project that cannot be one leads nowhere.
func (c *Client) projectPath(rest string) string {
	if !identifier.MatchString(c.opt.Project) {
		return "projects/-" + rest
	}
	return "projects/" + c.opt.Project + rest
}

// Statuses lists all statuses of the server: which of them an issue may get is decided
// by the workflow.
func (c *Client) Statuses(ctx context.Context) ([]tracker.Status, error) {
	statuses, err := c.allStatuses(ctx)
	if err != nil {
		return nil, err
	}
	var list []tracker.Status
	for _, s := range statuses {
		list = append(list, tracker.Status{Name: s.Name, Closed: s.Closed})
	}
	return list, nil
}

// allStatuses are the statuses, which are read once.
func (c *Client) allStatuses(ctx context.Context) ([]status, error) {
	c.mu.Lock()
	statuses := c.statuses
	c.mu.Unlock()
	if statuses != nil {
		return statuses, nil
	}
	return c.readStatuses(ctx)
}

func (c *Client) readStatuses(ctx context.Context) ([]status, error) {
	var answer struct {
		Statuses []status `json:"issue_statuses"`
	}
	if _, err := c.server.JSON(ctx, web.Request{Path: "issue_statuses.json"}, &answer); err != nil {
		return nil, c.wrapped(ctx, "list statuses", err, nil)
	}
	if slices.ContainsFunc(answer.Statuses, func(s status) bool { return s.Name == "" }) {
		return nil, fmt.Errorf("list statuses: %w", &web.AnswerError{Host: c.server.Host(), Reason: "it answered with a status without a name"})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.statuses = answer.Statuses
	return answer.Statuses, nil
}

// People lists the members of the project, groups after persons. Redmine tells logins
// to administrators only: a Login is that of who asks, or empty.
func (c *Client) People(ctx context.Context) ([]tracker.User, error) {
	var people, groups []tracker.User
	for offset := 0; ; {
		var answer struct {
			Memberships []membership
			Total       int `json:"total_count"`
		}
		_, err := c.server.JSON(ctx, web.Request{
			Path:  c.projectPath("/memberships.json"),
			Query: url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}},
		}, &answer)
		if err != nil {
			return nil, c.wrapped(ctx, "list the project's members", err, map[int]error{http.StatusNotFound: tracker.ErrProject})
		}
		for _, m := range answer.Memberships {
			if m.User != nil {
				people = append(people, c.person(m.User))
			} else if m.Group != nil {
				groups = append(groups, m.Group.user())
			}
		}
		offset += len(answer.Memberships)
		if len(answer.Memberships) == 0 || offset >= answer.Total {
			return append(people, groups...), nil
		}
	}
}

// person adds the login where it is known.
func (c *Client) person(n *name) tracker.User {
	u := n.user()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.me != nil && c.me.ID == n.ID {
		u.Login = c.me.Login
	}
	return u
}
