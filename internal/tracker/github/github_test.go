package github_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/github"
	"mgit/internal/tracker/trackertest"
	"mgit/internal/web"
)

// client asks the fake with a key.
func (f *fake) client(t *testing.T, key string, change ...func(*github.Options, *web.Options)) *github.Client {
	t.Helper()
	opt := github.Options{Project: project}
	at := web.Options{Header: github.Header(key), Later: github.Later, Insecure: true, Timeout: 5 * time.Second, Wait: noWait}
	for _, one := range change {
		one(&opt, &at)
	}
	server, err := web.New(f.url, at)
	if err != nil {
		t.Fatal(err)
	}
	return github.New(server, opt)
}

func noWait(context.Context, time.Duration) error { return nil }

// The contract is kept by a GitHub of today, by an older Enterprise server, and where
// lists come from a copy of the database that lags behind.
func TestContract(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*fake){
		"today": func(*fake) {},
		"older": func(f *fake) { f.old = true },
		"lag":   func(f *fake) { f.lag = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.page = 20
			change(f)
			trackertest.Contract(t, trackertest.Harness{
				Client: f.client(t, "ann-key"), Other: f.client(t, "bob-key"), Weak: f.client(t, "eve-key"),
				Stranger: f.client(t, "lost-key"),
				Nowhere:  f.client(t, "ann-key", func(o *github.Options, _ *web.Options) { o.Project = "uni/nothing" }),
				Secrets:  []string{"ann-key", "bob-key", "eve-key", "lost-key"},
				Open:     "open: moved", Closed: "not planned",
				Assignee: "bob", Version: "Moodle 4.5", Missing: "4711", Many: 30,
			})
		})
	}
}

func draft(thing string) tracker.Draft {
	m := tracker.Marker{Site: "LUVLE", Series: "4.5", Thing: thing}
	return tracker.Draft{IsParent: thing == "", Subject: "about " + thing, Description: "text\n" + m.String()}
}

func create(t *testing.T, c *github.Client, parent string, d tracker.Draft) tracker.Issue {
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
		name, key string
		repo      map[string]any
		project   string
		want      error
		says      string
	}{
		{"well", "ann-key", nil, "", nil, ""},
		{"an app", "app-key", nil, "", nil, ""},
		{"unknown", "lost-key", nil, "", tracker.ErrKey, "Bad credentials"},
		{"reads only", "eve-key", nil, "", tracker.ErrRights, "no right to triage"},
		{"no repository", "ann-key", nil, "uni/none", tracker.ErrProject, "404"},
		{"no name", "ann-key", nil, "moodle", tracker.ErrProject, "named owner/name"},
		{"a way out", "ann-key", nil, "../user", tracker.ErrProject, "named owner/name"},
		{"too long a way", "ann-key", nil, "uni/moodle/issues", tracker.ErrProject, "named owner/name"},
		{"renamed", "ann-key", map[string]any{"full_name": "uni/lms"}, "", tracker.ErrProject, "is called uni/lms now"},
		{"without issues", "ann-key", map[string]any{"has_issues": false}, "", tracker.ErrSwitchedOff, "has no issues"},
		{"archived", "ann-key", map[string]any{"archived": true}, "", tracker.ErrRights, "is archived"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.repo = c.repo
			client := f.client(t, c.key, func(o *github.Options, _ *web.Options) {
				if c.project != "" {
					o.Project = c.project
				}
			})
			_, err := client.Whoami(t.Context())
			if !errors.Is(err, c.want) || err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), c.key)) {
				t.Errorf("err = %v", err)
			}
			if c.want != nil && c.project != "" {
				if _, err := client.Find(t.Context(), "mgit:LUVLE:4.5"); err == nil {
					t.Error("found")
				}
			}
		})
	}
}

// A key that an organisation does not accept, and a server that is none of GitHub's.
func TestRefusals(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	f.repo = map[string]any{"has_issues": false}
	if _, err := c.Find(t.Context(), "mgit:LUVLE:4.5"); !errors.Is(err, tracker.ErrSwitchedOff) {
		t.Errorf("issues switched off: %v", err)
	}
	f.busy = func(*http.Request) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			fail(w, 403, "Resource protected by organization SAML enforcement.")
		}
	}
	if _, err := c.Whoami(t.Context()); !errors.Is(err, tracker.ErrRights) || !strings.Contains(err.Error(), "SAML") {
		t.Errorf("SAML: %v", err)
	}
	f.busy = func(*http.Request) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { fail(w, 404, "Not Found") }
	}
	var answer *web.AnswerError
	if _, err := c.Whoami(t.Context()); !errors.As(err, &answer) {
		t.Errorf("no GitHub: %v", err)
	}
	f.busy = func(*http.Request) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { fail(w, 410, "This issue was deleted") }
	}
	if _, err := c.Read(t.Context(), "1"); !errors.Is(err, tracker.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
}

// Ids come from files that others write, and never become a part of an address.
func TestHostileIDs(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	for _, id := range []string{"", "0", "-1", "+1", "01", "1/comments", "../../user", "1?x", "x"} {
		note := "x"
		_, read := c.Read(t.Context(), id)
		_, below := c.Children(t.Context(), id)
		for _, err := range []error{read, below, c.Update(t.Context(), id, tracker.Change{Note: note})} {
			if !errors.Is(err, tracker.ErrNotFound) {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
	if len(f.asked) != 0 {
		t.Errorf("asked %v", f.asked)
	}
}

// Pull requests are issues to GitHub, and a moved issue is answered by what it became.
func TestNoPullRequestsAndNoMovedIssues(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t, "ann-key")
	text := draft("a").Description
	f.issues = append(f.issues,
		&record{number: 1, title: "pull", body: text, state: "open", labels: []string{"mgit 4.5"}, author: "eve", isPull: true},
		&record{number: 2, title: "moved", body: text, state: "open", labels: []string{"mgit 4.5"}, author: "eve", isMoved: true},
		&record{number: 3, title: "of browsers", body: strings.ReplaceAll(text, "\n", "\r\n"), state: "open", labels: []string{"mgit 4.5"}, author: "eve"},
		&record{number: 4, title: "without a label", body: text, state: "open", author: "eve"},
	)
	found, err := c.Find(t.Context(), "mgit:LUVLE:4.5:a")
	if err != nil || len(found) != 1 || found[0].ID != "3" || found[0].Description != text {
		t.Errorf("%+v, %v", found, err)
	}
	for _, id := range []string{"1", "2"} {
		if _, err := c.Read(t.Context(), id); !errors.Is(err, tracker.ErrNotFound) {
			t.Errorf("#%s: %v", id, err)
		}
	}
	// A text that is no marker is looked for everywhere.
	if found, err := c.Find(t.Context(), "text"); err != nil || len(found) != 2 {
		t.Errorf("%+v, %v", found, err)
	}
}

// GitHub says in several ways that it was asked too often.
func TestLater(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	in := func(d time.Duration) string { return fmt.Sprint(now.Add(d).Unix()) }
	for _, c := range []struct {
		name   string
		status int
		header map[string]string
		body   string
		after  time.Duration
		later  bool
	}{
		{"no rights", 403, map[string]string{"X-RateLimit-Remaining": "4711"}, `{"message":"Must have admin rights"}`, 0, false},
		{"not there", 404, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": in(time.Hour)}, "", 0, false},
		{"primary", 403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": in(40 * time.Second)}, "", 40 * time.Second, true},
		{"primary, another status", 429, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": in(time.Hour)}, "", time.Hour, true},
		{"primary, passed", 403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": in(-time.Hour)}, "", time.Second, true},
		{"secondary with a time", 403, map[string]string{"Retry-After": "17"}, "", 17 * time.Second, true},
		{"secondary", 403, nil, `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`, time.Minute, true},
		{"secondary, as it was", 403, nil, `{"documentation_url":"https://docs.github.com/free-pro-team@latest/rest/overview/resources-in-the-rest-api#abuse-rate-limits"}`, time.Minute, true},
		{"too many", 429, nil, "", time.Minute, true},
		{"nonsense", 403, map[string]string{"Retry-After": "soon", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, "", 0, false},
	} {
		a := &web.Answer{Status: c.status, Header: http.Header{}, Body: []byte(c.body)}
		a.Header.Set("Date", now.Format(http.TimeFormat))
		for key, value := range c.header {
			a.Header.Set(key, value)
		}
		after, later := github.Later(a)
		if later != c.later || later && after != c.after {
			t.Errorf("%s: %v, %v", c.name, after, later)
		}
	}
}

// A limit is waited for, and one that lasts is a server that cannot be reached.
func TestWaitsForTheLimit(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var waited []time.Duration
	var refusals atomic.Int32
	c := f.client(t, "ann-key", func(_ *github.Options, o *web.Options) {
		o.Wait = func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }
	})
	limited := "50"
	f.busy = func(*http.Request) func(http.ResponseWriter) {
		if refusals.Add(-1) < 0 {
			return nil
		}
		return func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", limited)
			fail(w, 403, "You have exceeded a secondary rate limit.")
		}
	}
	refusals.Store(1)
	create(t, c, "", draft("a"))
	if !slices.Equal(waited, []time.Duration{50 * time.Second}) || len(f.issues) != 1 {
		t.Errorf("waited %v, made %d", waited, len(f.issues))
	}
	limited = "1800"
	refusals.Store(1)
	_, err := c.Create(t.Context(), "", draft("b"))
	var unreachable *web.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "left alone for 30m0s") || len(f.issues) != 1 {
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
		f.issues = append(f.issues, &record{number: n + 3, parent: 1, title: "x", body: draft(fmt.Sprint(n)).Description, state: "open", labels: []string{"mgit 4.5"}, author: "ann"})
	}
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
	if len(f.asked) > 6 {
		t.Errorf("%d requests: %v", len(f.asked), f.asked)
	}
}

// A list that has no end is an answer that cannot be used.
func TestEndlessList(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.issues = []*record{{number: 1, title: "x", body: "x", state: "open", author: "ann"}}
	f.busy = func(r *http.Request) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Link", `<?page=2>; rel="next"`)
			reply(w, 200, []any{f.shown(f.issues[0])})
		}
	}
	var answer *web.AnswerError
	if _, err := f.client(t, "ann-key").Find(t.Context(), "x"); !errors.As(err, &answer) || !strings.Contains(err.Error(), "has no end") {
		t.Errorf("err = %v", err)
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://github.com":              "https://api.github.com",
		"https://www.GitHub.com/":         "https://api.github.com",
		"https://api.github.com":          "https://api.github.com",
		"https://uni.ghe.com":             "https://api.uni.ghe.com",
		"https://api.uni.ghe.com":         "https://api.uni.ghe.com",
		"https://git.uni.example":         "https://git.uni.example/api/v3",
		"https://git.uni.example/api/v3/": "https://git.uni.example/api/v3",
		"http://127.0.0.1:3000":           "http://127.0.0.1:3000/api/v3",
		"https://github.com.evil.example": "https://github.com.evil.example/api/v3",
		"https://notgithub.com":           "https://notgithub.com/api/v3",
	} {
		if got := github.Address(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

func TestHostileServers(t *testing.T) {
	t.Parallel()
	trackertest.Hostile(t, func(*testing.T) trackertest.Victim {
		return trackertest.Victim{
			Honest: newHandler().handler, Header: github.Header("ann-key"), Secrets: []string{"ann-key"}, Status: "open: moved",
			Options: web.Options{Later: github.Later},
			New:     func(s *web.Server) tracker.Client { return github.New(s, github.Options{Project: project}) },
		}
	})
}
