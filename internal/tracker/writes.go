package tracker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"mgit/internal/web"
)

// mostRefusals is after how many failures in a row a sync stops asking.
const mostRefusals = 3

// makeAll makes the plan's writes in their order. What the tracker does not take is an
// outcome with reasons and stops nothing. The error says why the rest waits.
func (y *session) makeAll(ctx context.Context, found Found) error {
	ids := map[string]string{"": y.hold.upgrade}
	maps.Copy(ids, y.plan.Parents)
	failures, isMoved := 0, false
	for i, w := range y.plan.Writes {
		y.tell(Progress{Made: i, All: len(y.plan.Writes), Write: w})
		err := context.Cause(ctx)
		if err == nil {
			err = y.makeOne(ctx, found, ids, w)
		}
		var refused *RefusedError
		switch {
		case err == nil, errors.As(err, &refused), errors.Is(err, ErrNotFound):
			failures = 0
			continue
		case errors.Is(err, errMoved):
			y.waiting, isMoved = append(y.waiting, w), true
			continue
		case !isOfOne(err):
			y.waiting = append(y.waiting, y.plan.Writes[i:]...)
			return err
		}
		if failures++; failures == mostRefusals {
			y.waiting = append(y.waiting, y.plan.Writes[i+1:]...)
			return err
		}
	}
	if isMoved {
		return errMoved
	}
	return nil
}

// makeOne makes one write. Of an error that is about this one only there is an outcome.
// The ids of what is made are entered for the writes that come later.
func (y *session) makeOne(ctx context.Context, found Found, ids map[string]string, w Write) error {
	switch {
	case w.Draft != nil:
		return y.makeIssue(ctx, ids, w)
	case w.Issue == "":
		w.Issue = ids[w.Branch] // one that was made a moment ago, and has more to be told
	case w.Reuse:
		parent := ids[w.Below]
		if i := slices.IndexFunc(found.Issues, func(i Issue) bool { return i.ID == w.Issue }); i >= 0 && found.Issues[i].Parent != parent {
			w.Change.Parent = &parent
		}
		ids[w.Branch] = w.Issue
	}
	if w.Issue == "" {
		y.waiting = append(y.waiting, w) // what it is about could not be made
		return nil
	}
	return y.finish(ctx, w, w.Change)
}

// makeIssue makes a new issue, and what can be done to it only then.
func (y *session) makeIssue(ctx context.Context, ids map[string]string, w Write) error {
	parent := ids[w.Below]
	if parent == "" || w.Branch == "" {
		y.waiting = append(y.waiting, w) // what it stands below could not be made
		return nil
	}
	made, err := y.createBelow(ctx, parent, w)
	var refused *RefusedError
	if parts := w.Split(); errors.As(err, &refused) && len(parts) > 1 {
		// It is made with what it needs, and shown what else it does not take.
		bare := parts[0]
		if made, err = y.createBelow(ctx, parent, bare); err == nil {
			bare.Issue, ids[w.Branch] = made.ID, made.ID
			y.record(Outcome{Write: bare})
			return y.piecemeal(ctx, made.ID, parts[1:])
		}
	}
	if err != nil {
		return y.fail(w, err)
	}
	w.Issue, ids[w.Branch] = made.ID, made.ID
	return y.finish(ctx, w, w.Rest(made))
}

// createBelow makes an issue. That proves the claim, too.
func (y *session) createBelow(ctx context.Context, parent string, w Write) (made Issue, err error) {
	err = y.claimedWrite(ctx, func(ctx context.Context) (err error) {
		sent := time.Now()
		if made, err = y.create(ctx, parent, *w.Draft, Marker{y.u.Site, y.u.Series, w.Branch}); err == nil {
			y.hold.proven = sent
		}
		return err
	})
	return made, err
}

// finish changes an issue, adds its note and links it, and has the outcomes of the write.
func (y *session) finish(ctx context.Context, w Write, change Change) error {
	links := w.Links
	w.Links = nil
	if !change.IsZero() {
		err := y.update(ctx, w.Issue, change)
		var refused *RefusedError
		if errors.As(err, &refused) {
			rest := Write{Branch: w.Branch, Issue: w.Issue, Below: w.Below, Reuse: w.Reuse, Change: change, Items: w.Items, Keys: w.Keys, Links: links}
			if w.Draft != nil {
				w.Change, w.Items = Change{}, nil
				y.record(Outcome{Write: w})
			}
			return y.piecemeal(ctx, w.Issue, rest.Split())
		}
		if err != nil {
			return y.fail(w, err)
		}
	}
	y.record(Outcome{Write: w})
	for _, to := range links {
		one := Write{Branch: w.Branch, Issue: w.Issue, Links: []string{to}, Keys: []string{"link"}}
		if err := y.piecemeal(ctx, w.Issue, []Write{one}); err != nil {
			return err
		}
	}
	return nil
}

// piecemeal makes the parts of a write that was refused as a whole, or was never one.
func (y *session) piecemeal(ctx context.Context, id string, parts []Write) error {
	for _, part := range parts {
		part.Issue = id
		err := y.claimedWrite(ctx, func(ctx context.Context) error {
			if len(part.Links) > 0 {
				return y.c.Link(ctx, id, part.Links[0])
			}
			if err := y.untouched(ctx, id, part.Change); err != nil {
				return err
			}
			return y.c.Update(ctx, id, y.claimedChange(id, part.Change))
		})
		switch {
		case err == nil:
			y.record(Outcome{Write: part})
		case isOfOne(err):
			_ = y.fail(part, err)
		default:
			return err
		}
	}
	return nil
}

// record keeps an outcome.
func (y *session) record(o Outcome) {
	y.outcomes = append(y.outcomes, o)
	if len(o.Reasons) == 0 {
		y.result.Made = append(y.result.Made, o.Write)
	}
}

// fail keeps the outcome of what the tracker did not take, and returns the error.
func (y *session) fail(w Write, err error) error {
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		y.record(Outcome{w, slices.Clone(refused.Reasons)})
		if len(refused.Reasons) == 0 {
			y.outcomes[len(y.outcomes)-1].Reasons = []string{err.Error()}
		}
	case isOfOne(err):
		y.record(Outcome{w, []string{err.Error()}})
	}
	return err
}

// isOfOne reports whether an error says something about one write, and nothing about the
// others.
func isOfOne(err error) bool {
	var refused *RefusedError
	var status *web.StatusError
	switch {
	case errors.As(err, &refused), errors.Is(err, ErrNotFound), errors.Is(err, ErrRights):
		return true
	case errors.As(err, &status):
		return !isBusy(status.Status)
	}
	return false
}

// isBusy reports whether a status says that the server does nothing at the moment.
func isBusy(status int) bool {
	return status == http.StatusTooManyRequests || status > http.StatusInternalServerError
}

// create makes an issue, and makes sure that it will be found.
func (y *session) create(ctx context.Context, parent string, d Draft, m Marker) (Issue, error) {
	made, err := y.c.Create(ctx, parent, d)
	if err != nil {
		return Issue{}, err
	}
	y.clock.see(made)
	y.made = append(y.made, made)
	if found, ok := FindMarker(made.Description); !ok || found != m {
		return made, fmt.Errorf("%w of issue %s", ErrMark, made.ID)
	}
	return made, nil
}

// update changes an issue.
func (y *session) update(ctx context.Context, id string, c Change) error {
	return y.claimedWrite(ctx, func(ctx context.Context) error {
		if err := y.untouched(ctx, id, c); err != nil {
			return err
		}
		return y.c.Update(ctx, id, y.claimedChange(id, c))
	})
}

// untouched reads an issue right before it is changed: what people did to it since it was
// listed must not be overwritten by a plan that does not know of it. The error is errMoved
// where a value that is going to be set is not the one that the plan knows. One that this
// sync made a moment ago is not read.
func (y *session) untouched(ctx context.Context, id string, c Change) error {
	known, ok := y.listed[id]
	if c.Note = ""; !ok || c.IsZero() {
		return nil
	}
	is, err := y.read(ctx, id)
	if err != nil {
		return err
	}
	before, wasRead := y.sights[id]
	y.sights[id] = is
	if c.sets(known, is) && (!wasRead || c.sets(before, is)) {
		return errMoved
	}
	return nil // where it read the same before it was listed again, lists are told otherwise
}

// claimedChange keeps the claim in the register, whatever the plan has for it.
func (y *session) claimedChange(id string, c Change) Change {
	if id == y.hold.upgrade && c.Description != nil {
		description := WithClaim(*c.Description, y.hold.mine.String())
		c.Description = &description
	}
	return c
}

// claimedWrite writes while the claim certainly stands.
func (y *session) claimedWrite(ctx context.Context, write func(context.Context) error) error {
	if err := y.prove(ctx); err != nil {
		return err
	}
	return within(ctx, y.hold.proven.Add(lateFor*y.settle), write)
}

// tell tells who syncs how far it is.
func (y *session) tell(p Progress) {
	if y.o.Progress != nil {
		y.o.Progress(p)
	}
}
