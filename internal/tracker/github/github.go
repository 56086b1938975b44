// Package github keeps the issues of an upgrade in a repository on GitHub: those of its
// branches are sub-issues of the upgrade's.
//
// GitHub knows three states, open, closed and closed as not planned. What is finer is a
// label, "mgit: parked". All issues of an upgrade have a label of their own, "mgit 4.5", by
// which they are listed as soon as they are made; GitHub's search finds them some time
// later and is not asked.
//
// The requests are those of version 2022-11-28 of its REST interface, as
// https://docs.github.com/rest/issues describes it.
package github

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/forge"
	"mgit/internal/web"
)

// Options of a Client. Project is required, the zero value is the default of the others.
type Options struct {
	Project string // "owner/repository"
	// Type and ParentType are types of issues by name, where the organisation has some, of
	// a branch's issue and of an upgrade's; "": without a type.
	Type, ParentType string
	// Statuses are those that the settings name, beside the default ones.
	Statuses []string
	// Pause is the least time between two writes; 0 is a second on github.com, as GitHub
	// asks for, and none elsewhere. Negative is none.
	Pause time.Duration
	// Wait is for tests; nil waits.
	Wait func(ctx context.Context, d time.Duration) error
}

// Client is a repository's issues. It implements tracker.Client.
type Client struct {
	server   *web.Server
	opt      Options
	statuses *forge.Statuses
	made     forge.Made
	newest   forge.Newest
	pace     forge.Pace
	wrong    error // about opt.Project; nil

	mu         sync.Mutex
	milestones map[string]int      // numbers by title; nil: not read yet
	labelled   map[string][]string // the labels that issues were seen with
}

// States of GitHub, by their names here.
const (
	open       = "open"
	closed     = "closed"
	notPlanned = "not planned"
)

// New returns the client of a repository. The server is that of the interface, at an
// [Address], with [Header] and [Later] in its options.
func New(server *web.Server, opt Options) *Client {
	c := &Client{server: server, opt: opt, labelled: map[string][]string{}}
	owner, name, _ := strings.Cut(opt.Project, "/")
	if !isName(owner) || !isName(name) {
		c.wrong = fmt.Errorf("%w: a repository is named owner/name, not %q", tracker.ErrProject, opt.Project)
	}
	names := append([]string{}, opt.Statuses...)
	for _, state := range tracker.States() {
		names = append(names, defaults()[state])
	}
	c.statuses = forge.NewStatuses("mgit: ", []forge.State{{Name: open}, {Name: closed, Closed: true}, {Name: notPlanned, Closed: true}}, names...)
	if opt.Pause == 0 && strings.EqualFold(server.Host(), "api.github.com") {
		opt.Pause = time.Second
	}
	c.pace = forge.Pace{Pause: opt.Pause, Wait: opt.Wait}
	return c
}

// isName reports whether a text can be an owner's or a repository's name.
func isName(text string) bool {
	for _, c := range text {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return text != "" && text != "." && text != ".."
}

// Header is the header of every request for a key.
func Header(token string) http.Header {
	return http.Header{"Authorization": {"Bearer " + token}, "X-Github-Api-Version": {"2022-11-28"}}
}

// Address is where the interface is for an address that people know: https://github.com
// is asked at https://api.github.com, https://us.ghe.com at https://api.us.ghe.com and an
// Enterprise server below /api/v3.
func Address(address string) string {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil {
		return address
	}
	host := strings.ToLower(u.Host)
	switch {
	case host == "api.github.com", strings.HasSuffix(host, ".ghe.com") && strings.HasPrefix(host, "api."), strings.HasSuffix(u.Path, "/api/v3"):
	case host == "github.com" || host == "www.github.com":
		u.Host = "api.github.com"
	case strings.HasSuffix(host, ".ghe.com"):
		u.Host = "api." + u.Host
	default:
		u.Path += "/api/v3"
	}
	return u.String()
}

// Later reports whether GitHub was asked too often, and how long it wants to be left alone
// (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
func Later(a *web.Answer) (time.Duration, bool) {
	if a.Status != http.StatusForbidden && a.Status != http.StatusTooManyRequests {
		return 0, false
	}
	if after, ok := web.RetryAfter(a.Header); ok {
		return max(after, time.Second), true
	}
	if a.Header.Get("X-Ratelimit-Remaining") == "0" {
		if after, ok := forge.Until(a.Header, "X-Ratelimit-Reset"); ok {
			return after, true
		}
	}
	text := strings.ToLower(string(a.Body[:min(len(a.Body), 4096)]))
	secondary := strings.Contains(text, "secondary rate limit") || strings.Contains(text, "secondary-rate-limits") || strings.Contains(text, "abuse-rate-limits")
	return time.Minute, secondary || a.Status == http.StatusTooManyRequests
}

// defaults are the statuses of the ledger's states.
func defaults() map[string]string {
	return map[string]string{
		"todo": open, "parked": open + ": parked", "moved": open + ": moved", "tested": open + ": tested",
		"in-test": open + ": in test", "held": open + ": held", "in-deployment": closed, "dropped": notPlanned,
	}
}

// Capabilities says what GitHub can hold.
func (c *Client) Capabilities() tracker.Capabilities {
	return tracker.Capabilities{
		Kind: "github", Markup: tracker.CommonMark,
		MaxChildren: 100, MaxSubject: 256, MaxText: 65536,
		Versions: true, NoLinks: true,
		Type: c.opt.Type, ParentType: c.opt.ParentType,
		Status: defaults(), SameTime: time.Second,
	}
}

// Whoami asks whose the key is, and whether it may do in the repository what is needed. A
// key of GitHub Actions or of another app belongs to nobody and is taken as it is.
func (c *Client) Whoami(ctx context.Context) (tracker.User, error) {
	var me user
	a, err := c.send(ctx, web.Request{Path: "user"}, &me)
	if err != nil {
		return tracker.User{}, err
	}
	isApp := a.Status == http.StatusForbidden
	if isApp {
		me = user{Login: "an app"}
	} else if err := refusal(a, &web.AnswerError{Host: c.server.Host(), Reason: "there is no GitHub at this address"}); err != nil {
		return tracker.User{}, err
	}
	if me.Login == "" {
		return tracker.User{}, &web.AnswerError{Host: c.server.Host(), Reason: "it does not say whose the key is"}
	}
	if c.wrong != nil {
		return tracker.User{}, c.wrong
	}
	var r repository
	a, err = c.send(ctx, web.Request{Path: "repos/" + c.opt.Project}, &r)
	if err == nil {
		err = refusal(a, tracker.ErrProject)
	}
	if err != nil {
		return tracker.User{}, err
	}
	return me.user(), r.usable(c.opt.Project, isApp)
}

// repository is what GitHub says about one.
type repository struct {
	FullName    string          `json:"full_name"`
	HasIssues   bool            `json:"has_issues"`
	Archived    bool            `json:"archived"`
	Permissions map[string]bool `json:"permissions"`
}

// usable says why issues cannot be kept there. Labels and assignees of one who may not
// triage are left out by GitHub without a word, so that the issue would not be found again.
func (r repository) usable(project string, isApp bool) error {
	switch {
	case !strings.EqualFold(r.FullName, project):
		return fmt.Errorf("%w: %s is called %s now", tracker.ErrProject, project, web.Line(r.FullName))
	case !r.HasIssues:
		return fmt.Errorf("%w: %s has no issues", tracker.ErrSwitchedOff, project)
	case r.Archived:
		return fmt.Errorf("%w: %s is archived", tracker.ErrRights, project)
	case !isApp && r.Permissions != nil && !r.Permissions["triage"] && !r.Permissions["push"] && !r.Permissions["maintain"] && !r.Permissions["admin"]:
		return fmt.Errorf("%w: whose it is has no right to triage issues of %s", tracker.ErrRights, project)
	}
	return nil
}

// Statuses lists the statuses that mgit knows. Any other label that begins like theirs
// makes one more.
func (c *Client) Statuses(context.Context) ([]tracker.Status, error) { return c.statuses.All(), nil }

// People lists who can be assigned, by login.
func (c *Client) People(ctx context.Context) ([]tracker.User, error) {
	users, err := forge.Pages[user](ctx, c.server.Host(), c.ask, web.Request{Path: "assignees", Query: url.Values{}})
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	people := make([]tracker.User, 0, len(users))
	for _, u := range users {
		if u.Login != "" {
			people = append(people, u.user())
		}
	}
	return people, nil
}

// Link does nothing: issues of GitHub are related by naming each other.
func (c *Client) Link(context.Context, string, string) error { return nil }

// refused are the statuses that are read here rather than in web.
func refused() []int {
	return []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusGone, http.StatusUnprocessableEntity,
	}
}

// ask asks about the repository and reads the answer, or says why there is none.
func (c *Client) ask(ctx context.Context, r web.Request, v any) (*web.Answer, error) {
	if c.wrong != nil {
		return nil, c.wrong
	}
	r.Path = "repos/" + c.opt.Project + "/" + r.Path
	if r.Method != "" {
		if err := c.pace.Await(ctx); err != nil {
			return nil, err
		}
	}
	a, err := c.send(ctx, r, v)
	if err != nil {
		return nil, err
	}
	return a, refusal(a, tracker.ErrNotFound)
}

// send asks, and reads the answer where it is no refusal.
func (c *Client) send(ctx context.Context, r web.Request, v any) (*web.Answer, error) {
	r.Accept = refused()
	a, err := c.server.Do(ctx, r)
	if err != nil || a.Status/100 != 2 {
		return a, err
	}
	return a, c.server.Decode(r, a, v)
}

// refusal is the error of an answer that refuses; missing is what a 404 says.
func refusal(a *web.Answer, missing error) error {
	said := forge.Words(a)
	text := strings.Join(said, "; ")
	kind := missing
	switch {
	case a.Status/100 == 2:
		return nil
	case a.Status == http.StatusUnauthorized:
		kind = tracker.ErrKey
	case a.Status == http.StatusForbidden:
		kind = tracker.ErrRights
	case a.Status == http.StatusGone && strings.Contains(text, "disabled"):
		kind = tracker.ErrSwitchedOff
	case a.Status == http.StatusBadRequest, a.Status == http.StatusUnprocessableEntity:
		if len(said) > 1 && said[0] == "Validation Failed" {
			said = said[1:]
		}
		return &tracker.RefusedError{Reasons: said}
	}
	return fmt.Errorf("%w (%d %s)", kind, a.Status, cmp.Or(text, http.StatusText(a.Status)))
}
