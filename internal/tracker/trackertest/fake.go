// Package trackertest holds an issue tracker for tests, in memory.
//
// A [Fake] does what a real Redmine was seen to do, its lies included: it answers a
// change with success and ignores it, makes an issue without the parent that was asked
// for, and shows an empty list to who has a wrong key. What it does on top of that is
// set in [Options], [Rights] and [Lies].
//
// Its waits are those of package time, so that within a bubble of testing/synctest an
// hour of latency takes no time.
package trackertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// Options of a Fake; the zero value is the default of each.
type Options struct {
	// Capabilities are those of the tracker. One without Kind is like a Redmine.
	Capabilities tracker.Capabilities
	// Statuses are those that issues can have, the first one that of new issues. None:
	// New, In Progress, Resolved, Feedback, Closed, Rejected.
	Statuses []tracker.Status
	// Versions are the target versions there are; nil takes any.
	Versions []string
	// PageSize is how many issues one request lists; 0 is 100.
	PageSize int
	// Clock is the tracker's; nil is time.Now. It is cut to Capabilities.SameTime.
	Clock func() time.Time
	// Latency is how long a request is on its way, before it has its effect and after.
	Latency func(Call) (before, after time.Duration)
	// Lag is how long a new issue stays out of what Find lists.
	Lag time.Duration
	// Zombies are requests that have their effect although their sender has given up.
	Zombies bool
	// QuietLists do not tell how issues are linked.
	QuietLists bool
}

// Call is a request, for Latency and Lies.Break.
type Call struct {
	Login  string
	Method string // "Find", "Update" …
	Issue  string // its id, the parent's of Create and Children
	Write  bool
	Count  int // how many this client had sent before
	Change tracker.Change
	Draft  tracker.Draft
}

// Rights say what an account may not do.
type Rights struct {
	ReadOnly    bool        // writes are refused
	NoSubtasks  bool        // an issue is made, but not below its parent
	NoStatus    bool        // a new status is ignored, and what comes with it is done
	NoEdits     bool        // of an update nothing but the note is done
	IsStranger  bool        // the project is none of theirs
	IsUnlisted  bool        // issues cannot be assigned to them
	Forbidden   [][2]string // statuses, from and to: such a change is ignored
	NotToCreate []string    // statuses that no new issue gets: it gets the first one
}

// Lies are what the tracker does besides what it was asked for; they can be changed at
// any time.
type Lies struct {
	// Ignore are keys of changes that are ignored in an answer of success: "status",
	// "assignee", "parent", "note", "link" and so on, as in tracker.Ignored.
	Ignore []string
	// Refuse are keys that are refused in words, with all that comes with them.
	Refuse []string
	// IsOff says that the interface is switched off.
	IsOff bool
	// Break is asked before a request has its effect; its error takes the place of that. It
	// must not use the Fake.
	Break func(Call) error
}

// Count is how many requests there were. A list of several pages is several.
type Count struct{ Requests, Writes int }

// Fake is one project of a tracker. It is safe for concurrent use.
type Fake struct {
	opt Options

	mu       sync.Mutex
	lies     Lies
	accounts []account
	issues   []*issue // by id
	made     int      // how many issues there ever were
	notes    int
	count    Count
}

type account struct {
	user   tracker.User
	rights Rights
}

type issue struct {
	tracker.Issue
	made time.Time // not cut
}

// New returns a tracker without accounts and issues.
func New(o Options) *Fake {
	if o.Capabilities.Kind == "" {
		o.Capabilities = Redmine()
	}
	if o.Statuses == nil {
		o.Statuses = []tracker.Status{{Name: "New"}, {Name: "In Progress"}, {Name: "Resolved"}, {Name: "Feedback"}, {Name: "Closed", Closed: true}, {Name: "Rejected", Closed: true}}
	}
	if o.PageSize == 0 {
		o.PageSize = 100
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Fake{opt: o}
}

// Redmine is what a Redmine can hold.
func Redmine() tracker.Capabilities {
	return tracker.Capabilities{
		Kind: "redmine", Markup: tracker.Textile,
		MaxSubject: 255, MaxText: 60000,
		ChangeWithNote: true,
		Done:           true, Versions: true, Fields: true,
		Status: map[string]string{
			"todo": "New", "parked": "Feedback", "moved": "In Progress", "tested": "Resolved",
			"in-test": "Resolved", "in-deployment": "Closed", "dropped": "Rejected", "held": "Feedback",
		},
		SameTime: time.Second,
	}
}

// Join adds an account, whose key a Client of this login has.
func (f *Fake) Join(login string, r Rights) tracker.User {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := tracker.User{ID: strconv.Itoa(100 + len(f.accounts)), Login: login, Name: "Name of " + login}
	f.accounts = append(f.accounts, account{u, r})
	return u
}

// Lie sets what the tracker does besides what it was asked for.
func (f *Fake) Lie(l Lies) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lies = l
}

// Client returns a client with an account's key; a login that did not join has a wrong
// one.
func (f *Fake) Client(login string) *Client { return &Client{fake: f, login: login, end: -1} }

// Count is how many requests all clients sent.
func (f *Fake) Count() Count {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

// Issues are all issues with their notes, oldest first.
func (f *Fake) Issues() []tracker.Issue {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]tracker.Issue, len(f.issues))
	for i, it := range f.issues {
		all[i] = it.shown(true)
	}
	return all
}

// Edit changes an issue as somebody with all rights does it in the browser: no lie, no
// latency, no request.
func (f *Fake) Edit(login, id string, c tracker.Change) {
	f.edit(login, id, c, false)
}

// EditPrivately is Edit with a private note.
func (f *Fake) EditPrivately(login, id string, c tracker.Change) {
	f.edit(login, id, c, true)
}

func (f *Fake) edit(login, id string, c tracker.Change, privately bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	it := f.find(id)
	if it == nil {
		panic(fmt.Sprintf("trackertest: there is no issue %s", id))
	}
	f.change(it, f.account(login).user, c, func(string) bool { return true })
	if privately && c.Note != "" {
		it.Notes[len(it.Notes)-1].Private = true
	}
}

// Add makes an issue as somebody does it in the browser, and returns its id.
func (f *Fake) Add(login, parent string, d tracker.Draft) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.add(parent, d, d.Status).ID
}

// Remove deletes an issue; the numbers of the others stay.
func (f *Fake) Remove(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.issues = slices.DeleteFunc(f.issues, func(it *issue) bool { return it.ID == id })
	for _, it := range f.issues {
		it.Links = slices.DeleteFunc(it.Links, func(l string) bool { return l == id })
		if it.Parent == id {
			it.Parent = ""
		}
	}
}

func (f *Fake) now() time.Time { return f.opt.Clock().Truncate(f.opt.Capabilities.SameTime) }

func (f *Fake) account(login string) account {
	for _, a := range f.accounts {
		if a.user.Login == login {
			return a
		}
	}
	return account{}
}

func (f *Fake) find(id string) *issue {
	for _, it := range f.issues {
		if it.ID == id {
			return it
		}
	}
	return nil
}

// shown is a copy that the tracker does not share.
func (it *issue) shown(withNotes bool) tracker.Issue {
	copied := it.Issue
	copied.Fields = maps.Clone(it.Fields)
	copied.Links = append([]string{}, it.Links...)
	copied.Notes = nil
	if withNotes {
		copied.Notes = slices.Clone(it.Notes)
	}
	return copied
}

func unreachable(why string) error {
	return &web.UnreachableError{Host: "tracker.example.org", Err: errors.New(why)}
}

// sleep waits unless it has to wait for nothing.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
