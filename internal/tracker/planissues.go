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

// surplus finds a use for issues that somebody made twice: they become the issues of
// branches that have none. What nobody needs is closed, and loses its marker. The oldest of
// the issues of a thing stays what it is.
func (p *planner) surplus(branches []*aim) []Write {
	var missing []*aim
	for _, a := range branches {
		if a.is.ID == "" && !a.isOut {
			missing = append(missing, a)
		}
	}
	parents := map[string]bool{}
	for _, issue := range p.found.Issues {
		parents[issue.Parent] = true
	}
	var closing []Write
	for _, thing := range namesOf(p.index.of, nil) {
		for _, issue := range p.index.of[thing][1:] {
			switch {
			case parents[issue.ID]:
				p.plan.Warnings = append(p.plan.Warnings, Warning{"surplus", fmt.Sprintf(
					"%s is the same as %s, and others stand below it: put them below that one, and close it", issueName(issue.ID), issueName(p.index.of[thing][0].ID))})
			case len(missing) > 0:
				p.reuse(missing[0], issue)
				missing = missing[1:]
			case len(p.options.Only) == 0:
				closing = append(closing, p.closeSurplus(thing, issue))
			}
		}
	}
	return closing
}

// reuse makes a surplus issue that of a branch which has none.
func (p *planner) reuse(a *aim, issue Issue) {
	a.isNew, a.write.Reuse, a.write.Issue = true, true, issue.ID
	part := p.part(a, p.textOf(a.thing))
	description := WithClaim(WithPart(issue.Description, part), "")
	a.write.Change.Description = &description
	a.write.Links = slices.DeleteFunc(a.write.Links, func(id string) bool { return id == issue.ID })
	a.is, a.next.Issue = issue, issue.ID
	a.next.Seen = ""
	p.statusOf[issue.ID] = issue.Status.Name
	if s := a.write.Change.Status; s != nil {
		p.statusOf[issue.ID] = *s
	}
}

func (p *planner) textOf(thing string) Text {
	i := slices.IndexFunc(p.upgrade.Branches, func(b Branch) bool { return b.Name == thing })
	if i < 0 {
		return p.upgrade.Description
	}
	return p.upgrade.Branches[i].Description
}

// closeSurplus closes an issue that nobody needs. Without its marker it is found no more.
func (p *planner) closeSurplus(thing string, issue Issue) Write {
	description := WithoutMarker(issue.Description)
	w := Write{Branch: thing, Issue: issue.ID, Keys: []string{"surplus"}}
	w.Change.Description = &description
	if status := p.words.statusOf(stateDropped); p.words.isClosed(status) {
		w.Change.Status = &status
	} else if status := p.words.ending(true); status != "" {
		w.Change.Status = &status
	}
	kept := issueName(p.index.of[thing][0].ID)
	text := Text{{Kind: Paragraph, Lines: []string{"This is the same as " + kept + ", which was made first."}}}
	w.Change.Note = text.Render(p.caps.Markup, p.caps.MaxText) + "\n\n" + toldLine([]string{ItemID("surplus", issue.ID)})
	if w.Change.Status != nil {
		p.statusOf[issue.ID] = *w.Change.Status
	}
	return w
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
func (p *planner) place(own *aim, branches []*aim) []*aim {
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

// opening finds out below what an open issue is going to be put, or opened again: that
// has to be open itself.
func (p *planner) opening(branches []*aim) map[string]bool {
	thingOf := map[string]string{}
	for thing, id := range p.plan.Parents {
		thingOf[id] = thing
	}
	is := map[string]bool{}
	for _, a := range branches {
		if a.isOut {
			continue
		}
		status := ""
		switch {
		case a.write.Draft != nil:
			status = a.write.Draft.Status
		case a.write.Change.Status != nil:
			status = *a.write.Change.Status
		case !a.isNew:
			continue
		default:
			status = a.is.Status.Name
		}
		if p.words.isClosed(status) {
			continue
		}
		thing, known := a.below, a.isNew
		if !a.isNew {
			thing, known = thingOf[a.is.Parent]
		}
		if known {
			is[thing], is[""] = true, true
		}
	}
	return is
}

// life plans that the upgrade's issue is closed when the upgrade is finished, and open until
// then. It is closed last, and opened first.
func (p *planner) life(a *aim, isOpening bool) (first, last *Write) {
	if p.isGone {
		return nil, nil
	}
	is, isFinished := a.is.Status, p.upgrade.IsFinished
	wasFinished := a.was.State == stateInDeployment
	word := func(isDone bool) string {
		if isDone {
			return stateInDeployment
		}
		return stateTodo
	}
	state := word(isFinished)
	set := func(closed bool) *Write {
		status := p.words.ending(closed)
		if status == "" || p.isRefused(a, "status", status, is.Name, true) {
			return nil
		}
		a.wants["status"] = status
		a.next.agree(word(closed), status, status)
		w := &Write{Branch: "", Issue: a.is.ID, Keys: []string{"status"}}
		w.Change.Status = &status
		return w
	}
	switch {
	case a.isOut && !isOpening:
	case is.Closed == isFinished && (!isOpening || !is.Closed):
		a.next.agree(state, is.Name, is.Name)
	case is.Closed && (isOpening || wasFinished || p.options.Take == Ledger):
		first = set(false)
	case is.Closed && !isFinished:
		p.plan.Disagreements = append(p.plan.Disagreements, Disagreement{
			Issue: a.is.ID, Key: "state", Agreed: a.was.State, Ledger: state, Tracker: is.Name, LedgerCannotTake: true,
		})
	case isFinished && wasFinished: // somebody opened it again
		a.next.agree(state, is.Name, p.words.ending(true))
	case isFinished:
		if open := p.openBelow(); open > 0 {
			p.plan.Ignored = append(p.plan.Ignored, Ignored{
				Issue: a.is.ID, Key: "status", Wanted: p.words.ending(true), Is: is.Name,
				Reason: countOf(open, "issue below it is open", "issues below it are open"),
			})
			break
		}
		last = set(true)
	}
	return first, last
}

// groupLife does the same with a group, whenever something happens to the upgrade's issue.
func (p *planner) groupLife(a *aim, isOpening, isEnding bool) (first, last *Write) {
	set := func(closed bool) *Write {
		status := p.words.ending(closed)
		if status == "" {
			return nil
		}
		w := &Write{Branch: a.thing, Issue: a.is.ID, Keys: []string{"status"}}
		w.Change.Status = &status
		return w
	}
	switch {
	case a.is.ID != "" && a.is.Status.Closed && isOpening:
		first = set(false)
	case isEnding && !a.is.Status.Closed && !isOpening:
		last = set(true)
	}
	return first, last
}

// openBelow counts the issues below the upgrade's that are going to be open, groups not
// counted.
func (p *planner) openBelow() int {
	open, isParent, isGroup := 0, map[string]bool{}, map[string]bool{}
	for thing, id := range p.plan.Parents {
		isParent[id], isGroup[id] = true, thing != ""
	}
	for _, issue := range p.found.Issues {
		status, planned := p.statusOf[issue.ID]
		isClosed := issue.Status.Closed
		if planned && status != issue.Status.Name {
			isClosed = p.words.isClosed(status)
		}
		if isParent[issue.Parent] && !isGroup[issue.ID] && !isClosed {
			open++
		}
	}
	for _, a := range p.aims {
		if d := a.write.Draft; d != nil && !a.isOwn && !a.isOut && !p.words.isClosed(d.Status) {
			open++
		}
	}
	return open
}
