package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mgit/internal/tracker"
	"mgit/internal/tracker/redmine"
	"mgit/internal/tracker/redmine/redminetest"
	"mgit/internal/web"
)

// redmineClaim is how long a claim stands in the stories: a request to the server below
// takes far less.
const redmineClaim = 150 * time.Millisecond

// storyRedmine is the Redmine of a story, and what stands in front of it. Its clock goes on
// by some seconds with every request.
type storyRedmine struct {
	*redminetest.Redmine

	mu     sync.Mutex
	now    time.Time
	isDown bool
	mask   string // see wear
	asked  int    // requests since somebody counted
	leaks  []string
}

// redmineSlot is where a story has its Redmine.
type redmineSlot struct{}

// redmineUsers are those who have a key in the stories: two managers, and a developer, who
// may not reject an issue and is not told so.
func redmineUsers() []string { return []string{"manager", "second", "developer"} }

func newStoryRedmine() *storyRedmine {
	f := &storyRedmine{Redmine: redminetest.Make(), now: time.Date(2026, 2, 1, 10, 0, 0, 0, time.UTC)}
	f.Clock(func() time.Time { return f.now })
	f.Before(func(*http.Request) int {
		f.now = f.now.Add(5 * time.Second)
		return 0
	})
	return f
}

// ServeHTTP answers what mgit asks; the people of a story go past it.
func (f *storyRedmine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if slices.ContainsFunc(redmineUsers(), func(login string) bool { return strings.Contains(r.URL.String(), redminetest.Key(login)) }) {
		f.leaks = append(f.leaks, "a key stood in the address "+r.URL.String())
	}
	switch {
	case f.mask != "":
		f.wear(w, r)
	case f.isDown:
		http.Error(w, "", http.StatusServiceUnavailable)
	default:
		f.Redmine.ServeHTTP(w, r)
	}
}

// wear answers as something that stands in a Redmine's place. Who follows it to another
// host, which is this machine by another name, has given the key away.
func (f *storyRedmine) wear(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Host, "localhost") {
		f.leaks = append(f.leaks, "another host was asked for "+r.URL.String())
	}
	switch f.mask {
	case "page":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><h1>Sign in</h1></html>")
	case "elsewhere":
		http.Redirect(w, r, "http://"+strings.Replace(r.Host, "127.0.0.1", "localhost", 1)+r.URL.Path, http.StatusTemporaryRedirect)
	case "echo":
		http.Error(w, fmt.Sprint("asked with \x1b[31m", r.Header), http.StatusInternalServerError)
	case "end":
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"user":`)
	}
}

// as is the Redmine as one of its users has it in a browser.
func (f *storyRedmine) as(ts *testscript.TestScript, login string) *redmine.Client {
	server, err := web.New("https://redmine.example.org", web.Options{Header: redmine.Header(redminetest.Key(login)), Transport: f.Redmine})
	ts.Check(err)
	return redmine.New(server, redmine.Options{Project: redminetest.Project})
}

// find returns the issue of mgit whose subject has a text.
func (f *storyRedmine) find(ts *testscript.TestScript, text string) tracker.Issue {
	client := f.as(ts, "manager")
	issues, err := client.Find(context.Background(), "mgit:")
	ts.Check(err)
	i := slices.IndexFunc(issues, func(i tracker.Issue) bool { return strings.Contains(i.Subject, text) })
	if i < 0 {
		ts.Fatalf("no issue with %q in its subject", text)
	}
	issue, err := client.Read(context.Background(), issues[i].ID)
	ts.Check(err)
	return issue
}

// scriptRedmine is the command `redmine` of the stories:
//
//	redmine start                     starts one; $REDMINE is its address, $KEY the key of a manager, $DEVELOPER
//	                                  that of a developer
//	redmine down | up                 it answers 503, or again
//	redmine mask KIND                 something else answers in its place, see wear; "" is itself again
//	redmine set TEXT KEY VALUE        somebody changes the issue with TEXT in its subject: status, subject
//	redmine note TEXT NOTE            somebody writes a note
//	redmine show TEXT                 prints the issue
//	redmine count                     prints how many issues there are, and how many requests since the last time
//
// Somebody is Simon Second, a manager.
func scriptRedmine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: redmine COMMAND…")
	}
	f := ts.Value(redmineSlot{}).(*storyRedmine)
	arg := func(n int) string {
		if n >= len(args) {
			ts.Fatalf("redmine %s: arguments are missing", args[0])
		}
		return args[n]
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.leaks) > 0 {
		ts.Fatalf("the key got out: %q", f.leaks)
	}
	switch args[0] {
	case "start":
		server := httptest.NewServer(f)
		ts.Defer(server.Close)
		ts.Setenv("REDMINE", server.URL)
		ts.Setenv("KEY", redminetest.Key("manager"))
		ts.Setenv("DEVELOPER", redminetest.Key("developer"))
	case "down", "up":
		f.isDown = args[0] == "down"
	case "mask":
		f.mask = arg(1)
	case "set":
		change := map[string]tracker.Change{"status": {Status: &args[len(args)-1]}, "subject": {Subject: &args[len(args)-1]}}[arg(2)]
		f.change(ts, arg(1), change)
	case "note":
		f.change(ts, arg(1), tracker.Change{Note: arg(2)})
	case "show":
		i := f.find(ts, arg(1))
		fmt.Fprintf(ts.Stdout(), "#%s %s\nstatus: %s\nassignee: %s\ndone: %d\nparent: %s\n%s\n", i.ID, i.Subject, i.Status.Name, i.Assignee.Name, i.Done, i.Parent, i.Description)
		for _, n := range i.Notes {
			fmt.Fprintf(ts.Stdout(), "--\n%s\n", n.Text)
		}
	case "count":
		issues, err := f.as(ts, "manager").Find(context.Background(), "mgit:")
		ts.Check(err)
		fmt.Fprintf(ts.Stdout(), "%d issues\n%d requests\n", len(issues), f.asked)
		f.asked = 0
	default:
		ts.Fatalf("redmine %s is not known", args[0])
	}
}

// change is what somebody does in a browser.
func (f *storyRedmine) change(ts *testscript.TestScript, text string, change tracker.Change) {
	if change.IsZero() {
		ts.Fatalf("nothing changes")
	}
	ts.Check(f.as(ts, "second").Update(context.Background(), f.find(ts, text).ID, change))
}
