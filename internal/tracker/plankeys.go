package tracker

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// isRefused reports whether the tracker did not take a value before, and nothing has changed
// that could make it do so now. It is then said, and not sent again.
func (p *planner) isRefused(a *aim, key, want, is string, isAsThen bool) bool {
	isTouched := !a.was.Updated.IsZero() && !a.was.Updated.Equal(a.is.Updated)
	if a.is.ID == "" || p.options.Again || isTouched || !isAsThen {
		return false
	}
	if refused, known := a.was.Refused[key]; !known || refused != want {
		return false
	}
	a.next.refuse(key, want)
	p.plan.Ignored = append(p.plan.Ignored, Ignored{Branch: a.thing, Issue: a.is.ID, Key: key, Wanted: want, Is: is})
	return true
}

func (m *Mirrored) refuse(key, value string) {
	if m.Refused == nil {
		m.Refused = map[string]string{}
	}
	m.Refused[key] = value
}

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
	if to, ok := p.words.decidedBy(*b, is); ok {
		return p.takeState(a, b, to, is)
	}
	return p.disagreeState(a, b, is, want)
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
	in := Incoming{Branch: a.thing, Issue: a.is.ID, Key: "state", Old: b.State, New: to, When: a.is.Updated}
	if note, ok := p.with(a); ok {
		in.Who, in.Reason, in.When = note.Who, note.New, note.When
	}
	switch to {
	case stateDropped, stateHeld:
		if in.Reason == "" {
			in.Reason = fmt.Sprintf("set to %s in %s", is, issueName(a.is.ID))
		}
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
		Branch: a.thing, Issue: a.is.ID, Key: "owner", Old: b.Owner, New: name, When: a.is.Updated,
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

// oneWay plans what the ledger alone says. It is sent when it changes, and what people make
// of it then stays.
func (p *planner) oneWay(a *aim, b *Branch, state string) {
	isKnown := a.was.State != "" || a.was.Subject != "" // else a sync was stopped
	changed := func(key, was, want, is string) bool {
		if want != is && want == was && a.was.Refused[key] == want {
			a.next.refuse(key, want) // so it can be tried again when somebody asks for that
			return p.options.Again
		}
		return want != is && (want != was || !isKnown && a.is.ID != "")
	}
	if p.caps.Done && state != "" {
		done := p.words.doneOf(state)
		want, is := strconv.Itoa(done), strconv.Itoa(a.is.Done)
		if changed("done", strconv.Itoa(a.was.Done), want, is) && !p.isRefused(a, "done", want, is, true) {
			a.write.Change.Done = &done
			a.want("done", want)
		}
		a.next.Done = done
	}
	if want := p.settings.Version; p.caps.Versions {
		if changed("version", a.was.Version, want, a.is.Version) && !p.isRefused(a, "version", want, a.is.Version, true) {
			a.write.Change.Version = &want
			a.want("version", want)
		}
		a.next.Version = want
	}
	if !p.caps.Fields {
		return
	}
	a.next.Fields = maps.Clone(b.Fields)
	for _, id := range slices.Sorted(maps.Keys(b.Fields)) {
		want, is := b.Fields[id], a.is.Fields[id]
		if changed("field "+id, a.was.Fields[id], want, is) && !p.isRefused(a, "field "+id, want, is, true) {
			if a.write.Change.Fields == nil {
				a.write.Change.Fields = map[string]string{}
			}
			a.write.Change.Fields[id] = want
			a.want("field "+id, want)
		}
	}
}

// describe plans the subject, until somebody has renamed the issue, and mgit's part of the
// description, unless somebody has changed that.
func (p *planner) describe(a *aim, text Text, subject string, hasSubject bool) {
	isRenamed := a.is.ID != "" && !sameText(a.is.Subject, a.was.Subject)
	switch {
	case !hasSubject:
	case a.is.ID != "" && sameText(a.is.Subject, subject):
		a.next.Subject = subject
	case !isRenamed && !p.isRefused(a, "subject", subject, a.is.Subject, true):
		a.next.Subject = subject
		a.write.Change.Subject = &subject
		a.want("subject", subject)
	}
	part := p.part(a, text)
	hash, state := ReadPart(a.is.Description)
	marker, _ := FindMarker(a.is.Description)
	isMarked := state != NoPart && marker == part.Marker
	isEdited := state == EditedPart && p.options.Take != Ledger
	switch {
	case isMarked && text == nil: // who has the branch describes it
	case isMarked && hash == part.Hash():
		a.next.Description = hash
	case isMarked && a.was.Description == part.Hash() && p.options.Take != Ledger:
	case isMarked && isEdited:
		p.plan.Warnings = append(p.plan.Warnings, Warning{"edited-description", fmt.Sprintf(
			"somebody changed mgit's part of the description of %s, which is left as it is; --take ledger writes it again", issueName(a.is.ID))})
	case isMarked && p.isRefused(a, "description", part.Hash(), hash, true):
	default:
		description := WithClaim(WithPart(a.is.Description, part), "")
		a.next.Description = part.Hash()
		a.write.Change.Description = &description
		a.want("description", part.Hash())
	}
}

// part is mgit's part of a description, as long as there is room for it beside what people
// wrote.
func (p *planner) part(a *aim, text Text) Part {
	related := p.related(a)
	part := Part{Text: related, Marker: p.marker(a.thing), Markup: p.caps.Markup}
	room := 0
	if p.caps.MaxText > 0 {
		rest := len([]rune(WithClaim(WithPart(a.is.Description, part), strings.Repeat("-", claimRoom))))
		if room = p.caps.MaxText - rest - len("\n\n"); room <= 0 {
			return part
		}
	}
	part.Text = joinParts(text.Render(p.caps.Markup, room), related)
	return part
}

// related names the issues that an issue is about, where the tracker cannot relate them
// otherwise.
func (p *planner) related(a *aim) string {
	if !p.caps.NoLinks || len(a.related) == 0 {
		return ""
	}
	names := make([]string, len(a.related))
	for i, id := range a.related {
		names[i] = issueName(id)
	}
	return "Related: " + strings.Join(names, ", ")
}

// claimRoom is how many characters of a description stay free for a claim.
const claimRoom = 200

func (p *planner) marker(thing string) Marker {
	return Marker{Site: p.upgrade.Site, Series: p.upgrade.Series, Thing: thing}
}

// fitSubject is a subject as trackers keep it: a line without blanks at its ends, and not
// too long.
func fitSubject(subject string, most int) string {
	subject = oneLine(subject)
	if r := []rune(subject); most > 0 && len(r) > most {
		return strings.TrimSpace(string(r[:max(0, most-1)])) + "…"
	}
	return subject
}

func sameText(a, b string) bool { return oneLine(a) == oneLine(b) }

// link plans to relate an issue to others. A relation that people took away stays away.
func (p *planner) link(a *aim, ids []string) {
	ids = slices.DeleteFunc(sortedIDs(ids), func(id string) bool { return id == a.is.ID })
	if a.related = ids; p.caps.NoLinks {
		return
	}
	var missing, refused []string
	for _, id := range ids {
		isRefused := slices.Contains(strings.Fields(a.was.Refused["link"]), id)
		switch {
		case slices.Contains(a.is.Links, id):
		case !slices.Contains(a.was.Links, id), isRefused && p.options.Again:
			missing = append(missing, id)
		case isRefused:
			refused = append(refused, id)
		}
	}
	if len(refused) > 0 {
		a.next.refuse("link", strings.Join(refused, " "))
	}
	a.next.Links = sortedIDs(append(slices.Clone(a.was.Links), ids...))
	if len(missing) > 0 {
		a.write.Links = missing
		a.want("link", "")
	}
}

// hear plans what people wrote below an issue for the ledger, each note once.
func (p *planner) hear(a *aim, b *Branch) {
	read, ok := p.found.Read[a.is.ID]
	if !ok || a.is.ID == "" {
		return
	}
	known := map[string]bool{}
	for _, item := range b.Items {
		known[item.ID] = true
	}
	for _, note := range read.Notes {
		isNew := a.was.Seen == "" || compareIDs(note.ID, a.was.Seen) > 0
		if compareIDs(note.ID, a.next.Seen) > 0 {
			a.next.Seen = note.ID
		}
		ids := ToldIn(note.Text)
		a.next.Told = append(a.next.Told, ids...)
		who, text, when := heard(note, p.people)
		id := NoteID(a.thing, when, who, text)
		switch {
		case len(ids) > 0 || !isNew || text == "":
		case note.Private:
			p.private++
		case known[id]: // it is in the ledger already
			a.next.Told = append(a.next.Told, id)
		default:
			known[id] = true
			a.next.Told = append(a.next.Told, id)
			p.plan.Incoming = append(p.plan.Incoming, Incoming{Branch: a.thing, Issue: a.is.ID, Key: "note", New: text, Who: who, When: when})
		}
	}
	a.next.Told = sortedTexts(a.next.Told)
}

// untold are the items that the tracker was not told yet. It is told nothing while it may
// have been told by somebody else: first its notes have to be read.
func (p *planner) untold(a *aim) []Item {
	_, isRead := p.found.Read[a.is.ID]
	isUnread := a.is.ID != "" && !a.isNew && !isRead && !a.was.Updated.Equal(a.is.Updated)
	if isUnread || strings.HasPrefix(a.thing, "+") {
		return nil
	}
	items := p.upgrade.Items
	if a.thing != "" {
		i := slices.IndexFunc(p.upgrade.Branches, func(b Branch) bool { return b.Name == a.thing })
		items = p.upgrade.Branches[i].Items
	}
	told := map[string]bool{}
	for _, id := range a.next.Told {
		told[id] = true
	}
	return slices.DeleteFunc(slices.Clone(items), func(item Item) bool {
		isTold := told[item.ID]
		told[item.ID] = true
		return isTold
	})
}
