package branchview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// overview says what the table has no room for, then what the ledgers say. What only the details know is
// added once they are there.
func (v *View) overview(p *page, r row, show *job.ShowReport) {
	p.say(theme.Strong, r.Name)
	v.facts(p, r)
	if show != nil {
		recordFacts(p, show.Branch)
		justificationFacts(p, show.Branch.Justification)
		for _, w := range show.Warnings {
			p.say(theme.Attention, "! "+w.Text)
		}
	}
	for _, u := range slices.Backward(r.Upgrades) {
		ledgerEntry(p, u)
	}
	if r.open && len(r.Upgrades) == 0 {
		p.blank()
		p.say(theme.Attention, "· No run has moved it, and nobody has decided what becomes of it.")
	}
	v.next(p, r)
}

func (v *View) facts(p *page, r row) {
	if r.kind == coming {
		p.say(theme.Attention, "! It is not there yet: its work is parked.")
		p.fact("comes from", r.parked.OldName)
		return
	}
	where := r.Tip.Short()
	if r.Remote != "" {
		where += ", only at " + r.Remote + "; there is no local branch"
	}
	p.fact("tip", where)
	if r.Date != nil {
		p.fact("written", r.Date.Format(time.DateOnly)+", "+age(v.host.Now().Sub(*r.Date))+" ago")
	}
	if text := r.ExceptionText(); text != "" {
		p.factIn(theme.Attention, "base", "! it "+text)
	} else {
		p.fact("base", r.BaseText())
	}
	p.fact("commits", counted(r.Commits, r.Merges))
	p.factIn(theme.Good, "landed", r.Landed)
	v.targetFacts(p, r)
	if a, _ := v.status.Value(); isJudged(a.report) {
		p.factIn(checksRole(r.Checks), "checks", report.ChecksText(r.Checks))
	}
	p.fact("ticket", r.Ticket)
	p.fact("owner", r.Owner)
	p.fact("worktree", r.Worktree)
}

func counted(commits, merges int) string {
	switch {
	case commits == 0:
		return "none of its own yet"
	case merges > 0:
		return fmt.Sprintf("%d, %d of them merges", commits, merges)
	}
	return fmt.Sprint(commits)
}

func (v *View) targetFacts(p *page, r row) {
	a, _ := v.status.Value()
	if a.report == nil {
		return
	}
	name := "targets"
	for _, t := range a.report.Targets {
		if t.Version != r.Version {
			continue
		}
		text, role := t.Name+" lacks it", theme.Faint
		switch r.presence(a.report, t.Short) {
		case "in":
			text, role = "+ "+t.Name+" has it as it is now", theme.Good
		case "older":
			text, role = "! "+t.Name+" has an older state of it", theme.Attention
			for _, s := range r.Stale {
				if s.Target == t.Name {
					text += ", " + plural(s.Missing, "commit") + " missing"
				}
			}
		case "":
			text = t.Name + " lacks it: there is nothing to merge"
		}
		if t.Tip.String() == "" {
			text, role = t.Name+" is not built yet", theme.Faint
		}
		p.factIn(role, name, text)
		name = ""
	}
}

func recordFacts(p *page, b job.BranchDetail) {
	r := b.Record
	if r == nil {
		p.fact("record", "none for "+b.Key)
		return
	}
	p.fact("record", b.Key+", "+r.Origin)
	p.fact("reason", r.Reason)
	p.fact("requires", strings.Join(r.Requires, ", "))
	p.fact("members", strings.Join(r.Members, ", "))
	p.fact("paths", strings.Join(r.Paths, ", "))
	if r.Public {
		p.fact("public", "may be shown to the community")
	}
}

func justificationFacts(p *page, j job.Justification) {
	kind := j.Kind
	switch {
	case kind != "" && j.Of == "ledger":
		kind += " (in this upgrade's ledger)"
	case kind != "" && j.Of == "commit":
		kind += " (a commit says so)"
	}
	p.fact("carried as", kind)
	p.fact("upstream", strings.Join(j.Upstream, ", "))
	p.fact("review by", j.ReviewBy.String())
	p.factIn(theme.Attention, "not known", strings.Join(j.Odd, ", "))
}

// ledgerEntry says what the ledger of one upgrade says.
func ledgerEntry(p *page, u job.BranchUpgrade) {
	state := u.State
	if state == "dropped" && u.Outcome == "landed" {
		state = u.Outcome // nobody dropped it
	}
	sign, role := theme.Sign(state)
	p.blank()
	p.add(widget.Span{Text: "Upgrade from " + u.From + " to " + u.Onto + ": ", Role: theme.Title}, widget.Span{Text: sign + " " + state, Role: role})
	switch {
	case u.Disposition == "":
		p.item(theme.Attention, "nobody has decided what becomes of it")
	case u.Reason != "":
		p.item(theme.Text, "disposition "+u.Disposition+": "+u.Reason)
	default:
		p.item(theme.Text, "disposition "+u.Disposition)
	}
	carried := theme.Text
	if u.Carried == job.CarriedOlder || u.Carried == job.CarriedRewrite {
		carried = theme.Attention
	}
	p.item(carried, u.OldName+" "+u.CarriedText())
	if u.NewName != "" {
		p.item(theme.Text, newBranchText(u))
	}
	if u.Owner != "" {
		p.item(theme.Text, "owner "+u.Owner)
	}
	if u.Ticket != "" {
		p.item(theme.Text, "ticket "+u.Ticket)
	}
	if u.Parked != nil {
		p.item(theme.Attention, "! commit "+u.Parked.Commit.Short()+": "+u.Parked.Text())
	}
	for _, n := range u.Notes {
		p.item(theme.Text, n.When.Format(time.DateOnly)+", "+n.Who+": "+n.Text)
	}
}

func newBranchText(u job.BranchUpgrade) string {
	text := "new branch " + u.NewName
	if u.NewTip.String() != "" {
		text += ", left at " + u.NewTip.Short()
	}
	if u.Run != 0 {
		text += fmt.Sprintf(" by run %d", u.Run)
	}
	if u.Outcome != "" {
		text += " (" + u.Outcome + ")"
	}
	return text
}

// next says what to do with the branch, and what is typed for what has no key.
func (v *View) next(p *page, r row) {
	p.heading("Next")
	keys := v.host.Keys
	if c := r.conflict(); c != nil {
		p.item(theme.Text, keys.Key(keymap.Open)+" opens the conflict, as `mgit resolve "+c.OldName+"` does")
	}
	if r.isBehind() {
		for _, u := range r.Upgrades {
			if u.OldName == r.Name {
				p.item(theme.Text, "`:rebase-all "+u.Onto+" --from "+u.From+"` carries its new commits")
			}
		}
	}
	if r.kind == coming {
		return
	}
	if r.Remote == "" {
		p.item(theme.Text, "`:push "+r.Name+"` publishes it, which is a step of its own; "+keys.Key(keymap.BranchesPush)+" copies that")
	} else {
		p.item(theme.Text, "`git branch --track "+r.Name+" "+r.Remote+"/"+r.Name+"` makes a local branch of it")
	}
	p.item(theme.Text, "`:pick "+r.Name+" MDL-n` takes a fix of upstream's onto it")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
