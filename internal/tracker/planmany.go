package tracker

import "fmt"

// mostAside is how many branches may be dropped or held by what people set in the tracker
// since the last sync: a tenth of all, and five in any case. One who thinks about a branch
// sets one status; hundreds come from a bulk edit, a workflow that was changed, or an account
// that somebody took over.
func mostAside(branches int) int { return max(5, branches/10) }

// isMany reports whether a plan would drop and hold more branches than that.
func (p *planner) isMany() bool {
	aside := 0
	for _, in := range p.plan.Incoming {
		if in.Key == "state" && isAside(in.New) {
			aside++
		}
	}
	return aside > mostAside(len(p.upgrade.Branches))
}

func isAside(state string) bool { return state == stateDropped || state == stateHeld }

// withhold leaves alone what would be one of many.
func (p *planner) withhold(a *aim, b *Branch, is string) string {
	if want := p.words.statusOf(b.State); p.options.Take == Ledger && !p.isRefused(a, "status", want, is, true) {
		p.setStatus(a, b, want)
		return b.State
	}
	p.plan.Disagreements = append(p.plan.Disagreements, Disagreement{
		Branch: a.thing, Issue: a.is.ID, Key: "state", Agreed: a.was.State, Ledger: b.State, Tracker: is, Withheld: true,
	})
	return ""
}

// warnMany names what was withheld.
func (p *planner) warnMany() {
	withheld := 0
	for _, d := range p.plan.Disagreements {
		if d.Withheld {
			withheld++
		}
	}
	if withheld > 0 {
		p.plan.Warnings = append(p.plan.Warnings, Warning{"many-dropped", fmt.Sprintf(
			"%d of %s would be dropped or held because of what was set in the tracker. So many at once are left alone: --allow many-dropped takes them, --take ledger sets them back, and a sync of some takes those",
			withheld, countOf(len(p.upgrade.Branches), "branch", "branches"))})
	}
}
