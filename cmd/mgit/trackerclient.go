package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"mgit/internal/config"
	"mgit/internal/job"
	"mgit/internal/tracker"
	"mgit/internal/tracker/github"
	"mgit/internal/tracker/gitlab"
	"mgit/internal/tracker/jira"
	"mgit/internal/tracker/redmine"
	"mgit/internal/web"
)

// trackerKeyVariable is the variable that a tracker's key may stand in.
const trackerKeyVariable = "MGIT_TRACKER_TOKEN"

// childVars is the environment of the programs that mgit starts: editors, pagers, hooks,
// builds. The key of the tracker is for none of them.
func (c *call) childVars() []string {
	return slices.DeleteFunc(slices.Clone(c.vars), func(v string) bool { return strings.HasPrefix(v, trackerKeyVariable+"=") })
}

// patience is how long a tracker may take.
type patience int

const (
	patient patience = iota
	// quick is for commands that have done their work already and only tell the tracker.
	quick
)

// trackerKind is how a kind of tracker is asked.
type trackerKind struct {
	header  func(key string) http.Header
	address func(string) string // of its interface; nil: that of the settings
	later   func(*web.Answer) (time.Duration, bool)
	client  func(c *call, s *web.Server, t config.Tracker) tracker.Client
}

func trackerKinds() map[string]trackerKind {
	return map[string]trackerKind{
		"redmine": {header: redmine.Header, client: func(_ *call, s *web.Server, t config.Tracker) tracker.Client {
			return redmine.New(s, redmine.Options{Project: t.Project, Type: t.Type, ParentType: t.ParentType, Markup: tracker.Markup(t.Markup)})
		}},
		"gitlab": {header: gitlab.Header, address: gitlab.Address, later: gitlab.Later, client: func(c *call, s *web.Server, t config.Tracker) tracker.Client {
			warn := func(text string) { c.warn("tracker-links", printable(text)) }
			return gitlab.New(s, gitlab.Options{Project: t.Project, Type: t.Type, ParentType: t.ParentType, Statuses: statusesOf(t), Warn: warn})
		}},
		"github": {header: github.Header, address: github.Address, later: github.Later, client: func(_ *call, s *web.Server, t config.Tracker) tracker.Client {
			return github.New(s, github.Options{Project: t.Project, Type: t.Type, ParentType: t.ParentType, Statuses: statusesOf(t)})
		}},
		"jira": {header: jira.Header, client: func(_ *call, s *web.Server, t config.Tracker) tracker.Client {
			fields := slices.Sorted(maps.Keys(t.Fields))
			return jira.New(s, jira.Options{Project: t.Project, Type: t.Type, ParentType: t.ParentType, Markup: tracker.Markup(t.Markup), Fields: fields})
		}},
	}
}

// statusesOf are the statuses that the settings name.
func statusesOf(t config.Tracker) []string {
	return slices.Compact(slices.Sorted(maps.Values(t.Status)))
}

// dialTracker returns what makes the client of a tracker of any kind.
func (c *call) dialTracker(p patience) job.TrackerDial {
	return func(t config.Tracker, key string) (tracker.Client, error) {
		kind, known := trackerKinds()[t.Kind]
		if !known {
			return nil, &usageError{text: fmt.Sprintf("tracker.kind %q is not known", t.Kind)}
		}
		opt := web.Options{UserAgent: "mgit/" + buildVersion(), Insecure: isOnThisMachine(t.URL), Log: c.traceWeb(), Later: kind.later}
		if p == quick {
			opt.Timeout, opt.Tries = 10*time.Second, 1
		}
		if key != "" {
			opt.Header = kind.header(key)
		}
		address := t.URL
		if kind.address != nil {
			address = kind.address(address)
		}
		server, err := web.New(address, opt)
		if errors.Is(err, web.ErrAddress) {
			return nil, &usageError{text: fmt.Sprintf("tracker.url: %v", err), hint: "it is like https://redmine.example.org"}
		}
		if err != nil {
			return nil, err
		}
		return kind.client(c, server, t), nil
	}
}

// isOnThisMachine reports whether an address never leaves this machine, so that nobody can
// listen where it is not encrypted.
func isOnThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// traceWeb prints the requests that are sent, with --verbose. There is nothing secret in
// them.
func (c *call) traceWeb() func(web.Sent) {
	if !c.flags.verbose {
		return nil
	}
	return func(s web.Sent) {
		status := "no answer"
		if s.Status != 0 {
			status = fmt.Sprint(s.Status)
		}
		c.trace("%s %s  (%s, %s)", s.Method, s.URL, status, s.Took.Round(time.Millisecond/10))
	}
}

// askKey asks for a key on the terminal, which does not show it.
func (c *call) askKey(ctx context.Context, address string) (string, error) {
	f, isFile := c.stdin.(*os.File)
	if !isFile {
		return "", &usageError{id: "needs-answer", text: "there is nobody to ask for the key of " + address, hint: "set " + trackerKeyVariable}
	}
	state, err := term.GetState(int(f.Fd()))
	if err != nil {
		return "", err
	}
	fmt.Fprintf(c.stderr, "%s ", c.errPalette().strong("Key for "+printable(address)+" (it is not shown):"))
	type answer struct {
		key []byte
		err error
	}
	typed := make(chan answer, 1)
	go func() {
		key, err := term.ReadPassword(int(f.Fd()))
		typed <- answer{key, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(c.stderr)
		return "", errors.Join(ctx.Err(), term.Restore(int(f.Fd()), state)) // the read is left behind
	case a := <-typed:
		fmt.Fprintln(c.stderr)
		if key := strings.TrimSpace(string(a.key)); key != "" || a.err != nil {
			return key, a.err
		}
		return "", &usageError{text: "no key was given", hint: "set " + trackerKeyVariable + ", or type it when you are asked"}
	}
}
