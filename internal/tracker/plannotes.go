package tracker

import (
	"slices"
	"strings"
)

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
		// One without text was told by another issue of the branch: the mirror that knows
		// this one leads to its text.
		return isTold || len(item.Text) == 0
	})
}
