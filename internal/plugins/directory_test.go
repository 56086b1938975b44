package plugins_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mgit/internal/moodle"
	"mgit/internal/plugins"
	"mgit/internal/web"
)

const pluglist = `{"timestamp": 1760000000, "plugins": [
 {"id": 1, "name": "Attendance", "component": "mod_attendance", "source": "https://git.example.org/attendance",
  "versions": [
   {"version": 2023010100, "release": "4.1.0", "maturity": 200, "vcssystem": "git", "vcsrepositoryurl": "https://git.example.org/attendance.git", "vcstag": "v4.1.0", "supportedmoodles": [{"version": 2022112800, "release": "4.1"}]},
   {"version": "2024110100", "release": "4.5.2", "maturity": 200, "vcssystem": "git", "vcsrepositoryurl": "https://git.example.org/attendance.git", "vcstag": "v4.5.2", "supportedmoodles": [{"version": 2024100700, "release": "4.5"}]},
   {"version": "2024120100", "release": "4.5.3-beta", "maturity": 100, "supportedmoodles": [{"version": 2024100700, "release": "4.5"}]}]},
 {"id": 2, "component": "", "versions": []},
 {"id": 3, "component": null, "versions": []},
 {"id": 4, "component": "local_evil", "source": "ext::sh -c id", "versions": [{"version": "$(id)", "vcsrepositoryurl": "--upload-pack=id"}]}]}`

// A list is read whole or not at all, and what could not be fetched from is not in it.
func TestParseDirectory(t *testing.T) {
	t.Parallel()
	entries, err := plugins.ParseDirectory([]byte(pluglist))
	if err != nil || len(entries) != 2 {
		t.Fatalf("%+v %v", entries, err)
	}
	e := entries["mod_attendance"]
	series, err := moodle.ParseSeries("4.5")
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := e.Newest(series); !ok || v.Version != "2024110100" || v.Tag != "v4.5.2" || e.Repository != "https://git.example.org/attendance.git" {
		t.Errorf("%+v", e)
	}
	if evil := entries["local_evil"]; evil.Repository != "" || len(evil.Versions) != 0 {
		t.Errorf("%+v", evil)
	}
	for _, bad := range []string{"", "[]", "{}", `{"timestamp": 1, "plugins": []}`, `{"plugins": [{}]}`, "<html>", pluglist[:len(pluglist)-1], pluglist[:len(pluglist)/2]} {
		var broken *plugins.DirectoryError
		if _, err := plugins.ParseDirectory([]byte(bad)); !errors.As(err, &broken) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

// A directory is asked once a day, by name, and an answer that is cut off, too late or no
// list is an error and is not kept.
func TestAskDirectory(t *testing.T) {
	t.Parallel()
	asked, broken := 0, ""
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch {
		case r.UserAgent() == "" || strings.HasPrefix(r.UserAgent(), "Go-http"):
			http.Error(w, "who are you?", http.StatusForbidden)
		case broken == "cut off":
			w.Header().Set("Content-Length", fmt.Sprint(len(pluglist)))
			fmt.Fprint(w, pluglist[:100])
		case broken == "refused":
			http.Error(w, "no", http.StatusForbidden)
		case broken == "elsewhere":
			http.Redirect(w, r, "https://example.org/list", http.StatusFound)
		default:
			fmt.Fprint(w, pluglist)
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ask := func(dir string, when time.Time) (*plugins.Directory, error) {
		return plugins.AskDirectory(t.Context(), dir, server.URL+"/pluglist.php", when, web.Options{Transport: server.Client().Transport, Tries: 1})
	}
	for _, later := range []time.Duration{0, time.Hour, 25 * time.Hour} {
		d, err := ask(dir, now.Add(later))
		if err != nil || len(d.Entries) != 2 || len(d.Entries["mod_attendance"].Versions) != 3 {
			t.Fatalf("%+v %v", d, err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
	for _, broken = range []string{"cut off", "refused", "elsewhere"} {
		empty := t.TempDir()
		if d, err := ask(empty, now); err == nil {
			t.Errorf("%s: %+v", broken, d)
		}
	}
	if _, err := plugins.AskDirectory(t.Context(), t.TempDir(), "http://127.0.0.1:1/", now, web.Options{}); !errors.Is(err, web.ErrAddress) {
		t.Errorf("%v", err)
	}
}
