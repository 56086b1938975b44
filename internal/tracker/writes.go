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
	parents := map[string]string{"": y.hold.upgrade}
	maps.Copy(parents, y.plan.Parents)
	failures := 0
	for i, w := range y.plan.Writes {
		y.tell(Progress{Made: i, All: len(y.plan.Writes), Write: w})
		err := context.Cause(ctx)
		if err == nil {
			err = y.makeOne(ctx, found, parents, w)
		}
		var refused *RefusedError
		switch {
		case err == nil, errors.As(err, &refused), errors.Is(err, ErrNotFound):
			failures = 0
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
	return nil
}

// makeOne makes one write. Of an error of this one only there is an outcome.
func (y *session) makeOne(ctx context.Context, found Found, parents map[string]string, w Write) error {
	parent, hasParent := parents[w.Below], true
	if w.Draft != nil {
		hasParent = parent != ""
	}
	switch {
	case !hasParent, w.Branch == "" && w.Issue == "":
		y.waiting = append(y.waiting, w) // what it stands below could not be made
		return nil
	case w.Reuse:
		i := slices.IndexFunc(found.Issues, func(i Issue) bool { return i.ID == w.Issue })
		if i < 0 {
			y.waiting = append(y.waiting, w)
			return nil
		}
		rest := w.Rest(found.Issues[i])
		if found.Issues[i].Parent != parent {
			rest.Parent = &parent
		}
		return y.finish(ctx, w, found.Issues[i], rest)
	case w.Issue != "":
		return y.finish(ctx, w, Issue{}, w.Change)
	}
	var made Issue
	err := y.claimedWrite(ctx, func(ctx context.Context) (err error) {
		sent := time.Now()
		if made, err = y.create(ctx, parent, *w.Draft, Marker{y.u.Site, y.u.Series, w.Branch}); err == nil {
			y.hold.proven = sent
		}
		return err
	})
	if err != nil {
		return y.fail(w, err)
	}
	w.Issue = made.ID
	parents[w.Branch] = made.ID
	return y.finish(ctx, w, made, w.Rest(made))
}

// finish changes an issue, adds its note and links it, and has the outcomes of the write.
func (y *session) finish(ctx context.Context, w Write, made Issue, change Change) error {
	links := w.Links
	w.Links = nil
	if !change.IsZero() {
		err := y.update(ctx, w.Issue, change)
		var refused *RefusedError
		if errors.As(err, &refused) {
			return errors.Join(y.piecemeal(ctx, w, change), y.link(ctx, w, links))
		}
		if err != nil {
			return y.fail(w, err)
		}
	}
	y.record(Outcome{Write: w})
	return y.link(ctx, w, links)
}

// piecemeal makes the parts of a write that was refused as a whole.
func (y *session) piecemeal(ctx context.Context, w Write, change Change) error {
	rest := Write{Branch: w.Branch, Issue: w.Issue, Change: change, Items: w.Items, Keys: w.Keys}
	if w.Draft != nil {
		w.Change, w.Items = Change{}, nil
		y.record(Outcome{Write: w})
	}
	for _, part := range rest.Split() {
		err := y.update(ctx, part.Issue, part.Change)
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

// link relates an issue with others.
func (y *session) link(ctx context.Context, w Write, links []string) error {
	for _, to := range links {
		one := Write{Branch: w.Branch, Issue: w.Issue, Links: []string{to}, Keys: []string{"link"}}
		err := y.claimedWrite(ctx, func(ctx context.Context) error { return y.c.Link(ctx, w.Issue, to) })
		switch {
		case err == nil:
			y.record(Outcome{Write: one})
		case isOfOne(err):
			_ = y.fail(one, err)
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

// update changes an issue. The claim stays in the register whatever the plan has for it.
func (y *session) update(ctx context.Context, id string, c Change) error {
	if id == y.hold.upgrade && c.Description != nil {
		description := WithClaim(*c.Description, y.hold.mine.String())
		c.Description = &description
	}
	return y.claimedWrite(ctx, func(ctx context.Context) error { return y.c.Update(ctx, id, c) })
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
