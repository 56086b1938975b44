package tracker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/web"
)

// Sync compares an upgrade with the tracker, and unless it is a dry run writes there what
// the ledger has to say. The mirror is nil where there is none; it is not changed.
//
// Whatever stops a sync half way (the context, a server that does not answer any more),
// the result has what was made and what waits, and comes together with the error. It is
// nil only where nothing could be read. All of it holds for what was done: the mirror and
// what came in can be stored, and the next sync goes on from there, from this clone or
// another one.
//
// Two syncs of one upgrade are kept apart by a claim, see claim.go; the second one waits
// for the first and tells Progress so. Two syncs of one clone must not run at once: who
// calls holds a lock. The error is one of a [Client], ErrSlow, ErrMark or that of the
// context.
func Sync(ctx context.Context, c Client, u Upgrade, m *Mirror, s Settings, o Options) (*Result, error) {
	y := &session{
		c: c, u: u, m: m, s: s, o: o,
		marker: Marker{Site: u.Site, Series: u.Series},
		settle: cmp.Or(o.Settle, 3*time.Second),
		notes:  map[string]Issue{}, sights: map[string]Issue{},
		result: &Result{Mirror: m},
	}
	var err error
	if y.result.User, err = c.Whoami(ctx); err != nil {
		return nil, err
	}
	y.can = c.Capabilities() // now that it has seen the tracker
	found, err := y.look(ctx)
	if err != nil {
		return nil, err
	}
	y.makePlan(found)
	y.report()
	if o.DryRun {
		y.result.Ignored = y.plan.Ignored
		return y.result, nil
	}
	if len(y.plan.Writes) > 0 {
		if found, err = y.write(ctx, found); err != nil {
			outcomes := y.outcomes
			if y.isBlind || isDeaf(ctx, err) {
				outcomes = y.certain()
			}
			y.conclude(found, outcomes)
			return y.result, err
		}
	}
	if len(y.plan.Writes) == 0 && y.isLeft(found) {
		y.sweep(ctx, found)
	}
	y.conclude(found, y.outcomes)
	return y.result, nil
}

// The errors of a sync that are not a client's. They come wrapped.
var (
	// ErrSlow says that each write takes longer than a claim can last: nobody else can be
	// kept away, so nothing more was written.
	ErrSlow = errors.New("the tracker takes too long for a change")
	// ErrMark says that the tracker does not keep what mgit writes into a description.
	// Without it no clone finds an issue again.
	ErrMark = errors.New("the tracker does not keep mgit's mark in the description")
)

// mostRounds is how often a sync starts again after it lost its claim, or after a write of
// which nobody knows whether it was done.
const mostRounds = 5

// session is one sync.
type session struct {
	c      Client
	u      Upgrade
	m      *Mirror // grows with what was made
	s      Settings
	o      Options
	can    Capabilities
	marker Marker
	settle time.Duration
	clock  serverClock
	hold   hold

	people   []User
	statuses []Status
	notes    map[string]Issue // that were read and need not be read again while Updated stays

	plan     *Plan
	listed   map[string]Issue // what the plan knows, by id
	sights   map[string]Issue // as issues were right before their last write, by id
	outcomes []Outcome        // of the plan
	waiting  []Write          // likewise
	made     []Issue          // as Create returned them, of all plans
	opened   *opened          // the upgrade's own issue, made to be claimed
	isBlind  bool             // what was written could not be read back
	result   *Result
}

// makePlan makes the plan that the session goes on with.
func (y *session) makePlan(found Found) {
	y.plan = MakePlan(y.u, y.m, found, y.can, y.s, y.o)
	y.outcomes, y.waiting = nil, nil
	y.listed = map[string]Issue{}
	for _, issue := range found.Issues {
		y.listed[issue.ID] = issue
	}
}

// report copies the plan into the result.
func (y *session) report() {
	y.result.Plan = y.plan
	y.result.Incoming, y.result.Disagreements = y.plan.Incoming, y.plan.Disagreements
	y.result.Waiting = y.plan.Writes
}

// write claims the upgrade, makes what is to be written, and returns what the tracker
// holds then. Of an error it returns what is known without asking.
func (y *session) write(ctx context.Context, found Found) (Found, error) {
	isClaimed := false
	for round := 1; ; round++ {
		if !isClaimed {
			claimed, err := y.claimed(ctx, found)
			if err != nil {
				y.waiting = y.plan.Writes
				y.release(ctx)
				return y.known(found), slow(err)
			}
			found = claimed
		}
		y.makePlan(found)
		y.report()
		err := y.makeAll(ctx, found)
		if isClaimed = errors.Is(err, errMoved); (isClaimed || isUncertain(err)) && round < mostRounds {
			if again, failed := y.look(ctx); failed == nil {
				found = again
				continue
			}
		}
		if isClaimed {
			err = nil // what somebody changes all the time waits
		}
		y.release(ctx)
		if err != nil && isDeaf(ctx, err) {
			return y.known(found), err
		}
		after, failed := y.readBack(ctx)
		if failed != nil {
			y.isBlind = true
			return y.known(found), cmp.Or(slow(err), failed)
		}
		return after, slow(err)
	}
}

// claimed returns what the tracker holds once this sync alone may write. Where it had to
// make the upgrade's own issue for that, that is finished first, so that the plan that
// follows can take it for what both sides agree on.
func (y *session) claimed(ctx context.Context, found Found) (Found, error) {
	found, err := y.acquire(ctx, found)
	if err != nil || y.opened == nil {
		return found, err
	}
	w, made := y.opened.Write, y.opened.Issue
	y.opened = nil
	if err := y.finish(ctx, w, w.Rest(made)); err != nil {
		return found, err
	}
	read, err := y.read(ctx, made.ID)
	if err != nil {
		return found, err
	}
	found = y.known(found)
	found.Read[made.ID] = read
	for i, issue := range found.Issues {
		if issue.ID == made.ID {
			found.Issues[i] = read
		}
	}
	settled, ignored := y.plan.Settle(found, y.outcomes)
	y.result.Ignored = append(y.result.Ignored, ignored...)
	next := *settled
	if y.m != nil {
		next = *y.m
	}
	next.Upgrade = settled.Upgrade
	y.m = &next
	return found, nil
}

// conclude settles what was done and fills the result. What came in is settled in any
// case; of the writes those are that outcomes has.
func (y *session) conclude(after Found, outcomes []Outcome) {
	mirror, ignored := y.plan.Settle(after, outcomes)
	y.result.Mirror = mirror
	y.result.Ignored = append(y.result.Ignored, y.plan.Ignored...)
	y.result.Ignored = append(y.result.Ignored, ignored...)
	for _, o := range outcomes {
		if d := o.Write.Draft; d != nil && o.Write.Issue == "" && len(o.Reasons) > 0 {
			y.result.Ignored = append(y.result.Ignored, Ignored{Branch: o.Write.Branch, Key: "issue", Wanted: d.Subject, Reason: strings.Join(o.Reasons, "; ")})
		}
	}
	y.result.Waiting = y.waiting
}

// certain are the outcomes that are known without reading back: what a new issue was made
// with stands in the answer, and where nothing was left to be done that is all.
func (y *session) certain() []Outcome {
	var sure []Outcome
	for _, o := range y.outcomes {
		i := slices.IndexFunc(y.made, func(i Issue) bool { return i.ID == o.Write.Issue })
		if i >= 0 && o.Write.Draft != nil && len(o.Reasons) == 0 && len(o.Write.Links) == 0 && o.Write.Rest(y.made[i]).IsZero() {
			sure = append(sure, o)
		}
	}
	return sure
}

// isDeaf reports whether the server need not be asked anything more after an error.
func isDeaf(ctx context.Context, err error) bool {
	var away *web.UnreachableError
	var odd *web.AnswerError
	return ctx.Err() != nil || errors.As(err, &away) || errors.As(err, &odd) || errors.Is(err, ErrKey) || errors.Is(err, ErrSwitchedOff)
}

// isUncertain reports whether the sync has to look again before it goes on.
func isUncertain(err error) bool { return errors.Is(err, errLost) || errors.Is(err, errLate) }

// slow is the error of who gives up after errLost and errLate.
func slow(err error) error {
	if isUncertain(err) {
		return fmt.Errorf("%w: %w", ErrSlow, err)
	}
	return err
}
