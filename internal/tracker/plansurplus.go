package tracker

import (
	"fmt"
	"slices"
)

// surplus finds a use for issues that somebody made twice: they become the issues of
// branches that have none. What nobody needs is closed, and loses its marker. The one that
// counts stays what it is, see indexOf.
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
					"%s is the same as %s, and others stand below it: put them below that one, and close it", IssueName(issue.ID), IssueName(p.index.of[thing][0].ID))})
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
	kept := IssueName(p.index.of[thing][0].ID)
	text := Text{{Kind: Paragraph, Lines: []string{"This is the same as " + kept + ", which is the one that counts."}}}
	w.Change.Note = text.Render(p.caps.Markup, p.caps.MaxText) + "\n\n" + toldLine([]string{ItemID("surplus", issue.ID)})
	if w.Change.Status != nil {
		p.statusOf[issue.ID] = *w.Change.Status
	}
	return w
}
