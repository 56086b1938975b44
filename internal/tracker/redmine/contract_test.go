package redmine_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"mgit/internal/tracker/redmine"
	"mgit/internal/tracker/redmine/redminetest"
	"mgit/internal/tracker/trackertest"
	"mgit/internal/web"
)

// The keys that testdata/redmine.sh gives out, and the fake as well.
var (
	adminKey     = strings.Repeat("a", 40)
	managerKey   = strings.Repeat("b", 40)
	secondKey    = strings.Repeat("c", 40)
	developerKey = strings.Repeat("d", 40)
	reporterKey  = strings.Repeat("e", 40)
	strangerKey  = strings.Repeat("f", 40)
	unknownKey   = strings.Repeat("0", 40)
)

// site is a Redmine that is asked.
type site struct {
	url  string
	sent func(web.Sent)
	wait func(context.Context, time.Duration) error
	// transport is for a fake that is not served.
	transport http.RoundTripper
}

// real is the Redmine that testdata/redmine.sh started.
func real(t *testing.T) site {
	t.Helper()
	url := os.Getenv("MGIT_REDMINE")
	if url == "" {
		t.Skip("MGIT_REDMINE is not set: make redmine-test starts one")
	}
	return site{url: url}
}

// server is the site with a key.
func (s site) server(t *testing.T, key string) *web.Server {
	t.Helper()
	server, err := web.New(s.url, web.Options{Header: redmine.Header(key), Insecure: true, Log: s.sent, Wait: s.wait, Transport: s.transport})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// client is one of the project of all tests.
func (s site) client(t *testing.T, key string) *redmine.Client {
	t.Helper()
	return redmine.New(s.server(t, key), redmine.Options{Project: "moodle-upgrade", Type: "Task", ParentType: "Feature"})
}

func (s site) harness(t *testing.T) trackertest.Harness {
	t.Helper()
	second, err := s.client(t, secondKey).Whoami(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return trackertest.Harness{
		Client: s.client(t, managerKey), Other: s.client(t, secondKey), Weak: s.client(t, reporterKey),
		Stranger: s.client(t, unknownKey),
		Nowhere:  redmine.New(s.server(t, managerKey), redmine.Options{Project: "nowhere"}),
		Secrets:  []string{managerKey, secondKey, reporterKey, unknownKey},
		Open:     "In Progress", Closed: "Closed",
		Assignee: second.ID, Version: "Moodle 4.5", Field: "1",
		Missing: "999999",
		Hide: func(t *testing.T, id, text string) {
			t.Helper()
			_, err := s.server(t, managerKey).JSON(t.Context(), web.Request{
				Method: http.MethodPut, Path: "issues/" + id + ".json",
				Body: map[string]any{"issue": map[string]any{"notes": text, "private_notes": true}},
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
		},
	}
}

func TestContractOnRedmine(t *testing.T) {
	t.Parallel()
	trackertest.Contract(t, real(t).harness(t))
}

func TestContractOnFake(t *testing.T) {
	t.Parallel()
	h := fake(t).harness(t)
	h.Many = 250
	trackertest.Contract(t, h)
}

// fake is a Redmine in memory.
func fake(t *testing.T) site {
	t.Helper()
	return site{url: redminetest.New(t).URL, wait: func(context.Context, time.Duration) error { return nil }}
}
