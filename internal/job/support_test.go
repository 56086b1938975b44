package job_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgit/internal/job"
	"mgit/internal/support"
)

// dates is a file as Moodle's is, with the end of 4.5's security support.
func dates(security string) string {
	return fmt.Sprintf(`{"versions": [{"name": "4.5", "releaseDate": "7 October 2024", "generalEndDate": "6 October 2025", "securityEndDate": %q, "isLTS": true}]}`, security)
}

func (f *fixture) refresh(change func(*job.SupportRefreshRequest)) (*job.SupportRefreshReport, int, error) {
	f.t.Helper()
	request := job.SupportRefreshRequest{Now: planDay()}
	change(&request)
	return job.SupportRefresh(f.t.Context(), f.open(""), request)
}

func (f *fixture) refreshFrom(text string, change ...func(*job.SupportRefreshRequest)) (*job.SupportRefreshReport, int, error) {
	f.t.Helper()
	name := filepath.Join(f.t.TempDir(), "versions.json")
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		f.t.Fatal(err)
	}
	return f.refresh(func(q *job.SupportRefreshRequest) {
		q.From = name
		for _, c := range change {
			c(q)
		}
	})
}

func TestSupportRefresh(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	before := f.refs()
	r, run, err := f.refreshFrom(dates("4 October 2028"), func(q *job.SupportRefreshRequest) { q.DryRun = true })
	if err != nil || run != 0 || !r.Changed || f.refs() != before {
		t.Fatalf("dry: run %d, %+v, %v", run, r, err)
	}
	r, run, err = f.refreshFrom(dates("4 October 2028"))
	if err != nil || run != 1 || r.New.Date != "2026-11-26" || r.Old.Source != "built in" {
		t.Fatalf("run %d, %+v, %v", run, r, err)
	}
	if len(r.Changes) != 2 || r.Changes[0] != (job.SupportChange{Series: "4.5", Key: "security", Old: "2027-10-04", New: "2028-10-04"}) || r.Changes[1].Key != "newest" {
		t.Errorf("changes: %+v", r.Changes)
	}
	shown, err := job.SupportShow(t.Context(), f.open(""), nil, planDay())
	if err != nil || len(shown.Series) != len(support.BuiltIn().Series) || shown.Data != r.New {
		t.Errorf("%d series of %+v, %v", len(shown.Series), shown.Data, err)
	}
	// The same once more, and then an older file.
	if r, run, err := f.refreshFrom(dates("4 October 2028")); err != nil || run != 0 || r.Changed {
		t.Errorf("again: run %d, %+v, %v", run, r, err)
	}
	var usage *job.UsageError
	_, _, err = f.refreshFrom(dates("4 October 2027"), func(q *job.SupportRefreshRequest) { q.Date = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC) })
	if !errors.As(err, &usage) {
		t.Errorf("an older file: %v", err)
	}
	if _, _, err := job.UndoRun(t.Context(), f.open(""), 1, false); err != nil {
		t.Fatal(err)
	}
	if out := f.Git("ls-tree", "--name-only", "mgit"); strings.Contains(out, "support.json") {
		t.Errorf("after undo: %s", out)
	}
}

func TestSupportRefreshRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	before := f.refs()
	var usage *job.UsageError
	for text, want := range map[string]string{
		"<html>":      "not the JSON",
		dates("soon"): `securityEndDate: "soon"`,
		`{"date":"2027-01-01","versions":[{"name":"4.5"}]}`: "not yet",
		strings.Repeat(" ", support.MaxSize+10):             "more than",
	} {
		if _, _, err := f.refreshFrom(text); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v", text, err)
		}
	}
	for from, want := range map[string]string{
		"nowhere.json": "no such file", ".": "is no file", "http://example.org/v.json": "not https", "file:///etc/passwd": "address",
		"https://me:secret@example.org/v": "password", "ext::sh -c x://": "", "https://example.org/%zz": "cannot be read",
	} {
		_, _, err := f.refresh(func(q *job.SupportRefreshRequest) { q.From = from })
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", from, err)
		}
	}
	if f.refs() != before {
		t.Error("a reference moved")
	}
}

func TestSupportRefreshFromServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a b/versions.json":
			fmt.Fprint(w, dates("4 October 2028"))
		case "/huge":
			fmt.Fprint(w, strings.Repeat(" ", support.MaxSize+1))
		case "/away":
			http.Redirect(w, r, "https://elsewhere.example.org/", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	f := newFixture(t)
	var unreachable *job.UnreachableError
	for _, path := range []string{"/none", "/huge", "/away"} {
		_, _, err := f.refresh(func(q *job.SupportRefreshRequest) { q.From, q.Transport = server.URL+path, server.Client().Transport })
		if !errors.As(err, &unreachable) {
			t.Errorf("%s: %v", path, err)
		}
	}
	r, run, err := f.refresh(func(q *job.SupportRefreshRequest) {
		q.From, q.Transport = server.URL+"/a%20b/versions.json", server.Client().Transport
	})
	if err != nil || run != 1 || r.New.Source != server.URL+"/a%20b/versions.json" {
		t.Errorf("run %d, %+v, %v", run, r, err)
	}
}

// Two clones take different files over; the sync joins them, and the newer one decides.
func TestSupportDatesAreMerged(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	one, two := origin.colleague(), origin.colleague()
	series := func(name, security string) string {
		return fmt.Sprintf(`{"name": %q, "securityEndDate": %q}`, name, security)
	}
	if _, _, err := one.refreshFrom(`{"date": "2026-09-01", "versions": [` + series("4.5", "2028-01-01") + "," + series("5.1", "2028-02-02") + `]}`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := two.refreshFrom(`{"date": "2026-10-01", "versions": [` + series("4.5", "2028-03-03") + "," + series("5.2", "2028-04-04") + `]}`); err != nil {
		t.Fatal(err)
	}
	one.sync()
	if s := two.sync(); len(s.Disagreements) != 0 {
		t.Errorf("disagreements: %+v", s.Disagreements)
	}
	one.sync()
	for i, f := range []*fixture{one, two} {
		text := f.Git("show", "mgit:support.json")
		for _, want := range []string{`"date": "2026-10-01"`, "2028-03-03", "2028-02-02", "2028-04-04"} {
			if !strings.Contains(text, want) {
				t.Errorf("clone %d lacks %s:\n%s", i, want, text)
			}
		}
	}
}
