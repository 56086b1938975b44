package redmine

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// checkTypes looks whether the project has the types of issues that are set: Redmine would
// take its first one in place of any other name.
func (c *Client) checkTypes(p *project) error {
	for _, set := range []struct{ key, name string }{{"type", c.opt.Type}, {"parent_type", c.opt.ParentType}} {
		if set.name == "" || slices.ContainsFunc(p.Trackers, func(n name) bool { return n.Name == set.name }) {
			continue
		}
		wrong := &tracker.SettingError{Key: set.key, Name: set.name}
		for _, n := range p.Trackers {
			wrong.There = append(wrong.There, n.Name)
		}
		return wrong
	}
	return nil
}

// statusID is the number of a status.
func (c *Client) statusID(ctx context.Context, name string) (int, error) {
	statuses, err := c.allStatuses(ctx)
	if err != nil {
		return 0, err
	}
	return idOf("status", name, statuses)
}

// versionID is the number of a target version, as Redmine takes it: of the project, or of
// another one that shares it; "" is none.
func (c *Client) versionID(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	c.mu.Lock()
	versions, asked := c.versions, c.asked
	c.mu.Unlock()
	if !asked {
		var err error
		if versions, err = c.readVersions(ctx); err != nil {
			return "", err
		}
	}
	id, err := idOf("target version", name, versions)
	if err != nil {
		return "", err
	}
	return strconv.Itoa(id), nil
}

func (c *Client) readVersions(ctx context.Context) ([]version, error) {
	var answer struct{ Versions []version }
	_, err := c.server.JSON(ctx, web.Request{Path: c.projectPath("/versions.json")}, &answer)
	if err != nil {
		return nil, c.wrapped(ctx, "list target versions", err, map[int]error{http.StatusNotFound: tracker.ErrProject})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.versions, c.asked = answer.Versions, true
	return answer.Versions, nil
}

// idOf is the number of what has a name. A name that nothing has is refused, with those
// that are there.
func idOf[T interface{ named() name }](what, wanted string, all []T) (int, error) {
	var others []string
	for _, one := range all {
		n := one.named()
		if n.Name == wanted {
			return n.ID, nil
		}
		others = append(others, strconv.Quote(n.Name))
	}
	there := "there is none"
	if others != nil {
		there = "there is " + strings.Join(others, ", ")
	}
	return 0, &tracker.RefusedError{Reasons: []string{web.Line(fmt.Sprintf("no %s is called %q: %s", what, wanted, there))}}
}
