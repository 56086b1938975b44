// Package jira asks Jira, in the cloud and in the own data centre, by version 2 of its
// REST interface, in which texts are wiki markup.
//
// Three things are not as in other trackers. A status is reached by a transition, and
// only by one that exists for this issue in this moment. What searches is an index that
// runs behind the issues by seconds or minutes, so that [Client.Find] does not believe
// it alone. And the two Jiras name people and turn pages differently; which one answers
// is told by how it names the owner of the key.
//
// It was written from Atlassian's documentation, and is tested against a fake only.
package jira

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// Options of a Client. Project is required.
type Options struct {
	Project string // its key: "MOODLE"
	// Type is the type of branches' issues: one of the project's types of sub-tasks;
	// "" is the first. ParentType is that of upgrades' issues; "" is "Task", and where
	// there is none the first that has no parent.
	Type, ParentType string
	// Markup of texts; "" is wiki markup.
	Markup tracker.Markup
	// Fields are the ids of the custom fields that are read: "customfield_10010" or
	// "10010". Those that were written are read too.
	Fields []string
}

// Client is one project of a Jira.
type Client struct {
	server *web.Server
	opt    Options

	mu     sync.Mutex
	me     *account
	types  []issueType
	schema map[string]field  // by id; nil: not asked yet
	fields map[string]string // custom fields that are read: Jira's ids by those of the settings
	// wrote are the issues that this client made or changed, by key. An answer of the
	// index that is older than that is not believed.
	wrote map[string]written
	// alone are the issues of upgrades that this client made.
	alone []string
}

var _ tracker.Client = (*Client)(nil)

// New returns the client of one project of server.
func New(server *web.Server, opt Options) *Client {
	opt.Markup = cmp.Or(opt.Markup, tracker.WikiMarkup)
	c := &Client{server: server, opt: opt, fields: make(map[string]string), wrote: make(map[string]written)}
	for _, id := range opt.Fields {
		c.fields[id] = fieldID(id)
	}
	return c
}

// Header is what carries a key: "email:token" of Jira Cloud, or the personal access
// token of a Data Center.
func Header(token string) http.Header {
	if strings.Contains(token, ":") {
		return http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(token))}}
	}
	return http.Header{"Authorization": {"Bearer " + token}}
}

// Capabilities implements [tracker.Client].
func (c *Client) Capabilities() tracker.Capabilities {
	return tracker.Capabilities{
		Kind: "jira", Markup: c.opt.Markup,
		MaxSubject: 255, MaxText: 32_767,
		Versions: true, Fields: true, Type: c.opt.Type, ParentType: c.opt.ParentType,
		Status: map[string]string{
			"todo": "To Do", "parked": "To Do", "held": "To Do",
			"moved": "In Progress", "tested": "In Progress", "in-test": "In Progress",
			"in-deployment": "Done", "dropped": "Done",
		},
		// The interface tells milliseconds, but a Data Center whose database is MySQL
		// may keep seconds.
		SameTime: time.Second,
	}
}

// ask sends one request and reads the answer into v. What Jira refuses in words is a
// *tracker.RefusedError, and a 404 is missing; nil: it has no name.
func (c *Client) ask(ctx context.Context, r web.Request, v any, missing error) error {
	r.Path = "rest/api/2/" + r.Path
	r.Accept = append(r.Accept, http.StatusBadRequest)
	var raw json.RawMessage
	a, err := c.server.JSON(ctx, r, &raw)
	if err != nil {
		return named(err, missing)
	}
	if a.Status == http.StatusBadRequest {
		return refusal(raw)
	}
	if v == nil {
		return nil
	}
	if len(raw) == 0 {
		return c.unusable(r.Path, "nothing")
	}
	return c.server.Read(r, raw, v)
}

func (c *Client) unusable(path, what string) error {
	return &web.AnswerError{Host: c.server.Host(), Reason: path + " was answered with " + what}
}

// named gives an error its name, where the status says enough.
func named(err, missing error) error {
	var status *web.StatusError
	if !errors.As(err, &status) {
		return err
	}
	switch status.Status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: %w", tracker.ErrKey, err)
	case http.StatusForbidden:
		return fmt.Errorf("%w: %w", tracker.ErrRights, err)
	case http.StatusNotFound:
		if missing != nil {
			return fmt.Errorf("%w: %w", missing, err)
		}
	}
	return err
}

// refusal reads what Jira says when it does not take something.
func refusal(raw []byte) error {
	var said struct {
		ErrorMessages []string       `json:"errorMessages"`
		Errors        map[string]any `json:"errors"`
	}
	if json.Unmarshal(raw, &said) != nil || len(said.ErrorMessages)+len(said.Errors) == 0 {
		return &tracker.RefusedError{Reasons: []string{"it does not say why"}}
	}
	reasons := said.ErrorMessages
	for _, key := range slices.Sorted(maps.Keys(said.Errors)) {
		reasons = append(reasons, fmt.Sprintf("%s: %v", key, said.Errors[key]))
	}
	return &tracker.RefusedError{Reasons: web.Lines(reasons)}
}

// keyOf is the form of an issue's key. A key goes into addresses, and it comes from
// the server, or from a file that others write.
var keyOf = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,80}-[1-9][0-9]{0,17}$`) })

// issuePath is the path of an issue. The error is tracker.ErrNotFound for what can be
// no key.
func issuePath(key string) (string, error) {
	if !keyOf().MatchString(key) {
		return "", fmt.Errorf("%w: %s", tracker.ErrNotFound, web.Line(fmt.Sprintf("%q", key)))
	}
	return "issue/" + key, nil
}
