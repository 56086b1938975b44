package redmine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// pageSize is the largest page that Redmine gives; it makes 100 of more.
const pageSize = 100

// maxIssues is more than an upgrade can have: a list that goes on is none.
const maxIssues = 20_000

// Find lists the issues of the project and its subprojects, open and closed, whose
// description holds a text. Private ones are among them as far as the key sees them.
//
// Redmine takes the text apart at spaces and quotes, and asks its database for all parts
// with LIKE, which does not tell small letters from capital ones: more can come than was
// asked for, and is left out here, but never less.
func (c *Client) Find(ctx context.Context, text string) ([]tracker.Issue, error) {
	issues, err := c.list(ctx, c.projectPath("/issues.json"), map[string]filter{
		"description":   {"~", text},
		"status_id":     {"*", ""},
		"subproject_id": {"*", ""}, // what the setting of the server says otherwise
	})
	if err != nil {
		return nil, fmt.Errorf("find issues with %q: %w", text, err)
	}
	return slices.DeleteFunc(issues, func(i tracker.Issue) bool { return !strings.Contains(i.Description, text) }), nil
}

// Children lists the issues directly below another one, in whichever project.
func (c *Client) Children(ctx context.Context, parent string) ([]tracker.Issue, error) {
	if !isID(parent) {
		return nil, fmt.Errorf("list the issues below %q: %w", parent, tracker.ErrNotFound)
	}
	issues, err := c.list(ctx, "issues.json", map[string]filter{
		"parent_id": {"=", parent},
		"status_id": {"*", ""},
	})
	if err != nil {
		return nil, fmt.Errorf("list the issues below %s: %w", parent, err)
	}
	return issues, nil
}

// filter is one condition of a list; the value is empty where the operator needs none.
type filter struct{ operator, value string }

// query writes filters in the form that takes values as they are; in the short one
// (description=~a|b) some characters mean something.
func query(filters map[string]filter) url.Values {
	q := url.Values{"set_filter": {"1"}, "sort": {"id"}, "limit": {strconv.Itoa(pageSize)}, "include": {"relations"}}
	for name, f := range filters {
		q.Add("f[]", name)
		q.Set("op["+name+"]", f.operator)
		if f.value != "" {
			q.Set("v["+name+"][]", f.value)
		}
	}
	slices.Sort(q["f[]"])
	return q
}

// errShifted says that an issue went out of a list while it was read.
var errShifted = errors.New("the list changes while it is read")

// list reads all pages of a list, oldest issue first.
func (c *Client) list(ctx context.Context, path string, filters map[string]filter) ([]tracker.Issue, error) {
	issues, err := c.pages(ctx, path, query(filters))
	for try := 1; errors.Is(err, errShifted) && try < 4; try++ {
		issues, err = c.pages(ctx, path, query(filters))
	}
	if errors.Is(err, errShifted) {
		return nil, &web.AnswerError{Host: c.server.Host(), Reason: err.Error()}
	}
	if err == nil && len(issues) == 0 {
		// What a key that was taken back sees looks the same.
		_, err = c.current(ctx)
	}
	if err != nil {
		return nil, err
	}
	out := make([]tracker.Issue, 0, len(issues))
	for i := range issues {
		out = append(out, c.issue(&issues[i]))
	}
	return out, nil
}

// pages reads a list once. Pages are counted by position, and an issue that goes out of
// the list moves all later ones up: each page begins with the last issue of the one before,
// so that this is seen. What comes in has a higher number and stands at the end.
func (c *Client) pages(ctx context.Context, path string, q url.Values) ([]issue, error) {
	var all []issue
	for {
		offset := max(len(all)-1, 0)
		q.Set("offset", strconv.Itoa(offset))
		var page struct {
			Issues []issue
			Total  int `json:"total_count"`
		}
		if _, err := c.server.JSON(ctx, web.Request{Path: path, Query: q}, &page); err != nil {
			return nil, c.wrapped(ctx, "list issues", err, map[int]error{http.StatusNotFound: tracker.ErrProject})
		}
		if len(all) > 0 {
			if len(page.Issues) == 0 || page.Issues[0].ID != all[len(all)-1].ID {
				return nil, errShifted
			}
			page.Issues = page.Issues[1:]
		}
		all = append(all, page.Issues...)
		switch {
		case !slices.IsSortedFunc(all, func(a, b issue) int { return a.ID - b.ID }):
			return nil, &web.AnswerError{Host: c.server.Host(), Reason: "it does not sort issues by number"}
		case len(all) > maxIssues:
			return nil, &web.AnswerError{Host: c.server.Host(), Reason: fmt.Sprintf("it lists more than %d issues", maxIssues)}
		case len(all) >= page.Total:
			return all, nil
		case len(page.Issues) == 0:
			return nil, errShifted
		}
	}
}

// Read reads an issue. Private notes are among its notes where the role sees them.
func (c *Client) Read(ctx context.Context, id string) (tracker.Issue, error) {
	i, err := c.read(ctx, id, "journals,relations")
	if err != nil {
		return tracker.Issue{}, err
	}
	if i.Relations == nil {
		i.Relations = &[]relation{} // it leaves out an empty list
	}
	return c.issue(i), nil
}

func (c *Client) read(ctx context.Context, id, include string) (*issue, error) {
	step := "read issue " + id
	if !isID(id) {
		return nil, fmt.Errorf("read issue %q: %w", id, tracker.ErrNotFound)
	}
	var answer struct{ Issue *issue }
	_, err := c.server.JSON(ctx, web.Request{Path: "issues/" + id + ".json", Query: url.Values{"include": {include}}}, &answer)
	if err != nil {
		// Somebody else's private issue is answered with 403.
		return nil, c.wrapped(ctx, step, err, map[int]error{http.StatusNotFound: tracker.ErrNotFound, http.StatusForbidden: tracker.ErrNotFound})
	}
	if answer.Issue == nil || strconv.Itoa(answer.Issue.ID) != id {
		return nil, fmt.Errorf("%s: %w", step, &web.AnswerError{Host: c.server.Host(), Reason: "it answered with something else"})
	}
	return answer.Issue, nil
}

// isID reports whether an id can be one of Redmine's; others do not go into a path.
func isID(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && n > 0 && strconv.Itoa(n) == id
}

// wrapped is the function of that name. Where Redmine says no more than that something is
// forbidden, the interface may have been switched off meanwhile, and all is forbidden.
func (c *Client) wrapped(ctx context.Context, step string, err error, names map[int]error) error {
	var refused *web.StatusError
	if errors.As(err, &refused) && refused.Status == http.StatusForbidden {
		if _, doubt := c.current(ctx); errors.Is(doubt, tracker.ErrSwitchedOff) || errors.Is(doubt, tracker.ErrKey) {
			return fmt.Errorf("%s: %w", step, doubt)
		}
		c.mu.Lock()
		isClosed := c.project != nil && c.project.Status == projectClosed
		c.mu.Unlock()
		if isClosed && names[http.StatusForbidden] == nil {
			return fmt.Errorf("%s: %s: %w", step, closedProject, tracker.ErrRights)
		}
	}
	return wrapped(step, err, names)
}

// wrapped wraps an error, and gives it one of the tracker's names where the status of the
// answer has one. No error stays none.
func wrapped(step string, err error, names map[int]error) error {
	if err == nil {
		return nil
	}
	var refused *web.StatusError
	if !errors.As(err, &refused) {
		return fmt.Errorf("%s: %w", step, err)
	}
	if name := names[refused.Status]; name != nil {
		return fmt.Errorf("%s: %w", step, name)
	}
	switch refused.Status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%s: %w", step, tracker.ErrKey)
	case http.StatusForbidden:
		return fmt.Errorf("%s: %w", step, tracker.ErrRights)
	}
	return fmt.Errorf("%s: %w", step, err)
}
