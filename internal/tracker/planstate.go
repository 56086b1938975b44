package tracker

import (
	"fmt"
	"slices"
	"time"
)

// meaning is the status that stood for the state when both sides last agreed.
func (m Mirrored) meaning() string {
	if m.Meant != "" {
		return m.Meant
	}
	return m.Status
}

// agree enters that a state and a status are what both sides say now.
func (m *Mirrored) agree(state, status, meant string) {
	m.State, m.Status, m.Meant = state, status, meant
	if sameWord(status, meant) {
		m.Meant = ""
	}
}

// state compares the state of a branch, in the tracker's words, and returns the one that the
// ledger is going to have; "" while that is open.
func (p *planner) state(a *aim, b *Branch) string {
	is, want := a.is.Status.Name, p.words.statusOf(b.State)
	switch {
	case b.Disputed["state"] || want == "":
		return ""
	case a.is.ID == "":
		p.setStatus(a, b, want)
		return b.State
	case sameWord(is, want):
		a.next.agree(b.State, is, want)
		return b.State
	}
	ledger := !sameWord(want, a.was.meaning())
	isVanished := p.isVanished(a.was.meaning())
	if isVanished {
		ledger = b.State != a.was.State // the same state has another word now
	}
	tracker := !sameWord(is, a.was.Status)
	if a.was.Status == "" {
		// Nothing is known of the issue. One that is where new issues begin was made by a
		// sync that was stopped there: no person can have decided that.
		isBegin := slices.Contains(p.words.statesOf(is), stateTodo) || p.isFirst(is)
		tracker = !isBegin || b.State == stateDropped || b.State == stateHeld
		ledger = true
	}
	switch {
	case ledger && tracker:
		return p.disagreeState(a, b, is, want)
	case ledger:
		if p.isRefused(a, "status", want, is, true) {
			a.next.State, a.next.Status, a.next.Meant = a.was.State, a.was.Status, a.was.Meant
		} else {
			p.setStatus(a, b, want)
		}
		return b.State
	case !tracker:
		a.next.agree(b.State, is, want)
		return b.State
	}
	if len(p.words.statesOf(is)) == 0 {
		a.next.agree(b.State, is, want) // one of people's own
		return b.State
	}
	if to, ok := p.words.decidedBy(*b, is); ok && !isVanished {
		return p.takeState(a, b, to, is)
	}
	return p.disagreeState(a, b, is, want)
}

// isVanished reports whether the tracker had a status, and has it no more: it was renamed or
// deleted. That an issue has another one now says nothing about the branch.
func (p *planner) isVanished(status string) bool {
	isThere := func(s Status) bool { return sameWord(s.Name, status) }
	if status == "" || len(p.found.Statuses) == 0 || slices.ContainsFunc(p.found.Statuses, isThere) {
		return false
	}
	if !slices.Contains(p.vanished, status) {
		p.vanished = append(p.vanished, status)
	}
	return true
}

// isFirst reports whether new issues have a status where nobody says another one.
func (p *planner) isFirst(status string) bool {
	return len(p.found.Statuses) > 0 && sameWord(p.found.Statuses[0].Name, status)
}

func (p *planner) setStatus(a *aim, b *Branch, want string) {
	a.next.agree(b.State, want, want)
	a.write.Change.Status = &want
	a.want("status", want)
	if a.is.ID != "" {
		p.statusOf[a.is.ID] = want
	}
}

// disagreeState is for what both changed differently, and for what no person can decide.
func (p *planner) disagreeState(a *aim, b *Branch, is, want string) string {
	to, ok := p.words.decidedBy(*b, is)
	isOwn := len(p.words.statesOf(is)) == 0
	switch {
	case p.options.Take == Ledger:
		if p.isRefused(a, "status", want, is, true) {
			break
		}
		p.setStatus(a, b, want)
		return b.State
	case p.options.Take == Tracker && isOwn:
		a.next.agree(b.State, is, want)
		return b.State
	case p.options.Take == Tracker && ok:
		return p.takeState(a, b, to, is)
	}
	p.plan.Disagreements = append(p.plan.Disagreements, Disagreement{
		Branch: a.thing, Issue: a.is.ID, Key: "state", Agreed: a.was.State, Ledger: b.State, Tracker: is, LedgerCannotTake: !ok && !isOwn,
	})
	return ""
}

// takeState plans that the ledger takes what somebody decided in the tracker.
func (p *planner) takeState(a *aim, b *Branch, to, is string) string {
	if p.withholds && isAside(to) {
		return p.withhold(a, b, is)
	}
	in := Incoming{Branch: a.thing, Issue: a.is.ID, Key: "state", Old: b.State, New: to, When: inYears(a.is.Updated)}
	if note, ok := p.with(a); ok {
		in.Who, in.Reason, in.When = note.Who, note.New, note.When
	}
	switch to {
	case stateDropped, stateHeld:
		if in.Reason == "" {
			in.Reason = fmt.Sprintf("set to %s in %s", is, IssueName(a.is.ID))
		}
		in.Reason = cutHeard(in.Reason, mostReason)
		disposition := map[string]string{stateDropped: "drop", stateHeld: "hold"}[to]
		a.next.Told = append(a.next.Told, DecisionID(a.thing, disposition, in.Reason))
	case stateTodo:
		in.Reason = ""
		for _, disposition := range []string{"rebase", "replace"} {
			a.next.Told = append(a.next.Told, DecisionID(a.thing, disposition, ""))
		}
	default:
		in.Reason = ""
	}
	p.plan.Incoming = append(p.plan.Incoming, in)
	a.next.agree(to, is, p.words.statusOf(to))
	return to
}

// with returns the note that somebody wrote as the last thing that happened to an issue: it
// says why.
func (p *planner) with(a *aim) (Incoming, bool) {
	for _, in := range slices.Backward(p.plan.Incoming) {
		if in.Branch == a.thing && in.Key == "note" {
			since := a.is.Updated.Sub(in.When)
			return in, since >= -time.Minute && since <= time.Minute
		}
	}
	return Incoming{}, false
}

// owner compares who sees to a branch.
func (p *planner) owner(a *aim, b *Branch) {
	if b.Disputed["owner"] {
		return
	}
	want, isKnown := p.people.idOf(b.Owner)
	is := a.is.Assignee
	ledger := isKnown && want != a.was.Assignee || !isKnown && b.Owner != a.was.Owner
	tracker := is.ID != a.was.Assignee
	switch {
	case p.found.People == nil && b.Owner == a.was.Owner && !tracker: // nobody was asked
	case a.is.ID != "" && isKnown && is.ID == want:
		a.next.Owner, a.next.Assignee = b.Owner, is.ID
	case ledger && tracker && a.is.ID != "":
		p.disagreeOwner(a, b, want, isKnown)
	case tracker && a.is.ID != "":
		p.takeOwner(a, b)
	case ledger && !isKnown:
		p.unknown[b.Owner]++
	case ledger && !p.isRefused(a, "assignee", want, is.ID, true):
		p.setOwner(a, b, want)
	}
}

func (p *planner) setOwner(a *aim, b *Branch, want string) {
	a.next.Owner, a.next.Assignee = b.Owner, want
	a.write.Change.Assignee = &want
	a.want("assignee", want)
}

func (p *planner) takeOwner(a *aim, b *Branch) {
	name := p.people.nameOf(a.is.Assignee)
	a.next.Owner, a.next.Assignee = name, a.is.Assignee.ID
	p.plan.Incoming = append(p.plan.Incoming, Incoming{
		Branch: a.thing, Issue: a.is.ID, Key: "owner", Old: b.Owner, New: name, When: inYears(a.is.Updated),
	})
}

func (p *planner) disagreeOwner(a *aim, b *Branch, want string, isKnown bool) {
	switch {
	case p.options.Take == Tracker:
		p.takeOwner(a, b)
		return
	case p.options.Take == Ledger && isKnown && !p.isRefused(a, "assignee", want, a.is.Assignee.ID, true):
		p.setOwner(a, b, want)
		return
	}
	p.plan.Disagreements = append(p.plan.Disagreements, Disagreement{
		Branch: a.thing, Issue: a.is.ID, Key: "owner", Agreed: a.was.Owner, Ledger: b.Owner, Tracker: p.people.nameOf(a.is.Assignee),
	})
}
