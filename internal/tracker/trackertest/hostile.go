package trackertest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// Victim is a client that is tried with servers that mean no good, and the honest
// tracker that these pretend to be.
type Victim struct {
	// Honest answers as the tracker does: the fake that the client is tested with.
	Honest http.Handler
	// Path is what stands before all paths of Honest: "/jira".
	Path string
	// Header carries the key that Honest knows. Secrets must not stand in any error.
	Header  http.Header
	Secrets []string
	// New makes the client.
	New func(*web.Server) tracker.Client
	// Options are what the client wants of its server, beside the header.
	Options web.Options
	// Status is one that the client takes without asking; "" is Done.
	Status string
}

// What a hostile server may cost.
const (
	mostRequests = 300
	mostBytes    = 8 << 20 // that a server can get rid of, buffers on the way included
	answerLimit  = 1 << 20
)

// Hostile checks that whatever a server answers ends in a result that can be used, or in
// one line of an error: soon, without a panic, without asking on and on, without the key
// in it, and without a word to another server. Of the kinds of servers those are tried
// whose names hold one of some words; none: all.
func Hostile(t *testing.T, victim func(*testing.T) Victim, some ...string) {
	t.Helper()
	for _, h := range hostileCases() {
		if len(some) > 0 && !slices.ContainsFunc(some, func(word string) bool { return strings.Contains(h.name, word) }) {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			newAssault(t, victim(t), h).run(t)
		})
	}
	if len(some) > 0 {
		return
	}
	t.Run("certificates", func(t *testing.T) {
		t.Parallel()
		certificates(t, victim(t))
	})
}

// hostile is one kind of server.
type hostile struct {
	name string
	// serve answers in place of the honest tracker.
	serve func(*assault, http.ResponseWriter, *http.Request)
	// mustFail says that no call can end well.
	mustFail bool
	// onlyFind saves time where what matters is in lists, or is the same for all calls.
	onlyFind bool
	timeout  time.Duration // 0: long
}

// assault is one client before one hostile server.
type assault struct {
	hostile
	Victim
	server, other       *httptest.Server
	parent, child       string
	requests, elsewhere atomic.Int64
	written             atomic.Int64
	count               atomic.Int64 // of what serve wants to count
	isHostile           atomic.Bool
}

func newAssault(t *testing.T, v Victim, h hostile) *assault {
	t.Helper()
	a := &assault{hostile: h, Victim: v}
	quiet := log.New(io.Discard, "", 0)
	a.other = httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { a.elsewhere.Add(1) }))
	a.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.isHostile.Load() {
			a.Honest.ServeHTTP(w, r)
			return
		}
		if a.requests.Add(1) > 10*mostRequests {
			panic(http.ErrAbortHandler) // enough seen
		}
		a.serve(a, &counted{w, &a.written}, r)
	}))
	for _, s := range []*httptest.Server{a.other, a.server} {
		s.Config.ErrorLog = quiet
		s.Start()
		t.Cleanup(s.Close)
	}
	honest := a.client(t, time.Minute)
	draft := func(thing string) tracker.Draft {
		m := tracker.Marker{Site: "H", Series: "4.5", Thing: thing}
		return tracker.Draft{IsParent: thing == "", Subject: "x" + thing, Description: m.String() + "\n"}
	}
	parent, err := honest.Create(t.Context(), "", draft(""))
	if err != nil {
		t.Fatalf("the honest tracker: %v", err)
	}
	child, err := honest.Create(t.Context(), parent.ID, draft("branch"))
	if err != nil {
		t.Fatalf("the honest tracker: %v", err)
	}
	a.parent, a.child = parent.ID, child.ID
	a.isHostile.Store(true)
	return a
}

// client is a new one, that remembers nothing.
func (a *assault) client(t *testing.T, timeout time.Duration) tracker.Client {
	t.Helper()
	opt := a.Options
	opt.Header, opt.Insecure, opt.Timeout, opt.Limit, opt.Tries = a.Header, true, timeout, answerLimit, 2
	opt.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	s, err := web.New(a.server.URL+a.Path, opt)
	if err != nil {
		t.Fatal(err)
	}
	return a.New(s)
}

// call is a method of a client.
type call struct {
	name string
	do   func(context.Context, tracker.Client) error
}

// calls are all methods. Each looks at what it got.
func (a *assault) calls() []call {
	text, status, who := "again", cmp.Or(a.Status, "Done"), "1"
	change := tracker.Change{Subject: &text, Description: &text, Status: &status, Assignee: &who, Note: text}
	return []call{
		{"Find", func(ctx context.Context, c tracker.Client) error { return issues(c.Find(ctx, "mgit:H:4.5")) }},
		{"Whoami", func(ctx context.Context, c tracker.Client) error {
			u, err := c.Whoami(ctx)
			if err == nil && u.ID == "" {
				return errUnusable
			}
			return err
		}},
		{"Statuses", func(ctx context.Context, c tracker.Client) error {
			all, err := c.Statuses(ctx)
			for _, s := range all {
				if err == nil && s.Name == "" {
					return errUnusable
				}
			}
			return err
		}},
		{"People", func(ctx context.Context, c tracker.Client) error {
			all, err := c.People(ctx)
			for _, u := range all {
				if err == nil && u.ID == "" {
					return errUnusable
				}
			}
			return err
		}},
		{"Read", func(ctx context.Context, c tracker.Client) error { return oneIssue(c.Read(ctx, a.child)) }},
		{"Children", func(ctx context.Context, c tracker.Client) error { return issues(c.Children(ctx, a.parent)) }},
		{"Create", func(ctx context.Context, c tracker.Client) error {
			return oneIssue(c.Create(ctx, a.parent, tracker.Draft{Subject: "y", Description: "mgit:H:4.5:y", Status: status}))
		}},
		{"Update", func(ctx context.Context, c tracker.Client) error { return c.Update(ctx, a.child, change) }},
		{"Link", func(ctx context.Context, c tracker.Client) error { return c.Link(ctx, a.child, a.parent) }},
	}
}

// errUnusable says that a client made a result of what is none.
var errUnusable = errors.New("(a result that cannot be used)")

func oneIssue(i tracker.Issue, err error) error {
	if err == nil && (i.ID == "" || len(i.ID) > 200 || strings.ContainsFunc(i.ID, isOdd)) {
		return errUnusable
	}
	return err
}

func issues(all []tracker.Issue, err error) error {
	for _, i := range all {
		if oneIssue(i, err) != nil {
			return errUnusable
		}
	}
	return err
}

// isOdd reports whether a rune is none that an id of any tracker has.
func isOdd(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_", r)
}

func (a *assault) run(t *testing.T) {
	t.Helper()
	timeout := a.timeout
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	for _, call := range a.calls() {
		if a.onlyFind && call.name != "Find" {
			continue
		}
		client := a.client(t, timeout)
		a.requests.Store(0)
		a.written.Store(0)
		begun := time.Now()
		err := call.do(t.Context(), client)
		took := time.Since(begun)
		a.judge(t, call.name, err)
		if n := a.requests.Load(); n > mostRequests {
			t.Errorf("%s: %d requests", call.name, n)
		}
		if n, per := a.written.Load(), max(a.requests.Load(), 1); n/per > mostBytes {
			t.Errorf("%s: it read %d bytes", call.name, n)
		}
		if took > 10*time.Second {
			t.Errorf("%s: it took %v", call.name, took)
		}
	}
	if n := a.elsewhere.Load(); n != 0 {
		t.Errorf("another server was asked %d times", n)
	}
}

// judge looks at the error of a call.
func (a *assault) judge(t *testing.T, name string, err error) {
	t.Helper()
	switch {
	case errors.Is(err, errUnusable):
		t.Errorf("%s made a result of what is none", name)
	case err == nil:
		if a.mustFail && a.requests.Load() > 0 { // some ask nothing
			t.Errorf("%s ended well", name)
		}
		return
	}
	line := err.Error()
	if len(line) > 1000 || strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
		t.Errorf("%s: no line for people: %.2000q", name, line)
	}
	for _, secret := range a.Secrets {
		if strings.Contains(line, secret) {
			t.Errorf("%s: the key stands in the error", name)
		}
	}
	for _, ours := range []string{"Go struct", "Go value", "runtime error", "strconv.", "json: cannot", "json: invalid", "2006-01-02"} {
		if strings.Contains(line, ours) {
			t.Errorf("%s: the error is for programmers: %s", name, line)
		}
	}
	var unreachable *web.UnreachableError
	var status *web.StatusError
	var answer *web.AnswerError
	var refused *tracker.RefusedError
	isNamed := false
	for _, known := range []error{tracker.ErrKey, tracker.ErrRights, tracker.ErrSwitchedOff, tracker.ErrProject, tracker.ErrNotFound} {
		isNamed = isNamed || errors.Is(err, known)
	}
	if !isNamed && !errors.As(err, &unreachable) && !errors.As(err, &status) && !errors.As(err, &answer) && !errors.As(err, &refused) {
		t.Errorf("%s: the error has no kind: %v (%T)", name, err, err)
	}
}

// counted counts what is written.
type counted struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c *counted) Write(data []byte) (int, error) {
	n, err := c.ResponseWriter.Write(data)
	c.n.Add(int64(n))
	return n, err
}

func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// honestly asks the honest tracker, and returns what it says.
func (a *assault) honestly(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	body, _ := io.ReadAll(r.Body) // one that breaks off is one that is short
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	a.Honest.ServeHTTP(rec, again)
	return rec
}

func answerWith(status int, kind, body string) func(*assault, http.ResponseWriter, *http.Request) {
	return func(_ *assault, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may be gone
	}
}

// raw writes to the connection itself.
func raw(write func(w io.Writer) error) func(*assault, http.ResponseWriter, *http.Request) {
	return func(_ *assault, w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(fmt.Sprint("hijack: ", err))
		}
		defer conn.Close()
		_ = conn.SetWriteDeadline(time.Now().Add(10 * time.Second)) // a test must end
		_ = write(conn)                                             // until the client is gone
	}
}
