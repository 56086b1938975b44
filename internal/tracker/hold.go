package tracker

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"mgit/internal/web"
)

// await waits until the register is free, or what stands there is dead, and returns what
// the tracker holds then.
func (y *session) await(ctx context.Context) (Found, error) {
	h := &y.hold
	found, err := y.look(ctx)
	if err != nil {
		return found, err
	}
	for {
		top, ok := y.top(found)
		text := Claim(top.Description)
		if !ok || text == "" || h.isOurs(text) && !h.isWary {
			return found, nil
		}
		before := numbers(found.Issues)
		isChanged, err := y.watch(ctx, top.ID, text)
		if err != nil {
			return found, err
		}
		if found, err = y.look(ctx); err != nil {
			return found, err
		}
		if !isChanged && slices.Equal(numbers(found.Issues), before) {
			h.dead = text
			return found, nil
		}
	}
}

// watch looks at the register until the claim in it changes, or for as long as one can
// stand without anything moving.
func (y *session) watch(ctx context.Context, id, text string) (isChanged bool, err error) {
	for range deadFor {
		y.tell(Progress{Made: len(y.result.Made), Waiting: cmp.Or(parseClaim(text).who, "somebody else")})
		if err := web.Wait(ctx, y.settle); err != nil {
			return false, err
		}
		is, err := y.read(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
			return true, nil
		case err != nil:
			return false, err
		case Claim(is.Description) != text:
			return true, nil
		}
	}
	return false, nil
}

// prove makes certain that the claim holds for the next write. The error is errLost when
// it does not.
func (y *session) prove(ctx context.Context) error {
	h := &y.hold
	begun := time.Now()
	if begun.Sub(h.proven) < aliveFor*y.settle {
		return nil
	}
	h.isHeld = false
	is, err := y.mine(ctx)
	if err != nil {
		return err
	}
	isPlaced, err := y.put(ctx, begun, is)
	switch {
	case err != nil:
		return err
	case !isPlaced:
		return errLost
	}
	if err := web.Wait(ctx, y.settle); err != nil {
		return err
	}
	_, err = y.mine(ctx)
	h.isHeld = err == nil
	return err
}

// mine reads the register, which must have this sync's claim.
func (y *session) mine(ctx context.Context) (Issue, error) {
	is, err := y.read(ctx, y.hold.upgrade)
	switch {
	case errors.Is(err, ErrNotFound):
		return is, errLost
	case err == nil && !y.hold.mine.standsIn(Claim(is.Description)):
		return is, errLost
	}
	return is, err
}

// release takes the claim away as far as that is possible in a short time, also when the
// context has ended. One that stays is dead after a while.
func (y *session) release(ctx context.Context) {
	h := &y.hold
	if !h.isHeld {
		return
	}
	h.isHeld = false
	deadline := h.proven.Add(lateFor * y.settle)
	if soon := time.Now().Add(2 * y.settle); soon.Before(deadline) {
		deadline = soon
	}
	_ = within(context.WithoutCancel(ctx), deadline, func(ctx context.Context) error {
		is, err := y.mine(ctx)
		if err != nil {
			return err
		}
		description := WithClaim(is.Description, "")
		return y.c.Update(ctx, is.ID, Change{Description: &description})
	})
}

// isLeft reports whether a sync of this clone left its claim behind.
func (y *session) isLeft(found Found) bool {
	top, _ := y.top(found)
	return claim{clone: y.s.Clone}.isOfClone(parseClaim(Claim(top.Description)))
}

// sweep takes away the claim that a dead sync of this clone left, where there is nothing
// to write: others would wait for it, and people read it. Should somebody take it over at
// this very moment, it is gone before their step 4. It does not matter if it stays.
func (y *session) sweep(ctx context.Context, found Found) {
	if web.Wait(ctx, y.settle) != nil {
		return
	}
	after, err := y.list(ctx)
	if err != nil || listing(after.Issues, "") != listing(found.Issues, "") {
		return // it is that of a copy of this clone, which is alive
	}
	top, _ := y.top(after)
	_ = within(ctx, time.Now().Add(y.settle), func(ctx context.Context) error {
		is, err := y.read(ctx, top.ID)
		if err != nil || Claim(is.Description) != Claim(top.Description) {
			return err
		}
		description := WithClaim(is.Description, "")
		return y.c.Update(ctx, is.ID, Change{Description: &description})
	})
}

// numbers are the ids of a list of issues. Beside the claim itself, only an issue that was
// made shows that whoever claims is alive: people change the others all day.
func numbers(issues []Issue) []string {
	ids := make([]string, len(issues))
	for i, issue := range issues {
		ids[i] = issue.ID
	}
	return ids
}

// listing is a hash of all that a list of issues tells, but for one issue.
func listing(issues []Issue, except string) string {
	h := sha256.New()
	for _, i := range issues {
		if i.ID != except {
			i.Notes, i.Links = nil, slices.Sorted(slices.Values(i.Links))
			fmt.Fprintf(h, "%q\n", fmt.Sprint(i))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
