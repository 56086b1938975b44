package tracker

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
		open, atWork := p.openBelow()
		if open == 0 && atWork > 0 {
			break // what is moved is not yet in use: its issue is open as long as that
		}
		if open > 0 {
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
// counted: those that are against what the ledger says or of which it says nothing, and
// those of branches that are at work by the ledger, too.
func (p *planner) openBelow() (open, atWork int) {
	isParent, isGroup := map[string]bool{}, map[string]bool{}
	isAtWork := map[string]bool{}
	for _, b := range p.upgrade.Branches {
		status := p.words.statusOf(b.State)
		if issues := p.index.of[b.Name]; len(issues) > 0 && status != "" && !p.words.isClosed(status) {
			isAtWork[issues[0].ID] = true
		}
	}
	for thing, id := range p.plan.Parents {
		isParent[id], isGroup[id] = true, thing != ""
	}
	for _, issue := range p.found.Issues {
		status, planned := p.statusOf[issue.ID]
		isClosed := issue.Status.Closed
		if planned && status != issue.Status.Name {
			isClosed = p.words.isClosed(status)
		}
		switch {
		case !isParent[issue.Parent] || isGroup[issue.ID] || isClosed:
		case isAtWork[issue.ID]:
			atWork++
		default:
			open++
		}
	}
	for _, a := range p.aims {
		if d := a.write.Draft; d != nil && !a.isOwn && !a.isOut && !p.words.isClosed(d.Status) {
			atWork++
		}
	}
	return open, atWork
}
