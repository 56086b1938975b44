package tracker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"mgit/internal/web"
)

// How two syncs are kept apart
//
// No tracker has a lock, nor a write that happens only if nothing changed since. All have
// a text that everybody reads and writes: the description of the upgrade's own issue. It
// is used as the register of Fischer's algorithm (L. Lamport, A fast mutual exclusion
// algorithm, 1987, section 2; the idea is M. Fischer's). With D for Settle:
//
//  1. read the register until it is free;
//  2. write a claim with a nonce of one's own, at most D after that read began, or start
//     over;
//  3. wait D;
//  4. read: whose nonce stands there may write, everybody else goes back to 1.
//
// Only one passes. Let A be the first whose step 4 finds its own nonce, written at time w.
// Any B that writes the register after w and before A leaves it has read it before w, for
// a later read finds it taken; so it writes before w+D, which is before A's step 4, and A
// would have found B's nonce. Whoever is slower than D knows it by its own clock and does
// not go on; its claim then stands like that of somebody who died.
//
// Where no issue of the upgrade exists there is no register. Then step 2 is to make one
// with the claim in it, and of those that step 4 lists the oldest is the register: by the
// same argument all that will be made by who saw none are in that list. The others are
// surplus, and become the issues of branches. Once issues stand below the register, it is the
// one with most of them, so that nobody replaces it by an older issue with its marker.
//
// # Who died
//
// A sync that was killed leaves its claim. Whoever waits takes the register for free when
// for 20 D the claim stayed as it is and no issue was made. So a holder writes only within
// 10 D of its last proof of life, which is a claim, a renewed claim or an issue that it
// made: those are seen for certain, other writes may be ignored, and people change issues
// all day. Later than that it renews its claim first, by the same four steps with its own claim in place of "free";
// if somebody took over meanwhile, either that sync's nonce stands there, or that sync
// finds the renewed claim in its step 4 and does not pass. A write that is under way 16 D
// after the last proof is given up. A claim of the same clone is dead at once, since the
// clone has a lock of its own (Settings.Clone): its owner watches the listing during step
// 3 nevertheless, and waits like everybody if anything in it moves, for a clone can have
// been copied with its name.
//
// # What has to hold
//
// A write has its effect within D of being sent, or never, if its sender saw no answer
// within 16 D; what was written is seen by every later read, and a new issue by lists that
// are asked for D later; clocks run at the same speed, and all clones have the same D.
//
// Where it does not hold (a laptop that sleeps between the check and the write, a proxy
// that delivers minutes late), an issue can be made twice or a note be told twice. The
// first is seen by the next sync of anyone: markers are the truth, of two issues with the
// same one the surplus is used for another branch or closed. The second stands twice.
// Nothing is ever lost by it: what both sides said is compared, never assumed.

const (
	aliveFor = 10 // settles: how long a proof of life lets its holder write
	lateFor  = 16 // how long after it a write is given up
	deadFor  = 20 // how long a claim stands without anything moving
	mostBids = 3  // how often a claim is tried that comes to nothing by itself
)

// errLost says that somebody else holds the claim now, errLate that nobody knows whether a
// write will have its effect, errMoved that somebody has changed what was going to be
// written. In all cases the sync looks again.
var (
	errLost  = errors.New("somebody else took over the sync")
	errLate  = errors.New("a write took too long")
	errMoved = errors.New("somebody is changing the same issues at this moment")
)

// claim is what stands in the register.
type claim struct {
	nonce string
	beat  int // counts the renewals
	clone string
	who   string
}

// String is the claim as it stands in a description. Nobody is mentioned by it, whatever
// the name of who syncs.
func (c claim) String() string {
	plain := func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.' {
			return r
		}
		return ' '
	}
	who := strings.Join(strings.Fields(strings.Map(plain, c.who)), " ")
	if r := []rune(who); len(r) > 60 {
		who = string(r[:60])
	}
	clone := strings.ReplaceAll(strings.TrimSpace(strings.Map(plain, c.clone)), " ", "-")
	if clone == "" {
		clone = "-"
	}
	return strings.TrimSpace(fmt.Sprintf("%s.%d %s %s", c.nonce, c.beat, clone, who))
}

// parseClaim reads what String wrote. Of a text that is none, all is the name.
func parseClaim(text string) claim {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return claim{who: text}
	}
	nonce, beat, ok := strings.Cut(fields[0], ".")
	n, err := strconv.Atoi(beat)
	if !ok || err != nil {
		return claim{who: text}
	}
	return claim{nonce: nonce, beat: n, clone: strings.TrimPrefix(fields[1], "-"), who: strings.Join(fields[2:], " ")}
}

// standsIn reports whether a text is this claim, also where a tracker gives it back in other
// characters: nobody else knows its nonce.
func (c claim) standsIn(text string) bool {
	_, rest, ok := strings.Cut(text, c.nonce)
	if !ok || c.nonce == "" {
		return false
	}
	digits := strings.TrimLeftFunc(rest, func(r rune) bool { return !unicode.IsDigit(r) })
	end := strings.IndexFunc(digits, func(r rune) bool { return !unicode.IsDigit(r) })
	if end >= 0 {
		digits = digits[:end]
	}
	return digits == strconv.Itoa(c.beat)
}

// isMine reports whether this sync wrote a claim, at whichever beat.
func (h *hold) isMine(text string) bool {
	return h.mine.nonce != "" && strings.Contains(text, h.mine.nonce)
}

// isOurs reports whether a sync of this clone wrote a claim.
func (h *hold) isOurs(text string) bool {
	return h.isMine(text) || h.mine.isOfClone(parseClaim(text))
}

// isOfClone reports whether a claim is that of another sync of this one's clone.
func (c claim) isOfClone(other claim) bool {
	return c.clone != "" && parseClaim(c.String()).clone == other.clone
}

// hold is a sync's hand on the register.
type hold struct {
	mine    claim
	upgrade string    // the id of the issue that is the register; "": none was claimed
	isHeld  bool      // step 4 passed
	proven  time.Time // before the last proof of life was sent
	dead    string    // the claim that may be overwritten; "": none
	isWary  bool      // a claim of this clone need not be dead
	bids    int       // that came to nothing, and not because of somebody else
}

// opened is an upgrade's own issue that was made to be claimed.
type opened struct {
	Write Write
	Issue Issue
}

// acquire returns what the tracker holds once this sync alone may write. It waits for
// others as long as the context lets it.
func (y *session) acquire(ctx context.Context, found Found) (Found, error) {
	h := &y.hold
	h.isHeld = false
	if h.mine.nonce == "" {
		nonce := make([]byte, 8)
		_, _ = rand.Read(nonce) // it never fails
		h.mine = claim{nonce: hex.EncodeToString(nonce), clone: y.s.Clone, who: y.s.Who}
	}
	for {
		isPlaced, err := y.bid(ctx, found)
		if err != nil {
			return found, err
		}
		if isPlaced {
			before := listing(found.Issues, h.upgrade)
			if found, err = y.challenge(ctx); err != nil {
				return found, err
			}
			isAlone := h.isWary || h.dead == "" || before == listing(found.Issues, h.upgrade)
			h.isWary = h.isWary || !isAlone
			if isAlone && y.stands(found) {
				h.isHeld, h.bids = true, 0
				return found, nil
			}
			y.opened = nil
		}
		if h.bids >= mostBids {
			return found, y.hopeless()
		}
		if found, err = y.await(ctx); err != nil {
			return found, err
		}
	}
}

// hopeless is the error of who cannot claim although nobody else does.
func (y *session) hopeless() error {
	if y.hold.isWary {
		return ErrSlow
	}
	return fmt.Errorf("%w of issue %s, which keeps two syncs apart", ErrMark, y.hold.upgrade)
}

// challenge lets the claim stand for step 3, and reads for step 4.
func (y *session) challenge(ctx context.Context) (Found, error) {
	if err := web.Wait(ctx, y.settle); err != nil {
		return Found{}, err
	}
	found, err := y.look(ctx)
	if err != nil {
		return Found{}, err
	}
	if top, ok := y.top(found); ok && y.hold.upgrade == top.ID {
		text := Claim(top.Description)
		isOdd := text != "" && parseClaim(text).nonce == "" || y.hold.isMine(text) && !y.hold.mine.standsIn(text)
		if text == "" || text == y.hold.dead || isOdd {
			y.hold.bids++ // it was not written, or not as it should
		}
	}
	return found, nil
}

// top is the issue that is the register: the one that counts as the upgrade's own.
func (y *session) top(found Found) (Issue, bool) {
	all := newIndex(y.u, y.m, found.Issues).of[""]
	if len(all) == 0 {
		return Issue{}, false
	}
	return all[0], true
}

// stands reports whether the register has this sync's claim.
func (y *session) stands(found Found) bool {
	top, ok := y.top(found)
	return ok && top.ID == y.hold.upgrade && y.hold.mine.standsIn(Claim(top.Description))
}

// bid does steps 1 and 2; false: the register is somebody's, or it took too long.
func (y *session) bid(ctx context.Context, found Found) (bool, error) {
	h := &y.hold
	begun := time.Now()
	top, ok := y.top(found)
	if !ok {
		return y.open(ctx)
	}
	is, err := y.read(ctx, top.ID)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	text := Claim(is.Description)
	switch {
	case text == "":
		h.dead = ""
	case h.isOurs(text) && !h.isWary:
		h.dead = text
	case text != h.dead || h.dead == "":
		return false, nil
	}
	h.upgrade = top.ID
	return y.put(ctx, begun, is)
}

// put writes the claim into the register that was read at begun, or not long after.
func (y *session) put(ctx context.Context, begun time.Time, is Issue) (bool, error) {
	h := &y.hold
	h.mine.beat++
	description := is.Description
	if _, state := ReadPart(description); state == NoPart {
		description = WithPart(description, Part{Marker: y.marker, Markup: y.can.Markup})
	}
	description = WithClaim(description, h.mine.String())
	sent := time.Now()
	err := within(ctx, begun.Add(aliveFor*y.settle), func(ctx context.Context) error {
		return y.c.Update(ctx, is.ID, Change{Description: &description})
	})
	return y.timely(begun, sent, err)
}

// open makes the upgrade's own issue with the claim in it.
func (y *session) open(ctx context.Context) (bool, error) {
	h := &y.hold
	begun := time.Now()
	issues, err := y.find(ctx)
	if err != nil {
		return false, err
	}
	if _, ok := y.top(Found{Issues: issues}); ok {
		return false, nil
	}
	i := slices.IndexFunc(y.plan.Writes, func(w Write) bool { return w.Branch == "" && w.Draft != nil && w.Issue == "" })
	if i < 0 {
		return false, fmt.Errorf("the upgrade's own issue: %w", ErrNotFound)
	}
	w := y.plan.Writes[i]
	h.mine.beat++
	h.dead = ""
	draft := *w.Draft
	draft.Description = WithClaim(draft.Description, h.mine.String())
	sent := time.Now()
	err = within(ctx, begun.Add(aliveFor*y.settle), func(ctx context.Context) error {
		made, err := y.create(ctx, "", draft, y.marker)
		w.Issue = made.ID
		y.opened = &opened{w, made}
		return err
	})
	isTimely, err := y.timely(begun, sent, err)
	if !isTimely {
		y.opened = nil
		return false, err
	}
	h.upgrade = w.Issue
	return true, nil
}

// timely judges a claim that was sent and answered. One that took too long stands
// perhaps, and is nobody's.
func (y *session) timely(begun, sent time.Time, err error) (bool, error) {
	h := &y.hold
	switch {
	case errors.Is(err, errLate) || err == nil && time.Since(begun) > y.settle:
		h.isWary = true
		h.bids++
		return false, nil
	case err != nil:
		return false, fmt.Errorf("claim the upgrade: %w", err)
	}
	h.proven = sent
	return true, nil
}

// within ends what f does at a deadline. The error is errLate if that ended it.
func within(ctx context.Context, deadline time.Time, f func(context.Context) error) error {
	late, cancel := context.WithDeadlineCause(ctx, deadline, errLate)
	defer cancel()
	err := f(late)
	if err != nil && late.Err() != nil && ctx.Err() == nil {
		return errLate
	}
	return err
}
