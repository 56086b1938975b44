package trackertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"mgit/internal/tracker"
)

// Client is a tracker.Client of a Fake, with the key of one account.
type Client struct {
	fake  *Fake
	login string

	mu    sync.Mutex
	count Count
	calls int
	end   int // the call at which the client dies; -1: none
	done  bool
}

var _ tracker.Client = (*Client)(nil)

// DieAfter lets n more calls pass. All later ones find no server; the first of them
// has its effect nevertheless if done.
func (c *Client) DieAfter(n int, done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end, c.done = c.calls+n, done
}

// Count is how many requests this client sent.
func (c *Client) Count() Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}

// Calls is how many calls of this client there were, for DieAfter.
func (c *Client) Calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

// do sends one request: it takes its time, is lost or has its effect, and the answer
// takes its time.
func (c *Client) do(ctx context.Context, call Call, effect func(account) (pages int, err error)) error {
	f := c.fake
	call.Login = c.login
	isLast, err := c.begin(&call)
	if err != nil {
		return err
	}
	var before, after time.Duration
	if f.opt.Latency != nil {
		before, after = f.opt.Latency(call)
	}
	sent := time.Now()
	if err := sleep(ctx, before); err != nil {
		if rest := before - time.Since(sent); f.opt.Zombies && rest > 0 {
			go func() {
				time.Sleep(rest)
				_ = f.take(call, c, effect)
			}()
		}
		return err
	}
	if err = f.take(call, c, effect); isLast {
		return unreachable("the connection broke")
	}
	if late := sleep(ctx, after); late != nil {
		return late
	}
	return err
}

// begin counts a call and kills the client in time.
func (c *Client) begin(call *Call) (isLast bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	call.Count = c.calls
	c.calls++
	switch {
	case c.end < 0 || call.Count < c.end:
		return false, nil
	case call.Count == c.end && c.done:
		return true, nil
	default:
		return false, unreachable("connection refused")
	}
}

// take lets a request have its effect.
func (f *Fake) take(call Call, c *Client, effect func(account) (int, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lies.Break != nil {
		if err := f.lies.Break(call); err != nil {
			c.add(f, 1, call.Write)
			return err
		}
	}
	if f.lies.IsOff {
		c.add(f, 1, call.Write)
		return tracker.ErrSwitchedOff
	}
	a := f.account(c.login)
	err := a.may(call)
	if errors.Is(err, errNothing) {
		c.add(f, 1, call.Write)
		return nil
	}
	if err != nil {
		c.add(f, 1, call.Write)
		return err
	}
	pages, err := effect(a)
	c.add(f, pages, call.Write)
	return err
}

func (c *Client) add(f *Fake, requests int, isWrite bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range []*Count{&c.count, &f.count} {
		n.Requests += requests
		if isWrite {
			n.Writes += requests
		}
	}
}

// errNothing is the empty list that a wrong key gets.
var errNothing = errors.New("an empty list")

// may judges a request by who sends it.
func (a account) may(call Call) error {
	isList := call.Method == "Find" || call.Method == "Children" || call.Method == "Statuses" || call.Method == "People"
	switch {
	case a.user.Login == "" && isList:
		return errNothing
	case a.user.Login == "":
		return tracker.ErrKey
	case a.rights.IsStranger:
		return tracker.ErrProject
	case a.rights.ReadOnly && call.Write:
		return tracker.ErrRights
	}
	return nil
}

// Capabilities implements tracker.Client.
func (c *Client) Capabilities() tracker.Capabilities { return c.fake.opt.Capabilities }

// Whoami implements tracker.Client.
func (c *Client) Whoami(ctx context.Context) (u tracker.User, err error) {
	err = c.do(ctx, Call{Method: "Whoami"}, func(a account) (int, error) {
		u = a.user
		return 1, nil
	})
	return u, err
}

// Statuses implements tracker.Client.
func (c *Client) Statuses(ctx context.Context) (all []tracker.Status, err error) {
	err = c.do(ctx, Call{Method: "Statuses"}, func(account) (int, error) {
		all = slices.Clone(c.fake.opt.Statuses)
		return 1, nil
	})
	return all, err
}

// People implements tracker.Client.
func (c *Client) People(ctx context.Context) (all []tracker.User, err error) {
	err = c.do(ctx, Call{Method: "People"}, func(account) (int, error) {
		for _, a := range c.fake.accounts {
			if !a.rights.IsUnlisted {
				all = append(all, a.user)
			}
		}
		return 1, nil
	})
	return all, err
}

// Find implements tracker.Client.
func (c *Client) Find(ctx context.Context, text string) (all []tracker.Issue, err error) {
	f := c.fake
	err = c.do(ctx, Call{Method: "Find"}, func(account) (int, error) {
		all = f.list(func(it *issue) bool {
			return strings.Contains(it.Description, text) && (f.opt.Lag == 0 || f.opt.Clock().Sub(it.made) >= f.opt.Lag)
		})
		return f.pages(len(all)), nil
	})
	return all, err
}

// Children implements tracker.Client.
func (c *Client) Children(ctx context.Context, parent string) (all []tracker.Issue, err error) {
	f := c.fake
	err = c.do(ctx, Call{Method: "Children", Issue: parent}, func(account) (int, error) {
		all = f.list(func(it *issue) bool { return it.Parent == parent })
		return f.pages(len(all)), nil
	})
	return all, err
}

func (f *Fake) list(belongs func(*issue) bool) (all []tracker.Issue) {
	for _, it := range f.issues {
		if !belongs(it) {
			continue
		}
		shown := it.shown(false)
		if f.opt.QuietLists {
			shown.Links = nil
		}
		all = append(all, shown)
	}
	return all
}

func (f *Fake) pages(n int) int { return max(1, (n+f.opt.PageSize-1)/f.opt.PageSize) }

// Read implements tracker.Client.
func (c *Client) Read(ctx context.Context, id string) (read tracker.Issue, err error) {
	err = c.do(ctx, Call{Method: "Read", Issue: id}, func(account) (int, error) {
		it := c.fake.find(id)
		if it == nil {
			return 1, tracker.ErrNotFound
		}
		read = it.shown(true)
		return 1, nil
	})
	return read, err
}

// Create implements tracker.Client.
func (c *Client) Create(ctx context.Context, parent string, d tracker.Draft) (made tracker.Issue, err error) {
	err = c.do(ctx, Call{Method: "Create", Issue: parent, Write: true, Draft: d}, func(a account) (int, error) {
		made, err = c.fake.create(a, parent, d)
		return 1, err
	})
	if err != nil {
		return tracker.Issue{}, err
	}
	return made, nil
}

// Update implements tracker.Client.
func (c *Client) Update(ctx context.Context, id string, change tracker.Change) error {
	return c.do(ctx, Call{Method: "Update", Issue: id, Write: true, Change: change}, func(a account) (int, error) {
		return 1, c.fake.update(a, id, change)
	})
}

// Link implements tracker.Client.
func (c *Client) Link(ctx context.Context, from, to string) error {
	return c.do(ctx, Call{Method: "Link", Issue: from, Write: true}, func(account) (int, error) {
		return 1, c.fake.link(from, to)
	})
}
