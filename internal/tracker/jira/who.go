package jira

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// account is a user as either Jira writes one.
type account struct {
	AccountID    string `json:"accountId"` // cloud only
	Name         string `json:"name"`      // data centre only
	EmailAddress string `json:"emailAddress"`
	DisplayName  string `json:"displayName"`
	Active       *bool  `json:"active"`
}

func (a account) isCloud() bool { return a.AccountID != "" }

func (a *account) user() tracker.User {
	if a == nil {
		return tracker.User{}
	}
	id := cmp.Or(a.AccountID, a.Name)
	return tracker.User{ID: id, Login: cmp.Or(a.Name, a.EmailAddress), Name: cmp.Or(a.DisplayName, a.Name, id)}
}

// whoever returns whose key it is; that is asked once.
func (c *Client) whoever(ctx context.Context) (account, error) {
	c.mu.Lock()
	me := c.me
	c.mu.Unlock()
	if me != nil {
		return *me, nil
	}
	me = new(account)
	if err := c.ask(ctx, web.Request{Path: "myself"}, me, nil); err != nil {
		var status *web.StatusError
		if errors.As(err, &status) && status.Status == http.StatusForbidden {
			// A Data Center wants a captcha after too many wrong passwords.
			return account{}, fmt.Errorf("%w, or wants somebody to log in by hand: %w", tracker.ErrKey, status)
		}
		return account{}, err
	}
	if me.user().ID == "" {
		return account{}, c.unusable("rest/api/2/myself", "a user without a name")
	}
	c.mu.Lock()
	c.me = me
	c.mu.Unlock()
	return *me, nil
}

// Whoami implements [tracker.Client].
func (c *Client) Whoami(ctx context.Context) (tracker.User, error) {
	me, err := c.whoever(ctx)
	if err != nil {
		return tracker.User{}, err
	}
	var answer struct {
		Permissions map[string]struct {
			HavePermission bool `json:"havePermission"`
		} `json:"permissions"`
	}
	query := url.Values{"projectKey": {c.opt.Project}, "permissions": {browse}}
	if err := c.ask(ctx, web.Request{Path: "mypermissions", Query: query}, &answer, tracker.ErrProject); err != nil {
		return tracker.User{}, projectRefused(err)
	}
	if !answer.Permissions[browse].HavePermission {
		return tracker.User{}, fmt.Errorf("%w: %q", tracker.ErrProject, c.opt.Project)
	}
	return me.user(), nil
}

// browse is the permission to see a project. Whoever lacks another one is told so where
// it is needed.
const browse = "BROWSE_PROJECTS"

// projectRefused is the error where the project was all that was asked for.
func projectRefused(err error) error {
	var refused *tracker.RefusedError
	if errors.As(err, &refused) {
		return fmt.Errorf("%w: %s", tracker.ErrProject, strings.Join(refused.Reasons, "; "))
	}
	return err
}

// issueType is a type of issue of the project, with the statuses that its workflow has.
type issueType struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Subtask  bool     `json:"subtask"`
	Statuses []status `json:"statuses"`
}

type status struct {
	Name     string `json:"name"`
	Category struct {
		Key string `json:"key"`
	} `json:"statusCategory"`
}

func (s status) tracker() tracker.Status {
	return tracker.Status{Name: s.Name, Closed: s.Category.Key == "done"}
}

// issueTypes are the types of the project; they are asked for once.
func (c *Client) issueTypes(ctx context.Context) ([]issueType, error) {
	c.mu.Lock()
	types := c.types
	c.mu.Unlock()
	if types != nil {
		return types, nil
	}
	path := "project/" + url.PathEscape(c.opt.Project) + "/statuses"
	if err := c.ask(ctx, web.Request{Path: path}, &types, tracker.ErrProject); err != nil {
		return nil, projectRefused(err)
	}
	if len(types) == 0 {
		return nil, c.unusable("rest/api/2/"+path, "no type of issue")
	}
	c.mu.Lock()
	c.types = types
	c.mu.Unlock()
	return types, nil
}

// Statuses implements [tracker.Client]. They are those of all types of issues of the
// project.
func (c *Client) Statuses(ctx context.Context) ([]tracker.Status, error) {
	types, err := c.issueTypes(ctx)
	if err != nil {
		return nil, err
	}
	var all []tracker.Status
	known := make(map[string]bool)
	for _, t := range types {
		for _, s := range t.Statuses {
			if s.Name != "" && !known[s.Name] {
				known[s.Name] = true
				all = append(all, s.tracker())
			}
		}
	}
	return all, nil
}

// typeOf is the type of an issue that is to be made.
func (c *Client) typeOf(ctx context.Context, isBelow bool) (issueType, error) {
	types, err := c.issueTypes(ctx)
	if err != nil {
		return issueType{}, err
	}
	wanted, kind := c.opt.ParentType, "type of issue without a parent"
	if isBelow {
		wanted, kind = c.opt.Type, "type of sub-task"
	}
	var fitting []issueType
	var names []string
	for _, t := range types {
		if t.Subtask == isBelow {
			fitting = append(fitting, t)
			names = append(names, t.Name)
		}
	}
	for _, t := range fitting {
		if strings.EqualFold(t.Name, cmp.Or(wanted, "Task")) {
			return t, nil
		}
	}
	switch {
	case wanted != "":
		return issueType{}, refused("the project has no %s %q; it has %s", kind, wanted, listed(names))
	case len(fitting) == 0:
		return issueType{}, refused("the project has no %s", kind)
	}
	return fitting[0], nil
}

func refused(format string, args ...any) error {
	return &tracker.RefusedError{Reasons: []string{web.Line(fmt.Sprintf(format, args...))}}
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, ", ")
}

// peoplePage is how many people are asked for at once, and mostPeople how many at all:
// Jira Cloud looks at the first thousand users only.
const peoplePage, mostPeople = 1000, 10_000

// People implements [tracker.Client].
func (c *Client) People(ctx context.Context) ([]tracker.User, error) {
	me, err := c.whoever(ctx)
	if err != nil {
		return nil, err
	}
	var all []tracker.User
	known := make(map[string]bool)
	for start := 0; start < mostPeople; start += peoplePage {
		query := url.Values{"project": {c.opt.Project}, "startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(peoplePage)}}
		var page []account
		if err := c.ask(ctx, web.Request{Path: "user/assignable/search", Query: query}, &page, tracker.ErrProject); err != nil {
			return nil, projectRefused(err)
		}
		for _, a := range page {
			u := a.user()
			if u.ID != "" && !known[u.ID] && (a.Active == nil || *a.Active) {
				known[u.ID] = true
				all = append(all, u)
			}
		}
		if me.isCloud() || len(page) < peoplePage {
			break
		}
	}
	return all, nil
}
