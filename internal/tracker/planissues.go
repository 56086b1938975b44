package tracker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Up to so many groups stand below an upgrade's issue where a tracker limits children. As
// many places are kept free for them.
const maxGroups = 10

// places counts what stands below the upgrade's issue and its groups.
type places struct {
	things   []string       // what branches can stand below, the upgrade first
	room     map[string]int // how many more
	isNeeded map[string]bool
}

// findPlaces counts the free places below what there is, and what there can be.
func (p *planner) findPlaces() places {
	all := places{things: []string{""}, room: map[string]int{}, isNeeded: map[string]bool{}}
	most := p.caps.MaxChildren
	children := map[string]int{}
	for _, issue := range p.found.Issues {
		children[issue.Parent]++
	}
	count := func(thing string) int {
		issues := p.index.of[thing]
		if len(issues) == 0 {
			return 0
		}
		return children[issues[0].ID]
	}
	if most <= 0 {
		all.room[""] = len(p.upgrade.Branches)
		return all
	}
	groups := min(maxGroups, most)
	all.room[""] = most - groups - count("")
	for n := 1; n <= groups; n++ {
		thing := "+" + strconv.Itoa(n)
		if len(p.index.of[thing]) > 0 {
			all.room[""]++ // it stands in one of the places that are kept free
		}
		all.things = append(all.things, thing)
		all.room[thing] = most - count(thing)
	}
	return all
}

// take returns the first place that is free; false where none is.
func (all places) take() (thing string, ok bool) {
	for _, thing := range all.things {
		if all.room[thing] > 0 {
			all.room[thing]--
			all.isNeeded[thing] = true
			return thing, true
		}
	}
	return "", false
}

// own plans the upgrade's own issue, but for its life.
func (p *planner) own(a *aim) {
	if p.goneAway(a) {
		p.isGone = true
		return
	}
	if read, ok := p.found.Read[a.is.ID]; ok && a.is.ID != "" {
		for _, note := range read.Notes {
			a.next.Told = append(a.next.Told, ToldIn(note.Text)...)
			if compareIDs(note.ID, a.next.Seen) > 0 {
				a.next.Seen = note.ID
			}
		}
		a.next.Told = sortedTexts(a.next.Told)
	}
	if a.is.ID != "" && len(p.options.Only) > 0 {
		a.isOut = true
		p.plan.Parents[""] = a.is.ID
		return
	}
	subject := p.upgrade.Subject
	if subject == "" {
		subject = "Upgrade " + p.upgrade.Site + " to Moodle " + p.upgrade.Series
	}
	p.link(a, []string{p.upgrade.Previous})
	p.describe(a, orText(p.upgrade.Description), fitSubject(subject, p.caps.MaxSubject), true)
	if a.is.ID == "" {
		p.draft(a)
		return
	}
	p.plan.Parents[""] = a.is.ID
}

// orText is a text that is there, also where nothing is to be said.
func orText(t Text) Text {
	if t == nil {
		return Text{}
	}
	return t
}

// draft makes of a change of nothing the draft of a new issue.
func (p *planner) draft(a *aim) {
	value := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	c := a.write.Change
	d := &Draft{
		IsParent: a.isOwn, Subject: value(c.Subject), Description: value(c.Description), Status: value(c.Status),
		Assignee: value(c.Assignee), Version: value(c.Version), Fields: c.Fields,
	}
	if c.Done != nil {
		d.Done = *c.Done
	}
	if d.Subject == "" {
		d.Subject = fitSubject(a.thing, p.caps.MaxSubject)
	}
	a.isNew, a.write.Draft, a.write.Change = true, d, Change{}
}

// place finds a place for each branch that has no issue, makes drafts of those for which
// there is none to be used again, and returns the groups, in their order.
func (p *planner) place(branches []*aim) []*aim {
	isFull := 0
	for _, a := range branches {
		if a.isOut || a.is.ID != "" && !a.isNew {
			p.settleParent(a)
			continue
		}
		thing, ok := p.places.take()
		if !ok || p.isGone {
			a.isOut = true
			if !ok {
				isFull++
			}
			continue
		}
		a.below, a.write.Below = thing, thing
		a.wants["parent"] = thing
		if !a.isNew {
			p.draft(a)
		}
	}
	if isFull > 0 {
		p.plan.Warnings = append(p.plan.Warnings, Warning{"no-place", fmt.Sprintf(
			"the tracker has no place for %s: one issue can have %d below it", countOf(isFull, "branch", "branches"), p.caps.MaxChildren)})
	}
	var groups []*aim
	for _, thing := range p.places.things[1:] {
		if len(p.index.of[thing]) > 0 || p.places.isNeeded[thing] {
			groups = append(groups, p.group(thing))
		}
	}
	for _, a := range branches {
		if a.write.Reuse {
			p.moveBelow(a)
		}
	}
	return groups
}

// moveBelow puts a surplus issue below where the branch has its place, if it is not yet below
// anything of this upgrade. What is not made yet is entered by the sync.
func (p *planner) moveBelow(a *aim) {
	for thing, id := range p.plan.Parents {
		if a.is.Parent == id {
			a.below, a.write.Below = thing, thing
			return
		}
	}
	if id := p.plan.Parents[a.below]; id != "" {
		a.write.Change.Parent = &id
	}
}

// settleParent says again that an issue stands outside, because the tracker put it there.
func (p *planner) settleParent(a *aim) {
	refused, ok := a.was.Refused["parent"]
	if !ok || a.is.ID == "" || a.isOut || slices.ContainsFunc(p.found.Issues, func(i Issue) bool { return i.ID == a.is.Parent }) {
		return
	}
	if !p.isRefused(a, "parent", refused, a.is.Parent, true) {
		a.write.Change.Parent = &refused
		a.want("parent", refused)
	}
}

// group plans one of the issues that stand between.
func (p *planner) group(thing string) *aim {
	a := p.newAim(thing)
	subject := "Branches of " + p.upgrade.Site + " for Moodle " + p.upgrade.Series + ", part " + strings.TrimPrefix(thing, "+")
	if a.is.ID != "" {
		p.plan.Parents[thing] = a.is.ID
		_, state := ReadPart(a.is.Description)
		if marker, _ := FindMarker(a.is.Description); state != NoPart && marker == p.marker(thing) {
			return a
		}
	}
	p.describe(a, Text{}, fitSubject(subject, p.caps.MaxSubject), a.is.ID == "")
	if a.is.ID == "" {
		p.draft(a)
		a.wants["parent"] = ""
	}
	return a
}
