package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// errGraph says that GraphQL is not there, or does not know what it is asked for.
var errGraph = errors.New("GraphQL says no")

// The questions in GraphQL. They name as little as they can, so that old servers know it.
const (
	askParents = `query($path: ID!, $iids: [String!]) { project(fullPath: $path) { workItems(iids: $iids, first: 100) { nodes { iid widgets { ... on WorkItemWidgetHierarchy { parent { id iid } } } } } } }`

	askChildren = `query($id: WorkItemID!, $after: String) { workItem(id: $id) { widgets { ... on WorkItemWidgetHierarchy { children(first: 100, after: $after) { nodes { iid } pageInfo { hasNextPage endCursor } } } } } }`

	setParent = `mutation($id: WorkItemID!, $parent: WorkItemID) { workItemUpdate(input: {id: $id, hierarchyWidget: {parentId: $parent}}) { errors } }`
)

// place is an issue as GraphQL names it. The iid alone may be of another project.
type place struct {
	ID  string `json:"id"`
	IID string `json:"iid"`
}

// widget is one part of a work item, of which only the hierarchy has something in it.
type widget struct {
	Parent   *place `json:"parent"`
	Children *struct {
		Nodes    []place
		PageInfo struct {
			HasNextPage bool
			EndCursor   string
		}
	} `json:"children"`
}

// globalID is how GraphQL names an issue.
func globalID(id int) string { return fmt.Sprint("gid://gitlab/WorkItem/", id) }

// graph asks in GraphQL. Whatever it is that GraphQL does not take is an errGraph.
func (c *Client) graph(ctx context.Context, query string, variables map[string]any, data any) error {
	if c.isGraphOff() {
		return errGraph
	}
	answer := struct {
		Data   any
		Errors []struct{ Message string }
	}{Data: data}
	r := web.Request{Method: http.MethodPost, Path: "api/graphql", Again: true, Body: map[string]any{"query": query, "variables": variables}}
	a, err := c.send(ctx, r, &answer)
	var page *web.AnswerError
	switch {
	case errors.As(err, &page):
		return fmt.Errorf("%w: %s", errGraph, page.Reason)
	case err != nil:
		return err
	case a.Status == http.StatusUnauthorized:
		return refusal(a, nil)
	case a.Status/100 != 2:
		return fmt.Errorf("%w: %d %s", errGraph, a.Status, http.StatusText(a.Status))
	case len(answer.Errors) > 0 && strings.Contains(answer.Errors[0].Message, "permission"):
		return fmt.Errorf("%w (%s)", tracker.ErrRights, web.Line(answer.Errors[0].Message))
	case len(answer.Errors) > 0:
		return fmt.Errorf("%w: %s", errGraph, web.Line(answer.Errors[0].Message))
	}
	return nil
}

func (c *Client) isGraphOff() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.noGraph
}

// withoutGraph does without GraphQL from now on, and says so once. An error of another
// kind is returned.
func (c *Client) withoutGraph(err error) error {
	if !errors.Is(err, errGraph) {
		return err
	}
	c.mu.Lock()
	first := !c.noGraph
	c.noGraph = true
	c.mu.Unlock()
	if first && c.opt.Warn != nil {
		c.opt.Warn(fmt.Sprintf("%s cannot put issues below others (%v): they are linked instead", c.server.Host(), err))
	}
	return nil
}

// parentsOf asks what is above issues: the id of the issue above, by that of the one below.
func (c *Client) parentsOf(ctx context.Context, iids []string) (map[string]string, error) {
	above := map[string]string{}
	path, err := c.projectPath(ctx)
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(iids, 100) {
		var data struct {
			Project *struct {
				WorkItems struct {
					Nodes []struct {
						IID     string
						Widgets []widget
					}
				}
			}
		}
		err := c.graph(ctx, askParents, map[string]any{"path": path, "iids": some}, &data)
		if err == nil && data.Project == nil {
			err = fmt.Errorf("%w: it does not know the project", errGraph)
		}
		if err != nil {
			return above, c.withoutGraph(err)
		}
		for _, node := range data.Project.WorkItems.Nodes {
			for _, w := range node.Widgets {
				if w.Parent == nil {
					continue
				}
				if above[node.IID], err = c.idOf(ctx, *w.Parent); err != nil {
					return nil, err
				}
			}
		}
	}
	return above, nil
}

// projectPath is the project's path, asked where the settings have a number.
func (c *Client) projectPath(ctx context.Context) (string, error) {
	if strings.Contains(c.opt.Project, "/") {
		return c.opt.Project, nil
	}
	c.mu.Lock()
	path := c.fullPath
	c.mu.Unlock()
	if path != "" {
		return path, nil
	}
	p, err := c.about(ctx)
	if err != nil {
		return "", err
	}
	return p.Path, nil
}

// idOf is the id of an issue that GraphQL names; of another project's, the name itself.
func (c *Client) idOf(ctx context.Context, p place) (string, error) {
	one, err := c.item(ctx, p.IID)
	switch {
	case errors.Is(err, tracker.ErrNotFound):
		return p.ID, nil
	case err != nil:
		return "", err
	case globalID(one.id) != p.ID:
		return p.ID, nil
	}
	return p.IID, nil
}

// childrenOf asks what is below an issue.
func (c *Client) childrenOf(ctx context.Context, id int) ([]string, error) {
	var iids []string
	var after any // null at first
	for {
		var data struct {
			WorkItem *struct{ Widgets []widget }
		}
		err := c.graph(ctx, askChildren, map[string]any{"id": globalID(id), "after": after}, &data)
		if err != nil || data.WorkItem == nil {
			return iids, c.withoutGraph(err)
		}
		more := false
		for _, w := range data.WorkItem.Widgets {
			if w.Children == nil {
				continue
			}
			for _, node := range w.Children.Nodes {
				iids = append(iids, node.IID)
			}
			page := w.Children.PageInfo
			more = page.HasNextPage && len(w.Children.Nodes) > 0 && after != any(page.EndCursor)
			after = page.EndCursor
		}
		if !more {
			return iids, nil
		}
	}
}

// setAbove puts an issue below another one; 0 takes it out. The error is a RefusedError
// when GitLab does not allow it, and an errGraph where nothing can be put below anything.
func (c *Client) setAbove(ctx context.Context, id, parent int) error {
	variables := map[string]any{"id": globalID(id), "parent": nil}
	if parent != 0 {
		variables["parent"] = globalID(parent)
	}
	var data struct {
		Update *struct{ Errors []string } `json:"workItemUpdate"`
	}
	if err := c.graph(ctx, setParent, variables, &data); err != nil {
		return err
	}
	if data.Update == nil {
		return fmt.Errorf("%w: it did not answer", errGraph)
	}
	if len(data.Update.Errors) == 0 {
		return nil
	}
	reasons := make([]string, len(data.Update.Errors))
	for i, text := range data.Update.Errors {
		reasons[i] = web.Line(text)
	}
	return &tracker.RefusedError{Reasons: reasons}
}
