package tracker

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
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
			"somebody changed mgit's part of the description of %s, which is left as it is; --take ledger writes it again", IssueName(a.is.ID))})
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
		names[i] = IssueName(id)
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
