package gitlab_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/gitlab"
	"mgit/internal/tracker/trackertest"
	"mgit/internal/web"
)

// client asks the fake with a key.
func (f *fake) client(t *testing.T, key string, change ...func(*gitlab.Options, *web.Options)) *gitlab.Client {
	t.Helper()
	opt := gitlab.Options{Project: path}
	at := web.Options{Header: gitlab.Header(key), Later: gitlab.Later, Insecure: true, Timeout: 5 * time.Second, Wait: noWait}
	for _, one := range change {
		one(&opt, &at)
	}
	server, err := web.New(f.url, at)
	if err != nil {
		t.Fatal(err)
	}
	return gitlab.New(server, opt)
}

func noWait(context.Context, time.Duration) error { return nil }

// The contract is kept by a project under its name and under its number, and where lists
// come from a copy of the database that lags behind.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, project string
		lag           int
	}{{"by name", path, 0}, {"by number", "77", 0}, {"lag", path, 2}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.page, f.lag = 20, c.lag
			named := func(o *gitlab.Options, _ *web.Options) {
				o.Project = c.project
				o.Warn = func(text string) { t.Errorf("warned: %s", text) }
			}
			trackertest.Contract(t, trackertest.Harness{
				Client: f.client(t, "ann-key", named), Other: f.client(t, "bob-key", named), Weak: f.client(t, "eve-key", named),
				Stranger: f.client(t, "lost-key"),
				Nowhere:  f.client(t, "ann-key", func(o *gitlab.Options, _ *web.Options) { o.Project = "uni/nothing" }),
				Secrets:  []string{"ann-key", "bob-key", "eve-key", "lost-key"},
				Open:     "open: moved", Closed: "closed: dropped",
				Assignee: "12", Version: "Moodle 4.5", Missing: "4711", Many: 30,
				Hide: func(t *testing.T, id, text string) {
					iid, err := strconv.Atoi(id)
					if err != nil {
						t.Fatal(err)
					}
					f.hide(iid, text)
				},
			})
		})
	}
}

func draft(thing string) tracker.Draft {
	m := tracker.Marker{Site: "LUVLE", Series: "4.5", Thing: thing}
	return tracker.Draft{IsParent: thing == "", Subject: "about " + thing, Description: "text\n" + m.String()}
}

func create(t *testing.T, c *gitlab.Client, parent string, d tracker.Draft) tracker.Issue {
	t.Helper()
	issue, err := c.Create(t.Context(), parent, d)
	if err != nil {
		t.Fatal(err)
	}
	return issue
}

// Whoami says what is wrong before anything is written.
func TestWhoami(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, key, project string
		about              map[string]any
		want               error
		says               string
	}{
		{"well", "ann-key", path, nil, nil, ""},
		{"by number", "ann-key", "77", nil, nil, ""},
		{"invited with a group", "ann-key", path, map[string]any{"permissions": map[string]any{"project_access": nil, "group_access": nil}}, nil, ""},
		{"unknown", "lost-key", path, nil, tracker.ErrKey, "401 Unauthorized"},
		{"a guest", "eve-key", path, nil, tracker.ErrRights, "is a guest"},
		{"no project", "ann-key", "uni/none", nil, tracker.ErrProject, "404 Project Not Found"},
		{"no name", "ann-key", "", nil, tracker.ErrProject, "named group/project"},
		{"a way out", "ann-key", "..", nil, tracker.ErrProject, "named group/project"},
		{"another way out", "ann-key", "uni/../../user", nil, tracker.ErrProject, "named group/project"},
		{"renamed", "ann-key", path, map[string]any{"path_with_namespace": "uni/lms/site"}, tracker.ErrProject, "is called uni/lms/site now"},
		{"without issues", "ann-key", path, map[string]any{"issues_access_level": "disabled"}, tracker.ErrSwitchedOff, "has no issues"},
		{"archived", "ann-key", path, map[string]any{"archived": true}, tracker.ErrRights, "is archived"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.about = c.about
			client := f.client(t, c.key, func(o *gitlab.Options, _ *web.Options) { o.Project = c.project })
			_, err := client.Whoami(t.Context())
			if !errors.Is(err, c.want) || err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), c.key)) {
				t.Errorf("err = %v", err)
			}
			f.asked = nil
			if c.says == "named group/project" {
				if _, err := client.Find(t.Context(), "x"); !errors.Is(err, tracker.ErrProject) || len(f.asked) != 0 {
					t.Errorf("find: %v, %v", err, f.asked)
				}
			}
		})
	}
}

// A key without the right scope, and a server that is none of GitLab's.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   any
		want   error
		says   string
	}{
		{403, map[string]any{"error": "insufficient_scope", "error_description": "The request requires higher privileges than provided by the access token.", "scope": "api read_api"}, tracker.ErrRights, "insufficient_scope"},
		{401, map[string]any{"error": "invalid_token", "error_description": "Token is expired. You can either do re-authorization or token refresh."}, tracker.ErrKey, "Token is expired"},
		{410, map[string]any{"message": "410 Gone"}, tracker.ErrSwitchedOff, "410"},
	} {
		f := newFake(t)
		f.busy = func(*http.Request) func(http.ResponseWriter) {
			return func(w http.ResponseWriter) { reply(w, c.status, c.body) }
		}
		if _, err := f.client(t, "ann-key").Whoami(t.Context()); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d: %v", c.status, err)
		}
	}
	f := newFake(t)
	f.busy = func(*http.Request) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { fail(w, 404, "404") }
	}
	var answer *web.AnswerError
	if _, err := f.client(t, "ann-key").Whoami(t.Context()); !errors.As(err, &answer) {
		t.Errorf("no GitLab: %v", err)
	}
}

// Ids come from files that others write, and never become a part of an address.
func TestHostileIDs(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	for _, id := range []string{"", "0", "-1", "+1", "01", "1/notes", "../../user", "1?x", "x"} {
		_, read := c.Read(t.Context(), id)
		_, below := c.Children(t.Context(), id)
		for _, err := range []error{read, below, c.Update(t.Context(), id, tracker.Change{Note: "x"}), c.Link(t.Context(), id, "1"), c.Link(t.Context(), "1", id)} {
			if !errors.Is(err, tracker.ErrNotFound) {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
	if len(f.asked) != 0 {
		t.Errorf("asked %v", f.asked)
	}
}

// GitLab says in several ways that it was asked too often.
func TestLater(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		status int
		header map[string]string
		after  time.Duration
		later  bool
	}{
		{403, map[string]string{"Retry-After": "5"}, 0, false},
		{503, nil, 0, false}, // is read by web
		{429, map[string]string{"Retry-After": "17", "RateLimit-Reset": fmt.Sprint(now.Add(time.Hour).Unix())}, 17 * time.Second, true},
		{429, map[string]string{"RateLimit-Reset": fmt.Sprint(now.Add(40 * time.Second).Unix())}, 40 * time.Second, true},
		{429, map[string]string{"RateLimit-Reset": "soon"}, time.Minute, true},
		{429, nil, time.Minute, true},
	} {
		a := &web.Answer{Status: c.status, Header: http.Header{}}
		a.Header.Set("Date", now.Format(http.TimeFormat))
		for key, value := range c.header {
			a.Header.Set(key, value)
		}
		if after, later := gitlab.Later(a); later != c.later || after != c.after {
			t.Errorf("%+v: %v, %v", c, after, later)
		}
	}
}

// A limit is waited for, and one that lasts is a server that cannot be reached.
func TestWaitsForTheLimit(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var waited []time.Duration
	var refusals atomic.Int32
	c := f.client(t, "ann-key", func(_ *gitlab.Options, o *web.Options) {
		o.Wait = func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }
	})
	limited := ""
	f.busy = func(*http.Request) func(http.ResponseWriter) {
		if refusals.Add(-1) < 0 {
			return nil
		}
		return func(w http.ResponseWriter) {
			w.Header().Set("RateLimit-Reset", limited)
			fail(w, 429, "This endpoint has been requested too many times. Try again later.")
		}
	}
	refusals.Store(1)
	create(t, c, "", draft("a"))
	if !slices.Equal(waited, []time.Duration{time.Minute}) || len(f.issues) != 1 {
		t.Errorf("waited %v, made %d", waited, len(f.issues))
	}
	limited = fmt.Sprint(f.now.Add(20 * time.Minute).Unix())
	refusals.Store(1)
	_, err := c.Create(t.Context(), "", draft("b"))
	var unreachable *web.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "left alone for 20m") || len(f.issues) != 1 {
		t.Errorf("err = %v", err)
	}
}

// Two hundred branches that did not change are a few requests; a new one is three writes.
func TestRequests(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	top := create(t, c, "", draft("")).ID
	f.asked = nil
	id := create(t, c, top, draft("a")).ID
	if err := c.Update(t.Context(), id, tracker.Change{Note: "x"}); err != nil || len(f.asked) != 3 {
		t.Errorf("a new branch: %v, %v", f.asked, err)
	}
	for n := range 199 {
		f.issues = append(f.issues, &record{iid: n + 3, parent: 1, kind: "task", title: "x", body: draft(fmt.Sprint(n)).Description, state: "opened", labels: []string{"mgit 4.5"}, author: 11})
	}
	c = f.client(t, "ann-key")
	f.asked = nil
	if _, err := c.Whoami(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.People(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := c.Find(t.Context(), "mgit:LUVLE:4.5")
	if err != nil || len(found) != 201 || found[200].Parent != top {
		t.Fatalf("found %d, %v", len(found), err)
	}
	if len(f.asked) > 8 {
		t.Errorf("%d requests: %v", len(f.asked), f.asked)
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://gitlab.com":                 "https://gitlab.com",
		"https://gitlab.com/":                "https://gitlab.com",
		"https://gitlab.example.org/api/v4":  "https://gitlab.example.org",
		"https://example.org/gitlab/api/v4/": "https://example.org/gitlab",
		"https://example.org/gitlab":         "https://example.org/gitlab",
	} {
		if got := gitlab.Address(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

func TestHostileServers(t *testing.T) {
	t.Parallel()
	trackertest.Hostile(t, func(*testing.T) trackertest.Victim {
		return trackertest.Victim{
			Honest: newHandler().handler, Header: gitlab.Header("ann-key"), Secrets: []string{"ann-key"}, Status: "open: moved",
			Options: web.Options{Later: gitlab.Later},
			New:     func(s *web.Server) tracker.Client { return gitlab.New(s, gitlab.Options{Project: path}) },
		}
	})
}
