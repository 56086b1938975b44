package redmine

import (
	"context"
	"fmt"
	"strconv"

	"mgit/internal/web"
)

// needs are the permissions that a sync needs, by Redmine's word for programs and for
// people (Administration > Roles and permissions).
func needs() [][2]string {
	return [][2]string{
		{"view_issues", "View Issues"},
		{"add_issues", "Add issues"},
		{"edit_issues", "Edit issues"},
		{"add_issue_notes", "Add notes"},
		{"manage_subtasks", "Manage subtasks"},
		{"manage_issue_relations", "Manage issue relations"},
	}
}

// addIssues is where the right to make issues stands among the needs.
const addIssues = 1

// Missing lists the permissions that none of the user's roles in the project has. It is
// empty for an administrator, and where the user is no member: what a public project
// allows to others cannot be asked. A permission that a role has for some trackers only
// counts as had.
func (c *Client) Missing(ctx context.Context) ([]string, error) {
	c.mu.Lock()
	me := c.me
	c.mu.Unlock()
	if me == nil {
		var err error
		if me, err = c.current(ctx); err != nil {
			return nil, err
		}
	}
	p, err := c.projectOf(ctx)
	if err != nil {
		return nil, err
	}
	if p.Status == projectClosed {
		return []string{closedProject}, nil
	}
	had, known, err := c.permissions(ctx, me, p)
	if err != nil || !known || me.Admin {
		return nil, err
	}
	var missing []string
	for _, need := range needs() {
		if !had[need[0]] {
			missing = append(missing, need[1])
		}
	}
	return missing, nil
}

// permissions are what the user's roles in the project allow, and whether there are any.
func (c *Client) permissions(ctx context.Context, me *user, p *project) (had map[string]bool, known bool, err error) {
	had = map[string]bool{}
	for _, m := range me.Memberships {
		if m.Project == nil || m.Project.ID != p.ID {
			continue
		}
		for _, role := range m.Roles {
			var answer struct {
				Role struct{ Permissions []string }
			}
			_, err := c.server.JSON(ctx, web.Request{Path: "roles/" + strconv.Itoa(role.ID) + ".json"}, &answer)
			if err != nil {
				return nil, false, c.wrapped(ctx, fmt.Sprintf("read role %q", role.Name), err, nil)
			}
			known = true
			for _, permission := range answer.Role.Permissions {
				had[permission] = true
			}
		}
	}
	return had, known, nil
}
