package redmine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// Create makes an issue. Redmine drops the parent in silence where the role may not
// manage subtasks, and takes another status where the workflow forbids the one asked
// for: the issue that is returned tells.
func (c *Client) Create(ctx context.Context, parent string, d tracker.Draft) (tracker.Issue, error) {
	step := fmt.Sprintf("make issue %q", d.Subject)
	attributes, err := c.draft(ctx, parent, d)
	if err != nil {
		return tracker.Issue{}, fmt.Errorf("%s: %w", step, err)
	}
	r := web.Request{Method: http.MethodPost, Path: "issues.json", Body: map[string]any{"issue": attributes}}
	made, err := c.write(ctx, r)
	for try := 1; isBroken(err) && try < tries; try++ {
		issue, found, findErr := c.wasMade(ctx, d)
		if findErr != nil {
			break
		}
		if found {
			return issue, nil
		}
		made, err = c.write(ctx, r)
	}
	if err != nil {
		return tracker.Issue{}, c.wrapped(ctx, step, c.explained(ctx, err), nil)
	}
	if made == nil || made.ID == 0 {
		return tracker.Issue{}, fmt.Errorf("%s: %w", step, &web.AnswerError{Host: c.server.Host(), Reason: "it does not say which issue it made"})
	}
	made.Relations = &[]relation{}
	return c.issue(made), nil
}

// explained finds out whether a new issue was refused because the key may not make any:
// Redmine then says that it lacks a project.
func (c *Client) explained(ctx context.Context, err error) error {
	var refused *tracker.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	add := needs()[addIssues][1]
	if missing, askErr := c.Missing(ctx); askErr == nil && slices.Contains(missing, add) {
		return fmt.Errorf("%w: %s", tracker.ErrRights, add)
	}
	return err
}

// isBroken reports whether Redmine gave up in the middle: as a rule since two writes met
// in its database, which then took back one of them.
func isBroken(err error) bool {
	var status *web.StatusError
	return errors.As(err, &status) && status.Status == http.StatusInternalServerError
}

// wasMade finds the issue of a draft that Redmine may have made though it did not say so.
// The error is for an issue of which that cannot be known.
func (c *Client) wasMade(ctx context.Context, d tracker.Draft) (made tracker.Issue, found bool, err error) {
	marker, ok := tracker.FindMarker(d.Description)
	if !ok {
		return made, false, errors.New("an issue without a marker cannot be found")
	}
	issues, err := c.Find(ctx, marker.String())
	for _, issue := range slices.Backward(issues) {
		if issue.Subject == cut(d.Subject, maxSubject) && issue.Description == d.Description {
			return issue, true, nil
		}
	}
	return made, false, err
}

// draft is a new issue in Redmine's words.
func (c *Client) draft(ctx context.Context, parent string, d tracker.Draft) (map[string]any, error) {
	change := tracker.Change{Subject: &d.Subject, Description: &d.Description, Fields: d.Fields}
	if d.Status != "" {
		change.Status = &d.Status
	}
	if d.Assignee != "" {
		change.Assignee = &d.Assignee
	}
	if d.Version != "" {
		change.Version = &d.Version
	}
	if parent != "" {
		change.Parent = &parent
	}
	if d.Done != 0 {
		change.Done = &d.Done
	}
	attributes, err := c.attributes(ctx, change)
	if err != nil {
		return nil, err
	}
	p, err := c.projectOf(ctx)
	if err != nil {
		return nil, err
	}
	// The number, since Redmine answers an identifier that it does not know with "Project
	// cannot be blank".
	attributes["project_id"] = p.ID
	kind := c.opt.Type
	if d.IsParent {
		kind = c.opt.ParentType
	}
	if kind != "" {
		if attributes["tracker_id"], err = idOf("tracker", kind, p.Trackers); err != nil {
			return nil, err
		}
	}
	return attributes, nil
}

// Update changes an issue and adds a note to it, in one write: both are done or none.
// A change of nothing asks nothing, since Redmine would call the issue updated.
func (c *Client) Update(ctx context.Context, id string, change tracker.Change) error {
	if !isID(id) {
		return fmt.Errorf("change issue %q: %w", id, tracker.ErrNotFound)
	}
	step := "change issue " + id
	attributes, err := c.attributes(ctx, change)
	if err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	if len(attributes) == 0 {
		return nil
	}
	r := web.Request{
		Method: http.MethodPut, Path: "issues/" + id + ".json", Body: map[string]any{"issue": attributes},
		Again: change.Note == "", // a note would stand there twice
		Retry: []int{http.StatusInternalServerError},
	}
	_, err = c.write(ctx, r)
	for try := 1; isBroken(err) && !r.Again && try < tries; try++ {
		stands, readErr := c.stands(ctx, id, change.Note)
		if readErr != nil {
			break
		}
		if stands {
			return nil
		}
		_, err = c.write(ctx, r)
	}
	return c.wrapped(ctx, step, err, map[int]error{http.StatusNotFound: tracker.ErrNotFound})
}

// stands reports whether an issue has a note with a text.
func (c *Client) stands(ctx context.Context, id, text string) (bool, error) {
	issue, err := c.Read(ctx, id)
	return slices.ContainsFunc(issue.Notes, func(n tracker.Note) bool { return n.Text == text }), err
}

// attributes is a change in Redmine's words. Names of statuses and versions become
// numbers; one that is not there is refused here, since Redmine would not say so.
func (c *Client) attributes(ctx context.Context, change tracker.Change) (map[string]any, error) {
	a := map[string]any{}
	set := func(name string, value *string) {
		if value != nil {
			a[name] = *value
		}
	}
	set("description", change.Description)
	set("assigned_to_id", change.Assignee)
	set("parent_issue_id", change.Parent)
	if change.Subject != nil {
		a["subject"] = cut(*change.Subject, maxSubject)
	}
	if change.Done != nil {
		a["done_ratio"] = *change.Done
	}
	if change.Note != "" {
		a["notes"] = change.Note
	}
	var fields []map[string]string
	for _, id := range slices.Sorted(maps.Keys(change.Fields)) {
		fields = append(fields, map[string]string{"id": id, "value": change.Fields[id]})
	}
	if fields != nil {
		a["custom_fields"] = fields
	}
	var err error
	if change.Status != nil {
		if a["status_id"], err = c.statusID(ctx, *change.Status); err != nil {
			return nil, err
		}
	}
	if change.Version != nil {
		if a["fixed_version_id"], err = c.versionID(ctx, *change.Version); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// cut is the beginning of a text with so many characters at most.
func cut(text string, most int) string {
	for at := range text {
		if most == 0 {
			return text[:at]
		}
		most--
	}
	return text
}

// Link relates two issues, in either direction and by whichever relation.
func (c *Client) Link(ctx context.Context, from, to string) error {
	if !isID(from) || !isID(to) {
		return fmt.Errorf("link issue %q with %q: %w", from, to, tracker.ErrNotFound)
	}
	step := fmt.Sprintf("link issue %s with %s", from, to)
	_, err := c.write(ctx, web.Request{
		Method: http.MethodPost, Path: "issues/" + from + "/relations.json",
		Body: map[string]any{"relation": map[string]string{"issue_to_id": to, "relation_type": "relates"}},
	})
	var refused *tracker.RefusedError
	if errors.As(err, &refused) {
		// That there is one already is said in the language of the user, and as "circular"
		// in the other direction.
		is, readErr := c.read(ctx, from, "relations")
		switch {
		case readErr != nil:
			return fmt.Errorf("%s: %w", step, readErr)
		case is.Relations != nil && slices.Contains(links(is.ID, *is.Relations), to):
			return nil
		}
	}
	return c.wrapped(ctx, step, err, map[int]error{http.StatusNotFound: tracker.ErrNotFound})
}

// tries is how often a write is made that meets another one.
const tries = 4

// write sends a request that changes something, and returns the issue where one was
// answered. The error is a *tracker.RefusedError where Redmine says what it does not take.
func (c *Client) write(ctx context.Context, r web.Request) (*issue, error) {
	r.Accept = []int{http.StatusUnprocessableEntity}
	for try := 1; ; try++ {
		var answer struct {
			Issue  *issue
			Errors []string
		}
		a, err := c.server.JSON(ctx, r, &answer)
		var status *web.StatusError
		switch {
		case errors.As(err, &status) && status.Status == http.StatusConflict:
		case err != nil:
			return nil, err
		case a.Status != http.StatusUnprocessableEntity:
			return answer.Issue, nil
		case len(answer.Errors) > 0:
			return nil, &tracker.RefusedError{Reasons: web.Lines(answer.Errors)}
		}
		// A conflict, or a refusal without a reason: two writes met, and nothing of this
		// one was done.
		if try == tries {
			return nil, &tracker.RefusedError{Reasons: []string{"somebody else changes the issue at the same moment"}}
		}
	}
}
